"""The settlement arithmetic in signed numbers of 64 bits: 128 bits with 18 decimals, half-even.

A number is a row of `World.found`: five limbs of 30 bits, the lowest first, each 0 or more but the
highest, which has the sign. Products and quotients are made of sizes, in the twice as many limbs of
`World.limbs`: no column of a product reaches 2**63, nor does a remainder with the limb behind it.
"""

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.portfolio.words import BITS, LIMB
from rfos_runtime.kernel.world import LIMBS, World
from rfos_runtime.records.commands import ONE

_ROOT_OF_ONE = 10**9
"""A limb behind a remainder of it fits."""
_BEYOND = 2**7
"""The fifth limb begins at 2**120, and numbers end at 2**127."""
_LONG = 2 * LIMBS
_LAST, _LAST_BUT_ONE, _LAST_BUT_TWO = -1, -2, -3
"""Rows behind those of steps."""


@within
def put(world: World, at: int, amount: int, unit: int) -> None:
    """amount x unit, both 0 or more and 2**60 at most."""
    row, carry = world.found[at], 0
    above, below, high, low = amount >> BITS, amount & LIMB, unit >> BITS, unit & LIMB
    for limb in range(LIMBS):
        whole = carry
        if limb == 0:
            whole += below * low
        elif limb == 1:
            whole += above * low + below * high
        elif limb == 2:
            whole += above * high
        row[limb] = whole & LIMB
        carry = whole >> BITS


@within
def mixed(world: World, at: int, left: int, by: int, right: int, right_by: int) -> bool:
    """The sum of two numbers, times 1, 0 or -1 each. Whether it fits."""
    one, other, row, carry = world.found[left], world.found[right], world.found[at], 0
    for limb in range(LIMBS):
        whole = by * one[limb] + right_by * other[limb] + carry
        carry = whole >> BITS
        row[limb] = whole & LIMB if limb < LIMBS - 1 else whole
    return -_BEYOND <= row[LIMBS - 1] < _BEYOND


@within
def is_less(world: World, left: int, right: int) -> bool:
    """Whether a number is below another."""
    for limb in range(LIMBS - 1, -1, -1):
        one, other = world.found[left, limb], world.found[right, limb]
        if one != other:
            return one < other
    return False


@within
def sign_of(world: World, of: int) -> int:
    """-1 for a number below 0, otherwise 1."""
    return -1 if world.found[of, LIMBS - 1] < 0 else 1


@within
def multiplied(world: World, at: int, left: int, right: int) -> bool:
    """The product of two numbers. Whether it fits."""
    sign = sign_of(world, left) * sign_of(world, right)
    _product(world, left, right)
    rest = _divided(world, _ROOT_OF_ONE)
    rest += _ROOT_OF_ONE * _divided(world, _ROOT_OF_ONE)
    return _rounded(world, at, sign, 2 * rest - ONE)


@within
def divided(world: World, at: int, left: int, right: int) -> bool:
    """The quotient of two numbers. Whether there is one, and it fits.

    Long division, bit by bit: each bit of the long number gives way to one of the quotient.
    """
    rest, by = _LAST_BUT_TWO, _LAST
    put(world, rest, ONE, 1)
    _product(world, left, rest)
    mixed(world, by, right, sign_of(world, right), right, 0)
    mixed(world, rest, rest, 0, rest, 0)
    if not is_less(world, rest, by):
        return False
    for bit in range(_LONG * BITS - 1, -1, -1):
        limb, shift = bit // BITS, bit % BITS
        taken = (world.limbs[limb] >> shift) & 1
        mixed(world, rest, rest, 1, rest, 1)
        world.found[rest, 0] += taken
        if is_less(world, rest, by):
            world.limbs[limb] -= taken << shift
        else:
            mixed(world, rest, rest, 1, by, -1)
            world.limbs[limb] += (1 - taken) << shift
    mixed(world, rest, rest, 1, rest, 1)
    over = 1 if is_less(world, by, rest) else 0
    over -= 1 if is_less(world, rest, by) else 0
    return _rounded(world, at, sign_of(world, left) * sign_of(world, right), over)


@within
def whole_units(world: World, of: int, decimals: int) -> int:
    """A number as an amount whose minor unit is so many decimals of 18 wide, 0 at least and the
    most at most."""
    if sign_of(world, of) < 0:
        return 0
    put(world, _LAST_BUT_TWO, 1, 1)
    _product(world, of, _LAST_BUT_TWO)
    low, high = 1, 1
    for power in range(decimals):
        low, high = (low * 10, high) if power < 9 else (low, high * 10)
    rest = _divided(world, low)
    rest += low * _divided(world, high)
    if not _rounded(world, _LAST, 1, 2 * rest - low * high):
        return MOST
    row = world.found[_LAST]
    is_more = row[2] != 0 or row[3] != 0 or row[4] != 0
    return MOST if is_more else (row[1] << BITS) + row[0]


# --- long numbers ------------------------------------------------------------------------------


@within
def _product(world: World, left: int, right: int) -> None:
    """The long number: the size of a number times that of another."""
    mixed(world, _LAST_BUT_ONE, left, sign_of(world, left), left, 0)
    mixed(world, _LAST, right, sign_of(world, right), right, 0)
    one, other, carry = world.found[_LAST_BUT_ONE], world.found[_LAST], 0
    for limb in range(_LONG):
        whole = carry
        for place in range(max(0, limb - LIMBS + 1), min(limb + 1, LIMBS)):
            whole += one[place] * other[limb - place]
        world.limbs[limb] = whole & LIMB
        carry = whole >> BITS


@within
def _divided(world: World, by: int) -> int:
    """Divides the long number by a small one. Returns what is left."""
    left = 0
    for limb in range(_LONG - 1, -1, -1):
        whole = (left << BITS) + world.limbs[limb]
        world.limbs[limb] = whole // by
        left = whole - world.limbs[limb] * by
    return left


@within
def _rounded(world: World, at: int, sign: int, over: int) -> bool:
    """The long number as one of 128 bits, after what was left of a division has been doubled: by so
    much it is over the divisor. Whether it fits."""
    world.limbs[0] += 1 if over > 0 or (over == 0 and world.limbs[0] & 1 == 1) else 0
    beyond = 0
    for limb in range(LIMBS):
        world.found[at, limb] = world.limbs[limb]
        beyond |= world.limbs[LIMBS + limb]
    return mixed(world, at, at, sign, at, 0) and beyond == 0
