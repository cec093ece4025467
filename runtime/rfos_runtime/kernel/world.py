"""The state of the kernel: one stretch of memory, and tables in it.

Every row is 64 bytes, so a page of 4 KiB has 64 of them. A page that was written is dirty until it
has been hashed. While a chain of commands is open, each row is saved before it is changed, so that
the chain can be taken back.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.places import place_of_words
from rfos_runtime.kernel.tables import LAYOUTS, Of, dtype
from rfos_runtime.records.commands import HASH, OPERATOR
from rfos_runtime.records.holdings import NAME_SIZE
from rfos_runtime.records.wire import in_words

WORDS = 8
"""Of 8 bytes, in a row."""
ROWS = 64
"""In a page."""
LINES, STEPS = 128, 1024
"""So many rows of losses, and so many steps, has a policy at most."""
LIMBS = 5
"""Of 30 bits, in a number of 128."""


class Look(IntEnum):
    """Who keeps what was found, and looks only at rows that were changed since."""

    IDLE = 0  # collateral that nothing needs
    POOLS = 1  # the first pool of each account, and its positions
    ALONE = 2  # positions that stand by themselves


_BY_NOBODY = (1 << len(Look)) - 1
"""A row at which nobody has looked since it was changed."""


@dataclass(frozen=True, slots=True)
class World(Bundle):
    """Everything that the kernel knows, but for the names of assets.

    `memory[n, 8]` has all rows; the tables are views of it, in the order of `Of`: `totals` has one
    row, `counts` one a table; table t begins at row `begins[t]`. `dirty` has one truth a page;
    `moved` has a bit a row and look: whether it was changed since that look, see `Look`.
    `saved[m, 8]` are rows of the open chain from the places `saved_at`; `chain` tells whether one
    is open, and how many they are. `sums`, `nets`, `wide`, `tally`, `found` and `limbs` are for the
    margin of a portfolio (see `portfolio/measuring`), nothing else lies there; `entry` is where the
    machine code for it is.
    """

    memory: NDArray[np.int64]
    dirty: NDArray[np.bool_]
    moved: NDArray[np.uint8]
    begins: NDArray[np.int64]
    saved: NDArray[np.int64]
    saved_at: NDArray[np.int64]
    chain: NDArray[np.int64]
    sums: NDArray[np.int64]
    nets: NDArray[np.int64]
    wide: NDArray[np.int64]
    tally: NDArray[np.int64]
    found: NDArray[np.int64]
    limbs: NDArray[np.int64]
    entry: NDArray[np.int64]
    totals: NDArray[Any]
    counts: NDArray[Any]
    accounts: NDArray[Any]
    assets: NDArray[Any]
    balances: NDArray[Any]
    reservations: NDArray[Any]
    deposited: NDArray[Any]
    names: NDArray[Any]
    definitions: NDArray[Any]
    instruments: NDArray[Any]
    marks: NDArray[Any]
    parties: NDArray[Any]
    positions: NDArray[Any]
    owed: NDArray[Any]
    debts: NDArray[Any]
    lodged: NDArray[Any]
    auctions: NDArray[Any]
    bids: NDArray[Any]
    bytes: NDArray[Any]
    feeds: NDArray[Any]
    fixings: NDArray[Any]
    settings: NDArray[Any]
    shares: NDArray[Any]
    leaving: NDArray[Any]
    turnover: NDArray[Any]
    policies: NDArray[Any]
    steps: NDArray[Any]
    elections: NDArray[Any]
    members: NDArray[Any]
    tables: NDArray[Any]
    numbers: NDArray[Any]
    pairs: NDArray[Any]
    swings: NDArray[Any]
    seals: NDArray[Any]
    haircuts: NDArray[Any]
    pledges: NDArray[Any]
    withdrawn: NDArray[Any]

    def moved_in(self, table: Of, look: Look) -> NDArray[np.int64]:
        """Where rows of a table lie that were changed since the last look, which is now."""
        moved, bit = self.moved[self.begins[table] : self.begins[table + 1]], np.uint8(1 << look)
        places = np.flatnonzero(moved & bit)
        moved[places] &= ~bit
        return places

    def table(self, of: Of) -> NDArray[Any]:
        """One of the tables."""
        rows: NDArray[Any] = getattr(self, of.name.lower())
        return rows


def laid_out(rows: list[int], saved: int) -> World:
    """An empty world with so many rows in each table, and room to save so many."""
    begins = np.cumsum([0, *rows])
    memory = np.zeros((begins[-1], WORDS), np.int64)
    tables = (
        memory[begins[table] : begins[table + 1]].reshape(-1).view(dtype(LAYOUTS[table], 8 * WORDS))
        for table in Of
    )
    return World(
        memory,
        np.ones(len(memory) // ROWS, np.bool_),
        np.full(len(memory), _BY_NOBODY, np.uint8),
        begins,
        np.zeros((saved, WORDS), np.int64),
        np.zeros(saved, np.int64),
        np.zeros(2, np.int64),
        np.zeros((LINES, WORDS), np.int64),
        np.zeros((rows[Of.PAIRS], WORDS), np.int64),
        np.zeros(2 * LINES * WORDS, np.int64),
        np.zeros(ROWS, np.int64),
        np.zeros((STEPS + 3, LIMBS), np.int64),
        np.zeros(2 * LIMBS, np.int64),
        np.zeros(1, np.int64),
        *tables,
    )


def genesis() -> World:
    """The empty world: nobody but the operator."""
    world = laid_out([ROWS] * len(Of), 0)
    open_account(world, *words_of(OPERATOR))
    return world


# --- what changes ------------------------------------------------------------------------------

OPEN, SAVED = 0, 1
"""Places in `chain`."""


@within
def touch(world: World, table: int, index: int) -> None:
    """To be called before a row is changed."""
    at = world.begins[table] + index
    world.dirty[at // ROWS] = True
    world.moved[at] = _BY_NOBODY
    if world.chain[OPEN]:
        count = world.chain[SAVED]
        for word in range(WORDS):
            world.saved[count, word] = world.memory[at, word]
        world.saved_at[count] = at
        world.chain[SAVED] = count + 1


@within
def one_more(world: World, table: int) -> int:
    """Counts a row that is about to be taken, and tells how many there are with it."""
    touch(world, Of.COUNTS.value, table)
    row = world.counts[table]
    row["lying"] += 1
    return row["lying"]


@within
def begin(world: World, table: int, rows: NDArray[Any], at: int, account: int, asset: int) -> None:
    """Makes a row of an account and an asset ready to be changed; an empty one becomes theirs."""
    touch(world, table, at)
    row = rows[at]
    if row["account"] == 0:
        row["account"] = account
        row["asset"] = asset
        one_more(world, table)


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
        world.moved[world.saved_at[back]] = _BY_NOBODY  # whoever has looked since saw another
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


@within
def open_account(world: World, w0: int, w1: int, w2: int, w3: int) -> None:
    """A new account under a name that no other has."""
    handle = one_more(world, Of.ACCOUNTS.value)
    one_more(world, Of.NAMES.value)
    at = place_of_words(world.names, w0, w1, w2, w3)
    touch(world, Of.NAMES.value, at)
    row = world.names[at]
    row["w0"] = w0
    row["w1"] = w1
    row["w2"] = w2
    row["w3"] = w3
    row["handle"] = handle
