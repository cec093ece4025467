"""Collateral in several assets: what is pledged to a pool counts less its haircut, and pays what
the pool itself cannot.

A bitcoin has 1 000 minor units and costs 100.00, less a fifth: 8 cents a minor unit. An ether has
one, costs 50.00, less a quarter: 37.50. Forwards are struck at 10 000 cents; the policy moves the
spot by a tenth either way, maintenance is the worst loss, initial 130 % of it.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    ONE,
    Bid,
    Command,
    DefinePolicy,
    Deposit,
    Elect,
    Post,
    RegisterAsset,
    RegisterFeed,
    Release,
    Trade,
)
from rfos_runtime.records.events import (
    Advanced,
    AuctionBegan,
    AuctionFilled,
    Deleveraged,
    PaidInKind,
    PledgeBought,
    Repaid,
    ShortPaid,
)
from rfos_runtime.records.holdings import FUND, free, pledged
from rfos_runtime.records.validity import Act
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.margin import in_breach, margin_of
from rfos_runtime.reference.pledges import counted
from rfos_runtime.reference.world import World
from rfos_runtime.solvency.statement import books
from tests.core.policies import policy
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    REPORTERS,
    SECOND,
    Stage,
    agreed,
    listing,
    opened,
)

GRID = "spot in [-10%, 0%, 10%]"
BITCOIN, ETHER = "price(BTC, USD)", "price(ETH, USD)"
PRICES = {BITCOIN: 100 * ONE, ETHER: 50 * ONE}
CUTS = "20% of BTC, 25% of ETH"
FORWARD, EXPIRY = 1, 100 * HOUR
BOTH = (True, True)


def made(haircuts: str = CUTS, maintenance: str = "worst_loss") -> bytes:
    return compile_policy(policy(maintenance, "130% * maintenance", GRID, haircuts), "")


def named(artefact: bytes) -> bytes:
    return bytes.fromhex(content_hash(artefact))


DESK, BITCOIN_ALONE = made(), made("20% of BTC")
NAME = named(DESK)


def said(at: int, **prices: int) -> tuple[Report, ...]:
    """What a bitcoin and an ether cost, in whole dollars; 100 and 50 unless it is told."""
    told = {BITCOIN: prices.get("btc", 100) * ONE, ETHER: prices.get("eth", 50) * ONE}
    return tuple(report for feed in told for report in agreed(feed, at, told[feed]))


def desk(
    bob: int = 5_000, stake: int = 0, shortfall: tuple[str, ...] = ("insurance_fund",)
) -> Stage:
    """A forward is listed; bob has elected a policy that takes bitcoin and ether, and has some."""
    stage = opened({"ann": 10**6, "bob": bob, "carl": 10**6}, stake=stake)
    stage.accepted(
        2 * SECOND,
        *(RegisterAsset(name, places) for name, places in (("BTC", 3), ("ETH", 0), ("XRP", 0))),
        *(RegisterFeed(feed, REPORTERS, 3, HOUR, 0, 10**24) for feed in PRICES),
        *listing(
            strike=10_000,
            expiry=EXPIRY,
            name="Forward",
            payoff="forward",
            rules=BOTH,
            shortfall=shortfall,
        ),
        *(DefinePolicy(each, (BITCOIN, ETHER)[:n]) for each, n in ((DESK, 2), (BITCOIN_ALONE, 1))),
        Elect("bob", CASH, NAME),
        *(Deposit("bob", name, 10_000) for name in ("BTC", "ETH", "XRP")),
    )
    stage.play(3 * SECOND, reports=said(3 * SECOND), spot=10_000)
    return stage


def holding(
    btc: int = 1_000, eth: int = 0, lots: int = 10, payees: tuple[str, ...] = ("ann",), **more: int
) -> Stage:
    """bob is long forwards against others, with all his cash posted and some of both pledged."""
    stage = desk(**more)  # type: ignore[arg-type]
    posts = [Post(FORWARD, "bob", n, name) for name, n in (("BTC", btc), ("ETH", eth)) if n]
    stage.accepted(4 * SECOND, *posts)
    cash = stage.free("bob")
    trades = [
        Trade(FORWARD, "bob", payee, lots // len(payees), 0, CASH, cash * (not n), 10**5)
        for n, payee in enumerate(payees)
    ]
    stage.accepted(5 * SECOND, *trades)
    return stage


def owed(stage: Stage, spot: int, **prices: int) -> None:
    """Time passes to the expiry at a spot, with prices of what is pledged."""
    stage.play(EXPIRY - 1, reports=said(EXPIRY - 1, **prices), spot=10_000)
    stage.play(EXPIRY, spot=spot)


def has(stage: Stage, account: str, asset: str) -> int:
    return balance(stage.world, asset, free(account))


def pledge(stage: Stage, asset: str) -> int:
    return balance(stage.world, asset, pledged("bob", CASH))


def fund(stage: Stage, asset: str) -> int:
    return balance(stage.world, asset, FUND)


# --- what counts -------------------------------------------------------------------------------


def test_what_is_pledged_counts_less_its_haircut() -> None:
    """Ten forwards need 13 000: 5 000 are posted, and a bitcoin counts for 8 000."""
    stage = holding()
    found = margin_of(stage.world, FORWARD, "bob")
    assert (found.collateral, found.pledged) == (5_000, 8_000)
    assert (found.equity, found.initial) == (13_000, 13_000)
    assert (pledge(stage, "BTC"), has(stage, "bob", "BTC")) == (1_000, 9_000)


def test_a_unit_less_is_not_enough() -> None:
    stage = holding()
    assert stage.code(Release(FORWARD, "bob", 1, "BTC")) is Code.BELOW_INITIAL
    assert stage.code(Post(FORWARD, "bob", 1, "ETH")) is Code.ACCEPTED
    assert stage.code(Release(FORWARD, "bob", 468, "BTC")) is Code.ACCEPTED
    assert stage.code(Release(FORWARD, "bob", 1, "BTC")) is Code.BELOW_INITIAL
    assert stage.code(Release(FORWARD, "bob", 2, "ETH")) is Code.INSUFFICIENT_COLLATERAL


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Post(FORWARD, "bob", 1, "XRP"), Code.ASSET_NOT_TAKEN),
        (Post(FORWARD, "ann", 1, "BTC"), Code.ASSET_NOT_TAKEN),
        (Release(FORWARD, "ann", 1, "BTC"), Code.ASSET_NOT_TAKEN),
        (Post(9, "bob", 1, "BTC"), Code.UNKNOWN_INSTRUMENT),
        (Post(FORWARD, "bob", 0, "BTC"), Code.MALFORMED),
        (Release(FORWARD, "bob", -1, "BTC"), Code.MALFORMED),
        (Post(FORWARD, "bob", 10_001, "BTC"), Code.INSUFFICIENT_FREE),
        (Post(FORWARD, "bob", 1, CASH), Code.NO_POSITION),
        (Post(FORWARD, "bob", 1), Code.NO_POSITION),
        (Post(FORWARD, "bob", 1, "ETH"), Code.ACCEPTED),
        (Release(FORWARD, "bob", 1, "ETH"), Code.INSUFFICIENT_COLLATERAL),
        (DefinePolicy(made("1% of BTC")), Code.MALFORMED),
        (DefinePolicy(made("1% of BTC"), ("nothing",)), Code.UNKNOWN_FEED),
        (DefinePolicy(made("1% of GBP"), (BITCOIN,)), Code.UNKNOWN_ASSET),
        (DefinePolicy(DESK, (ETHER, BITCOIN)), Code.ACCEPTED),
    ],
)
def test_what_can_be_pledged(command: Command, code: Code) -> None:
    assert desk().code(command) is code


def test_a_policy_that_is_defined_again_keeps_its_feeds() -> None:
    stage = desk()
    stage.accepted(4 * SECOND, DefinePolicy(DESK, (ETHER, BITCOIN)))
    assert stage.world.policies[NAME.hex()].feeds == (BITCOIN, ETHER)


def test_what_nobody_prices_any_more_opens_nothing_and_liquidates_nobody() -> None:
    stage = holding()
    stage.accepted(2 * HOUR, spot=10_000)
    found = margin_of(stage.world, FORWARD, "bob")
    assert (found.pledged, found.equity) == (8_000, 13_000)
    assert (FORWARD, "bob") not in in_breach(stage.world) and stage.told(AuctionBegan) == []
    assert stage.code(Release(FORWARD, "bob", 1)) is Code.BELOW_INITIAL
    opens = Trade(FORWARD, "bob", "ann", 1, 0, CASH, second_collateral=2_000)
    assert stage.code(opens) is Code.BELOW_INITIAL
    assert stage.code(Post(FORWARD, "bob", 9_000, "BTC")) is Code.ACCEPTED
    assert stage.code(opens) is Code.BELOW_INITIAL


def test_a_little_of_what_nobody_prices_saves_nobody() -> None:
    """Two ticks after the last price of a bitcoin, the forwards have lost 4 000."""
    stage = holding()
    stage.accepted(2 * HOUR, spot=9_600)
    assert (FORWARD, "bob") in in_breach(stage.world)
    assert len(stage.told(AuctionBegan)) == 1


def test_what_never_had_a_price_counts_nothing() -> None:
    stage = opened({"bob": 10})
    stage.accepted(
        2 * SECOND,
        RegisterAsset("BTC", 3),
        RegisterFeed(BITCOIN, REPORTERS, 3, HOUR, 0, 10**24),
        *listing(strike=10_000, expiry=EXPIRY, rules=BOTH),
        DefinePolicy(BITCOIN_ALONE, (BITCOIN,)),
        Elect("bob", CASH, named(BITCOIN_ALONE)),
        Deposit("bob", "BTC", 10),
        Post(FORWARD, "bob", 10, "BTC"),
    )
    assert counted(stage.world, "bob", CASH, Act.LAST) == 0
    assert stage.code(Release(FORWARD, "bob", 10, "BTC")) is Code.ACCEPTED


# --- who pays ----------------------------------------------------------------------------------


def test_the_fund_buys_what_is_missing_and_the_payee_is_paid_in_full() -> None:
    """bob owes 10 000 and has 5 000: 625 units at 8 cents."""
    stage = holding(stake=10**5)
    owed(stage, 9_000)
    assert stage.told(PledgeBought) == [PledgeBought(FORWARD, "bob", "BTC", 625, CASH, 5_000)]
    assert stage.told(PaidInKind) == stage.told(ShortPaid) == []
    assert stage.free("ann") == 10**6 + 10_000
    assert (pledge(stage, "BTC"), fund(stage, "BTC"), stage.fund()) == (375, 625, 95_000)


def test_without_a_fund_the_payee_is_paid_in_kind() -> None:
    stage = holding()
    owed(stage, 9_000)
    assert stage.told(PaidInKind) == [PaidInKind(FORWARD, "bob", "ann", "BTC", 625, CASH, 5_000)]
    assert stage.told(PledgeBought) == stage.told(ShortPaid) == []
    assert (stage.free("ann"), has(stage, "ann", "BTC")) == (10**6 + 5_000, 625)


def test_a_fund_that_has_little_buys_so_much() -> None:
    stage = holding(stake=1_000)
    owed(stage, 9_000)
    assert stage.told(PledgeBought) == [PledgeBought(FORWARD, "bob", "BTC", 125, CASH, 1_000)]
    assert stage.told(PaidInKind) == [PaidInKind(FORWARD, "bob", "ann", "BTC", 500, CASH, 4_000)]
    assert (stage.fund(), fund(stage, "BTC"), pledge(stage, "BTC")) == (0, 125, 375)


def test_several_payees_are_given_their_parts() -> None:
    """Each is owed 5 000 and lacks 2 500: 313 units are the fewest that count for that."""
    stage = holding(payees=("ann", "carl"))
    owed(stage, 9_000)
    given = [(event.payee, event.units, event.worth) for event in stage.told(PaidInKind)]
    assert given == [("ann", 313, 2_500), ("carl", 313, 2_500)]
    assert pledge(stage, "BTC") == 374


def test_the_first_in_the_line_is_drawn_on_first_and_the_rest_is_missing() -> None:
    """25 000 are owed: 5 000 in cash, a bitcoin for 8 000, an ether for 3 750."""
    stage = holding(eth=1)
    owed(stage, 7_500)
    given = [(event.asset, event.units, event.worth) for event in stage.told(PaidInKind)]
    assert given == [("BTC", 1_000, 8_000), ("ETH", 1, 3_750)]
    assert stage.told(ShortPaid) == [ShortPaid(FORWARD, "ann", CASH, 8_250)]
    assert (pledge(stage, "BTC"), pledge(stage, "ETH")) == (0, 0)


def test_the_last_unit_that_is_bought_may_bring_more() -> None:
    """Ether alone: two are the fewest for 5 000, and bring 7 500."""
    stage = holding(btc=0, eth=3, stake=10**5)
    owed(stage, 9_000)
    assert stage.told(PledgeBought) == [PledgeBought(FORWARD, "bob", "ETH", 2, CASH, 7_500)]
    assert (stage.free("bob"), stage.fund(), pledge(stage, "ETH")) == (2_500, 92_500, 1)


def test_the_fund_does_not_buy_at_an_old_price_and_advances_instead() -> None:
    """What it is owed then it takes once there is a price again, and of two ethers the change is
    paid back: 5 000 are owed, 7 500 taken."""
    stage = holding(btc=0, eth=3, stake=10**5)
    stage.play(EXPIRY, spot=9_000)
    assert stage.told(PledgeBought) == []
    assert stage.told(Advanced) == [Advanced(FORWARD, "bob", CASH, 5_000)]
    assert stage.free("ann") == 10**6 + 10_000
    later = EXPIRY + HOUR
    stage.play(later, reports=said(later))
    assert stage.told(PledgeBought) == [PledgeBought(FORWARD, "bob", "ETH", 2, CASH, 7_500)]
    assert stage.told(Repaid) == [Repaid(FORWARD, "bob", CASH, 5_000)]
    assert (stage.free("bob"), stage.fund(), fund(stage, "ETH")) == (2_500, 92_500, 2)
    assert stage.world.debts == {}


def test_what_is_pledged_by_a_debtor_pays_at_once() -> None:
    stage = holding(btc=0, eth=0, bob=13_000, stake=10**5)
    owed(stage, 8_000)
    assert stage.told(Advanced) == [Advanced(FORWARD, "bob", CASH, 7_000)]
    now = EXPIRY + 1
    stage.accepted(now, Post(FORWARD, "bob", 10_000, "BTC"))
    assert stage.told(PledgeBought) == [PledgeBought(FORWARD, "bob", "BTC", 875, CASH, 7_000)]
    assert stage.world.debts == {} and pledge(stage, "BTC") == 9_125


def test_an_old_price_is_good_enough_to_be_paid_in_kind_where_nobody_else_pays() -> None:
    stage = holding()
    stage.play(EXPIRY, spot=9_000)
    assert [event.units for event in stage.told(PaidInKind)] == [625]
    assert stage.told(ShortPaid) == []


# --- liquidation -------------------------------------------------------------------------------


def test_a_bidder_is_paid_by_what_the_fund_buys() -> None:
    """Down to 8 900 a lot owes 1 100: 5 000 are posted, and no fund stands behind bob."""
    stage = holding(stake=10**5, shortfall=())  # type: ignore[arg-type]
    stage.accepted(10 * SECOND, Bid("carl", FORWARD, ONE, 50))
    stage.play(MINUTE, reports=said(MINUTE), spot=8_900)
    assert len(stage.told(AuctionBegan)) == 1
    now = 20 * MINUTE
    stage.play(now, reports=said(now), spot=8_900)
    (filled,) = stage.told(AuctionFilled)
    assert filled.lots == 10 and filled.penalty > 0
    sold = stage.told(PledgeBought)
    assert sum(event.worth for event in sold) == filled.paid * filled.lots + filled.penalty - 5_000
    assert stage.told(PaidInKind) == []


def test_what_closes_at_the_mark_is_paid_in_kind_where_there_is_no_fund() -> None:
    stage = holding()
    stage.play(MINUTE, reports=said(MINUTE), spot=8_900)
    now = 20 * MINUTE
    stage.play(now, reports=said(now), spot=8_900)
    closed = sum(event.lots for event in stage.told(Deleveraged))
    assert closed == 9 and stage.told(ShortPaid) == []
    assert sum(event.worth for event in stage.told(PaidInKind)) == 9_900 - 5_000


# --- giving back -------------------------------------------------------------------------------


def test_what_is_idle_stays_until_the_election_ends() -> None:
    stage = holding()
    stage.accepted(6 * SECOND, Trade(FORWARD, "ann", "bob", 10, 0, CASH))
    assert (stage.free("bob"), pledge(stage, "BTC")) == (5_000, 1_000)
    stage.accepted(7 * SECOND, Elect("bob", CASH))
    assert (has(stage, "bob", "BTC"), pledge(stage, "BTC")) == (10_000, 0)


def test_what_another_policy_does_not_take_is_given_back() -> None:
    stage = desk()
    stage.accepted(
        4 * SECOND,
        Post(FORWARD, "bob", 7, "ETH"),
        Post(FORWARD, "bob", 9, "BTC"),
        Elect("bob", CASH, named(BITCOIN_ALONE)),
    )
    assert (pledge(stage, "BTC"), pledge(stage, "ETH"), has(stage, "bob", "ETH")) == (9, 0, 10_000)
    short = holding(eth=1, btc=900)
    assert short.code(Elect("bob", CASH, named(BITCOIN_ALONE))) is Code.BELOW_INITIAL
    assert pledge(short, "ETH") == 1


def test_a_proof_of_what_is_owed_has_what_is_pledged() -> None:
    stage = holding()
    shares = {each.asset: each.units for each in books(stage.world, b"secret").proof("bob").shares}
    assert (shares["BTC"], shares[CASH]) == (10_000, 5_000)


# --- whatever is done --------------------------------------------------------------------------

names = st.sampled_from(["ann", "bob", "carl"])
assets = st.sampled_from(["BTC", "ETH", CASH, ""])
few = st.integers(1, 12)
units = st.integers(1, 3_000)
commands = st.one_of(
    st.builds(
        lambda a, b, n, x, y: Trade(FORWARD, a, b, n, 0, CASH, x, y),
        names,
        names,
        few,
        st.integers(0, 20_000),
        st.integers(0, 20_000),
    ),
    st.builds(Post, st.just(FORWARD), names, units, assets),
    st.builds(Release, st.just(FORWARD), names, units, assets),
    st.builds(Elect, names, st.just(CASH), st.sampled_from([NAME, named(BITCOIN_ALONE), b""])),
    st.builds(Bid, names, st.just(FORWARD), st.just(ONE), few),
)
prices = st.integers(0, 200)
blocks = st.lists(
    st.tuples(st.integers(8_000, 12_500), prices, prices, st.lists(commands, max_size=5)),
    min_size=2,
    max_size=6,
)


@settings(max_examples=40)
@given(blocks, st.sampled_from([0, 300, 10**5]), st.booleans(), st.booleans())
def test_whatever_is_done_the_invariants_hold(
    script: list[tuple[int, int, int, list[Command]]], stake: int, covered: bool, speaks: bool
) -> None:
    shortfall = ("insurance_fund",) if covered else ()
    stage = desk(bob=30_000, stake=stake, shortfall=shortfall)
    gifts = [Deposit(name, asset, 3_000) for name in ("ann", "carl") for asset in ("BTC", "ETH")]
    stage.accepted(
        4 * SECOND,
        *gifts,
        Elect("ann", CASH, NAME),
        Post(FORWARD, "bob", 2_000, "BTC"),
        Post(FORWARD, "bob", 2, "ETH"),
        Post(FORWARD, "ann", 1_500, "BTC"),
        Trade(FORWARD, "bob", "ann", 12, 0, CASH, 10_000, 12_000),
    )
    for number, (spot, btc, eth, wanted) in enumerate(script, 1):
        now = 10 * SECOND + 20 * number * MINUTE
        reports = said(now, btc=btc, eth=eth) if speaks or number == 1 else ()
        stage.play(now, *wanted, reports=reports, spot=spot)
    stage.play(EXPIRY + HOUR, reports=said(EXPIRY + HOUR), spot=8_000)


def _cut(world: World, asset: str, fraction: int) -> World:
    """The same world with another haircut of an asset."""
    known = world.policies[NAME.hex()]
    cuts = tuple(
        each._replace(fraction=fraction) if each.asset == asset else each
        for each in known.view.haircuts
    )
    after = world.copy()
    after.policies[NAME.hex()] = known._replace(view=replace(known.view, haircuts=cuts))
    return after


fractions = st.integers(0, ONE - 1)


@given(st.integers(1, 10_000), fractions, fractions, st.sampled_from(["BTC", "ETH"]))
def test_equity_never_rises_with_a_haircut(units: int, one: int, other: int, asset: str) -> None:
    stage = PLEDGED[0] if PLEDGED else desk(bob=13_000)
    if not PLEDGED:
        PLEDGED.append(stage)
        stage.accepted(4 * SECOND, *(Post(FORWARD, "bob", 9_999, each) for each in ("BTC", "ETH")))
    low, high = sorted((one, other))
    found = [counted(_cut(stage.world, asset, cut), "bob", CASH, Act.OPEN) for cut in (low, high)]
    assert found[0] >= found[1] >= 0


PLEDGED: list[Stage] = []
