"""Schedules: strictly ascending instants, and the periods between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from itertools import accumulate, count, islice, pairwise, repeat, takewhile

from rfos_lang.base.calendar import Calendar, Roll, roll
from rfos_lang.base.instant import (
    DAY,
    Duration,
    DurationUnit,
    add,
    date_of,
    show_instant,
    start_of_day,
)
from rfos_lang.base.refusal import Refused

LENGTH_MAX = 100_000
"""The most instants a schedule may hold: a century of days is a third of it."""


@unique
class Stub(Enum):
    """Where the odd period goes when the step does not fit, and whether it is shorter or longer."""

    NONE = "none"
    SHORT_FIRST = "short_first"
    LONG_FIRST = "long_first"
    SHORT_LAST = "short_last"
    LONG_LAST = "long_last"


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch between two neighbours of a schedule. `index` counts from 0; `pay` is the end."""

    index: int
    start: int
    end: int
    pay: int
    is_first: bool
    is_last: bool


def schedule(
    first: int,
    last: int,
    step: Duration,
    calendar: Calendar = Calendar.NONE,
    convention: Roll = Roll.UNADJUSTED,
    stub: Stub = Stub.NONE,
) -> tuple[int, ...]:
    """The instants from `first` to `last`, both there, a step apart, each moved to a business day.

    The k-th instant is k steps from the end that has no stub, not one step from its neighbour, so
    that 31 January, 28 February, 31 March is a monthly schedule. Moving keeps the time of day; two
    instants that are moved to one count once. A step in business days uses `calendar`.
    Raises Refused E0586 (last before first), E0587 (step not above 0), E0588 (the step does not
    fit and no stub is named), E0589 (too long), and what `add` and the calendar raise.
    """
    if last < first:
        raise Refused("E0586", first=show_instant(first), last=show_instant(last))
    if step.count <= 0:
        raise Refused("E0587", step=step)
    if stub in (Stub.SHORT_FIRST, Stub.LONG_FIRST):
        unadjusted = _with_stub(_steps(last, first, -step, calendar), first, stub, step)
    else:
        unadjusted = _with_stub(_steps(first, last, step, calendar), last, stub, step)
    return tuple(sorted({_rolled(instant, convention, calendar) for instant in unadjusted}))


def every(step: Duration, start: int, end: int) -> tuple[int, ...]:
    """The multiples of the step since 00:00 UTC that lie in [start, end].

    Raises Refused E0579 (the step does not divide a day evenly), E0589 (too long).
    """
    length = step.nanoseconds
    if length is None or length <= 0 or DAY % length:
        raise Refused("E0579", step=step)
    if (end - start) // length >= LENGTH_MAX:
        raise Refused("E0589", limit=LENGTH_MAX)
    return tuple(range(-(-start // length) * length, end + 1, length))


def periods(dates: Sequence[int]) -> tuple[Period, ...]:
    """The periods between neighbours: one fewer than there are dates."""
    final = len(dates) - 2
    return tuple(
        Period(index, start, end, end, index == 0, index == final)
        for index, (start, end) in enumerate(pairwise(dates))
    )


def _steps(anchor: int, limit: int, step: Duration, calendar: Calendar) -> list[int]:
    """anchor, anchor + step, anchor + 2 step, ... up to the limit; a negative step goes back."""
    walk: Iterator[int]
    if step.unit is DurationUnit.BUSINESS_DAY:
        walk = accumulate(repeat(step), lambda at, _: add(at, step, calendar), initial=anchor)
    else:
        walk = (add(anchor, step * k) for k in count())
    reached = takewhile(limit.__ge__ if step.count > 0 else limit.__le__, walk)
    found = list(islice(reached, LENGTH_MAX + 1))
    if len(found) > LENGTH_MAX:
        raise Refused("E0589", limit=LENGTH_MAX)
    return found


def _with_stub(instants: list[int], far_end: int, stub: Stub, step: Duration) -> list[int]:
    """The instants, which walk towards `far_end`, and that end, as the stub joins them."""
    if instants[-1] == far_end:
        return instants
    if stub is Stub.NONE:
        raise Refused("E0588", step=step, last=show_instant(far_end))
    if stub in (Stub.LONG_FIRST, Stub.LONG_LAST) and len(instants) > 1:
        instants = instants[:-1]
    return [*instants, far_end]


def _rolled(instant: int, convention: Roll, calendar: Calendar) -> int:
    day = date_of(instant)
    return start_of_day(roll(day, convention, calendar)) + instant % DAY
