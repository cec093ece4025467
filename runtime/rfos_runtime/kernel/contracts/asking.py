"""What contract code is shown, and asked: for many instruments of a definition at once where that
can be foreseen."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.rows import Phase
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.reference.executor import DefinitionView, Event, Outcome, Posting, Status

_NONE = -(2**63)
"""In an array: no instant."""
FEW = 3
"""So many instruments are asked one by one."""


@runtime_checkable
class Batches(Protocol):
    """An executor that also takes many instances of one definition in one call."""

    def fire_many(
        self,
        view: DefinitionView,
        terms: NDArray[np.uint8],
        standings: NDArray[np.uint8],
        events: Sequence[Event],
    ) -> Any:
        """Arrays by row: status, requirement, next_due, ended, standings, postings."""


def observations_of(state: State, bound: Bound, instant: int) -> tuple[int | None, ...]:
    """What the slots of an instrument show to an event of an instant."""
    slots = zip(bound.view.feeds, bound.feeds, strict=True)
    seen = [oracle.seen(state.world, slot, feed, instant) for slot, feed in slots]
    for record in living.besides_of(state, bound.handle).heard:
        if record.instant == instant:
            for number, value in record.values:
                seen[number] = value
    return tuple(seen)


class _Asked(NamedTuple):
    handle: int
    terms: bytes
    standing: bytes
    event: Event


@dataclass(slots=True)
class Foreseen:
    """What instruments will say to the plain event of an instant: no choice taken, nothing missed.
    It depends on nothing that other instruments do."""

    _outcomes: dict[int, tuple[Event, Outcome]] = field(default_factory=dict)

    def of(self, handle: int, instant: int, moved: frozenset[int]) -> Outcome | None:
        """What an instrument says, if that was foreseen; it is said once."""
        event, outcome = self._outcomes.pop(handle, (None, None))
        same = event is not None and (event.instant, event.moved) == (instant, moved)
        return outcome if same else None

    def ask(self, state: State, handles: Sequence[int], moved: frozenset[int]) -> None:
        """Asks those of some instruments that miss nothing, by definition and sizes."""
        if len(handles) <= FEW or not isinstance(state.executor, Batches):
            return
        groups: dict[tuple[int, int, int], list[_Asked]] = defaultdict(list)
        for handle in handles:
            asked = _plain_event(state, handle, moved)
            if asked is not None:
                definition = state.contracts.of(handle).definition
                groups[definition, len(asked.terms), len(asked.standing)].append(asked)
        for (definition, _, _), group in groups.items():
            if len(group) > FEW:
                self._ask_together(state, state.contracts.definitions[definition - 1], group)

    def _ask_together(self, state: State, view: DefinitionView, group: Sequence[_Asked]) -> None:
        assert isinstance(state.executor, Batches)
        events = [each.event for each in group]
        said = state.executor.fire_many(
            view, _rows([e.terms for e in group]), _rows([e.standing for e in group]), events
        )
        for asked, outcome in zip(group, _outcomes(said), strict=True):
            self._outcomes[asked.handle] = asked.event, outcome


def _plain_event(state: State, handle: int, moved: frozenset[int]) -> _Asked | None:
    row, bound = state.world.instruments[handle], state.contracts.of(handle)
    if row["phase"] != Phase.ACTIVE or row["next_due"] < state.time:
        return None
    besides = living.besides_of(state, handle)
    slots = besides.moved | bound.slots_that_show(moved)
    if besides.heard or not (slots or row["next_due"] == state.time):
        return None
    event = Event(state.time, observations_of(state, bound, state.time), slots)
    return _Asked(handle, bound.terms, living.standing_of(state, handle), event)


def _rows(blocks: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(blocks), np.uint8).reshape(len(blocks), -1)


def _outcomes(said: Any) -> list[Outcome]:
    """What a batch said, row by row."""
    made: dict[int, list[Posting]] = defaultdict(list)
    for row, payer, payee, asset, clause, action, units, due in said.postings.tolist():
        at = None if due == _NONE else due
        made[row].append(Posting(payer, payee, asset, units, at, clause, action))
    columns = (said.status, said.requirement, said.next_due, said.ended)
    return [
        Outcome(
            status,
            standing.tobytes() if status == Status.OK else b"",
            tuple(made[row]),
            None if due == _NONE else due,
            ended,
            None if requirement < 0 else requirement,
        )
        for row, (status, requirement, due, ended, standing) in enumerate(
            zip(*(each.tolist() for each in columns), said.standings, strict=True)
        )
    ]
