"""What a pool loses in each scenario: sums over its positions, of all together or of those on one
underlying alone.

Sums lie in `World.sums`, one word each, or in `World.wide`, two words each where one might not be
enough. Losses on one underlying are never more, all sizes added up, than those on all.
"""

from typing import Any, NamedTuple

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.places import place_of_table
from rfos_runtime.kernel.portfolio import words
from rfos_runtime.kernel.portfolio.rows import AGES
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import WORDS, World

_SEEN, _NEXT = 4, 5
"""Places in the row of a pair that stands for an underlying: whether it is one of this portfolio's,
the next that is."""

KNOWN_ALONE = 2


class Pool(NamedTuple):
    """Whose, in which asset, under which policy; and a position as it would be, with so many lots
    in an instrument. 0: all as they are. `at_worst`: as openings and releases see it, KNOWN_ALONE
    if without what is unknown."""

    account: int
    asset: int
    policy: int
    instrument: int
    lots: int
    at_worst: int


@within
def clear(world: World, policy: int, is_wide: bool) -> None:
    """Nothing is lost in any scenario."""
    for line in range(world.policies[policy]["lines"]):
        for word in range(WORDS):
            world.sums[line, word] = 0
    if is_wide:
        for place in range(len(world.wide)):
            world.wide[place] = 0


@within
def lines_of_pairs(pairs: int) -> int:
    """How many rows so many notionals take, each after its pair of assets."""
    return (2 * pairs + WORDS - 1) >> 3


@within
def numbers_of(world: World, pool: Pool, table: Any) -> int:
    """The first row of the numbers of a table that count for a pool."""
    first = world.begins[Of.NUMBERS.value] + table["at"]
    if table["known"] == AGES and pool.at_worst != 0:
        lines = world.policies[pool.policy]["lines"]
        first += lines + lines_of_pairs(table["pairs"]) + 1
    return first


@within
def add(world: World, first: int, lines: int, lots: int, is_wide: bool) -> None:
    """Adds what so many lots lose; `first`: the first row of the numbers of their table."""
    for line in range(lines):
        for word in range(WORDS):
            loss = world.memory[first + line, word]
            if is_wide:
                words.add(world.wide, 2 * (WORDS * line + word), lots, loss)
            else:
                world.sums[line, word] += lots * loss


@within
def worst(world: World, policy: int, is_wide: bool) -> int:
    """The largest sum, 0 at least."""
    found = 0
    for line in range(world.policies[policy]["lines"]):
        for word in range(WORDS):
            loss = world.sums[line, word]
            if is_wide:
                loss = words.nearest(world.wide, 2 * (WORDS * line + word))
            found = max(found, loss)
    return min(found, MOST)


# --- each underlying alone -----------------------------------------------------------------------


@within
def standalone(world: World, pool: Pool, is_wide: bool) -> int:
    """The worst loss of the positions on each underlying alone, added."""
    total, underlying = 0, _of_all(world, pool, 0, 0, is_wide)
    while underlying != 0:
        clear(world, pool.policy, is_wide)
        _of_all(world, pool, underlying, 0, is_wide)
        total = min(total + worst(world, pool.policy, is_wide), MOST)
        world.nets[underlying, _SEEN] = 0
        underlying = world.nets[underlying, _NEXT]
    return total


@within
def _of_all(world: World, pool: Pool, underlying: int, chain: int, is_wide: bool) -> int:
    """Adds what is lost on an underlying. With none, chains the underlyings that there are to each
    other, and returns the first."""
    is_there = pool.instrument == 0
    member = world.accounts[pool.account]["members"]
    while member != 0:
        row = world.members[member]
        member, handle, lots = row["next"], row["instrument"], row["lots"]
        if handle == pool.instrument:
            is_there, lots = True, pool.lots
        chain = _of_one(world, pool, underlying, chain, is_wide, handle, lots)
    if not is_there:
        chain = _of_one(world, pool, underlying, chain, is_wide, pool.instrument, pool.lots)
    return chain


@within
def _of_one(
    world: World, pool: Pool, underlying: int, chain: int, is_wide: bool, handle: int, lots: int
) -> int:
    table = world.tables[place_of_table(world.tables, handle, pool.policy)]
    belongs = handle == pool.instrument or (table["sides"] >> side_of(lots)) & 1 == 1
    if lots == 0 or table["known"] == 0 or not belongs:
        return chain
    own = table["underlying"]
    if underlying == 0 and world.nets[own, _SEEN] == 0:
        world.nets[own, _SEEN], world.nets[own, _NEXT] = 1, chain
        return own
    if own == underlying:
        first = numbers_of(world, pool, table)
        add(world, first, world.policies[pool.policy]["lines"], lots, is_wide)
    return chain
