"""One look at all that is margined together: which pools are in breach.

Most are far from it, and a bound shows that: no pool loses more in any scenario than the worst of
each position alone, added. That is known of each table once, so a position takes two products, not
one for each scenario; what a policy makes of it is in `bounds`, at first of a larger portfolio that
many pools share. The pools of which no bound shows it are measured.
"""

from typing import NamedTuple

import numpy as np

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.margin.kinds import Numbers, NumbersByRow
from rfos_runtime.kernel.margin.rules import times
from rfos_runtime.kernel.margin.sides import side_of
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.portfolio.bounds import Ends, is_covered, is_roughly_covered, unasked
from rfos_runtime.kernel.portfolio.known import Pools
from rfos_runtime.kernel.portfolio.losses import lines_of_pairs
from rfos_runtime.kernel.portfolio.measuring import together
from rfos_runtime.kernel.portfolio.rows import AGES
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import STEPS, WORDS, Look, World

POOL, POLICY, _FIRST = range(3)
"""What is known of each account: what its pool has, and its policy, of several only the first; and
where its positions begin. Behind the last account stands where they end."""
_INSTRUMENT, _LOTS = 0, 1
"""What is known of each position, account by account."""
_SIDES, _EXPOSURE, _LONG, _SHORT, _NOTIONAL, _BESIDES = range(6)
"""What is known of one lot of an instrument under a policy: whose positions belong to it, 0 where
nothing is known; exposure; the worst loss of a lot of each side, or its standard error if that
is more; all notionals added; from here on what a lot of each side needs besides what the policy
says."""
_COLUMNS = 7
_ROOM = 2**61
"""A sum of exposures stays below."""


def held_by_accounts(state: State) -> NumbersByRow:
    """What is known of each account; of none where nothing is margined together."""
    world = state.world
    if world.counts[Of.ELECTIONS]["lying"] == 0:
        return Pools().held
    rows = int(world.counts[Of.ACCOUNTS]["lying"]) + 2
    moved = [world.moved_in(table, Look.POOLS) for table in (Of.ELECTIONS, Of.MEMBERS)]
    if any(map(len, moved)) or len(state.pools.held) != rows:
        held, others = np.zeros((rows, 3), np.int64), np.empty(len(world.elections), np.int64)
        lots = np.empty((int(world.counts[Of.MEMBERS]["lying"]), 2), np.int64)
        count = _hold(world, held, others)
        count_of_lots = _line_up(world, held, lots)
        state.pools = Pools(held, lots[:count_of_lots], others[:count].copy())
    return state.pools.held


@compiled
def _hold(world: World, held: NumbersByRow, others: Numbers) -> int:
    """Writes what is known of each account, and where other elections lie. Returns how many."""
    count = 0
    for at in range(len(world.elections)):
        row = world.elections[at]
        account, policy = row["account"], row["policy"]
        if policy == 0:
            continue
        if held[account, POLICY] == 0:
            held[account, POOL], held[account, POLICY] = row["pool"], policy
        else:
            others[count] = at
            count += 1
    return count


@compiled
def _line_up(world: World, held: NumbersByRow, lots: NumbersByRow) -> int:
    """Writes the positions that have lots of accounts that have elected a policy, account by
    account, where no other row lies between them. Returns how many they are."""
    count = 0
    for account in range(1, len(held)):
        held[account, _FIRST] = count
        is_any = held[account, POLICY] != 0  # nor has the row behind the last account
        member = world.accounts[account]["members"] if is_any else 0
        while member != 0:
            row = world.members[member]
            if row["lots"] != 0:
                lots[count, _INSTRUMENT], lots[count, _LOTS] = row["instrument"], row["lots"]
                count += 1
            member = row["next"]
    return count


class Seen(NamedTuple):
    """What one look at all pools finds: where the elections of those in breach lie; how many pools
    a bound of larger ones showed to be in none, how many their own bound, and how many had to be
    measured."""

    places: Numbers
    roughly: int
    closely: int
    measured: int


def pools_in_breach(state: State, held: NumbersByRow) -> Numbers:
    """Where the elections of pools in breach lie. `held`: what is known of each account."""
    return look(state, held).places


def look(state: State, held: NumbersByRow) -> Seen:
    """The same, and how much work it was."""
    world, rows = state.world, len(state.contracts.instruments) + 1
    policies = len(state.policies.views)
    worst = np.zeros(((policies + 1) * rows, _COLUMNS), np.int64)
    low, high = np.empty((2, STEPS))
    places, counts = np.empty(len(world.elections), np.int64), np.zeros(3, np.int64)
    _digest(world, rows, worst)
    kept, pools = unasked(policies), state.pools
    lots, others = pools.lots, pools.others
    found = _find(world, held, lots, others, rows, worst, kept, low, high, places, counts)
    return Seen(places[:found], *counts.tolist())


