"""European calls: value, delta, gamma, vega, theta and rho of each, beside QuantLib in one run.

    python -m benchmarks.closed_form [COUNT]

Both sides compute the same six numbers for options that differ in spot, strike, volatility, rate,
yield and time; the largest difference is printed. Rounds are interleaved and medians reported, one
thread. Left out on our side: reading and checking a market file, and making the formulas (their
time is printed); on QuantLib's: building its process, whose quotes are changed in place.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import QuantLib as ql

from benchmarks.measured import Measured, Side, Target, in_turns, show
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


def measured(count: int = 1_000_000) -> Measured:
    """Seconds an option, of each side."""
    formulas = ours()
    inputs = inputs_of(*formulas)
    function = vectorised(formulas, inputs)
    columns = options(count)
    few = {name: column[:QUANTLIB_COUNT] for name, column in columns.items()}
    found = in_turns(
        {
            "rfos": lambda: in_blocks(function, inputs, columns),
            "QuantLib": lambda: np.array(list(quantlib(few))),
        },
        ROUNDS,
    )
    apart = np.abs(found["rfos"].found[:, : len(few["S"])].T - found["QuantLib"].found).max()
    ours_took = found["rfos"].seconds / count
    theirs_took = found["QuantLib"].seconds / len(few["S"])
    return Measured(
        "European options, value and five Greeks",
        f"One of {count:,} calls that differ in all their inputs: value, delta, gamma, vega, theta,"
        " rho.",
        (
            Side("rfos", ours_took, f"NumPy, blocks of {BLOCK:,}; {apart:.0e} from QuantLib"),
            Side("QuantLib", theirs_took, f"AnalyticEuropeanEngine, {len(few['S']):,} of them"),
        ),
        (Target("time as a part of QuantLib's", ours_took / theirs_took, 1 / 400),),
        "reading a market file and making the formulas; building QuantLib's process, whose quotes"
        " are changed in place. One thread.",
    )


if __name__ == "__main__":
    show(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
