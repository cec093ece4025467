"""Heston's model: the variance of a price moves on its own and returns to a mean.

    dS/S = (r - q) dt + √v dW,    dv = κ (θ - v) dt + ξ √v dB,    dW dB = ρ dt

(Heston, A closed-form solution for options with stochastic volatility, RFS 1993).
"""

from dataclasses import replace
from math import expm1, sqrt

from rfos_lang.base.records import dataclass

LEAST_FACTOR = 1e-4


@dataclass(frozen=True, slots=True)
class Heston:
    """`v0` and `theta` are variances a year, now and in the long run; `kappa` how fast the one goes
    to the other, per year; `xi` the volatility of variance; `rho` its correlation with the price.
    """

    v0: float
    kappa: float
    theta: float
    xi: float
    rho: float

    @property
    def keeps_off_zero(self) -> bool:
        """Feller's condition: variance never reaches zero."""
        return 2 * self.kappa * self.theta >= self.xi**2

    def mean_variance(self, years: float) -> float:
        """The expected variance a year, over some years."""
        if years <= 0:
            return self.v0
        weight = -expm1(-self.kappa * years) / (self.kappa * years)
        return self.theta + (self.v0 - self.theta) * weight

    def scaled(self, by: float) -> "Heston":
        """With every implied volatility multiplied by a factor, of which a trace is always left."""
        by = max(by, LEAST_FACTOR)
        return replace(self, v0=self.v0 * by**2, theta=self.theta * by**2, xi=self.xi * by)

    def raised(self, by: float) -> "Heston":
        """With the volatilities √v0 and √θ moved by the same amount."""
        v0, theta = (max(sqrt(v) + by, 0.0) ** 2 for v in (self.v0, self.theta))
        return replace(self, v0=v0, theta=theta)
