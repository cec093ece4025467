"""Vanna and volga: by formula as QuantLib has them, as differences of delta and vega, by parities;
where a method has none, it says so."""

from dataclasses import replace
from math import exp, sqrt

import pytest
import QuantLib as ql

from rfos_lang.driver.instance import instance
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.valuation.curve import flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.moved_market import with_spot, with_volatility
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions
from tests.valuation.products.library import product
from tests.valuation.products.markets import BTC, ETH, FLAT, HESTON, JUMPING

SPOT, OTHER = "spot(BTC, USD)", "spot(ETH, USD)"
STEP = 1e-4
AT_DATES = ("EuropeanCall", "CashOrNothingPut", "Supershare", "SquaredCall", "CalendarSpread")
BARRIERS = ("DownAndOutCall", "UpAndInPut", "OneTouchDown", "DoubleNoTouch")
BY_FORMULA = [
    *((name, market) for name in AT_DATES for market in (FLAT, JUMPING)),
    *((name, FLAT) for name in BARRIERS),
]
BY_DIFFERENCES = (
    "GeometricAsianCall",
    "ForwardStartPut",
    "CallOnCall",
    "FloatingLookbackCall",
    "BermudanPut",
    "DownAndOutWindowCall",
)


def found(name: str, market: Market = FLAT, method: str = "auto") -> Valuation:
    made = product(name)
    return valued(made.program, made.terms, market, method, paths=2_000)


PAYOFFS = {
    "EuropeanCall": ql.PlainVanillaPayoff(ql.Option.Call, 100.0),
    "EuropeanPut": ql.PlainVanillaPayoff(ql.Option.Put, 100.0),
    "CashOrNothingCall": ql.CashOrNothingPayoff(ql.Option.Call, 100.0, 1_000.0),
    "AssetOrNothingPut": ql.AssetOrNothingPayoff(ql.Option.Put, 100.0),
}


def quantlib(name: str, spot: float, wider: float = 0.0) -> tuple[ql.BlackCalculator, float]:
    """QuantLib's numbers, and the years that they are for."""
    market = replace(FLAT, spots={**FLAT.spots, BTC: spot})
    years = market.years(product(name).terms.schedules[0][0])
    discount = exp(-market.rate("USD", years) * years)
    deviation = (market.volatility(*BTC, years) + wider) * sqrt(years)
    forward = market.forward(*BTC, years)
    return ql.BlackCalculator(PAYOFFS[name], forward, deviation, discount), years


@pytest.mark.parametrize("name", PAYOFFS)
@pytest.mark.parametrize("spot", [70.0, 100.0, 125.0])
def test_they_are_how_the_vega_of_quantlib_changes(name: str, spot: float) -> None:
    def vega(up: float = 0.0, wider: float = 0.0) -> float:
        theirs, years = quantlib(name, spot + up, wider)
        return float(theirs.vega(years))

    ours = found(name, replace(FLAT, spots={**FLAT.spots, BTC: spot}))
    assert ours.greek("vega").value == pytest.approx(vega(), rel=1e-9)
    by_spot = (vega(up=1e-3) - vega(up=-1e-3)) / 2e-3
    assert ours.greek("vanna").value == pytest.approx(by_spot, rel=1e-6)
    by_volatility = (vega(wider=STEP) - vega(wider=-STEP)) / (2 * STEP)
    assert ours.greek("volga").value == pytest.approx(by_volatility, rel=1e-6)


@pytest.mark.parametrize("name", ["EuropeanCall", "EuropeanPut"])
def test_of_calls_and_puts_they_are_those_of_quantlib(name: str) -> None:
    """Its volga is by the deviation, as its vega is by the volatility."""
    theirs, years = quantlib(name, 100.0)
    ours = found(name)
    assert ours.greek("vanna").value == pytest.approx(theirs.vanna(100.0, years), rel=1e-9)
    volga = theirs.volga(years) * sqrt(years)
    assert ours.greek("volga").value == pytest.approx(volga, rel=1e-9)


