"""Hazard rates that meet the spreads of credit default swaps.

A swap is that of the standard library, running since its last premium date, with what has accrued
until the market's date given back: premiums each quarter on the 20th, moved to business days,
act/360, and on default what has accrued; the loss is paid at once or so many business days later. A
default comes on a day, at noon, as it does when contracts on it are valued. Between the ends of
swaps the hazard rate is even.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from rfos_lang.base.calendar import Calendar, Roll, business_days, roll
from rfos_lang.base.duration import Duration, DurationUnit, add, parse_duration
from rfos_lang.base.instant import DAY, date_of, show_instant, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.bootstrap import EXACT, extended
from rfos_lang.valuation.calibration.quotes_file import HazardTable
from rfos_lang.valuation.calibration.unfit import Path, Unfit
from rfos_lang.valuation.curve import YEAR, Knots, RateCurve
from rfos_lang.valuation.market_figures import HIGHEST_RATE
from rfos_lang.valuation.market_values import instant_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MARGIN = 30
"""Days in which there is a business day, with much to spare."""
ROUNDING = 1e-14
"""A spread that is so near the least possible one is met by no hazard."""
QUARTERS = (3, 6, 9, 12)
DAY_OF_MONTH = 20


@dataclass(frozen=True, slots=True, eq=False)
class CreditSwap:
    """A swap, quoted by its spread. Premiums of a unit of spread with the times in years when they
    fall due; of each day what has accrued by its noon, when the loss is paid, and when it ends."""

    path: Path
    quote: float
    last: int
    loss: float
    given_back: float
    premiums: Floats
    due: Floats
    accrued: Floats
    noon: Floats
    protection: Floats
    ends: Floats

    def rate(self, hazard: RateCurve, discounting: RateCurve) -> float:
        """The spread at which both sides are worth the same."""

        def worth(years: Floats) -> Floats:
            return np.exp(-totals(discounting, years))

        alive = np.exp(-totals(hazard, self.ends))
        failing = -np.diff(alive, prepend=1.0)
        surviving = np.exp(-totals(hazard, self.due)) * worth(self.due)
        premiums = float(self.premiums @ surviving + self.accrued * worth(self.noon) @ failing)
        protection = self.loss * float(worth(self.protection) @ failing)
        return protection / (premiums - self.given_back)


def totals(curve: RateCurve, years: Floats) -> Floats:
    """rate × years at many times."""
    at, rates = np.array(curve.knots).T
    inside = np.interp(years, [0.0, *at], [0.0, *(at * rates)])
    return np.where(years > at[-1], rates[-1] * years, inside)


def credit_swaps(name: str, table: HazardTable, as_of: int) -> tuple[CreditSwap, ...]:
    """The swaps on a name by their ends. Raises Unfit E0643, E0644."""
    found: list[CreditSwap] = []
    for text, spread in table.spreads.items():
        path = ("hazards", name, "spreads", text)
        last = _maturity(as_of, text)
        if last <= as_of:
            raise Unfit("E0643", path, begins=show_instant(as_of), ends=show_instant(last))
        found.append(_credit_swap(path, spread, last, table, as_of))
    found.sort(key=lambda each: each.last)
    for one, other in pairwise(found):
        if one.last == other.last:
            until = show_instant(one.last)
            raise Unfit("E0644", other.path, other=".".join(one.path), date=until)
    return tuple(found)


def _maturity(as_of: int, text: str) -> int:
    """Tenors end on the 20th of June or December: from the last 20th of March or September on, and
    three months later."""
    if text[4:5] == "-":
        return instant_of(text)
    begun = premium_date(as_of, (3, 9))
    return add(add(begun, parse_duration(text)), Duration(3, DurationUnit.MONTH))


def premium_date(instant: int, months: tuple[int, ...]) -> int:
    """The last 20th of one of these months, up to the date of an instant."""
    day = date_of(instant)
    years = (day.year - 1, day.year)
    every = (date(year, month, DAY_OF_MONTH) for year in years for month in months)
    return start_of_day(max(each for each in every if each <= day))


def _premium_dates(as_of: int, last: int, calendar: Calendar) -> list[int]:
    """Where premiums are counted from, and when each falls due; the last one where it stands."""
    first = premium_date(as_of, QUARTERS)
    found, at, quarter = [first], first, Duration(3, DurationUnit.MONTH)
    while (at := add(at, quarter)) < last:
        found.append(at)
    moved = [start_of_day(roll(date_of(each), Roll.FOLLOWING, calendar)) for each in found]
    return [*moved, last]


def _credit_swap(
    path: Path, spread: float, last: int, table: HazardTable, as_of: int
) -> CreditSwap:
    dates = _premium_dates(as_of, last, table.calendar)
    lengths = np.diff(dates) // DAY / 360
    due = (np.array(dates[1:]) - as_of) / YEAR
    days = np.arange(as_of, last - DAY // 2, DAY)
    begun = np.array(dates)[np.searchsorted(dates, days + DAY // 2, side="right") - 1]
    noon = days + DAY // 2
    accrued = (noon // DAY - begun // DAY) / 360
    paid = noon + _waited(noon, table)
    return CreditSwap(
        path,
        spread,
        last,
        1.0 - table.recovery,
        max(date_of(as_of).toordinal() - date_of(dates[0]).toordinal(), 0) / 360,
        lengths,
        due,
        accrued,
        (noon - as_of) / YEAR,
        (paid - as_of) / YEAR,
        (days + DAY - as_of) / YEAR,
    )


def _waited(instants: Whole, table: HazardTable) -> Whole:
    """How long it takes from each instant, noon of a day, until the loss is paid."""
    wait = table.protection
    if wait is None:
        return np.zeros_like(instants)
    if wait.unit is not DurationUnit.BUSINESS_DAY:
        return np.array([add(int(each), wait) for each in instants]) - instants
    first, beyond = date_of(int(instants[0])), timedelta(days=2 * wait.count + MARGIN)
    every = business_days(first, date_of(int(instants[-1])) + beyond, table.protection_calendar)
    open_ = np.array([start_of_day(day) for day in every])
    after = np.searchsorted(open_, instants, side="right")
    return open_[after + wait.count - 1] + DAY // 2 - instants


def hazard_curve(swaps: Sequence[CreditSwap], as_of: int, discounting: RateCurve) -> RateCurve:
    """The mean hazard rates that meet spreads, which are ordered by their ends. Raises Unfit
    E0646."""
    knots: Knots = ()
    for each in swaps:
        years = (each.last - as_of) / YEAR
        knots = extended(knots, years, _hazard(each, knots, years, discounting)).knots
    return RateCurve(knots)


def _hazard(swap: CreditSwap, knots: Knots, years: float, discounting: RateCurve) -> float:
    """The hazard rate from the last knot on at which a swap is fair."""

    def off(hazard: float) -> float:
        return swap.rate(extended(knots, years, hazard), discounting) - swap.quote

    low, high = off(0.0), off(HIGHEST_RATE)
    if abs(low) <= ROUNDING:
        return 0.0
    if not low <= 0.0 <= high:
        least, most, quote = (f"{swap.quote + at:.4%}" for at in (low, high, 0.0))
        until = show_instant(swap.last)
        raise Unfit("E0646", swap.path, quote=quote, until=until, least=least, most=most)
    return float(brentq(off, 0.0, HIGHEST_RATE, **EXACT))
