"""Local volatility: one spot as a diffusion whose volatility depends on time and price alone.

Of a smile it is the diffusion that has the smile's prices (Dupire, Pricing with a smile, 1994).
"""

from functools import lru_cache
from math import sqrt
from typing import Any, Protocol

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Moved, State, Stretch
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.dynamics.smile import Smile, durrleman
from rfos_lang.valuation.path.timeline import Floats

HIGHEST_LOCAL_VARIANCE = 100.0
"""A year."""
LEAST_DENSITY = 1e-4
PLACES, WIDTH, LEAST_WIDTH = 601, 10.0, 0.05
"""At how many places it is worked out for the paths of a step, and how far from the forward: in
standard deviations at the money."""


class LocalSurface(Protocol):
    """Local variance by time and by the logarithm of price over forward."""

    def variance(self, k: Any, begin: float, end: float) -> Any:
        """Variance of the price over a stretch of time, at places."""

    def ends(self, years: float) -> tuple[float, ...]:
        """The times at which it jumps, before some years."""

    def moved(self, by: Shift) -> "LocalSurface":
        """In a market that has moved."""

    def __hash__(self) -> int:
        """Surfaces are values: what is worked out of one is kept."""


@dataclass(frozen=True, slots=True)
class OfSmile:
    """The local volatility that a smile implies."""

    smile: Smile

    def variance(self, k: Any, begin: float, end: float) -> Any:
        """What w gains at a place over Durrleman's g in the middle of the time (Gatheral 2006, ch.
        1), within bounds where wings have hardly any density. Bends of w in time, as between
        expiries, do no harm."""
        after = self.smile.shape(k, end).w
        before = self.smile.shape(k, begin).w if begin > 0.0 else 0.0
        density = np.maximum(durrleman(k, self.smile.shape(k, (begin + end) / 2)), LEAST_DENSITY)
        return np.clip((after - before) / density, 0.0, HIGHEST_LOCAL_VARIANCE * (end - begin))

    def ends(self, years: float) -> tuple[float, ...]:
        return tuple(end for end, _ in self.smile.slices if end < years)

    def moved(self, by: Shift) -> "OfSmile":
        displaced = self.smile.displaced(lambda years: by.spot + by.growth * years)
        return OfSmile(displaced.raised(by.volatility))


@lru_cache(maxsize=4096)
def along(surface: LocalSurface, begin: float, end: float) -> tuple[Floats, Floats]:
    """Places where paths may be, and the variance there over a stretch of time: the same for all
    blocks of paths."""
    whole = float(surface.variance(np.zeros(1), 0.0, end)[0])
    reach = max(WIDTH * sqrt(whole), LEAST_WIDTH)
    grid = np.linspace(-reach, reach, PLACES)
    return grid, np.asarray(surface.variance(grid, begin, end))


@dataclass(frozen=True, slots=True)
class LocalMover:
    """Paths under local volatility: Euler's steps of the logarithm."""

    surface: LocalSurface

    normals = 0
    per_year = 200
    least = 50
    leverage = 0.0
    remembers = False

    def start(self) -> State:
        return np.zeros(1)

    def moved(self, by: Shift) -> "LocalMover":
        return LocalMover(self.surface.moved(by))

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        if over.length <= 0.0:
            return Moved(np.zeros(driver.shape), state, 0.0)
        variance = np.interp(state, *along(self.surface, over.years, over.years + over.length))
        change = np.sqrt(variance) * driver - variance / 2
        return Moved(change, state + change, variance)
