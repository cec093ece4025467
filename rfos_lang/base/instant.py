"""Instants and durations.

An instant is an integer: nanoseconds since 1970-01-01T00:00Z, without leap seconds, so that every
day has 86 400 s. A date names the instant at which it begins; a contract adds its cut.
"""

import re
from datetime import date, timedelta
from enum import Enum, unique

from rfos_lang.base.calendar import AnyCalendar, business_day_after
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_YEAR = 1700
LAST_YEAR = 2261
"""The years all of whose instants fit 64 bits."""

_EPOCH = date(1970, 1, 1)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?", re.ASCII
)
_DURATION = re.compile(r"(\d+)(min|h|s|d|bd|w|M|y)", re.ASCII)


def parse_instant(text: str) -> int:
    """The instant of `2026-12-25`, `2026-12-25T08:00Z`, `...T08:00:30Z` or `...T08:00:30.5Z`.

    Raises Refused E0580 (not a date) or E0581 (outside the years 1700 to 2261).
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Refused("E0580", text=text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if hour > 23 or minute > 59 or second > 59:
        raise Refused("E0580", text=text)
    try:
        midnight = start_of_day(date(year, month, day))
    except ValueError:
        raise Refused("E0580", text=text) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("E0581", text=text, first=FIRST_YEAR, last=LAST_YEAR)
    fraction = int((match[7] or "").ljust(9, "0"))
    return midnight + hour * HOUR + minute * MINUTE + second * SECOND + fraction


def parse_date(text: str) -> int:
    """The first instant of the date `2026-12-25`. Raises Refused E0580, E0581."""
    if len(text) != len("2026-12-25"):
        raise Refused("E0580", text=text)
    return parse_instant(text)


def show_instant(instant: int) -> str:
    """The shortest text that `parse_instant` reads back as this instant."""
    shown = date_of(instant).isoformat()
    hour, rest = divmod(instant % DAY, HOUR)
    minute, rest = divmod(rest, MINUTE)
    second, fraction = divmod(rest, SECOND)
    if not (hour or minute or second or fraction):
        return shown
    seconds = f":{second:02}" if second or fraction else ""
    decimals = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{shown}T{hour:02}:{minute:02}{seconds}{decimals}Z"


def date_of(instant: int) -> date:
    """The UTC date in which the instant lies."""
    return _EPOCH + timedelta(days=instant // DAY)


def start_of_day(day: date) -> int:
    """The first instant of a UTC date."""
    return (day - _EPOCH).days * DAY


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
        """Its length, or None if that depends on where it begins (months, years, business days)."""
        length = _LENGTHS.get(self.unit)
        return None if length is None else self.count * length

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


def add(instant: int, duration: Duration, calendar: AnyCalendar | None = None) -> int:
    """The instant a duration later (earlier if its count is negative); its time of day is kept.

    Months and years keep the day of the month, or take the month's last day if it has no such
    day: 31 January + 1M = 28 or 29 February, and 28 February + 1M = 28 March. `2bd` is the second
    business day after the date, `0bd` the date itself or else the next business day; their
    calendar is the duration's own, else `calendar`.
    Raises Refused E0583 (business days without a calendar), E0581 (outside the years 1700 to 2261).
    """
    try:
        moved = _moved(instant, duration, duration.calendar or calendar)
        in_bounds = FIRST_YEAR <= date_of(moved).year <= LAST_YEAR
    except OverflowError:
        in_bounds = False
    if not in_bounds:
        text = f"{show_instant(instant)} + {duration}"
        raise Refused("E0581", text=text, first=FIRST_YEAR, last=LAST_YEAR)
    return moved


def _moved(instant: int, duration: Duration, calendar: AnyCalendar | None) -> int:
    if duration.nanoseconds is not None:
        return instant + duration.nanoseconds
    day, time_of_day = date_of(instant), instant % DAY
    match duration.unit:
        case DurationUnit.BUSINESS_DAY:
            if calendar is None:
                raise Refused("E0583", duration=duration)
            moved = business_day_after(day, duration.count, calendar)
        case DurationUnit.YEAR:
            moved = _months_later(day, 12 * duration.count)
        case _:
            moved = _months_later(day, duration.count)
    return start_of_day(moved) + time_of_day


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year < 9999:
        raise OverflowError
    month_end = date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return month_end.replace(day=min(day.day, month_end.day))
