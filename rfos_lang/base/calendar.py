"""Business days: calendars by name, and the rules that move a date to a business day.

Holidays come from the library `holidays`, one market for each calendar, read when first needed.
The years 1999 (the first of TARGET) to 2099 are known; outside them there is no answer.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum, unique
from functools import cache

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.suggestion import did_you_mean

FIRST_YEAR = 1999
LAST_YEAR = 2099

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@unique
class Calendar(Enum):
    """The calendars by the names they have in the language.

    NONE has only business days, WEEKENDS none on Saturday and Sunday. TARGET is the euro system's
    (ECB), NYC the Federal Reserve Bank's, LON the bank holidays of England, TOK the public and
    bank holidays of Japan; NYSE, XLON and XTKS are the stock exchanges of New York, London and
    Tokyo, on whole days without trading. All these have weekends too.
    """

    NONE = "NONE"
    WEEKENDS = "WEEKENDS"
    TARGET = "TARGET"
    NYC = "NYC"
    LON = "LON"
    TOK = "TOK"
    NYSE = "NYSE"
    XLON = "XLON"
    XTKS = "XTKS"


@dataclass(frozen=True, slots=True)
class Joint:
    """Several calendars at once, `NYC+LON`: a business day is one in each of them."""

    parts: tuple[Calendar, ...]

    @property
    def value(self) -> str:
        """The name in the language."""
        return "+".join(part.value for part in self.parts)


AnyCalendar = Calendar | Joint


def joined(*calendars: AnyCalendar) -> AnyCalendar:
    """The calendar whose business days all of these share."""
    parts = {p for each in calendars for p in (each.parts if isinstance(each, Joint) else (each,))}
    ordered = tuple(each for each in Calendar if each in parts and each is not Calendar.NONE)
    if len(ordered) > 1:
        return Joint(ordered)
    return ordered[0] if ordered else Calendar.NONE


@unique
class Roll(Enum):
    """Where a date goes that is no business day (ISDA 2006 Definitions, section 4.12).

    `modified_following` is the next business day unless that lies in the next month, then the
    one before; `modified_preceding` the one before unless that lies in the month before, then the
    next.
    """

    UNADJUSTED = "unadjusted"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"


def calendar_named(name: str) -> AnyCalendar:
    """The calendar of that name, `NYC` or `NYC+LON`. Raises Refused E0584."""
    try:
        return joined(*map(Calendar, name.split("+")))
    except ValueError:
        meant = did_you_mean(name, (calendar.value for calendar in Calendar))
        raise Refused("E0584", name=name, suggestion=meant) from None


def is_business_day(day: date, calendar: AnyCalendar) -> bool:
    """Whether banks are open. Raises Refused E0585 for a year that the calendar does not know."""
    if isinstance(calendar, Joint):
        return all(is_business_day(day, part) for part in calendar.parts)
    if calendar is Calendar.NONE:
        return True
    return day.weekday() < _SATURDAY and day not in _holidays(calendar, day.year)


def roll(day: date, convention: Roll, calendar: AnyCalendar) -> date:
    """The date itself if it is a business day, else where the convention moves it."""
    match convention:
        case Roll.UNADJUSTED:
            return day
        case Roll.FOLLOWING:
            return _nearest(day, _ONE_DAY, calendar)
        case Roll.PRECEDING:
            return _nearest(day, -_ONE_DAY, calendar)
        case Roll.MODIFIED_FOLLOWING:
            return _within_month(day, _ONE_DAY, calendar)
        case Roll.MODIFIED_PRECEDING:
            return _within_month(day, -_ONE_DAY, calendar)


def business_day_after(day: date, count: int, calendar: AnyCalendar) -> date:
    """The `count`-th business day after the date, before it if `count` is negative.

    For 0 the date itself, or the next business day if it is none.
    """
    step = _ONE_DAY if count >= 0 else -_ONE_DAY
    if count == 0:
        return _nearest(day, step, calendar)
    for _ in range(abs(count)):
        day = _nearest(day + step, step, calendar)
    return day


def business_days(first: date, last: date, calendar: AnyCalendar) -> Iterator[date]:
    """The business days from `first` up to, and without, `last`."""
    every_day = (first + timedelta(days=passed) for passed in range((last - first).days))
    return (day for day in every_day if is_business_day(day, calendar))


def _within_month(day: date, step: timedelta, calendar: AnyCalendar) -> date:
    """The nearest business day in the step's direction, in the other one if that leaves the
    month."""
    nearest = _nearest(day, step, calendar)
    return nearest if nearest.month == day.month else _nearest(day, -step, calendar)


def _nearest(day: date, step: timedelta, calendar: AnyCalendar) -> date:
    while not is_business_day(day, calendar):
        day += step
    return day


@cache
def _holidays(calendar: Calendar, year: int) -> frozenset[date]:
    if calendar is Calendar.WEEKENDS:
        return frozenset()
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("E0585", calendar=calendar.value, year=year, first=FIRST_YEAR, last=LAST_YEAR)
    import holidays

    match calendar:
        case Calendar.TARGET:
            listed = holidays.financial_holidays("ECB", years=year)
        case Calendar.NYC:
            listed = holidays.financial_holidays("FED", years=year)
        case Calendar.LON:
            listed = holidays.country_holidays("GB", subdiv="ENG", years=year)
        case Calendar.NYSE | Calendar.XLON:
            listed = holidays.financial_holidays(calendar.value, years=year)
        case Calendar.XTKS:
            listed = holidays.financial_holidays("XJPX", years=year)
        case _:
            listed = holidays.country_holidays("JP", years=year, categories=("public", "bank"))
    return frozenset(listed)
