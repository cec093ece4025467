"""The margin of all that an account has margined together, as `reference/portfolio` says.

    equity  =  pool + what is pledged - exposures - payments to come - debts to the fund

Losses are summed in 64 bits as long as no sum can leave them: lots times the largest loss of each
table, added up, bound them all. Otherwise they are summed once more in two words.
"""

from typing import NamedTuple

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import by_address, called, within
from rfos_runtime.kernel.margin.rules import times
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.places import place_of_balance, place_of_table
from rfos_runtime.kernel.portfolio import losses, words
from rfos_runtime.kernel.portfolio.losses import KNOWN_ALONE, Pool
from rfos_runtime.kernel.portfolio.pledges import LAST, OPENING, counted
from rfos_runtime.kernel.portfolio.pools import debts_of, payments_to_come, policy_of, pool_asset
from rfos_runtime.kernel.portfolio.requirements import (
    GROSS_NOTIONAL,
    INITIAL,
    LARGEST,
    MAINTENANCE,
    NET_NOTIONAL,
    STANDALONE_LOSS,
    STANDARD_ERROR,
    WORST_LOSS,
    required,
    separates,
)
from rfos_runtime.kernel.portfolio.rows import AGES
from rfos_runtime.kernel.world import WORDS, World

_ROOM = 2**62
"""A sum of losses in one word stays below."""
_FEW, _SMALL = 2**29, 2**31
"""So many of so little fit."""
_KNOWN, _UNKNOWN, _PAIR, _LEFT, _EXPOSURE = 8, 9, 10, 11, 12
_BESIDES, _COLLATERAL, _OWED, _PLEDGED = 14, 15, 16, 17
"""Further places in `World.tally`: how many positions have a table, the worst cases of those that
have none, the first pair of assets, the room that is left for sums in one word (below 0: it was not
enough), the exposures in two words, what is needed besides what the policy says; the pool, what is
owed, and what is pledged."""
_NET, _SEEN, _NEXT = 0, 2, 3
"""Places in the row of a pair: its net notional in two words, whether it is one of this
portfolio's, the next that is."""


class Together(NamedTuple):
    """The margin of all that is margined together, in minor units of its asset."""

    collateral: int
    owed: int
    exposure: int
    maintenance: int
    initial: int
    equity: int
    missing: int


@within
def together(world: World, account: int, asset: int, at_worst: bool) -> Together:
    """The margin of a pool as it stands. `at_worst`: with the worst case of what is unknown."""
    called(world.entry[0], measure, world, (account, asset, int(at_worst), 0, 0))
    return told(world)


@within
def known_alone(world: World, account: int, asset: int, instrument: int, lots: int) -> Together:
    """The same, at worst, once a position has so many lots, without what is unknown."""
    called(world.entry[0], measure, world, (account, asset, KNOWN_ALONE, instrument, lots))
    return told(world)


@within
def is_beyond(found: Together) -> bool:
    """Whether one of its amounts is the largest that there is, and so perhaps more."""
    return max(abs(found.exposure), found.maintenance, found.initial) >= MOST


@within
def told(world: World) -> Together:
    """What has just been measured."""
    tally = world.tally
    exposure, maintenance = words.nearest(tally, _EXPOSURE), tally[MAINTENANCE]
    initial, collateral, owed = tally[INITIAL], tally[_COLLATERAL], tally[_OWED]
    equity = collateral + tally[_PLEDGED] - owed - exposure
    missing = max(initial, maintenance) - equity
    return Together(collateral, owed, exposure, maintenance, initial, equity, missing)


@by_address
def measure(
    world: World, account: int, asset: int, at_worst: int, instrument: int, lots: int
) -> int:
    """Measures a pool. It is one piece of machine code, wherever it is called from."""
    policy, tally = policy_of(world, account, asset), world.tally
    pool = Pool(account, asset, policy, instrument, lots, at_worst)
    _sum(world, pool, False)
    if tally[_LEFT] < 0:
        _forget_pairs(world)
        _sum(world, pool, True)
    tally[MAINTENANCE], tally[INITIAL] = 0, 0
    if tally[_KNOWN] > 0:  # nothing is asked of a portfolio without positions
        _conclude(world, policy)
        if separates(world, policy):
            tally[STANDALONE_LOSS] = losses.standalone(world, pool, tally[_LEFT] < 0)
        required(world, policy)
        tally[MAINTENANCE] = min(tally[MAINTENANCE] + tally[_BESIDES], MOST)
        tally[INITIAL] = min(tally[INITIAL] + tally[_BESIDES], MOST)
    if at_worst and at_worst != KNOWN_ALONE:
        tally[INITIAL] = min(tally[INITIAL] + tally[_UNKNOWN], MOST)
    place = place_of_balance(world.elections, account, asset)
    tally[_COLLATERAL] = world.elections[place]["pool"]
    tally[_PLEDGED] = counted(world, account, asset, OPENING if at_worst else LAST)
    tally[_OWED] = payments_to_come(world, account, asset) + debts_of(world, account, asset)
    return 0


