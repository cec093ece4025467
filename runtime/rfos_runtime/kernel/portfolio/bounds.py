"""What a portfolio's maintenance cannot be more than, in floating-point numbers.

A bound decides nothing but that exact work is not needed: a pool whose equity is above it is in no
breach. Where it says nothing, or not enough, integers decide.

Each step of a policy is known to lie between two numbers, in whole units of the asset. The exact
step has 18 decimals and rounds its last one, which is `_LAST` at most; a floating-point operation
is off by 2**-53 of its result at most, and no step has more than three of them in a row, so
`_PART` of what was found is more than all of that. Both ends are moved outwards by both.

What bounds a portfolio bounds every smaller one. So it is asked first for the next powers of two,
which few portfolios do not share with others: that answer is kept.
"""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.portfolio.requirements import (
    GROSS_NOTIONAL,
    LARGEST,
    NET_NOTIONAL,
    Does,
)
from rfos_runtime.kernel.portfolio.words import LIMB
from rfos_runtime.kernel.world import World

_PART = 2.0**-48
_LAST = 2.0**-58
_BEYOND = 1.5e20
"""Below 2**127 of the last decimal, where the exact step fails and everything is required."""
_NOWHERE = np.inf

Ends = NDArray[np.float64]
POWERS = 64
_UNASKED = -1.0


def unasked(policies: int) -> Ends:
    """Room for what portfolios of powers of two need under so many policies, from handle 1."""
    return np.full((policies + 1) * POWERS * POWERS, _UNASKED)


@within
def is_roughly_covered(
    world: World,
    policy: int,
    equity: int,
    worst: int,
    gross: int,
    kept: Ends,
    low: Ends,
    high: Ends,
) -> bool:
    """What `is_covered` says of a portfolio that is larger, by less than twice."""
    worst_power, gross_power = _power(worst), _power(gross)
    at = (policy * POWERS + worst_power) * POWERS + gross_power
    if kept[at] == _UNASKED:
        larger = np.int64(1) << worst_power, np.int64(1) << gross_power
        kept[at] = most_required(world, policy, larger[0], larger[1], low, high)
    return equity * (1.0 - _PART) >= kept[at]


@within
def _power(amount: int) -> int:
    """The power of two that is above an amount from 0 to 2**61."""
    power = 0
    if amount >= 2**32:
        power, amount = power + 32, amount >> 32
    if amount >= 2**16:
        power, amount = power + 16, amount >> 16
    if amount >= 2**8:
        power, amount = power + 8, amount >> 8
    if amount >= 2**4:
        power, amount = power + 4, amount >> 4
    if amount >= 2**2:
        power, amount = power + 2, amount >> 2
    return power + min(amount, 2)


@within
def is_covered(
    world: World, policy: int, equity: int, worst: int, gross: int, low: Ends, high: Ends
) -> bool:
    """Whether equity is certainly no less than the maintenance of such a portfolio."""
    return equity * (1.0 - _PART) >= most_required(world, policy, worst, gross, low, high)


@within
def most_required(
    world: World, policy: int, worst: int, gross: int, low: Ends, high: Ends
) -> float:
    """No less than the maintenance, in minor units, of a portfolio whose worst loss is `worst` at
    most, each underlying's own added, and so are its standard errors, and whose notionals are
    `gross` at most, all added; infinite where that is not known. `low` and `high` have room for
    all steps."""
    row = world.policies[policy]
    unit = 1.0
    for _ in range(world.assets[row["asset"]]["places"]):
        unit *= 10.0
    for step in range(row["steps"]):
        at = row["first"] + step
        does, left, right = (
            world.steps[at]["operation"],
            world.steps[at]["left"],
            world.steps[at]["right"],
        )
        if does == Does.NUMBER.value:
            least = most = _number(world, at)
        elif does == Does.MEASURE.value:
            least, most = 0.0, _most(left, worst, gross, unit)
        else:
            least, most = _step(does, low[left], high[left], low[right], high[right])
        least -= abs(least) * _PART + _LAST
        most += abs(most) * _PART + _LAST
        if not -_BEYOND < least <= most < _BEYOND:
            return _NOWHERE
        low[step], high[step] = least, most
    most = high[world.steps[row["first"] + row["steps"]]["left"]]
    return (max(most, 0.0) * unit + 1.0) * (1.0 + _PART)  # it is rounded to a minor unit


@within
def _number(world: World, at: int) -> float:
    """A number that stands in a policy. One below 0 is known by what it lacks to the last decimal
    below 0: its limbs themselves would be a small difference of large numbers."""
    row, number = world.steps[at], 0.0
    top = row["n4"]
    number += -1 - top if top < 0 else top
    for limb in (row["n3"], row["n2"], row["n1"], row["n0"]):
        number = number * (LIMB + 1.0) + (LIMB - limb if top < 0 else limb)
    return -number / 1e18 if top < 0 else number / 1e18


@within
def _most(which: int, worst: int, gross: int, unit: float) -> float:
    """A measure at most; none is below 0."""
    if which == LARGEST:
        return 1.0
    return (gross if which in (GROSS_NOTIONAL, NET_NOTIONAL) else worst) / unit


@within
def _step(does: int, a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Between what a step of something between a and b, and between c and d, lies."""
    if does == Does.PLUS.value:
        return a + c, b + d
    if does == Does.MINUS.value:
        return a - d, b - c
    if does == Does.LEAST.value:
        return min(a, c), min(b, d)
    if does == Does.MOST.value:
        return max(a, c), max(b, d)
    if does == Does.NEGATIVE.value:
        return -b, -a
    if does == Does.SIZE.value:
        return max(max(a, -b), 0.0), max(-a, b)
    if does == Does.OVER.value:
        if c <= 0.0 <= d:
            return _NOWHERE, _NOWHERE
        return _product(a, b, 1.0 / d, 1.0 / c)
    return _product(a, b, c, d)


@within
def _product(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    if a >= 0.0 and c >= 0.0:
        return a * c, b * d
    return min(min(a * c, a * d), min(b * c, b * d)), max(max(a * c, a * d), max(b * c, b * d))
