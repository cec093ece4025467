"""Clocks put forward and back: each date has its cut, and days of 23, 24 and 25 hours add up."""

from datetime import UTC as EVEN
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.clock import UTC, Clock, zone_named, zone_names
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.instant import DAY, HOUR, MINUTE, SECOND, parse_instant, start_of_day
from rfos_lang.base.refusal import Refused

EPOCH = datetime(1970, 1, 1, tzinfo=EVEN)
NEW_YORK = "America/New_York"
zones = st.sampled_from(zone_names())
days = st.dates(date(1972, 1, 1), date(2200, 1, 1))
times = st.integers(0, 24 * 60 - 1).map(lambda minutes: minutes * MINUTE)
clocks = st.builds(Clock, times, zones)


@cache
def rules(zone: str) -> ZoneInfo:
    """The rules of the library, not the machine's."""
    with (files("tzdata") / "zoneinfo" / zone).open("rb") as file:
        return ZoneInfo.from_file(file)


def shown(instant: int, zone: str) -> datetime:
    """What the clocks of a place show, as the standard library has it."""
    return (EPOCH + timedelta(seconds=instant // SECOND)).astimezone(rules(zone))


def at_time(day: date, clock: Clock) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(seconds=clock.cut // SECOND)


@given(clocks, days)
def test_a_place_shows_the_cut_unless_its_clock_skips_it(clock: Clock, day: date) -> None:
    there = shown(clock.at_cut(day), clock.zone)
    wanted = at_time(day, clock)
    exists = wanted.replace(tzinfo=rules(clock.zone)).astimezone(EVEN)
    if exists.astimezone(rules(clock.zone)).replace(tzinfo=None) == wanted:
        assert there.replace(tzinfo=None) == wanted
        assert there.fold == 0
    else:
        assert there.replace(tzinfo=None) > wanted


@given(clocks, days)
def test_cuts_lie_a_day_apart_and_what_the_clock_was_moved(clock: Clock, day: date) -> None:
    first, second = clock.at_cut(day), clock.at_cut(day + timedelta(days=1))
    moved = [
        shown(at, clock.zone).utcoffset()
        for at in (first, second)
        if shown(at, clock.zone).replace(tzinfo=None) == at_time(clock.day(at), clock)
    ]
    if len(moved) == 2:
        ahead = (moved[1] - moved[0]) // timedelta(seconds=1) * SECOND
        assert second - first == DAY - ahead


def test_days_of_new_york_have_23_24_or_25_hours() -> None:
    clock = Clock(17 * HOUR, NEW_YORK)
    ends = [clock.at_cut(date(2026, 1, 1) + timedelta(days=k)) for k in range(366)]
    lengths = [(later - earlier) // HOUR for earlier, later in pairwise(ends)]
    assert sum(lengths) == 365 * 24
    assert {length: lengths.count(length) for length in lengths} == {24: 363, 23: 1, 25: 1}
    assert lengths[65] == 23 and lengths[303] == 25  # from 7 March, and from 31 October


@given(clocks, days)
def test_the_day_of_a_cut_is_its_date(clock: Clock, day: date) -> None:
    day_of_cut = clock.day(clock.at_cut(day))
    # A place that moved to the other side of the date line has skipped a whole day.
    assert day_of_cut == day or clock.at_cut(day_of_cut) == clock.at_cut(day)


@given(clocks, days, st.integers(-2000, 2000))
def test_days_there_and_back(clock: Clock, day: date, count: int) -> None:
    there = Duration(count, DurationUnit.DAY)
    begin = clock.at_cut(day)
    arrived = add(begin, there, clock=clock)
    assert arrived == clock.at_cut(clock.day(begin) + timedelta(days=count))
    assert add(arrived, -there, clock=clock) in (
        begin,
        clock.at_cut(clock.day(arrived) - timedelta(days=count)),
    )


@given(zones, days, times, st.integers(-50, 50))
def test_hours_are_lengths_of_time(zone: str, day: date, time: int, count: int) -> None:
    instant = start_of_day(day) + time
    assert add(instant, Duration(count, DurationUnit.HOUR), clock=Clock(0, zone)) == (
        instant + count * HOUR
    )


@given(clocks, days, times, st.integers(0, 500))
def test_the_cuts_of_a_stretch_are_those_of_its_days(
    clock: Clock, day: date, time: int, length: int
) -> None:
    first = start_of_day(day) + time
    last = first + length * 6 * HOUR
    around = [day + timedelta(days=k) for k in range(-3, length // 4 + 4)]
    assert clock.cuts(first, last) == tuple(
        sorted({at for each in around if first < (at := clock.at_cut(each)) <= last})
    )


@given(days, times)
def test_utc_counts_as_it_always_did(day: date, time: int) -> None:
    instant = start_of_day(day) + time
    assert UTC.at_cut(day) == start_of_day(day)
    assert UTC.day(instant) == day
    assert Clock(time).on(day + timedelta(days=9), instant) == instant + 9 * DAY


@pytest.mark.parametrize(
    ("zone", "cut", "day", "instant"),
    [
        (NEW_YORK, 10 * HOUR, date(2026, 1, 15), "2026-01-15T15:00Z"),
        (NEW_YORK, 10 * HOUR, date(2026, 7, 15), "2026-07-15T14:00Z"),
        (NEW_YORK, 2 * HOUR + 30 * MINUTE, date(2026, 3, 8), "2026-03-08T07:30Z"),  # skipped
        (NEW_YORK, HOUR + 30 * MINUTE, date(2026, 11, 1), "2026-11-01T05:30Z"),  # the first
        ("Europe/London", 16 * HOUR, date(2026, 3, 29), "2026-03-29T15:00Z"),
        ("Australia/Lord_Howe", 9 * HOUR, date(2026, 12, 1), "2026-11-30T22:00Z"),
        ("Asia/Tokyo", 15 * HOUR, date(2026, 7, 15), "2026-07-15T06:00Z"),
        ("America/Nuuk", 23 * HOUR + 30 * MINUTE, date(2026, 3, 28), "2026-03-29T01:30Z"),
    ],
)
def test_cuts_by_hand(zone: str, cut: int, day: date, instant: str) -> None:
    clock = Clock(cut, zone)
    assert clock.at_cut(day) == parse_instant(instant)
    assert clock.day(parse_instant(instant)) == day


def test_a_skipped_cut_stays_the_cut() -> None:
    clock = Clock(2 * HOUR + 30 * MINUTE, NEW_YORK)
    spring = clock.at_cut(date(2026, 3, 8))
    later = add(spring, Duration(1, DurationUnit.MONTH), clock=clock)
    assert later == parse_instant("2026-04-08T06:30Z")


def test_an_hour_that_is_shown_twice_stays_the_second_on_its_day() -> None:
    second = parse_instant("2026-11-01T06:30Z")
    clock = Clock(0, NEW_YORK)
    assert add(second, Duration(0, DurationUnit.DAY), clock=clock) == second
    assert add(second, Duration(1, DurationUnit.DAY), clock=clock) == parse_instant(
        "2026-11-02T06:30Z"
    )


@given(st.sampled_from(zone_names()))
def test_every_zone_that_may_be_named_is_known(zone: str) -> None:
    assert zone_named(zone) == zone
    Clock(0, zone).at_cut(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("EST", "America/New_York"),
        ("NYC", "America/New_York"),
        ("New_York", "America/New_York"),
        ("America/NewYork", "America/New_York"),
        ("europe/london", "Europe/London"),
        ("Tokyo", "Asia/Tokyo"),
        ("utc", "UTC"),
        ("Middle/Earth_Shire", None),
    ],
)
def test_other_names_are_refused_with_the_one_that_was_meant(name: str, meant: str | None) -> None:
    with pytest.raises(Refused) as refused:
        zone_named(name)
    assert (refused.value.code, refused.value.names["suggestion"]) == ("E0590", meant)
