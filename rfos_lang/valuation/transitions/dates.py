"""The dates of an instance: how far prices are looked at there, and where something bends."""

from collections.abc import Sequence

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.critical import bends_at
from rfos_lang.valuation.finite_differences.layers import Layers
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.transitions.pieces import Pieces, laid

DEVIATIONS = 9.5
"""How far from what is expected prices are looked at, in standard deviations until the date."""
FARTHEST = 300.0
"""How far from 0 the logarithm of a price may be: the square of others has no number."""
SCANNED = 300
PANEL = 2.5
"""The most that a panel is wide, in standard deviations of the shorter of both steps beside it."""
APART = 0.05
"""What lies between two prices that are looked at right now, as a part of the first deviation."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The logarithms of prices at a date that count, and how wide a panel may be there."""

    low: float
    high: float
    width: float


@dataclass(frozen=True, slots=True)
class Dates:
    """By step the extent, and the logarithms of prices at which something bends or jumps. `stencil`
    has the places, from where the price stands, that are looked at if something happens now."""

    extents: tuple[Extent, ...]
    bends: tuple[tuple[float, ...], ...]
    stencil: Floats

    def pieces(self, step: int, nodes_each: int, edges: Sequence[float] = ()) -> Pieces:
        """Nodes at a date between its bends and further edges."""
        extent = self.extents[step]
        inner = (*self.bends[step], *edges)
        return laid(extent.low, extent.high, inner, extent.width, nodes_each)


def dates_of(instance: Instance) -> Dates:
    """What counts at each date. Raises NoGrid if the price does not move until one, or has no
    number."""
    rows = instance.rows
    deviation, years = rows.deviation[:, 0], instance.line.years
    if not deviation.any() or ((deviation == 0.0) & (years > 0.0)).any():
        raise NoGrid("its price does not move before one of its dates")
    start = float(rows.start[0])
    mean, whole = np.cumsum(rows.drift[:, 0]), np.sqrt(np.cumsum(deviation**2))
    widths = PANEL * np.minimum(deviation, np.append(deviation[1:], np.inf))
    extents = tuple(
        Extent(start + m - DEVIATIONS * s, start + m + s * s + DEVIATIONS * s, width)
        for m, s, width in zip(mean.tolist(), whole.tolist(), widths.tolist(), strict=True)
    )
    if max(max(extent.high, -extent.low) for extent in extents) > FARTHEST:
        raise NoGrid("its price moves beyond all numbers")
    stencil = APART * float(deviation[deviation > 0.0][0]) * np.arange(-3.0, 4.0)
    return Dates(extents, _bends(instance, extents, stencil), stencil)


def _bends(
    instance: Instance, extents: tuple[Extent, ...], stencil: Floats
) -> tuple[tuple[float, ...], ...]:
    layers = Layers(instance.program)
    reached = {layers.start(instance.line)}
    found: list[tuple[float, ...]] = []
    for step, extent in enumerate(extents):
        if instance.line.years[step] == 0.0:
            now = np.exp(instance.rows.start[:1] + stencil)
            reached = bends_at(instance, layers, step, now, reached)[1]
            found.append(())
            continue
        scanned = np.exp(np.linspace(extent.low, extent.high, SCANNED))
        at, reached = bends_at(instance, layers, step, scanned, reached)
        found.append(tuple(np.log(at).tolist()))
    return tuple(found)
