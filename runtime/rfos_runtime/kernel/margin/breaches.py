"""One look at all positions that stand by themselves: which are to be liquidated."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.kinds import NumbersByRow
from rfos_runtime.kernel.margin.measured import is_in_breach
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.portfolio.breaches import POLICY
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.world import World


@compiled
def find_breaches(world: World, held: NumbersByRow, places: NDArray[np.int64]) -> int:
    """Writes where positions in breach lie that are not under auction, as far as there is room.
    Returns how many there are. `held`: of each account as `portfolio/breaches` has it."""
    count = 0
    for at in range(len(world.positions)):
        row = world.positions[at]
        if row["lots"] == 0 or row["auction"] != 0 or _is_pooled(world, held, row):
            continue
        if is_in_breach(world, row):
            if count < len(places):
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
