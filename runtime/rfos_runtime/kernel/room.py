"""Room for rows that are to come: the world is laid out anew where a table might lack it.

A row that a handle names keeps its place. Rows that are looked up by their keys fill at most half
of theirs; those that say nothing any more are left behind when they are laid out anew.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.places import (
    place_of_balance,
    place_of_debt,
    place_of_fixing,
    place_of_lodged,
    place_of_pair,
    place_of_reservation,
    place_of_setting,
    place_of_words,
)
from rfos_runtime.kernel.positions.links import link_all
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import ROWS, World, laid_out
from rfos_runtime.records.operations import Op

SAVED, SAVED_BY_TRADE = 32, 72
"""Rows that a command changes at most, of those that machine code carries out; a trade or a release
changes more."""

DEBT_SAVED = 4
"""Rows that change when a debt is paid."""

_A_COMMAND: Mapping[Of, int] = {
    Of.ACCOUNTS: 1,
    Of.ASSETS: 1,
    Of.BALANCES: 2,
    Of.RESERVATIONS: 1,
    Of.RECEIPTS: 1,
    Of.NAMES: 1,
    Of.BIDS: 1,
    Of.SETTINGS: 1,
    Of.SHARES: 1,
    Of.LEAVING: 1,
}
_A_TRADE: Mapping[Of, int] = {Of.BALANCES: 6, Of.POSITIONS: 2, Of.TURNOVER: 2}
"""Rows that such a command takes at most, and a trade besides."""


def ready(world: World, ops: NDArray[np.int32]) -> World:
    """The same world with room for commands, by their ops, whatever machine code makes of them."""
    trades = int(np.count_nonzero((ops == Op.TRADE) | (ops == Op.RELEASE)))
    more = {table: rows * len(ops) for table, rows in _A_COMMAND.items()}
    for table, rows in _A_TRADE.items():
        more[table] = more.get(table, 0) + rows * trades
    saved = SAVED * len(ops) + SAVED_BY_TRADE * trades
    return with_room(world, more, saved + DEBT_SAVED * int(world.counts[Of.DEBTS]["lying"]))


def with_room(world: World, more: Mapping[Of, int], saved: int = 0) -> World:
    """The same world with room for so many more rows, and to save so many. No chain may be open."""
    assert not world.chain[0], "rows move while a chain is open"
    there = np.diff(world.begins)
    needed = [_needed(world, table, more.get(table, 0)) for table in Of]
    if all(rows <= size for rows, size in zip(needed, there, strict=True)):
        return world if len(world.saved) >= saved else _saving(world, saved)
    rows = [
        int(size) if rows <= size else _power(rows)
        for rows, size in zip(needed, there, strict=True)
    ]
    return _laid_out_anew(world, rows, max(saved, len(world.saved)))


def _needed(world: World, table: Of, more: int) -> int:
    lying = int(world.counts[table]["lying"])
    return 2 * (lying + more) if table in _BY_KEY else lying + more + 1


def _power(rows: int) -> int:
    return max(ROWS, 1 << (int(rows) - 1).bit_length())


def _saving(world: World, saved: int) -> World:
    return world._replace(
        saved=np.zeros((saved, world.saved.shape[1]), np.int64),
        saved_at=np.zeros(saved, np.int64),
    )


def _laid_out_anew(world: World, rows: list[int], saved: int) -> World:
    grown = laid_out(rows, saved)
    for table in Of:
        old, new = world.table(table), grown.table(table)
        if table not in _BY_KEY and table not in _IN_ORDER:
            new[: len(old)] = old
    for table, keep in (_BY_KEY | _IN_ORDER).items():
        if world.counts[table]["lying"]:
            grown.counts[table]["lying"] = keep(world.table(table), grown.table(table))
    if world.counts[Of.POSITIONS]["lying"]:
        link_all(grown)
    return grown


# --- rows that are looked up by their keys: each function tells how many it kept ---------------


@compiled
def _keep_held(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["account"] != 0:
            new[place_of_balance(new, row["account"], row["asset"])] = row
            kept += 1
    return kept


@compiled
def _keep_reserved(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["open"] != 0:
            new[place_of_reservation(new, row["number"])] = row
            kept += 1
    return kept


@compiled
def _keep_by_words(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        w0, w1, w2, w3 = row["w0"], row["w1"], row["w2"], row["w3"]
        if (w0 | w1 | w2 | w3) != 0:
            new[place_of_words(new, w0, w1, w2, w3)] = row
            kept += 1
    return kept


@compiled
def _keep_positions(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        posted = row["collateral"] | row["collateral2"]
        if (row["lots"] | posted) != 0 or row["owing"] != 0 or row["auction"] != 0:
            new[place_of_pair(new, row["instrument"], row["account"])] = row
            kept += 1
    return kept


@compiled
def _keep_debts(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["units"] != 0:
            at = place_of_debt(new, row["account"], row["instrument"], row["asset"])
            new[at] = row
            kept += 1
    return kept


@compiled
def _keep_lodged(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["lots"] != 0:
            at = place_of_lodged(new, row["account"], row["instrument"], row["choice"])
            new[at] = row
            kept += 1
    return kept


@compiled
def _keep_auctions(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["open"] != 0:
            new[place_of_pair(new, row["instrument"], row["account"])] = row
            kept += 1
    return kept


@compiled
def _keep_bids(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["lots"] != 0:
            new[place_of_pair(new, row["instrument"], row["account"])] = row
            kept += 1
    return kept


@compiled
def _keep_owed(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["due"] != 0:
            kept += 1
            new[kept] = row
    return kept


@compiled
def _keep_fixed(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["feed"] != 0:
            new[place_of_fixing(new, row["feed"], row["day"])] = row
            kept += 1
    return kept


@compiled
def _keep_settings(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["asset"] != 0:
            new[place_of_setting(new, row["asset"], row["parameter"])] = row
            kept += 1
    return kept


@compiled
def _keep_shares(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["shares"] != 0:
            new[place_of_balance(new, row["account"], row["asset"])] = row
            kept += 1
    return kept


@compiled
def _keep_turnover(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["account"] != 0:
            new[place_of_balance(new, row["account"], row["asset"])] = row
            kept += 1
    return kept


@compiled
def _keep_leaving(old: NDArray[Any], new: NDArray[Any]) -> int:
    kept = 0
    for row in old:
        if row["at"] != 0:
            kept += 1
            new[kept] = row
    return kept


_Keep = Callable[[NDArray[Any], NDArray[Any]], int]
_IN_ORDER: dict[Of, _Keep] = {Of.OWED: _keep_owed, Of.LEAVING: _keep_leaving}
_BY_KEY: dict[Of, _Keep] = {
    Of.BALANCES: _keep_held,
    Of.RESERVATIONS: _keep_reserved,
    Of.RECEIPTS: _keep_by_words,
    Of.NAMES: _keep_by_words,
    Of.POSITIONS: _keep_positions,
    Of.DEBTS: _keep_debts,
    Of.LODGED: _keep_lodged,
    Of.AUCTIONS: _keep_auctions,
    Of.BIDS: _keep_bids,
    Of.FIXINGS: _keep_fixed,
    Of.SETTINGS: _keep_settings,
    Of.SHARES: _keep_shares,
    Of.TURNOVER: _keep_turnover,
}
