"""Paths of Heston's price: the quadratic-exponential scheme with martingale correction.

Andersen, Simple and efficient simulation of the Heston stochastic volatility model, 2008.
"""

from math import exp

import numpy as np
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.mover import Moved, State, Stretch
from rfos_lang.valuation.dynamics.shift import Shift
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

    def moved(self, by: Shift) -> "HestonMover":
        return HestonMover(self.heston.raised(by.volatility))

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        if over.length <= 0.0:
            return Moved(np.zeros(driver.shape), state, 0.0)
        scheme = _Scheme(self.heston, over.length)
        v = np.broadcast_to(state, driver.shape)
        after, mean = scheme.drawn(v, own[0])
        spread = np.sqrt(scheme.k3 * v + scheme.k4 * after)
        change = scheme.k2 * after - scheme.k3 / 2 * v - mean
        return Moved(change + spread * driver, after, over.length * (v + after) / 2)


SWITCH = 1.5
"""The ratio of variance to squared mean at which the two take turns."""


class _Scheme:
    """The constants of a step, named as by Andersen; his K1 cancels out of a martingale."""

    def __init__(self, heston: Heston, length: float) -> None:
        k, x, r = heston.kappa, heston.xi, heston.rho
        self.heston, self.fading = heston, exp(-k * length)
        half = length / 2
        self.k2 = half * (k * r / x - 0.5) + r / x
        self.k3 = self.k4 = half * (1 - r * r)
        self.a = self.k2 + self.k4 / 2

    def drawn(self, v: Floats, normals: Floats) -> tuple[Floats, Floats]:
        """The variance after the step, and log E[e^{a v'}], which keeps the price a martingale."""
        h, e = self.heston, self.fading
        mean = h.theta + (v - h.theta) * e
        noise = v * h.xi**2 * e * (1 - e) / h.kappa + h.theta * (h.xi * (1 - e)) ** 2 / 2 / h.kappa
        mean = np.maximum(mean, 1e-150)
        ratio = np.maximum(noise / mean**2, 1e-300)
        with np.errstate(all="ignore"):
            inverse = 2 / ratio
            b2 = inverse - 1 + np.sqrt(inverse) * np.sqrt(np.maximum(inverse - 1, 0.0))
            scale = mean / (1 + b2)
            squared = scale * (np.sqrt(b2) + normals) ** 2
            room = 1 - 2 * self.a * scale
            log_squared = self.a * b2 * scale / room - np.log(room) / 2
            mass = (ratio - 1) / (ratio + 1)
            rate = (1 - mass) / mean
            chance = ndtr(normals)
            tail = np.where(chance <= mass, 0.0, np.log((1 - mass) / (1 - chance)) / rate)
            log_tail = np.log(mass + rate * (1 - mass) / (rate - self.a))
            smooth = ratio <= SWITCH
            after = np.where(smooth, squared, tail)
            logarithm = np.where(smooth, log_squared, log_tail)
        second_order = self.a * mean + self.a**2 * noise / 2
        return after, np.where(np.isfinite(logarithm), logarithm, second_order)
