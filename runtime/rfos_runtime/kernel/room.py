"""Room for rows that are to come: the world is laid out anew where a table might lack it.

A row that a handle names keeps its place. Rows that are looked up by their keys fill at most half
of theirs; those that say nothing any more are left behind when they are laid out anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.places import (
    place_of_balance,
    place_of_debt,
    place_of_fixing,
    place_of_lodged,
    place_of_pair,
    place_of_pledge,
    place_of_reservation,
    place_of_setting,
    place_of_table,
    place_of_words,
)
from rfos_runtime.kernel.positions.links import link_all
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import ROWS, World, laid_out
from rfos_runtime.kernel.world import SAVED as SAVED_ROWS
from rfos_runtime.records.operations import Op

SAVED, SAVED_BY_TRADE = 32, 96
"""Rows that a command changes at most, of those that machine code carries out; a trade or a release
changes more."""
SAVED_BY_MEMBER = 8
"""Rows that change when a position is margined together with others."""

SAVED_BY_PLEDGE, EVENTS_OF_A_SALE = 8, 3
"""Rows that change when pledged units go to somebody; events when the insurance fund buys them."""
DEBT_SAVED = 5
"""Rows that change when a debt is paid."""

_A_COMMAND: Mapping[Of, int] = {
    Of.ACCOUNTS: 1,
    Of.ASSETS: 1,
    Of.BALANCES: 2,
    Of.RESERVATIONS: 1,
    Of.DEPOSITED: 1,
    Of.WITHDRAWN: 1,
    Of.NAMES: 1,
    Of.BIDS: 1,
    Of.SETTINGS: 1,
    Of.SHARES: 1,
    Of.LEAVING: 1,
}
_A_TRADE: Mapping[Of, int] = {Of.BALANCES: 6, Of.POSITIONS: 2, Of.TURNOVER: 2}
"""Rows that such a command takes at most, and a trade besides."""


def trades_among(world: World, ops: NDArray[np.int32]) -> int:
    """How many commands take more room than others do, of those that can succeed."""
    if world.counts[Of.INSTRUMENTS]["lying"] == 0:
        return 0
    return int(np.count_nonzero((ops == Op.TRADE) | (ops == Op.RELEASE)))


class Elected(NamedTuple):
    """How many elections there are among commands, and how many positions they may bring together,
    with those that trades among them make."""

    elections: int
    positions: int


def elected_among(world: World, commands: NDArray[Any]) -> Elected:
    """The elections among commands, of those that can succeed."""
    elections = commands["account"][commands["op"] == Op.ELECT]
    if not len(elections) or world.counts[Of.POLICIES]["lying"] == 0:
        return Elected(0, 0)
    held = np.sort(world.positions["account"])
    lying = np.searchsorted(held, elections, "right") - np.searchsorted(held, elections, "left")
    made = _A_TRADE[Of.POSITIONS] * trades_among(world, commands["op"])
    return Elected(len(elections), int(lying[elections > 0].sum()) + made * len(elections))


def pledges_drawn(world: World, commands: int) -> int:
    """How often so many commands draw on what is pledged, at most: each time a pledge is used up,
    or a debt is paid, or a command has what it wants."""
    if world.counts[Of.HAIRCUTS]["lying"] == 0:
        return 0
    return 2 * commands + int(world.counts[Of.PLEDGES]["lying"] + world.totals[0]["debts"])


def ready(world: World, commands: int, trades: int, elected: Elected) -> World:
    """The same world with room for so many commands, whatever machine code makes of them."""
    more = {table: rows * commands for table, rows in _A_COMMAND.items()}
    more[Of.ELECTIONS] = elected.elections
    if world.counts[Of.HAIRCUTS]["lying"]:
        more[Of.PLEDGES] = commands
    if trades:
        for table, rows in _A_TRADE.items():
            more[table] = more.get(table, 0) + rows * trades
    saved = SAVED * commands + SAVED_BY_TRADE * trades + SAVED_BY_MEMBER * elected.positions
    saved += SAVED_BY_PLEDGE * pledges_drawn(world, commands)
    return with_room(world, more, saved + DEBT_SAVED * int(world.totals[0]["debts"]))


def with_room(world: World, more: Mapping[Of, int], saved: int = 0) -> World:
    """The same world with room for so many more rows, and to save so many. No chain may be open."""
    needed = {table: _needed(world, table, rows) for table, rows in more.items()}
    if world.counts[Of.POLICIES]["lying"] or Of.POLICIES in more:
        positions = int(world.counts[Of.POSITIONS]["lying"]) + more.get(Of.POSITIONS, 0)
        needed[Of.MEMBERS] = positions + 1
    if all(rows <= len(world.table(table)) for table, rows in needed.items()):
        return world if len(world.saved) >= saved else _saving(world, saved)
    assert not world.chain[0], "rows move while a chain is open"
    there = {table: len(world.table(table)) for table in Of}
    grown = {table: _power(rows) for table, rows in needed.items() if rows > there[table]}
    return _laid_out_anew(world, there | grown, max(saved, len(world.saved)))


def _needed(world: World, table: Of, more: int) -> int:
    lying = int(world.counts[table]["lying"])
    return 2 * (lying + more) if table in BY_KEY else lying + more + 1


def _power(rows: int) -> int:
    return max(ROWS, 1 << (int(rows) - 1).bit_length())


def may_save(world: World, rows: int) -> World:
    """The same world with room to save so many rows more in the open chain."""
    saved = int(world.chain[SAVED_ROWS])
    if saved + rows <= len(world.saved):
        return world
    grown = _saving(world, 2 * (saved + rows))
    grown.saved[:saved] = world.saved[:saved]
    grown.saved_at[:saved] = world.saved_at[:saved]
    return grown


def _saving(world: World, saved: int) -> World:
    return replace(
        world,
        saved=np.zeros((saved, world.saved.shape[1]), np.int64),
        saved_at=np.zeros(saved, np.int64),
    )


def _laid_out_anew(world: World, rows: Mapping[Of, int], saved: int) -> World:
    grown = laid_out([rows[table] for table in Of], saved)
    grown.entry[:] = world.entry
    for table in Of:
        old, new = world.table(table), grown.table(table)
        if table is Of.MEMBERS:
            continue
        if table not in _SAYS:
            new[: len(old)] = old
        elif world.counts[table]["lying"]:
            kept = _whole(old, np.any([old[name] != 0 for name in _SAYS[table]], axis=0))
            BY_KEY.get(table, _in_order)(kept, new)
            grown.counts[table]["lying"] = len(kept)
    if world.counts[Of.POSITIONS]["lying"]:
        link_all(grown)
    if world.counts[Of.MEMBERS]["lying"]:
        _join_anew(world, grown)
    return grown


def _join_anew(world: World, grown: World) -> None:
    """Lays the members of each account behind each other, for the positions that are left."""
    knows = (world.accounts["elected"] != 0) | (world.accounts["members"] != 0)
    grown.accounts["members"][: len(knows)] = 0
    places = np.flatnonzero(grown.positions["account"])
    places = places[knows[grown.positions["account"][places]]]
    rows = grown.positions[places]
    order = np.lexsort((rows["instrument"], rows["account"]))
    places, rows, count = places[order], rows[order], len(order)
    grown.counts[Of.MEMBERS]["lying"] = count
    members = grown.members[1 : count + 1]
    members["instrument"], members["account"] = rows["instrument"], rows["account"]
    members["lots"], members["place"] = rows["lots"], places
    numbers = np.arange(1, count + 1)
    is_first = np.ones(count, np.bool_)
    is_first[1:] = rows["account"][1:] != rows["account"][:-1]
    members["next"][:-1] = np.where(is_first[1:], 0, numbers[1:])
    grown.accounts["members"][rows["account"][is_first]] = numbers[is_first]


def _whole(rows: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Some rows with all their bytes, also those behind their columns, which NumPy would leave as
    they lay in memory: the state root takes them in."""
    return rows.view(np.uint8).reshape(len(rows), -1)[chosen].reshape(-1).view(rows.dtype)


