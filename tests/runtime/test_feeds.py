"""Reports, quorum, median, and what is believed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, RegisterFeed
from rfos_runtime.records.events import ObservationRefused
from rfos_runtime.reference.feeds import fresh
from tests.runtime.stage import HOUR, MINUTE, REPORTERS, SECOND, SPOT, Stage, agreed, opened

STEPPED = "stepped"


@given(st.integers(1, 5), st.data())
def test_f_liars_of_3f_plus_1_never_move_the_median_out_of_the_honest_range(
    liars: int, data: st.DataObject
) -> None:
    names = [f"r{k}" for k in range(3 * liars + 1)]
    honest = data.draw(st.lists(st.integers(900, 1100), min_size=liars + 1, max_size=2 * liars + 1))
    lies = data.draw(st.lists(st.integers(0, 10**6), min_size=liars, max_size=liars))
    values = data.draw(st.permutations(honest + lies))
    stage = Stage()
    quorum = 2 * liars + 1
    stage.play(1, RegisterFeed("x", tuple(names), quorum, HOUR, 0, 10**6))
    reports = tuple(Report("x", 2, value, names[k]) for k, value in enumerate(values))
    applied = stage.play(2, reports=reports)
    newest = stage.world.feeds["x"].newest
    if len(values) < quorum:
        assert newest is None
        assert set(applied.reports) == {Code.NO_QUORUM}
    else:
        assert newest is not None
        assert min(honest) <= newest.value <= max(honest)


def test_the_median_of_an_even_number_is_the_lower_one() -> None:
    stage = opened({})
    values = (10, 40, 20, 30)
    pairs = zip(REPORTERS, values, strict=True)
    stage.play(HOUR, reports=tuple(Report(SPOT, HOUR, value, name) for name, value in pairs))
    assert fresh(stage.world, SPOT) == 20


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (Report("nothing", HOUR, 100, "r1"), Code.UNKNOWN_FEED),
        (Report(SPOT, HOUR, 100, "r9"), Code.UNKNOWN_REPORTER),
        (Report(SPOT, SECOND, 100, "r1"), Code.REPORT_LATE),
        (Report(SPOT, HOUR + 1, 100, "r1"), Code.REPORT_EARLY),
        (Report(SPOT, HOUR, 100, "r1"), Code.NO_QUORUM),
    ],
)
def test_a_report_that_does_not_count(report: Report, code: Code) -> None:
    stage = opened({})
    applied = stage.play(HOUR, reports=(report,))
    assert applied.reports == (code,)
    assert fresh(stage.world, SPOT) is None


def test_a_reporter_s_first_word_counts() -> None:
    stage = opened({})
    again = Report(SPOT, HOUR, 999, "r1")
    applied = stage.play(HOUR, reports=(*agreed(SPOT, HOUR, 100), again))
    assert applied.reports == (Code.ACCEPTED,) * 4 + (Code.DUPLICATE_REPORT,)
    assert fresh(stage.world, SPOT) == 100


def test_an_observation_outside_its_bounds_is_refused_not_clamped() -> None:
    stage = opened({})
    stage.play(HOUR, spot=100)
    applied = stage.play(HOUR + 1, spot=10**9 + 1)
    assert set(applied.reports) == {Code.OUT_OF_BOUNDS}
    assert stage.told(ObservationRefused)
    assert fresh(stage.world, SPOT) == 100


def test_a_jump_is_refused_until_the_last_observation_is_stale() -> None:
    stage = Stage()
    stage.play(1, RegisterFeed(STEPPED, ("r1",), 1, HOUR, -(10**6), 10**6, ONE // 10))

    def reported(time: int, value: int) -> Code:
        return stage.play(time, reports=(Report(STEPPED, time, value, "r1"),)).reports[0]

    assert reported(MINUTE, 1000) is Code.ACCEPTED
    assert reported(2 * MINUTE, 1101) is Code.STEP_TOO_LARGE
    assert reported(3 * MINUTE, 1100) is Code.ACCEPTED
    assert reported(3 * MINUTE + HOUR, 500) is Code.STEP_TOO_LARGE
    assert reported(3 * MINUTE + HOUR + 1, 500) is Code.ACCEPTED


def test_an_observation_is_good_for_its_staleness_to_the_nanosecond() -> None:
    stage = opened({})
    stage.play(HOUR, spot=100)
    stage.play(2 * HOUR)
    assert fresh(stage.world, SPOT) == 100
    stage.play(2 * HOUR + 1)
    assert fresh(stage.world, SPOT) is None


def test_the_first_fixing_of_a_day_stands_also_within_a_block() -> None:
    stage = opened({})
    first, again = (
        tuple(replace(each, date=HOUR) for each in agreed(SPOT, instant, value))
        for instant, value in ((2 * HOUR, 100), (3 * HOUR, 200))
    )
    applied = stage.play(3 * HOUR, reports=(*first, *again))
    codes = (Code.ACCEPTED,) * len(first) + (Code.FIXED_BEFORE,) * len(again)
    assert applied.reports == codes
    assert stage.world.fixings == {(SPOT, 0): 100}
