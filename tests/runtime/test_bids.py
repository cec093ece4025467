"""Bids that set units aside, and how much is sold in a block."""

import pytest

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    Bid,
    Define,
    Deposit,
    Propose,
    RegisterAsset,
    Transfer,
)
from rfos_runtime.records.events import AuctionEnded, AuctionFilled, Deleveraged, Posted
from rfos_runtime.records.holdings import reserved
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.executor import PartyRisk, Rule
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.sales import sale_at
from tests.executors import scripted_executor as scripts
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, Stage, listing, opened, trade
from tests.runtime.test_liquidation import BEGAN, breached


def set_aside(stage: Stage, account: str = "carl") -> int:
    return balance(stage.world, CASH, reserved(account))


def test_what_a_bid_sets_aside_is_not_free_until_the_bid_is_over() -> None:
    stage = opened({"ann": 1_000, "carl": 10_000})
    stage.accepted(2 * SECOND, Bid("carl", None, ONE, 5, CASH, 9_000))
    assert (stage.free("carl"), set_aside(stage)) == (1_000, 9_000)
    assert stage.code(Transfer("carl", "ann", CASH, 1_001)) is Code.INSUFFICIENT_FREE
    stage.accepted(MINUTE, Bid("carl", None, ONE, 5, CASH, 10_000))
    assert (stage.free("carl"), set_aside(stage)) == (0, 10_000)
    stage.accepted(2 * MINUTE, Bid("carl", None, ONE, 5))
    assert (stage.free("carl"), set_aside(stage)) == (10_000, 0)


@pytest.mark.parametrize(
    ("bid", "code"),
    [
        (Bid("carl", None, ONE, 5, CASH, 10_001), Code.INSUFFICIENT_FREE),
        (Bid("carl", None, ONE, 5, CASH, -1), Code.MALFORMED),
        (Bid("carl", None, ONE, 5, "EUR", 1), Code.UNKNOWN_ASSET),
        (Bid("carl", None, ONE, 5, "", 1), Code.UNKNOWN_ASSET),
        (Bid("carl", None, ONE, 0, CASH, 1), Code.MALFORMED),
        (Bid("carl", None, 0, 5, CASH, 1), Code.MALFORMED),
    ],
)
def test_what_a_bid_cannot_set_aside(bid: Bid, code: Code) -> None:
    assert opened({"carl": 10_000}).code(bid) is code


def test_a_bid_ends_with_its_instrument_and_none_comes_after() -> None:
    """What it has set aside is free again; one for any instrument stands, and one for what has
    ended can still be withdrawn."""
    stage = opened({"ann": 1_000, "bob": 9_000, "carl": 10_000})
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=HOUR), spot=10_000)
    bids = Bid("carl", 1, ONE, 5, CASH, 6_000), Bid("carl", None, ONE, 5, CASH, 3_000)
    stage.accepted(3 * SECOND, *bids, Bid("ann", 1, ONE, 5))
    assert (stage.free("carl"), set_aside(stage)) == (1_000, 9_000)
    stage.accepted(HOUR, spot=10_000)
    assert (stage.free("carl"), set_aside(stage)) == (7_000, 3_000)
    assert set(stage.world.bids) == {("carl", 0)}
    returned = [event for event in stage.told(Posted) if event.cause.kind == "return"]
    assert [(event.asset, event.units) for event in returned] == [(CASH, 6_000)]
    assert stage.code(bids[0]) is Code.INSTRUMENT_CLOSED
    assert stage.code(Bid("carl", 1, ONE, 0)) is Code.ACCEPTED


def test_a_bid_takes_lots_by_what_it_has_set_aside_and_what_is_left_goes_back() -> None:
    """Five lots need 1 865 each and bring 500: 6 825 of what is set aside, whatever else carl has
    done with his money."""
    stage = breached(bids=(Bid("carl", 1, ONE, 5, CASH, 7_000),), carl=7_500)
    stage.accepted(BEGAN + SECOND, Transfer("carl", "ann", CASH, 500))
    stage.accepted(BEGAN + MINUTE)
    assert [(e.lots, e.bidder) for e in stage.told(AuctionFilled)] == [(5, "carl")]
    assert (stage.collateral("carl"), stage.free("carl")) == (5 * 1_865, 7_000 - 6_825)
    assert (set_aside(stage), stage.world.bids) == (0, {})


def test_a_bid_that_is_left_keeps_what_is_left_for_it() -> None:
    stage = breached(bids=(Bid("carl", 1, ONE, 50, CASH, 7_000),), carl=7_500)
    stage.accepted(BEGAN + MINUTE)
    assert [e.lots for e in stage.told(AuctionFilled)] == [5]
    left = stage.world.bids["carl", 1]
    assert (left.lots, left.units, set_aside(stage), stage.free("carl")) == (45, 175, 175, 500)


def test_units_of_another_asset_carry_nothing() -> None:
    stage = opened({"ann": 0, "bob": 13_000, "carl": 0})
    stage.accepted(SECOND + 1, RegisterAsset("EUR", 2))
    stage.accepted(SECOND + 2, Deposit("carl", "EUR", 9_000))
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * HOUR), spot=10_000)
    euros = Bid("carl", 1, ONE, 50, "EUR", 9_000)
    stage.accepted(3 * SECOND, trade("ann", "bob", 10, second_collateral=13_000), euros)
    stage.accepted(BEGAN, spot=10_500)
    stage.accepted(BEGAN + MINUTE)
    assert stage.told(AuctionFilled) == []


