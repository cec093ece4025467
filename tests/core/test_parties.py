"""Who pays and is paid: the contract's own account, and third parties. Lives worked out by hand."""

import pytest

from rfos_lang.core.meaning import Status
from tests.core.lives import Life, life, only

DELIVERY = """
contract Delivery(bond, cash: Asset, face: bond, price: cash, deadline: Date)
between buyer, seller {
    buyer may fund until deadline { buyer pays escrow price } otherwise { end }
    seller may deliver until deadline { seller pays buyer face; escrow pays seller price; end }
        otherwise { escrow pays buyer price; end }
}
"""

POT = """
contract Pot(cash: Asset, paid_in, paid_out: cash, due: Date) between giver, taker {
    at start { giver pays escrow paid_in }
    at due { escrow pays taker paid_out }
}
"""

AGENCY = """
contract Agency(cash: Asset, price, fee: cash, due: Date) between buyer, seller, agent {
    at start { buyer pays escrow price + fee }
    agent may release until due { escrow pays seller price; escrow pays agent fee; end }
        otherwise { escrow pays buyer price + fee }
}
"""

DEADLINE = "2026-02-01"


def delivery() -> Life:
    terms = {"bond": "BTC", "cash": "USD", "face": "2 BTC", "price": "90_000 USD"}
    return life(only(DELIVERY), **terms, deadline=DEADLINE)


def pot(paid_in: str, paid_out: str) -> Life:
    return life(only(POT), cash="USD", paid_in=paid_in, paid_out=paid_out, due=DEADLINE)


def test_what_was_paid_to_escrow_is_paid_out_of_it() -> None:
    trade = delivery()
    assert trade.at("2026-01-05", "fund") == ["buyer pays escrow 90,000 USD"]
    assert trade.at("2026-01-06", "deliver") == [
        "seller pays buyer 2 BTC",
        "escrow pays seller 90,000 USD",
    ]
    assert trade.ended and set(trade.standing.escrow) == {0}


def test_who_funded_gets_it_back_from_escrow_if_nobody_delivers() -> None:
    trade = delivery()
    trade.at("2026-01-05", "fund")
    assert trade.at(DEADLINE) == ["escrow pays buyer 90,000 USD"]
    assert trade.ended


def test_a_choice_that_escrow_cannot_pay_for_is_refused() -> None:
    assert delivery().outcome("2026-01-06", "deliver").status is Status.ESCROW_SHORT


def test_a_dated_payment_beyond_what_escrow_holds_refuses_the_event() -> None:
    held = pot("100 USD", "100.01 USD")
    held.at("2026-01-01")
    assert held.outcome(DEADLINE).status is Status.ESCROW_SHORT


def test_a_contract_cannot_end_while_escrow_holds_something() -> None:
    held = pot("100 USD", "99.99 USD")
    held.at("2026-01-01")
    assert held.outcome(DEADLINE).status is Status.ESCROW_LEFT


def test_escrow_counts_what_was_rounded() -> None:
    """0.005 is 0.00 and 0.015 is 0.02: in and out are the same cents, or the event is refused."""
    held = pot("0.005 USD", "0.004 USD")
    assert held.at("2026-01-01") == [] and held.at(DEADLINE) == []
    held = pot("0.015 USD", "0.02 USD")
    assert held.at("2026-01-01") == ["giver pays escrow 0.02 USD"]
    assert held.at(DEADLINE) == ["escrow pays taker 0.02 USD"]


def test_what_one_instant_pays_in_and_out_is_netted_first() -> None:
    text = POT.replace("due { ", "due { giver pays escrow paid_out - paid_in; ")
    backward = text.replace("giver pays escrow paid_out - paid_in; escrow", "escrow").replace(
        "taker paid_out }", "taker paid_out; giver pays escrow paid_out - paid_in }"
    )
    for order in (text, backward):
        held = life(only(order), cash="USD", paid_in="60", paid_out="100", due=DEADLINE)
        held.at("2026-01-01")
        assert len(held.at(DEADLINE)) == 2 and held.ended


@pytest.mark.parametrize(
    ("taken", "paid"),
    [
        (("release",), ["escrow pays seller 50 USD", "escrow pays agent 1 USD"]),
        ((), ["escrow pays buyer 51 USD"]),
    ],
)
def test_a_third_party_chooses_and_is_paid(taken: tuple[str, ...], paid: list[str]) -> None:
    agency = life(only(AGENCY), cash="USD", price="50", fee="1", due=DEADLINE)
    agency.at("2026-01-01")
    when = "2026-01-10" if taken else DEADLINE
    assert agency.at(when, *taken) == paid
    assert agency.ended
