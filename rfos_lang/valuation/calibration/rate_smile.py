"""A smile of a rate in the parameters of SABR, as normal or as lognormal volatilities.

    dF = a (F + s)^β dW,    da = ν a dB,    dW dB = ρ dt,    a(0) = α

Lognormal volatilities are those of prices (`dynamics/sabr.py`), of the rate and its shift s. Normal
ones are Hagan's to first order in time (Hagan, Kumar, Lesniewski and Woodward, Managing smile risk,
2002): with f = F + s, k = K + s, I = ∫ x^-β dx from k to f and z = ν I / α,

    σ(K) = α (f - k)/I · z/χ(z) · (1 + T J),    χ(z) = log((√(1 - 2ρz + z²) + z - ρ)/(1 - ρ)),
    J = -β(2-β)/24 α²/(fk)^(1-β) + ρναβ/4 /(fk)^((1-β)/2) + (2 - 3ρ²)/24 ν².

With β = 0 rates may be below zero, and the shift does not matter.
"""

from collections.abc import Sequence
from math import asinh, expm1, log, log1p, sqrt

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.sabr import Sabr

SMALL = 1e-5
"""Below it a ratio of two differences is taken from its series."""


@dataclass(frozen=True, slots=True)
class RateSmile:
    """The volatilities of a rate by strike; `alpha` is that of a forward of 1 less the shift."""

    alpha: float
    beta: float
    rho: float
    nu: float
    shift: float = 0.0

    def volatility(self, normal: bool, forward: float, strike: float, years: float) -> float:
        """The volatility of a strike; 0 or less where the expansion has broken down. Forward and
        strike have a logarithm with the shift, unless it is normal and β is 0."""
        of = self._normal if normal else self._lognormal
        return of(forward + self.shift, strike + self.shift, years)

    def _lognormal(self, f: float, k: float, years: float) -> float:
        part = Sabr(years, self.alpha * f ** (self.beta - 1.0), self.beta, self.rho, self.nu)
        at = log(k / f)
        if float(part.in_time(at).f) <= 0.0:
            return 0.0
        return sqrt(float(part.formula(at).w) / years)

    def _normal(self, f: float, k: float, years: float) -> float:
        if self.beta == 0.0:
            slope, z, first = 1.0, self.nu * (f - k) / self.alpha, 0.0
        else:
            slope = _slope(f, k, self.beta)
            z = self.nu * (f - k) / (slope * self.alpha)
            level = self.alpha * (f * k) ** ((self.beta - 1.0) / 2)
            first = -self.beta * (2 - self.beta) / 24 * level**2
            first += self.rho * self.nu * level * self.beta / 4
        in_time = 1.0 + years * (first + (2 - 3 * self.rho**2) / 24 * self.nu**2)
        return self.alpha * slope * _stretched(z, self.rho) * in_time


def _slope(f: float, k: float, beta: float) -> float:
    """(f - k) / ∫ x^-β dx."""
    t, b = log1p((f - k) / k), 1.0 - beta
    if abs(t) < SMALL:
        return float((f * k) ** (beta / 2) * (1.0 + (1.0 - b * b) * t * t / 24))
    return float(k**beta * expm1(t) / (expm1(b * t) / b if b else t))


def _stretched(z: float, rho: float) -> float:
    """z / χ(z)."""
    if abs(z) < SMALL:
        return 1.0 - rho * z / 2 + (2 - 3 * rho * rho) * z * z / 12
    root = sqrt(1.0 - rho * rho)
    return z / (asinh((z - rho) / root) + asinh(rho / root))


def between(smiles: Sequence[tuple[float, RateSmile]], years: float) -> RateSmile:
    """The smile at a time: parameters are linear between those of two expiries, in time's order,
    and stay as they are before the first and after the last one."""
    later = next((at for at, (until, _) in enumerate(smiles) if until >= years), len(smiles))
    if later == 0 or later == len(smiles):
        return smiles[min(later, len(smiles) - 1)][1]
    (before, low), (after, high) = smiles[later - 1], smiles[later]
    part = (years - before) / (after - before)

    def mixed(one: float, other: float) -> float:
        return one + part * (other - one)

    return RateSmile(
        mixed(low.alpha, high.alpha),
        mixed(low.beta, high.beta),
        mixed(low.rho, high.rho),
        mixed(low.nu, high.nu),
        mixed(low.shift, high.shift),
    )
