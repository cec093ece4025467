"""A Bermudan put on fifty dates by least squares, beside QuantLib's engine in one run.

    python -m benchmarks.least_squares

Longstaff and Schwartz's put: spot 36, strike 40, volatility 20 %, rate 6 %, a year. Ours follows
the value by a martingale, so that few paths do; it is run with as many paths as QuantLib's, and
with as few as give a tenth of QuantLib's distance from the value. Each run has another seed; told
are the mean distance over all seeds from a grid's value and what a single run scatters.
"""

from collections.abc import Callable, Iterator
from itertools import count
from statistics import fmean, stdev

import QuantLib as ql

from benchmarks.measured import Measured, Side, Target, in_turns, show
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.finite_differences import by_grid
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.simulated.monte_carlo import value
from tests.generators.handmade import START
from tests.valuation.test_early_exercise import bermudan

ROUNDS = 9
DATES, PATHS, FEW = 50, 100_000, 2_000
SPOT, STRIKE, VOLATILITY, RATE = 36.0, 40.0, 0.2, 0.06

MADE = bermudan(DATES)
MARKET = Market(
    as_of=START,
    spots={("BTC", "USD"): SPOT},
    volatilities={("BTC", "USD"): flat_volatility(VOLATILITY)},
    rates={"USD": flat_rate(RATE)},
    yields={"BTC": flat_rate(0.0)},
)


def ours(paths: int, seed: int) -> float:
    """Regression, policy and value on other paths."""
    arguments = {"paths": paths, "seed": seed, "greeks": False}
    return value(MADE.program, MADE.terms, MARKET, **arguments).value


def theirs(seed: int) -> float:
    """QuantLib's engine, its calibration on as many paths as it takes by itself."""
    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    basis = ql.Actual365Fixed()
    surface = ql.BlackConstantVol(today, ql.NullCalendar(), VOLATILITY, basis)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(SPOT)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, basis)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, RATE, basis)),
        ql.BlackVolTermStructureHandle(surface),
    )
    exercise = ql.AmericanExercise(today, today + 365)
    option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, STRIKE), exercise)
    engine = ql.MCAmericanEngine(
        process, "pseudorandom", timeSteps=DATES, requiredSamples=PATHS, seed=seed
    )
    option.setPricingEngine(engine)
    return float(option.NPV())


def _seeded(run: Callable[[int], float], kept: list[float]) -> Callable[[], None]:
    """A run with another seed each time, which keeps what it finds."""
    seeds: Iterator[int] = count(1)
    return lambda: kept.append(run(next(seeds)))


def measured() -> Measured:
    """Seconds a value, and how far each side is from a grid's."""
    exact = by_grid.value(MADE.program, MADE.terms, MARKET, greeks=False).value
    many, few, peer = list[float](), list[float](), list[float]()
    runs = {
        f"rfos, {PATHS:,} paths": _seeded(lambda seed: ours(PATHS, seed), many),
        f"rfos, {FEW:,} paths": _seeded(lambda seed: ours(FEW, seed), few),
        f"QuantLib, {PATHS:,} paths": _seeded(theirs, peer),
    }
    ours(FEW, 0)
    ours(PATHS, 0)
    found = in_turns(runs, ROUNDS)
    sides = tuple(
        Side(
            name, each.seconds, f"off by {fmean(kept) - exact:+.4f}, scatters by {stdev(kept):.4f}"
        )
        for (name, each), kept in zip(found.items(), (many, few, peer), strict=True)
    )
    whole, part, other = (side.seconds for side in sides)
    return Measured(
        "A Bermudan put by least squares",
        f"The put of Longstaff and Schwartz on {DATES} dates, spot {SPOT:g}; a grid has"
        f" {exact:.4f}.",
        sides,
        (
            Target("time with as many paths as a part of QuantLib's", whole / other, 1 / 8),
            Target("time with few paths as a part of QuantLib's", part / other, 1 / 8),
            Target(
                "scatter with few paths as a part of QuantLib's", stdev(few) / stdev(peer), 1 / 2
            ),
            Target("bias with many paths", abs(fmean(many) - exact), 0.005),
            Target("bias with few paths", abs(fmean(few) - exact), 0.005),
        ),
        "checking and lowering the text; Greeks; on QuantLib's nothing. Ours runs on both cores;"
        " its kernel is compiled once for all sessions, which is left out too.",
    )


if __name__ == "__main__":
    show(measured())
