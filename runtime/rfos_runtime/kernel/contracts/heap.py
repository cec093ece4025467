"""Bytes that have no fixed size: the standings of instruments, what they wait with, what was bound.

What grows beyond its rows is put elsewhere; the rows that it leaves are not used again.
"""

import numpy as np

from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import WORDS

ROW = 8 * WORDS


def rows_for(size: int) -> int:
    """How many rows so many bytes take."""
    return -(-size // ROW)


def stored(state: State, data: bytes) -> int:
    """Puts bytes into rows of their own. Returns the first; 0 for no bytes."""
    if not data:
        return 0
    count = rows_for(len(data))
    state.make_room({Of.BYTES: count})
    row = state.touched(Of.COUNTS, Of.BYTES)
    at = int(row["lying"]) + 1
    row["lying"] += count
    overwrite(state, at, data)
    return at


def overwrite(state: State, at: int, data: bytes) -> None:
    """Writes bytes over rows that are theirs."""
    for row in range(at, at + rows_for(len(data))):
        state.touched(Of.BYTES, row)
    whole = data.ljust(ROW * rows_for(len(data)), b"\0")
    table = state.world.bytes
    table[at : at + rows_for(len(data))] = np.frombuffer(whole, table.dtype)


def read(state: State, at: int, size: int) -> bytes:
    """So many bytes from a row on."""
    return state.world.bytes[at : at + rows_for(size)].tobytes()[:size]


def replaced(state: State, at: int, before: int, data: bytes) -> int:
    """Bytes in place of others of another size; where they lie."""
    if rows_for(len(data)) <= rows_for(before):
        overwrite(state, at, data)
        return at
    return stored(state, data)
