"""Local volatility: one spot as a diffusion whose volatility depends on time and price alone.

Of a smile it is the diffusion that has the smile's prices (Dupire, Pricing with a smile, 1994).
"""

from functools import lru_cache
from math import cosh, log, sinh, sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Moved, State, Stretch
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.dynamics.smile import Smile, durrleman
from rfos_lang.valuation.path.timeline import Floats

HIGHEST_LOCAL_VARIANCE = 100.0
"""A year."""
LEAST_DENSITY = 1e-4
PLACES = 300
"""At how many places on each side of the forward it is worked out for the paths of a step."""
ORDER, LEAST_PART = 16, 1e-3
"""Nodes of the normal for the mean growth; the least volatility as a part of the largest one."""
WIDTH, WINGS, LEAST_WIDTH = 12.0, 8.0, 0.05
"""How far from the forward prices may come: in standard deviations at the money, and in those of
the wings where these are wider."""


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


class Step(NamedTuple):
    """What a stretch of time does to a price, at places: the variance; where a place lies in the
    coordinate y, of which the volatility is 1, and the drift there; and the logarithm of the mean
    growth, which the price must not have."""

    places: Floats
    variance: Floats
    y: Floats
    drift: Floats
    growth: Floats

    def after(self, x: Floats, normal: Any) -> Floats:
        """Where paths are after the stretch, but for the growth: Heun's step in y, which is of
        second order in law since the noise is the same everywhere."""
        y = np.interp(x, self.places, self.y)
        here = np.interp(y, self.y, self.drift)
        there = np.interp(y + here + normal, self.y, self.drift)
        return np.interp(y + (here + there) / 2 + normal, self.y, self.places)


@lru_cache(maxsize=4096)
def step(surface: LocalSurface, begin: float, end: float) -> Step | None:
    """The same for all blocks of paths; None where the price does not move."""
    x = places(surface, end, PLACES)
    variance = np.asarray(surface.variance(x, begin, end))
    sigma = np.sqrt(variance)
    if not np.max(sigma) > 0.0:
        return None
    sigma = np.maximum(sigma, LEAST_PART * float(np.max(sigma)))
    y = np.concatenate([[0.0], np.cumsum(np.diff(x) * (1 / sigma[1:] + 1 / sigma[:-1]) / 2)])
    drift = -(sigma + np.gradient(sigma, x)) / 2
    raw = Step(x, variance, y, drift, np.zeros(len(x)))
    normals, weights = np.polynomial.hermite_e.hermegauss(ORDER)
    grown = np.exp(raw.after(x[:, None], normals) - x[:, None])
    growth = np.log(grown @ weights / np.sum(weights))
    return raw._replace(growth=growth)


def places(surface: LocalSurface, end: float, count: int) -> Floats:
    """Logarithms of price over forward about 0, so many on each side, as far as prices may come
    until a time: where wings are wide closer together about the forward."""
    middle = max(WIDTH * sqrt(float(surface.variance(np.zeros(1), 0.0, end)[0])), LEAST_WIDTH)
    looked_at = np.linspace(-middle, middle, 25)
    wings = WINGS * sqrt(float(np.max(surface.variance(looked_at, 0.0, end))))
    stretch = _stretched(max(wings / middle, 1.0))
    even = np.linspace(-1.0, 1.0, 2 * count + 1)
    return np.asarray(middle * (np.sinh(stretch * even) / stretch if stretch else even))


def _stretched(by: float) -> float:
    """The c of sinh(c)/c = by, by Newton's method."""
    if by < 1.0 + 1e-6:
        return 0.0
    c = sqrt(6 * (by - 1)) if by < 3.0 else log(2 * by * log(2 * by))
    for _ in range(30):
        c -= (sinh(c) / c - by) / ((c * cosh(c) - sinh(c)) / c**2)
    return c


@dataclass(frozen=True, slots=True)
class LocalMover:
    """Paths under local volatility."""

    surface: LocalSurface

    normals = 0
    per_year = 100
    least = 50
    leverage = 0.0
    remembers = False

    def start(self) -> State:
        return np.zeros(1)

    def moved(self, by: Shift) -> "LocalMover":
        return LocalMover(self.surface.moved(by))

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        found = None
        if over.length > 0.0:
            found = step(self.surface, over.years, over.years + over.length)
        if found is None:
            return Moved(np.zeros(driver.shape), state, 0.0)
        x = np.broadcast_to(state, driver.shape)
        after = found.after(x, driver) - np.interp(x, found.places, found.growth)
        along = (np.interp(each, found.places, found.variance) for each in (x, after))
        return Moved(after - x, after, sum(along) / 2)
