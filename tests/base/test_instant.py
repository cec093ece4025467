"""Instants are read and printed exactly; durations are added by the rules of the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.calendar import Calendar, is_business_day
from rfos_lang.base.duration import Duration, DurationUnit, add, parse_duration
from rfos_lang.base.instant import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    date_of,
    parse_date,
    parse_instant,
    show_instant,
    start_of_day,
)
from rfos_lang.base.refusal import Refused

first_instant = start_of_day(date(1700, 1, 1))
last_instant = start_of_day(date(2262, 1, 1)) - 1
instants = st.integers(first_instant, last_instant)
recent = st.dates(date(2000, 1, 1), date(2060, 1, 1)).map(start_of_day)


@given(instants)
def test_parsing_undoes_printing(instant: int) -> None:
    assert parse_instant(show_instant(instant)) == instant


@given(st.datetimes(datetime(1700, 1, 1), datetime(2261, 12, 31)))
def test_instants_agree_with_the_standard_library(moment: datetime) -> None:
    since_epoch = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    text = moment.isoformat(timespec="microseconds") + "Z"
    assert parse_instant(text) == since_epoch // timedelta(microseconds=1) * 1000


def test_all_instants_fit_64_bits() -> None:
    assert first_instant >= -(2**63) and last_instant < 2**63


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01", 0),
        ("1970-01-02T08:30Z", DAY + 8 * HOUR + 30 * MINUTE),
        ("1970-01-01T00:00:07Z", 7 * SECOND),
        ("1970-01-01T00:00:00.5Z", SECOND // 2),
        ("1969-12-31T23:59:59.999999999Z", -1),
    ],
)
def test_one_spelling_for_each_instant(text: str, instant: int) -> None:
    assert parse_instant(text) == instant
    assert show_instant(instant) == text


@pytest.mark.parametrize(
    "text",
    [
        *["2026-2-5", "2026-02-30", "26-02-03", "0000-01-01", "٢٠٢٦-١٢-٢٥", "2026-12-25 "],
        *["2026-12-25T24:00Z", "2026-12-25T08:60Z", "2026-12-25T08:00", "2026-12-25T08:00+01:00"],
        *["tomorrow", ""],
    ],
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_instant(text)
    assert refusal.value.code == "E0580"


@pytest.mark.parametrize("text", ["1699-12-31", "2262-01-01"])
def test_years_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_date(text)
    assert refusal.value.code == "E0581"


def test_a_date_has_no_time_of_day() -> None:
    with pytest.raises(Refused):
        parse_date("2026-12-25T08:00Z")


@given(st.integers(0, 10**6), st.sampled_from(DurationUnit))
def test_parsing_a_duration_undoes_printing(count: int, unit: DurationUnit) -> None:
    assert parse_duration(str(Duration(count, unit))) == Duration(count, unit)


@pytest.mark.parametrize("text", ["3", "M", "1.5y", "-1d", "3 M", "3m", ""])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_duration(text)
    assert refusal.value.code == "E0582"


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31", "1M", "2026-02-28"),
        ("2028-01-31", "1M", "2028-02-29"),
        ("2026-02-28", "1M", "2026-03-28"),
        ("2028-02-29", "1y", "2029-02-28"),
        ("2026-11-30", "3M", "2027-02-28"),
        ("2026-12-25T08:00Z", "1w", "2027-01-01T08:00Z"),
        ("2026-12-25T08:00Z", "90min", "2026-12-25T09:30Z"),
        ("2026-07-02", "2bd", "2026-07-06"),
        ("2026-07-03T10:00Z", "0bd", "2026-07-03T10:00Z"),
        ("2026-07-04", "0bd", "2026-07-06"),
    ],
)
def test_published_additions(start: str, duration: str, end: str) -> None:
    moved = add(parse_instant(start), parse_duration(duration), Calendar.NYC)
    assert show_instant(moved) == end


def test_a_duration_carries_its_own_calendar() -> None:
    start = parse_date("2026-12-24")
    own = Duration(1, DurationUnit.BUSINESS_DAY, Calendar.LON)
    assert show_instant(add(start, own, Calendar.NYC)) == "2026-12-29"
    assert show_instant(add(start, parse_duration("1bd"), Calendar.NYC)) == "2026-12-28"
    assert str(own) == "1bd(LON)"


def test_business_days_need_a_calendar() -> None:
    with pytest.raises(Refused) as refusal:
        add(0, parse_duration("2bd"))
    assert refusal.value.code == "E0583"


@given(recent, st.integers(-600, 600))
def test_months_keep_the_day_or_take_the_last(start: int, months: int) -> None:
    moved = date_of(add(start, Duration(months, DurationUnit.MONTH)))
    day = date_of(start)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (
        moved.day < day.day and (moved + timedelta(days=1)).month != moved.month
    )


@given(recent, st.integers(1, 60))
def test_business_days_forth_and_back(start: int, count: int) -> None:
    days = Duration(count, DurationUnit.BUSINESS_DAY, Calendar.TARGET)
    there = add(start, days)
    assert is_business_day(date_of(there), Calendar.TARGET)
    if is_business_day(date_of(start), Calendar.TARGET):
        assert add(there, -days) == start


@given(instants, st.integers(-(10**9), 10**9), st.sampled_from(DurationUnit))
def test_adding_stays_in_range_or_is_refused(start: int, count: int, unit: DurationUnit) -> None:
    if unit is DurationUnit.BUSINESS_DAY:
        count %= 100
    try:
        moved = add(start, Duration(count, unit), Calendar.NONE)
    except Refused as refusal:
        assert refusal.code == "E0581"
    else:
        assert first_instant <= moved <= last_instant
        assert moved % DAY == start % DAY or Duration(count, unit).nanoseconds is not None
