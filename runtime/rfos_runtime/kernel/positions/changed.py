"""What was changed since somebody last looked, and what hangs on it: the elections of an account on
its positions, and its positions on its elections."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled
from rfos_runtime.kernel.margin.kinds import Numbers
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.portfolio.pools import knows_members
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import Look, World


class Changed(NamedTuple):
    """Where positions and elections lie; also some of nobody."""

    positions: Numbers
    elections: Numbers


def changed(world: World, look: Look) -> Changed:
    """What a look has to look at that was there before: it is over with this."""
    found = Changed(*(world.moved_in(table, look) for table in (Of.POSITIONS, Of.ELECTIONS)))
    if not any(map(len, found)) or world.counts[Of.ELECTIONS]["lying"] == 0:
        return found
    reached = [np.zeros(len(rows), np.bool_) for rows in (world.positions, world.elections)]
    _reach(world, *found, *reached)
    return Changed(*map(np.flatnonzero, reached))


@compiled
def _reach(
    world: World,
    positions: Numbers,
    elections: Numbers,
    has_position: NDArray[np.bool_],
    has_election: NDArray[np.bool_],
) -> None:
    for at in positions:
        has_position[at] = True
        handle, account = world.positions[at]["instrument"], world.positions[at]["account"]
        if account != 0 and knows_members(world, account):
            mark = world.marks[handle]
            for asset in (mark["asset"], mark["asset2"]):
                has_election[place_of_balance(world.elections, account, asset)] = True
    for at in elections:
        has_election[at] = True
        member = world.accounts[world.elections[at]["account"]]["members"]
        while member != 0:
            has_position[world.members[member]["place"]] = True
            member = world.members[member]["next"]
