"""Contracts of the library at their limits: choices without volatility and without time, and deep
in and out of the money under each model."""

from dataclasses import replace

import pytest

from rfos_lang.core.horizon import horizon
from rfos_lang.core.typical import BEGIN
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.agreement import CENT, ERRORS
from tests.valuation.products.library import is_chosen_in, product
from tests.valuation.products.markets import BTC, FLAT, LOGNORMAL, MARKETS
from tests.valuation.products.simulated import decided
from tests.valuation.products.test_laws import STILL, VALUED, at_its_end, every_third_day, value

CHOSEN = [n for n in VALUED if is_chosen_in(n) and len(product(n).program.parties) == 2]
ENDING = [
    name
    for name in CHOSEN
    if (ended := at_its_end(name)) and horizon(ended.program, ended.terms) == BEGIN
]

# --- choices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHOSEN)
def test_without_volatility_choices_are_made_knowing_all(name: str) -> None:
    """Every way to choose is tried out on the one path that there is; choices at any time on some
    days alone."""
    instance = product(name)
    expected = decided(instance, STILL, every_third_day(instance))
    assert value(instance, STILL).value == pytest.approx(expected, abs=3 * CENT, rel=2e-3)


@pytest.mark.parametrize("spot", [91.0, 112.0])
@pytest.mark.parametrize("name", ENDING)
def test_without_time_a_choice_is_what_is_best_now(name: str, spot: float) -> None:
    instance = at_its_end(name)
    assert instance is not None
    market = replace(FLAT, spots={**FLAT.spots, BTC: spot, ("BTC", "EUR"): spot})
    expected = decided(instance, market)
    assert value(instance, market).value == pytest.approx(expected, abs=CENT)


def test_some_contracts_with_choices_may_end_where_they_begin() -> None:
    assert {"AmericanCashPut", "AmericanCall", "ShoutCall"} <= set(ENDING)


# --- deep in and out ------------------------------------------------------------------------------

METHODS = ("auto", "monte_carlo")
FAR, NEAR = "100_000", "0.01"


def allowed(*found: Valuation) -> float:
    each = [ERRORS * (one.standard_error or 0.0) + (one.bias_bound or 0.0) for one in found]
    return sum(each) + CENT / 10


def assert_alike(one: Valuation, other: Valuation) -> None:
    assert one.value == pytest.approx(other.value, rel=2e-5, abs=allowed(one, other))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MARKETS)
def test_deep_in_an_option_is_what_it_is_on(model: str, method: str) -> None:
    market = MARKETS[model]
    for kind in ("European", "Asian"):
        whole = value(product(f"{kind}Call", strike=NEAR), market, method)
        less = value(product(f"{kind}Call", strike="1"), market, method)
        bond = value(product("ZeroCouponBond", face="0.99", maturity="2026-07-15"), market)
        if kind == "European":
            assert_alike(whole, value(product("Forward", price=NEAR), market))
            assert whole.value - less.value == pytest.approx(bond.value, abs=allowed(whole, less))
        put = value(product(f"{kind}Put", strike=FAR), market, method)
        further = value(product(f"{kind}Put", strike="100_001"), market, method)
        assert 0.9 < further.value - put.value < 1.0


OUT = [
    *(("EuropeanCall", FAR, each) for each in METHODS),
    *(("EuropeanPut", NEAR, each) for each in METHODS),
    *(("CashOrNothingCall", FAR, each) for each in METHODS),
    *(("AsianCall", FAR, each) for each in METHODS),
    *(("AsianPut", NEAR, each) for each in METHODS),
    *(("BermudanCall", FAR, "lsm"), ("BermudanPut", NEAR, "lsm")),
]


@pytest.mark.parametrize("model", MARKETS)
@pytest.mark.parametrize(("name", "strike", "method"), OUT)
def test_deep_out_an_option_is_nothing(name: str, strike: str, method: str, model: str) -> None:
    """A put on prices that SABR's model may take next to nothing is a hundredth of its strike."""
    found = value(product(name, strike=strike), MARKETS[model], method)
    assert found.value == pytest.approx(0.0, abs=1e-4 if name.endswith("Put") else 1e-6)


@pytest.mark.parametrize("model", MARKETS)
def test_deep_in_a_put_is_exercised_at_once(model: str) -> None:
    """What it pays now no later day can add to: interest is lost on the strike."""
    put = value(product("AmericanCashPut", strike="1_000"), MARKETS[model])
    assert put.value == pytest.approx(900.0, rel=1e-3, abs=allowed(put))


@pytest.mark.parametrize("model", [model for model in MARKETS if model not in LOGNORMAL])
def test_levels_far_away_are_none_under_each_model(model: str) -> None:
    market: Market = MARKETS[model]
    for name, level in (("UpAndOutCall", FAR), ("DownAndOutPut", NEAR)):
        plain = "EuropeanCall" if name.endswith("Call") else "EuropeanPut"
        found = value(product(name, barrier=level, rebate="0"), market)
        assert_alike(found, value(product(plain), market))
    bond = value(product("ZeroCouponBond", maturity="2026-07-15"), market)
    assert_alike(value(product("DoubleNoTouch", low=NEAR, high=FAR), market), bond)
    touched = value(product("OneTouchUp", level="100.000001"), market)
    assert touched.value == pytest.approx(1_000.0, rel=1e-2)
