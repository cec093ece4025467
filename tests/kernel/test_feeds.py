"""Reports on both kernels: the same ones count, the same observations are believed; and what
liars cannot do."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, OPERATOR, Breaker, RegisterFeed, Reserve
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.reports import decode_reports, encode_report, halves, whole
from rfos_runtime.records.wire import Names, NoCommand
from tests.kernel.both import Both
from tests.kernel.test_ledger import played, signed_as_they_go

HOUR = DAY // 24
REPORTERS = ("r1", "r2", "r3", "r4")
FEEDS = (
    RegisterFeed(
        "x",
        REPORTERS,
        3,
        HOUR,
        -(10**30),
        10**30,
        ONE // 2,
        ONE // 5,
        Breaker(ONE // 5, HOUR, HOUR),
    ),
    RegisterFeed("y", REPORTERS[:2], 1, 3 * HOUR, 0, 2**127 - 1, None, 0, Breaker(ONE, DAY, HOUR)),
    RegisterFeed("z", ("r9",), 1, 0, -5, 5, 0),
)
NAMES = Names((), (), {feed.feed: feed.reporters for feed in FEEDS})

values = st.sampled_from((0, 1, -1, 90, 100, 130, 10**29, 2**64 + 3, -(2**63), 2**127 - 1, 10**31))
offsets = st.sampled_from((-DAY, -1, 0, 1, HOUR, HOUR, 2 * HOUR, DAY, 3 * DAY))
dates = st.none() | st.none() | st.integers(-2, 4).map(lambda days: days * DAY + HOUR)
words = st.tuples(st.sampled_from("xxxyz?"), offsets, values, st.integers(1, 15), dates)
blocks = st.lists(st.tuples(st.integers(1, 2 * DAY), st.lists(words, max_size=4)), max_size=6)
Words = Sequence[tuple[str, int, int, int, int | None]]


def opened(*feeds: RegisterFeed) -> Both:
    """Both kernels with an opened ledger and feeds."""
    both = played([])
    assert set(both.apply(2, signed_as_they_go(both, 2, feeds))) <= {Code.ACCEPTED}
    return both


def reports(begin: int, said: Words) -> list[Report]:
    """What was said; each word is that of some reporters, by the bits of a number."""
    every = (*REPORTERS, "r9")
    return [
        Report(feed, begin + offset, value, name, date)
        for feed, offset, value, who, date in said
        for place, name in enumerate(every)
        if who >> place & 1 or (name == "r9" and feed == "z")
    ]


@given(blocks)
@settings(max_examples=60)
def test_both_believe_the_same(script: list[tuple[int, Words]]) -> None:
    both = opened(*FEEDS)
    both.apply(3, signed_as_they_go(both, 3, [Reserve("ann", "bob", "USD", 5, DAY)]))
    for length, said in script:
        begin = both.world.time
        both.apply(begin + length, (), reports(begin, said))


def test_streams_reach_what_they_are_about() -> None:
    both = opened(*FEEDS)
    every = ["r1", "r2", "r3"]
    both.apply(10, (), [Report("x", 5, 100, name) for name in every])
    both.apply(20, (), [Report("x", 15, 151, name) for name in every])
    both.apply(30, (), [Report("y", 25, 2**100, "r1", 3), Report("y", 26, 7, "r1", 4)])
    both.apply(40, (), [Report("z", 35, 6, "r9"), Report("z", 40, -5, "r9")])
    assert both.heard[-4:] == [
        (Code.ACCEPTED,) * 3,
        (Code.STEP_TOO_LARGE,) * 3,
        (Code.ACCEPTED, Code.FIXED_BEFORE),
        (Code.OUT_OF_BOUNDS, Code.ACCEPTED),
    ]


REGISTERED: tuple[tuple[dict[str, object], Code], ...] = (
    ({}, Code.FEED_EXISTS),
    ({"feed": ""}, Code.MALFORMED),
    ({"feed": "w", "reporters": ("r1", "r1")}, Code.MALFORMED),
    ({"feed": "w", "quorum": 0}, Code.MALFORMED),
    ({"feed": "w", "quorum": 5}, Code.MALFORMED),
    ({"feed": "w", "staleness": -1}, Code.MALFORMED),
    ({"feed": "w", "staleness": 2**63}, Code.MALFORMED),
    ({"feed": "w", "lowest": 10**31}, Code.MALFORMED),
    ({"feed": "w", "highest": 2**127}, Code.MALFORMED),
    ({"feed": "w", "maximum_step": -1}, Code.MALFORMED),
    ({"feed": "w", "maximum_step": None}, Code.ACCEPTED),
    ({"feed": "w", "widest": -1}, Code.MALFORMED),
    ({"feed": "w", "widest": None, "breaker": None}, Code.ACCEPTED),
    ({"feed": "w", "breaker": Breaker(0, HOUR, HOUR)}, Code.MALFORMED),
    ({"feed": "w", "breaker": Breaker(ONE, HOUR, DAY)}, Code.MALFORMED),
)


@pytest.mark.parametrize(("change", "code"), REGISTERED)
def test_both_refuse_the_same_feeds(change: dict[str, object], code: Code) -> None:
    both = opened(*FEEDS)
    fields = {name: getattr(FEEDS[0], name) for name in FEEDS[0].__match_args__} | change
    made = RegisterFeed(**fields)  # type: ignore[arg-type]
    assert both.apply(3, signed_as_they_go(both, 3, [made])) == (code,)


def test_a_feed_is_not_registered_in_a_chain() -> None:
    both = opened()
    number = both.world.sequences()[OPERATOR]
    linked = Signed(FEEDS[0], (Signer(OPERATOR, number + 1),), linked=True)
    refused = Signed(FEEDS[1], (Signer(OPERATOR, number + 1),))
    assert both.apply(3, [linked, refused]) == (Code.NOT_LINKABLE, Code.LINK_FAILED)
    assert both.kernel.feeds.registered == []


# --- liars ---------------------------------------------------------------------------------------


@given(st.integers(0, 3), st.integers(0, 2), st.data())
@settings(max_examples=60)
def test_no_liars_move_an_observation_out_of_the_honest_range(
    liars: int, spare: int, data: st.DataObject
) -> None:
    """Of 3f + 1 reporters, or any number, with a quorum of 2f + 1 or more: f of them say whatever
    they like, whenever, or nothing, or speak twice. What is accepted at an instant lies between two
    honest words of that instant."""
    quorum = 2 * liars + 1
    names = tuple(f"r{k}" for k in range(quorum + liars + spare))
    both = opened(RegisterFeed("x", names, quorum, DAY, -(10**6), 10**6))
    honest = names[: len(names) - liars]
    for _ in range(data.draw(st.integers(1, 3))):
        now = both.world.time + 10
        said = {name: data.draw(st.integers(900, 1_100)) for name in honest}
        silent = data.draw(st.sets(st.sampled_from(honest)))
        made = [Report("x", now, value, name) for name, value in said.items() if name not in silent]
        lies = st.builds(
            Report,
            st.sampled_from("x?"),
            st.integers(now - 12, now + 2),
            st.integers(-(10**7), 10**7),
            st.sampled_from((*names[len(honest) :], "nobody")),
        )
        made += data.draw(st.lists(lies, max_size=8))
        both.apply(now, (), data.draw(st.permutations(made)))
        newest = both.world.feeds["x"].newest
        if newest is not None and newest.instant == now:
            heard = [value for name, value in said.items() if name not in silent]
            assert min(heard) <= newest.value <= max(heard)
        else:
            assert len(honest) - len(silent) < quorum or newest is None or newest.instant < now


# --- records -------------------------------------------------------------------------------------


@given(words, st.integers(0, 3))
def test_reports_come_back_from_their_records(
    word: tuple[str, int, int, int, int | None], who: int
) -> None:
    feed, instant, value, _, date = word
    report = Report(feed, instant, value, REPORTERS[who], date)
    known = report.reporter in NAMES.feeds.get(feed, ())
    came = next(decode_reports(encode_report(report, NAMES), NAMES))
    assert came == report or not known
    assert (came.reporter, came.feed) != ("", "") or feed == "?"


@given(st.integers(-(2**127), 2**127 - 1))
def test_a_value_is_the_whole_of_its_halves(value: int) -> None:
    assert whole(*halves(value)) == value


@pytest.mark.parametrize("value", [2**127, -(2**127) - 1])
def test_a_value_beyond_128_bits_has_no_record(value: int) -> None:
    with pytest.raises(NoCommand):
        encode_report(Report("x", 1, value, "r1"), NAMES)


@pytest.mark.parametrize("column", ["quantity", "reference", "session", "tag", "reserved"])
def test_what_a_report_does_not_use_is_zero(column: str) -> None:
    both = opened(*FEEDS)
    record = encode_report(Report("y", 5, 7, "r1"), NAMES)
    altered = COMMAND.packed(COMMAND.unpacked(record) | {column: 1})
    assert list(both.kernel.apply(9, altered).results["code"]) == [Code.NOT_ZERO]


def test_a_report_behind_a_command_is_no_operation() -> None:
    both = opened(*FEEDS)
    record = encode_report(Report("y", 5, 7, "r1"), NAMES)
    bare = Op.CONTINUES.to_bytes(4, "little") + bytes(124)
    done = both.kernel.apply(9, bare + record)
    assert set(done.results["code"]) == {Code.UNKNOWN_OPERATION}
