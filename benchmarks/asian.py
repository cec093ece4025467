"""An arithmetic Asian call with daily fixings for a year, beside QuantLib in one run.

    python -m benchmarks.asian [PATHS] [ROUNDS]

Both sides simulate as many paths over the same dates, ours in antithetic pairs, QuantLib with
pseudo-random numbers, and both use a geometric control variate. Rounds are interleaved and medians
reported. Time alone says little of a simulation: what is compared as well is the standard error,
and the time to the same error, which is time × error². Left out on our side: reading a market file
and compiling the contract; on QuantLib's: building its process. QuantLib gives the value alone; our
Greeks, a second line, come from the same paths.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import QuantLib as ql

from benchmarks.measured import Measured, Side, Target, in_turns, show
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation.price import valued
from tests.valuation.averages import bound, dates, market

FIXINGS = 252
STRIKE = 100.0


@dataclass(frozen=True)
class Outcome:
    """A value with its standard error."""

    value: float
    error: float


@cache
def instance() -> tuple[Program, Terms]:
    """The option."""
    fixings = dates(*(day / 365 for day in range(1, FIXINGS + 1)))
    return bound("std.options", "AsianCall", strike="100 USD/BTC", fixings=fixings)


def ours(paths: int, greeks: bool) -> Outcome:
    """By our simulation."""
    (program, terms), at = instance(), market()
    found = valued(program, terms, at, "monte_carlo", paths, greeks=greeks)
    assert found.standard_error is not None
    return Outcome(found.value, found.standard_error)


def quantlib(paths: int, control: bool) -> Outcome:
    """By QuantLib's simulation of discrete arithmetic averages."""
    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    basis, at = ql.Actual365Fixed(), market()

    def curve(rate: float) -> ql.YieldTermStructureHandle:
        return ql.YieldTermStructureHandle(ql.FlatForward(today, rate, basis))

    volatility = ql.BlackConstantVol(
        today, ql.NullCalendar(), at.volatility("BTC", "USD", 1.0), basis
    )
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(at.spot("BTC", "USD"))),
        curve(at.carry("BTC", 1.0)),
        curve(at.rate("USD", 1.0)),
        ql.BlackVolTermStructureHandle(volatility),
    )
    days = [today + day for day in range(1, FIXINGS + 1)]
    option = ql.DiscreteAveragingAsianOption(
        ql.Average.Arithmetic,
        0.0,
        0,
        days,
        ql.PlainVanillaPayoff(ql.Option.Call, STRIKE),
        ql.EuropeanExercise(days[-1]),
    )
    option.setPricingEngine(
        ql.MCDiscreteArithmeticAPEngine(
            process,
            "pseudorandom",
            antitheticVariate=False,
            controlVariate=control,
            requiredSamples=paths,
            seed=1,
        )
    )
    return Outcome(option.NPV(), option.errorEstimate())


def measured(paths: int = 100_000, rounds: int = 3) -> Measured:
    """Seconds of a valuation, of each side, and its standard error."""
    sides: dict[str, Callable[[], Outcome]] = {
        "rfos, value": lambda: ours(paths, greeks=False),
        "rfos, value and all Greeks": lambda: ours(paths, greeks=True),
        "QuantLib, geometric control": lambda: quantlib(paths, control=True),
        "QuantLib, plain": lambda: quantlib(paths, control=False),
    }
    ours(paths, True)  # what is compiled once is not told
    found = in_turns(sides, rounds)
    mine, all_mine, peer, plain = (found[name] for name in sides)
    apart = abs(mine.found.value - peer.found.value)
    assert apart <= 4 * (peer.found.error + mine.found.error), apart
    return Measured(
        "Arithmetic Asian call, simulated",
        f"{paths:,} paths of {FIXINGS} daily fixings.",
        tuple(
            Side(name, each.seconds, f"{each.found.value:.5f} ± {each.found.error:.1e}")
            for name, each in found.items()
        ),
        (
            Target(
                "value and all Greeks, time as a part of QuantLib's for the value alone",
                all_mine.seconds / plain.seconds,
                1 / 40,
            ),
            Target(
                "standard error as a part of the plain one",
                mine.found.error / plain.found.error,
                1 / 20,
            ),
        ),
        "compiling the contract; building QuantLib's process. QuantLib gives the value alone. Ours"
        " draws antithetic pairs, QuantLib single paths.",
    )


if __name__ == "__main__":
    show(
        measured(
            int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 3,
        )
    )
