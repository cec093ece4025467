"""What a benchmark finds: sides timed in turns, and the targets that their ratios are held to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, sleep
from typing import Any


@dataclass(frozen=True)
class Side:
    """One side of a comparison: the median of its times in seconds, for one unit of the work, and
    what else is to be said of it, such as its error."""

    name: str
    seconds: float
    told: str = ""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("rfos")


@dataclass(frozen=True)
class Target:
    """A number that must not exceed its limit, and what both are."""

    said: str
    reached: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.reached <= self.limit

    def __str__(self) -> str:
        word = "holds" if self.holds else "MISSED"
        return f"{word}: {self.said}: {self.reached:.3g} where {self.limit:.3g} is the most"


@dataclass(frozen=True)
class Measured:
    """A benchmark's outcome. `work` says what is done once in the seconds of each side, `left_out`
    what the times do not have in them and what is unequal."""

    title: str
    work: str
    sides: tuple[Side, ...]
    targets: tuple[Target, ...]
    left_out: str


@dataclass(frozen=True)
class Timed:
    """The median of some rounds in seconds, and what the last one gave."""

    seconds: float
    found: Any


def in_turns(
    sides: Mapping[str, Callable[[], Any]], rounds: int, rest: float = 0.0
) -> dict[str, Timed]:
    """Every side once a round, in turns, so that what else the machine does meets all alike; with
    so many seconds' `rest` before each."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, Any] = {}
    for _ in range(rounds):
        for name, run in sides.items():
            sleep(rest)
            begun = perf_counter()
            found[name] = run()
            times[name].append(perf_counter() - begun)
    return {name: Timed(median(times[name]), found[name]) for name in sides}


def show(measured: Measured) -> None:
    """Prints an outcome."""
    print(f"{measured.title}\n  {measured.work}")
    for side in measured.sides:
        print(f"  {side.name:36} {spelled(side.seconds):>10}  {side.told}")
    for target in measured.targets:
        print(f"  {target}")
    print(f"  left out: {measured.left_out}\n", flush=True)


def spelled(seconds: float) -> str:
    """A time in the unit that it is read best in, to three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
