"""The auction, and closing at the mark.

A call struck at 10 000; per lot the writer's maintenance is 10 % and its initial margin 13 % of the
spot. At 10 500 ten lots with 13 000 of collateral have equity 8 000 < 10 500.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, Bid, Deposit, Lock, Post, RegisterAsset, Withdraw
from rfos_runtime.records.events import (
    Advanced,
    AuctionBegan,
    AuctionEnded,
    AuctionFilled,
    Deleveraged,
    Repaid,
    ShortPaid,
)
from rfos_runtime.records.holdings import free
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.executor import PartyRisk, Rule
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.margin import in_breach, margin_of
from rfos_runtime.reference.sales import clock, lots_to_restore, sale_at
from tests.runtime.stage import HOUR, MINUTE, SECOND, Stage, listing, opened, trade

RULE = Rule(0, ONE * 101 // 100, ONE * 85 // 100, 15 * MINUTE, ONE * 15 // 1000, ())
BEGAN = 10 * SECOND


def breached(
    spot: int = 10_500, stake: int = 0, bids: tuple[Bid, ...] = (), carl: int = 100_000
) -> Stage:
    """bob is short ten lots, six to ann and four to amy, and the spot has moved against him."""
    stage = opened({"ann": 0, "amy": 0, "bob": 13_000, "carl": carl}, stake)
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR), spot=10_000)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 6, second_collateral=7_800),
        trade("amy", "bob", 4, second_collateral=5_200),
        *bids,
    )
    stage.accepted(BEGAN, spot=spot)
    return stage


def test_a_bid_at_the_limit_takes_the_smallest_number_of_lots_that_restores() -> None:
    stage = breached(bids=(Bid("carl", 1, ONE, 50),))
    assert stage.told(AuctionBegan) == [AuctionBegan(1, "bob", -10, 8_000, 10_500)]
    stage.accepted(BEGAN + 56 * SECOND)
    assert stage.lots("bob") == -10  # the clock still stands above 100 %
    stage.accepted(BEGAN + 60 * SECOND)
    # at 99.93 % a lot costs 500 and 7 of penalty: selling 4 leaves 7 972 < 6 * 1 365,
    # selling 5 leaves 7 965 >= 5 * 1 365
    assert [(e.lots, e.paid, e.penalty) for e in stage.told(AuctionFilled)] == [(5, 500, 35)]
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "restored")]
    assert (stage.lots("bob"), stage.lots("carl")) == (-5, -5)
    assert (stage.collateral("bob"), stage.fund()) == (13_000 - 2_500 - 35, 35)
    assert stage.collateral("carl") == 5 * (500 + 1_365)
    assert stage.free("carl") == 100_000 + 2_500 - 5 * (500 + 1_365)
    assert margin_of(stage.world, 1, "carl").equity == margin_of(stage.world, 1, "carl").initial


def test_equity_at_maintenance_is_enough_and_a_unit_less_is_not() -> None:
    """At 10 273 ten lots have equity 10 270 and maintenance 10 270."""
    stage = breached(spot=10_273)
    found = margin_of(stage.world, 1, "bob")
    assert (found.equity, found.maintenance) == (10_270, 10_270)
    assert stage.world.auctions == {}
    stage.accepted(BEGAN + MINUTE, spot=10_274)
    assert (1, "bob") in stage.world.auctions


def test_a_penalty_never_exceeds_the_equity_that_is_left() -> None:
    """At 11 280 ten lots are sold for 1 281 each: 190 of the 13 000 are left, 19 a lot are due."""
    stage = breached(spot=11_280, bids=(Bid("carl", 1, ONE, 50),))
    stage.accepted(BEGAN + MINUTE)
    ((lots, paid, penalty),) = [(e.lots, e.paid, e.penalty) for e in stage.told(AuctionFilled)]
    assert (lots, paid, penalty) == (10, 1_281, 13_000 - 12_810)
    assert stage.fund() == 190
    assert stage.free("bob") == 0


def test_nor_does_it_take_collateral_that_the_rest_of_the_position_owes() -> None:
    """At 11 299 five lots go for 1 300 each: 6 500 are left, against 6 495 of exposure."""
    stage = breached(spot=11_299, bids=(Bid("carl", 1, ONE, 5),))
    stage.accepted(BEGAN + MINUTE)
    assert [(e.paid, e.penalty) for e in stage.told(AuctionFilled)] == [(1_300, 5)]
    assert stage.collateral("bob") == 6_495
    assert (1, "bob") in stage.world.auctions


def test_of_two_bids_that_stand_the_higher_limit_is_filled_first() -> None:
    bids = (Bid("carl", 1, ONE * 96 // 100, 50), Bid("amy", 1, ONE, 2))
    stage = breached(bids=bids)
    stage.accepted(BEGAN + 5 * MINUTE)  # the clock stands at 95.67 %: both bids stand
    filled = [(e.bidder, e.lots) for e in stage.told(AuctionFilled)]
    assert filled[0] == ("amy", 2)
    assert filled[1][0] == "carl"


def test_of_two_bids_at_one_limit_the_older_is_filled_first() -> None:
    bids = (Bid("carl", 1, ONE, 1), Bid("amy", 1, ONE, 1), Bid("carl", 1, ONE, 1))
    stage = breached(bids=bids)  # carl's second bid replaces his first, and stands behind amy's
    stage.accepted(BEGAN + MINUTE)
    assert [e.bidder for e in stage.told(AuctionFilled)] == ["amy", "carl"]


def test_higher_limits_come_first_and_a_bidder_takes_what_it_can_carry() -> None:
    bids = (Bid("carl", None, ONE * 95 // 100, 50), Bid("ann", 1, ONE, 2))
    stage = breached(bids=bids, carl=1_365)
    stage.accepted(BEGAN + MINUTE)
    assert [(e.bidder, e.lots) for e in stage.told(AuctionFilled)] == [("ann", 2)]
    assert (("ann", 1) in stage.world.bids, ("carl", 0) in stage.world.bids) == (False, True)
    stage.accepted(BEGAN + 6 * MINUTE)  # 528 a lot against 1 865 of requirement
    assert [(e.bidder, e.lots) for e in stage.told(AuctionFilled)] == [("carl", 1)]
    assert stage.world.bids["carl", 0].lots == 49
    assert (1, "bob") in stage.world.auctions


def test_a_bidder_that_can_carry_nothing_takes_nothing() -> None:
    stage = breached(bids=(Bid("carl", 1, ONE, 50),), carl=1)
    stage.accepted(BEGAN + MINUTE)
    assert stage.told(AuctionFilled) == []
    assert stage.world.bids["carl", 1].lots == 50


def test_ann_closes_her_own_lots_by_bidding() -> None:
    """A bidder on the other side nets: it needs no margin for what it takes."""
    stage = breached(bids=(Bid("ann", 1, ONE, 50),))
    stage.accepted(BEGAN + MINUTE)
    assert (stage.lots("ann"), stage.lots("bob")) == (1, -5)
    assert stage.free("ann") == 2_500


def between_sides(carl: int) -> Stage:
    """Who is long locks bitcoin, who is short posts dollars. carl holds two of the ten lots that
    bob is short, and bids for more."""
    stage = opened({"ann": 0, "bob": 13_000, "carl": carl})
    stage.accepted(SECOND + 1, RegisterAsset("BTC", 4))
    stage.accepted(SECOND + 2, *(Deposit(name, "BTC", 90_000) for name in ("ann", "carl")))
    locks = Lock("BTC", 10_000), None
    stage.accepted(2 * SECOND, *listing(10_000, 100 * HOUR, locks=locks), spot=10_000)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 8, first_collateral=80_000, second_collateral=10_400),
        trade("carl", "bob", 2, first_collateral=20_000, second_collateral=2_600),
        Bid("carl", 1, ONE, 5),
    )
    stage.accepted(BEGAN, spot=10_500)
    return stage


def test_what_a_bidder_posts_for_its_other_side_carries_nothing_of_what_it_takes() -> None:
    """Two lots close carl's own; each further one needs 1 865 dollars against 500 that it brings,
    whatever bitcoin he has posted."""
    stage = between_sides(carl=2_000)
    stage.accepted(BEGAN + 60 * SECOND)
    assert [each.lots for each in stage.told(AuctionFilled)] == [4]
    assert (stage.lots("carl"), stage.collateral("carl")) == (-2, 2 * 1_865)
    assert stage.free("carl") == 2_000 + 4 * 500 - 2 * 1_865
    assert balance(stage.world, "BTC", free("carl")) == 90_000


def test_who_bids_to_close_its_own_lots_needs_nothing_for_them() -> None:
    stage = between_sides(carl=0)
    stage.accepted(BEGAN + 60 * SECOND)
    assert [each.lots for each in stage.told(AuctionFilled)] == [2]
    assert (stage.lots("carl"), stage.free("carl")) == (0, 1_000)


def test_an_unsold_position_is_closed_at_the_mark_pro_rata_and_no_further_than_needed() -> None:
    stage = breached()
    stage.accepted(BEGAN + 15 * MINUTE)
    # closing a lot at 500 frees 1 365 of requirement: 5 lots are enough for the missing 5 650
    told = [(each.account, each.lots, each.mark) for each in stage.told(Deleveraged)]
    assert told == [("ann", 3, 500), ("amy", 2, 500)]
    assert (stage.lots("ann"), stage.lots("amy"), stage.lots("bob")) == (3, 2, -5)
    assert (stage.free("ann"), stage.free("amy")) == (1_500, 1_000)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "unsold")]
    assert (1, "bob") not in in_breach(stage.world)


def test_the_fund_advances_what_collateral_lacks_and_is_owed_it() -> None:
    stage = breached(spot=12_000, stake=10_000)
    stage.accepted(BEGAN + 15 * MINUTE)
    assert (stage.free("ann"), stage.free("amy")) == (12_000, 8_000)
    assert stage.told(Advanced) == [Advanced(1, "bob", "USD", 7_000)]
    assert stage.world.debts == {("bob", 1, "USD"): 7_000}
    assert stage.world.positions == {}
    assert stage.fund() == 3_000


def test_a_deficit_beyond_the_fund_is_allotted_exactly() -> None:
    stage = breached(spot=12_000, stake=5_001)
    stage.accepted(BEGAN + 15 * MINUTE)
    short = {e.account: e.units for e in stage.told(ShortPaid)}
    assert short == {"ann": 1_199, "amy": 800}  # 1 999 by 12 000 : 8 000 is 1 199.4 and 799.6
    assert (stage.free("ann"), stage.free("amy")) == (10_801, 7_200)
    assert stage.fund() == 0


def test_a_debt_is_paid_back_before_anything_else() -> None:
    stage = breached(spot=12_000, stake=10_000)
    stage.accepted(BEGAN + 15 * MINUTE)
    stage.accepted(HOUR, Deposit("bob", "USD", 4_000))
    assert stage.told(Repaid) == [Repaid(1, "bob", "USD", 4_000)]
    assert (stage.free("bob"), stage.fund()) == (0, 7_000)
    assert stage.code(Withdraw("bob", "USD", 1)) is Code.IN_DEBT
    stage.accepted(HOUR + MINUTE, Deposit("bob", "USD", 4_000))
    assert (stage.free("bob"), stage.fund(), stage.world.debts) == (1_000, 10_000, {})


def test_a_better_price_ends_an_auction_once_there_is_initial_margin() -> None:
    stage = breached()
    stage.accepted(BEGAN + MINUTE, spot=10_100)
    assert (1, "bob") not in in_breach(stage.world)
    assert (1, "bob") in stage.world.auctions
    stage.accepted(BEGAN + 2 * MINUTE, spot=10_000)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "recovered")]
    assert stage.lots("bob") == -10


def test_posting_collateral_ends_an_auction() -> None:
    stage = breached()
    stage.accepted(BEGAN + MINUTE, Deposit("bob", "USD", 6_000), Post(1, "bob", 5_650))
    stage.accepted(BEGAN + 2 * MINUTE)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "recovered")]


@pytest.mark.parametrize("lots", [4, 5])
def test_a_position_that_closes_or_turns_leaves_its_auction(lots: int) -> None:
    stage = breached()
    stage.accepted(
        BEGAN + 1,
        trade("bob", "ann", 6),
        Deposit("amy", "USD", 10_000),
        trade("bob", "amy", lots, second_collateral=5_000 * (lots - 4)),
    )
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "position closed")]
    assert (stage.lots("bob"), stage.free("bob")) == (lots - 4, 13_000)
    stage.accepted(BEGAN + HOUR)


def test_an_auction_is_abandoned_while_the_mark_is_unknown_and_begins_anew() -> None:
    stage = breached()
    stage.accepted(BEGAN + MINUTE, spot=0)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "mark unknown")]
    stage.accepted(BEGAN + HOUR, spot=10_500)
    assert len(stage.told(AuctionBegan)) == 1
    assert stage.world.auctions[1, "bob"].began == BEGAN + HOUR


def test_a_position_that_is_worth_something_is_paid_for() -> None:
    """A long forward at 10 000 with the spot at 10 400 and too little on top: the bidder pays."""
    stage = opened({"ann": 1_500, "bob": 50_000, "carl": 100_000})
    both = {"payoff": "forward", "rules": (True, True)}
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR, **both), spot=10_000)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 1, first_collateral=1_300, second_collateral=20_000),
        Bid("carl", None, ONE, 10),
    )
    stage.accepted(BEGAN, spot=9_600)  # ann's equity is 900 < 960
    stage.accepted(BEGAN + MINUTE)
    assert [(e.lots, e.paid) for e in stage.told(AuctionFilled)] == [(1, 400)]
    assert (stage.lots("ann"), stage.lots("carl")) == (0, 1)
    assert stage.free("ann") == 1_500 - 400 - 6


@pytest.mark.parametrize(
    ("elapsed", "percent"),
    [(0, "1.01"), (15 * MINUTE, "0.85"), (HOUR, "0.85"), (15 * MINUTE // 2, "0.93")],
)
def test_the_clock_runs_in_a_straight_line(elapsed: int, percent: str) -> None:
    assert clock(RULE, elapsed) == int(Decimal(percent) * ONE)


@given(
    lots=st.integers(1, 10**6),
    exposure=st.integers(-(10**9), 10**9),
    maintenance=st.integers(0, 10**9),
    extra=st.integers(0, 10**9),
    held=st.integers(0, 10**12),
    price=st.integers(ONE // 2, 2 * ONE),
)
def test_the_number_of_lots_to_restore_is_the_smallest(
    lots: int, exposure: int, maintenance: int, extra: int, held: int, price: int
) -> None:
    row = PartyRisk(exposure, maintenance, maintenance + extra)
    sale = sale_at(row, RULE, price)
    found = Margin(held, 0, 0, exposure * lots, row.maintenance * lots, row.initial * lots)

    def restored(sold: int) -> bool:
        paid = sold * (sale.cost + sale.penalty)
        return held - paid - exposure * (lots - sold) >= row.initial * (lots - sold)

    number = lots_to_restore(found, lots, row, sale)
    assert 0 <= number <= lots
    if number < lots:
        assert restored(number)
    if number > 0:
        assert not restored(number - 1)


@given(st.integers(-(10**12), 10**12), st.integers(ONE // 2, 2 * ONE))
def test_what_a_bidder_gets_is_exposure_over_price(exposure: int, price: int) -> None:
    sale = sale_at(PartyRisk(exposure, 0, 0), RULE, price)
    exact = exposure * ONE / price if exposure >= 0 else exposure * price / ONE
    assert abs(sale.cost - exact) <= 0.5 + abs(exact) * 1e-15
    assert sale.penalty == abs(sale.cost) * 15 // 1000
