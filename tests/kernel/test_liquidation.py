"""Liquidation on both kernels: whatever prices do, and whoever bids, both begin, fill, close and
end the same auctions."""

from dataclasses import replace
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records import events
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    SUPPLY_MAX,
    Bid,
    Breaker,
    Command,
    Deposit,
    OpenAccount,
    OpenBid,
    Post,
    RegisterAsset,
    Release,
    SealBid,
    Stake,
    Trade,
    Transfer,
    Withdraw,
)
from rfos_runtime.records.interventions import Halt, Resume
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.sealing import seal_of
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.world import Setting
from tests.kernel.both import Both
from tests.kernel.openings import traded
from tests.kernel.test_ledger import signed_as_they_go
from tests.kernel.test_trading import set_in
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, SPOT_FEED, agreed, listing

NAMES = ("ann", "bob", "carl", "dan", "eve")
INSTRUMENTS = (
    listing(strike=10_000, expiry=2_000 * HOUR),
    listing(strike=10_000, expiry=900 * HOUR, payoff="forward", rules=(True, True)),
    listing(strike=9_500, expiry=5 * HOUR, shortfall=("deleverage",), rules=(True, True)),
    listing(strike=9_000, expiry=3 * HOUR, payoff="forward", rules=(True, True), fails=True),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    RegisterAsset("EUR", 2),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, asset, 30_000) for name in NAMES for asset in (CASH, "EUR")),
    Stake("eve", CASH, 3_000),
    *(command for pair in INSTRUMENTS for command in pair),
)
TRADES = (
    Trade(1, "ann", "bob", 4, 0, CASH, 0, 5_400),
    Trade(1, "carl", "bob", 3, 0, CASH, 0, 4_100),
    Trade(1, "ann", "dan", 1, 0, CASH, 0, 1_400),
    Trade(2, "carl", "dan", 5, 0, CASH, 7_000, 7_000),
    Trade(2, "bob", "ann", 2, 0, CASH, 2_700, 2_700),
    Trade(3, "dan", "carl", 4, 0, CASH, 7_500, 7_500),
    Trade(4, "eve", "ann", 2, 0, CASH, 1_700, 4_700),
)


