"""Day counts: what part of a year lies between two instants.

Days are whole dates, those of the contract's clock, the first counted and the last not; the time
of day plays no part. The
result is an exact fraction, so that whoever needs 18 decimals rounds once. The rules are those of
the 2006 ISDA Definitions, section 4.16; the paragraph stands beside each.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum, unique
from fractions import Fraction

from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused


@unique
class DayCount(Enum):
    """The bases by the names they have in the language."""

    ACT_360 = "act/360"
    ACT_365 = "act/365"
    ACT_ACT = "act/act"
    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30E/360"
    THIRTY_E_360_ISDA = "30E/360.ISDA"
    ACT_ACT_ICMA = "act/act.ICMA"


@dataclass(frozen=True, slots=True)
class Reference:
    """The period of a schedule in which days are counted: its ends, the months of the schedule's
    step if it has such a step, and whether it is the schedule's first and last."""

    start: int
    end: int
    months: int | None = None
    is_first: bool = False
    is_last: bool = False


def year_fraction(
    start: int, end: int, basis: DayCount, within: Reference | None = None, clock: Clock = UTC
) -> Fraction:
    """Years from instant to instant; negative if `end` lies before `start`. `within` is the period
    of a schedule that they lie in, where there is one.

    Raises Refused E0542 for act/act.ICMA without a period of whole months.
    """
    if end < start:
        return -year_fraction(end, start, basis, within, clock)
    match basis:
        case DayCount.ACT_ACT_ICMA:
            return _act_act_icma(start, end, within, clock)
        case DayCount.THIRTY_E_360_ISDA:
            at_maturity = within is not None and within.is_last and within.end == end
            return _thirty_e_360_isda(clock.day(start), clock.day(end), at_maturity)
        case _:
            return _RULES[basis](clock.day(start), clock.day(end))


def _act_360(start: date, end: date) -> Fraction:
    """4.16(e), Actual/360."""
    return Fraction((end - start).days, 360)


def _act_365(start: date, end: date) -> Fraction:
    """4.16(d), Actual/365 (Fixed)."""
    return Fraction((end - start).days, 365)


def _act_act(start: date, end: date) -> Fraction:
    """4.16(b), Actual/Actual (ISDA): days in leap years over 366, all others over 365."""
    if start.year == end.year:
        return Fraction((end - start).days, _days_in(start.year))
    first = Fraction((date(start.year + 1, 1, 1) - start).days, _days_in(start.year))
    last = Fraction((end - date(end.year, 1, 1)).days, _days_in(end.year))
    return first + (end.year - start.year - 1) + last


def _thirty_360(start: date, end: date) -> Fraction:
    """4.16(f), 30/360 or Bond Basis: the 31st is the 30th, at the end only if the start is one."""
    first_day = min(start.day, 30)
    last_day = 30 if end.day == 31 and first_day == 30 else end.day
    return _months_of_thirty(start, first_day, end, last_day)


def _thirty_e_360(start: date, end: date) -> Fraction:
    """4.16(g), 30E/360 or Eurobond Basis: the 31st is the 30th, at both ends."""
    return _months_of_thirty(start, min(start.day, 30), end, min(end.day, 30))


def _thirty_e_360_isda(start: date, end: date, at_maturity: bool) -> Fraction:
    """4.16(h), 30E/360 (ISDA): the last day of a month is the 30th, at both ends, but for a
    maturity on the last of February."""
    first_day = 30 if _is_month_end(start) else start.day
    february = at_maturity and end.month == 2
    last_day = 30 if _is_month_end(end) and not february else end.day
    return _months_of_thirty(start, first_day, end, last_day)


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _act_act_icma(start: int, end: int, within: Reference | None, clock: Clock) -> Fraction:
    """4.16(c), Actual/Actual (ICMA), and ICMA Rule 251: days over those of the regular period that
    they lie in times the periods of a year. A first stub is measured by regular periods that end
    with it, any other by such as begin with it."""
    if within is None or not within.months:
        raise Refused("E0542")
    months, total, number = within.months, Fraction(0), 0
    anchor, onwards = (within.end, -1) if within.is_first else (within.start, 1)
    while True:
        ends = [_months_after(anchor, months * onwards * k, clock) for k in (number, number + 1)]
        first, last = sorted(ends)
        days = (clock.day(min(end, last)) - clock.day(max(start, first))).days
        total += Fraction(max(days, 0) * months, 12 * (clock.day(last) - clock.day(first)).days)
        if (first <= start and onwards < 0) or (last >= end and onwards > 0):
            return total
        number += 1


def _months_after(instant: int, months: int, clock: Clock) -> int:
    return add(instant, Duration(months, DurationUnit.MONTH), clock=clock)


def _months_of_thirty(start: date, first_day: int, end: date, last_day: int) -> Fraction:
    months = 12 * (end.year - start.year) + end.month - start.month
    return Fraction(30 * months + last_day - first_day, 360)


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


_RULES: dict[DayCount, Callable[[date, date], Fraction]] = {
    DayCount.ACT_360: _act_360,
    DayCount.ACT_365: _act_365,
    DayCount.ACT_ACT: _act_act,
    DayCount.THIRTY_360: _thirty_360,
    DayCount.THIRTY_E_360: _thirty_e_360,
}
