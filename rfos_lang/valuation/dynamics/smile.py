"""A smile: total implied variance by strike and expiry, and the local volatility that it implies.

At an expiry, w(k) = a + b (ρ (k - m) + √((k - m)² + σ²)) with k the logarithm of strike over
forward (Gatheral and Jacquier, Arbitrage-free SVI volatility surfaces, 2014). Between expiries w is
linear in time at equal k; before the first and after the last one it is in proportion to time.
Volatilities move with the forward: a smile says them by strike over forward.
"""

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from rfos_lang.base.records import dataclass

WIDEST = 10.0
"""How far from the forward smiles are looked at, in standard deviations at the money."""
LEAST_REACH = 1.0
POINTS = 2_001
LEAST_VARIANCE = 1e-10


class Shape(NamedTuple):
    """Total variance with its first and second derivative by k."""

    w: Any
    slope: Any
    bend: Any


@dataclass(frozen=True, slots=True)
class Slice:
    """The smile at one expiry, in raw parameters."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def shape(self, k: Any) -> Shape:
        """Total variance at logarithms of strike over forward."""
        x = k - self.m
        root = (x * x + self.sigma**2) ** 0.5
        return Shape(
            self.a + self.b * (self.rho * x + root),
            self.b * (self.rho + x / root),
            self.b * self.sigma**2 / root**3,
        )

    @property
    def lowest(self) -> float:
        """The least total variance at any strike."""
        return self.a + self.b * self.sigma * sqrt(1 - self.rho**2)

    def grid(self) -> Any:
        """Where it is looked at."""
        import numpy as np

        reach = max(LEAST_REACH, WIDEST * sqrt(max(float(self.shape(0.0).w), 0.0)))
        return np.linspace(-reach, reach, POINTS) + self.m / 2


def flat_slice(variance: float) -> Slice:
    """The same total variance at all strikes."""
    return Slice(variance, 0.0, 0.0, 0.0, 1.0)


def durrleman(k: Any, shape: Shape) -> Any:
    """g: the density of the price has its sign (Durrleman 2003)."""
    w, slope, bend = shape
    tilt = 1 - k * slope / (2 * w)
    return tilt**2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2


@dataclass(frozen=True, slots=True)
class Smile:
    """Slices by years, ascending. `raised_by` is added to every implied volatility."""

    slices: tuple[tuple[float, Slice], ...]
    raised_by: float = 0.0

    def scaled(self, by: float) -> "Smile":
        """With all implied volatilities multiplied by a factor."""
        slices = tuple(
            (years, replace(each, a=each.a * by**2, b=each.b * by**2))
            for years, each in self.slices
        )
        return Smile(slices, self.raised_by * by)

    def raised(self, by: float) -> "Smile":
        """With all implied volatilities moved by the same amount."""
        return replace(self, raised_by=self.raised_by + by)

    def shape(self, k: Any, years: float) -> Shape:
        """Total variance to a time in years above zero."""
        (before, low), (after, high), weight = self._between(years)
        first, second = low.shape(k), high.shape(k)
        both = zip(first, second, strict=True)
        mixed = ((1 - weight) * before * x + weight * after * y for x, y in both)
        return self._moved(Shape(*mixed), years)

    def _between(self, years: float) -> tuple[tuple[float, Slice], tuple[float, Slice], float]:
        """Two slices with what each is multiplied by, and the weight of the later one."""
        at = bisect_right([t for t, _ in self.slices], years)
        if at == 0 or at == len(self.slices):
            t, only = self.slices[max(at - 1, 0)]
            return (0.0, only), (years / t, only), 1.0
        (t0, low), (t1, high) = self.slices[at - 1], self.slices[at]
        return (1.0, low), (1.0, high), (years - t0) / (t1 - t0)

    def _moved(self, shape: Shape, years: float) -> Shape:
        if self.raised_by == 0.0:
            return shape
        w, slope, bend = shape
        by, root = self.raised_by * sqrt(years), (w + LEAST_VARIANCE) ** 0.5
        rate = (root + by) / root
        return Shape((root + by) ** 2, rate * slope, rate * bend - by * slope**2 / (2 * root**3))

    def volatility(self, k: float, years: float) -> float:
        """The implied volatility at the logarithm of strike over forward."""
        return sqrt(max(float(self.shape(k, years).w), 0.0) / years)


# --- arbitrage -----------------------------------------------------------------------------------


def butterfly(smile: Slice) -> tuple[float, float] | None:
    """The k at which the density of the price is most negative, and g there; None if nowhere."""
    k = smile.grid()
    if (steepest := smile.b * (1 + abs(smile.rho))) > 2:
        return float(k[-1 if smile.rho >= 0 else 0]), (4 - steepest**2) / 16
    g = durrleman(k, smile.shape(k))
    at = int(g.argmin())
    return (float(k[at]), float(g[at])) if g[at] < -1e-9 else None


def crossing(smile: Smile) -> tuple[float, float, float] | None:
    """Two expiries between which total variance falls, and the k at which it falls most; None if
    it falls nowhere."""
    for (first, low), (second, high) in pairwise(smile.slices):
        k = high.grid()
        change = high.shape(k).w - low.shape(k).w
        at = int(change.argmin())
        if change[at] < -1e-9:
            return first, second, float(k[at])
    return None
