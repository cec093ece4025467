"""Schedules agree with QuantLib's and say no to what they cannot mean."""

from datetime import date

import pytest
import QuantLib as ql
from hypothesis import assume, given
from hypothesis import strategies as st

from rfos_lang.base.calendar import Calendar, Roll, is_business_day
from rfos_lang.base.duration import Duration, DurationUnit, parse_duration
from rfos_lang.base.instant import (
    DAY,
    HOUR,
    date_of,
    parse_date,
    parse_instant,
    show_instant,
    start_of_day,
)
from rfos_lang.base.refusal import Refused
from rfos_lang.base.schedule import (
    REGULAR_MAX,
    Cycle,
    Stub,
    cycle,
    every,
    moved,
    periods,
    schedule,
)
from tests.base.test_calendar import PEERS

dates = st.dates(date(2010, 1, 1), date(2050, 1, 1)).map(start_of_day)
steps = st.builds(Duration, st.integers(1, 12), st.just(DurationUnit.MONTH))
stubs = st.sampled_from([stub for stub in Stub if stub is not Stub.NONE])
calendars = st.sampled_from(Calendar)
rolls = st.sampled_from(Roll)
SHORT = Stub.SHORT_LAST


def shown(instants: tuple[int, ...]) -> list[str]:
    return [show_instant(instant) for instant in instants]


def made(first: str, last: str, step: str, **conventions: object) -> list[str]:
    dates = parse_instant(first), parse_instant(last)
    return shown(schedule(*dates, parse_duration(step), **conventions))  # type: ignore[arg-type]


def test_no_step_drifts_at_the_end_of_a_month() -> None:
    expected = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert made("2026-01-31", "2026-04-30", "1M") == expected


@pytest.mark.parametrize(
    ("stub", "expected"),
    [
        (Stub.SHORT_FIRST, ["2026-01-10", "2026-02-15", "2026-05-15", "2026-08-15"]),
        (Stub.LONG_FIRST, ["2026-01-10", "2026-05-15", "2026-08-15"]),
        (Stub.SHORT_LAST, ["2026-01-10", "2026-04-10", "2026-07-10", "2026-08-15"]),
        (Stub.LONG_LAST, ["2026-01-10", "2026-04-10", "2026-08-15"]),
    ],
)
def test_stubs(stub: Stub, expected: list[str]) -> None:
    assert made("2026-01-10", "2026-08-15", "3M", stub=stub) == expected


@pytest.mark.parametrize("stub", [stub for stub in Stub if stub is not Stub.NONE])
def test_a_stretch_shorter_than_a_step_is_one_period(stub: Stub) -> None:
    assert made("2026-01-10", "2026-02-15", "3M", stub=stub) == ["2026-01-10", "2026-02-15"]


