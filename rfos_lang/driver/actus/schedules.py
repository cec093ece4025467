"""Cycles of ACTUS as schedules of the language, with the contract's conventions about days."""

from collections.abc import Mapping
from dataclasses import field, replace

from rfos_lang.base import schedule
from rfos_lang.base.calendar import Calendar, Roll, roll
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.duration import add
from rfos_lang.base.instant import DAY, date_of, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.schedule import Cycle, Stub
from rfos_lang.driver.actus import spelling
from rfos_lang.driver.actus.terms import Step, Terms, next_instant

CALENDARS: Mapping[str | None, str] = {
    None: Calendar.NONE.value,
    "NC": Calendar.NONE.value,
    "NoCalendar": Calendar.NONE.value,
    "MF": Calendar.WEEKENDS.value,
    "MondayToFriday": Calendar.WEEKENDS.value,
}
DAY_COUNTS: Mapping[str | None, str] = {
    "AA": DayCount.ACT_ACT.value,
    "A360": DayCount.ACT_360.value,
    "A365": DayCount.ACT_365.value,
    "30E360": DayCount.THIRTY_E_360.value,
    "30E360ISDA": DayCount.THIRTY_E_360_ISDA.value,
}
_ROLLS: Mapping[str | None, str] = {
    None: "unadjusted",
    "NOS": "unadjusted",
    "NULL": "unadjusted",
    **{f"{order}F": "following" for order in ("SC", "CS")},
    **{f"{order}MF": "modified_following" for order in ("SC", "CS")},
    **{f"{order}P": "preceding" for order in ("SC", "CS")},
    **{f"{order}MP": "modified_preceding" for order in ("SC", "CS")},
}
_MONTH_ENDS: Mapping[str | None, str] = {None: "false", "SD": "false", "EOM": "true"}


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a contract says about days: where one goes that is no business day, whether interest
    is counted to the day before it was moved (CS...), and whether month ends stay month ends."""

    calendar: Calendar
    roll: Roll
    counts_unmoved: bool
    month_end: bool

    def moved(self, instant: int) -> int:
        """The instant on a business day."""
        day = roll(date_of(instant), self.roll, self.calendar)
        return start_of_day(day) + instant % DAY

    def words(self, step: Step | None) -> list[str]:
        """The arguments of `schedule(...)` that differ from its defaults."""
        found = [f"stub: {step.stub.value}"] if step else []
        if self.month_end and step:
            found.append("month_end: true")
        if self.moves:
            found += [f"roll: {self.roll.value}", f"calendar: {self.calendar.value}"]
            found += ["accrual: unadjusted"] * self.counts_unmoved
        return found

    @property
    def moves(self) -> bool:
        return self.roll is not Roll.UNADJUSTED and self.calendar is not Calendar.NONE


def conventions(terms: Terms) -> Conventions:
    """The contract's conventions. Raises Unmapped."""
    shift = terms.text("businessDayConvention") or ""
    return Conventions(
        Calendar(terms.word("calendar", CALENDARS)),
        Roll(terms.word("businessDayConvention", _ROLLS)),
        shift.startswith("CS"),
        terms.word("endOfMonthConvention", _MONTH_ENDS) == "true",
    )


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of one kind of event: the text that makes them, and they themselves; of those that
    were moved, `unmoved` says from where."""

    text: str
    instants: tuple[int, ...]
    unmoved: Mapping[int, int] = field(default_factory=dict)

    def after(self, instant: int) -> "Dates":
        """Those that are later than an instant."""
        later = tuple(each for each in self.instants if each > instant)
        if later == self.instants:
            return self
        cut = spelling.date(next_instant(instant))
        return replace(self, text=f"{self.text}.after({cut})", instants=later)


NONE = Dates("[]", ())


def fixed(instant: int, days: Conventions) -> Dates:
    """One date that is never moved; where interest is counted to moved dates, it is to this one's
    too."""
    if days.counts_unmoved or days.moved(instant) == instant:
        return Dates(spelling.dates(instant), (instant,))
    at = spelling.date(instant)
    words = f"first: {at}, last: {at}, step: 1d, calendar: {days.calendar.value}"
    return Dates(f"schedule({words}, accrual: {days.roll.value})", (instant,))


def once(instant: int, days: Conventions) -> Dates:
    """One date, moved to a business day."""
    if not days.moves:
        return Dates(spelling.dates(instant), (instant,))
    at = spelling.date(instant)
    words = ", ".join([f"first: {at}", f"last: {at}", "step: 1d", *days.words(None)])
    return Dates(f"schedule({words})", (days.moved(instant),))


def cyclic(
    anchor: int, step: Step | None, last: int, days: Conventions, with_last: bool = True
) -> Dates:
    """The dates from the anchor to `last`, which is one of them only if `with_last`; without a
    step the two alone. An anchor that lies after `last` begins nothing."""
    if anchor >= last:
        return once(last, days) if with_last else NONE
    if step is None:
        first = once(anchor, days)
        return merged(first, once(last, days)) if with_last else first
    words = [f"first: {spelling.date(anchor)}", f"last: {spelling.date(last)}"]
    words += [f"step: {step.length}", *days.words(step)]
    words += [] if with_last else ["with_last: false"]
    rule = Cycle(anchor, last, step.length, days.calendar, step.stub, days.month_end, with_last)
    pairs = schedule.moved(schedule.cycle(rule), days.roll, days.calendar)
    unmoved = {moved: day for moved, day in pairs.items() if moved != day}
    return Dates(f"schedule({', '.join(words)})", tuple(pairs), unmoved)


def merged(*parts: Dates) -> Dates:
    """The dates of several kinds in one."""
    if len(parts) == 1:
        return parts[0]
    instants = tuple(sorted({instant for part in parts for instant in part.instants}))
    return Dates(f"merged({', '.join(part.text for part in parts)})", instants)


def anchored(
    terms: Terms, event: str, last: int, with_last: bool = True, stub: Stub | None = None
) -> Dates | None:
    """The dates of an event's cycle and anchor terms; None if the contract has neither. Without an
    anchor the first lies one step after the initial exchange. `stub`: in place of the cycle's own.
    Raises Unmapped."""
    first, step = terms.time(f"cycleAnchorDateOf{event}"), terms.step(f"cycleOf{event}")
    if step is not None and stub is not None:
        step = replace(step, stub=stub)
    exchange = terms.time("initialExchangeDate")
    if first is None and step is not None and exchange is not None:
        first = add(exchange, step.length)
    if first is None:
        return None
    return cyclic(first, step, last, conventions(terms), with_last)
