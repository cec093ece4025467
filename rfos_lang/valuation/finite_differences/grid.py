"""The nodes of a grid in the logarithm of a price, and derivatives on it.

Prices at which a contract's payments bend, jump or end are nodes; the others lie closest about the
present price (Tavella and Randall, Pricing Financial Instruments: The Finite Difference Method,
2000). A grid of twice the fineness halves each cell, so that errors fall with the square of the
fineness and two grids can be extrapolated. Where cells of two widths meet, the three-point formulas
lose an order locally, but the solution does not (Kreiss et al., Supra-convergent schemes on
irregular grids, Math. Comp. 47, 1986).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.timeline import Floats

SAME = 1e-9
"""Two critical prices whose logarithms differ by less are one."""
NEAR = 0.25
"""Critical prices closer than such a part of a cell shape it together."""
POINTS, DEGREE = 13, 6
"""How many nodes a polynomial is fitted to that gives what stands between nodes, and its degree:
more than its coefficients, so that what one node is off by does not grow in the derivatives."""


@dataclass(frozen=True, slots=True)
class Grid:
    """`logs` ascending, `prices` their exponentials; `critical` the nodes at which something may
    bend or jump. `first` and `second` `[3, n]`: what the node below, a node itself and the node
    above count for in its derivatives by the logarithm. At both ends the value is taken as linear
    in the price."""

    logs: Floats
    prices: Floats
    critical: NDArray[np.int64]
    first: Floats
    second: Floats

    def __len__(self) -> int:
        return len(self.logs)

    @property
    def share_below(self) -> Floats:
        """For each critical node the cell below it as a part of both cells beside it."""
        below = self.logs[self.critical] - self.logs[self.critical - 1]
        above = self.logs[self.critical + 1] - self.logs[self.critical]
        return np.asarray(below / (below + above))


ByFineness = Callable[[int], Grid]
"""A grid by its fineness: how many times as many cells it has as the coarsest one."""


def laid(
    low: float, high: float, centre: float, scale: float, prices: Sequence[float], cells: int
) -> ByFineness:
    """Grids from log price to log price of about `cells` cells, with those of the given prices as
    nodes that lie within them.

    Nodes lie evenly in arsinh((x - centre) / scale), so that cells grow with their distance from
    the centre where that is more than the scale.
    """
    inner = [each for each in distinct(prices) if low + SAME < log(each) < high - SAME]
    logs = np.array([low, *(log(price) for price in inner), high])
    ends = np.arcsinh((logs - centre) / scale)
    width = (ends[-1] - ends[0]) / cells
    apart = _apart(ends, NEAR * width)
    counts = [ceil((b - a) / width - SAME) for a, b in pairwise(ends[apart])]
    places = np.cumsum([0, *counts])
    between, others = PchipInterpolator(places, ends[apart]), _others(apart, logs)

    def grid(fineness: int) -> Grid:
        evenly = np.linspace(0, places[-1], places[-1] * fineness + 1)
        nodes = centre + scale * np.sinh(between(evenly))
        nodes[places * fineness] = logs[apart]
        beside = [np.linspace(logs[k - 1], logs[k], fineness + 1)[1:] for k in others]
        nodes = np.unique(np.concatenate([nodes, *beside]))
        critical = np.searchsorted(nodes, logs[1:-1])
        values = np.exp(nodes)
        values[critical] = inner
        return Grid(nodes, values, critical, *_derivatives(nodes, values))

    return grid


def _apart(ends: Floats, least: float) -> list[int]:
    """Which of the critical places shape the grid: both ends, and those between that lie so far
    from the one before and from the last. The others are nodes beside them, for cells that shrink
    towards two places of which one would do let steps in time swing."""
    found = [0]
    for place in range(1, len(ends) - 1):
        if ends[place] - ends[found[-1]] >= least and ends[-1] - ends[place] >= least:
            found.append(place)
    return [*found, len(ends) - 1]


def _others(apart: list[int], logs: Floats) -> list[int]:
    return sorted({*range(len(logs))} - {*apart})


def distinct(prices: Sequence[float]) -> list[float]:
    """Positive prices in ascending order, each once."""
    every = np.sort(np.asarray(prices, dtype=np.float64))
    every = every[(every > 0.0) & np.isfinite(every)]
    found: list[float] = every[np.diff(np.log(every), prepend=-np.inf) > SAME].tolist()
    return found


def _derivatives(logs: Floats, prices: Floats) -> tuple[Floats, Floats]:
    first, second = np.zeros((3, len(logs))), np.zeros((3, len(logs)))
    below, above = np.diff(logs)[:-1], np.diff(logs)[1:]
    both = below + above
    first[0, 1:-1], first[2, 1:-1] = -above / (below * both), below / (above * both)
    first[1, 1:-1] = (above - below) / (below * above)
    second[:, 1:-1] = 2 / (below * both), -2 / (below * above), 2 / (above * both)
    for row, other, inward in ((0, 1, 2), (-1, -2, 0)):
        # Linear in the price S: both derivatives by log S are S dV/dS.
        slope = prices[row] / (prices[other] - prices[row])
        for table in (first, second):
            table[1, row], table[inward, row] = -slope, slope
    return first, second


def at(grid: Grid, values: Floats, kinds: NDArray[np.int64], price: float) -> tuple[float, ...]:
    """Value, slope and curvature by the price, from a polynomial fitted to the nodes about it.

    `kinds` tells apart nodes that follow rules of their own, as where a choice is taken at once:
    the polynomial does not reach from one kind to another.
    """
    here = log(price)
    nearest = int(np.argmin(np.abs(grid.logs - here)))
    edges = np.flatnonzero(np.diff(kinds))
    left = int(edges[edges < nearest].max(initial=-1)) + 1
    right = int(edges[edges >= nearest].min(initial=len(grid) - 1))
    first = int(np.searchsorted(grid.logs, here)) - POINTS // 2
    first = max(min(first, right + 1 - POINTS), left)
    chosen = slice(first, min(first + POINTS, right + 1))
    logs, degree = grid.logs[chosen], min(DEGREE, chosen.stop - chosen.start - 1)
    scale = float(np.ptp(logs)) or 1.0
    powers = np.vander((logs - here) / scale, degree + 1, increasing=True)
    fitted = np.linalg.lstsq(powers, values[chosen], rcond=None)[0]
    value, slope, bend = (*fitted[:3].tolist(), 0.0, 0.0)[:3]
    slope, bend = slope / scale, 2.0 * bend / scale**2
    return value, slope / price, (bend - slope) / price**2