@pytest.mark.parametrize("name, market", BY_FORMULA)
def test_by_formula_they_are_differences_of_delta_and_vega(name: str, market: Market) -> None:
    here = found(name, market)
    up, down = (found(name, with_volatility(market, BTC, by)) for by in (STEP, -STEP))
    higher, lower = (found(name, with_spot(market, BTC, by)) for by in (0.01, -0.01))
    for measure, of in (("vanna", "delta"), ("volga", "vega")):
        expected = (up.greek(of).value - down.greek(of).value) / (2 * STEP)
        assert here.greek(measure).value == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert here.greek(measure).estimator == "symbolic"
    by_spot = (higher.greek("vega").value - lower.greek("vega").value) / 0.02
    assert here.greek("vanna").value == pytest.approx(by_spot, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", BY_DIFFERENCES)
def test_by_differences_they_tell_what_they_are_off_by(name: str) -> None:
    here = found(name)
    up, down = (found(name, with_volatility(FLAT, BTC, by)) for by in (1e-3, -1e-3))
    for measure, of in (("vanna", "delta"), ("volga", "vega")):
        greek = here.greek(measure, SPOT)
        assert greek.bias_bound is not None and greek.bias_bound < 1e-3 * abs(greek.value) + 1e-3
        expected = (up.greek(of, SPOT).value - down.greek(of, SPOT).value) / 2e-3
        assert greek.value == pytest.approx(expected, rel=1e-3, abs=2 * greek.bias_bound + 1e-5)


def test_of_a_convolution_they_are_how_its_value_bends() -> None:
    """Values lie on grids of their own, so that they are compared over wide steps, extrapolated."""
    here = found("Cliquet").greek("volga")

    def value(by: float) -> float:
        made = product("Cliquet")
        return valued(made.program, made.terms, with_volatility(FLAT, BTC, by), greeks=False).value

    narrow, wide = ((value(h) - 2 * value(0.0) + value(-h)) / h**2 for h in (0.01, 0.02))
    assert here.bias_bound is not None and here.bias_bound < 1e-3 * abs(here.value)
    assert here.value == pytest.approx(narrow + (narrow - wide) / 3, rel=5e-4)


@pytest.mark.parametrize(
    "call, put, market",
    [
        ("EuropeanCall", "EuropeanPut", FLAT),
        ("EuropeanCall", "EuropeanPut", HESTON),
        ("BasketCall", "BasketPut", FLAT),
    ],
)
def test_a_call_and_a_put_have_the_same(call: str, put: str, market: Market) -> None:
    one, other = (found(name, market) for name in (call, put))
    for measure in ("vanna", "volga"):
        for subject in one.subjects(measure):
            first, second = (each.greek(measure, subject) for each in (one, other))
            off = (first.bias_bound or 0.0) + (second.bias_bound or 0.0)
            assert first.value == pytest.approx(second.value, rel=1e-6, abs=off + 1e-9)


@pytest.mark.parametrize("name", ["ExchangeOption", "BasketCall", "BestOfCall"])
def test_a_cross_gamma_is_how_one_price_moves_the_delta_to_another(name: str) -> None:
    here = found(name)
    greek = here.greek("cross gamma")
    assert greek.subject == f"{SPOT}, {OTHER}"
    for moved, told in ((BTC, OTHER), (ETH, SPOT)):
        by = 1e-3 * FLAT.spots[moved]
        up, down = (found(name, with_spot(FLAT, moved, h)).greek("delta", told) for h in (by, -by))
        assert greek.bias_bound is not None and greek.bias_bound < 1e-3 * abs(greek.value)
        assert greek.value == pytest.approx((up.value - down.value) / (2 * by), rel=1e-4)


def test_what_is_of_first_degree_in_its_prices_has_gammas_that_add_up_to_nothing() -> None:
    """Euler: of an exchange the delta does not change if both prices move in proportion."""
    here = found("ExchangeOption")
    one, other = FLAT.spots[BTC], FLAT.spots[ETH]
    crossed = here.greek("cross gamma").value
    assert here.greek("gamma", SPOT).value * one == pytest.approx(-crossed * other, rel=1e-6)
    assert here.greek("gamma", OTHER).value * other == pytest.approx(-crossed * one, rel=1e-6)


@pytest.mark.parametrize(
    "name, method, missing",
    [
        ("EuropeanCall", "monte_carlo", "Vanna and volga"),
        ("BasketCall", "monte_carlo", "Vanna and volga and cross gamma"),
    ],
)
def test_a_method_that_has_none_says_so(name: str, method: str, missing: str) -> None:
    here = found(name, method=method)
    assert here.subjects("vega") and not here.subjects("vanna")
    assert here.notes[-1] == f"{missing} are not given by this method."


def test_formulas_of_one_price_each_have_no_cross_gamma_to_tell() -> None:
    text = (
        "use std.options.{EuropeanCall}\ncontract Two(expiry: Date) between a, b = EuropeanCall("
        "BTC, USD, strike: 100 USD/BTC, expiry:) + EuropeanCall(ETH, USD, strike: 90 USD/ETH, "
        "expiry:) { unsecured }"
    )
    *_, definition = definitions(text).values()
    checked = Checked(Source("t.rfos", text), definition, ())
    made = instance(checked, {"expiry": "2026-12-31"}, FLAT.as_of)
    both = valued(made.program, made.terms, FLAT)
    assert both.subjects("vega") == {SPOT, OTHER}
    assert not both.not_given and not both.subjects("cross gamma")


def test_of_a_price_without_volatility_there_are_limits_or_none() -> None:
    still = replace(FLAT, volatilities={**FLAT.volatilities, BTC: flat_volatility(0.0)})
    assert found("EuropeanCall", still).greek("volga").value == 0.0
    assert SPOT not in found("ExchangeOption", still).subjects("volga")
    assert "spot(ETH, USD)" in found("ExchangeOption", still).subjects("volga")
