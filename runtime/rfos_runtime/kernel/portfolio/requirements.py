"""What a policy requires: its steps in order, as `reference/policies` says."""

from enum import IntEnum, unique

from rfos_runtime.kernel.arithmetic import MOST, shared
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.portfolio import limbs
from rfos_runtime.kernel.world import LIMBS, World
from rfos_runtime.records.commands import ONE


@unique
class Does(IntEnum):
    """What a step of a policy does."""

    NUMBER = 1
    MEASURE = 2
    NEGATIVE = 3
    SIZE = 4
    PLUS = 5
    MINUS = 6
    TIMES = 7
    OVER = 8
    LEAST = 9
    MOST = 10
    REQUIRED = 11  # maintenance is the left step, initial the right one; behind all steps


WORST_LOSS, GROSS_NOTIONAL, NET_NOTIONAL, LARGEST, STANDALONE_LOSS, STANDARD_ERROR = range(6)
MAINTENANCE, INITIAL = 6, 7
"""Places in `World.tally`: what is known of a portfolio, and what it needs, in minor units of the
policy's asset. The largest is the greatest net notional that one price has."""


@within
def required(world: World, policy: int) -> None:
    """Maintenance and initial, at least 0; the most there is where a step cannot be carried out."""
    row, tally = world.policies[policy], world.tally
    decimals = 18 - world.assets[row["asset"]]["places"]
    tally[MAINTENANCE] = tally[INITIAL] = MOST
    for step in range(row["steps"]):
        if not _carried_out(world, row["first"], step, decimals):
            return
    result = world.steps[row["first"] + row["steps"]]
    tally[MAINTENANCE] = limbs.whole_units(world, result["left"], decimals)
    tally[INITIAL] = limbs.whole_units(world, result["right"], decimals)


@within
def separates(world: World, policy: int) -> bool:
    """Whether a policy asks what each underlying loses alone."""
    row = world.policies[policy]
    return world.steps[row["first"] + row["steps"]]["n0"] != 0


@within
def _carried_out(world: World, first: int, step: int, decimals: int) -> bool:
    """Carries a step out. Whether its result fits."""
    row = world.steps[first + step]
    does, left, right = row["operation"], row["left"], row["right"]
    if does == Does.TIMES.value:
        return limbs.multiplied(world, step, left, right)
    if does == Does.OVER.value:
        return limbs.divided(world, step, left, right)
    if does == Does.NUMBER.value:
        number = world.found[step]
        number[0], number[1], number[2] = row["n0"], row["n1"], row["n2"]
        number[3], number[4] = row["n3"], row["n4"]
        return True
    if does == Does.MEASURE.value:
        _measure(world, step, left, decimals)
        return True
    by, right_by = 1, 0
    if does == Does.PLUS.value or does == Does.MINUS.value:
        right_by = 1 if does == Does.PLUS.value else -1
    elif does == Does.LEAST.value or does == Does.MOST.value:
        by = 1 if limbs.is_less(world, left, right) == (does == Does.LEAST.value) else 0
        right_by = 1 - by
    elif does == Does.NEGATIVE.value or limbs.sign_of(world, left) < 0:
        by = -1
    return limbs.mixed(world, step, left, by, right, right_by)


@within
def _measure(world: World, step: int, which: int, decimals: int) -> None:
    """A measure with 18 decimals, of an asset that has so many fewer: for the largest notional,
    the part of the net notional that hangs on one price."""
    unit, amount = 1, world.tally[which]
    if which != LARGEST:
        for _ in range(decimals):
            unit *= 10
    else:
        net = max(world.tally[NET_NOTIONAL], 1)
        amount, rest = shared(amount, ONE, net)
        over = rest - (net - rest)
        amount += 1 if over > 0 or (over == 0 and amount & 1 == 1) else 0
    limbs.put(world, step, amount, unit)


def number_of(value: int) -> dict[str, int]:
    """A number of 128 bits in the columns of a step."""
    parts = {f"n{limb}": (value >> (30 * limb)) & (2**30 - 1) for limb in range(LIMBS - 1)}
    return parts | {f"n{LIMBS - 1}": value >> (30 * (LIMBS - 1))}
