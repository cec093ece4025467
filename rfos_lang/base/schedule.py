"""Schedules: strictly ascending instants, and the periods between them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import Enum, unique
from itertools import accumulate, count, islice, pairwise, repeat, takewhile

from rfos_lang.base.calendar import AnyCalendar, Calendar, Roll, roll
from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.day_count import Reference
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.instant import DAY, show_instant
from rfos_lang.base.records import dataclass
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


@unique
class Accrual(Enum):
    """Between which dates time is counted (ISDA 2006 Definitions, section 4.10, Period End Dates):
    those of the schedule, moved as they are, or those that another convention makes of the dates
    before they were moved."""

    ADJUSTED = "adjusted"
    UNADJUSTED = "unadjusted"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch between two neighbours of a schedule. `index` counts from 0; `pay` is the end.

    Year fractions are counted from `accrual_start` to `accrual_end`, which are `start` and `end`
    unless the schedule says otherwise. `reference` is the whole period, of which this may be a
    part, as day counts need it.
    """

    index: int
    start: int
    end: int
    pay: int
    is_first: bool
    is_last: bool
    accrual_start: int
    accrual_end: int
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """The dates from `first` to `last` a step apart, before any is moved to a business day.

    `month_end`: where `first` is the last day of its month and the step is in months or years, all
    dates are the last of theirs. `with_last` false leaves `last` out, and what the stub does to
    its neighbour is done all the same.
    """

    first: int
    last: int
    step: Duration
    calendar: AnyCalendar = Calendar.NONE
    stub: Stub = Stub.NONE
    month_end: bool = False
    with_last: bool = True
    clock: Clock = UTC


def schedule(
    first: int,
    last: int,
    step: Duration,
    calendar: AnyCalendar = Calendar.NONE,
    convention: Roll = Roll.UNADJUSTED,
    stub: Stub = Stub.NONE,
) -> tuple[int, ...]:
    """The instants from `first` to `last`, both there, a step apart, each moved to a business day.

    Raises what `cycle` and the calendar raise.
    """
    return tuple(moved(cycle(Cycle(first, last, step, calendar, stub)), convention, calendar))


def cycle(rule: Cycle) -> tuple[int, ...]:
    """The instants of a cycle, ascending.

    The k-th instant is k steps from the end that has no stub, not one step from its neighbour, so
    that 31 January, 28 February, 31 March is a monthly schedule. A step in business days uses the
    calendar.
    Raises Refused E0586 (last before first), E0587 (step not above 0), E0588 (the step does not
    fit and no stub is named), E0589 (too long), and what `add` and the calendar raise.
    """
    first, last, step = rule.first, rule.last, rule.step
    if last < first:
        raise Refused("E0586", first=show_instant(first), last=show_instant(last))
    if step.count <= 0:
        raise Refused("E0587", step=step)
    if rule.stub in (Stub.SHORT_FIRST, Stub.LONG_FIRST):
        found = _with_stub(_steps(rule, last, first, -step), first, rule.stub, step)
    else:
        found = _with_stub(_steps(rule, first, last, step), last, rule.stub, step)
    ascending = tuple(sorted(set(found)))
    return ascending if rule.with_last else ascending[:-1]


def moved(
    instants: Sequence[int], convention: Roll, calendar: AnyCalendar, clock: Clock = UTC
) -> dict[int, int]:
    """Each instant moved to a business day, with the one it was before; the time of day is kept.

    Two instants that are moved to one count once, as the later of them.
    """
    pairs = sorted((_rolled(each, convention, calendar, clock), each) for each in instants)
    return dict(pairs)


REGULAR_MAX = 2**31 - 1
"""The most instants that a rule may make: they are counted in 32 bits."""


def every(step: Duration, start: int, end: int) -> range:
    """The multiples of the step since 00:00 UTC that lie in [start, end].

    Raises Refused E0579 (the step does not divide a day evenly), E0589 (too long).
    """
    length = step.nanoseconds
    if length is None or length <= 0 or DAY % length:
        raise Refused("E0579", step=step)
    if (end - start) // length >= REGULAR_MAX:
        raise Refused("E0589", limit=REGULAR_MAX)
    return range(-(-start // length) * length, end + 1, length)


def periods(dates: Sequence[int], accruals: Sequence[int] | None = None) -> tuple[Period, ...]:
    """The periods between neighbours: one fewer than there are dates. `accruals` are the dates
    that time is counted between, one for each."""
    final = len(dates) - 2
    counted = dates if accruals is None else accruals
    return tuple(
        Period(index, start, end, end, index == 0, index == final, *accrual)
        for index, ((start, end), accrual) in enumerate(
            zip(pairwise(dates), pairwise(counted), strict=True)
        )
    )


def _steps(rule: Cycle, anchor: int, limit: int, step: Duration) -> list[int]:
    """anchor, anchor + step, anchor + 2 step, ... up to the limit; a negative step goes back."""
    walk: Iterator[int]
    if step.unit is DurationUnit.BUSINESS_DAY:
        walk = accumulate(
            repeat(step), lambda at, _: add(at, step, rule.calendar, rule.clock), initial=anchor
        )
    else:
        walk = (stepped(anchor, step * k, rule.month_end, rule.clock) for k in count())
    reached = takewhile(limit.__ge__ if step.count > 0 else limit.__le__, walk)
    found = list(islice(reached, LENGTH_MAX + 1))
    if len(found) > LENGTH_MAX:
        raise Refused("E0589", limit=LENGTH_MAX)
    return found


def stepped(anchor: int, by: Duration, month_end: bool, clock: Clock = UTC) -> int:
    """An instant some months, days, ... after the anchor; if it keeps to month ends, where the
    anchor is the last day of its month and months or years are counted, the last of its month."""
    later = add(anchor, by, clock=clock)
    keeps = month_end and by.unit in _OF_MONTHS and _is_month_end(clock.day(anchor))
    return clock.on(_month_end(clock.day(later)), later) if keeps else later


_OF_MONTHS = (DurationUnit.MONTH, DurationUnit.YEAR)


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _month_end(day: date) -> date:
    """The last day of the month."""
    next_month = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return next_month - timedelta(days=1)


def _with_stub(instants: list[int], far_end: int, stub: Stub, step: Duration) -> list[int]:
    """The instants, which walk towards `far_end`, and that end, as the stub joins them."""
    if instants[-1] == far_end:
        return instants
    if stub is Stub.NONE:
        raise Refused("E0588", step=step, last=show_instant(far_end))
    if stub in (Stub.LONG_FIRST, Stub.LONG_LAST) and len(instants) > 1:
        instants = instants[:-1]
    return [*instants, far_end]


def _rolled(instant: int, convention: Roll, calendar: AnyCalendar, clock: Clock) -> int:
    return clock.on(roll(clock.day(instant), convention, calendar), instant)
