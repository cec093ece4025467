"""How soon there is an answer: formulas made for the first time and again, the first price.

    python -m benchmarks.first_answer

Every contract of the library that has a closed form is taken once: its formulas of value and Greeks
are made with nothing remembered (cold), valued, and valued again on another day (warm). The first
price of a session is timed in a process of its own, after its imports. No package has formulas made
from a text, so there is no peer.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter

from benchmarks.measured import Measured, Side, Target, show, spelled
from rfos_lang.base.instant import HOUR
from rfos_lang.base.refusal import Refused
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form import recognise
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.price import valued
from tests.valuation.products.library import definitions, product
from tests.valuation.products.markets import FLAT

ROUNDS = 5
_FIRST = """
import sys
from time import perf_counter
from rfos_lang.cli.files import opened
from rfos_lang.driver.pricing import How, market_of, priced
from rfos_lang.driver.opening import Source
import rfos_lang.valuation.attempts, rfos_lang.valuation.by_formula, rfos_lang.valuation.market_file
if sys.argv[1] == "simulated":
    import rfos_lang.valuation.simulated.monte_carlo, rfos_lang.valuation.joint.value
text = open("examples/market.toml").read()
arguments = dict(word.split("=", 1) for word in sys.argv[3:])
begun = perf_counter()
found = priced(opened(sys.argv[2]), arguments, market_of(Source("m.toml", text)), greeks=False)
print(perf_counter() - begun, found.valuation.method)
"""
_BITCOIN = ("underlying=BTC", "cash=USD", "strike=65_000")
_FIXINGS = "fixings=schedule(first: 2026-02-01, last: 2026-06-28, step: 1w)"


def timed(work: Callable[[], object]) -> float:
    """Seconds of one go."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def formulas() -> dict[str, tuple[float, float]]:
    """Seconds to make the formulas of a definition and all its Greeks, and to value an instance
    with them, for each contract that has a closed form of its own."""
    found = {}
    for name in sorted(definitions()):
        made = product(name)
        if not isinstance(closed_form(made.program), ClosedForm):
            continue

        def make(program: object = made.program) -> None:
            recognise._recognised.cache_clear()
            form = closed_form(program)  # type: ignore[arg-type]
            assert isinstance(form, ClosedForm)
            greeks.measures(form)

        cold = min(timed(make) for _ in range(2))
        warm = _again(made)
        if warm is not None:
            found[name] = cold, warm
    return found


def _again(made: Instance) -> float | None:
    """Seconds of a valuation by formula on another day; None if it is valued in another way."""
    try:
        known = valued(made.program, made.terms, FLAT)
    except Refused:
        return None
    if known.method != "closed form":
        return None
    later = replace(FLAT, as_of=FLAT.as_of + HOUR)
    return min(timed(lambda: valued(made.program, made.terms, later)) for _ in range(ROUNDS))


def first(kind: str, contract: str, *arguments: str) -> tuple[float, str]:
    """Seconds to the first price of a process, the imports of a kind of price left out, and by
    which method."""
    found = []
    for _ in range(ROUNDS):
        words = [sys.executable, "-c", _FIRST, kind, contract, *_BITCOIN, *arguments]
        done = subprocess.run(words, capture_output=True, check=True, text=True)
        seconds, method = done.stdout.strip().split(" ", 1)
        found.append((float(seconds), method))
    return median(seconds for seconds, _ in found), found[0][1]


def measured() -> Measured:
    """Seconds to answers, in the middle and at worst."""
    made = formulas()
    cold, warm = ([times[k] for times in made.values()] for k in (0, 1))
    slowest, slow_warm = (max(made, key=lambda name: made[name][k]) for k in (0, 1))
    formula, by_formula = first("formula", "std.options.EuropeanCall", "expiry=2026-07-01")
    drawn, by_paths = first("simulated", "std.options.AsianCall", _FIXINGS)
    return Measured(
        "The first answer",
        f"Formulas of value and Greeks of {len(made)} contracts of the library; the first price of"
        " a process.",
        (
            Side("rfos, formulas, cold", median(cold), f"{spelled(max(cold))} for {slowest}"),
            Side(
                "rfos, value, Greeks, warm", median(warm), f"{spelled(max(warm))} for {slow_warm}"
            ),
            Side("rfos, first price, a formula", formula, by_formula),
            Side("rfos, first price, simulated", drawn, f"{by_paths}, 100,000 paths"),
        ),
        (
            Target("seconds, formulas cold, median", median(cold), 0.050),
            Target("seconds, value and Greeks warm, median", median(warm), 0.005),
            Target("seconds, first price by formula", formula, 0.100),
        ),
        "imports; checking and lowering for formulas, which the first price has in it. No package"
        " makes formulas from a text, so there is no peer.",
    )


if __name__ == "__main__":
    show(measured())
