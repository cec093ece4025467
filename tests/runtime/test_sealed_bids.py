"""Auctions by sealed bids: two minutes to seal, two to open.

bob is short ten lots of a call at 10 000 with 13 000 posted; at 10 500 five have to be sold. A lot
brings 500 to whoever takes it over, and needs 1 865.
"""

from dataclasses import replace

import pytest

from rfos_runtime.node.snapshot import restored, snapshot
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    LIMIT_MAX,
    ONE,
    Bid,
    Breaker,
    Command,
    OpenBid,
    Propose,
    SealBid,
    Transfer,
)
from rfos_runtime.records.events import AuctionEnded, AuctionFilled, Deleveraged
from rfos_runtime.records.holdings import reserved
from rfos_runtime.records.interventions import Halt, Resume
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.sealing import seal_of
from rfos_runtime.reference.ledger import balance
from tests.runtime.stage import CASH, MINUTE, SECOND, SPOT_FEED, Stage, listing, opened, trade

LENGTH = 2 * MINUTE
BEGAN = 3 * DAY
OPENS, ENDS = BEGAN + LENGTH, BEGAN + 2 * LENGTH
SALT = b"nobody knows"


def sealed(name: str, limit: int, lots: int, units: int = 20_000) -> SealBid:
    return SealBid(name, 1, CASH, units, seal_of(name, 1, limit, lots, SALT))


def opens(name: str, limit: int, lots: int) -> OpenBid:
    return OpenBid(name, 1, limit, lots, SALT)


def begun(*first: Command, breaker: Breaker | None = None) -> Stage:
    """The stage when the auction has begun; commands of the first block of it."""
    funds = {"ann": 0, "bob": 13_000, "carl": 30_000, "dan": 30_000, "eve": 30_000}
    stage = opened(funds, feed=replace(SPOT_FEED, breaker=breaker))
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * DAY), spot=10_000)
    at = 2 * DAY + MINUTE
    stage.accepted(3 * SECOND, Propose(CASH, Parameter.SEALED, LENGTH, at))
    stage.accepted(BEGAN - 1, trade("ann", "bob", 10, second_collateral=13_000), spot=10_000)
    stage.accepted(BEGAN, *first, spot=10_500)
    assert stage.world.auctions[1, "bob"].sealed == LENGTH
    return stage


def aside(stage: Stage, account: str) -> int:
    return balance(stage.world, CASH, reserved(account))


STOPPING = Breaker(ONE * 6 // 100, SECOND, 5 * MINUTE)
NINETY, FULL = ONE * 90 // 100, ONE


def test_the_highest_limit_takes_the_lots_at_its_own_price_when_all_are_open() -> None:
    stage = begun(sealed("carl", NINETY, 50), sealed("dan", FULL, 50))
    stage.accepted(OPENS, opens("carl", NINETY, 50), opens("dan", FULL, 50))
    assert aside(stage, "carl") == aside(stage, "dan") == 20_000
    stage.accepted(ENDS - 1)
    assert stage.told(AuctionFilled) == []
    stage.accepted(ENDS)
    told = [(e.bidder, e.lots, e.price, e.paid) for e in stage.told(AuctionFilled)]
    assert told == [("dan", 5, FULL, 500)]
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "restored")]
    assert (stage.free("carl"), aside(stage, "carl")) == (30_000, 0)
    assert (stage.free("dan"), aside(stage, "dan")) == (30_000 - 5 * 1_365, 0)
    assert (stage.world.bids, stage.world.seals) == ({}, {})


def test_what_one_leaves_the_next_takes_at_its_own_limit() -> None:
    stage = begun(sealed("carl", NINETY, 50), sealed("dan", FULL, 2))
    stage.accepted(OPENS, opens("dan", FULL, 2), opens("carl", NINETY, 50))
    stage.accepted(ENDS)
    told = [(each.bidder, each.price) for each in stage.told(AuctionFilled)]
    assert told == [("dan", FULL), ("carl", NINETY)]


