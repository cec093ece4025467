"""Prices that scatter by many standard deviations: what is integrated reaches as far as they do."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.integration import Floats, integrated
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT
from tests.valuation.products.test_parities import (
    DECIDED,
    EXTREMES,
    SEVERAL,
    Part,
    assert_nothing_is_left,
)

VOLATILITIES = (4.0, 8.0, 16.0)
YEARS, RATE, CARRY = 195 / 365, 0.04, 0.01


def at(volatility: float) -> Market:
    return replace(FLAT, volatilities=dict.fromkeys(FLAT.volatilities, flat_volatility(volatility)))


def value(name: str, market: Market, method: str = "auto") -> Valuation:
    instance = product(name)
    return valued(instance.program, instance.terms, market, method, 2_000, greeks=False)


def fixed_lookback_call(volatility: float) -> float:
    """At the money, on a price of 100 that begins now (Conze and Viswanathan, Path dependent
    options: the case of lookback options, Journal of Finance 46, 1991)."""
    cost, deviation = RATE - CARRY, volatility * sqrt(YEARS)
    d = (cost + volatility**2 / 2) * YEARS / deviation
    plain = exp(-CARRY * YEARS) * ndtr(d) - exp(-RATE * YEARS) * ndtr(d - deviation)
    back = ndtr(d - 2 * cost * sqrt(YEARS) / volatility)
    more = volatility**2 / (2 * cost) * (exp(cost * YEARS) * ndtr(d) - back)
    return float(100.0 * (plain + exp(-RATE * YEARS) * more))


@pytest.mark.parametrize("volatility", [0.4, *VOLATILITIES])
def test_a_lookback_is_worth_its_formula(volatility: float) -> None:
    found = value("FixedLookbackCall", at(volatility))
    assert found.method == "quadrature"
    assert found.value == pytest.approx(fixed_lookback_call(volatility), rel=1e-12)


INTEGRATED = {
    **EXTREMES,
    **SEVERAL,
    **{name: DECIDED[name] for name in ("compound", "chosen at the expiry")},
}


@pytest.mark.parametrize("volatility", VOLATILITIES)
@pytest.mark.parametrize("parts", INTEGRATED.values(), ids=INTEGRATED)
def test_parities_hold(parts: tuple[Part, ...], volatility: float) -> None:
    assert_nothing_is_left(parts, at(volatility))


@pytest.mark.parametrize("volatility", VOLATILITIES)
def test_a_bermudan_call_on_what_brings_nothing_is_european(volatility: float) -> None:
    market = replace(at(volatility), yields={**FLAT.yields, "BTC": flat_rate(0.0)})
    found, european = value("BermudanCall", market), product("EuropeanCall", expiry="2027-01-15")
    expected = valued(european.program, european.terms, market, greeks=False).value
    assert found.method == "backward quadrature"
    assert found.value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("volatility", [0.4, 4.0, 8.0, 12.0])
def test_a_grid_says_how_far_it_may_be_off(volatility: float) -> None:
    exact = value("EuropeanCall", at(volatility)).value
    found = value("EuropeanCall", at(volatility), "finite_differences")
    assert found.bias_bound is not None
    assert abs(found.value - exact) <= found.bias_bound


def test_a_simulation_says_that_its_paths_do_not_reach_as_far() -> None:
    """The largest of 2,000 normals is about 3.9."""
    assert sqrt(2 * log(2_000)) == pytest.approx(3.9, abs=0.01)
    wild, tame = (value("EuropeanCall", at(each), "monte_carlo") for each in (5.0, 1.0))
    assert any("scatters by 3.7 standard deviations" in note for note in wild.notes)
    assert not any("scatters" in note for note in tame.notes)


def test_what_is_all_rounding_is_not_looked_at_for_ever() -> None:
    """A function that is noise everywhere: each half says something else."""
    looked_at = 0

    def noise(x: Floats) -> Floats:
        nonlocal looked_at
        looked_at += len(x)
        return np.asarray(1e-20 * np.sin(1e12 * x))

    assert abs(integrated(noise, np.zeros(0), 0.0, 1.0)) < 1e-19
    assert looked_at < 100_000
