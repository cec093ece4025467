"""One look at all positions that stand by themselves: which are to be liquidated.

Prices move more often than positions, so which stand by themselves is kept until one was changed.
"""

from typing import Any

import numpy as np

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.kinds import Numbers, NumbersByRow
from rfos_runtime.kernel.margin.measured import is_in_breach
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.portfolio.breaches import POLICY
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import Look, World


def alone_in_breach(state: State, held: NumbersByRow) -> Numbers:
    """Where positions in breach lie that are not under auction. `held`: of each account as
    `portfolio/breaches` has it."""
    world = state.world
    if world.has_moved([Of.POSITIONS, Of.ELECTIONS], Look.ALONE):
        alone = np.empty(len(world.positions), np.int64)
        state.alone = alone[: _find_alone(world, held, alone)].copy()
    places = np.empty(len(state.alone), np.int64)
    return places[: _find_breaches(world, state.alone, places)] if len(places) else places


@compiled
def _find_alone(world: World, held: NumbersByRow, places: Numbers) -> int:
    """Writes where positions lie that have lots and may stand by themselves. Returns how many."""
    count = 0
    for at in range(len(world.positions)):
        row = world.positions[at]
        if row["lots"] != 0 and not _is_pooled(world, held, row):
            places[count] = at
            count += 1
    return count


@compiled
def _find_breaches(world: World, alone: Numbers, places: Numbers) -> int:
    """Writes which of them are in breach, and not under auction. Returns how many."""
    count = 0
    for at in alone:
        row = world.positions[at]
        if row["auction"] == 0 and is_in_breach(world, row):
            places[count] = at
            count += 1
    return count


@within
def _is_pooled(world: World, held: NumbersByRow, position: Any) -> bool:
    """Whether a position certainly belongs to a pool."""
    policy = held[position["account"], POLICY] if position["account"] < len(held) else 0
    if policy == 0:
        return False
    handle, side = position["instrument"], side_of(position["lots"])
    mark, flags = world.marks[handle], world.instruments[handle]["flags"]
    return asset_together(mark, flags, side) == world.policies[policy]["asset"]
