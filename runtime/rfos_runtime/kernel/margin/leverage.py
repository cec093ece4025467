"""How near positions are to their liquidation, by which they are closed at the mark.

Maintenance is at most 2**60 and equity below 2**62, so the quotient is taken bit by bit.
"""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.arithmetic import part
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.measured import Margin, margin_at
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.world import World
from rfos_runtime.reference.equity import HIGHEST


def leverages(state: State, handle: int, accounts: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much of its equity the maintenance of each takes up, or that of all that its position is
    margined together with, in thousandths from 1 to HIGHEST."""
    found = np.empty(len(accounts), np.int64)
    _measure(state.world, handle, accounts, found)
    return found


@compiled
def _measure(
    world: World, handle: int, accounts: NDArray[np.int64], found: NDArray[np.int64]
) -> None:
    for place in range(len(accounts)):
        found[place] = leverage_of(margin_at(world, handle, accounts[place]))


@within
def leverage_of(margin: Margin) -> int:
    """How much of the equity maintenance takes up, in thousandths."""
    if margin.equity < margin.maintenance:
        return HIGHEST
    if margin.maintenance <= 0:
        return 1
    return max(1, part(HIGHEST, margin.maintenance, margin.equity))
