"""How one price moves from step to step on the nodes of a grid, by its model."""

from math import sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.heston_paths import HestonMover
from rfos_lang.valuation.dynamics.local_volatility import LocalMover, LocalSurface, averaged
from rfos_lang.valuation.dynamics.mover import Jumping, Mover
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.landing import landing
from rfos_lang.valuation.finite_differences.line import Line
from rfos_lang.valuation.finite_differences.variance_plane import VariancePlane, highest
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.path.timeline import Floats

WINGS = 6.0
"""How far from the forward local volatilities are looked at, in standard deviations there."""
JUMPED = 6.0
"""How far a jump may take a price beyond its mean, in standard deviations of one."""


@dataclass(frozen=True, slots=True)
class Course:
    """One price: `growth[n]` of the logarithm of its forward in each step; `variance[n]` as its
    volatility curve has it; when each step begins and how long it takes, in years."""

    start: float
    growth: Floats
    variance: Floats
    begins: Floats
    lengths: Floats

    @property
    def middles(self) -> Floats:
        """The logarithm of the forward in the middle of each step."""
        return self.start + np.cumsum(self.growth) - self.growth / 2


def course(rows: Rows, years: Floats) -> Course:
    """The first price of a market, on instants so many years ahead."""
    variance = np.asarray(rows.deviation[:, 0] ** 2)
    ends = np.maximum.accumulate(np.maximum(years, 0.0))
    lengths = np.diff(ends, prepend=0.0)
    growth = rows.drift[:, 0] + variance / 2
    return Course(float(rows.start[0]), growth, variance, ends - lengths, lengths)


def line(grid: Grid, along: Course, mover: Mover) -> Line:
    """A grid of one price that moves by itself alone."""
    smooth, jumps = parted(mover)
    variance = along.variance[:, None]
    if isinstance(smooth, LocalMover):
        variance = _local(grid, along, smooth.surface)
    drift, landed = along.growth[:, None] - variance / 2, None
    if jumps is not None:
        landed = landing(grid, jumps, along.lengths)
        drift = drift - (landed.arrivals * jumps.growth)[:, None]
    return Line(grid, along.start, drift, variance, landed)


def with_variances(grid: Grid, variances: Floats, along: Course, mover: Mover) -> VariancePlane:
    """A grid of one price whose variance moves as well."""
    heston, (_, jumps) = heston_of(mover), parted(mover)
    assert heston is not None
    what = (grid, variances, heston, along.start, along.growth, along.lengths)
    if jumps is None:
        return VariancePlane(*what)
    return VariancePlane(*what, landing(grid, jumps, along.lengths), jumps.growth)


def heston_of(mover: Mover) -> Heston | None:
    """How the variance of a price moves, if it does."""
    smooth, _ = parted(mover)
    return smooth.heston if isinstance(smooth, HestonMover) else None


def is_local(mover: Mover) -> bool:
    """Whether the volatility of a price depends on where it stands."""
    return isinstance(parted(mover)[0], LocalMover)


def parted(mover: Mover) -> tuple[Mover, Jumps | None]:
    """How a price moves between jumps, and its jumps if there are any."""
    return (mover.smooth, mover.jumps) if isinstance(mover, Jumping) else (mover, None)


def _local(grid: Grid, along: Course, surface: LocalSurface) -> Floats:
    found = np.zeros((len(along.lengths), len(grid)))
    each = zip(along.begins.tolist(), along.lengths.tolist(), along.middles.tolist(), strict=True)
    for step, (begin, length, middle) in enumerate(each):
        if length > 0.0:
            found[step] = averaged(surface, grid.logs - middle, begin, begin + length)
    return found


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a price scatters to the horizon: in standard deviations, of which the grid has some
    on each side, and what comes to that below and above."""

    deviation: float
    below: float = 0.0
    above: float = 0.0


def spread(along: Course, mover: Mover) -> Spread:
    """How far one price scatters."""
    smooth, jumps = parted(mover)
    variance, years = float(np.sum(along.variance)), float(np.sum(along.lengths))
    wings = 0.0
    if isinstance(smooth, LocalMover) and years > 0.0:
        looked_at = np.linspace(-WINGS, WINGS, 25) * sqrt(variance)
        widest = sqrt(float(np.max(smooth.surface.variance(looked_at, 0.0, years))))
        wings = WINGS * max(widest - sqrt(variance), 0.0)
    if isinstance(smooth, HestonMover):
        variance = smooth.heston.mean_variance(years) * years
        wings = WINGS * max(sqrt(highest(smooth.heston, years) * years) - sqrt(variance), 0.0)
    below = above = wings
    if jumps is not None:
        variance += jumps.intensity * years * (jumps.mean**2 + jumps.deviation**2)
        lands = JUMPED * jumps.deviation
        below += max(lands - jumps.mean, 0.0)
        above += max(lands + jumps.mean, 0.0)
    return Spread(sqrt(variance), below, above)
