"""Cliquets and their like: payments by sums and products of independent returns."""

from itertools import pairwise
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.base.instant import parse_instant
from rfos_lang.valuation.curve import YEAR
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import TODAY, bound, market

DAYS = ("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01")
RATE, CARRY, VOLATILITY = 0.05, 0.02, 0.3
TIMES = [(parse_instant(day) - TODAY) / YEAR for day in DAYS]

CLIQUET = {
    "notional": "1_000",
    "resets": f"[{', '.join(DAYS)}]",
    "local_floor": "-3%",
    "local_cap": "4%",
    "global_floor": "0",
    "global_cap": "12%",
}


def cliquet(at: Market | None = None, greeks: bool = False, **changed: str) -> Valuation:
    program, terms = bound("std.resets", "Cliquet", **{**CLIQUET, **changed})
    return valued(program, terms, at or market(), greeks=greeks)


def simulated(paths: int) -> tuple[float, float]:
    """A cliquet's value from returns drawn at once, and its standard error."""
    draw, total = np.random.default_rng(3), np.zeros(paths)
    for begin, end in pairwise(TIMES):
        years = end - begin
        mean = (RATE - CARRY - VOLATILITY**2 / 2) * years
        growth = np.exp(mean + VOLATILITY * sqrt(years) * draw.standard_normal(paths))
        total += np.clip(growth - 1, -0.03, 0.04)
    paid = 1_000 * exp(-RATE * TIMES[-1]) * np.clip(total, 0.0, 0.12)
    return float(paid.mean()), float(paid.std() / sqrt(paths))


def test_a_cliquet_is_its_simulation() -> None:
    found, (value, error) = cliquet(), simulated(2_000_000)
    assert found.method == "convolution"
    assert found.bias_bound is not None and found.bias_bound < 1e-6
    assert abs(found.value - value) < 3.5 * error


def test_without_global_bounds_it_is_a_sum_of_forward_starts() -> None:
    """Each clamped return is a forward-start call spread, which has a formula."""

    def clamped(years: float) -> float:
        forward, deviation = exp((RATE - CARRY) * years), VOLATILITY * sqrt(years)

        def call(strike: float) -> float:
            d1 = log(forward / strike) / deviation + deviation / 2
            return float(forward * ndtr(d1) - strike * ndtr(d1 - deviation))

        return -0.03 + call(0.97) - call(1.04)

    sums = sum(clamped(end - begin) for begin, end in pairwise(TIMES))
    floor, cap = 5 * 0.03, 5 * 0.04
    program, terms = bound(
        "std.resets", "Cliquet", **{**CLIQUET, "global_floor": "0", "global_cap": f"{cap}"}
    )
    raised = valued(program, terms, market(), greeks=False).value
    # max(total, 0) is at least the total, and at most the total over its least value
    discount = 1_000 * exp(-RATE * TIMES[-1])
    assert discount * sums <= raised <= discount * (sums + floor)
    text = OPEN.replace("clamp(total, 0, 1)", "(total + 1)")
    program, terms = bound(text, "Product", resets=CLIQUET["resets"])
    free = valued(program, terms, market(), greeks=False).value
    assert free == pytest.approx(exp(-RATE * TIMES[-1]) * 100 * (1 + sums), abs=1e-6)


OPEN = """
contract Product(underlying, cash: Asset, resets: Schedule) between holder, writer {
    let S = spot(underlying, cash)
    let r(t: Date): Number = clamp((S at t) / (S at t.previous) - 1, -3%, 4%)
    let total = sum(r(t) for t in tail(resets))
    at last(resets) { writer pays holder 100 cash * clamp(total, 0, 1) }
    unsecured
}
"""

SPELLED = """
contract Product(underlying, cash: Asset, resets: Schedule) between holder, writer {
    let S = spot(underlying, cash)
    state total: Number = 0
    state last_price: cash/underlying = 0 cash/underlying
    state begun: Bool = false
    at each t in resets {
        let growth: Number = if begun then S / last_price else 1
        if begun { total += max(min(growth, 104%), 97%) - 1 }
        last_price = S
        begun = true
    }
    at last(resets) { writer pays holder min(max(100 cash * total, 0 cash), 100 cash) }
    unsecured
}
"""


