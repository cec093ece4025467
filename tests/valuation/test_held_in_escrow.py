"""Choices that depend on what escrow holds: valued by two methods, and against what has none."""

from math import exp

import pytest

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.valuation.curve import flat_rate
from rfos_lang.valuation.held_in_escrow import with_holdings
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.seasoning import until_now
from tests.core.lives import definitions
from tests.valuation.products.library import product
from tests.valuation.products.markets import BTC, FLAT

COVERED = """
contract Covered(expiry: Date) between holder, writer {{
    at start {{ writer pays escrow {held} BTC }}
    holder may take until expiry {{
        holder pays writer 100 USD
        escrow pays holder 1 BTC
        end
    }} otherwise {{
        escrow pays writer {held} BTC
        end
    }}
    unsecured
}}
"""
BARE = """
contract Bare(expiry: Date) between holder, writer {
    holder may take until expiry {
        holder pays writer 100 USD
        writer pays holder 1 BTC
        end
    } otherwise { end }
    unsecured
}
"""
LOAN = """
use std.repos.{SecuritiesLoan}
contract Loan(leg: Schedule) between lender, borrower
    = SecuritiesLoan(BTC, USD, shares: 10 BTC, pledge: 1_050 USD, fee: 5%, leg:) { unsecured }
"""


def of_text(text: str, **given: str) -> Instance:
    *_, definition = definitions(text).values()
    return instance(Checked(Source("t.rfos", text), definition, ()), given, FLAT.as_of)


def value(text: str, method: str = "auto", **given: str) -> Valuation:
    made = of_text(text, **given)
    return valued(made.program, made.terms, FLAT, method, 8_000, greeks=False)


def test_what_escrow_holds_can_be_taken() -> None:
    """A call that is covered in escrow is an American call, also on paths: its policy sees the
    price, which is not observed but paid in alone."""
    found = value(COVERED.format(held=1), expiry="2026-12-31")
    drawn = value(COVERED.format(held=1), "lsm", expiry="2026-12-31")
    assert drawn.standard_error is not None
    assert 0.995 * found.value < drawn.value < found.value + 4 * drawn.standard_error
    call = value(
        "use std.options.{AmericanCall}\ncontract C(expiry: Date) between a, b = AmericanCall("
        "BTC, USD, strike: 100 USD/BTC, expiry:) { unsecured }",
        expiry="2026-12-31",
    )
    worth = found.value * FLAT.spots[BTC]  # it is told in what is paid first
    assert (found.asset, call.asset) == ("BTC", "USD")
    assert worth == pytest.approx(call.value, rel=1e-4)
    assert worth == pytest.approx(value(BARE, expiry="2026-12-31").value, rel=1e-4)


@pytest.mark.parametrize("method", ["auto", "lsm"])
@pytest.mark.parametrize("held", ["0.5", "2"])
def test_a_choice_that_escrow_does_not_bear_out_is_not_taken(held: str, method: str) -> None:
    """It holds too little; or something would be left that nobody is paid."""
    assert value(COVERED.format(held=held), method, expiry="2026-12-31").value == 0.0


def test_a_loan_that_nobody_recalls_brings_its_fees_less_the_yield() -> None:
    dates = "[2026-01-01, 2026-04-01, 2026-07-01, 2026-10-01]"
    found = value(LOAN, leg=dates)
    fees = sum(
        1_050 * 0.05 * days / 360 * exp(-0.04 * at / 365)
        for days, at in ((90, 90), (91, 181), (92, 273))
    )
    lost = 10 * 100 * (1 - exp(-0.01 * 273 / 365))
    assert fees > lost
    worth = found.value * (FLAT.spots[BTC] if found.asset == "BTC" else 1.0)
    assert worth == pytest.approx(fees - lost, rel=5e-3)
    drawn = value(LOAN, "lsm", leg=dates)
    assert drawn.standard_error is not None
    assert 0.97 * found.value < drawn.value < found.value + 4 * drawn.standard_error


@pytest.mark.parametrize("name", ["DeliveryVersusPayment", "DeliveryThroughAgent"])
def test_nobody_pays_in_first_who_need_not(name: str) -> None:
    """Until both have paid each may leave: whoever pays first gives an option away."""
    made = product(name)
    assert valued(made.program, made.terms, FLAT, greeks=False).value == pytest.approx(0, abs=1e-9)


def test_what_is_held_already_counts() -> None:
    text = COVERED.format(held=1)
    *_, definition = definitions(text).values()
    checked = Checked(Source("t.rfos", text), definition, ())
    made = instance(checked, {"expiry": "2026-12-31"}, parse_instant("2025-12-01"))
    past = until_now(made.program, made.terms, FLAT)
    _, standing = with_holdings(made.program, made.terms, past.standing)
    assert standing.states[-1] == 10**18
    assert valued(made.program, made.terms, FLAT, greeks=False).value > 0.1


def test_an_arbiter_without_a_stake_is_refused_by_name() -> None:
    made = product("Escrow")
    with pytest.raises(Refused) as refused:
        valued(made.program, made.terms, FLAT)
    assert refused.value.code == "E0660"
    assert refused.value.names["party"] == "arbiter"


def test_the_market_is_the_one_that_is_thought_of() -> None:
    assert (FLAT.spots[BTC], FLAT.rates["USD"]) == (100.0, flat_rate(0.04))
