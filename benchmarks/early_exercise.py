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
from statistics import median
from time import perf_counter

import numpy as np
import QuantLib as ql

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


def timed(engine: Callable[[Put], float], options: list[Put]) -> float:
    """Seconds an option."""
    begin = perf_counter()
    for put in options:
        engine(put)
    return (perf_counter() - begin) / len(options)


def main(count: int) -> None:
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
    exact = np.array([reference(put) for put in options])
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            times[name].append(timed(engine, options))
    print(f"{count} American puts at the strike of 100")
    for name, engine in engines.items():
        apart = np.abs(np.array([engine(put) for put in options]) - exact)
        took = 1e3 * median(times[name])
        print(
            f"{name:34} {took:9.3f} ms, off by {apart.max():.1e} at most, {apart.mean():.1e} mean"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
