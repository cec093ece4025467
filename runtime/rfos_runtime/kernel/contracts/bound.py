"""What handles of definitions and instruments stand for: what never changes once it is there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rfos_runtime.records.commands import List, Lock
from rfos_runtime.reference.executor import Aspect, DefinitionView, Rule
from rfos_runtime.reference.inputs import inputs_of

FIRST, SECOND = 0, 1
"""The two sides: the first parties of a definition. A lot is one of each."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An instrument, with the handles of everything that it names. `others` are the accounts of the
    parties after the two sides; a feed is 0 where its slot needs none. `is_appraised`: its risk is
    said by appraisers."""

    handle: int
    definition: int
    view: DefinitionView
    command: List
    assets: tuple[int, ...]
    feeds: tuple[int, ...]
    risk_feeds: tuple[int, ...]
    others: tuple[int, ...]
    is_appraised: bool

    @property
    def terms(self) -> bytes:
        """Its terms, opaque."""
        return self.command.terms

    @property
    def locks(self) -> tuple[Lock | None, Lock | None]:
        """What one lot of each side may have to pay at worst."""
        return self.command.locks

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The base and the quote of the price that each risk input is of; empty for rates and
        yields."""
        inputs = inputs_of(self.view, self.command.assets)
        return tuple((base, quote) for _, base, quote in inputs)

    @property
    def valued_by(self) -> tuple[int, ...]:
        """The feeds that its value hangs on: those that its code is asked with, and where
        appraisers say its risk, those that it reads."""
        read = self.feeds if self.is_appraised else ()
        return tuple(dict.fromkeys(feed for feed in (*self.risk_feeds, *read) if feed))

    def slots_that_show(self, feeds: frozenset[int]) -> frozenset[int]:
        """The feed slots of which one of the feeds is shown."""
        return frozenset(
            slot
            for slot, (view, feed) in enumerate(zip(self.view.feeds, self.feeds, strict=True))
            if feed in feeds and view.aspect is not Aspect.NOW
        )

    def rule_of(self, side: int) -> Rule | None:
        """The collateral rule by which a side is marked; None if it locks its worst case
        instead."""
        return self.view.rules[side] if self.view.has_risk or self.is_appraised else None


@dataclass(slots=True)
class Contracts:
    """All of them, by handle from 1, and which instruments read, watch and are valued by a feed."""

    definitions: list[DefinitionView] = field(default_factory=list)
    by_hash: dict[str, int] = field(default_factory=dict)
    instruments: list[Bound] = field(default_factory=list)
    readers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    watchers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    marked_by: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, handle: int) -> Bound:
        """An instrument that there is."""
        return self.instruments[handle - 1]

    def take_in(self, bound: Bound) -> None:
        """A new instrument, under the next handle."""
        assert bound.handle == len(self.instruments) + 1, "handles are given in order"
        self.instruments.append(bound)
        watched = {bound.feeds[slot] for slot in bound.view.watched}
        for feeds, readers in (
            (set(bound.feeds), self.readers),
            (watched, self.watchers),
            (set(bound.valued_by), self.marked_by),
        ):
            for feed in feeds - {0}:
                readers[feed].append(bound.handle)


def reached(readers: dict[int, list[int]], feeds: Iterable[int]) -> set[int]:
    """The instruments that are reached by feeds."""
    return {handle for feed in feeds for handle in readers.get(feed, ())}