def test_a_limit_above_the_beginning_of_the_clock_pays_no_more_than_that() -> None:
    stage = begun(sealed("carl", LIMIT_MAX, 50))
    stage.accepted(OPENS, opens("carl", LIMIT_MAX, 50))
    stage.accepted(ENDS)
    assert [each.price for each in stage.told(AuctionFilled)] == [ONE * 101 // 100]


def test_below_the_end_of_the_clock_nothing_is_sold_and_lots_close_at_the_mark() -> None:
    limit = ONE * 85 // 100 - 1
    stage = begun(sealed("carl", limit, 50))
    stage.accepted(OPENS, opens("carl", limit, 50))
    stage.accepted(ENDS)
    assert stage.told(AuctionFilled) == []
    assert stage.told(Deleveraged)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "unsold")]
    assert stage.free("carl") == 30_000


def test_standing_bids_take_no_part() -> None:
    stage = begun(Bid("carl", 1, FULL, 50))
    stage.accepted(ENDS)
    assert stage.told(AuctionFilled) == []


def test_who_does_not_open_loses_the_part_that_a_penalty_is() -> None:
    """1.5 % of 20 000; what is left goes back."""
    stage = begun(sealed("carl", FULL, 5), sealed("dan", FULL, 5))
    stage.accepted(OPENS, opens("dan", FULL, 5))
    stage.accepted(ENDS)
    assert (stage.free("carl"), aside(stage, "carl")) == (30_000 - 300, 0)
    penalty = sum(each.penalty for each in stage.told(AuctionFilled))
    assert stage.fund() == 300 + penalty


def test_who_could_not_open_because_it_ended_before_loses_nothing() -> None:
    stage = begun(sealed("carl", FULL, 5))
    stage.accepted(BEGAN + MINUTE, spot=10_000)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "recovered")]
    assert (stage.free("carl"), stage.fund()) == (30_000, 0)
    assert stage.world.seals == {}


def test_what_is_set_aside_is_held_until_the_auction_is_over() -> None:
    stage = begun(sealed("carl", FULL, 5, 29_000))
    assert stage.code(Transfer("carl", "ann", CASH, 1_001)) is Code.INSUFFICIENT_FREE
    assert stage.code(Bid("carl", 1, FULL, 0)) is Code.ACCEPTED  # it withdraws no sealed one
    assert aside(stage, "carl") == 29_000


def test_a_second_seal_takes_the_place_of_the_first() -> None:
    stage = begun(sealed("carl", FULL, 5, 29_000))
    stage.accepted(BEGAN + SECOND, sealed("carl", NINETY, 7, 1_000))
    assert (stage.free("carl"), aside(stage, "carl")) == (29_000, 1_000)
    assert stage.code(opens("carl", FULL, 5)) is Code.ANOTHER_SEAL
    assert stage.code(opens("carl", NINETY, 7)) is Code.ACCEPTED
    assert stage.code(opens("carl", NINETY, 7)) is Code.OPENED_BEFORE


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(sealed("carl", FULL, 5), instrument=2), Code.UNKNOWN_INSTRUMENT),
        (replace(sealed("carl", FULL, 5), seal=bytes(31)), Code.MALFORMED),
        (sealed("carl", FULL, 5, 0), Code.MALFORMED),
        (sealed("carl", FULL, 5, 30_001), Code.INSUFFICIENT_FREE),
        (replace(sealed("carl", FULL, 5), asset="EUR"), Code.UNKNOWN_ASSET),
        (opens("carl", FULL, 5), Code.UNKNOWN_SEAL),
        (opens("carl", 0, 5), Code.MALFORMED),
        (opens("carl", FULL, 0), Code.MALFORMED),
        (replace(opens("carl", FULL, 5), instrument=2), Code.UNKNOWN_SEAL),
        (replace(opens("carl", FULL, 5), salt=bytes(65)), Code.MALFORMED),
        (opens("dan", FULL, 5), Code.ANOTHER_SEAL),
        (opens("dan", NINETY, 6), Code.ANOTHER_SEAL),
        (replace(opens("dan", NINETY, 5), salt=b""), Code.ANOTHER_SEAL),
    ],
)
def test_what_is_refused(command: Command, code: Code) -> None:
    assert begun(sealed("dan", NINETY, 5)).code(command) is code


def test_once_bids_are_opened_no_more_are_sealed() -> None:
    stage = begun()
    stage.accepted(OPENS)
    assert stage.code(sealed("carl", FULL, 5)) is Code.NO_SEALED_AUCTION