def cycled(first: str, last: str, step: str, **rule: object) -> list[str]:
    dates = parse_instant(first), parse_instant(last)
    return shown(cycle(Cycle(*dates, parse_duration(step), **rule)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "step", "expected"),
    [
        ("2026-02-28", "1M", ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-20"]),
        ("2026-02-27", "1M", ["2026-02-27", "2026-03-27", "2026-04-27", "2026-05-20"]),
        ("2026-02-28", "30d", ["2026-02-28", "2026-03-30", "2026-04-29", "2026-05-20"]),
    ],
)
def test_month_ends_stay_month_ends(first: str, step: str, expected: list[str]) -> None:
    found = cycled(first, "2026-05-20", step, month_end=True, stub=Stub.SHORT_LAST)
    assert found == expected


def test_a_cycle_without_its_last_date_has_the_stub_all_the_same() -> None:
    rule = ("2026-01-10", "2026-05-15", "1M")
    ones = ["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2026-05-10"]
    assert cycled(*rule, stub=Stub.SHORT_LAST, with_last=False) == ones
    assert cycled(*rule, stub=Stub.LONG_LAST, with_last=False) == ones[:-1]
    assert cycled("2026-01-10", "2026-03-10", "1M", with_last=False) == ones[:2]


@given(dates, st.integers(0, 900), steps, calendars, rolls)
def test_moved_dates_know_where_they_came_from(
    first: int, length: int, step: Duration, calendar: Calendar, convention: Roll
) -> None:
    instants = cycle(Cycle(first, first + length * DAY, step, calendar, Stub.SHORT_LAST))
    pairs = moved(instants, convention, calendar)
    assert tuple(pairs) == schedule(first, first + length * DAY, step, calendar, convention, SHORT)
    assert all(moved([day], convention, calendar) == {to: day} for to, day in pairs.items())


def test_rolled_dates_keep_their_time_of_day() -> None:
    expected = ["2026-01-15T08:00Z", "2026-02-16T08:00Z", "2026-03-16T08:00Z"]
    conventions = {"calendar": Calendar.TARGET, "convention": Roll.MODIFIED_FOLLOWING}
    assert made("2026-01-15T08:00Z", "2026-03-15T08:00Z", "1M", **conventions) == expected


def test_a_daily_schedule_rolled_is_the_business_days() -> None:
    conventions = {"calendar": Calendar.LON, "convention": Roll.FOLLOWING}
    daily = made("2026-12-24", "2026-12-31", "1d", **conventions)
    counted = made("2026-12-24", "2026-12-31", "1bd", calendar=Calendar.LON)
    assert daily == counted == ["2026-12-24", "2026-12-29", "2026-12-30", "2026-12-31"]


@given(dates, dates, steps, calendars, rolls, st.sampled_from([Stub.SHORT_FIRST, Stub.SHORT_LAST]))
def test_agrees_with_quantlib(
    a: int, b: int, step: Duration, calendar: Calendar, convention: Roll, stub: Stub
) -> None:
    first, last = sorted((a, b))
    assume(len(schedule(first, last, step, calendar, convention, stub)) > 1)  # the peer needs two
    peer_rolls = {
        Roll.UNADJUSTED: ql.Unadjusted,
        Roll.FOLLOWING: ql.Following,
        Roll.MODIFIED_FOLLOWING: ql.ModifiedFollowing,
        Roll.PRECEDING: ql.Preceding,
        Roll.MODIFIED_PRECEDING: ql.ModifiedPreceding,
    }
    start, end = date_of(first), date_of(last)
    peer = ql.Schedule(
        ql.Date(start.day, start.month, start.year),
        ql.Date(end.day, end.month, end.year),
        ql.Period(step.count, ql.Months),
        PEERS[calendar],
        peer_rolls[convention],
        peer_rolls[convention],
        ql.DateGeneration.Backward if stub is Stub.SHORT_FIRST else ql.DateGeneration.Forward,
        False,
    )
    expected = {start_of_day(date(day.year(), day.month(), day.dayOfMonth())) for day in peer}
    assert schedule(first, last, step, calendar, convention, stub) == tuple(sorted(expected))


@given(dates, dates, steps, calendars, rolls, stubs)
def test_a_schedule_ascends_on_business_days(
    a: int, b: int, step: Duration, calendar: Calendar, convention: Roll, stub: Stub
) -> None:
    first, last = sorted((a, b))
    made = schedule(first, last, step, calendar, convention, stub)
    assert list(made) == sorted(set(made))
    if convention is not Roll.UNADJUSTED:
        assert all(is_business_day(date_of(instant), calendar) for instant in made)
    else:
        assert made[0] == first and made[-1] == last


@given(dates, dates, steps, stubs)
def test_periods_cover_a_schedule_without_gap(a: int, b: int, step: Duration, stub: Stub) -> None:
    dates = schedule(min(a, b), max(a, b), step, stub=stub)
    found = periods(dates)
    assert len(found) == len(dates) - 1
    assert [period.start for period in found] + [dates[-1]] == list(dates)
    assert all(period.end == period.pay == dates[period.index + 1] for period in found)
    assert [period.is_last for period in found] == [p.end == dates[-1] for p in found]
    assert [period.is_first for period in found] == [p.start == dates[0] for p in found]


@pytest.mark.parametrize(
    ("first", "last", "step", "code"),
    [
        ("2026-02-01", "2026-01-01", "1M", "E0586"),
        ("2026-01-01", "2026-02-01", "0M", "E0587"),
        ("2026-01-01", "2026-02-02", "1M", "E0588"),
        ("2026-01-01", "2026-02-01", "1s", "E0589"),
    ],
)
def test_refusals(first: str, last: str, step: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        made(first, last, step)
    assert refusal.value.code == code


@given(st.integers(-(10**4), 10**4), st.integers(0, 100), st.sampled_from(["8h", "15min", "1d"]))
def test_every_is_the_multiples_since_midnight(hours: int, length: int, step: str) -> None:
    start, end = hours * HOUR + 1, (hours + length) * HOUR
    duration = parse_duration(step)
    assert duration.nanoseconds is not None
    found = every(duration, start, end)
    assert all(
        start <= instant <= end and instant % DAY % duration.nanoseconds == 0 for instant in found
    )
    assert len(found) == end // duration.nanoseconds - (start - 1) // duration.nanoseconds


def test_every_includes_both_ends() -> None:
    day = parse_date("2026-01-01")
    found = every(parse_duration("8h"), day, day + DAY)
    assert list(found) == [day + hours * HOUR for hours in (0, 8, 16, 24)]


@pytest.mark.parametrize("step", ["7h", "1M", "2bd", "1w", "0h"])
def test_every_needs_fixed_times_of_day(step: str) -> None:
    with pytest.raises(Refused) as refusal:
        every(parse_duration(step), 0, DAY)
    assert refusal.value.code == "E0579"


def test_every_is_bounded() -> None:
    assert len(every(parse_duration("1s"), 0, (REGULAR_MAX - 1) * 10**9)) == REGULAR_MAX
    with pytest.raises(Refused) as refusal:
        every(parse_duration("1s"), 0, REGULAR_MAX * 10**9)
    assert refusal.value.code == "E0589"
