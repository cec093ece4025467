"""SABR smiles: against published values, QuantLib, limits, parities, and paths."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from rfos_lang.valuation.curve import date_after
from rfos_lang.valuation.dynamics.replication import ReplicatedLaw
from rfos_lang.valuation.dynamics.sabr import NEAR, Sabr, continued
from rfos_lang.valuation.dynamics.smile import DYNAMICS, Smile, butterfly
from rfos_lang.valuation.market import Market, parse_market
from tests.generators import handmade
from tests.valuation.market_errors import assert_told
from tests.valuation.test_models import BTC, LOGNORMAL, assert_agree, formula, simulated

PUBLISHED = """
1.16725837321531 1.15226075991385 1.13829711098834 1.12524190877505 1.11299079244474
1.10145609357162 1.09056348513411 1.08024942745106 1.07045919457758 1.06114533019077
1.05226642581503 1.04378614411707 1.03567243073732 1.0278968727451 1.02043417226345
1.01326171139321 1.00635919013311 0.999708323124949 0.993292584155381 0.987096989695393
0.98110791455717 0.975312934134512 0.969700688771689 0.964260766651027 0.958983602256592
0.953860388001395 0.948882997029509 0.944043915545469 0.939336183299237 0.934753341079515
0.930289384251337
"""


def sabr(forward: float, alpha: float, beta: float, rho: float, nu: float, years: float) -> Sabr:
    return Sabr(years, alpha * forward ** (beta - 1.0), beta, rho, nu)


def volatility(part: Sabr, k: float) -> float:
    return sqrt(float(part.formula(k).w) / part.years)


def test_published_volatilities() -> None:
    """QuantLib's test of its SABR interpolation: strikes from 3 % to 9 % by 0.2 %. It has Hagan's
    leading term; Obłój's is another function of the strike, by less than 1e-6 here."""
    part = sabr(0.039, 0.3, 0.6, 0.01, 0.02, 1.0)
    for at, expected in enumerate(map(float, PUBLISHED.split())):
        assert volatility(part, log((0.03 + 0.002 * at) / 0.039)) == pytest.approx(
            expected, rel=1e-6
        )


def test_published_prices_of_the_process() -> None:
    """BENCHOP-SLV (von Sydow et al. 2018), calls after 2 years at e^(x √2 / 10) times the forward:
    the exact process, from which an expansion with α²T/F = 1 is two percent off."""
    part = sabr(0.5, 0.5, 0.5, 0.0, 0.4, 2.0)
    law = ReplicatedLaw(Smile(((2.0, part),)), 2.0)
    for x, expected in ((-1, 0.221383196830866), (0, 0.193836689413803), (1, 0.166240814653231)):
        k = x * 0.1 * sqrt(2)
        call = 0.5 * (law.above(1, k) - exp(k) * law.above(0, k))
        assert call == pytest.approx(expected, rel=0.025)


@given(
    st.floats(0.05, 1.5), st.floats(-0.9, 0.9), st.floats(0.01, 2.0), st.floats(0.02, 3.0),
    st.floats(-1.0, 1.0),
)  # fmt: skip
def test_lognormal_volatilities_are_those_of_quantlib(alpha, rho, nu, years, k) -> None:
    found = sabr(100.0, alpha, 1.0, rho, nu, years)
    if float(found.in_time(k).f) <= 0.0:
        return  # the expansion has broken down, and is refused
    expected = ql.sabrVolatility(100.0 * exp(k), 100.0, years, alpha, 1.0, nu, rho)
    assert volatility(found, k) == pytest.approx(expected, rel=1e-9)


@given(
    st.floats(0.1, 1.0), st.floats(0.0, 1.0), st.floats(-0.9, 0.9), st.floats(0.0, 2.0),
    st.floats(-1.5, 1.5),
)  # fmt: skip
def test_slope_and_bend_are_derivatives(level, beta, rho, nu, k) -> None:
    part, h = Sabr(0.5, level, beta, rho, nu), 1e-4
    low, here, high = (float(part.formula(k + by).w) for by in (-h, 0.0, h))
    found = part.formula(k)
    assert float(found.slope) == pytest.approx((high - low) / (2 * h), rel=1e-4, abs=1e-6)
    bend = (high - 2 * here + low) / h**2
    assert float(found.bend) == pytest.approx(bend, rel=1e-3, abs=1e-5 * max(1.0, here))


def test_the_distance_is_the_same_function_on_both_sides_of_where_it_changes_its_formula() -> None:
    part = Sabr(0.5, 0.4, 0.6, -0.3, 1.1)
    for sign in (-1, 1):
        k = log(1 + sign * 0.4 * NEAR * 0.4 / 1.1) / 0.4
        assert abs(float(part._z(k))) == pytest.approx(NEAR)
        near, far = (part.formula(k * by) for by in (1 - 1e-9, 1 + 1e-9))
        for one, other in zip(near, far, strict=True):
            assert float(one) == pytest.approx(float(other), rel=1e-7)


