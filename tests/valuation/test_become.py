"""Values of contracts that become others, against published ones and against formulas."""

from dataclasses import replace
from math import exp, log, sqrt
from statistics import NormalDist

import pytest

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.pricing import How, priced
from rfos_lang.semantics.definition import Definition
from rfos_lang.valuation.market import parse_market
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, standard

BEGIN = parse_instant("2026-01-01")


def instant(years: float) -> str:
    return show_instant(BEGIN + round(years * 365 * 24 * 60) * DAY // (24 * 60))


def value(
    definition: Definition, spot: float, rate: float, carry: float, spread: float, **terms: str
) -> Valuation:
    text = (
        f'as_of = 2026-01-01\n[spots]\n"spot(ABC, USD)" = {spot}\n[volatilities]\n'
        f'"spot(ABC, USD)" = {spread}\n[rates]\nUSD = {rate}\n[yields]\nABC = {carry}\n'
    )
    found, problems = parse_market(text, "market.toml")
    assert found is not None, problems
    checked = Checked(Source("test.rfos", ""), definition, ())
    named = {"underlying": "ABC", "cash": "USD", **terms}
    how = How("auto", 100_000, 1)
    return priced(checked, named, found, how=how, greeks=False).valuation


def assert_near(found: Valuation, expected: float) -> None:
    """Within the tolerance of the tables."""
    assert found.value == pytest.approx(expected, abs=1e-3)


SHARE = "asset ABC in 8 decimals\nuse std.options.{EuropeanCall, EuropeanPut}\n"


def compound(kind: str) -> Definition:
    """The contract of the library, for a share that has no ticker there."""
    own = standard(f"compounds.{kind}")
    assets = definitions(SHARE + "contract X(t: Date) between a, b { at t { a pays b 1 ABC } }")

    return replace(own, assets=assets["X"].assets)


@pytest.mark.parametrize(
    ("kind", "spot", "strike", "premium", "first", "expiry", "rate", "carry", "spread", "expected"),
    [
        ("PutOnCall", 500, 520, 50, 0.25, 0.5, 0.08, 0.03, 0.35, 21.1965),
        ("CallOnPut", 500, 520, 50, 0.25, 0.5, 0.08, 0.03, 0.35, 18.7128),
        ("CallOnCall", 1.2, 1.14, 0.05, 0.5, 2.0, 0.01, 0.0, 0.11, 0.0729),
        ("CallOnCall", 120, 122, 10, 0.1, 0.7, 0.02, 0.06, 0.22, 0.4419),
        ("CallOnPut", 120, 122, 10, 0.1, 0.7, 0.02, 0.06, 0.22, 2.6112),
        ("PutOnCall", 120, 122, 10, 0.1, 0.7, 0.02, 0.06, 0.22, 4.1616),
    ],
)
def test_published_values_of_options_on_options(
    kind: str,
    spot: float,
    strike: float,
    premium: float,
    first: float,
    expiry: float,
    rate: float,
    carry: float,
    spread: float,
    expected: float,
) -> None:
    """Haug (2007) and www.sitmo.com, as QuantLib's compoundoption.cpp cites them."""
    found = value(
        compound(kind),
        spot,
        rate,
        carry,
        spread,
        premium=str(premium),
        strike=str(strike),
        first=instant(first),
        expiry=instant(expiry),
    )
    assert_near(found, expected)


def test_a_published_complex_chooser() -> None:
    """Haug (2007): call at 55 to 0.5, or put at 48 to 0.5833, chosen at 0.25."""
    text = (
        SHARE
        + """
contract Complex(underlying, cash: Asset, choose_at, call_to, put_to: Date) between holder, writer {
    unsecured
    holder may pick_call at choose_at default spot(underlying, cash) >= 50 cash/underlying {
        become EuropeanCall(underlying, cash, strike: 55 cash/underlying, expiry: call_to)
    } otherwise {
        become EuropeanPut(underlying, cash, strike: 48 cash/underlying, expiry: put_to)
    }
}
"""
    )
    dates = {"choose_at": instant(0.25), "call_to": instant(0.5), "put_to": instant(0.5833333)}
    found = value(definitions(text)["Complex"], 50, 0.1, 0.05, 0.35, **dates)
    assert_near(found, 6.0508)


def test_a_simple_chooser_is_a_call_and_a_put() -> None:
    """Rubinstein (1991): by put-call parity a call to the expiry, and a put to the choice at the
    strike discounted from one to the other, where the share yields nothing."""
    spot, strike, rate, spread, choose, expiry = 100.0, 95.0, 0.05, 0.3, 0.25, 0.75
    normal = NormalDist().cdf

    def call(at: float, years: float, sign: int) -> float:
        d = (log(spot / at) + (rate + spread**2 / 2) * years) / (spread * sqrt(years))
        later = d - spread * sqrt(years)
        return sign * (spot * normal(sign * d) - at * exp(-rate * years) * normal(sign * later))

    expected = call(strike, expiry, 1) + call(strike * exp(-rate * (expiry - choose)), choose, -1)
    dates = {"choose_at": instant(choose), "expiry": instant(expiry)}
    found = value(compound("Chooser"), spot, rate, 0.0, spread, strike=str(strike), **dates)
    assert_near(found, expected)


def test_a_forward_start_is_a_call_at_the_money_later() -> None:
    """Rubinstein (1991), where the share yields nothing: the spot times the call of one unit."""
    spread, rate, years = 0.3, 0.05, 0.5
    normal = NormalDist().cdf
    d = (rate + spread**2 / 2) * sqrt(years) / spread
    expected = 100 * (normal(d) - exp(-rate * years) * normal(d - spread * sqrt(years)))
    dates = {"set": instant(0.25), "expiry": instant(0.75)}
    found = value(compound("ForwardStartingCall"), 100, rate, 0.0, spread, **dates)
    assert found.method == "closed form"
    assert found.value == pytest.approx(expected, rel=1e-11)
