"""Circuit breakers: once a price has moved too far in too short a time, nothing opens and auctions
stand still; what reduces risk always passes.

The spot's breaker: a tenth within a minute pauses for five.
"""

from dataclasses import replace

import pytest

from rfos_runtime.node.snapshot import restored, snapshot
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, Bid, Breaker, Deposit, Post, RegisterFeed
from rfos_runtime.records.events import AuctionBegan, AuctionEnded, AuctionFilled, Paused
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    SECOND,
    SPOT,
    SPOT_FEED,
    Stage,
    listing,
    opened,
    trade,
)

BREAKER = Breaker(ONE // 10, MINUTE, 5 * MINUTE)
BEGAN = 2 * HOUR


def watched(breaker: Breaker = BREAKER) -> Stage:
    """bob is short ten lots of a call at 10 000, with 13 000 posted, and carl bids for them."""
    funds = {"ann": 100_000, "bob": 13_000, "carl": 100_000}
    stage = opened(funds, feed=replace(SPOT_FEED, breaker=breaker))
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR), spot=10_000)
    stage.accepted(
        3 * SECOND, trade("ann", "bob", 10, second_collateral=13_000), Bid("carl", 1, ONE, 50)
    )
    return stage


def test_a_move_beyond_the_bound_pauses_and_one_at_it_does_not() -> None:
    stage = watched()
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(BEGAN + 10 * SECOND, spot=11_000)
    assert stage.told(Paused) == []
    stage.accepted(BEGAN + 20 * SECOND, spot=11_001)
    assert stage.told(Paused) == [Paused(SPOT, BEGAN + 20 * SECOND + 5 * MINUTE)]


def test_it_is_told_by_many_small_moves_and_by_a_fall_from_the_highest() -> None:
    stage = watched()
    for number, spot in enumerate((10_000, 10_400, 10_800, 10_300)):
        stage.accepted(BEGAN + number * SECOND, spot=spot)
    assert stage.world.pauses == {}
    stage.accepted(BEGAN + 5 * SECOND, spot=9_719)  # a tenth below 10 800 is 9 720
    assert len(stage.told(Paused)) == 1


@pytest.mark.parametrize(("later", "stops"), [(1, True), (60, True), (61, False)])
def test_no_move_within_a_window_is_missed_where_two_windows_meet(later: int, stops: bool) -> None:
    """The first price comes in the last second of a window."""
    stage = watched()
    first = BEGAN - SECOND
    stage.accepted(first, spot=10_000)
    stage.accepted(first + later * SECOND, spot=11_200)
    assert bool(stage.told(Paused)) is stops


def test_while_it_is_paused_nothing_opens_and_what_shrinks_passes() -> None:
    stage = watched()
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(BEGAN + SECOND, spot=8_900)
    assert stage.code(trade("ann", "carl", 1, second_collateral=5_000)) is Code.OPENING_STOPPED
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED
    stage.accepted(BEGAN + SECOND + 5 * MINUTE)
    assert stage.code(trade("ann", "carl", 1, second_collateral=5_000)) is Code.ACCEPTED


def test_auctions_stand_still_and_their_clocks_go_on_where_they_stood() -> None:
    """It began at 101 %; a minute later it would stand at 99.93 %, and carl's limit is 100 %."""
    stage = watched()
    stage.accepted(BEGAN, spot=10_500)
    assert len(stage.told(AuctionBegan)) == 1
    stage.accepted(BEGAN + 30 * SECOND, spot=11_600)
    assert stage.told(Paused)
    stage.accepted(BEGAN + 4 * MINUTE)
    assert stage.told(AuctionFilled) == []
    stage.accepted(BEGAN + 5 * MINUTE + 50 * SECOND)  # 50 seconds of its own: 100.11 %
    assert stage.told(AuctionFilled) == []
    stage.accepted(BEGAN + 6 * MINUTE)
    assert [each.lots for each in stage.told(AuctionFilled)] == [8]  # as many as 13 000 pay for


def test_one_that_begins_in_a_pause_runs_from_its_end_on() -> None:
    stage = watched()
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(BEGAN + SECOND, spot=11_200)
    assert len(stage.told(AuctionBegan)) == 1
    end = BEGAN + SECOND + 5 * MINUTE
    assert stage.world.auctions[1, "bob"].began == end
    stage.accepted(end + 50 * SECOND)
    assert stage.told(AuctionFilled) == []
    stage.accepted(end + 57 * SECOND)
    assert stage.told(AuctionFilled)


def test_posting_ends_an_auction_in_a_pause_too() -> None:
    stage = watched()
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(
        BEGAN + SECOND, Deposit("bob", CASH, 90_000), Post(1, "bob", 90_000), spot=11_200
    )
    stage.accepted(BEGAN + 2 * SECOND)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "recovered")]


def test_after_a_pause_it_counts_anew_from_where_it_stopped() -> None:
    stage = watched(Breaker(ONE // 10, HOUR, 5 * MINUTE))
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(BEGAN + SECOND, spot=11_200)
    stage.accepted(BEGAN + MINUTE, spot=20_000)
    assert stage.told(Paused) == []
    stage.accepted(BEGAN + 6 * MINUTE, spot=12_300)
    assert stage.told(Paused) == []
    stage.accepted(BEGAN + 7 * MINUTE, spot=12_321)
    assert len(stage.told(Paused)) == 1


@pytest.mark.parametrize(
    "breaker",
    [
        Breaker(ONE // 1_000 - 1, MINUTE, MINUTE),
        Breaker(10 * ONE + 1, MINUTE, MINUTE),
        Breaker(ONE, SECOND - 1, MINUTE),
        Breaker(ONE, DAY + 1, MINUTE),
        Breaker(ONE, MINUTE, SECOND - 1),
        Breaker(ONE, MINUTE, 6 * HOUR + 1),
    ],
)
def test_its_parameters_have_bounds(breaker: Breaker) -> None:
    feed = RegisterFeed("x", ("r1",), 1, HOUR, 0, 10, breaker=breaker)
    assert watched().code(feed) is Code.MALFORMED


def test_a_snapshot_keeps_pauses_and_how_prices_have_moved() -> None:
    stage = watched()
    stage.accepted(BEGAN, spot=10_000)
    stage.accepted(BEGAN + SECOND, spot=11_200)
    again = restored(snapshot(stage.world), stage.executor)
    assert again is not None
    assert (again.swings, again.pauses) == (stage.world.swings, stage.world.pauses)
    assert again.pauses
    assert again.feeds == stage.world.feeds