@pytest.mark.parametrize(("beta", "rho"), [(0.4, -0.5), (0.7, 0.3), (0.95, -0.3)])
def test_the_process_on_a_grid_has_its_volatilities(beta: float, rho: float) -> None:
    """QuantLib's finite differences of the two-dimensional process, over three months."""
    today = ql.Date(2, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    forward, level, nu, days = 100.0, 0.3, 0.6, 91
    flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    alpha = level * forward ** (1 - beta)
    engine = ql.FdSabrVanillaEngine(forward, alpha, beta, nu, rho, flat, 50, 400, 60)
    part = sabr(forward, alpha, beta, rho, nu, days / 365)
    for strike in (85.0, 100.0, 120.0):
        option = ql.VanillaOption(
            ql.PlainVanillaPayoff(ql.Option.Call, strike), ql.EuropeanExercise(today + days)
        )
        option.setPricingEngine(engine)
        deviation = ql.blackFormulaImpliedStdDev(ql.Option.Call, strike, forward, option.NPV())
        expected = deviation / sqrt(days / 365)
        assert volatility(part, log(strike / forward)) == pytest.approx(expected, abs=1e-3)


# --- limits --------------------------------------------------------------------------------------


def test_without_volatility_of_volatility_and_beta_of_one_it_is_flat() -> None:
    part = Sabr(0.7, 0.35, 1.0, -0.4, 0.0)
    for k in (-2.0, 0.0, 1.0):
        assert volatility(part, k) == pytest.approx(0.35, rel=1e-14)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_without_volatility_of_volatility_it_is_that_of_constant_elasticity(beta: float) -> None:
    """QuantLib's formula of the CEV process, absorbed at zero."""
    today = ql.Date(2, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    alpha = 0.2 * 100 ** (1 - beta)
    part = sabr(100.0, alpha, beta, 0.3, 0.0, 91 / 365)
    for strike in (90.0, 100.0, 115.0):
        option = ql.VanillaOption(
            ql.PlainVanillaPayoff(ql.Option.Call, strike), ql.EuropeanExercise(today + 91)
        )
        option.setPricingEngine(ql.AnalyticCEVEngine(100.0, alpha, beta, flat))
        deviation = ql.blackFormulaImpliedStdDev(ql.Option.Call, strike, 100.0, option.NPV())
        found = volatility(part, log(strike / 100))
        assert found == pytest.approx(deviation / sqrt(91 / 365), rel=2e-5)


def test_for_hardly_any_time_only_the_distance_is_left() -> None:
    part = Sabr(1e-9, 0.5, 1.0, -0.3, 1.2)
    z = -1.2 / 0.5 * 0.2
    distance = log((sqrt(1 + 0.6 * z + z * z) + z + 0.3) / 1.3)
    assert volatility(part, 0.2) == pytest.approx(-0.2 * 1.2 / distance, rel=1e-7)


def test_hardly_any_volatility_leaves_what_the_forward_pays() -> None:
    law = ReplicatedLaw(Smile(((0.5, continued(Sabr(0.5, 1e-4, 1.0, 0.0, 0.1)).mended),)), 0.5)
    for k in (-0.1, 0.1):
        assert law.above(1, k) - exp(k) * law.above(0, k) == pytest.approx(max(1 - exp(k), 0.0))


@given(
    st.floats(0.05, 1.0), st.floats(0.0, 1.0), st.floats(-0.9, 0.9), st.floats(0.0, 1.5),
    st.floats(0.02, 2.0),
)  # fmt: skip
def test_straight_wings_leave_no_negative_density(level, beta, rho, nu, years) -> None:
    found = continued(Sabr(years, level, beta, rho, nu))
    if found is None:
        return
    assert butterfly(found.mended) is None
    wide = np.linspace(-30.0, 30.0, 501)
    assert np.all(found.mended.shape(wide).w > 0)


# --- markets -------------------------------------------------------------------------------------

MARKET = """as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 64_000
[rates]
USD = "4%"
[yields]
BTC = "1%"
[sabr."spot(BTC, USD)"]
2026-03-01 = { alpha = 126, beta = 0.5, rho = "-30%", nu = 1.2 }
2026-06-30 = { alpha = 130, beta = 0.5, rho = "-30%", nu = 0.9 }
"""


def read(text: str) -> Market:
    market, problems = parse_market(text, "m.toml")
    assert market is not None, problems
    return market


BY_SABR = replace(LOGNORMAL, volatilities={}, smiles=read(MARKET).smiles)


def test_a_market_file_has_a_smile_at_its_forwards() -> None:
    market = read(MARKET)
    (t0, first), (t1, second) = market.smiles[BTC].slices
    assert (t0, t1) == pytest.approx((59 / 365, 180 / 365))
    for years, part, alpha in ((t0, first, 126), (t1, second, 130)):
        assert part.level == pytest.approx(alpha / sqrt(market.forward(*BTC, years)))
    assert market.model_of(BTC) == "SABR smile"


@pytest.mark.parametrize(
    ("good", "bad", "code", "seen"),
    [
        ("alpha = 130", "alpha = 0", "E0604", "06-30"),
        ("beta = 0.5, rho = \"-30%\", nu = 0.9", "beta = 2, rho = 0, nu = 0.9", "E0604", "06-30"),
        ('rho = "-30%", nu = 0.9', "rho = -1, nu = 0.9", "E0604", "06-30"),
        ("nu = 0.9", "nu = -0.9", "E0604", "06-30"),
        ("nu = 0.9", "nu = 4", "E0640", "06-30"),
        ("alpha = 130", "alpha = 60", "E0632", "06-30"),
        ("2026-06-30", "2025-06-30", "E0617", "sabr"),
        ("[rates]\nUSD = \"4%\"\n", "", "E0605", "sabr"),
        ("[sabr", '[volatilities]\n"spot(BTC, USD)" = 1\n[sabr', "E0629", "BTC"),
        ("[sabr", '[sticky]\n"spot(ETH, USD)" = "strike"\n[sabr', "E0606", "ETH"),
        ("[sabr", '[sticky]\n"spot(BTC, USD)" = "vega"\n[sabr', "E0604", "BTC"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_smile_has_its_code_and_line(good, bad, code, seen) -> None:
    assert_told(MARKET, good, bad, code, seen)


def test_a_wing_without_density_is_told_with_its_strike_and_date() -> None:
    found = formula(handmade.european_call(strike="70_000", days=60), BY_SABR)
    (note,) = found.notes
    years = BY_SABR.smiles[BTC].slices[1][0]
    assert f"On {date_after(BY_SABR.as_of, years)} the density" in note
    assert "times the forward; below" in note


# --- contracts -----------------------------------------------------------------------------------


def test_calls_and_puts_are_in_parity() -> None:
    years, strike = 30 / 365, 64_000
    call = formula(handmade.european_call(strike=str(strike), days=30), BY_SABR)
    assert (call.method, call.model) == ("static replication", "SABR smile")
    forward = BY_SABR.discount("USD", years) * (BY_SABR.forward(*BTC, years) - strike)
    move = formula(handmade.absolute_move(), BY_SABR).value
    assert move == pytest.approx(2 * call.value - forward, rel=1e-11)


@given(st.floats(-0.5, 0.5), st.floats(0.05, 0.6))
def test_a_digital_is_minus_the_derivative_of_a_call_by_its_strike(k: float, years: float) -> None:
    law, h = ReplicatedLaw(BY_SABR.smile(*BTC), years), 1e-5

    def call(strike: float) -> float:
        return law.above(1, log(strike)) - strike * law.above(0, log(strike))

    slope = (call(exp(k) + h) - call(exp(k) - h)) / (2 * h)
    assert law.above(0, k) == pytest.approx(-slope, abs=1e-8)


@pytest.mark.parametrize("make", [handmade.european_call, handmade.digital_put])
def test_paths_of_its_local_volatility_have_the_value(make) -> None:
    found = simulated(make(), BY_SABR)
    assert found.model == "local volatility of the SABR smile"
    assert_agree(found, formula(make(), BY_SABR).value)


@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_greeks_on_paths_are_those_of_the_smile(dynamics: str) -> None:
    market = read(MARKET + f'[sticky]\n"spot(BTC, USD)" = "{dynamics}"\n')
    market = replace(LOGNORMAL, volatilities={}, smiles=market.smiles)
    call = handmade.european_call(strike="70_000", days=100)
    exact = formula(call, market, greeks=True)
    for greek in simulated(call, market, 2_000, greeks=True).greeks:
        expected = exact.greek(greek.measure).value
        assert greek.standard_error is not None
        assert abs(greek.value - expected) < 4 * greek.standard_error + 0.01 * abs(expected)


def test_a_smile_that_stays_with_strikes_has_the_delta_of_each_volatility() -> None:
    market, days, strike = read(MARKET + '[sticky]\n"spot(BTC, USD)" = "strike"\n'), 60, 70_000
    market = replace(LOGNORMAL, volatilities={}, smiles=market.smiles)
    found = formula(handmade.european_call(strike=str(strike), days=days), market, greeks=True)
    years, forward = days / 365, market.forward(*BTC, days / 365)
    k = log(strike / forward)
    deviation = market.smile(*BTC).volatility(k, years) * sqrt(years)
    delta = market.discount("BTC", years) * ndtr(-k / deviation + deviation / 2)
    assert found.greek("delta").value == pytest.approx(float(delta), rel=1e-5)


def test_a_smile_that_stays_with_moneyness_scales_with_the_price() -> None:
    """V(xS, xK) = x V(S, K), so that S delta is V less K ∂V/∂K."""
    market = read(MARKET + '[sticky]\n"spot(BTC, USD)" = "moneyness"\n')
    market = replace(LOGNORMAL, volatilities={}, smiles=market.smiles)

    def call(strike: float, greeks: bool = False):
        return formula(handmade.european_call(strike=str(strike), days=60), market, greeks=greeks)

    found = call(70_000, greeks=True)
    by_strike = (call(70_001).value - call(69_999).value) / 2
    delta = (found.value - 70_000 * by_strike) / market.spot(*BTC)
    assert found.greek("delta").value == pytest.approx(delta, rel=1e-5)
