"""Instruments that rates are quoted by, as what they say of curves.

Everything is projected as a market projects it: the fixing of an index is the simple rate of the
period that begins when it settles and lasts its tenor. A curve met here is met by contracts too.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import exp, expm1

from rfos_lang.base.calendar import Roll, roll
from rfos_lang.base.day_count import year_fraction
from rfos_lang.base.duration import Duration, DurationUnit, add, parse_duration
from rfos_lang.base.instant import DAY, date_of, show_instant, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.schedule import Cycle, Stub, cycle, moved
from rfos_lang.valuation.calibration.quotes_file import OF_MONTHS, CurveTable, pair_of
from rfos_lang.valuation.calibration.unfit import Path, Unfit
from rfos_lang.valuation.curve import RateCurve, years_between
from rfos_lang.valuation.market_values import instant_of
from rfos_lang.valuation.rates.hull_white import HullWhite

MONTH_ENDS = 3 * DAY
"""By how much dates in months from the end of a month may differ."""


@dataclass(frozen=True, slots=True)
class Curves:
    """What discounts, and what projects: the same where an index is that of discounting."""

    discounting: RateCurve
    projecting: RateCurve

    def discount(self, years: float) -> float:
        """What one unit, paid after a time, is worth."""
        return exp(-self.discounting.total(years))

    def growth(self, begins: float, ends: float) -> float:
        """By what 1 grows on the projecting curve."""
        return expm1(self.projecting.total(ends) - self.projecting.total(begins))


@dataclass(frozen=True, slots=True)
class Floating:
    """One floating payment a unit of notional: `accrued` / `fraction` times the growth over a
    period, paid at a time. Times in years; `fixes` is when it is known."""

    accrued: float
    fraction: float
    fixes: float
    begins: float
    ends: float
    pays: float


@dataclass(frozen=True, slots=True)
class Fixed:
    """A payment of the fixed rate times `accrued`, after so many years."""

    accrued: float
    pays: float


@dataclass(frozen=True, slots=True)
class Simple:
    """Simple interest over a period: a deposit, a forward rate, a future. `excess` is by how much
    the rate that is quoted exceeds that of the period, `convexity` by how much the logarithm of its
    expected growth does."""

    path: Path
    quote: float
    begins: float
    ends: float
    fraction: float
    last: int
    excess: float = 0.0
    convexity: float = 0.0

    def rate(self, curves: Curves) -> float:
        """What curves say of it."""
        growth = curves.growth(self.begins, self.ends)
        return (growth + (1.0 + growth) * expm1(self.convexity)) / self.fraction + self.excess


@dataclass(frozen=True, slots=True)
class Swap:
    """A swap, quoted by the fixed rate at which both legs are worth the same."""

    path: Path
    quote: float
    fixed: tuple[Fixed, ...]
    floating: tuple[Floating, ...]
    last: int

    def rate(self, curves: Curves) -> float:
        """What curves say of it."""
        return self.paid(curves) / self.annuity(curves)

    def paid(self, curves: Curves) -> float:
        """What the floating leg is worth."""
        return sum(
            each.accrued
            / each.fraction
            * curves.growth(each.begins, each.ends)
            * curves.discount(each.pays)
            for each in self.floating
        )

    def annuity(self, curves: Curves) -> float:
        """What the fixed leg is worth at a rate of 1."""
        return sum(each.accrued * curves.discount(each.pays) for each in self.fixed)


Instrument = Simple | Swap


@dataclass(frozen=True, slots=True)
class Conventions:
    """How the instruments of a curve are dated, at a market's date."""

    as_of: int
    table: CurveTable

    def years(self, instant: int) -> float:
        """Years from the market's date."""
        return years_between(self.as_of, instant)

    @property
    def today(self) -> int:
        return start_of_day(date_of(self.as_of))

    def settled(self, from_: int) -> int:
        """When something agreed on a day begins."""
        settles = self.table.settles
        return from_ if settles is None else add(from_, settles, self.table.calendar)

    @property
    def spot(self) -> int:
        """When something agreed today begins."""
        return self.settled(self.today)

    def after(self, begins: int, text: str) -> tuple[int, int]:
        """A date that is a tenor after another one, or stands there itself: as it is, and moved to
        a business day."""
        if text[4:5] == "-":
            plain = instant_of(text)
            return plain, plain
        return self.later(begins, parse_duration(text))

    def later(self, begins: int, tenor: Duration) -> tuple[int, int]:
        """The date a tenor later: as it is, and moved to a business day."""
        plain = add(begins, tenor, self.table.calendar)
        within = Roll.MODIFIED_FOLLOWING if tenor.unit in OF_MONTHS else Roll.FOLLOWING
        return plain, start_of_day(roll(date_of(plain), within, self.table.calendar))

    def ahead(self, path: Path, first: Duration, last: Duration) -> tuple[int, int]:
        """The period of a forward rate between two tenors, as the index has it. Raises Unfit E0604
        if that is of another length."""
        (plain, begins), (until, ends) = self.later(self.spot, first), self.later(self.spot, last)
        if self.table.compounds:
            return begins, ends
        tenor = self.table.tenor
        if abs(add(plain, tenor, self.table.calendar) - until) > MONTH_ENDS:
            raise Unfit("E0604", path, problem=f"the index has a tenor of {tenor}")
        return begins, add(begins, tenor, self.table.calendar)

    def paid(self, ends: int) -> int:
        """When what accrues until a date is paid."""
        pays = self.table.pays
        return ends if pays is None else add(ends, pays, self.table.calendar)

    # --- instruments

    def simple(self, path: Path, quote: float, begins: int, ends: int, excess: float) -> Simple:
        """A rate over a period. Raises Unfit E0643 for one that is over or empty."""
        self.check(path, begins, ends)
        fraction = float(year_fraction(begins, ends, self.table.day_count))
        return Simple(path, quote, self.years(begins), self.years(ends), fraction, ends, excess)

    def check(self, path: Path, begins: int, ends: int) -> None:
        """Raises Unfit E0643 unless a period lies ahead."""
        if begins < self.today or ends <= begins:
            raise Unfit("E0643", path, begins=show_instant(begins), ends=show_instant(ends))

    def swap(self, path: Path, quote: float, begins: int, until: str) -> Swap:
        """A swap from a date on. Raises Unfit E0643."""
        plain, _ = self.after(begins, until)
        self.check(path, begins, plain)
        fixed = tuple(
            Fixed(
                float(year_fraction(start, end, self.table.fixed_day_count)),
                self.years(self.paid(end)),
            )
            for start, end in pairwise(self.dates(begins, plain, self.table.fixed_step))
        )
        step = self.table.fixed_step if self.table.compounds else self.table.tenor
        ends = pairwise(self.dates(begins, plain, step))
        legs = [self.floating(start, end) for start, end in ends]
        last = max(max(known) for _, *known in legs)
        return Swap(path, quote, fixed, tuple(leg for leg, *_ in legs), last)

    def dates(self, begins: int, ends: int, step: Duration) -> list[int]:
        """The ends of periods, the odd one first, moved to business days."""
        rule = Cycle(begins, ends, step, self.table.calendar, Stub.SHORT_FIRST)
        return list(moved(cycle(rule), Roll.MODIFIED_FOLLOWING, self.table.calendar))

    def floating(self, start: int, end: int) -> tuple[Floating, int, int]:
        """A floating payment, with the last date of its rate and that on which it is paid."""
        table, paid = self.table, self.paid(end)
        ends = end if table.compounds else add(start, table.tenor, table.calendar)
        fraction = float(year_fraction(start, ends, table.day_count))
        accrued = float(year_fraction(start, end, table.day_count))
        fixes = start
        if table.settles is not None:
            fixes = add(start, -table.settles, table.calendar)
        each = Floating(
            accrued,
            fraction,
            self.years(fixes),
            self.years(start),
            self.years(ends),
            self.years(paid),
        )
        return each, ends, paid


