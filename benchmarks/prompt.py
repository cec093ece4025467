"""How long the first price of a session takes after its prompt, as a user at a terminal meets it.

    python -m benchmarks.prompt

Begins sessions at a pseudo-terminal, types `price` with a contract of the library a second after
the prompt is there, and waits for the answer. Prints the median and the largest, in milliseconds
of wall time, and how long the prompt itself took. Fails if the median misses its target.
"""

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from tests.repl import prompts

ROUNDS, TARGET = 7, 0.100
TYPING = 1.0
"""The second that typing takes: what a session imports meanwhile is not waited for."""
COMMAND = "price EuropeanCall(BTC, USD, 65_000, 2026-12-25)"


def main() -> int:
    """Begins sessions, one after another."""
    waits, prices = zip(*(_session() for _ in range(ROUNDS)), strict=True)
    for what, found in (("prompt", waits), ("first price", prices)):
        print(
            f"{what:12} median {median(found) * 1e3:6.1f} ms   largest {max(found) * 1e3:6.1f} ms"
        )
    well = median(prices) <= TARGET
    print(f"{'held' if well else 'missed'}: first price in {TARGET * 1e3:.0f} ms")
    return 0 if well else 1


def _session() -> tuple[float, float]:
    """Seconds to the prompt, and from Enter to the price."""
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        child = prompts.begun(Path(folder), 60)
        child.expect("rfos> ?")
        prompt = perf_counter() - begun
        child.send(COMMAND)
        sleep(TYPING)
        begun = perf_counter()
        child.send("\r")
        child.expect("value to holder")
        took = perf_counter() - begun - (child.delaybeforesend or 0.0)
        child.close(force=True)
    return prompt, took


if __name__ == "__main__":
    sys.exit(main())
