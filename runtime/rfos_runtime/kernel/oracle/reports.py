"""The reports of a block: which of them count, and the observations that they make, instant by
instant."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.oracle.feeds import Feeds
from rfos_runtime.kernel.world import World
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, INSTANT_MAX
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Flag
from rfos_runtime.records.reports import COLUMNS, whole

Day = int | None
"""The day that reports fix; None for ticks."""


class Word(NamedTuple):
    """A report, by handles."""

    feed: int
    reporter: int
    instant: int
    value: int
    day: Day


class Observed(NamedTuple):
    """A median that was believed, or was not."""

    feed: int
    value: int
    code: Code
    wide: bool


class Reports(NamedTuple):
    """The reports of a block, how each went, and those that count by instant, feed and day."""

    words: Sequence[Word]
    codes: list[Code]
    by_instant: Mapping[int, Mapping[int, Mapping[Day, list[int]]]]


_UNUSED = [name for name in COMMAND.names if name not in COLUMNS]


def words_of(records: NDArray[Any]) -> list[Word]:
    """Reports by handles."""
    names = ("instrument", "account", "until_ns", "a0", "a1", "flags", "reference")
    return [
        Word(feed, reporter, instant, whole(low, high), date // DAY if flags else None)
        for feed, reporter, instant, low, high, flags, date in zip(
            *(records[name].tolist() for name in names), strict=True
        )
    ]


def _are_well_made(records: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether whatever a report does not use is zero."""
    wrong = (records["flags"] & ~np.int32(Flag.DATED)) != 0
    wrong |= (records["flags"] == 0) & (records["reference"] != 0)
    for name in _UNUSED:
        wrong |= records[name] != 0
    return ~wrong


def admitted(world: World, feeds: Feeds, until: int, records: NDArray[Any]) -> Reports:
    """Which reports count. An instant must lie after the last one that the kernel has seen, and not
    after the block's time."""
    words, codes = words_of(records), list[Code]()
    said: set[tuple[int, int, int]] = set()
    by_instant: dict[int, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for index, (word, well) in enumerate(zip(words, _are_well_made(records).tolist(), strict=True)):
        key = word[:3]
        code = _admission(world, feeds, until, word, key in said) if well else Code.NOT_ZERO
        codes.append(code)
        if code is Code.ACCEPTED:
            said.add(key)
            by_instant[word.instant][word.feed][word.day].append(index)
    return Reports(words, codes, by_instant)


def _admission(world: World, feeds: Feeds, until: int, word: Word, said: bool) -> Code:
    if abs(word.instant) > INSTANT_MAX:
        return Code.MALFORMED
    feed = feeds.of(word.feed)
    if feed is None:
        return Code.UNKNOWN_FEED
    if not 0 < word.reporter <= len(feed.reporters):
        return Code.UNKNOWN_REPORTER
    if word.instant <= world.totals[0]["time"]:
        return Code.REPORT_LATE
    if word.instant > until:
        return Code.REPORT_EARLY
    if word.day is not None:
        if word.day > word.instant // DAY:
            return Code.DATE_AHEAD
        if oracle.fixing(world, word.feed, word.day) is not None:
            return Code.FIXED_BEFORE
    return Code.DUPLICATE_REPORT if said else Code.ACCEPTED


def observe(world: World, feeds: Feeds, reports: Reports) -> Iterator[Observed]:
    """Makes the observations of the world's time: by feed, its tick first, then day by day."""
    heard = reports.by_instant.get(int(world.totals[0]["time"]), {})
    for feed in sorted(heard):
        for day, indices in sorted(heard[feed].items(), key=_ticks_first):
            said = [reports.words[index].value for index in indices]
            value, code = oracle.observed(world, feeds, feed, said, day)
            for index in indices:
                reports.codes[index] = code
            wide = oracle.is_wide(feeds.registered[feed - 1], sorted(said), value)
            if code is Code.ACCEPTED:
                oracle.accept(world, feed, value, wide, day)
            if code not in (Code.NO_QUORUM, Code.FIXED_BEFORE):
                yield Observed(feed, value, code, wide)


def _ticks_first(item: tuple[Day, list[int]]) -> tuple[bool, int]:
    day = item[0]
    return day is not None, day or 0
