"""What is true of each feed as time goes on, and what its reporters say of it.

Four reporters speak for each feed, three make a quorum, and one of them may be a liar. What else
goes wrong is drawn for each feed and block: silence, late words, two words at once, a value that is
a thousand times too large, negative, or at its bound.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import DAY, ONE, RegisterFeed
from rfos_runtime.simulation.streams import Stream

REPORTERS = ("r1", "r2", "r3", "r4")
QUORUM = 3
LIAR = "r4"
MILLION = 10**6


@unique
class Trouble(StrEnum):
    """What may be wrong with what is said of a feed."""

    SILENT = "silent feed"
    LATE = "late report"
    EARLY = "early report"
    TWO_WORDS = "contradictory report"
    THOUSAND = "a thousandfold"
    NEGATIVE = "negative value"
    AT_BOUND = "value at its bound"
    FEW = "no quorum"
    STRANGER = "unknown reporter"
    LIE = "lying reporter"


@dataclass(slots=True)
class Market:
    """The values of feeds. `fixed`: those of which contracts read a value for each day; `wild`: by
    how many millionths a spot moves, give or take, a block."""

    seed: int
    feeds: Mapping[str, RegisterFeed]
    fixed: frozenset[str]
    wild: int
    troubles: tuple[Trouble, ...]
    one_in: int
    values: dict[str, int] = field(default_factory=dict)
    silent: dict[str, int] = field(default_factory=dict)
    told: dict[Trouble, int] = field(default_factory=dict)

    def reports(self, number: int, before: int, time: int) -> tuple[Report, ...]:
        """What is reported in a block, of which the number, the time of the one before and its own
        are given."""
        return tuple(
            report for name in self.feeds for report in self._of(name, number, before, time)
        )

    def _of(self, name: str, number: int, before: int, time: int) -> Iterator[Report]:
        move = Stream(self.seed, "price", name, number)
        self.values[name] = self._next(name, move)
        if self.silent.get(name, 0) >= number or not self._is_told(name, number):
            return
        wrong = Stream(self.seed, "trouble", name, number)
        trouble = wrong.pick(self.troubles) if self.troubles and wrong.one_in(self.one_in) else None
        if trouble is Trouble.SILENT:
            self.silent[name] = number + wrong.pick((0, 1, 2, 4, 6, 60))
            self._count(trouble)
            return
        instant = time if wrong.one_in(2) else wrong.between(before + 1, time)
        yield from self._said(name, instant, before, time, trouble, wrong)

    def _is_told(self, name: str, number: int) -> bool:
        """Rates, volatilities and truths are told now and then; prices every time."""
        return name.startswith("spot") or number % 3 == 2

    def _next(self, name: str, draw: Stream) -> int:
        kind, feed = name.partition("(")[0], self.feeds[name]
        value = self.values.get(name)
        match kind:
            case "spot" | "quote":
                now = 100 * ONE if value is None else value
                shift = draw.bell(self.wild)
                if draw.one_in(40):  # a crash, or a jump
                    shift = draw.between(-600_000, 900_000)
                now += now * shift // MILLION
                now = max(now, ONE // 100)
            case "volatility":
                now = draw.between(20, 250) * ONE // 100
            case "rate" | "yield" | "index":
                now = draw.between(-50, 150) * ONE // 1000
            case "outcome":
                now = int(draw.one_in(2))
            case _:
                now = draw.between(0, 200) * ONE
        return min(max(now, feed.lowest), feed.highest)

    def _said(
        self,
        name: str,
        instant: int,
        before: int,
        time: int,
        trouble: Trouble | None,
        draw: Stream,
    ) -> Iterator[Report]:
        value, feed = self.values[name], self.feeds[name]
        speaking: Iterable[str] = REPORTERS
        match trouble:
            case Trouble.LATE:
                instant = before - draw.between(0, DAY)
            case Trouble.EARLY:
                instant = time + draw.between(1, DAY)
            case Trouble.THOUSAND:
                value *= 1000
            case Trouble.NEGATIVE:
                value = -value
            case Trouble.AT_BOUND:
                value = draw.pick((feed.lowest, feed.highest, feed.lowest - 1, feed.highest + 1))
            case Trouble.FEW:
                speaking = draw.some(REPORTERS, 2)
        day = instant if name in self.fixed and self._is_open(instant) else None
        if trouble is not None:
            self._count(trouble)
        for reporter in speaking:
            said = value + draw.below(3) if value > ONE else value
            if reporter == LIAR and Trouble.LIE in self.troubles and draw.one_in(3):
                said = draw.pick((0, -value, 1000 * value, feed.lowest, feed.highest, value + 1))
                self._count(Trouble.LIE)
            yield Report(name, instant, said, reporter, day)
            if trouble is Trouble.TWO_WORDS:
                yield Report(name, instant, said * 2 + 1, reporter, day)
        if trouble is Trouble.STRANGER:
            yield Report(name, instant, value * 2, "somebody", day)
            yield Report("no such feed", instant, value, REPORTERS[0], day)

    def _is_open(self, instant: int) -> bool:
        """Whether a value fixes its day: now and then it is only a price."""
        return instant % 7 != 0

    def _count(self, trouble: Trouble) -> None:
        self.told[trouble] = self.told.get(trouble, 0) + 1
