"""The hours that are replayed: those in which bitcoin fell furthest, of files of price bars."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.span import Span
from rfos_lang.driver.bars import Observation, observations
from rfos_runtime.records.commands import SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
AFTER = 20
"""So many minutes are played after the hour, so that its auctions run out."""
MOST_A_CRASH = 3
LEADS = "BTC"


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour, and what followed: by underlying its prices by instant, each whole minute among
    them."""

    begin: int
    prices: Mapping[str, Mapping[int, int]]

    @property
    def name(self) -> str:
        return show_instant(self.begin)

    def fall(self, underlying: str) -> float:
        """How far below its first price it came within the hour, as a part of that."""
        path = self.prices[underlying]
        within = (price for at, price in path.items() if at <= self.begin + HOUR)
        return 1 - min(within) / path[self.begin]

    def move(self, underlying: str) -> float:
        """How far the hour has moved it."""
        path = self.prices[underlying]
        return path[self.begin + HOUR] / path[self.begin] - 1


def worst(folder: Path, count: int) -> tuple[Hour, ...]:
    """So many hours, of each crash no more than three, in the order of time. A crash is what stands
    before the underlying in the names of files: 2022-05_luna_btc_5m.csv."""
    crashes = defaultdict[str, dict[str, Path]](dict)
    for path in sorted(folder.glob("*.csv")):
        for underlying in (LEADS, "ETH"):
            crash, found, _ = path.name.partition(f"_{underlying.lower()}_")
            if found:
                crashes[crash][underlying] = path
    made = []
    for files in crashes.values():
        if LEADS in files:
            made += _ranked(hours_of(files))[:MOST_A_CRASH]
    return tuple(sorted(_ranked(made)[:count], key=lambda hour: hour.begin))


def hours_of(files: Mapping[str, Path]) -> list[Hour]:
    """Every hour of a crash, by underlying the file of its bars."""
    paths = {underlying: _path(file) for underlying, file in files.items()}
    begin = max(min(path) for path in paths.values())
    end = min(max(path) for path in paths.values())
    length = HOUR + AFTER * MINUTE
    return [
        Hour(at, {name: _between(path, at, at + length) for name, path in paths.items()})
        for at in range(begin + -begin % HOUR, end - length + 1, HOUR)
    ]


def _ranked(hours: Iterable[Hour]) -> list[Hour]:
    return sorted(hours, key=lambda hour: (-hour.fall(LEADS), hour.begin))


def _between(path: Mapping[int, int], begin: int, end: int) -> dict[int, int]:
    return {at: price for at, price in path.items() if begin <= at <= end}


def _path(file: Path) -> dict[int, int]:
    """What bars say, and on a straight line between a price at every whole minute."""
    never = Span(str(file), 0, 0)
    text = file.read_text(encoding="utf-8")
    first, last = (_instant(text.splitlines()[place]) for place in (1, -1))
    seen, wrong = observations(text, str(file), first, last, never)
    assert not wrong, f"{file} has holes"
    return dict(_with_minutes(seen))


def _instant(line: str) -> int:
    return parse_instant(line.partition(",")[0])


def _with_minutes(seen: Sequence[Observation]) -> Iterator[Observation]:
    for (begin, was), (end, now) in pairwise(seen):
        yield begin, was
        for at in range(begin - begin % MINUTE + MINUTE, end, MINUTE):
            yield at, was + (now - was) * (at - begin) // (end - begin)


def percent(part: float) -> str:
    """A part as readers have it."""
    return f"{100 * part:+.1f} %"
