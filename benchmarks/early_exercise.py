"""American puts: the value of each by finite differences, beside QuantLib in one run.

    python -m benchmarks.early_exercise [COUNT]

Options differ in spot, volatility, rate, yield and time. The reference is QuantLib's engine of
Andersen, Lake and Offengenden at its highest precision; beside the times stand the largest and the
mean distance from it. Rounds are interleaved and medians reported, one thread. QuantLib's engines
know this one payoff and flat curves; ours reads a contract, makes its grid and takes two grids, and
all of that is in its time. Left out: on our side checking and lowering the text; on QuantLib's
building its process, whose quotes are changed in place.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import QuantLib as ql
from numpy.typing import NDArray

from benchmarks.measured import Measured, Side, Target, in_turns, show
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.finite_differences.by_grid import value
from rfos_lang.valuation.market import Market
from tests.generators.handmade import START, american_put

ROUNDS = 5
STRIKE = 100.0


@dataclass(frozen=True)
class Put:
    """One option at the strike of 100."""

    spot: float
    volatility: float
    rate: float
    carry: float
    days: int


def puts(count: int) -> list[Put]:
    """Random options; times are whole days, as QuantLib's dates are."""
    draw = np.random.default_rng(1)
    return [
        Put(
            draw.uniform(85, 115),
            draw.uniform(0.15, 0.5),
            draw.uniform(0.01, 0.08),
            draw.uniform(0.0, 0.05),
            int(draw.integers(30, 730)),
        )
        for _ in range(count)
    ]


def ours(put: Put) -> float:
    """By finite differences on two grids."""
    made = american_put("100", days=put.days)
    pair = ("BTC", "USD")
    market = Market(
        as_of=START,
        spots={pair: put.spot},
        volatilities={pair: flat_volatility(put.volatility)},
        rates={"USD": flat_rate(put.rate)},
        yields={"BTC": flat_rate(put.carry)},
    )
    return value(made.program, made.terms, market, greeks=False).value


class QuantLib:
    """A process whose quotes are changed in place, with an engine."""

    def __init__(self, engine: Callable[[ql.GeneralizedBlackScholesProcess], object]) -> None:
        self.today = ql.Date(1, 1, 2026)
        ql.Settings.instance().evaluationDate = self.today
        basis = ql.Actual365Fixed()
        self.quotes = [ql.SimpleQuote(0.1) for _ in range(4)]
        spot, volatility, rate, carry = (ql.QuoteHandle(quote) for quote in self.quotes)
        surface = ql.BlackConstantVol(self.today, ql.NullCalendar(), volatility, basis)
        self.engine = engine(
            ql.BlackScholesMertonProcess(
                spot,
                ql.YieldTermStructureHandle(ql.FlatForward(self.today, carry, basis)),
                ql.YieldTermStructureHandle(ql.FlatForward(self.today, rate, basis)),
                ql.BlackVolTermStructureHandle(surface),
            )
        )

    def __call__(self, put: Put) -> float:
        numbers = (put.spot, put.volatility, put.rate, put.carry)
        for quote, number in zip(self.quotes, numbers, strict=True):
            quote.setValue(number)
        payoff = ql.PlainVanillaPayoff(ql.Option.Put, STRIKE)
        exercise = ql.AmericanExercise(self.today, self.today + put.days)
        option = ql.VanillaOption(payoff, exercise)
        option.setPricingEngine(self.engine)
        return float(option.NPV())


def measured(count: int = 20) -> Measured:
    """Seconds an option, of each side, and how far each is from the exact value."""
    precise = ql.QdFpAmericanEngine.highPrecisionScheme()
    reference = QuantLib(lambda process: ql.QdFpAmericanEngine(process, precise))
    engines: dict[str, Callable[[Put], float]] = {
        "rfos, finite differences": ours,
        "QuantLib, QdFp": QuantLib(ql.QdFpAmericanEngine),
        "QuantLib, grid of 400 by 400": QuantLib(
            lambda process: ql.FdBlackScholesVanillaEngine(process, 400, 400)
        ),
        "QuantLib, grid of 1,600 by 1,600": QuantLib(
            lambda process: ql.FdBlackScholesVanillaEngine(process, 1_600, 1_600)
        ),
    }
    options = puts(count)
    _all(ours, options)  # enough of them that the loops over steps are compiled
    exact = np.array([reference(put) for put in options])
    runs = {name: partial(_all, engine, options) for name, engine in engines.items()}
    found = in_turns(runs, ROUNDS)
    apart = {name: np.abs(each.found - exact) for name, each in found.items()}
    sides = tuple(
        Side(
            name,
            each.seconds / count,
            f"off by {apart[name].max():.1e} at most, {apart[name].mean():.1e} mean",
        )
        for name, each in found.items()
    )
    ours_took, peer = sides[0].seconds, found["QuantLib, grid of 1,600 by 1,600"].seconds / count
    coarse = found["QuantLib, grid of 400 by 400"].seconds / count
    farthest = float(apart["rfos, finite differences"].max())
    return Measured(
        "American puts on a grid",
        f"One of {count} puts at the strike of 100 that differ in spot, volatility, rate, yield and"
        " time.",
        sides,
        (
            Target("time as a part of QuantLib's grid of 400 by 400", ours_took / coarse, 1.0),
            Target("time as a part of that of QuantLib's grid within 1e-5", ours_took / peer, 0.25),
            Target("largest distance, as a part of the strike", farthest / STRIKE, 1e-5),
        ),
        "checking and lowering the text; building QuantLib's process, whose quotes are changed in"
        " place. QuantLib's engines know this one payoff and flat curves; ours reads a contract,"
        " makes its grid and takes two, and that is in its time; compiling its loops, once for all"
        " sessions, is not. One thread.",
    )


def _all(engine: Callable[[Put], float], options: list[Put]) -> NDArray[np.float64]:
    return np.array([engine(put) for put in options])


if __name__ == "__main__":
    show(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
