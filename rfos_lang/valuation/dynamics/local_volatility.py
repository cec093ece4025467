"""Local volatility: the diffusion that has the prices of a smile.

Dupire, Pricing with a smile, Risk 1994.
"""

from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Moved, State, Stretch
from rfos_lang.valuation.dynamics.smile import Smile, durrleman
from rfos_lang.valuation.path.timeline import Floats

HIGHEST_LOCAL_VARIANCE = 100.0


def local_variance(smile: Smile, k: Any, years: float) -> Any:
    """Variance a year at a place and time: ∂w/∂t over Durrleman's g (Dupire 1994; Gatheral
    2006, ch. 1), within bounds where wings have hardly any density."""
    shape = smile.shape(k, years)
    h = 1e-4 * years
    change = (smile.shape(k, years + h).w - smile.shape(k, years - h).w) / (2 * h)
    density = np.maximum(durrleman(k, shape), 1e-4)
    return np.clip(change / density, 0.0, HIGHEST_LOCAL_VARIANCE)


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

    def raised(self, by: float) -> "LocalMover":
        return LocalMover(self.smile.raised(by))

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        if over.length <= 0.0:
            return Moved(np.zeros(driver.shape), state, 0.0)
        at = over.years + over.length / 2
        low, high = float(np.min(state)), float(np.max(state))
        grid = np.linspace(low, max(high, low + 1e-9), 400)
        variance = np.interp(state, grid, local_variance(self.smile, grid, at)) * over.length
        change = np.sqrt(variance) * driver - variance / 2
        return Moved(change, state + change, variance)
