"""European calls: value, delta, gamma, vega, theta and rho of each, beside what people use.

    python -m benchmarks.closed_form [COUNT]

All sides compute the same six numbers for options that differ in spot, strike, volatility, rate and
time, and it is checked that they agree. fast-vollib's values and Greeks are two calls; its
quickest backend on one thread is compiled by Numba. polars-vol knows no yield, so its options have
none, and its threads are fixed when the process starts: it runs on one. QuantLib's options are made
one by one. Each result is an array of its own.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read once, when polars is imported

import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import fast_vollib
import numba
import numpy as np
import polars
import polars_vol
import QuantLib as ql

from benchmarks.measured import Measured, Side, Target, in_turns, show
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.rows.compiled import compiled
from tests.generators.handmade import european_call

ROUNDS = 5
ROUNDS_OF_THREADS, REST = 21, 0.05
"""What else runs on one of the processors disturbs several threads more: there are more rounds, and
seconds between them in which the threads of the other side come to rest."""
QUANTLIB_COUNT = 2_000
AGREED = 1e-5
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


def vollib(columns: Columns, threads: int) -> Any:
    """The same by fast-vollib, in its own units: vega and rho for one per cent, theta a day."""
    numba.set_num_threads(threads)
    at = [columns[name] for name in ("S", "strike", "tau", "r", "sigma", "q")]
    known = {"return_as": "dict", "backend": "numba"}
    greeks = fast_vollib.get_all_greeks("c", *at, model="black_scholes_merton", **known)
    values = fast_vollib.fast_black_scholes_merton("c", *at, return_as="numpy", backend="numba")
    return {"value": values, **greeks}


def polars_table(columns: Columns) -> polars.DataFrame:
    """The options as polars-vol reads them."""
    return polars.DataFrame({name: columns[name] for name in ("strike", "S", "sigma", "tau", "r")})


def polars_found(table: polars.DataFrame) -> polars.DataFrame:
    """The same by polars-vol, without a yield."""
    found = polars_vol.black_scholes_with_greeks(
        "strike", "S", "sigma", "tau", "r", polars.lit(True)
    )
    return table.select(found).to_series().struct.unnest()


VOLLIB_UNITS = {"vega": 100, "theta": 365, "rho": 100}


def apart(ours: Any, theirs: Any) -> float:
    """The largest difference, as a part of the largest number."""
    return float(np.abs(ours - theirs).max() / np.abs(ours).max())


def measured(count: int = 1_000_000) -> Measured:
    """Seconds an option, of each side."""
    formulas = ours()
    inputs, cores = inputs_of(*formulas), os.cpu_count() or 1
    function = vectorised(formulas, inputs)
    begun = perf_counter()
    code = compiled(tuple(formulas), inputs)
    making = perf_counter() - begun
    columns = options(count)
    table = polars_table(columns)
    at = [columns[each.name] for each in inputs]
    few = {name: column[:QUANTLIB_COUNT] for name, column in columns.items()}
    vollib(few, 1)  # compiles
    found = in_turns(
        {
            "rfos": lambda: code(*at),
            "rfos, NumPy": lambda: in_blocks(function, inputs, columns),
            "fast-vollib": lambda: vollib(columns, 1),
            "polars-vol": lambda: polars_found(table),
            "QuantLib": lambda: np.array(list(quantlib(few))),
        },
        ROUNDS,
    )
    several = f", {cores} threads"
    found |= in_turns(
        {
            "rfos" + several: lambda: code(*at, threads=cores),
            "fast-vollib" + several: lambda: vollib(columns, cores),
        },
        ROUNDS_OF_THREADS,
        REST,
    )
    values = dict(zip(MEASURES, found["rfos"].found, strict=True))
    plain = code(*(0.0 if each.name == "q" else columns[each.name] for each in inputs))
    theirs = found["fast-vollib"].found
    differences = {
        "rfos, NumPy": apart(found["rfos"].found, found["rfos, NumPy"].found),
        "fast-vollib": max(
            apart(values[name], np.asarray(theirs[name]) * VOLLIB_UNITS.get(name, 1))
            for name in MEASURES
        ),
        "polars-vol": max(
            apart(plain[k], column.to_numpy()) for k, column in enumerate(found["polars-vol"].found)
        ),
        "QuantLib": apart(found["rfos"].found[:, : len(few["S"])].T, found["QuantLib"].found),
    }
    assert max(differences.values()) < AGREED, differences
    told = {name: f"{far:.0e} from rfos" for name, far in differences.items()}
    told["rfos"] = (
        f"machine code, made in {making * 1e3:.0f} ms; results in the room of earlier ones that are"
        " gone"
    )
    counts = {"QuantLib": len(few["S"])}
    took = {name: each.seconds / counts.get(name, count) for name, each in found.items()}
    return Measured(
        "European options, value and five Greeks",
        f"One of {count:,} calls that differ in all their inputs: value, delta, gamma, vega, theta,"
        " rho. One thread where no number is told.",
        tuple(Side(name, seconds, told.get(name, "")) for name, seconds in took.items()),
        (
            Target(
                "time as a part of the faster packaged peer's",
                took["rfos"] / min(took["fast-vollib"], took["polars-vol"]),
                1 / 4,
            ),
            Target(
                f"the same against fast-vollib, both on {cores} threads",
                took["rfos" + several] / took["fast-vollib" + several],
                1 / 4,
            ),
            Target("time as a part of QuantLib's", took["rfos"] / took["QuantLib"], 1 / 400),
        ),
        "reading a market file and making the formulas and their code; compiling fast-vollib's;"
        " building QuantLib's process, whose quotes are changed in place. polars-vol knows no"
        f" yield, and QuantLib values {len(few['S']):,} of the options.",
    )


if __name__ == "__main__":
    show(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
