"""The state of the kernel: one stretch of memory, and tables in it.

Every row is 64 bytes, so a page of 4 KiB has 64 of them. A page that was written is dirty until it
has been hashed. While a chain of commands is open, each row is saved before it is changed, so that
the chain can be taken back.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.ledger.places import (
    place_of_balance,
    place_of_reservation,
    place_of_words,
)
from rfos_runtime.kernel.ledger.rows import (
    ACCOUNT,
    ASSET,
    BALANCE,
    NAME,
    RECEIPT,
    RESERVATION,
)
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.records.commands import HASH, OPERATOR
from rfos_runtime.records.holdings import NAME_SIZE
from rfos_runtime.records.layout import Layout, layout
from rfos_runtime.records.wire import in_words

WORDS = 8
"""Of 8 bytes, in a row."""
ROWS = 64
"""In a page."""

TOTALS = layout(
    "totals",
    """
    number    8 of the newest block
    time      8 of that block
    accounts  8 how many there are; the operator is the first
    assets    8 how many there are
    balances  8 how many balances lie in their table
    receipts  8 how many receipts have been booked
    reserved  8 how many reservations there have been
    lying     8 how many of them lie in their table, the completed ones included
    """,
)


class Of(IntEnum):
    """The tables, in the order in which they lie."""

    TOTALS = 0
    ACCOUNTS = 1
    ASSETS = 2
    BALANCES = 3
    RESERVATIONS = 4
    RECEIPTS = 5
    NAMES = 6


LAYOUTS: Mapping[Of, Layout] = {
    Of.TOTALS: TOTALS,
    Of.ACCOUNTS: ACCOUNT,
    Of.ASSETS: ASSET,
    Of.BALANCES: BALANCE,
    Of.RESERVATIONS: RESERVATION,
    Of.RECEIPTS: RECEIPT,
    Of.NAMES: NAME,
}


class World(NamedTuple):
    """Everything that the kernel knows, but for the names of assets.

    `memory[n, 8]` has all rows; the tables are views of it, `totals` with one row that counts;
    table t begins at row `begins[t]`. `dirty` has one truth a page. `saved[m, 8]` are rows of the
    open chain from the places `saved_at`; `chain` tells whether one is open, and how many they are.
    """

    memory: NDArray[np.int64]
    dirty: NDArray[np.bool_]
    begins: NDArray[np.int64]
    saved: NDArray[np.int64]
    saved_at: NDArray[np.int64]
    chain: NDArray[np.int64]
    totals: NDArray[Any]
    accounts: NDArray[Any]
    assets: NDArray[Any]
    balances: NDArray[Any]
    reservations: NDArray[Any]
    receipts: NDArray[Any]
    names: NDArray[Any]


@cache
def dtype(rows: Layout, size: int = 0) -> np.dtype[Any]:
    """The rows of a layout, as NumPy sees them; with zeros behind them up to a size in bytes."""
    sizes = [column.size for column in rows.columns]
    return np.dtype(
        {
            "names": list(rows.names),
            "formats": [f"<i{each}" for each in sizes],
            "offsets": [sum(sizes[:index]) for index in range(len(sizes))],
            "itemsize": max(size, sum(sizes)),
        }
    )


# --- how it comes to be and grows ----------------------------------------------------------------


def genesis() -> World:
    """The empty world: nobody but the operator."""
    world = _laid_out([ROWS] * len(Of), 0)
    open_account(world, *words_of(OPERATOR))
    return world


def ready(world: World, commands: int) -> World:
    """The same world with room for so many commands, whatever they are. Where rows are looked up by
    key, at most half of the places are filled. It is laid out anew if the room is not there."""
    totals = {name: int(world.totals[0][name]) for name in TOTALS.names}
    needed = {
        Of.TOTALS: 1,
        Of.ACCOUNTS: totals["accounts"] + commands + 1,
        Of.ASSETS: totals["assets"] + commands + 1,
        Of.BALANCES: 2 * (totals["balances"] + 2 * commands),
        Of.RESERVATIONS: 2 * (totals["lying"] + commands),
        Of.RECEIPTS: 2 * (totals["receipts"] + commands),
        Of.NAMES: 2 * (totals["accounts"] + commands),
    }
    there = [end - begin for begin, end in zip(world.begins, world.begins[1:], strict=False)]
    if all(needed[table] <= there[table] for table in Of) and len(world.saved) >= 8 * commands:
        return world
    rows = [max(there[t], _power(needed[t]) if needed[t] > there[t] else 0) for t in Of]
    grown = _laid_out(rows, 8 * commands)
    for table, keep in _KEPT.items():
        keep(world[_FIRST + table], grown[_FIRST + table])
    grown.totals[0]["lying"] = np.count_nonzero(grown.reservations["number"])
    return grown


_FIRST = World._fields.index("totals")


def _power(rows: int) -> int:
    return max(ROWS, 1 << (rows - 1).bit_length())


def _laid_out(rows: list[int], saved: int) -> World:
    begins = np.cumsum([0, *rows])
    memory = np.zeros((begins[-1], WORDS), np.int64)
    tables = (
        memory[begins[table] : begins[table + 1]].reshape(-1).view(dtype(LAYOUTS[table], 8 * WORDS))
        for table in Of
    )
    return World(
        memory,
        np.ones(len(memory) // ROWS, np.bool_),
        begins,
        np.zeros((saved, WORDS), np.int64),
        np.zeros(saved, np.int64),
        np.zeros(2, np.int64),
        *tables,
    )


def _keep_in_place(old: NDArray[Any], new: NDArray[Any]) -> None:
    new[: len(old)] = old


@compiled
def _keep_held(old: NDArray[Any], new: NDArray[Any]) -> None:
    for row in old:
        if row["account"] != 0:
            new[place_of_balance(new, row["account"], row["asset"])] = row


@compiled
def _keep_open(old: NDArray[Any], new: NDArray[Any]) -> None:
    for row in old:
        if row["open"] != 0:
            new[place_of_reservation(new, row["number"])] = row


@compiled
def _keep_by_words(old: NDArray[Any], new: NDArray[Any]) -> None:
    for row in old:
        w0, w1, w2, w3 = row["w0"], row["w1"], row["w2"], row["w3"]
        if (w0 | w1 | w2 | w3) != 0:
            new[place_of_words(new, w0, w1, w2, w3)] = row


_KEPT: Mapping[Of, Callable[[NDArray[Any], NDArray[Any]], None]] = {
    Of.TOTALS: _keep_in_place,
    Of.ACCOUNTS: _keep_in_place,
    Of.ASSETS: _keep_in_place,
    Of.BALANCES: _keep_held,
    Of.RESERVATIONS: _keep_open,
    Of.RECEIPTS: _keep_by_words,
    Of.NAMES: _keep_by_words,
}


# --- what changes ------------------------------------------------------------------------------

OPEN, SAVED = 0, 1
"""Places in `chain`."""


@within
def touch(world: World, table: int, index: int) -> None:
    """To be called before a row is changed."""
    at = world.begins[table] + index
    world.dirty[at // ROWS] = True
    if world.chain[OPEN]:
        count = world.chain[SAVED]
        for word in range(WORDS):
            world.saved[count, word] = world.memory[at, word]
        world.saved_at[count] = at
        world.chain[SAVED] = count + 1


@within
def open_chain(world: World) -> None:
    """From now on rows are saved."""
    world.chain[OPEN] = 1
    world.chain[SAVED] = 0


@within
def close_chain(world: World) -> None:
    """What was changed stays."""
    world.chain[OPEN] = 0


@within
def take_back(world: World) -> None:
    """Everything is as it was when the chain was opened."""
    for back in range(world.chain[SAVED] - 1, -1, -1):
        for word in range(WORDS):
            world.memory[world.saved_at[back], word] = world.saved[back, word]
    world.chain[SAVED] = 0


# --- accounts and their names ---------------------------------------------------------------------


def words_of(name: str) -> tuple[int, int, int, int]:
    """A name as it lies in a row."""
    w0, w1, w2, w3 = in_words(name.encode(), HASH).values()
    return w0, w1, w2, w3


def accounts_of(world: World) -> tuple[str, ...]:
    """The names of all accounts, in the order of their handles."""
    rows = world.names[world.names["handle"] != 0]
    ordered = rows[np.argsort(rows["handle"])]
    words = (ordered[word].astype("<i8") for word in ("w0", "w1", "w2", "w3"))
    data = np.column_stack(list(words)).tobytes()
    parts = (data[at : at + NAME_SIZE] for at in range(0, len(data), NAME_SIZE))
    return tuple(part.rstrip(b"\0").decode() for part in parts)


@compiled
def open_account(world: World, w0: int, w1: int, w2: int, w3: int) -> None:
    """A new account under a name that no other has."""
    touch(world, Of.TOTALS.value, 0)
    world.totals[0]["accounts"] += 1
    at = place_of_words(world.names, w0, w1, w2, w3)
    touch(world, Of.NAMES.value, at)
    row = world.names[at]
    row["w0"] = w0
    row["w1"] = w1
    row["w2"] = w2
    row["w3"] = w3
    row["handle"] = world.totals[0]["accounts"]
