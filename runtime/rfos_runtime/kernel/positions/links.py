"""The positions of an instrument that have lots hang together, so that they are found at once."""

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, touch


@within
def link(world: World, at: int) -> None:
    """A position has lots now: it stands first in its instrument. It is touched already."""
    row = world.positions[at]
    touch(world, Of.INSTRUMENTS.value, row["instrument"])
    instrument = world.instruments[row["instrument"]]
    first = instrument["head"]
    row["previous"] = 0
    row["next"] = first
    instrument["head"] = at + 1
    if first != 0:
        touch(world, Of.POSITIONS.value, first - 1)
        world.positions[first - 1]["previous"] = at + 1


@within
def unlink(world: World, at: int) -> None:
    """A position has no lots any more. It is touched already."""
    row = world.positions[at]
    before, behind = row["previous"], row["next"]
    if before != 0:
        touch(world, Of.POSITIONS.value, before - 1)
        world.positions[before - 1]["next"] = behind
    else:
        touch(world, Of.INSTRUMENTS.value, row["instrument"])
        world.instruments[row["instrument"]]["head"] = behind
    if behind != 0:
        touch(world, Of.POSITIONS.value, behind - 1)
        world.positions[behind - 1]["previous"] = before
    row["previous"] = 0
    row["next"] = 0


@compiled
def link_all(world: World) -> None:
    """Hangs all positions together anew, whose places have changed."""
    for handle in range(len(world.instruments)):
        world.instruments[handle]["head"] = 0
    for at in range(len(world.positions)):
        row = world.positions[at]
        if row["instrument"] != 0:
            row["next"] = 0
            row["previous"] = 0
            if row["lots"] != 0:
                link(world, at)