def test_another_spelling_has_the_same_value() -> None:
    both = []
    for text in (OPEN, SPELLED):
        program, terms = bound(text, "Product", resets=CLIQUET["resets"])
        found = valued(program, terms, market(), greeks=False)
        assert found.method == "convolution", found.notes
        both.append(found.value)
    assert both[0] == pytest.approx(both[1], abs=1e-6)


PRODUCT = """
contract Product(underlying, cash: Asset, resets: Schedule) between holder, writer {
    let S = spot(underlying, cash)
    let g(t: Date): Number = clamp((S at t) / (S at t.previous), 97%, 104%)
    state growth: Number = 1
    at each t in tail(resets) { growth = growth * g(t) }
    at last(resets) { writer pays holder 100 cash * max(growth - 1, 0) }
    unsecured
}
"""


def test_a_product_of_clamped_growths_is_its_simulation() -> None:
    program, terms = bound(PRODUCT, "Product", resets=CLIQUET["resets"])
    found = valued(program, terms, market(), greeks=False)
    assert found.method == "convolution", found.notes
    draw, growth = np.random.default_rng(4), np.ones(1_000_000)
    for begin, end in pairwise(TIMES):
        years = end - begin
        mean = (RATE - CARRY - VOLATILITY**2 / 2) * years
        moved = np.exp(mean + VOLATILITY * sqrt(years) * draw.standard_normal(len(growth)))
        growth *= np.clip(moved, 0.97, 1.04)
    paid = 100 * exp(-RATE * TIMES[-1]) * np.maximum(growth - 1, 0.0)
    error = paid.std() / sqrt(len(paid))
    assert abs(found.value - paid.mean()) < 3.5 * error


def test_a_reverse_cliquet_is_its_simulation() -> None:
    given = {"notional": "1_000", "resets": CLIQUET["resets"], "coupon": "20%"}
    program, terms = bound("std.resets", "ReverseCliquet", **given)
    found = valued(program, terms, market(), greeks=False)
    assert found.method == "convolution", found.notes
    drawn = valued(program, terms, market(), "monte_carlo", 200_000, greeks=False)
    assert drawn.standard_error is not None
    assert abs(found.value - drawn.value) < 4 * drawn.standard_error


def test_greeks_are_differences_of_values() -> None:
    found = cliquet(greeks=True)
    up, down = cliquet(market(spread=0.301)).value, cliquet(market(spread=0.299)).value
    assert found.greek("vega").value == pytest.approx((up - down) / 0.002, rel=1e-3)
    assert found.greek("delta").value == pytest.approx(0.0, abs=1e-6)


def test_without_volatility_the_sum_is_that_of_the_forwards() -> None:
    still = cliquet(market(spread=0.0))
    growth = [exp((RATE - CARRY) * (end - begin)) - 1 for begin, end in pairwise(TIMES)]
    total = sum(min(max(each, -0.03), 0.04) for each in growth)
    assert still.value == pytest.approx(1_000 * exp(-RATE * TIMES[-1]) * total, rel=1e-6)


def test_what_has_been_fixed_is_known() -> None:
    """After two resets the first return is a number, and the sum begins with it."""
    program, terms = bound("std.resets", "Cliquet", **CLIQUET)
    later = parse_instant("2026-03-10")
    fixings = {
        "spot(BTC, USD)": {parse_instant("2026-02-01"): 100.0, parse_instant("2026-03-01"): 102.0}
    }
    at = Market(
        as_of=later,
        spots={("BTC", "USD"): 103.0},
        volatilities=market().volatilities,
        rates=market().rates,
        yields=market().yields,
        fixings=fixings,
    )
    found = valued(program, terms, at, greeks=False)
    assert found.method == "convolution", found.notes
    drawn = valued(program, terms, at, "monte_carlo", 200_000, greeks=False)
    assert drawn.standard_error is not None
    assert abs(found.value - drawn.value) < 4 * drawn.standard_error
