"""One look at all positions that stand by themselves: which are to be liquidated.

Prices move more often than positions, so which stand by themselves is kept, and only those are
sorted out anew that were changed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.kinds import Numbers, NumbersByRow
from rfos_runtime.kernel.margin.measured import is_in_breach
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.portfolio.breaches import POLICY
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.positions.changed import changed
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.world import Look, World


def alone_in_breach(state: State, held: NumbersByRow) -> Numbers:
    """Where positions in breach lie that are not under auction. `held`: of each account as
    `portfolio/breaches` has it."""
    world, looked = state.world, changed(state.world, Look.ALONE).positions
    if len(looked):
        is_alone = np.zeros(len(world.positions), np.bool_)
        is_alone[state.alone] = True
        _sort_out(world, held, looked, is_alone)
        state.alone = np.flatnonzero(is_alone)
    places = np.empty(len(state.alone), np.int64)
    return places[: _find_breaches(world, state.alone, places)] if len(places) else places


@compiled
def _sort_out(
    world: World, held: NumbersByRow, places: Numbers, is_alone: NDArray[np.bool_]
) -> None:
    """Writes which of some positions have lots and may stand by themselves."""
    for at in places:
        row = world.positions[at]
        is_alone[at] = row["lots"] != 0 and not _is_pooled(world, held, row)


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