# --- position by position ----------------------------------------------------------------------


@within
def _sum(world: World, pool: Pool, is_wide: bool) -> None:
    """Adds up all positions of a pool, as far as there is room."""
    tally = world.tally
    for place in range(_COLLATERAL):
        tally[place] = 0
    tally[_LEFT] = _ROOM
    losses.clear(world, pool.policy, is_wide)
    is_there = pool.instrument == 0
    member = world.accounts[pool.account]["members"]
    while member != 0 and (tally[_LEFT] >= 0 or is_wide):
        row = world.members[member]
        member, handle, lots = row["next"], row["instrument"], row["lots"]
        if handle == pool.instrument:
            is_there, lots = True, pool.lots
        if lots != 0:
            _add(world, pool, handle, lots, is_wide)
    if not is_there and pool.lots != 0:
        _add(world, pool, pool.instrument, pool.lots, is_wide)


@within
def _add(world: World, pool: Pool, handle: int, lots: int, is_wide: bool) -> None:
    """Adds a position, if it belongs to the pool; the one that would be does."""
    at, tally = place_of_table(world.tables, handle, pool.policy), world.tally
    table, is_asked = world.tables[at], handle == pool.instrument
    if table["known"] == 0:
        if is_asked or pool_asset(world, handle, pool.account, lots) == pool.asset:
            mark = world.marks[handle]
            worst = times(mark["lock"] if lots > 0 else mark["lock2"], abs(lots))
            tally[_UNKNOWN] = min(tally[_UNKNOWN] + worst, MOST)
        return
    if not is_asked and (table["sides"] >> side_of(lots)) & 1 == 0:
        return
    tally[_KNOWN] += 1
    tally[_LEFT] = _room_left(tally[_LEFT], abs(lots), table["largest"])
    if is_wide or tally[_LEFT] >= 0:
        lines = world.policies[pool.policy]["lines"]
        first, error = losses.numbers_of(world, pool, table), 0
        if table["known"] == AGES:
            besides = world.memory[first + lines + losses.lines_of_pairs(table["pairs"])]
            needed = tally[_BESIDES] + times(besides[side_of(lots)], abs(lots))
            tally[_BESIDES] = min(needed, MOST)
            error = besides[2]
        words.add(tally, _EXPOSURE, lots, table["exposure"])
        tally[STANDARD_ERROR] = min(tally[STANDARD_ERROR] + times(error, abs(lots)), MOST)
        losses.add(world, first, lines, lots, is_wide)
        _add_notionals(world, first + lines, table["pairs"], lots)


@within
def _room_left(room: int, lots: int, loss: int) -> int:
    """What is left of the room for sums after so many lots of so large a loss."""
    if room < 0 or ((lots >= _FEW or loss >= _SMALL) and loss != 0 and lots > room // loss):
        return -1
    return room - lots * loss


@within
def _add_notionals(world: World, first: int, pairs: int, lots: int) -> None:
    """Adds notionals, each of which stands behind its pair of assets."""
    tally, per_line = world.tally, WORDS // 2
    for place in range(pairs):
        line, word = first + place // per_line, 2 * (place % per_line)
        pair, units = world.memory[line, word], world.memory[line, word + 1]
        gross = tally[GROSS_NOTIONAL] + times(abs(units), abs(lots))
        tally[GROSS_NOTIONAL] = min(gross, MOST)
        net = world.nets[pair]
        if net[_SEEN] == 0:
            net[_NET], net[_NET + 1], net[_SEEN], net[_NEXT] = 0, 0, 1, tally[_PAIR]
            tally[_PAIR] = pair
        words.add(net, _NET, lots, units)


@within
def _forget_pairs(world: World) -> None:
    pair = world.tally[_PAIR]
    while pair != 0:
        world.nets[pair, _SEEN] = 0
        pair = world.nets[pair, _NEXT]


# --- of all positions --------------------------------------------------------------------------


@within
def _conclude(world: World, policy: int) -> None:
    """Tells what the policy asks about. No pair is this portfolio's any more."""
    tally = world.tally
    tally[WORST_LOSS] = losses.worst(world, policy, tally[_LEFT] < 0)
    pair = tally[_PAIR]
    while pair != 0:
        notional = abs(words.nearest(world.nets[pair], _NET))
        tally[NET_NOTIONAL] = min(tally[NET_NOTIONAL] + notional, MOST)
        tally[LARGEST] = max(tally[LARGEST], notional)
        pair = world.nets[pair, _NEXT]
    _forget_pairs(world)
