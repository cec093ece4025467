"""Positions that are margined together: what they must hold, and what of them is sold.

A call and a forward struck at 10 000, in minor units; the spot is 10 000 unless it is said. The
policy moves it by a tenth either way; maintenance is the worst loss, initial 130 % of it.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    Bid,
    Command,
    DefinePolicy,
    Deposit,
    Elect,
    Post,
    Release,
    Trade,
)
from rfos_runtime.records.events import (
    AuctionBegan,
    AuctionEnded,
    AuctionFilled,
    Deleveraged,
    ShortPaid,
)
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.margin import in_breach, margin_of
from rfos_runtime.reference.pools import pool
from tests.core.policies import policy
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, Stage, listing, opened, trade

GRID = "spot in [-10%, 0%, 10%]"
DESK = compile_policy(policy("worst_loss", "130% * maintenance", GRID), "")
NAME = bytes.fromhex(content_hash(DESK))
CALL, FORWARD, OTHER = 1, 2, 3
BEGAN = 10 * SECOND
BOTH = (True, True)


def forward(first: str, second: str, lots: int, **collateral: int) -> Trade:
    return Trade(FORWARD, first, second, lots, premium_asset=CASH, **collateral)


def desk(*elected: str, **funds: int) -> Stage:
    """A call and a forward are listed, and some accounts have elected the policy."""
    stage = opened({"ann": 10**6, "bob": 0, "carl": 10**6, **funds})
    stage.accepted(
        2 * SECOND,
        *listing(strike=10_000, expiry=100 * HOUR),
        *listing(strike=10_000, expiry=100 * HOUR, name="Forward", payoff="forward", rules=BOTH),
        DefinePolicy(DESK),
        *(Elect(name, CASH, NAME) for name in elected),
        spot=10_000,
    )
    return stage


def hedged(bob: int, lots: int = 10) -> Stage:
    """bob is short ten calls and long forwards, with all that he has in his pool."""
    stage = desk("bob", bob=bob)
    stage.accepted(3 * SECOND, *_positions(bob, lots))
    return stage


def _positions(bob: int, lots: int) -> tuple[Command, ...]:
    long = forward("bob", "ann", lots, first_collateral=bob, second_collateral=lots * 1_300)
    return long, trade("ann", "bob", 10)


def pooled(stage: Stage, account: str = "bob") -> int:
    return balance(stage.world, CASH, pool(account))


def began(stage: Stage) -> list[int]:
    """The instruments in which bob's positions went to auction in the last block."""
    return [event.instrument for event in stage.told(AuctionBegan) if event.account == "bob"]


# --- what they must hold -----------------------------------------------------------------------


def test_what_hedges_needs_less_together() -> None:
    """A tenth down costs ten forwards 10 000, a tenth up nothing: the calls owe what they gain."""
    stage = hedged(bob=13_000)
    found = margin_of(stage.world, CALL, "bob")
    assert (found.maintenance, found.initial, found.equity) == (10_000, 13_000, 13_000)
    assert margin_of(stage.world, FORWARD, "bob") == found
    assert (pooled(stage), stage.collateral("bob"), stage.free("bob")) == (13_000, 0, 0)


def test_by_themselves_they_need_twice_as_much() -> None:
    stage = desk(bob=13_000)
    stage.accepted(3 * SECOND, _positions(13_000, 10)[0])
    assert stage.code(trade("ann", "bob", 10)) is Code.BELOW_INITIAL
    stage.accepted(4 * SECOND, Deposit("bob", CASH, 13_000))
    assert stage.code(trade("ann", "bob", 10, second_collateral=12_999)) is Code.BELOW_INITIAL
    assert stage.code(trade("ann", "bob", 10, second_collateral=13_000)) is Code.ACCEPTED


def test_a_unit_less_is_not_enough() -> None:
    stage = desk("bob", bob=12_999)
    assert stage.code(_positions(12_999, 10)[0]) is Code.BELOW_INITIAL


def test_the_pool_is_posted_to_and_released_through_any_position() -> None:
    stage = hedged(bob=13_000)
    stage.accepted(4 * SECOND, Deposit("bob", CASH, 50), Post(CALL, "bob", 50))
    assert pooled(stage) == 13_050
    assert stage.code(Release(FORWARD, "bob", 51)) is Code.BELOW_INITIAL
    assert stage.code(Release(FORWARD, "bob", 50)) is Code.ACCEPTED


def test_electing_brings_collateral_together_and_needs_its_margin() -> None:
    stage = desk(bob=26_000)
    long, _ = _positions(13_000, 10)
    stage.accepted(3 * SECOND, long, trade("ann", "bob", 10, second_collateral=13_000))
    assert stage.code(Elect("bob", CASH, NAME)) is Code.ACCEPTED
    assert (pooled(stage), stage.collateral("bob", FORWARD)) == (26_000, 0)
    assert stage.code(Release(CALL, "bob", 13_000)) is Code.ACCEPTED
    assert stage.code(Elect("bob", CASH)) is Code.MARGINED_TOGETHER


