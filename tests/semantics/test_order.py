"""How instants lie to each other, as far as the text tells: never wrong, and as much as shows."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest

from rfos_lang.base.duration import Duration, DurationUnit
from rfos_lang.base.span import Span
from rfos_lang.semantics.causality import Calendar, Order, key, order
from rfos_lang.semantics.definition import (
    Expression,
    Literal,
    Member,
    Operation,
    Parameter,
    Plain,
    Start,
    Variable,
)

HERE = Span("a.rfos", 0, 0)


@dataclass(frozen=True, slots=True)
class Days:
    """Dates that the names may stand for, in days after the start."""

    expiry: int
    other: int
    dates: tuple[int, ...]
    at: int
    period: int


EVERY = [
    Days(expiry, other, dates, at, period)
    for expiry, other in product((1, 5, 20, 40), (-3, 0, 5, 40))
    for dates in ((-10, -9, 30), (5, 6, 20))
    for at, period in product((1, 2), (0, 1))
]
"""`t.previous` has a value only from the second date on."""


def shifted(instant: Expression, days: int) -> Expression:
    by = Literal(Duration(days, DurationUnit.DAY), Plain.DURATION, HERE)
    return Operation("add_duration", (instant, by), Plain.DATE, HERE)


def literal(instant: int) -> Expression:
    return Literal(instant, Plain.DATE, HERE)


EXPIRY, OTHER = (Parameter(name, Plain.DATE, HERE) for name in ("expiry", "other"))
DATES = Parameter("dates", Plain.SCHEDULE, HERE)
FIRST, LAST = (Operation(end, (DATES,), Plain.DATE, HERE) for end in ("first", "last"))
T, P = Variable("t", Plain.DATE, HERE), Variable("p", Plain.PERIOD, HERE)
PREVIOUS = Member(T, "previous", Plain.DATE, HERE)
BEGINS, ENDS = (Member(P, end, Plain.DATE, HERE) for end in ("start", "end"))
LENGTH = Operation(
    "add_duration", (EXPIRY, Parameter("lag", Plain.DURATION, HERE)), Plain.DATE, HERE
)

INSTANTS: dict[str, tuple[Expression, Callable[[Days], int]]] = {
    "start": (Start(Plain.DATE, HERE), lambda days: 0),
    "+7d": (literal(7), lambda days: 7),
    "+9d": (literal(9), lambda days: 9),
    "+7d + 1d": (shifted(literal(7), 1), lambda days: 8),
    "expiry": (EXPIRY, lambda days: days.expiry),
    "expiry - 1d": (shifted(EXPIRY, -1), lambda days: days.expiry - 1),
    "expiry + 1d": (shifted(EXPIRY, 1), lambda days: days.expiry + 1),
    "expiry + 2d": (shifted(shifted(EXPIRY, 1), 1), lambda days: days.expiry + 2),
    "expiry - 2d + 1d": (shifted(shifted(EXPIRY, -2), 1), lambda days: days.expiry - 1),
    "expiry + 0d": (shifted(EXPIRY, 0), lambda days: days.expiry),
    "expiry + lag": (LENGTH, lambda days: days.expiry + 3),
    "other": (OTHER, lambda days: days.other),
    "first(dates)": (FIRST, lambda days: days.dates[0]),
    "last(dates)": (LAST, lambda days: days.dates[-1]),
    "last(dates) + 1d": (shifted(LAST, 1), lambda days: days.dates[-1] + 1),
    "first(dates) - 1d": (shifted(FIRST, -1), lambda days: days.dates[0] - 1),
    "t": (T, lambda days: days.dates[days.at]),
    "t + 1d": (shifted(T, 1), lambda days: days.dates[days.at] + 1),
    "t - 1d": (shifted(T, -1), lambda days: days.dates[days.at] - 1),
    "t.previous": (PREVIOUS, lambda days: days.dates[days.at - 1]),
    "p.start": (BEGINS, lambda days: days.dates[days.period]),
    "p.end": (ENDS, lambda days: days.dates[days.period + 1]),
    "p.end + 1d": (shifted(ENDS, 1), lambda days: days.dates[days.period + 1] + 1),
}
CALENDAR = Calendar(
    {"t": key(DATES), "p": key(DATES)}, frozenset({key(EXPIRY), ("last", key(DATES))})
)
SIGNS = {Order.NOT_AFTER: "<", Order.AFTER: ">", Order.UNKNOWN: "."}

TABLE = """
start             <<<.<....<.<<<..<..<<<.
+7d               .<<<...................
+9d               .><....................
+7d + 1d          .>.<...................
expiry            >...<><<.<.............
expiry - 1d       ....<<<<.<.............
expiry + 1d       >...>><..>.............
expiry + 2d       >...>>.<.>.............
expiry - 2d + 1d  ........<..............
expiry + 0d       >...<><<.<.............
expiry + lag      ..........<............
other             ...........<...........
first(dates)      ............<<.><..<<<.
last(dates)       >...........><<.>..>>>.
last(dates) + 1d  >...........>><.>..>>>.
first(dates) - 1d ............<<.<<..<<<.
t                 .............<..<<>>...
t + 1d            ................><>>...
t - 1d            .............<..<<<....
t.previous        .............<..<..<...
p.start           .............<......<<.
p.end             .............<......><<
p.end + 1d        ....................>><
"""
"""Rows to columns, in the same order: `<` not after, `>` after, `.` the text does not tell."""


def test_what_the_text_tells_of_each_pair() -> None:
    rows = [
        f"{name:18}" + "".join(SIGNS[order(CALENDAR, instant, now)] for now, _ in INSTANTS.values())
        for name, (instant, _) in INSTANTS.items()
    ]
    assert "\n".join(rows) == TABLE.strip("\n")


@pytest.mark.parametrize("name", INSTANTS)
def test_it_is_never_wrong(name: str) -> None:
    """What is not after is so for all dates, what is after for some. Nothing acts before the
    start."""
    instant, when = INSTANTS[name]
    for other, (now, its) in INSTANTS.items():
        found = order(CALENDAR, instant, now)
        if found is Order.NOT_AFTER:
            assert all(when(days) <= its(days) for days in EVERY if its(days) >= 0), other
        if found is Order.AFTER:
            assert any(when(days) > its(days) >= 0 for days in EVERY), other
