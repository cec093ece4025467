"""Prices in one currency, payments in another: against simulation, and against one currency."""

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.binding import Instance
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, instance, standard
from tests.generators.handmade import START

PRICE, EXCHANGE = ("BTC", "USD"), ("USD", "EUR")
TEXT = """
contract Quanto(u, local, cash: Asset, level: local/u, first, expiry: Date)
between holder, writer {{
    let S = spot(u, local)
    unsecured
    {clauses}
}}
"""
OUT = """when S >= level { writer pays holder 1 cash; end }
    at expiry { writer pays holder 1 u * max(S - 95 local/u, 0) * 1 cash/local }"""
STOP = """holder may stop at first default false { writer pays holder 9 cash; end }
    at expiry { writer pays holder 1 u * max(S - 95 local/u, 0) * 1 cash/local }"""
TERMS = {"level": "130", "first": "2026-05-01", "expiry": "2026-10-01"}


def market(correlation: float = -0.5, **changed: float) -> Market:
    numbers = {"USD": 0.06, "EUR": 0.02} | changed
    return Market(
        START,
        spots={PRICE: 100.0, EXCHANGE: 0.9},
        volatilities={PRICE: flat_volatility(0.3), EXCHANGE: flat_volatility(0.15)},
        rates={ticker: flat_rate(rate) for ticker, rate in numbers.items()},
        yields={"BTC": flat_rate(0.01)},
        correlations={frozenset((PRICE, EXCHANGE)): correlation},
    )


BENT = Market(
    START,
    spots={PRICE: 100.0, EXCHANGE: 0.9},
    volatilities={
        PRICE: VolatilityCurve(((0.2, 0.2), (0.5, 0.3), (1.0, 0.35))),
        EXCHANGE: VolatilityCurve(((0.3, 0.3), (1.0, 0.25))),
    },
    rates={"USD": RateCurve(((0.2, 0.02), (1.0, 0.06))), "EUR": flat_rate(0.03)},
    yields={"BTC": RateCurve(((0.5, 0.05), (1.0, 0.02)))},
    correlations={frozenset((PRICE, EXCHANGE)): 0.7},
)


def made(clauses: str) -> Instance:
    definition = definitions(TEXT.format(clauses=clauses))["Quanto"]
    return instance(definition, u="BTC", local="USD", cash="EUR", **TERMS)


def value(clauses: str, at: Market, method: str = "auto", greeks: bool = False) -> Valuation:
    found = made(clauses)
    return valued(found.lowered.program, found.terms, at, method, 40_000, greeks=greeks)


def test_a_barrier_on_a_foreign_price_is_that_of_the_simulation() -> None:
    exact = value(OUT, market(), greeks=True)
    assert exact.method == "closed form" and exact.asset == "EUR"
    assert exact.monitoring == "continuous, exact" and "drift" in exact.notes[0]
    drawn = value(OUT, market(), "monte_carlo")
    assert drawn.standard_error is not None
    assert exact.value == pytest.approx(drawn.value, abs=4 * drawn.standard_error)
    names = {greek.name for greek in exact.greeks}
    assert {"delta(spot(BTC, USD))", "vega(spot(USD, EUR))", "rho(USD)", "rho(EUR)"} <= names
    assert exact.greek("delta").unit == "BTC*EUR/USD"


def test_a_choice_on_a_foreign_price_reads_each_curve_at_its_dates() -> None:
    """The chooser of a simulation may do a little worse than the best."""
    exact, drawn = value(STOP, BENT), value(STOP, BENT, "lsm")
    assert exact.method == "quadrature" and drawn.standard_error is not None
    assert drawn.value <= exact.value + 4 * drawn.standard_error
    assert drawn.value >= exact.value * (1 - 2e-3) - 4 * drawn.standard_error


def test_without_correlation_and_at_one_rate_currencies_do_not_matter() -> None:
    at = market(0.0, USD=0.05, EUR=0.05)
    terms = {"underlying": "BTC", "strike": "95", "barrier": "130", "rebate": "1"}
    plain = instance(standard("barriers.UpAndOutCall"), cash="USD", expiry=TERMS["expiry"], **terms)
    expected = valued(plain.lowered.program, plain.terms, at, greeks=False).value
    assert value(OUT, at).value == pytest.approx(expected, rel=1e-12)


def test_the_correlation_of_price_and_currency_must_be_given() -> None:
    at = market()
    with pytest.raises(Refused) as refused:
        value(OUT, Market(START, at.spots, at.volatilities, at.rates, at.yields))
    assert refused.value.code == "E0616"