def instruments(kind: str, name: str, table: CurveTable, as_of: int) -> tuple[Instrument, ...]:
    """The instruments of a curve by their last dates. Raises Unfit E0643, E0644."""
    found = sorted(_instruments((kind, name), table, as_of), key=lambda each: each.last)
    for one, other in pairwise(found):
        if one.last == other.last:
            date = show_instant(one.last)
            raise Unfit("E0644", other.path, other=".".join(one.path), date=date)
    return tuple(found)


def _instruments(path: Path, table: CurveTable, as_of: int) -> Iterator[Instrument]:
    by = Conventions(as_of, table)
    for text, quote in table.deposits.items():
        begins = by.today if text.endswith("bd") else by.spot
        _, ends = by.after(begins, text)
        yield by.simple((*path, "deposits", text), quote, begins, ends, 0.0)
    for text, quote in table.forwards.items():
        here, (first, last) = (*path, "forwards", text), pair_of(text)
        begins, ends = by.ahead(here, first, last)
        yield by.simple(here, quote, begins, ends, 0.0)
    for text, future in table.futures.items():
        begins = instant_of(text)
        here, quote = (*path, "futures", text), (100 - future.price) / 100
        tenor = Duration(3, DurationUnit.MONTH) if table.compounds else table.tenor
        if future.ends is not None and not table.compounds:
            raise Unfit("E0604", here, problem=f"the index has a tenor of {tenor}")
        ends = future.ends or add(begins, tenor, table.calendar)
        told = by.simple(here, quote, begins, ends, future.convexity or 0.0)
        moves = table.convexity
        if future.convexity is None and moves is not None:
            model = HullWhite(moves.reversion, ((told.ends, moves.volatility),))
            known = told.ends if table.compounds else told.begins
            told = replace(told, convexity=model.convexity(told.begins, told.ends, known))
        yield told
    for text, quote in table.swaps.items():
        yield by.swap((*path, "swaps", text), quote, by.spot, text)
