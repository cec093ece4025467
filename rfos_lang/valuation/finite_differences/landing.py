"""Where a jump takes a price, as a matrix on the nodes of a grid.

Merton's price gains, at each jump, a normal in its logarithm. What it is worth just after a jump is
the mean over that normal of the values at the nodes, between which the value is taken as linear in
the price, and beyond the ends goes on so: as the boundary conditions of `grid` have it. So what is
linear in the price is integrated exactly, a martingale stays one, and errors are of second order.
"""

import numpy as np
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.path.timeline import Floats

LEAST_DEVIATION = 1e-12
"""Of a jump: of no deviation its normal would be none."""


@dataclass(frozen=True, slots=True)
class Landing:
    """How many jumps are expected in each step, and the matrix that takes values after one jump to
    their mean before it."""

    arrivals: Floats
    means: Floats


def landing(grid: Grid, jumps: Jumps, lengths: Floats) -> Landing:
    """Of jumps in steps of some lengths, in years."""
    return Landing(jumps.intensity * lengths, _means(grid, jumps))


def _means(grid: Grid, jumps: Jumps) -> Floats:
    deviation = max(jumps.deviation, LEAST_DEVIATION)
    ends = np.concatenate([[-np.inf], grid.logs[1:-1], [np.inf]])
    away = (ends - grid.logs[:, None] - jumps.mean) / deviation
    chances = np.diff(ndtr(away), axis=1)
    prices = (1 + jumps.growth) * grid.prices[:, None] * np.diff(ndtr(away - deviation), axis=1)
    wide = np.diff(grid.prices)
    found = np.zeros((len(grid), len(grid)))
    found[:, :-1] += (chances * grid.prices[1:] - prices) / wide
    found[:, 1:] += (prices - chances * grid.prices[:-1]) / wide
    return found
