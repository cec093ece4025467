"""What the operator halts: nothing opens and auctions stand still, for a reason that everybody
sees; what reduces risk always passes. Then it goes on, announced a minute before.

bob is short ten lots of a call at 10 000, with 13 000 posted, and carl bids for them. At 10 500 he
is below maintenance; the clock of his auction begins at 101 % and passes 100 % after 57 seconds.
"""

from dataclasses import replace

import pytest

from rfos_runtime.node.snapshot import restored, snapshot
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, Bid, Breaker, Command, Deposit, Post
from rfos_runtime.records.events import (
    AuctionBegan,
    AuctionEnded,
    AuctionFilled,
    Fired,
    Halted,
    Resuming,
)
from rfos_runtime.records.interventions import Halt, Resume
from rfos_runtime.reference.world import NEVER, Standstill
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

BEGAN = 2 * HOUR
WHY = "a venue prints prices that nobody else has"
BY_HANDLE, BY_FEED = Halt(1, "", WHY), Halt(0, SPOT, WHY)


def standing(breaker: Breaker | None = None, **script: object) -> Stage:
    funds = {"ann": 100_000, "bob": 13_000, "carl": 100_000}
    stage = opened(funds, feed=replace(SPOT_FEED, breaker=breaker))
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR, **script), spot=10_000)
    stage.accepted(
        3 * SECOND, trade("ann", "bob", 10, second_collateral=13_000), Bid("carl", 1, ONE, 50)
    )
    stage.accepted(BEGAN, spot=10_000)
    return stage


def goes_on(halt: Halt, at: int) -> Resume:
    return Resume(at, halt.instrument, halt.feed)


@pytest.mark.parametrize("halt", [BY_HANDLE, BY_FEED])
def test_nothing_opens_what_shrinks_passes_and_everybody_sees_why(halt: Halt) -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, halt)
    assert stage.told(Halted) == [Halted(halt.instrument, halt.feed, WHY)]
    more = trade("ann", "carl", 1, second_collateral=5_000)
    assert stage.code(more) is Code.OPENING_STOPPED
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED
    assert stage.code(Post(1, "carl", 1)) is Code.NO_POSITION
    assert stage.code(Deposit("bob", CASH, 50)) is Code.ACCEPTED
    assert stage.code(Post(1, "bob", 50)) is Code.ACCEPTED
    stage.accepted(BEGAN + 10 * HOUR, spot=10_000)
    assert stage.code(more) is Code.OPENING_STOPPED
    at = BEGAN + 11 * HOUR
    stage.accepted(BEGAN + 10 * HOUR + MINUTE, goes_on(halt, at))
    assert stage.told(Resuming) == [Resuming(halt.instrument, halt.feed, at)]
    assert stage.code(more) is Code.OPENING_STOPPED
    stage.accepted(at - 1)
    assert stage.code(replace(more, lots=2)) is Code.ACCEPTED  # a nanosecond later


@pytest.mark.parametrize("halt", [BY_HANDLE, BY_FEED])
def test_a_halt_in_the_block_of_a_trade_counts_for_it(halt: Halt) -> None:
    more = trade("ann", "carl", 1, second_collateral=5_000)
    applied = standing().play(BEGAN + 1, more, halt, replace(more, lots=2))
    assert applied.results == (Code.ACCEPTED, Code.ACCEPTED, Code.OPENING_STOPPED)


@pytest.mark.parametrize("halt", [BY_HANDLE, BY_FEED])
def test_auctions_stand_still_and_go_on_where_their_clocks_stood(halt: Halt) -> None:
    stage = standing()
    stage.accepted(BEGAN + SECOND, spot=10_500)
    assert len(stage.told(AuctionBegan)) == 1
    stage.accepted(BEGAN + 31 * SECOND, halt)
    assert NEVER - stage.world.auctions[1, "bob"].began == 30 * SECOND
    stage.accepted(BEGAN + 40 * MINUTE, spot=10_500)
    at = BEGAN + 50 * MINUTE
    stage.accepted(BEGAN + 41 * MINUTE, goes_on(halt, at))
    assert stage.world.auctions[1, "bob"].began == at - 30 * SECOND
    stage.accepted(at + 20 * SECOND)
    assert stage.told(AuctionFilled) == []
    stage.accepted(at + 30 * SECOND)
    assert stage.told(AuctionFilled)


def test_one_that_begins_in_a_halt_runs_once_that_is_over() -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_HANDLE)
    stage.accepted(BEGAN + SECOND, spot=10_500)
    assert len(stage.told(AuctionBegan)) == 1
    stage.accepted(BEGAN + HOUR, spot=10_500)
    stage.accepted(BEGAN + HOUR + 1, goes_on(BY_HANDLE, BEGAN + 2 * HOUR), spot=10_500)
    stage.accepted(BEGAN + 2 * HOUR + 50 * SECOND, spot=10_500)
    assert stage.told(AuctionFilled) == []
    stage.accepted(BEGAN + 2 * HOUR + MINUTE)
    assert stage.told(AuctionFilled)


