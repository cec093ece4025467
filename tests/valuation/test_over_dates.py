"""Values of contracts that gather prices along dates, against their formulas."""

from math import erf, exp, log, sqrt

from rfos_lang.base.instant import DAY
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.simulated.monte_carlo import value
from tests.core.lives import instance, standard
from tests.generators.handmade import START

S, SIGMA, RATE, CARRY = 100.0, 0.5, 0.04, 0.01
MARKET = Market(
    as_of=START,
    spots={("BTC", "USD"): S},
    volatilities={("BTC", "USD"): flat_volatility(SIGMA)},
    rates={"USD": flat_rate(RATE)},
    yields={"BTC": flat_rate(CARRY)},
)
PATHS = 40_000
PAIR = {"underlying": "BTC", "cash": "USD"}
WEEKS = "schedule(first: 2026-01-12, last: 2026-06-29, step: 1w)"
FIRST, COUNT, STEP = 11 / 365, 25, 7 / 365
"""The first of the weeks from the start, in years, how many there are, and from one to the next."""


def normal(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def test_a_variance_swap_is_worth_the_variance_that_the_model_realises() -> None:
    terms = {"vega_notional": "1000", "strike": "40%", "days": WEEKS}
    made = instance(standard("volatility.VarianceSwap"), **PAIR, **terms)
    assert made.terms.schedules[0] == (START + round((FIRST + (COUNT - 1) * STEP) * 365) * DAY,)
    found = value(made.lowered.program, made.terms, MARKET, paths=PATHS)
    drift = RATE - CARRY - SIGMA**2 / 2
    realised = 252 * (SIGMA**2 * STEP + (drift * STEP) ** 2)
    paid = exp(-RATE * (FIRST + (COUNT - 1) * STEP)) * 1000 / (2 * 0.4)
    assert abs(found.value - paid * (realised - 0.4**2)) <= 4 * found.standard_error
    vega = found.greek("vega", "spot(BTC, USD)")
    slope = paid * 252 * (2 * SIGMA * STEP - 2 * SIGMA * drift * STEP**2)
    assert abs(vega.value - slope) <= 4 * vega.standard_error
    assert abs(found.greek("delta", "spot(BTC, USD)").value) < 1e-9


def test_a_geometric_asian_call_is_that_of_its_formula() -> None:
    """The mean of the logarithms is normal; the formula is Kemna and Vorst's for discrete
    fixings."""
    terms = {"strike": "95", "fixings": WEEKS}
    made = instance(standard("averages.GeometricAsianCall"), **PAIR, **terms)
    found = value(made.lowered.program, made.terms, MARKET, paths=PATHS, greeks=False)
    times = [FIRST + k * STEP for k in range(COUNT)]
    mean = log(S) + (RATE - CARRY - SIGMA**2 / 2) * sum(times) / COUNT
    variance = SIGMA**2 * sum(min(a, b) for a in times for b in times) / COUNT**2
    above = (mean - log(95) + variance) / sqrt(variance)
    held = exp(mean + variance / 2) * normal(above)
    price = exp(-RATE * times[-1]) * (held - 95 * normal(above - sqrt(variance)))
    assert abs(found.value - price) <= 4 * found.standard_error


def test_a_forward_start_is_a_call_of_its_moneyness() -> None:
    made = instance(
        standard("resets.ForwardStartCall"),
        **PAIR,
        moneyness="110%",
        begins="2026-04-01",
        expiry="2026-07-01",
    )
    found = value(made.lowered.program, made.terms, MARKET, paths=PATHS, greeks=False)
    begins, length = 90 / 365, 91 / 365
    spread = SIGMA * sqrt(length)
    d1 = (-log(1.1) + (RATE - CARRY + SIGMA**2 / 2) * length) / spread
    call = exp(-CARRY * length) * normal(d1) - 1.1 * exp(-RATE * length) * normal(d1 - spread)
    assert abs(found.value - S * exp(-CARRY * begins) * call) <= 4 * found.standard_error


def test_a_cliquet_of_wide_bounds_is_a_sum_of_forwards() -> None:
    bounds = {"local_floor": "-100%", "local_cap": "1000", "global_floor": "0", "global_cap": "999"}
    terms = {"notional": "1000", "resets": "[2026-04-01, 2026-07-01]", **bounds}
    made = instance(standard("resets.Cliquet"), **PAIR, **terms)
    found = value(made.lowered.program, made.terms, MARKET, paths=PATHS, greeks=False)
    length, spread = 91 / 365, SIGMA * sqrt(91 / 365)
    d1 = (RATE - CARRY + SIGMA**2 / 2) * length / spread
    growth = exp((RATE - CARRY) * length)
    call = growth * normal(d1) - normal(d1 - spread)
    price = 1000 * exp(-RATE * 181 / 365) * call
    assert abs(found.value - price) <= 4 * found.standard_error