STOPPING = replace(SPOT_FEED, widest=ONE // 50, breaker=Breaker(ONE // 12, 8 * MINUTE, 5 * MINUTE))


def opened(stops: bool) -> Both:
    """Both kernels with margined positions, each a little above its initial margin; `stops`:
    wide prices and a breaker."""
    opening = [STOPPING if stops and each is SPOT_FEED else each for each in OPENING]
    return traded(opening, TRADES)


names = st.sampled_from(NAMES)
handles = st.sampled_from((1, 1, 2, 2, 3, 4, 5))
amounts = st.sampled_from((-1, 0, 1, 50, 700, 3_000, 30_000))
limits = st.sampled_from((0, 1, ONE * 86 // 100, ONE * 95 // 100, ONE, 2 * ONE, 2**63 - 1))
counts = st.sampled_from((-1, 0, 1, 2, 7, 50))
bids = st.builds(Bid, names, st.none() | handles, limits, counts) | st.builds(
    Bid,
    names,
    st.none() | handles,
    limits,
    counts,
    st.sampled_from((CASH, CASH, "EUR", "XYZ", "")),
    st.sampled_from((-1, 0, 0, 1, 2_000, 9_000, 20_000, 40_000)),
)
SALT = b"salt"


def sealed_bid(name: str, handle: int, asset: str, units: int, limit: int, lots: int) -> SealBid:
    return SealBid(name, handle, asset, units, seal_of(name, handle, limit, lots, SALT))


few = st.sampled_from((ONE * 95 // 100, ONE, 2 * ONE)), st.sampled_from((1, 3))
sealing = st.builds(
    sealed_bid,
    names,
    handles,
    st.sampled_from((CASH, CASH, CASH, "EUR", "XYZ")),
    st.sampled_from((0, 2_000, 9_000, 40_000)),
    *few,
)
opening = st.builds(OpenBid, names, handles, *few, st.sampled_from((SALT, SALT, SALT, b"")))
what = st.sampled_from(((0, SPOT), (1, ""), (2, ""), (0, "x"), (9, "")))
halting = st.builds(
    lambda on, why: Halt(*on, why), what, st.sampled_from(("doubt", "doubt", ""))
) | (st.builds(lambda on, at: Resume(at, *on), what, st.sampled_from((9 * MINUTE, HOUR, 3 * HOUR))))
commands: st.SearchStrategy[Command] = st.one_of(
    bids,
    bids,
    sealing,
    opening,
    st.builds(
        Trade,
        handles,
        names,
        names,
        st.sampled_from((1, 2)),
        amounts,
        st.just(CASH),
        amounts,
        st.sampled_from((0, 1_500, 3_000)),
    ),
    halting,
    st.builds(Post, handles, names, amounts),
    st.builds(Release, handles, names, amounts),
    st.builds(Withdraw, names, st.just(CASH), st.sampled_from((1, 20_000, 28_000))),
    st.builds(Transfer, names, names, st.just(CASH), amounts),
    st.builds(Deposit, names, st.just(CASH), amounts),
)
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 2 * MINUTE, 7 * MINUTE, 20 * MINUTE, HOUR)),
    st.sampled_from(
        (
            *[None] * 9,
            0,
            6_000,
            7_500,
            8_900,
            9_500,
            9_700,
            10_300,
            10_500,
            10_700,
            11_500,
            12_500,
            14_000,
        )
    ),
    st.lists(commands, max_size=4),
    st.lists(st.sampled_from((False, False, True)), min_size=4, max_size=4),
)
Step = tuple[int, int | None, list[Command], list[bool]]
poor = st.lists(
    st.builds(Withdraw, names, st.just(CASH), st.sampled_from((14_000, 20_000, 24_000))), max_size=4
)
standing = st.lists(
    st.builds(
        Bid,
        names,
        st.sampled_from((None, 1, 2, 2, 3, 4)),
        st.sampled_from((ONE * 91 // 100, ONE * 97 // 100, ONE, ONE * 101 // 100)),
        st.sampled_from((1, 2, 50)),
    ),
    max_size=5,
)
rates = st.fixed_dictionaries(
    {
        Setting(CASH, Parameter.REWARD): st.sampled_from((0, ONE // 3, ONE // 2)),
        Setting(CASH, Parameter.PACE): st.sampled_from((1, 2_500, 6_000, SUPPLY_MAX)),
        Setting(CASH, Parameter.SEALED): st.sampled_from((0, 0, 2 * MINUTE, 15 * MINUTE)),
    }
)


def played(
    script: list[Step], standing: list[Command], values: dict[Setting, int], stops: bool = False
) -> Both:
    """Both kernels after blocks."""
    both = opened(stops)
    set_in(both, values)
    now = both.world.time + 1
    both.apply(now, signed_as_they_go(both, now, standing))
    for length, spot, batch, links in script:
        now = both.world.time + length
        signed = signed_as_they_go(both, now, batch)
        signed = [
            replace(each, linked=link and each is not signed[-1])
            for each, link in zip(signed, links, strict=False)
        ]
        both.apply(now, signed, () if spot is None else agreed(SPOT, now, spot))
    return both


@given(
    st.lists(steps, min_size=4, max_size=10), st.builds(add, poor, standing), rates, st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_both_liquidate_alike(
    script: list[Step], first: list[Command], values: dict[Setting, int], stops: bool
) -> None:
    assert violations(played(script, first, values, stops).world) == ()


def test_what_is_set_aside_for_an_instrument_is_free_once_that_has_ended() -> None:
    """For both ways of bidding, in both kernels; a bid for any instrument stands."""
    none = [False] * 4
    first: list[Command] = [
        Bid("carl", 3, ONE // 2, 3, CASH, 2_000),
        Bid("eve", None, ONE // 2, 3, CASH, 1_000),
        Bid("ann", 3, ONE // 2, 3),
    ]
    seal: list[Command] = [sealed_bid("ann", 3, CASH, 1_000, ONE, 3)]
    story: list[Step] = [
        (4 * HOUR + 50 * MINUTE, 11_500, [], none),
        (SECOND, None, seal, none),
        (9 * MINUTE - SECOND - 2, 10_000, [Bid("carl", 3, ONE, 1), Bid("carl", 3, ONE, 0)], none),
    ]
    both = played(story, first, {Setting(CASH, Parameter.SEALED): HOUR})
    assert both.said[-2:] == [(Code.ACCEPTED,), (Code.INSTRUMENT_CLOSED, Code.ACCEPTED)]
    assert set(both.world.bids) == {("eve", 0)} and both.world.seals == {}


def test_liquidations_reach_what_they_are_about() -> None:
    """A sale that the fund advances, one that is paid for, a close against the other side beyond
    what the fund has, a recovery, a position that is closed by trading, a mark that is unknown."""
    poor: list[Command] = [Withdraw(name, CASH, 14_000) for name in ("bob", "dan")]
    bids: list[Command] = [Bid("eve", 1, ONE, 3), Bid("carl", None, ONE, 9)]
    none = [False] * 4
    out: list[Command] = [Trade(2, "ann", "bob", 2)]
    less: list[Command] = [Release(2, "carl", 4_800)]
    stories: tuple[tuple[list[Command], list[Step]], ...] = (
        (
            bids,
            [(SECOND, 12_500, poor, none), (5 * MINUTE, None, [], none), (HOUR, 15_000, [], none)],
        ),
        (
            bids,
            [(SECOND, 9_500, [], none), (2 * MINUTE, None, [], none), (MINUTE, 10_000, [], none)],
        ),
        (bids, [(SECOND, 9_500, [], none), (SECOND, None, out, none), (MINUTE, 0, [], none)]),
        (
            [Bid("eve", 2, ONE, 9)],
            [
                (SECOND, 11_000, less, none),
                (SECOND, 10_500, [], none),
                (5 * MINUTE, None, [], none),
            ],
        ),
    )
    told = [event for standing, story in stories for event in played(story, standing, {}).told]
    ended = {event.reason for event in told if isinstance(event, events.AuctionEnded)}
    assert ended == {"restored", "unsold", "recovered", "position closed", "mark unknown"}
    filled = [event for event in told if isinstance(event, events.AuctionFilled)]
    assert any(each.paid > 0 for each in filled)
    assert any(each.paid < 0 for each in filled)
    causes = {event.cause.kind for event in told if isinstance(event, events.Posted)}
    assert {"advance", "repayment", "close out", "penalty", "liquidation"} <= causes
    assert any(isinstance(event, events.ShortPaid) for event in told)


def test_stops_reach_what_they_are_about() -> None:
    """Bids that draw on what they have set aside, and get the rest back; a block that sells no more
    than it may; a pause in which an auction stands still."""
    none = [False] * 4
    bids: list[Command] = [Bid("eve", 1, ONE, 3, CASH, 25_000), Bid("carl", None, ONE, 9, CASH, 9)]
    story: list[Step] = [
        (2 * HOUR, 10_000, [], none),
        (MINUTE, 10_500, [], none),
        (2 * MINUTE, None, [], none),
        (SECOND, None, [], none),
        (MINUTE, 12_000, [], none),
        (MINUTE, None, [], none),
        (HOUR, 12_000, [], none),
        (HOUR, None, [Bid("eve", 1, ONE, 0)], none),
    ]
    both = played(story, bids, {Setting(CASH, Parameter.PACE): 2_500}, stops=True)
    causes = {event.cause.kind for event in both.told if isinstance(event, events.Posted)}
    assert {"bid", "return"} <= causes
    assert any(isinstance(event, events.Paused) for event in both.told)
    filled = [event.lots for event in both.told if isinstance(event, events.AuctionFilled)]
    assert filled and max(filled) <= 2


def test_sealed_bids_reach_what_they_are_about() -> None:
    """Two are opened, of which one takes lots; one never is, and loses a part; one says another
    thing when it is opened."""
    none = [False] * 4
    first: list[Command] = [
        sealed_bid(name, 1, CASH, 9_000, limit, 3)
        for name, limit in (("eve", ONE), ("carl", ONE * 95 // 100), ("ann", ONE))
    ]
    opens: list[Command] = [
        OpenBid("eve", 1, ONE, 3, SALT),
        OpenBid("carl", 1, ONE, 3, SALT),
        OpenBid("carl", 1, ONE * 95 // 100, 3, SALT),
        OpenBid("dan", 1, ONE, 3, SALT),
    ]
    story: list[Step] = [
        (MINUTE, 10_500, first, none),
        (5 * MINUTE, None, opens, none),
        (MINUTE, None, first[:1], none),
        (5 * MINUTE, None, [], none),
        (HOUR, 10_500, opens[:1], none),
    ]
    both = played(story, [], {Setting(CASH, Parameter.SEALED): 4 * MINUTE})
    said = {code for codes in both.said for code in codes}
    wanted = {Code.ANOTHER_SEAL, Code.UNKNOWN_SEAL, Code.NO_SEALED_AUCTION}
    assert wanted <= said
    filled = [event for event in both.told if isinstance(event, events.AuctionFilled)]
    assert next((event.bidder, event.price) for event in filled) == ("eve", ONE)
    causes = {event.cause.kind for event in both.told if isinstance(event, events.Posted)}
    assert {"bid", "return", "forfeit"} <= causes
    assert both.world.seals == {}