@pytest.mark.parametrize("pause", [STOPPING, None])
def test_standing_still_does_not_turn_the_clock_back(pause: Breaker | None) -> None:
    """Who has seen others open their bids seals none, in a pause or halt that begins then either;
    what was sealed before still takes part."""
    stage = begun(sealed("carl", FULL, 5), breaker=pause)
    stage.accepted(OPENS, spot=10_500)
    if pause is None:
        stage.accepted(OPENS + SECOND, Halt(1, "", "a test"))
        stage.accepted(OPENS + MINUTE, Resume(OPENS + 2 * MINUTE, 1))
    else:
        stage.accepted(OPENS + SECOND, spot=11_200)
        assert stage.world.pauses
    assert stage.code(sealed("dan", FULL, 5)) is Code.NO_SEALED_AUCTION
    stage.accepted(OPENS + 90 * SECOND, opens("carl", FULL, 5))
    stage.accepted(OPENS + 10 * MINUTE)
    assert [each.bidder for each in stage.told(AuctionFilled)] == ["carl"]


def test_in_a_pause_bids_are_sealed_and_take_part_in_a_halt_none_are() -> None:
    stage = begun(breaker=STOPPING)
    stage.accepted(BEGAN + MINUTE, spot=10_500)
    stage.accepted(BEGAN + MINUTE + 1, sealed("carl", FULL, 5), spot=11_200)
    assert stage.world.pauses
    stage.accepted(BEGAN + 2 * MINUTE, Halt(1, "", "a test"))
    assert stage.code(sealed("dan", FULL, 5)) is Code.NO_SEALED_AUCTION
    stage.accepted(BEGAN + 3 * MINUTE, Resume(BEGAN + 4 * MINUTE, 1))
    assert stage.code(sealed("dan", FULL, 5)) is Code.ACCEPTED
    stage.accepted(BEGAN + 5 * MINUTE + LENGTH + 1, opens("carl", FULL, 5), opens("dan", FULL, 5))
    stage.accepted(BEGAN + 20 * MINUTE)
    assert {each.bidder for each in stage.told(AuctionFilled)} == {"carl", "dan"}


def test_who_has_sealed_takes_part_also_when_it_goes_on_sooner() -> None:
    """Half a minute of two for seals is left; that it was to stand still for longer is nothing."""
    stage = begun()
    stage.accepted(BEGAN + 90 * SECOND, Halt(1, "", "a test"))
    stage.accepted(BEGAN + 91 * SECOND, Resume(BEGAN + 60 * MINUTE, 1))
    stage.accepted(BEGAN + 92 * SECOND, sealed("carl", FULL, 5))
    stage.accepted(BEGAN + 93 * SECOND, Resume(BEGAN + 3 * MINUTE, 1))
    stage.accepted(BEGAN + 4 * MINUTE, opens("carl", FULL, 5))
    stage.accepted(BEGAN + 20 * MINUTE)
    assert [each.bidder for each in stage.told(AuctionFilled)] == ["carl"]


def test_a_bid_takes_no_part_in_an_auction_that_begins_after_it() -> None:
    """dan falls short a minute after bob: carl has sealed before, and loses by bob's auction."""
    stage = begun(trade("ann", "dan", 10, second_collateral=20_000), sealed("carl", FULL, 5))
    stage.accepted(BEGAN + MINUTE, spot=11_100)
    assert {*stage.world.auctions} == {(1, "bob"), (1, "dan")}
    stage.accepted(ENDS)
    assert {*stage.world.auctions} == {(1, "dan")}
    assert (stage.free("carl"), aside(stage, "carl")) == (30_000 - 300, 0)
    stage.accepted(ENDS + MINUTE)
    assert (stage.free("carl"), stage.world.seals) == (30_000 - 300, {})


def test_nobody_opens_the_bid_of_another_as_its_own() -> None:
    """A seal that is copied opens to nothing: who bids is part of it."""
    stage = begun(sealed("carl", FULL, 5))
    copied = stage.world.seals["carl", 1].seal
    stage.accepted(BEGAN + SECOND, SealBid("eve", 1, CASH, 1_000, copied))
    stage.accepted(OPENS, opens("carl", FULL, 5))
    assert stage.code(opens("eve", FULL, 5)) is Code.ANOTHER_SEAL


def test_a_snapshot_keeps_what_is_sealed() -> None:
    stage = begun(sealed("carl", FULL, 5))
    again = restored(snapshot(stage.world), stage.executor)
    assert again is not None
    assert replace(again, events=stage.world.events) == stage.world
