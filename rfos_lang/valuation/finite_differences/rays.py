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

RAYS = 101
NEAR = 1.2
NARROWEST = 0.005
"""Of the numbers that are met those that lie close together, as a part of all."""
ELSEWHERE = 0.37
"""By how much a number is moved to see whether it depends on itself, as a part of the price."""


def axis_of(
    instance: Instance,
    remembered: Remembers,
    deviations: Floats,
    farthest: tuple[float, float],
    cells: int,
) -> Axis:
    """An axis of so many cells for what is remembered, from the rays of a price of which the
    logarithm has so large a deviation at each step; the farthest ones so many of them away. Raises
    Remembers again if it can have none."""
    slot, rays = remembered.slot, np.linspace(*farthest, RAYS)
    met = list(_met(instance, remembered, rays, deviations))
    if not met or not all(np.isfinite(numbers).all() for numbers in met):
        raise remembered
    return Axis(slot, _laid(met, rays, cells), float(instance.line.initial[slot]))


def _laid(met: Sequence[Floats], rays: Floats, cells: int) -> Floats:
    """Places for the numbers that were met, the last of them on rays; closest about the middle
    one. Numbers that are never zero are laid by their logarithms, as prices are."""
    if np.min(met) > 0.0:
        return np.exp(_evenly(np.log(met), rays, cells))
    return _evenly(np.asarray(met), rays, cells)


def _evenly(met: Floats, rays: Floats, cells: int) -> Floats:
    low, high = float(met.min()), float(met.max())
    if low == high:
        low, high = low - 1.0, high + 1.0
    below, centre, above = np.interp([-1.0, 0.0, 1.0], rays, met[-1]).tolist()
    scale = NEAR * max(abs(above - below) / 2, NARROWEST * (high - low))
    first, end = np.arcsinh((np.array([low, high]) - centre) / scale).tolist()
    return np.asarray(centre + scale * np.sinh(np.linspace(first, end, cells + 1)))


def _met(
    instance: Instance, remembered: Remembers, rays: Floats, deviations: Floats
) -> Iterator[Floats]:
    """The numbers on each ray that a slot is set to. Raises `remembered` if they depend on it."""
    slot, shape = remembered.slot, (1, len(rays))
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
