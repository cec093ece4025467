"""Paths of Heston's price: the quadratic-exponential scheme with martingale correction.

Andersen, Simple and efficient simulation of the Heston stochastic volatility model, 2008.
"""

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.heston_kernel import heston_text
from rfos_lang.valuation.dynamics.mover import Moved, State, Stretches, in_vectors
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.path.machine import function
from rfos_lang.valuation.path.timeline import Floats


@dataclass(frozen=True, slots=True)
class HestonMover:
    """Paths. Two variances with the same mean and variance take turns: a squared normal, or where
    that cannot be, a mass at zero with an exponential tail."""

    heston: Heston

    normals = 1
    per_year = 100
    least = 20
    remembers = True

    @property
    def leverage(self) -> float:
        return self.heston.rho**2

    def start(self) -> State:
        return np.array([self.heston.v0])

    def even(self, begin: float, end: float) -> None:
        return None

    def moved(self, by: Shift) -> "HestonMover":
        return HestonMover(self.heston.raised(by.volatility))

    def along(self, state: State, over: Stretches, driver: Floats, own: Floats) -> Moved:
        paths = driver.shape[-1]
        if over.length[0] <= 0.0:
            return Moved(np.zeros(paths), state, 0.0)
        normals, its = in_vectors(driver), in_vectors(own[:, 0])
        found = np.zeros((3, normals.shape[-1]))
        v, change, variance = found
        v[:paths] = state
        table = constants(self.heston, over.length)
        wide = [each.strides[0] // each.itemsize for each in (normals, its)]
        kernel = function(heston_text(), "heston")
        kernel(normals, its, table, v, change, variance, *normals.shape, *wide)
        return Moved(change[:paths], v[:paths], variance[:paths])


def constants(heston: Heston, length: Floats) -> Floats:
    """What parts of a step do, `[parts, constants]` in the order of `heston_kernel.CONSTANTS`: the
    mean and the noise of the variance after it, and what Andersen calls A, K2 and K3; his K1
    cancels out of a martingale."""
    k, x, r = heston.kappa, heston.xi, heston.rho
    e, half = np.exp(-k * length), length / 2
    k2 = half * (k * r / x - 0.5) + r / x
    k3 = half * (1 - r * r)
    a = k2 + k3 / 2
    noise = (x**2 * e * (1 - e) / k, heston.theta * (x * (1 - e)) ** 2 / 2 / k)
    known = (e, heston.theta * (1 - e), *noise, a, a * a / 2, k2, k3, k3 / 2, half)
    return np.stack(known, axis=1)
