"""Where a number that is remembered comes to lie: it is looked at along rays, prices that stay so
many standard deviations from their forward.

A number has an axis if what it is set to does not depend on what it was, as the price at a choice
or on a date. A sum and an extreme are made of themselves anew on each of their dates; each time an
axis would lose some of them, and more than its two finenesses tell.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from rfos_lang.core.program import Choice
from rfos_lang.valuation.finite_differences.axis import Axis
from rfos_lang.valuation.finite_differences.no_grid import Remembers
from rfos_lang.valuation.finite_differences.outcomes import Instance, clause_of, step_of
from rfos_lang.valuation.finite_differences.region_code import carried_on
from rfos_lang.valuation.path.numpy_printer import Value
from rfos_lang.valuation.path.timeline import Floats

RAYS, FARTHEST = 101, 5.0
"""How many rays, and how many standard deviations away the farthest are."""
NEAR = 1.2
NARROWEST = 0.02
"""Of the numbers that are met those that lie close together, as a part of all."""
ELSEWHERE = 0.37
"""By how much a number is moved to see whether it depends on itself, as a part of the price."""


def axes(
    instance: Instance, remembered: Remembers, deviations: Floats, cells: Sequence[int]
) -> list[Axis]:
    """An axis for what is remembered of each number of cells, from the rays of a price of which the
    logarithm has so large a deviation at each step. Raises Remembers again if it can have none."""
    slot = remembered.slot
    met = list(_met(instance, remembered, deviations))
    if not met or not all(np.isfinite(numbers).all() for numbers in met):
        raise remembered
    start = float(instance.line.initial[slot])
    return [Axis(slot, _laid(met, count), start) for count in cells]


def _laid(met: Sequence[Floats], cells: int) -> Floats:
    """Places for the numbers that were met, the last of them on rays; closest about the middle
    one."""
    last = met[-1]
    low, high = float(np.min(met)), float(np.max(met))
    if low == high:
        low, high = low - 1.0, high + 1.0
    middle, beside = len(last) // 2, round(len(last) / (2 * FARTHEST))
    centre, scale = float(last[middle]), abs(float(last[middle + beside] - last[middle - beside]))
    scale = NEAR * max(scale / 2, NARROWEST * (high - low))
    first, end = np.arcsinh((np.array([low, high]) - centre) / scale).tolist()
    return np.asarray(centre + scale * np.sinh(np.linspace(first, end, cells + 1)))


def _met(instance: Instance, remembered: Remembers, deviations: Floats) -> Iterator[Floats]:
    """The numbers on each ray that a slot is set to. Raises `remembered` if they depend on it."""
    slot, shape = remembered.slot, (1, RAYS)
    rays = np.linspace(-FARTHEST, FARTHEST, RAYS)
    middles = np.cumsum(instance.rows.drift[:, 0]) + float(instance.rows.start[0])
    carried = [np.full(shape, each) for each in instance.line.initial.tolist()]
    for step in range(len(instance.line)):
        prices = np.exp(middles[step] + rays * deviations[step])[None]
        for region in np.flatnonzero(instance.line.gates[step]).tolist():
            elsewhere = list(carried)
            elsewhere[slot] = carried[slot] + ELSEWHERE * prices
            found = _outcomes(instance, region, step, prices, carried)
            others = _outcomes(instance, region, step, prices, elsewhere)
            for each, other in zip(found, others, strict=True):
                kept = (each[slot] == carried[slot]) & (other[slot] == elsewhere[slot])
                if not (kept | (each[slot] == other[slot])).all():
                    raise remembered
                if not kept.all():
                    yield each[slot][0]
            carried = found[0]


def _outcomes(
    instance: Instance, region: int, step: int, prices: Floats, carried: Sequence[Floats]
) -> list[list[Floats]]:
    """The carried values that a region leaves on each ray, for each decision."""
    chooses = isinstance(clause_of(instance, region), Choice)
    values: list[Value] = list(carried)
    at = step_of(instance, region, [step], prices, values)
    code, decisions = instance.program.step[region], (0.0, 1.0)[: 1 + chooses]
    return [
        [np.broadcast_to(np.asarray(value, dtype=np.float64), prices.shape) for value in each]
        for each in carried_on(code, at, instance.setup, decisions, None)
    ]
