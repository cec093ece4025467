"""Whatever liars do: up to f of 3f + 1 reporters move no accepted value beyond honest words,
and too few appraisers have no table count. Every world is played on both kernels.

Liars say anything at any time: values, silence, words twice, late and early ones, ticks as fixings
and fixings as ticks. Honest reporters say one value each, once, at the instant.
"""

from dataclasses import replace
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.appraisals import Appraise, Price, RegisterAppraisers, Scenarios
from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import DAY, DefinePolicy, Lock, RegisterFeed
from rfos_runtime.records.events import Appraised, Observed
from rfos_runtime.reference.world import World
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, Stage, opened
from tests.runtime.test_appraising import (
    AGEING,
    DEFINE,
    DESK,
    LIST,
    NAME,
    VERSION,
    said,
)

FIRST = DAY + HOUR
values = st.integers(0, 10**9) | st.integers(9_000, 11_000)
honest_values = st.integers(9_900, 10_100)


Names = tuple[str, ...]


@st.composite
def blocks(draw: st.DrawFn, liars: Names, honest: Names) -> list[tuple[Report, ...]]:
    """The reports of some minutes: words of liars between those of the honest, in any order."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        now = FIRST + number * MINUTE
        date = draw(st.sampled_from((None, None, 0, DAY)))
        times = st.sampled_from((*[now] * 6, now - 1, now + 1, now - MINUTE))
        dates = st.sampled_from((date, date, date, None, 0, DAY, 2 * DAY))
        lies = st.builds(Report, st.just(SPOT), times, values, st.sampled_from(liars), dates)
        some = st.lists(st.sampled_from(honest), unique=True)
        speak = draw(st.just(honest) | st.just(honest) | some)
        words = [Report(SPOT, now, draw(honest_values), name, date) for name in speak]
        lied = draw(st.lists(lies, min_size=1, max_size=3 * len(liars)))
        found.append(tuple(draw(st.permutations([*lied, *words]))))
    return found


def bounds(reports: tuple[Report, ...], liars: tuple[str, ...], instant: int) -> tuple[int, int]:
    """The lowest and the highest that honest reporters said of an instant."""
    told = [e.value for e in reports if e.reporter not in liars and e.instant == instant]
    return min(told), max(told)


@given(st.integers(1, 2).flatmap(lambda f: st.tuples(st.just(f), st.data())))
@settings(max_examples=60, deadline=None)
def test_f_liars_move_no_value_beyond_honest_words(drawn: tuple[int, st.DataObject]) -> None:
    f, data = drawn
    names = tuple(f"r{number}" for number in range(3 * f + 1))
    liars, honest = names[:f], names[f:]
    feed = RegisterFeed(SPOT, names, 2 * f + 1, HOUR, 0, 10**9)
    stage = opened({"ann": 1}, feed=feed)
    for number, reports in enumerate(data.draw(blocks(liars, honest))):
        before = dict(stage.world.fixings)
        stage.play(FIRST + number * MINUTE, reports=reports)
        for event in stage.told(Observed):
            assert isinstance(event, Observed)
            low, high = bounds(reports, liars, event.instant)
            assert low <= event.value <= high
        for key in stage.world.fixings.keys() - before.keys():
            low, high = bounds(reports, liars, FIRST + number * MINUTE)
            assert low <= stage.world.fixings[key] <= high
        assert {**stage.world.fixings, **before} == stage.world.fixings  # a fixing stands


# --- appraisers --------------------------------------------------------------------------------


PANEL = ("a1", "a2", "a3", "a4", "a5")
QUORUM = 3
WORST = 4_000
numbers = st.integers(-5_000, 5_000)
exposures = st.integers(-4_300, 100)
needs = st.tuples(st.integers(-1, 9), st.integers(-1, 1_900))
losses = st.tuples(*[st.integers(-1_500, 1_500)] * 3)
tables = st.builds(Scenarios, st.just(NAME), losses)
prices = st.builds(Price, st.integers(1, 3).map(lambda n: n * 10_000), numbers)
epochs = st.sampled_from((0, FIRST - MINUTE, FIRST - 1, FIRST, FIRST, FIRST + HOUR))


def words_of(names: tuple[str, ...]) -> st.SearchStrategy[Appraise]:
    """Anything that some appraisers might say."""
    return st.builds(
        lambda more, **word: Appraise(**word, initial=tuple(map(add, word["maintenance"], more))),
        needs,
        account=st.sampled_from(names),
        instrument=st.just(1),
        version=st.sampled_from((VERSION, VERSION, VERSION, bytes(32))),
        epoch=epochs,
        exposure=exposures,
        maintenance=needs,
        tables=st.lists(tables, max_size=1).map(tuple),
        prices=st.lists(prices, max_size=1).map(tuple),
    )


def appraised() -> Stage:
    """A contract that owes 4 000 a lot at worst, before anybody has said anything of it."""
    stage = opened({**dict.fromkeys(PANEL, 0), "ann": 9_000, "bob": 9_000})
    register = RegisterAppraisers(LIST.definition, PANEL, QUORUM, AGEING)
    stage.accepted(2 * SECOND, DEFINE, register, LIST, DefinePolicy(DESK), spot=10_000)
    stage.accepted(FIRST)
    return stage


@given(st.lists(words_of(PANEL[: QUORUM - 1]), max_size=12))
@settings(max_examples=60, deadline=None)
def test_too_few_appraisers_have_no_table_count(words: list[Appraise]) -> None:
    stage = appraised()
    for number, batch in enumerate((words[:4], words[4:8], words[8:])):
        stage.play(FIRST + MINUTE * (number + 1), *batch)
        assert (stage.told(Appraised), stage.world.appraised) == ([], {})
        assert stage.world.instruments[1].mark is None


@given(st.lists(words_of(PANEL[: QUORUM - 1]), max_size=8), st.sampled_from((0, 1, 2)))
@settings(max_examples=60, deadline=None)
def test_too_few_who_lie_cannot_keep_the_others_from_agreeing(
    words: list[Appraise], before: int
) -> None:
    stage = appraised()
    right = [said(name, FIRST) for name in PANEL[QUORUM - 1 :]]
    stage.play(FIRST + 1, *words[:before], *right, *words[before:])
    assert stage.world.appraised[1].exposure == -500


@given(words_of(PANEL[:1]), st.integers(QUORUM, len(PANEL)))
@settings(max_examples=150, deadline=None)
def test_appraisers_who_agree_to_lie_move_value_within_the_envelope_only(
    word: Appraise, count: int
) -> None:
    stage = appraised()
    stage.play(FIRST + 1, *(replace(word, account=name) for name in PANEL[:count]))
    for age in (2, 30 * MINUTE, 3 * HOUR):
        stage.accepted(FIRST + age)
        assert_within(stage.world)


def assert_within(world: World) -> None:
    """No side is asked for more than its worst case, and none is worth more than the other's."""
    lock = world.instruments[1].locks[1]
    assert lock == Lock(CASH, WORST)
    for row, worst in zip(world.instruments[1].mark or (), (0, WORST), strict=False):
        assert -WORST <= row.exposure <= worst
        assert 0 <= row.maintenance <= worst - row.exposure
        assert row.maintenance <= row.initial <= worst - row.exposure
    for table in world.tables.values():
        mark = world.instruments[1].mark
        assert mark is not None
        assert all(-WORST <= mark[0].exposure + loss <= 0 for loss in table.losses)