@compiled
def _digest(world: World, rows: int, worst: NumbersByRow) -> None:
    """What is known of one lot of each instrument, `rows` of them for each policy."""
    for at in range(len(world.tables)):
        table = world.tables[at]
        if table["instrument"] == 0 or table["known"] == 0:
            continue
        lines = world.policies[table["policy"]]["lines"]
        first = world.begins[Of.NUMBERS.value] + table["at"]
        most, least, notional = 0, 0, 0
        for line in range(first, first + lines):
            for word in range(WORDS):
                loss = world.memory[line, word]
                most, least = max(most, loss), min(least, loss)
        for price in range(table["pairs"]):
            word = 2 * price + 1
            units = world.memory[first + lines + word // WORDS, word % WORDS]
            notional = min(notional + abs(units), MOST)
        row = worst[table["policy"] * rows + table["instrument"]]
        row[_SIDES], row[_EXPOSURE] = table["sides"], table["exposure"]
        row[_LONG], row[_SHORT], row[_NOTIONAL] = most, -least, notional
        if table["known"] == AGES:
            line = first + lines + lines_of_pairs(table["pairs"])
            row[_BESIDES], row[_BESIDES + 1] = world.memory[line, 0], world.memory[line, 1]
            error = world.memory[line, 2]
            row[_LONG], row[_SHORT] = max(most, error), max(-least, error)


@compiled
def _find(
    world: World,
    held: NumbersByRow,
    lots: NumbersByRow,
    others: Numbers,
    rows: int,
    worst: NumbersByRow,
    kept: Ends,
    low: Ends,
    high: Ends,
    places: Numbers,
    counts: Numbers,
) -> int:
    """Writes where the elections of pools in breach lie, and counts what shows of each whether it
    is. Returns how many they are."""
    count = 0
    for at in others:
        row = world.elections[at]
        counts[_MEASURED] += 1
        if _is_in_breach(world, row["account"], row["asset"]):
            places[count] = at
            count += 1
    for account in range(1, len(held) - 1):
        policy = held[account, POLICY]
        if policy == 0:
            continue
        shown = _MEASURED
        known, equity, loss, notional = _at_worst(world, account, held, lots, worst, policy * rows)
        if known == _NOTHING:
            shown = _ROUGHLY
        elif known == _ALL:
            if is_roughly_covered(world, policy, equity, loss, notional, kept, low, high):
                shown = _ROUGHLY
            elif is_covered(world, policy, equity, loss, notional, low, high):
                shown = _CLOSELY
        counts[shown] += 1
        if shown != _MEASURED:
            continue
        asset = world.policies[policy]["asset"]
        if _is_in_breach(world, account, asset):
            places[count] = place_of_balance(world.elections, account, asset)
            count += 1
    return count


_ROUGHLY, _CLOSELY, _MEASURED = range(3)
_NOTHING, _ALL, _TOO_MUCH = range(3)
"""How much is known of a pool: that it has no position of which anything is, its bounds, or that
they cannot be told."""


@within
def _is_in_breach(world: World, account: int, asset: int) -> bool:
    found = together(world, account, asset, False)
    return found.equity < found.maintenance


@within
def _at_worst(
    world: World,
    account: int,
    held: NumbersByRow,
    lined_up: NumbersByRow,
    worst: NumbersByRow,
    first: int,
) -> tuple[int, int, int, int]:
    """How much is known of a pool, its equity less what it needs besides, the worst loss of each
    position alone, added, and all their notionals, added. A policy's instruments begin at
    `first`."""
    row = world.accounts[account]
    if row["owing"] != 0 or row["coming"] != 0:
        return _TOO_MUCH, 0, 0, 0
    found, equity, loss, notional = _NOTHING, held[account, POOL], 0, 0
    for place in range(held[account, _FIRST], held[account + 1, _FIRST]):
        position = lined_up[place]
        lots, known = position[_LOTS], worst[first + position[_INSTRUMENT]]
        side = side_of(lots)
        if (known[_SIDES] >> side) & 1 == 0:
            continue
        found, size = _ALL, abs(lots)
        exposure = times(known[_EXPOSURE], size)
        equity -= exposure if side == 0 else -exposure
        equity -= times(known[_BESIDES + side], size)
        if abs(exposure) == MOST or abs(equity) > _ROOM:
            return _TOO_MUCH, 0, 0, 0
        loss = min(loss + times(known[_LONG + side], size), MOST)
        notional = min(notional + times(known[_NOTIONAL], size), MOST)
    return found, equity, loss, notional
