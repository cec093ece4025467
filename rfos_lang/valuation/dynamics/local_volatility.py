"""Local volatility: the diffusion that has the prices of a smile.

Dupire, Pricing with a smile, Risk 1994.
"""

from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Moved, Shift, State, Stretch
from rfos_lang.valuation.dynamics.smile import Smile, durrleman
from rfos_lang.valuation.path.timeline import Floats

HIGHEST_LOCAL_VARIANCE = 100.0
"""A year."""
LEAST_DENSITY = 1e-4


def local_variance(smile: Smile, k: Any, begin: float, end: float) -> Any:
    """Variance of the price over a stretch of time at a place: what w gains there over Durrleman's
    g in the middle (Dupire 1994; Gatheral 2006, ch. 1), within bounds where wings have hardly any
    density. Bends of w in time, as between expiries, do no harm."""
    after = smile.shape(k, end).w
    before = smile.shape(k, begin).w if begin > 0.0 else 0.0
    density = np.maximum(durrleman(k, smile.shape(k, (begin + end) / 2)), LEAST_DENSITY)
    return np.clip((after - before) / density, 0.0, HIGHEST_LOCAL_VARIANCE * (end - begin))


@dataclass(frozen=True, slots=True)
class LocalMover:
    """Paths under the local volatility of a smile: Euler's steps of the logarithm."""

    smile: Smile

    normals = 0
    per_year = 200
    least = 50
    leverage = 0.0
    remembers = False

    def start(self) -> State:
        return np.zeros(1)

    def moved(self, by: Shift) -> "LocalMover":
        displaced = self.smile.displaced(lambda years: by.spot + by.growth * years)
        return LocalMover(displaced.raised(by.volatility))

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        if over.length <= 0.0:
            return Moved(np.zeros(driver.shape), state, 0.0)
        low, high = float(np.min(state)), float(np.max(state))
        grid = np.linspace(low, max(high, low + 1e-9), 400)
        along = local_variance(self.smile, grid, over.years, over.years + over.length)
        variance = np.interp(state, grid, along)
        change = np.sqrt(variance) * driver - variance / 2
        return Moved(change, state + change, variance)
