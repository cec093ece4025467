"""Who stands for the parties of an instrument."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.portfolio.pools import has_lots
from rfos_runtime.kernel.positions.lots import change
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, touch


class Standing(NamedTuple):
    """Accounts that stand for a party, as they were opened, and for how many lots each."""

    accounts: NDArray[np.int64]
    lots: NDArray[np.int64]


Members = tuple[Standing, ...]
"""For each party who stands for it."""


@compiled
def _gather(world: World, handle: int, accounts: NDArray[np.int64], lots: NDArray[np.int64]) -> int:
    count, at = 0, world.instruments[handle]["head"]
    while at != 0:
        row = world.positions[at - 1]
        accounts[count] = row["account"]
        lots[count] = row["lots"]
        count += 1
        at = row["next"]
    return count


@compiled
def _close_all(world: World, handle: int) -> None:
    touch(world, Of.INSTRUMENTS.value, handle)
    at = world.instruments[handle]["head"]
    world.instruments[handle]["head"] = 0
    world.instruments[handle]["lots"] = 0
    while at != 0:
        place = at - 1
        touch(world, Of.POSITIONS.value, place)
        row = world.positions[place]
        at = row["next"]
        row["lots"] = 0
        row["next"] = 0
        row["previous"] = 0
        has_lots(world, place)


def positions_of(state: State, handle: int) -> Standing:
    """All who have lots, as they were opened, with signed lots."""
    if not state.world.instruments[handle]["head"]:
        return Standing(np.empty(0, np.int64), np.empty(0, np.int64))
    most = int(state.world.counts[Of.POSITIONS]["lying"])
    accounts, lots = np.empty(most, np.int64), np.empty(most, np.int64)
    count = _gather(state.world, handle, accounts, lots)
    order = np.argsort(accounts[:count])
    return Standing(accounts[order], lots[order])


def holders(state: State, handle: int, side: int) -> Standing:
    """Who has lots of a side, and how many."""
    accounts, lots = positions_of(state, handle)
    return _of_side(accounts, lots, side)


def _of_side(accounts: NDArray[np.int64], lots: NDArray[np.int64], side: int) -> Standing:
    signed = lots if side == 0 else -lots
    there = signed > 0
    return Standing(accounts[there], signed[there])


def members(state: State, bound: Bound) -> Members:
    """All parties of an instrument with all its lots."""
    every = positions_of(state, bound.handle)
    return parted(bound, _of_side(*every, 0), _of_side(*every, 1))


def parted(bound: Bound, first: Standing, second: Standing) -> Members:
    """All parties, for some of the lots. The third and later parties stand behind every lot."""
    lots = first.lots.sum()
    assert lots == second.lots.sum(), "sides of different size"
    rest = (Standing(np.array([each]), np.array([lots])) for each in bound.others)
    return (first, second, *rest)


@compiled
def _change_all(
    world: World, handle: int, accounts: NDArray[np.int64], lots: NDArray[np.int64]
) -> None:
    for place in range(len(accounts)):
        change(world, handle, accounts[place], lots[place])


def change_all(state: State, handle: int, by: Standing) -> None:
    """Adds signed lots to positions that there are; they add up to zero."""
    state.make_room({Of.POSITIONS: len(by.accounts)})
    _change_all(state.world, handle, *by)


def close_all(state: State, handle: int) -> None:
    """Nobody has any lots any more."""
    if state.world.instruments[handle]["head"]:
        state.may_touch(2 * len(positions_of(state, handle).accounts) + 1)
        _close_all(state.world, handle)
