"""What changes in an instrument's life and has no fixed size: its standing, what it waits with, and
what escrow holds for each of its lots.

A row of bytes tells where each part lies.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.records import canonical

STANDING, BESIDES, BINDING = 0, 2, 4
"""Words of that row: the first row of a part; its size stands in the next word."""


class Heard(NamedTuple):
    """A record of an event stream that an instrument has not acted on: the values by slot."""

    instant: int
    values: tuple[tuple[int, int], ...]


class Besides(NamedTuple):
    """`moved`: feed slots that moved while it waited; `heard`: the records that came then; `held`:
    what escrow was paid and has not paid out, per lot, for each asset slot."""

    moved: frozenset[int] = frozenset()
    heard: tuple[Heard, ...] = ()
    held: tuple[int, ...] = ()


NOTHING = Besides()


def begin(state: State, handle: int, standing: bytes, binding: bytes) -> None:
    """The first of everything."""
    at = heap.stored(state, bytes(heap.ROW))
    state.touched(Of.INSTRUMENTS, handle)["at"] = at
    for part, data in ((STANDING, standing), (BINDING, binding)):
        place = heap.stored(state, data)
        _note(state, handle, part, place, len(data))


def standing_of(state: State, handle: int) -> bytes:
    """The standing of an instrument."""
    return _part(state, handle, STANDING)


def standings_of(
    state: State, handles: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """The standings of instruments as rows of bytes, those of one size together, and which of the
    instruments they are."""
    first = state.world.begins[Of.BYTES] + state.world.instruments["at"][handles]
    places = state.world.memory[first, STANDING]
    sizes = state.world.memory[first, STANDING + 1]
    for size in np.unique(sizes).tolist():
        among = np.flatnonzero(sizes == size)
        rows = places[among][:, None] + np.arange(heap.rows_for(size))
        lying = state.world.bytes.view(np.uint8).reshape(-1, heap.ROW)
        yield lying[rows].reshape(len(among), -1)[:, :size], among


def binding_of(state: State, handle: int) -> bytes:
    """The canonical bytes of the command that listed it."""
    return _part(state, handle, BINDING)


def besides_of(state: State, handle: int) -> Besides:
    """What there is beside the standing."""
    data = _part(state, handle, BESIDES)
    if not data:
        return NOTHING
    moved, heard, held = canonical.decode(data)
    return Besides(frozenset(moved), tuple(Heard(*each) for each in heard), held)


def stands(state: State, handle: int, standing: bytes) -> None:
    """A new standing."""
    if standing != standing_of(state, handle):
        _replace(state, handle, STANDING, standing)


def has_besides(state: State, handle: int, besides: Besides) -> None:
    """Something else beside the standing."""
    if besides != besides_of(state, handle):
        heard = tuple((each.instant, each.values) for each in besides.heard)
        data = canonical.encode((tuple(sorted(besides.moved)), heard, besides.held))
        _replace(state, handle, BESIDES, b"" if besides == NOTHING else data)


def _words(state: State, handle: int) -> Any:
    at = state.world.begins[Of.BYTES] + state.world.instruments[handle]["at"]
    return state.world.memory[at]


def _part(state: State, handle: int, part: int) -> bytes:
    words = _words(state, handle)
    return heap.read(state, int(words[part]), int(words[part + 1]))


def _replace(state: State, handle: int, part: int, data: bytes) -> None:
    words = _words(state, handle)
    place = heap.replaced(state, int(words[part]), int(words[part + 1]), data)
    _note(state, handle, part, place, len(data))


def _note(state: State, handle: int, part: int, place: int, size: int) -> None:
    state.touched(Of.BYTES, int(state.world.instruments[handle]["at"]))
    words = _words(state, handle)
    words[part], words[part + 1] = place, size
