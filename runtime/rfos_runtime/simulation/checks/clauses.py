"""Invariants 9, 10, 11 and 15 along the events of a block: bids, clauses, observations, work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rfos_runtime.records.block import Block, Report
from rfos_runtime.records.events import (
    AuctionFilled,
    Deleveraged,
    Fired,
    Frozen,
    Happening,
    ObservationRefused,
    Observed,
    Waits,
)
from rfos_runtime.reference.executor import Aspect
from rfos_runtime.reference.positions import lots_of
from rfos_runtime.reference.world import Observation, World
from rfos_runtime.simulation.checks.bids import bids
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.executor import Call


@dataclass(slots=True)
class Clauses:
    """Remembers when each instrument has fired last. `liars`: reporters who may say anything."""

    liars: frozenset[str] = frozenset()
    fired: dict[int, int] = field(default_factory=dict)

    def ticked(
        self,
        before: World,
        after: World,
        block: Block,
        events: Sequence[Happening],
        calls: Sequence[Call],
    ) -> Iterator[Violation]:
        """Looks at the first part of a block."""
        yield from self._fired(before, block, events)
        yield from _fresh(before, block, events, calls)
        yield from self._heard(block, events)
        yield from bids(before, after, events)
        yield from _deleveraged(before, events)
        yield from _work(before, block, events, calls)

    def _fired(
        self, before: World, block: Block, events: Sequence[Happening]
    ) -> Iterator[Violation]:
        for event in events:
            match event:
                case Fired(instrument=handle, instant=instant):
                    if instant > block.time:
                        yield Violation(11, f"instrument {handle} fired early, for {instant}")
                    if instant <= self.fired.get(handle, -1):
                        yield Violation(11, f"instrument {handle} fired again for {instant}")
                    self.fired[handle] = instant

    def _heard(self, block: Block, events: Sequence[Happening]) -> Iterator[Violation]:
        """While at most f of 3f + 1 reporters lie, what is accepted lies between honest words."""
        said: dict[tuple[str, int], list[Report]] = {}
        for report in block.reports:
            said.setdefault((report.feed, report.instant), []).append(report)
        for event in events:
            match event:
                case Observed(feed=feed, instant=instant, value=value):
                    reports = said.get((feed, instant), [])
                    honest = [each.value for each in reports if each.reporter not in self.liars]
                    if not reports:
                        yield Violation(11, f"{feed} moved and nobody said so")
                    elif not honest or not min(honest) <= value <= max(honest):
                        words = f"{feed} moved to {value}, beyond what honest reporters said"
                        yield Violation(11, words)


def _fresh(
    before: World, block: Block, events: Sequence[Happening], calls: Sequence[Call]
) -> Iterator[Violation]:
    """Contract code sees, where it asks for the newest value, the newest one, and not one that is
    no longer good. Followed with a model of the feeds of its own."""
    newest = ((name, feed.newest) for name, feed in before.feeds.items())
    known = {name: [each] for name, each in newest if each is not None}
    for event in events:
        if isinstance(event, Observed):
            moved = Observation(event.instant, event.value)
            known.setdefault(event.feed, []).append(moved)
    for call in calls:
        for slot, view in enumerate(call.view.feeds):
            seen = call.event.observations[slot]
            if view.aspect is not Aspect.NEWEST or seen is None:
                continue
            if not _could_be(before, call, slot, seen, known, block.time):
                words = f"{call.view.name} at {call.event.instant} was shown {seen}, which is old"
                yield Violation(11, words)


def _could_be(
    before: World,
    call: Call,
    slot: int,
    seen: int,
    known: Mapping[str, Sequence[Observation]],
    until: int,
) -> bool:
    """Whether some instrument of the definition could see a value at some time from the event's
    instant on: the newest then, and not older than its feed allows. `known`: the values of each
    feed, one after the other."""
    for instrument in before.instruments.values():
        if instrument.definition != call.view.content_hash or instrument.terms != call.terms:
            continue
        feed = instrument.feeds[slot]
        staleness = before.feeds[feed].staleness
        values = known.get(feed, ())
        for place, each in enumerate(values):
            end = values[place + 1].instant if place + 1 < len(values) else until
            is_good = call.event.instant - each.instant <= staleness
            if each.value == seen and is_good and end >= call.event.instant:
                return True
    return False


def _deleveraged(before: World, events: Sequence[Happening]) -> Iterator[Violation]:
    """Closing at the mark takes no more lots than there are to close."""
    closed: dict[tuple[int, str], int] = {}
    for event in events:
        match event:
            case Deleveraged(instrument=handle, against=against, lots=lots):
                closed[handle, against] = closed.get((handle, against), 0) + lots
    for (handle, account), lots in closed.items():
        taken = sum(
            event.lots
            for event in events
            if isinstance(event, AuctionFilled)
            and event.bidder == account
            and event.instrument == handle
        )
        if lots > abs(lots_of(before, handle, account)) + taken:
            yield Violation(13, f"more lots of {account} were closed than it had")


def _work(
    before: World,
    block: Block,
    events: Sequence[Happening],
    calls: Sequence[Call],
) -> Iterator[Violation]:
    """Contract code runs once for each thing that happens, and once more for each kind of choice
    that is lodged and for each failure that is looked for."""
    told = sum(isinstance(event, Fired | Waits | Frozen) for event in events)
    bound = (told + 1) * (2 + len(before.lodged)) + len(before.instruments)
    if len(calls) > bound:
        yield Violation(15, f"contract code ran {len(calls)} times for {told} events")
    refused = sum(isinstance(event, ObservationRefused) for event in events)
    if refused > len(block.reports):
        yield Violation(15, "more observations were refused than were reported")
