"""What a term dictionary becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

from rfos_lang.base.records import dataclass


@dataclass(frozen=True, slots=True)
class Observed:
    """An unscheduled event that was observed: when, of which kind, its amount."""

    time: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A contract of the library with its arguments and the instant at which it begins.

    It observes market objects by their codes, prepayments by `loan.PREPAYMENTS`. `fixed_on`: of
    resets that were moved to a business day, the day before they were, on which ACTUS looks the
    market object up. `lateness`: how much later each instant is than ACTUS says it.
    """

    target: str
    arguments: Mapping[str, str]
    start: int
    fixed_on: Mapping[int, int]
    lateness: int


Events = Sequence[Observed]


def observed(events: Sequence[Mapping[str, Any]]) -> Events:
    """Observed events as cases write them."""
    return [Observed(e["time"], e["type"], str(e.get("value", 0)).strip()) for e in events]
