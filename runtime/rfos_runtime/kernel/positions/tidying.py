"""Collateral that nothing needs any more becomes free."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.positions.debts import repay_all
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why
from rfos_runtime.kernel.world import World


def tidy(state: State) -> None:
    """Frees collateral by instrument and account, then lets debts be paid from what is free."""
    places = _idle(state)
    state.make_room({Of.BALANCES: 2 * len(places)} if len(places) else {}, 2 * len(places))
    if len(places):
        _free(state.world, state.told, places)
    repay_all(state)


def _idle(state: State) -> NDArray[np.int64]:
    """Positions that have posted what they do not need, by instrument and account."""
    if state.world.counts[Of.POSITIONS]["lying"] == 0:
        return np.empty(0, np.int64)
    rows = state.world.positions
    posted = np.flatnonzero((rows["collateral"] != 0) | (rows["collateral2"] != 0))
    if not len(posted):
        return posted
    found = rows[posted]
    marks = state.world.marks[found["instrument"]]
    same = marks["asset"] == marks["asset2"]
    needs = (found["lots"] > 0) | ((found["lots"] < 0) & same)
    idle = (found["collateral"] != 0) & ~needs
    idle |= (found["collateral2"] != 0) & (found["lots"] >= 0)
    idle &= found["owing"] == 0
    posted, found = posted[idle], found[idle]
    return posted[np.lexsort((found["account"], found["instrument"]))]


@compiled
def _free(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        free_idle(world, told, at)


@within
def free_both(world: World, told: Told, trade: Any) -> None:
    """Frees what a trade has left idle, of the account that was opened first, first."""
    first, second = trade["account"], trade["target"]
    for account in (min(first, second), max(first, second)):
        at = place_of_pair(world.positions, trade["instrument"], account)
        if world.positions[at]["owing"] == 0:
            free_idle(world, told, at)


@within
def free_idle(world: World, told: Told, at: int) -> None:
    """Frees what a position has posted and does not need, the asset registered first, first."""
    row = world.positions[at]
    mark = world.marks[row["instrument"]]
    first_needed = row["lots"] > 0 or (row["lots"] < 0 and mark["asset"] == mark["asset2"])
    first = 0 if first_needed else row["collateral"]
    second = 0 if row["lots"] < 0 else row["collateral2"]
    if first + second == 0:
        return
    handle, account = row["instrument"], row["account"]
    if mark["asset"] < mark["asset2"]:
        _release(world, told, handle, account, mark["asset"], first)
        _release(world, told, handle, account, mark["asset2"], second)
    else:
        _release(world, told, handle, account, mark["asset2"], second)
        _release(world, told, handle, account, mark["asset"], first)


@within
def _release(world: World, told: Told, handle: int, account: int, asset: int, units: int) -> None:
    why, held, free = Why.RELEASE.value, Held.COLLATERAL.value, Held.FREE.value
    post(world, told, why, handle, asset, account, held, account, free, units)
