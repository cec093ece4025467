"""European calls: value, delta, gamma, vega, theta and rho of each, beside QuantLib in one run.

    python -m benchmarks.closed_form [COUNT]

Both sides compute the same six numbers for options that differ in spot, strike, volatility, rate,
yield and time; the largest difference is printed. Rounds are interleaved and medians reported, one
thread. Left out on our side: reading and checking a market file, and making the formulas (their
time is printed); on QuantLib's: building its process, whose quotes are changed in place.
"""

import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import QuantLib as ql

from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.evaluation import vectorised
from tests.generators.handmade import european_call

ROUNDS = 5
QUANTLIB_COUNT = 2_000
BLOCK = 8_192
MEASURES = ("value", "delta", "gamma", "vega", "theta", "rho")

Columns = dict[str, Any]


def options(count: int) -> Columns:
    """Random options; times are whole days, as QuantLib's dates are."""
    draw = np.random.default_rng(1)
    return {
        "S": draw.uniform(80, 120, count),
        "strike": draw.uniform(80, 120, count),
        "sigma": draw.uniform(0.1, 0.6, count),
        "r": draw.uniform(0.0, 0.08, count),
        "q": draw.uniform(0.0, 0.05, count),
        "tau": draw.integers(20, 700, count) / 365,
        "size": np.ones(count),
    }


def ours() -> list[Formula]:
    """The formulas of a call."""
    form = closed_form(european_call().program)
    assert isinstance(form, ClosedForm)
    measures = greeks.measures(form)
    return [getattr(measures, name) for name in MEASURES]


def in_blocks(function: Callable[..., Any], inputs: tuple[Input, ...], columns: Columns) -> Any:
    """All options, a cache-sized block at a time."""
    count = len(columns["S"])
    result = np.empty((len(MEASURES), count))
    for start in range(0, count, BLOCK):
        part = slice(start, start + BLOCK)
        result[:, part] = function(*(columns[each.name][part] for each in inputs))
    return result


def quantlib(columns: Columns) -> Iterator[tuple[float, ...]]:
    """The same by QuantLib's analytic engine, one option after the other."""
    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    basis = ql.Actual365Fixed()
    quotes = {name: ql.SimpleQuote(0.1) for name in ("S", "r", "q", "sigma")}
    handles = {name: ql.QuoteHandle(quote) for name, quote in quotes.items()}
    volatility = ql.BlackConstantVol(today, ql.NullCalendar(), handles["sigma"], basis)
    process = ql.BlackScholesMertonProcess(
        handles["S"],
        ql.YieldTermStructureHandle(ql.FlatForward(today, handles["q"], basis)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, handles["r"], basis)),
        ql.BlackVolTermStructureHandle(volatility),
    )
    engine = ql.AnalyticEuropeanEngine(process)
    for k in range(len(columns["S"])):
        for name, quote in quotes.items():
            quote.setValue(float(columns[name][k]))
        payoff = ql.PlainVanillaPayoff(ql.Option.Call, float(columns["strike"][k]))
        expiry = ql.EuropeanExercise(today + round(float(columns["tau"][k]) * 365))
        option = ql.VanillaOption(payoff, expiry)
        option.setPricingEngine(engine)
        yield (
            option.NPV(),
            option.delta(),
            option.gamma(),
            option.vega(),
            option.theta(),
            option.rho(),
        )


def timed(work: Callable[[], Any]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def main(count: int) -> None:
    begin = perf_counter()
    formulas = ours()
    made = perf_counter() - begin
    inputs = inputs_of(*formulas)
    function = vectorised(formulas, inputs)
    columns = options(count)
    few = {name: column[:QUANTLIB_COUNT] for name, column in columns.items()}
    here, there = [], []
    for _ in range(ROUNDS):
        here.append(timed(lambda: in_blocks(function, inputs, columns)) / count)
        there.append(timed(lambda: list(quantlib(few))) / len(few["S"]))
    difference = in_blocks(function, inputs, few).T - np.array(list(quantlib(few)))
    print(f"{count:,} calls, six numbers each; formulas made in {1e3 * made:.1f} ms (cold)")
    print(f"rfos      {1e9 * median(here):8.0f} ns an option (NumPy, blocks of {BLOCK})")
    print(f"QuantLib  {1e9 * median(there):8.0f} ns an option ({QUANTLIB_COUNT:,} of them)")
    print(f"ratio     {median(there) / median(here):8.1f}")
    print(f"largest difference {np.abs(difference).max():.1e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
