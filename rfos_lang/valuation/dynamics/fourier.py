"""The law of a price at a date by its characteristic function: Heston's price, and jumps.

In the formulation whose logarithm never jumps (Albrecher, Mayer, Schoutens and Tistaert, The little
Heston trap, 2007).
"""

from math import exp, inf, log, pi, sqrt
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.jumps import Jumps

Complex = Any
"""A complex number or an array of them."""

LINE = 0.5
"""Where the line of integration lies: there the characteristic function is always finite."""
NEGLIGIBLE = log(1e-17)
_ENDS = 8.0 * 1.5 ** np.arange(46)
"""Where the characteristic function may become negligible."""
PANELS, ORDER = 64, 16
PANELS_MOST = 4096


def exponent(heston: Heston, u: Complex, years: float) -> Complex:
    """log E[M^{iu}], M the price over its forward."""
    k, x, r = heston.kappa, heston.xi, heston.rho
    b = k - 1j * r * x * u
    d = np.sqrt(b * b + x * x * (1j * u + u * u))
    # (b - d) / xi² without cancellation for small xi
    low = -(1j * u + u * u) / (b + d)
    g = low * x * x / (b + d)
    fading = np.exp(-d * years)
    second = low * (1 - fading) / (1 - g * fading)
    logarithm = log1p(g * (1 - fading) / (1 - g)) / x**2
    return k * heston.theta * (low * years - 2 * logarithm) + heston.v0 * second


def log1p(z: Complex) -> Complex:
    """log(1 + z), precise near 0, where NumPy's is not for complex numbers."""
    near = z * (1 - z * (1 / 2 - z * (1 / 3 - z / 4)))
    return np.where(np.abs(z) < 1e-4, near, np.log(1 + z))


def jump_exponent(jumps: Jumps, u: Complex, years: float) -> Complex:
    """log E[e^{iuJ}] of the compensated sum J of jumps."""
    each = np.exp(1j * u * jumps.mean - (jumps.deviation * u) ** 2 / 2) - 1
    return jumps.intensity * years * (each - 1j * u * jumps.growth)


@dataclass(frozen=True, slots=True)
class FourierLaw:
    """The law at a date by the characteristic function: of Heston's price, or one with a constant
    `variance` to that date, and jumps."""

    heston: Heston | None
    variance: float
    jumps: Jumps | None
    years: float

    def exponent(self, u: Complex) -> Complex:
        """log E[M^{iu}]."""
        if self.heston is not None:
            found = exponent(self.heston, u, self.years)
        else:
            found = -self.variance * (1j * u + u * u) / 2
        if self.jumps is not None:
            found = found + jump_exponent(self.jumps, u, self.years)
        return found

    def above(self, power: int, level: float) -> float:
        """By an integral along Im u = -1/2 (Lewis 2001), where M^power 1{log M > level} has the
        transform e^{(power - 1/2 - iu) level} / (1/2 - power + iu), or minus that of what lies
        below if power > 1/2."""
        if level == -inf:
            return self._moment(power)
        found = self._integral(power, level)
        return found if power < LINE else self._moment(power) + found

    def _moment(self, power: int) -> float:
        if power in (0, 1):
            return 1.0
        if self.heston is not None and not _finite(self.heston, power, self.years):
            raise NoClosedForm(f"the power {power} of its price has no finite mean in this model")
        return float(np.exp(self.exponent(-1j * power)).real)

    def _integral(self, power: int, level: float) -> float:
        end = self.end()
        panels = max(PANELS, int(end * abs(level) / pi))
        before = self._sum(power, level, end, panels)
        while panels < PANELS_MOST:
            panels *= 2
            found = self._sum(power, level, end, panels)
            if abs(found - before) < 1e-14:
                return found
            before = found
        return before

    def _sum(self, power: int, level: float, end: float, panels: int) -> float:
        nodes, weights = np.polynomial.legendre.leggauss(ORDER)
        edges = end * np.linspace(0.0, 1.0, panels + 1) ** 2
        half = np.diff(edges)[:, None] / 2
        u = (edges[:-1, None] + half) + half * nodes
        inside = np.exp(self.exponent(u - 1j * LINE) - 1j * u * level) / (LINE - power + 1j * u)
        return exp((power - LINE) * level) / pi * float(np.sum(inside.real * weights * half))

    def end(self) -> float:
        """From where on the characteristic function is negligible."""
        sizes = self.exponent(_ENDS - 1j * LINE).real
        small = np.flatnonzero(sizes < NEGLIGIBLE)
        if not len(small):
            raise NoClosedForm("its price hardly moves in this model until a date")
        return float(_ENDS[small[0]])


def _finite(heston: Heston, power: float, years: float) -> bool:
    """Whether E[M^power] is finite (Andersen and Piterbarg, Moment explosions, 2007)."""
    b = heston.kappa - heston.rho * heston.xi * power
    square = b * b - heston.xi**2 * power * (power - 1)
    if square >= 0:
        d = sqrt(square)
        if b + d > 0:
            return True
        # both roots below zero: it grows until it explodes
        return d > 0 and years < np.log((b - d) / (b + d)) / d
    gamma = sqrt(-square)
    angle = np.arctan2(gamma, b)
    return bool(years < 2 * angle / gamma)


def call_values(heston: Heston, years: float, k: Any) -> Any:
    """Undiscounted calls per unit of the forward at logarithms of strike over forward: all of them
    by one integral (Lewis 2001)."""
    law = FourierLaw(heston, 0.0, None, years)
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    edges = law.end() * np.linspace(0.0, 1.0, PANELS // 2 + 1) ** 2
    half = np.diff(edges)[:, None] / 2
    u = ((edges[:-1, None] + half) + half * nodes).ravel()
    density = np.exp(law.exponent(u - 1j * LINE)) / (u * u + LINE**2) * (weights * half).ravel()
    return 1.0 - np.exp(k / 2) / pi * (np.exp(-1j * np.outer(k, u)) @ density).real
