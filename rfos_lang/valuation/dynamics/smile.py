"""A smile: total implied variance by strike and expiry.

At an expiry it is a slice, by the logarithm k of strike over forward. Between expiries total
variance is linear in time at equal k, so that no calendar spread costs less than nothing if none
does between expiries; before the first and after the last one it is in proportion to time.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import log, sqrt
from typing import Any, NamedTuple, Protocol

from rfos_lang.base.records import dataclass

WIDEST = 10.0
"""How far from the forward smiles are looked at, in standard deviations at the money."""
POINTS = 2_001
LEAST_VARIANCE = 1e-10
STEEPEST = 2.0
"""How fast wings of total variance may rise, per unit of k (Lee 2004)."""

PARAMETERS, STRIKE, MONEYNESS = "parameters", "strike", "moneyness"
DYNAMICS = (PARAMETERS, STRIKE, MONEYNESS)
"""What stays as it is when a forward moves: the parameters of the smile; the volatility of each
strike; that of each strike over forward. A slice by strike over forward alone, such as SVI's, has
the first and the last one in common."""


class Shape(NamedTuple):
    """Total variance with its first and second derivative by k."""

    w: Any
    slope: Any
    bend: Any


class Slice(Protocol):
    """The smile at one expiry."""

    @property
    def name(self) -> str:
        """The model in a word, for people."""

    def shape(self, k: Any) -> Shape:
        """Total variance at logarithms of strike over forward."""

    def scaled(self, by: float) -> "Slice":
        """With all implied volatilities multiplied by a factor."""

    def following(self, by: float) -> "Slice":
        """Once the logarithm of the forward has moved, with the same parameters."""

    @property
    def follows(self) -> bool:
        """Whether that changes it."""

    @property
    def wings(self) -> tuple[float, float]:
        """The slopes of total variance far below and far above the forward."""

    def grid(self) -> Any:
        """Where it is looked at for arbitrage."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """A slice whose volatilities have stayed with the strikes while the logarithm of the forward
    has moved `by`."""

    fixed: Slice
    by: float

    @property
    def name(self) -> str:
        return self.fixed.name

    def shape(self, k: Any) -> Shape:
        return self.fixed.shape(k + self.by)

    def scaled(self, by: float) -> "Displaced":
        return Displaced(self.fixed.scaled(by), self.by)

    def following(self, by: float) -> "Displaced":
        return Displaced(self.fixed.following(by), self.by)

    @property
    def follows(self) -> bool:
        return self.fixed.follows

    @property
    def wings(self) -> tuple[float, float]:
        return self.fixed.wings

    def grid(self) -> Any:
        return self.fixed.grid() - self.by


def around(variance: float, least: float = 0.0) -> Any:
    """Logarithms of strike over forward about 0, as far as a total variance at the money asks."""
    import numpy as np

    reach = max(least, WIDEST * sqrt(max(variance, 0.0)))
    return np.linspace(-reach, reach, POINTS)


def durrleman(k: Any, shape: Shape) -> Any:
    """g: the density of the price has its sign (Durrleman 2003). Where there is no variance it is
    taken as flat."""
    import numpy as np

    w, slope, bend = (np.asarray(each, dtype=float) for each in shape)
    w, slope = np.where(w > 0.0, w, 1.0), np.where(w > 0.0, slope, 0.0)
    tilt = 1 - k * slope / (2 * w)
    return tilt**2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2


@dataclass(frozen=True, slots=True)
class Smile:
    """Slices by years, ascending. `raised_by` is added to every implied volatility. `forwards` are
    those that the slices were told for; `dynamics` says what stays when they move. A smile that was
    told for none stays with strikes over forward."""

    slices: tuple[tuple[float, Slice], ...]
    raised_by: float = 0.0
    dynamics: str = PARAMETERS
    forwards: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The model in a word."""
        return self.slices[0][1].name

    @property
    def follows(self) -> bool:
        """Whether it is another one when forwards move and its parameters stay."""
        return any(each.follows for _, each in self.slices)

    def scaled(self, by: float) -> "Smile":
        """With all implied volatilities multiplied by a factor."""
        slices = tuple((years, each.scaled(by)) for years, each in self.slices)
        return replace(self, slices=slices, raised_by=self.raised_by * by)

    def raised(self, by: float) -> "Smile":
        """With all implied volatilities moved by the same amount."""
        return replace(self, raised_by=self.raised_by + by)

    def at(self, forward: Callable[[float], float]) -> "Smile":
        """The smile where forwards are those of a function of years."""
        if not self.forwards:
            return self
        told = {years: f for (years, _), f in zip(self.slices, self.forwards, strict=True)}
        here = {years: forward(years) for years in told}
        if here == told:
            return self
        return replace(
            self.displaced(lambda years: log(here[years] / told[years])),
            forwards=tuple(here.values()),
        )

    def displaced(self, by: Callable[[float], float]) -> "Smile":
        """The smile once the logarithms of forwards have moved by a function of years."""
        if self.dynamics == MONEYNESS or not self.forwards:
            return self
        slices = (
            (years, Displaced(each, by(years)))
            if self.dynamics == STRIKE
            else (years, each.following(by(years)))
            for years, each in self.slices
        )
        return replace(self, slices=tuple(slices))

    def shape(self, k: Any, years: float) -> Shape:
        """Total variance to a time in years above zero."""
        (before, low), (after, high), weight = self._between(years)
        if weight == 1.0:
            mixed = Shape(*(after * x for x in high.shape(k)))
        else:
            both = zip(low.shape(k), high.shape(k), strict=True)
            mixed = Shape(*((1 - weight) * before * x + weight * after * y for x, y in both))
        return self._moved(mixed, years)

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
        by, root = self.raised_by * sqrt(years), (w * w + LEAST_VARIANCE**2) ** 0.25
        rate = (root + by) / root
        return Shape((root + by) ** 2, rate * slope, rate * bend - by * slope**2 / (2 * root**3))

    def volatility(self, k: float, years: float) -> float:
        """The implied volatility at the logarithm of strike over forward."""
        return sqrt(max(float(self.shape(k, years).w), 0.0) / years)


# --- arbitrage -----------------------------------------------------------------------------------


def butterfly(smile: Slice) -> tuple[float, float] | None:
    """The k at which the density of the price is most negative, and g there; None if nowhere."""
    k = smile.grid()
    below, above = smile.wings
    if (steepest := max(abs(below), abs(above))) > STEEPEST:
        return float(k[-1 if abs(above) >= abs(below) else 0]), (4 - steepest**2) / 16
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
