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
from statistics import median
from time import perf_counter

import QuantLib as ql

from rfos_lang.valuation.price import valued
from tests.valuation.averages import bound, dates, market

FIXINGS = 252
STRIKE = 100.0


@dataclass(frozen=True)
class Outcome:
    """A value with its standard error, and how long it took, in seconds."""

    value: float
    error: float
    seconds: float


def ours(paths: int, greeks: bool) -> Outcome:
    """By our simulation."""
    fixings = dates(*(day / 365 for day in range(1, FIXINGS + 1)))
    program, terms = bound("std.options", "AsianCall", strike="100 USD/BTC", fixings=fixings)
    at = market()
    begun = perf_counter()
    found = valued(program, terms, at, "monte_carlo", paths, greeks=greeks)
    assert found.standard_error is not None
    return Outcome(found.value, found.standard_error, perf_counter() - begun)


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
    begun = perf_counter()
    value = option.NPV()
    return Outcome(value, option.errorEstimate(), perf_counter() - begun)


def main(paths: int, rounds: int) -> None:
    """Prints the comparison."""
    sides: dict[str, Callable[[], Outcome]] = {
        "rfos, value": lambda: ours(paths, greeks=False),
        "rfos, value and all Greeks": lambda: ours(paths, greeks=True),
        "QuantLib, geometric control": lambda: quantlib(paths, control=True),
        "QuantLib, plain": lambda: quantlib(paths, control=False),
    }
    found: dict[str, list[Outcome]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            found[name].append(run())
    peer = found["QuantLib, geometric control"]
    print(f"{paths:,} paths of {FIXINGS} fixings, medians of {rounds} interleaved rounds")
    print(f"{'':29}   seconds     value  standard error  time x error^2 to QuantLib's")
    for name, outcomes in found.items():
        seconds, error = median(each.seconds for each in outcomes), outcomes[0].error
        work = seconds * error**2
        known = median(each.seconds for each in peer) * peer[0].error ** 2
        print(
            f"{name:29} {seconds:9.3f} {outcomes[0].value:9.5f} {error:15.2e} {work / known:10.2e}"
        )
    apart = found["rfos, value"][0].value - peer[0].value
    assert abs(apart) <= 4 * (peer[0].error + found["rfos, value"][0].error), apart


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 3,
    )
