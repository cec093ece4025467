"""Who holds how many lots. Signed lots of all accounts in an instrument add up to zero."""

from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.portfolio.pools import has_lots, join, knows_members
from rfos_runtime.kernel.positions.links import link, unlink
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, one_more, touch


@within
def position_place(world: World, handle: int, account: int) -> int:
    """The place of a position that is about to change; made if there is none."""
    at = place_of_pair(world.positions, handle, account)
    touch(world, Of.POSITIONS.value, at)
    row = world.positions[at]
    if row["account"] == 0:
        row["instrument"] = handle
        row["account"] = account
        one_more(world, Of.POSITIONS.value)
        if knows_members(world, account):
            join(world, at)
    return at


@within
def lots_of(world: World, handle: int, account: int) -> int:
    """Signed lots: positive is the first party."""
    return world.positions[place_of_pair(world.positions, handle, account)]["lots"]


@within
def change(world: World, handle: int, account: int, lots: int) -> None:
    """Adds signed lots to a position. The caller keeps the sum at zero."""
    at = position_place(world, handle, account)
    row = world.positions[at]
    before, after = row["lots"], row["lots"] + lots
    row["lots"] = after
    has_lots(world, at)
    touch(world, Of.INSTRUMENTS.value, handle)
    world.instruments[handle]["lots"] += max(after, 0) - max(before, 0)
    if before == 0 and after != 0:
        link(world, at)
    elif before != 0 and after == 0:
        unlink(world, at)


@within
def has_one_holder_a_side(world: World, handle: int) -> bool:
    """Whether no side is held by several accounts."""
    first, second, at = 0, 0, world.instruments[handle]["head"]
    while at != 0 and first <= 1 and second <= 1:
        row = world.positions[at - 1]
        first += row["lots"] > 0
        second += row["lots"] < 0
        at = row["next"]
    return first <= 1 and second <= 1