def test_collateral_ends_an_auction_in_a_halt_too() -> None:
    stage = standing()
    stage.accepted(BEGAN + SECOND, BY_HANDLE, spot=10_500)
    stage.accepted(BEGAN + MINUTE, Deposit("bob", CASH, 90_000), Post(1, "bob", 90_000))
    stage.accepted(BEGAN + 2 * MINUTE)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "recovered")]


def test_two_halts_last_as_long_as_the_longer() -> None:
    stage = standing()
    stage.accepted(BEGAN + SECOND, spot=10_500)
    stage.accepted(BEGAN + 11 * SECOND, BY_HANDLE, BY_FEED)
    stage.accepted(BEGAN + MINUTE, goes_on(BY_FEED, BEGAN + 3 * MINUTE))
    assert NEVER - stage.world.auctions[1, "bob"].began == 10 * SECOND
    stage.accepted(BEGAN + 2 * MINUTE, goes_on(BY_HANDLE, BEGAN + 9 * MINUTE))
    assert stage.world.auctions[1, "bob"].began == BEGAN + 9 * MINUTE - 10 * SECOND


def test_a_pause_of_a_breaker_within_a_halt_counts_once() -> None:
    stage = standing(Breaker(ONE // 10, MINUTE, 5 * MINUTE))
    stage.accepted(BEGAN + SECOND, spot=10_500)
    stage.accepted(BEGAN + 11 * SECOND, BY_HANDLE)
    stage.accepted(BEGAN + 30 * SECOND, spot=12_000)
    assert stage.world.pauses[SPOT] == BEGAN + 5 * MINUTE + 30 * SECOND
    stage.accepted(BEGAN + MINUTE, goes_on(BY_HANDLE, BEGAN + 2 * MINUTE))
    assert stage.world.auctions[1, "bob"].began == stage.world.pauses[SPOT] - 10 * SECOND


def test_it_can_be_halted_again_before_it_goes_on() -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_HANDLE)
    stage.accepted(BEGAN + 2, goes_on(BY_HANDLE, BEGAN + HOUR), replace(BY_HANDLE, reason="again"))
    assert stage.world.halts == {(1, ""): Standstill(NEVER, "again")}


def test_clauses_act_in_a_halt() -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_HANDLE)
    stage.accepted(100 * HOUR, spot=10_100)
    assert stage.told(Fired)
    assert stage.free("ann") == 101_000


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Halt(1, SPOT, WHY), Code.MALFORMED),
        (Halt(0, "", WHY), Code.MALFORMED),
        (Halt(1, "", ""), Code.MALFORMED),
        (Halt(1, "", "   "), Code.MALFORMED),
        (Halt(1, "", "x" * 201), Code.MALFORMED),
        (Halt(1, "", "a\nb"), Code.MALFORMED),
        (Halt(2, "", WHY), Code.UNKNOWN_INSTRUMENT),
        (Halt(-1, "", WHY), Code.UNKNOWN_INSTRUMENT),
        (Halt(0, "x", WHY), Code.UNKNOWN_FEED),
        (Resume(BEGAN + HOUR, 1, SPOT), Code.MALFORMED),
        (Resume(BEGAN + HOUR, 3), Code.UNKNOWN_INSTRUMENT),
        (Resume(BEGAN + HOUR, 0, SPOT), Code.NOT_HALTED),
        (Resume(BEGAN + 1 + MINUTE, 1), Code.TOO_SOON),  # it is looked at a nanosecond later
        (Resume(NEVER, 1), Code.TOO_SOON),
    ],
)
def test_what_is_refused(command: Command, code: Code) -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_HANDLE)
    assert stage.code(command) is code


def test_a_halt_of_a_feed_that_nobody_reads_is_over_too() -> None:
    stage = opened({})
    stage.accepted(HOUR, BY_FEED, goes_on(BY_FEED, 2 * HOUR))
    stage.accepted(2 * HOUR)
    assert stage.world.halts == {}


def test_what_has_ended_is_not_halted_and_what_went_on_not_resumed() -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_HANDLE, goes_on(BY_HANDLE, BEGAN + HOUR))
    stage.accepted(BEGAN + HOUR, spot=10_000)
    assert stage.world.halts == {}
    assert stage.code(goes_on(BY_HANDLE, BEGAN + 3 * HOUR)) is Code.NOT_HALTED
    stage.accepted(100 * HOUR, spot=10_100)
    assert stage.code(BY_HANDLE) is Code.INSTRUMENT_CLOSED


def test_a_snapshot_keeps_what_is_halted() -> None:
    stage = standing()
    stage.accepted(BEGAN + 1, BY_FEED)
    again = restored(snapshot(stage.world), stage.executor)
    assert again is not None
    assert replace(again, events=stage.world.events) == stage.world