_WORDS = ("w0", "w1", "w2", "w3")
_SAYS: Mapping[Of, tuple[str, ...]] = {
    Of.BALANCES: ("account",),
    Of.RESERVATIONS: ("open",),
    Of.DEPOSITED: _WORDS,
    Of.WITHDRAWN: _WORDS,
    Of.NAMES: _WORDS,
    Of.POSITIONS: ("lots", "collateral", "collateral2", "owing", "auction"),
    Of.OWED: ("due",),
    Of.DEBTS: ("units",),
    Of.LODGED: ("lots",),
    Of.AUCTIONS: ("open",),
    Of.BIDS: ("lots",),
    Of.SEALS: ("open",),
    Of.FIXINGS: ("feed",),
    Of.SETTINGS: ("asset",),
    Of.SHARES: ("shares",),
    Of.LEAVING: ("at",),
    Of.TURNOVER: ("account",),
    Of.ELECTIONS: ("policy", "pool"),
    Of.PLEDGES: ("units",),
    Of.TABLES: ("instrument",),
}
"""Columns of which one is not zero as long as a row says something; other tables keep all rows."""


# --- where rows go: in their order, or by their keys ---------------------------------------------


def _in_order(kept: NDArray[Any], new: NDArray[Any]) -> None:
    new[1 : len(kept) + 1] = kept


@compiled
def _by_account(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_balance(new, row["account"], row["asset"])] = row


@compiled
def _by_pair(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_pair(new, row["instrument"], row["account"])] = row


@compiled
def _by_number(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_reservation(new, row["number"])] = row


@compiled
def _by_words(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_words(new, row["w0"], row["w1"], row["w2"], row["w3"])] = row


@compiled
def _by_debt(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_debt(new, row["account"], row["instrument"], row["asset"])] = row


@compiled
def _by_choice(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_lodged(new, row["account"], row["instrument"], row["choice"])] = row


@compiled
def _by_day(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_fixing(new, row["feed"], row["day"])] = row


@compiled
def _by_parameter(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_setting(new, row["asset"], row["parameter"])] = row


@compiled
def _by_policy(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_table(new, row["instrument"], row["policy"])] = row


@compiled
def _by_pledge(kept: NDArray[Any], new: NDArray[Any]) -> None:
    for row in kept:
        new[place_of_pledge(new, row["account"], row["asset"], row["pledged"])] = row


BY_KEY: Mapping[Of, Callable[[NDArray[Any], NDArray[Any]], None]] = {
    Of.BALANCES: _by_account,
    Of.RESERVATIONS: _by_number,
    Of.DEPOSITED: _by_words,
    Of.WITHDRAWN: _by_words,
    Of.NAMES: _by_words,
    Of.POSITIONS: _by_pair,
    Of.DEBTS: _by_debt,
    Of.LODGED: _by_choice,
    Of.AUCTIONS: _by_pair,
    Of.BIDS: _by_pair,
    Of.SEALS: _by_pair,
    Of.FIXINGS: _by_day,
    Of.SETTINGS: _by_parameter,
    Of.SHARES: _by_account,
    Of.TURNOVER: _by_account,
    Of.ELECTIONS: _by_account,
    Of.PLEDGES: _by_pledge,
    Of.TABLES: _by_policy,
}
