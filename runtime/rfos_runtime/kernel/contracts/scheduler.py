"""When instruments have to fire: what is due by a column, what watches a feed by its readers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.bound import reached
from rfos_runtime.kernel.contracts.rows import NEVER, Phase
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of


def _rows(state: State) -> NDArray[np.void]:
    """The rows of all instruments, by handle; the first is nobody's."""
    return state.world.instruments[: int(state.world.counts[Of.INSTRUMENTS]["lying"]) + 1]


def next_due(state: State) -> int:
    """The earliest instant at which an instrument falls due, or its patience runs out; NEVER if
    none does."""
    rows = _rows(state)
    timed = (rows["phase"] == Phase.PENDING) | (rows["phase"] == Phase.ACTIVE)
    due = int(np.min(rows["next_due"][timed], initial=NEVER))
    waiting = rows["phase"] == Phase.WAITING
    return min(due, int(np.min(rows["wakes"][waiting], initial=NEVER)))


def due_instruments(state: State, moved: frozenset[int]) -> list[int]:
    """The instruments that have to fire at the world's time, by (due, handle)."""
    rows, now = _rows(state), state.time
    timed = (rows["phase"] == Phase.PENDING) | (rows["phase"] == Phase.ACTIVE)
    fires = timed & (rows["next_due"] <= now)
    fires |= (rows["phase"] == Phase.WAITING) & (rows["wakes"] <= now)
    for phase, readers in (
        (Phase.ACTIVE, state.contracts.watchers),
        (Phase.WAITING, state.contracts.readers),
    ):
        handles = np.fromiter(reached(readers, moved), np.int64)
        fires[handles] |= rows["phase"][handles] == phase
    found = np.flatnonzero(fires)
    due = np.minimum(rows["next_due"][found], now)
    return [int(each) for each in found[np.argsort(due, kind="stable")]]


def waiting_among(state: State, handles: Iterable[int]) -> list[int]:
    """Those of some instruments that wait."""
    among = np.fromiter(handles, np.int64)
    found = among[state.world.instruments["phase"][among] == Phase.WAITING]
    return [int(each) for each in np.sort(found)]
