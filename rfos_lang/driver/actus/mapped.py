"""What a term dictionary becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Observed:
    """An unscheduled event that was observed: when, of which kind, its amount."""

    time: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A contract of the library with its arguments and the instant at which it begins.

    `feeds`: which market object each index is observed from. `fixed_on`: of resets that were moved
    to a business day, the day before, on which ACTUS looks the market object up. `lateness`: how
    much later each instant is than ACTUS says it.
    """

    target: str
    arguments: Mapping[str, str]
    start: int
    feeds: Mapping[str, str]
    fixed_on: Mapping[int, int]
    lateness: int


Events = Sequence[Observed]


def observed(events: Sequence[Mapping[str, Any]]) -> Events:
    """Observed events as cases write them."""
    return [Observed(e["time"], e["type"], str(e.get("value", 0)).strip()) for e in events]
