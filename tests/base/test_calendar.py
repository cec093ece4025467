"""Business days agree with QuantLib's calendars and obey the roll conventions."""

from datetime import date, timedelta

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.calendar import (
    Calendar,
    Roll,
    business_day_after,
    business_days,
    calendar_named,
    is_business_day,
    joined,
    roll,
)
from rfos_lang.base.refusal import Refused

PEERS = {
    Calendar.TARGET: ql.TARGET(),
    Calendar.NYC: ql.UnitedStates(ql.UnitedStates.FederalReserve),
    Calendar.LON: ql.UnitedKingdom(),
    Calendar.TOK: ql.Japan(),
    Calendar.NYSE: ql.UnitedStates(ql.UnitedStates.NYSE),
    Calendar.XLON: ql.UnitedKingdom(ql.UnitedKingdom.Exchange),
    Calendar.XTKS: ql.Japan(),
    Calendar.WEEKENDS: ql.WeekendsOnly(),
    Calendar.NONE: ql.NullCalendar(),
}
PEER_ROLLS = {
    Roll.UNADJUSTED: ql.Unadjusted,
    Roll.FOLLOWING: ql.Following,
    Roll.MODIFIED_FOLLOWING: ql.ModifiedFollowing,
    Roll.PRECEDING: ql.Preceding,
    Roll.MODIFIED_PRECEDING: ql.ModifiedPreceding,
}

dates = st.dates(date(2004, 1, 15), date(2060, 12, 1))
calendars = st.sampled_from(Calendar)


def to_peer(day: date) -> ql.Date:
    return ql.Date(day.day, day.month, day.year)


@pytest.mark.parametrize("calendar", Calendar)
def test_each_day_from_2004_to_2060_agrees(calendar: Calendar) -> None:
    day, differing = date(2004, 1, 1), []
    while day.year <= 2060:
        if is_business_day(day, calendar) != PEERS[calendar].isBusinessDay(to_peer(day)):
            differing.append(day)
        day += timedelta(days=1)
    assert differing == []


JOINT = st.sets(calendars, min_size=2, max_size=3)


@given(dates, JOINT, st.integers(-10, 10))
def test_joint_calendars_agree(day: date, parts: set[Calendar], count: int) -> None:
    calendar = joined(*parts)
    peer = ql.JointCalendar(*(PEERS[part] for part in parts), ql.JoinHolidays)
    assert is_business_day(day, calendar) == peer.isBusinessDay(to_peer(day))
    start = roll(day, Roll.FOLLOWING, calendar)
    moved = peer.advance(to_peer(start), count, ql.Days)
    assert to_peer(business_day_after(start, count, calendar)) == moved
    assert calendar_named(calendar.value) == calendar


@given(dates, st.sampled_from(Roll), calendars)
def test_rolls_agree(day: date, convention: Roll, calendar: Calendar) -> None:
    peer = PEERS[calendar].adjust(to_peer(day), PEER_ROLLS[convention])
    assert to_peer(roll(day, convention, calendar)) == peer


@given(dates, st.integers(-30, 30), calendars)
def test_counted_business_days_agree(day: date, count: int, calendar: Calendar) -> None:
    peer = PEERS[calendar].advance(to_peer(day), count, ql.Days)
    assert to_peer(business_day_after(day, count, calendar)) == peer


@given(dates, st.integers(0, 60), calendars)
def test_business_days_are_the_open_days_of_a_stretch(
    first: date, length: int, calendar: Calendar
) -> None:
    last = first + timedelta(days=length)
    found = list(business_days(first, last, calendar))
    assert found == sorted(set(found))
    assert all(first <= day < last and is_business_day(day, calendar) for day in found)
    assert len(found) == PEERS[calendar].businessDaysBetween(to_peer(first), to_peer(last))


@given(dates, st.sampled_from(Roll), calendars)
def test_rolling_twice_is_rolling_once(day: date, convention: Roll, calendar: Calendar) -> None:
    once = roll(day, convention, calendar)
    assert roll(once, convention, calendar) == once


def test_an_unknown_calendar_is_refused_with_a_suggestion() -> None:
    with pytest.raises(Refused) as refusal:
        calendar_named("TARGT")
    assert refusal.value.code == "E0584"
    assert refusal.value.names["suggestion"] == "TARGET"
    assert calendar_named("NYC") is Calendar.NYC


@pytest.mark.parametrize("year", [1998, 2100])
def test_years_without_known_holidays_are_refused(year: int) -> None:
    with pytest.raises(Refused) as refusal:
        is_business_day(date(year, 6, 15), Calendar.TARGET)
    assert refusal.value.code == "E0585"
    assert is_business_day(date(year, 6, 15), Calendar.NONE)
