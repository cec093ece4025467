"""Smiles of rates in SABR's parameters: published prices, QuantLib, the process, limits, quotes."""

from math import sqrt

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from rfos_lang.valuation.calibration.from_quotes import FittedFactor
from rfos_lang.valuation.calibration.quoted_options import Quotation
from rfos_lang.valuation.calibration.rate_smile import RateSmile, between
from tests.valuation.quoted import EXAMPLE, found, refusal

NORMAL, LOGNORMAL = Quotation(True), Quotation(False)

KORN_TANG = (
    (0.04, 0.011392),
    (0.0405, 0.0111),
    (0.0415, 0.010535),
    (0.0425, 0.009994),
    (0.0435, 0.009476),
    (0.0445, 0.008983),
    (0.0455, 0.008513),
    (0.0465, 0.008068),
    (0.0475, 0.007646),
    (0.0485, 0.007247),
    (0.0495, 0.00687),
    (0.05, 0.00669),
)
"""Calls by strike (Korn and Tang, Exact analytical solution for the normal SABR model, Wilmott,
2013, first case)."""


def call(smile: RateSmile, forward: float, strike: float, years: float) -> float:
    level = smile.volatility(True, forward, strike, years)
    return NORMAL.value(1, forward, strike, level * sqrt(years))


def of_the_process(
    smile: RateSmile, forward: float, strike: float, years: float
) -> tuple[float, float]:
    """A call on paths of the volatility, β = 0: given one, the rate is normal. With its error."""
    rng, steps = np.random.default_rng(7), 200
    drawn = rng.standard_normal((10_000, steps)) * sqrt(years / steps)
    walk = smile.nu * np.cumsum(np.concatenate([drawn, -drawn]), axis=1)
    times = np.linspace(0.0, years, steps + 1)
    levels = smile.alpha * np.exp(np.pad(walk, ((0, 0), (1, 0))) - smile.nu**2 * times / 2)
    variance = np.trapezoid(levels**2, times, axis=1)
    means = forward + smile.rho / smile.nu * (levels[:, -1] - smile.alpha)
    deviations = np.sqrt((1 - smile.rho**2) * variance)
    d = (means - strike) / deviations
    each = (means - strike) * norm.cdf(d) + deviations * norm.pdf(d)
    pairs = each.reshape(2, -1).mean(axis=0)
    return float(pairs.mean()), float(pairs.std() / sqrt(len(pairs)))


@pytest.mark.parametrize("strike, published", KORN_TANG)
def test_published_prices_of_the_process(strike: float, published: float) -> None:
    """After ten years ν²T is 1.4, and an expansion to first order in it is up to 1.6 % above."""
    smile = RateSmile(0.0068, 0.0, -0.0286, 0.3691)
    assert call(smile, 0.0435, strike, 10.0) == pytest.approx(published, rel=0.016)


def test_paths_of_the_process_have_the_published_price() -> None:
    smile = RateSmile(0.0068, 0.0, -0.0286, 0.3691)
    mean, error = of_the_process(smile, 0.0435, 0.0435, 10.0)
    assert abs(mean - 0.009476) < 4 * error + 1e-6 and error < 5e-5


@pytest.mark.parametrize("strike", [-0.015, 0.0, 0.005, 0.02])
def test_after_little_time_the_formula_is_the_process(strike: float) -> None:
    """Rates below zero too; what is left is of second order in time."""
    smile = RateSmile(0.009, 0.0, -0.4, 0.35)
    mean, error = of_the_process(smile, 0.003, strike, 1.0)
    level = smile.volatility(True, 0.003, strike, 1.0)
    allowed = 4 * error + 2e-3 * level * NORMAL.slope(0.003, strike, level)
    assert abs(call(smile, 0.003, strike, 1.0) - mean) < allowed


@pytest.mark.parametrize("normal", [True, False])
@pytest.mark.parametrize("beta, alpha", [(0.0, 0.008), (0.5, 0.03), (1.0, 0.2)])
def test_they_are_those_of_quantlib(normal: bool, beta: float, alpha: float) -> None:
    """It writes the leading term in powers of log(F/K): far from the forward another function."""
    smile = RateSmile(alpha, beta, -0.2, 0.3, 0.01)
    kind = ql.Normal if normal else ql.ShiftedLognormal
    near = ((0.03, 1e-12), (0.029, 1e-6), (0.0301, 1e-6), (0.033, 1e-4), (0.01, 0.02))
    for strike, apart in near:
        theirs = ql.shiftedSabrVolatility(strike, 0.03, 2.0, alpha, beta, 0.3, -0.2, 0.01, kind)
        ours = smile.volatility(normal, 0.03, strike, 2.0)
        assert ours == pytest.approx(theirs, rel=apart)


@given(
    beta=st.floats(0.0, 1.0),
    rho=st.floats(-0.7, 0.7),
    nu=st.floats(0.0, 0.5),
    strike=st.floats(0.02, 0.05),
)
def test_both_kinds_of_volatility_are_of_one_price(
    beta: float, rho: float, nu: float, strike: float
) -> None:
    """To the order of the expansions: after a twentieth of a year as good as the same."""
    forward, shift, years = 0.03, 0.01, 0.05
    smile = RateSmile(0.2 * (forward + shift) ** (1.0 - beta), beta, rho, nu, shift)
    normal = smile.volatility(True, forward, strike, years)
    lognormal = smile.volatility(False, forward, strike, years)
    sign = 1 if strike >= forward else -1
    worth = Quotation(False, shift).value(sign, forward, strike, lognormal * sqrt(years))
    again = NORMAL.implied(worth, forward, strike, years) if worth > 1e-12 else normal
    assert again == pytest.approx(normal, rel=2e-3)


