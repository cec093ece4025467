"""Day counts: what part of a year lies between two instants.

Days are whole UTC dates, the first counted and the last not; the time of day plays no part. The
result is an exact fraction, so that whoever needs 18 decimals rounds once. The rules are those of
the 2006 ISDA Definitions, section 4.16; the paragraph stands beside each.
"""

from collections.abc import Callable
from datetime import date
from enum import Enum, unique
from fractions import Fraction

from rfos_lang.base.instant import date_of


@unique
class DayCount(Enum):
    """The bases by the names they have in the language."""

    ACT_360 = "act/360"
    ACT_365 = "act/365"
    ACT_ACT = "act/act"
    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30E/360"


def year_fraction(start: int, end: int, basis: DayCount) -> Fraction:
    """Years from instant to instant; negative if `end` lies before `start`."""
    if end < start:
        return -year_fraction(end, start, basis)
    return _RULES[basis](date_of(start), date_of(end))


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