# --- how much is sold in a block ------------------------------------------------------------------


BEGINS = 3 * DAY


def paced(limit: int, *bids: Bid) -> Stage:
    """bob is short ten lots, each with 1 050 of maintenance margin, when his auction begins."""
    stage = opened({"ann": 0, "bob": 13_000, "carl": 100_000})
    at = 2 * DAY + MINUTE
    stage.accepted(2 * SECOND, *listing(strike=10_000, expiry=100 * DAY), spot=10_000)
    stage.accepted(3 * SECOND, Propose(CASH, Parameter.PACE, limit, at), *bids)
    stage.accepted(BEGINS - 1, trade("ann", "bob", 10, second_collateral=13_000), spot=10_000)
    stage.accepted(BEGINS, spot=10_500)
    return stage


def test_no_more_is_sold_in_a_block_than_may_be() -> None:
    """5 lots are to be sold; 3 149 are enough for two of 1 050."""
    stage = paced(3_149, Bid("carl", 1, ONE, 50))
    for number, lots in enumerate((2, 2, 1)):
        stage.play(BEGINS + MINUTE + number)
        assert [each.lots for each in stage.told(AuctionFilled)] == [lots]
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "restored")]


def test_one_lot_is_always_sold() -> None:
    stage = paced(1, Bid("carl", 1, ONE, 50))
    stage.play(BEGINS + MINUTE)
    assert [each.lots for each in stage.told(AuctionFilled)] == [1]


def test_nor_is_more_closed_and_the_auction_goes_on() -> None:
    stage = paced(3_150)
    stage.play(BEGINS + 15 * MINUTE)
    assert sum(each.lots for each in stage.told(Deleveraged)) == 3
    assert (stage.told(AuctionEnded), stage.lots("bob")) == ([], -7)
    stage.play(BEGINS + 16 * MINUTE)
    assert sum(each.lots for each in stage.told(Deleveraged)) == 2
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "unsold")]


# --- nothing is sold for nothing ------------------------------------------------------------------


def test_a_definition_whose_auction_ends_at_nothing_is_refused() -> None:
    """So is one that begins there, and one whose penalty is more than what changes hands."""
    stage = opened({"ann": 1_000})
    for rule in ({"auction_to": 0}, {"auction_from": 0}, {"penalty": ONE + 1}, {"length": -1}):
        made = scripts.artefact(name="Call", payoff="call", **rule)
        assert stage.code(Define("ann", made)) is Code.BAD_ARTEFACT


@pytest.mark.parametrize("exposure", [-1, -2, -3, -1_000_000])
def test_what_is_worth_something_is_sold_for_something(exposure: int) -> None:
    rule = Rule(0, ONE, ONE // 10**6, 1, 0, ())
    assert sale_at(PartyRisk(exposure, 0, 0), rule, ONE // 10**6).cost < 0
    assert sale_at(PartyRisk(0, 0, 0), rule, ONE).cost == 0


def test_debts_come_before_bids() -> None:
    stage = breached(spot=12_000, stake=10_000)
    stage.accepted(BEGAN + 15 * MINUTE)
    assert stage.world.debts
    stage.accepted(BEGAN + 16 * MINUTE, Deposit("bob", CASH, 100))
    assert stage.code(Bid("bob", 1, ONE, 1, CASH, 1)) is Code.IN_DEBT


def test_what_a_debtor_has_set_aside_pays_the_fund() -> None:
    stage = breached(spot=12_000, stake=10_000)
    first, second = Bid("bob", 1, ONE, 1, CASH, 2_000), Bid("bob", None, ONE, 1, CASH, 4_000)
    stage.accepted(BEGAN + SECOND, Deposit("bob", CASH, 6_000), first, second)
    stage.accepted(BEGAN + 15 * MINUTE)
    assert (stage.world.debts, set_aside(stage, "bob")) == ({("bob", 1, CASH): 7_000}, 6_000)
    stage.accepted(BEGAN + 16 * MINUTE)
    assert (stage.world.debts, set_aside(stage, "bob")) == ({("bob", 1, CASH): 1_000}, 0)
    assert (stage.free("bob"), stage.fund(), stage.world.bids) == (0, 9_000, {})


def test_a_debtors_bid_for_which_nothing_is_set_aside_any_more_stands() -> None:
    """carl takes five lots over for all that he has set aside, and owes for them later."""
    bid = Bid("carl", 1, ONE, 50, CASH, 6_825)
    stage = breached(bids=(bid,), carl=6_825, stake=100_000)
    stage.accepted(BEGAN + MINUTE)
    stage.accepted(BEGAN + 2 * MINUTE, spot=20_000)
    stage.accepted(BEGAN + 17 * MINUTE)
    stage.accepted(BEGAN + 18 * MINUTE)
    assert "carl" in {debt.account for debt in stage.world.debts}
    left = stage.world.bids["carl", 1]
    assert (left.lots, left.asset, left.units) == (45, CASH, 0)
