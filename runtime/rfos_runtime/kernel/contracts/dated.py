"""Payments for later dates: rows that lie until then, one for each who pays or is paid."""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.positions.lots import position_place
from rfos_runtime.kernel.state import Amounts, State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.holdings import OWN_FROM


def owe_later(state: State, handle: int, due: int, owed: Amounts) -> None:
    """Notes an obligation until it falls due."""
    count = len(owed.units)
    state.make_room({Of.OWED: count, Of.POSITIONS: count})
    _write(state.world, handle, due, *owed)


@compiled
def _write(
    world: World,
    handle: int,
    due: int,
    number: int,
    asset: int,
    clause: int,
    action: int,
    accounts: NDArray[np.int64],
    parties: NDArray[np.int64],
    units: NDArray[np.int64],
) -> None:
    for place in range(len(units)):
        at = one_more(world, Of.OWED.value)
        touch(world, Of.OWED.value, at)
        row = world.owed[at]
        row["number"] = number
        row["due"] = due
        row["account"] = accounts[place]
        row["units"] = units[place]
        row["instrument"] = handle
        row["asset"] = asset
        row["party"] = parties[place]
        row["clause"] = clause
        row["action"] = action
        _count(world, at, 1)


@within
def _count(world: World, at: int, sign: int) -> None:
    """Counts what is owed, or takes it out of the counts."""
    row = world.owed[at]
    handle, account, owed = row["instrument"], row["account"], -row["units"]
    if owed <= 0:
        return
    touch(world, Of.INSTRUMENTS.value, handle)
    world.instruments[handle]["owed"] += sign * owed
    if account >= OWN_FROM:
        return
    position, mark = world.positions[position_place(world, handle, account)], world.marks[handle]
    position["owing"] += sign
    touch(world, Of.ACCOUNTS.value, account)
    world.accounts[account]["coming"] += sign
    if row["asset"] == mark["asset"]:
        position["to_come"] += sign * owed
    elif row["asset"] == mark["asset2"]:
        position["to_come2"] += sign * owed


@compiled
def _forget(world: World, places: NDArray[np.int64]) -> None:
    for at in places:
        _count(world, at, -1)
        touch(world, Of.OWED.value, at)
        world.owed[at]["due"] = 0


def fell_due(state: State, handle: int) -> list[Amounts]:
    """The obligations of an instrument that have fallen due, in the order in which they were fixed;
    they lie in the world no longer."""
    if not state.world.instruments[handle]["owed"]:
        return []
    rows = state.world.owed[: int(state.world.counts[Of.OWED]["lying"]) + 1]
    due = (rows["instrument"] == handle) & (rows["due"] != 0) & (rows["due"] <= state.time)
    places = np.flatnonzero(due)
    found = [_together(rows[places[rows["number"][places] == n]]) for n in _numbers(rows, places)]
    if len(places):
        state.may_touch(6 * len(places))
        _forget(state.world, places)
    return found


def _numbers(rows: NDArray[np.void], places: NDArray[np.int64]) -> list[int]:
    return np.unique(rows["number"][places]).tolist()


def _together(rows: NDArray[np.void]) -> Amounts:
    first = rows[0]
    return Amounts(
        int(first["number"]),
        int(first["asset"]),
        int(first["clause"]),
        int(first["action"]),
        rows["account"].copy(),
        rows["party"].astype(np.int64),
        rows["units"].copy(),
    )


def paying(state: State) -> list[int]:
    """The instruments of which something has fallen due."""
    if state.world.counts[Of.OWED]["lying"] == 0:
        return []
    rows = state.world.owed[: int(state.world.counts[Of.OWED]["lying"]) + 1]
    return np.unique(rows["instrument"][(rows["due"] != 0) & (rows["due"] <= state.time)]).tolist()


def next_due(state: State, never: int) -> int:
    """When the next obligation falls due."""
    if state.world.counts[Of.OWED]["lying"] == 0:
        return never
    rows = state.world.owed[: int(state.world.counts[Of.OWED]["lying"]) + 1]
    return int(np.min(rows["due"][rows["due"] != 0], initial=never))