def test_what_would_not_be_margined_cannot_be_elected() -> None:
    """Two spots that lose the same way add up: what sufficed for each does not for the policy."""
    strict = compile_policy(policy("2 * worst_loss", "maintenance", GRID), "")
    stage = desk(bob=13_000)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 10, second_collateral=13_000),
        DefinePolicy(strict),
    )
    name = bytes.fromhex(content_hash(strict))
    assert stage.code(Elect("bob", CASH, name)) is Code.BELOW_INITIAL
    assert stage.code(Elect("bob", CASH, NAME)) is Code.ACCEPTED


@pytest.mark.parametrize("ending", [b"", bytes(32)])
def test_once_all_is_closed_the_pool_is_free_and_the_election_may_end(ending: bytes) -> None:
    stage = hedged(bob=13_000)
    stage.accepted(4 * SECOND, trade("bob", "ann", 10), forward("ann", "bob", 10))
    assert (pooled(stage), stage.free("bob")) == (0, 13_000)
    assert stage.code(Elect("bob", CASH, ending)) is Code.ACCEPTED
    assert stage.world.elections == {}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (DefinePolicy(b"nothing"), Code.BAD_POLICY),
        (DefinePolicy(DESK[:-1]), Code.BAD_POLICY),
        (Elect("bob", CASH, bytes(32)), Code.UNKNOWN_POLICY),
        (Elect("bob", CASH), Code.UNKNOWN_POLICY),
        (Elect("bob", "EUR", NAME), Code.UNKNOWN_ASSET),
        (DefinePolicy(DESK), Code.ACCEPTED),
    ],
)
def test_policies_that_are_none(command: Command, code: Code) -> None:
    assert desk().code(command) is code


def test_what_is_worth_something_offsets_what_is_owed() -> None:
    """bob is short ten calls struck at 10 000 and long ten struck at 11 000, for which nothing is
    posted by itself: up a tenth costs 10 000 and no more, whatever comes."""
    stage = desk("bob", bob=13_000)
    stage.accepted(
        3 * SECOND,
        *listing(strike=11_000, expiry=100 * HOUR, name="Higher"),
        Trade(OTHER, "bob", "ann", 10, 0, CASH, second_collateral=13_000),
        trade("ann", "bob", 10, second_collateral=13_000),
    )
    found = margin_of(stage.world, CALL, "bob")
    assert (found.maintenance, found.initial) == (10_000, 13_000)
    stage.accepted(4 * SECOND, spot=11_000)
    found = margin_of(stage.world, OTHER, "bob")
    assert (found.equity, found.maintenance, found.exposure) == (3_000, 0, 10_000)
    stage.accepted(5 * SECOND, spot=20_000)
    assert (CALL, "bob") not in in_breach(stage.world)
    assert margin_of(stage.world, OTHER, "bob").exposure == 10_000


# --- what reduces risk always passes -----------------------------------------------------------


def test_a_hedge_cannot_be_taken_away_and_what_it_hedges_can() -> None:
    """At 10 900 ten calls are short against four forwards, and 902 are missing to initial."""
    stage = hedged(bob=13_000, lots=4)
    stage.accepted(4 * SECOND, spot=10_900)
    assert margin_of(stage.world, CALL, "bob").missing == 902
    assert stage.code(forward("ann", "bob", 1)) is Code.BELOW_INITIAL
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED


# --- liquidation -------------------------------------------------------------------------------


def test_only_what_sheds_risk_is_auctioned() -> None:
    """Four forwards hedge ten calls. At 11 100 a tenth up costs six calls 1 110 each."""
    stage = desk("bob", bob=13_000)
    stage.accepted(3 * SECOND, *_positions(13_000, 4), Bid("carl", CALL, ONE, 50))
    stage.accepted(BEGAN, spot=11_100)
    found = margin_of(stage.world, CALL, "bob")
    assert (found.equity, found.maintenance) == (13_000 - 6 * 1_100, 6 * 1_110)
    assert began(stage) == [CALL]
    stage.accepted(BEGAN + MINUTE)
    ((lots, paid),) = [(event.lots, event.paid) for event in stage.told(AuctionFilled)]
    assert stage.told(AuctionEnded) == [AuctionEnded(CALL, "bob", "restored")]
    assert (stage.lots("bob", FORWARD), stage.lots("bob", CALL)) == (4, lots - 10)
    assert margin_of(stage.world, CALL, "bob").missing <= 0
    assert pooled(stage) < 13_000 - lots * paid


