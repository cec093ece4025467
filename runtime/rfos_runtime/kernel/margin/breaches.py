"""One look at all positions, and at all that is margined together: which are to be liquidated."""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.margin.measured import is_in_breach
from rfos_runtime.kernel.portfolio.measuring import together
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World


@compiled
def find_breaches(world: World, places: NDArray[np.int64]) -> int:
    """Writes where positions in breach lie that are not under auction, as far as there is room.
    Returns how many there are."""
    count = 0
    for at in range(len(world.positions)):
        row = world.positions[at]
        if row["lots"] != 0 and row["auction"] == 0 and is_in_breach(world, row):
            if count < len(places):
                places[count] = at
            count += 1
    return count


@compiled
def find_pools(world: World, places: NDArray[np.int64]) -> int:
    """The same of elections whose pools are in breach."""
    count = 0
    if world.counts[Of.ELECTIONS.value]["lying"] == 0:
        return count
    for at in range(len(world.elections)):
        row = world.elections[at]
        if row["policy"] == 0:
            continue
        found = together(world, row["account"], row["asset"], False)
        if found.equity < found.maintenance:
            if count < len(places):
                places[count] = at
            count += 1
    return count
