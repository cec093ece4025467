"""Prices that do not move lognormally: against formulas, parities, limits, and each other."""

from dataclasses import replace

import pytest

from rfos_lang.valuation import monte_carlo
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.generators import handmade
from tests.generators.handmade import START, Instance

BTC = ("BTC", "USD")
FEED = "spot(BTC, USD)"
LOGNORMAL = Market(
    as_of=START,
    spots={BTC: 64_000.0},
    volatilities={BTC: flat_volatility(0.5)},
    rates={"USD": flat_rate(0.04)},
    yields={"BTC": flat_rate(0.01)},
)
JUMPING = replace(LOGNORMAL, jumps={BTC: Jumps(6.0, -0.05, 0.1)})


def simulated(
    instance: Instance, market: Market, paths: int = 20_000, greeks: bool = False
) -> Valuation:
    how = {"paths": paths, "seed": 3, "greeks": greeks}
    return monte_carlo.value(instance.program, instance.terms, market, **how)


def formula(instance: Instance, market: Market, greeks: bool = False) -> Valuation:
    return valued(instance.program, instance.terms, market, greeks=greeks)


def assert_agree(found: Valuation, exact: float) -> None:
    assert found.standard_error is not None and found.standard_error > 0
    assert abs(found.value - exact) < 4 * found.standard_error


# --- jumps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [handmade.european_call, handmade.digital_put])
def test_paths_with_jumps_have_the_value_of_the_formula(make) -> None:
    found = simulated(make(), JUMPING)
    assert found.model == "Merton jumps"
    assert_agree(found, formula(make(), JUMPING).value)


def test_greeks_on_paths_with_jumps_are_differences_on_the_same_numbers() -> None:
    call = handmade.european_call()
    exact = formula(call, JUMPING, greeks=True)
    for greek in simulated(call, JUMPING, greeks=True).greeks:
        expected = exact.greek(greek.measure).value
        assert greek.standard_error is not None and greek.estimator.startswith("bump")
        assert abs(greek.value - expected) < 4 * greek.standard_error + 0.01 * abs(expected)


def test_jumps_that_hardly_come_leave_what_depends_on_the_path() -> None:
    rarely = replace(LOGNORMAL, jumps={BTC: Jumps(1e-9, 0.0, 0.1)})
    for make in (handmade.asian_call, handmade.down_and_out_put):
        found, exact = simulated(make(), rarely), formula(make(), LOGNORMAL)
        assert_agree(found, exact.value)
