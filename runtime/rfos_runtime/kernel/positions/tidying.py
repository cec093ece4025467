"""Collateral that nothing needs any more becomes free.

What is needed hangs on positions and elections alone, and on what instruments are, which never
changes. So only where a row of either was changed since the last look can anything be idle.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.kinds import Numbers
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.portfolio.pools import asset_together, is_needed, pool_asset
from rfos_runtime.kernel.positions.changed import changed
from rfos_runtime.kernel.positions.debts import repay_all
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why
from rfos_runtime.kernel.world import Look, World


def tidy(state: State) -> None:
    """Frees collateral, of pools first, by account, then by instrument and account; then lets debts
    be paid from what is free."""
    _free_all(state)
    repay_all(state)


def _free_all(state: State) -> None:
    world, seen = state.world, changed(state.world, Look.IDLE)
    pools, places = _idle_pools(world, seen.elections), _idle(world, seen.positions)
    count = len(pools) + len(places)
    if count == 0:
        return
    state.make_room({Of.BALANCES: 2 * count}, 2 * count)
    if state.world is not world:  # rows have moved for that, and all count as changed
        return _free_all(state)
    for at in pools.tolist():
        row = world.elections[at]
        key = int(row["account"]), int(row["asset"])
        _free_pool(world, state.told, *key, int(row["pool"]))
    if len(places):
        _free(world, state.told, places)


def _idle_pools(world: World, among: Numbers) -> Numbers:
    """Pools that nothing needs, by account and asset."""
    places = np.empty(len(among), np.int64)
    idle = places[: _find_idle(world, among, places)] if len(among) else places
    rows = world.elections[idle]
    return idle[np.lexsort((rows["asset"], rows["account"]))]


@compiled
def _find_idle(world: World, among: Numbers, places: Numbers) -> int:
    """Writes the places of pools that nothing needs. Returns how many they are."""
    count = 0
    for at in among:
        row = world.elections[at]
        if row["pool"] == 0 or (row["policy"] != 0 and _has_lots(world, row)):
            continue
        if not is_needed(world, row["account"], row["asset"]):
            places[count] = at
            count += 1
    return count


@within
def _has_lots(world: World, election: Any) -> bool:
    """Whether a position with lots belongs to a pool under a policy."""
    member = world.accounts[election["account"]]["members"]
    while member != 0:
        row = world.members[member]
        mark, flags = world.marks[row["instrument"]], world.instruments[row["instrument"]]["flags"]
        lots, member = row["lots"], row["next"]
        if lots != 0 and asset_together(mark, flags, side_of(lots)) == election["asset"]:
            return True
    return False


def _idle(world: World, among: Numbers) -> Numbers:
    """Positions that have posted what they do not need, by instrument and account."""
    posted = np.empty(len(among), np.int64)
    posted = posted[: _find_posted(world, among, posted)] if len(among) else posted
    if not len(posted):
        return posted
    found = world.positions[posted]
    marks = world.marks[found["instrument"]]
    same = marks["asset"] == marks["asset2"]
    alone = _stand_alone(world, found)
    needs = alone & ((found["lots"] > 0) | ((found["lots"] < 0) & same))
    idle = (found["collateral"] != 0) & ~needs
    idle |= (found["collateral2"] != 0) & ~(alone & (found["lots"] < 0))
    idle &= found["owing"] == 0
    posted, found = posted[idle], found[idle]
    return posted[np.lexsort((found["account"], found["instrument"]))]


@compiled
def _find_posted(world: World, among: Numbers, places: Numbers) -> int:
    """Writes where positions lie that have posted something. Returns how many they are."""
    count = 0
    for at in among:
        row = world.positions[at]
        if row["collateral"] != 0 or row["collateral2"] != 0:
            places[count] = at
            count += 1
    return count


def _stand_alone(world: World, positions: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some positions are not margined together with others."""
    alone = world.accounts["elected"][positions["account"]] == 0
    for at in np.flatnonzero(~alone).tolist():
        row = positions[at]
        pair = int(row["instrument"]), int(row["account"])
        alone[at] = pool_asset(world, *pair, int(row["lots"])) == 0
    return alone


@compiled
def _free(world: World, told: Told, places: Numbers) -> None:
    for at in places:
        free_idle(world, told, at)


@within
def free_both(world: World, told: Told, trade: Any) -> None:
    """Frees what a trade has left idle, of the account that was opened first, first."""
    first, second = trade["account"], trade["target"]
    for account in (min(first, second), max(first, second)):
        if world.accounts[account]["elected"] != 0:
            _free_pools_of(world, told, account, world.marks[trade["instrument"]])
    for account in (min(first, second), max(first, second)):
        at = place_of_pair(world.positions, trade["instrument"], account)
        if world.positions[at]["owing"] == 0:
            free_idle(world, told, at)


@within
def _free_pools_of(world: World, told: Told, account: int, mark: Any) -> None:
    """Frees what has become idle of an account in what the sides of an instrument post."""
    low, high = min(mark["asset"], mark["asset2"]), max(mark["asset"], mark["asset2"])
    for asset in (low, high):
        at = place_of_balance(world.elections, account, asset)
        units = world.elections[at]["pool"]
        if units != 0 and not is_needed(world, account, asset):
            _free_pool(world, told, account, asset, units)


@within
def _free_pool(world: World, told: Told, account: int, asset: int, units: int) -> None:
    why, held, free = Why.RELEASE.value, Held.POOL.value, Held.FREE.value
    post(world, told, why, 0, asset, account, held, account, free, units)


@within
def free_idle(world: World, told: Told, at: int) -> None:
    """Frees what a position has posted and does not need, the asset registered first, first."""
    row = world.positions[at]
    mark = world.marks[row["instrument"]]
    lots = row["lots"]
    if pool_asset(world, row["instrument"], row["account"], lots) != 0:
        lots = 0  # what it needs lies in the pool
    first_needed = lots > 0 or (lots < 0 and mark["asset"] == mark["asset2"])
    first = 0 if first_needed else row["collateral"]
    second = 0 if lots < 0 else row["collateral2"]
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