def test_without_volatility_of_volatility_a_normal_rate_has_one() -> None:
    smile = RateSmile(0.008, 0.0, 0.5, 0.0)
    assert all(smile.volatility(True, 0.02, k, 5.0) == 0.008 for k in (-0.02, 0.02, 0.1))


@given(st.floats(1e-9, 1e-3), st.floats(0.0, 1.0))
def test_nothing_jumps_at_the_forward(off: float, beta: float) -> None:
    smile = RateSmile(0.03, beta, -0.5, 0.6, 0.01)
    here = smile.volatility(True, 0.03, 0.03, 1.0)
    apart = abs(smile.volatility(True, 0.03, 0.03 + off, 1.0) - here)
    assert apart <= 1e3 * off * here + 1e-12


def test_between_expiries_parameters_are_linear() -> None:
    low, high = RateSmile(0.01, 0.0, -0.2, 0.4), RateSmile(0.02, 0.5, 0.0, 0.2)
    both = [(1.0, low), (3.0, high)]
    assert [between(both, years) for years in (0.5, 1.0, 3.0, 9.0)] == [low, low, high, high]
    middle = between(both, 2.0)
    assert (middle.alpha, middle.beta, middle.rho, middle.nu) == pytest.approx(
        (0.015, 0.25, -0.1, 0.3)
    )


# --- quotes ---------------------------------------------------------------------------------------

SMILES = """
[hull_white.EUR.smiles]
1y = { alpha = "0.7%", beta = 0, rho = "-10%", nu = "40%" }
5y = { alpha = "0.65%", beta = 0, rho = "-10%", nu = "30%" }
"""
GIVEN = '1yx5y = "0.74%"'


def factor(text: str) -> FittedFactor:
    (made,) = found(text).factors
    return made


def test_a_swaption_with_a_strike_alone_has_the_volatility_of_its_smile() -> None:
    made = factor(EXAMPLE.replace(GIVEN, '1yx5y = { strike = "4%" }') + SMILES)
    option = next(each for each in made.options if each.path[-1] == "1yx5y")
    (piece,) = option.pieces
    smile = RateSmile(0.007, 0.0, -0.1, 0.4)
    # it expires a day or two after the year, so that the smile is a little on its way to the next
    expected = smile.volatility(True, piece.forward, 0.04, piece.decided)
    assert option.quote == pytest.approx(expected, rel=2e-3)


def test_a_cap_is_the_sum_of_caplets_at_their_own_volatilities() -> None:
    before = '5y = { volatility = "0.75%", strike = "2.5%" }'
    assert before in EXAMPLE
    made = factor(EXAMPLE.replace(before, '5y = { strike = "2.5%" }') + SMILES)
    cap = next(each for each in made.options if each.path[2:] == ("caps", "5y"))
    smiles = [(1.0, RateSmile(0.007, 0.0, -0.1, 0.4)), (5.0, RateSmile(0.0065, 0.0, -0.1, 0.3))]
    total = 0.0
    for each in cap.pieces:
        level = between(smiles, each.decided).volatility(True, each.forward, 0.025, each.decided)
        deviation = level * sqrt(each.decided)
        total += each.annuity * NORMAL.value(cap.sign, each.forward, 0.025, deviation)
    assert cap.told(made.quotation, cap.quote) == pytest.approx(total, rel=2e-4)


@pytest.mark.parametrize(
    "text, code, told",
    [
        (EXAMPLE.replace(GIVEN, '1yx5y = { strike = "4%" }'), "E0604", "no smiles"),
        (EXAMPLE + SMILES.replace('"-10%", nu = "40%"', '"-110%", nu = "40%"'), "E0612", "rho"),
        (EXAMPLE + SMILES.replace("beta = 0, rho", "beta = 2, rho"), "E0604", "beta"),
        (EXAMPLE + SMILES.replace('alpha = "0.7%"', "alpha = 0"), "E0604", "alpha"),
        (EXAMPLE + SMILES.replace("5y = {", "12M = {"), "E0644", "smiles"),
        (EXAMPLE + SMILES.replace("1y = {", "2026-01-05 = {"), "E0643", "2026-01-05"),
        (
            EXAMPLE.replace(GIVEN, '1yx5y = { strike = "-1%" }')
            + SMILES.replace("beta = 0", "beta = 0.5"),
            "E0648",
            "-1.0000%",
        ),
        (
            EXAMPLE.replace(GIVEN, '1yx5y = { strike = "4%" }')
            + SMILES.replace('rho = "-10%", nu = "40%"', 'rho = "-95%", nu = 9'),
            "E0604",
            "breaks down",
        ),
    ],
)
def test_what_no_smile_can_say_is_refused(text: str, code: str, told: str) -> None:
    found_code, message, _ = refusal(text)
    assert found_code == code and told in message, (found_code, message)
