"""Contracts whose dates are those of a place: all of the calendar is counted on its clock."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.clock import Clock
from rfos_lang.base.feed import Aspect
from rfos_lang.base.instant import DAY, HOUR, parse_instant, show_instant, start_of_day
from rfos_lang.core.binding import Instance
from rfos_lang.core.meaning import Event, fire, start
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from tests.core.lives import complaints, instance, library, life, only

CUT = 10 * HOUR
NEW_YORK = "America/New_York"
STEADY = ("Asia/Tokyo", "Asia/Kolkata", "Africa/Lagos", "America/Bogota", "Asia/Kathmandu")
"""Places whose clocks are neither put forward nor back."""

NOTE = """
contract Note(cash: Asset, notional: cash, first, last: Date) between investor, issuer {
    cut 10:00 ZONE
    let leg = schedule(first:, last:, step: 3M, calendar: LON, roll: modified_following,
                       stub: short_last, month_end: true, accrual: unadjusted)
    at each p in periods(leg) {
        let days = sum(year_fraction(d, act/365) for d in periods(business_days(p, NYC)))
        issuer pays investor notional * year_fraction(p, act/act.ICMA) on p.pay + 2bd(LON)
        issuer pays investor notional * (days + year_fraction(start, p.end, 30E/360)) on p.end + 1w
    }
    investor may put until last {
        issuer pays investor notional * year_fraction(start, now, act/360) on now + 20bd(NYC)
        issuer pays investor notional * year_fraction(accrued(leg, now), act/365) on now + 3d
        end
    } otherwise { }
    unsecured
}
"""

days = st.dates(date(2021, 1, 4), date(2031, 1, 1))
lengths = st.integers(20, 400)


@cache
def note(zone: str) -> Definition:
    return only(NOTE.replace("ZONE", zone))


def ahead(zone: str) -> int:
    """How far the clock of a place is ahead of UTC in winter."""
    return start_of_day(date(2026, 1, 1)) - Clock(0, zone).at_cut(date(2026, 1, 1))


def bound(definition: Definition, begin: int, first: date, last: date) -> Instance:
    dates = {"first": str(first), "last": str(last)}
    return instance(definition, show_instant(begin), cash="USD", notional="1_000_000", **dates)


Paid = tuple[int, int, int | None]


def paid(made: Instance, put: int | None = None) -> list[Paid]:
    """Everything that a life pays, which ends with its dates or by the choice at an instant."""
    program, terms = made.lowered.program, made.terms
    outcome, found = start(program, terms), list[Paid]()
    while (due := outcome.next_due) is not None or put is not None:
        chosen = put is not None and (due is None or put <= due)
        instant = put if chosen else due
        assert instant is not None
        choice = len(program.clauses) - 1
        seen = tuple(instant if slot.aspect is Aspect.NOW else None for slot in program.feeds)
        taken = frozenset({choice} if chosen else ())
        outcome = fire(program, terms, outcome.standing, Event(instant, seen, taken=taken))
        found += [(instant, p.units, p.due) for p in outcome.postings]
        put = None if chosen else put
    return found


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(STEADY), days, lengths, st.floats(0.01, 0.99))
def test_a_place_with_one_clock_is_utc_moved(
    zone: str, first: date, length: int, part: float
) -> None:
    last, shift = first + timedelta(days=length), ahead(zone)
    begin = start_of_day(first)
    put = begin + int(part * length) * DAY + 5 * HOUR
    there = bound(note(zone), begin - shift, first, last)
    here = bound(note("UTC"), begin, first, last)
    for chosen in (None, put):
        moved = paid(there, None if chosen is None else chosen - shift)
        assert [(t + shift, units, due and due + shift) for t, units, due in moved] == paid(
            here, chosen
        )


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from((NEW_YORK, "Europe/London", "Australia/Sydney", "Asia/Tokyo")), days, lengths
)
def test_dates_are_always_the_cut_of_their_place(zone: str, first: date, length: int) -> None:
    clock, last = Clock(CUT, zone), first + timedelta(days=length)
    there = bound(note(zone), clock.at_cut(first), first, last)
    here = bound(note("UTC"), Clock(CUT).at_cut(first), first, last)
    even = Clock(CUT)
    for (instant, units, due), (at, as_many, later) in zip(paid(there), paid(here), strict=True):
        assert due is not None and later is not None
        assert instant == clock.at_cut(even.day(at))
        assert due == clock.at_cut(even.day(later))
        assert units == as_many


def test_a_cut_in_new_york_by_hand() -> None:
    made = bound(note(NEW_YORK), parse_instant("2026-01-30"), date(2026, 1, 30), date(2026, 7, 30))
    assert made.terms.schedules[0] == tuple(
        map(parse_instant, ("2026-04-30T14:00Z", "2026-07-30T14:00Z"))
    )


NOW = """
perpetual contract Loan(cash: Asset) between lender, borrower {
    cut 17:00 America/New_York
    borrower may repay(amount: cash) { borrower pays lender amount on now + LENGTH }
    unsecured
}
"""


def test_a_length_of_time_needs_no_calendar() -> None:
    loan = life(only(NOW.replace("LENGTH", "48h")), cash="USD")
    assert loan.at("2026-03-07T20:00Z", "repay 100") == [
        "borrower pays lender 100 USD on 2026-03-09T20:00Z"
    ]


def test_days_of_a_clock_that_is_moved_have_no_length() -> None:
    definition = only(NOW.replace("LENGTH", "2d"))
    assert [each.code for each in complaints(definition, cash="USD")] == ["E0441"]


def test_a_day_after_now_is_as_long_after_the_cut() -> None:
    text = NOW.replace("perpetual ", "").replace("LENGTH", "1d")
    text = text.replace("repay(amount: cash)", "repay(amount: cash) until 2026-12-01")
    loan = life(only(text), cash="USD")
    # The day of 7 March began at 22:00Z; the one of 8 March begins at 21:00Z.
    assert loan.at("2026-03-08T00:00Z", "repay 100") == [
        "borrower pays lender 100 USD on 2026-03-08T23:00Z"
    ]


FIXED = """
contract Fixed(cash: Asset, rate: Index, day: Date) between payer, receiver {
    cut CUT
    at day { payer pays receiver net 1_000 cash * (rate at day) }
    unsecured
}
"""


@pytest.mark.parametrize(
    ("cut", "codes"),
    [
        ("19:00 America/New_York", []),
        ("20:00 America/New_York", ["E0543"]),
        ("00:00 Europe/London", ["E0543"]),
        ("16:00 Europe/London", []),
        ("08:59 Asia/Tokyo", ["E0543"]),
        ("09:00 Asia/Tokyo", []),
        ("23:59 UTC", []),
    ],
)
def test_a_fixing_is_of_the_date_that_utc_has_too(cut: str, codes: list[str]) -> None:
    definition = only(FIXED.replace("CUT", cut))
    given = {"cash": "USD", "rate": "SOFR", "day": "2026-07-01"}
    if codes:
        assert [each.code for each in complaints(definition, **given)] == codes
    else:
        instance(definition, **given)


def test_an_instant_that_is_no_cut_is_fixed_on_its_date_in_utc() -> None:
    """Midnight in UTC is the evening before in New York."""
    text = FIXED.replace(", day: Date", "").replace("CUT", "10:00 America/New_York")
    definition = only(text.replace("at day", "at start"))
    assert instance(definition, "2026-07-01", cash="USD", rate="SOFR").terms.schedules == (
        (parse_instant("2026-07-01"),),
    )


PARTS = (
    FIXED.replace("CUT", "16:00 Europe/London")
    + """
contract Twice(cash: Asset, rate: Index, first, second: Date) between payer, receiver
    = Fixed(cash, rate, day: first) + Fixed(cash, rate, day: second) {
    unsecured
}
"""
)


def test_parts_keep_their_clock() -> None:
    analysis = analyse(PARTS, "test.rfos", library)
    made = instance(
        analysis.definitions["Twice"],
        cash="USD",
        rate="SOFR",
        first="2026-03-27",
        second="2026-03-30",
    )
    assert made.terms.schedules == (
        (parse_instant("2026-03-27T16:00Z"),),
        (parse_instant("2026-03-30T15:00Z"),),
    )


def test_the_day_of_a_clause_is_that_of_the_place() -> None:
    """At 20:00 in New York it is the next day in UTC."""
    text = """
    contract Accrual(first, last: Date) between payer, receiver {
        cut 20:00 America/New_York
        let years = year_fraction(first, last, 30/360)
        at last { payer pays receiver 36_000 USD * years on last + 1bd(NYC) }
        unsecured
    }
    """
    deal = life(only(text), first="2026-05-15", last="2026-05-29")
    assert deal.at("2026-05-30T00:00Z") == ["payer pays receiver 1,400 USD on 2026-06-02"]