def test_where_each_hedges_the_other_the_same_part_of_both_goes() -> None:
    """Ten forwards long and ten of another short: no move loses anything, and a hundredth of the
    notional is asked for. At 13 500 that is 2 700, and 3 510 to end it: 910 are missing. A lot
    costs 54 with its penalty, so four of ten lots of the one go, and then four of the other."""
    text = "worst_loss + 1% * gross_notional"
    gross = compile_policy(policy(text, "130% * maintenance", GRID), "")
    stage = desk(bob=14_300)
    stage.accepted(
        3 * SECOND,
        *listing(strike=10_000, expiry=100 * HOUR, name="Other", payoff="forward", rules=BOTH),
        DefinePolicy(gross),
        Elect("bob", CASH, bytes.fromhex(content_hash(gross))),
        forward("bob", "ann", 10, first_collateral=14_300, second_collateral=100_000),
        Trade(OTHER, "ann", "bob", 10, 0, CASH, first_collateral=100_000),
        Release(OTHER, "bob", 11_700),
        Bid("carl", None, ONE, 100),
    )
    stage.accepted(BEGAN, spot=13_500)
    assert began(stage) == [FORWARD, OTHER]
    stage.accepted(BEGAN + MINUTE)
    assert [event.lots for event in stage.told(AuctionFilled)] == [4, 4]
    assert (stage.lots("bob", FORWARD), stage.lots("bob", OTHER)) == (6, -6)
    assert margin_of(stage.world, FORWARD, "bob").missing <= 0
    stage.accepted(BEGAN + 2 * MINUTE)
    assert stage.world.auctions == {}


def test_what_is_worth_something_pays_before_anybody_else_does() -> None:
    """At 19 000 bob owes 9 000 a lot for ten calls and is owed 8 000 a lot for ten others; 3 000 of
    equity are left, and a hundredth of the notional is 3 800. Nobody bids, and no fund stands by.
    Three tenths of the calls cost 27 000, of which he has 13 000: two of the others are closed
    before them, and a third after, so that all is even again."""
    gross = compile_policy(policy("worst_loss + 1% * gross_notional", "maintenance", GRID), "")
    stage = desk(bob=13_000)
    stage.accepted(
        3 * SECOND,
        *listing(strike=11_000, expiry=100 * HOUR, name="Higher"),
        DefinePolicy(gross),
        Elect("bob", CASH, bytes.fromhex(content_hash(gross))),
        Trade(OTHER, "bob", "ann", 10, 0, CASH, second_collateral=500_000),
        trade("ann", "bob", 10, second_collateral=13_000),
    )
    stage.accepted(BEGAN, spot=19_000)
    assert began(stage) == [CALL, OTHER]
    stage.accepted(BEGAN + 15 * MINUTE)
    closed = [(event.instrument, event.lots) for event in stage.told(Deleveraged)]
    assert closed == [(OTHER, 2), (CALL, 3), (OTHER, 1)]
    assert stage.told(ShortPaid) == []
    assert stage.free("bob") + pooled(stage) == 13_000 + 3 * 8_000 - 3 * 9_000
    assert margin_of(stage.world, CALL, "bob").missing <= 0


def test_while_the_price_is_silent_nothing_opens_and_nothing_is_sold() -> None:
    stage = hedged(bob=13_000)
    stage.accepted(2 * HOUR)
    assert stage.world.tables == {}
    assert stage.code(trade("ann", "bob", 1)) is Code.OPENING_STOPPED
    assert (CALL, "bob") not in in_breach(stage.world)


def test_an_end_pays_from_the_pool() -> None:
    stage = hedged(bob=13_000)
    stage.accepted(99 * HOUR, spot=9_990)
    stage.accepted(100 * HOUR, spot=9_500)
    assert stage.world.positions == {}
    assert (stage.free("bob"), pooled(stage)) == (13_000 - 10 * 500, 0)


# --- whatever is done --------------------------------------------------------------------------

names = st.sampled_from(["ann", "bob", "carl"])
few = st.integers(1, 12)
commands = st.one_of(
    st.builds(
        lambda i, a, b, n, x, y: Trade(i, a, b, n, 0, CASH, x, y),
        st.sampled_from([CALL, FORWARD]),
        names,
        names,
        few,
        st.integers(0, 20_000),
        st.integers(0, 20_000),
    ),
    st.builds(Post, st.sampled_from([CALL, FORWARD]), names, st.integers(1, 9_000)),
    st.builds(Release, st.sampled_from([CALL, FORWARD]), names, st.integers(1, 9_000)),
    st.builds(Elect, names, st.just(CASH), st.sampled_from([NAME, b""])),
    st.builds(Bid, names, st.sampled_from([CALL, FORWARD, None]), st.just(ONE), few),
)
blocks = st.lists(st.tuples(st.integers(8_000, 12_500), st.lists(commands, max_size=5)), max_size=6)


@settings(max_examples=40)
@given(blocks)
def test_whatever_is_done_the_invariants_hold(script: list[tuple[int, list[Command]]]) -> None:
    stage = desk("bob", bob=200_000)
    for number, (spot, wanted) in enumerate(script, 1):
        stage.play(BEGAN + 5 * number * MINUTE, *wanted, spot=spot)
    stage.play(101 * HOUR, spot=10_000)
    assert stage.world.tables == {}
