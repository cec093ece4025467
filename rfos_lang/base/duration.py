"""Durations, and what is so much later on the clock of a contract."""

import re
from datetime import date, timedelta
from enum import Enum, unique

from rfos_lang.base.calendar import AnyCalendar, business_day_after
from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.instant import (
    DAY,
    FIRST_YEAR,
    HOUR,
    LAST_YEAR,
    MINUTE,
    SECOND,
    date_of,
    show_instant,
)
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused

_DURATION = re.compile(r"(\d+)(min|h|s|d|bd|w|M|y)", re.ASCII)


@unique
class DurationUnit(Enum):
    """What a duration counts. All but the last three are of one length."""

    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "M"
    YEAR = "y"
    BUSINESS_DAY = "bd"


_OF_DAYS = (DurationUnit.DAY, DurationUnit.WEEK)
_LENGTHS = {
    DurationUnit.SECOND: SECOND,
    DurationUnit.MINUTE: MINUTE,
    DurationUnit.HOUR: HOUR,
    DurationUnit.DAY: DAY,
    DurationUnit.WEEK: 7 * DAY,
}


@dataclass(frozen=True, slots=True)
class Duration:
    """`3M`, `10min`, `2bd(NYC)`. `count` may be negative; only business days have a calendar."""

    count: int
    unit: DurationUnit
    calendar: AnyCalendar | None = None

    @property
    def nanoseconds(self) -> int | None:
        """Its length, a day being 24 hours; None if that depends on where it begins (months, years,
        business days)."""
        length = _LENGTHS.get(self.unit)
        return None if length is None else self.count * length

    def everywhere(self, clock: Clock) -> int | None:
        """The length that it has from whatever instant on, on a clock; None if there is none."""
        even = clock.is_even or self.unit not in _OF_DAYS
        return self.nanoseconds if even else None

    def __neg__(self) -> "Duration":
        return Duration(-self.count, self.unit, self.calendar)

    def __mul__(self, times: int) -> "Duration":
        return Duration(self.count * times, self.unit, self.calendar)

    def __str__(self) -> str:
        calendar = f"({self.calendar.value})" if self.calendar else ""
        return f"{self.count}{self.unit.value}{calendar}"


def parse_duration(text: str) -> Duration:
    """The duration that `3M`, `10min`, `8h`, `2bd`, ... names. Raises Refused E0582."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise Refused("E0582", text=text)
    return Duration(int(match[1]), DurationUnit(match[2]))


def add(
    instant: int, duration: Duration, calendar: AnyCalendar | None = None, clock: Clock = UTC
) -> int:
    """The instant a duration later (earlier if its count is negative).

    Hours, minutes and seconds are lengths of time. Whatever counts days keeps the time of day that
    the clock shows. Months and years keep the day of the month, or take the month's last day if it
    has no such day: 31 January + 1M = 28 or 29 February, and 28 February + 1M = 28 March. `2bd` is
    the second business day after the date, `0bd` the date itself or else the next business day;
    their calendar is the duration's own, else `calendar`.
    Raises Refused E0583 (business days without a calendar), E0581 (outside the years 1700 to 2261).
    """
    try:
        moved = _moved(instant, duration, duration.calendar or calendar, clock)
        in_bounds = FIRST_YEAR <= date_of(moved).year <= LAST_YEAR
    except OverflowError:
        in_bounds = False
    if not in_bounds:
        text = f"{show_instant(instant)} + {duration}"
        raise Refused("E0581", text=text, first=FIRST_YEAR, last=LAST_YEAR)
    return moved


def _moved(instant: int, duration: Duration, calendar: AnyCalendar | None, clock: Clock) -> int:
    if (length := duration.everywhere(clock)) is not None:
        return instant + length
    day, count = clock.day(instant), duration.count
    match duration.unit:
        case DurationUnit.BUSINESS_DAY:
            if calendar is None:
                raise Refused("E0583", duration=duration)
            moved = business_day_after(day, count, calendar)
        case DurationUnit.YEAR:
            moved = _months_later(day, 12 * count)
        case DurationUnit.MONTH:
            moved = _months_later(day, count)
        case _:
            moved = day + timedelta(days=count * _LENGTHS[duration.unit] // DAY)
    return clock.on(moved, instant)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year < 9999:
        raise OverflowError
    month_end = date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return month_end.replace(day=min(day.day, month_end.day))
