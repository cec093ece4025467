"""Local volatility: one spot as a diffusion whose volatility depends on time and price alone.

Of a smile it is the diffusion that has the smile's prices (Dupire, Pricing with a smile, 1994).
"""

from collections.abc import Sequence
from functools import cache, lru_cache, partial
from math import asinh, ceil, cosh, log, log2, sinh, sqrt
from threading import Lock
from typing import Any, Protocol

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.local_kernel import (
    CELLS,
    CUBIC,
    DRIFT,
    EVEN,
    GROWTH,
    PLACE,
    SIZE,
    even_text,
    local_text,
)
from rfos_lang.valuation.dynamics.mover import Even, Moved, State, Stretches, in_vectors
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.dynamics.smile import Smile, durrleman
from rfos_lang.valuation.path.machine import addresses, function
from rfos_lang.valuation.path.timeline import Floats

HIGHEST_LOCAL_VARIANCE = 100.0
"""A year."""
LEAST_DENSITY = 1e-4
SCANNED = 60
"""At how many places on each side of the forward it is looked at for how far paths come."""
ORDER, LEAST_PART = 16, 1e-3
"""Nodes of the normal for the mean growth; the least volatility as a part of the largest one."""
WIDTH, WINGS, LEAST_WIDTH = 12.0, 8.0, 0.05
"""How far from the forward prices may come: in standard deviations at the money, and in those of
the wings where these are wider."""
EIGHTHS, NEXT = 8, 1e-9
PARTS = 4
"""Into so many parts a cell is cut for the mean variance about a place."""


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


def step(surface: LocalSurface, begin: float, end: float) -> Floats | None:
    """What a stretch of time does to a price: the table that `local_kernel` reads, the same for all
    blocks of paths; None where the price does not move. Threads that ask for the same wait for one
    of them."""
    with _ONE_AT_A_TIME:
        return _made(surface, begin, end)


_ONE_AT_A_TIME = Lock()


@lru_cache(maxsize=2048)
def _made(surface: LocalSurface, begin: float, end: float) -> Floats | None:
    """The mean growth, which the price must not have, is found at each place by the very steps that
    paths take."""
    scale, ends = _reach(surface, end)
    w = np.linspace(*ends, CELLS + 1)
    x, stretched = scale * np.sinh(w), scale * np.cosh(w) * (w[1] - w[0])
    sigma = np.sqrt(np.asarray(surface.variance(x, begin, end)))
    if not np.max(sigma) > 0.0:
        return None
    sigma = np.maximum(sigma, LEAST_PART * float(np.max(sigma)))
    y = np.concatenate([[0.0], np.cumsum(np.diff(x) * (1 / sigma[1:] + 1 / sigma[:-1]) / 2)])
    even = np.linspace(y[0], y[-1], EVEN + 1)
    drift = -(sigma + np.gradient(sigma, x)) / 2
    table = np.zeros(SIZE)
    of_places = (scale, w[0], 1 / (w[1] - w[0]), y[0], EVEN / (y[-1] - y[0]))
    table[:CUBIC] = (*of_places, x[0], x[-1], 1 / sigma[0], 1 / sigma[-1])
    table[CUBIC:GROWTH] = np.concatenate(_cubics(y, stretched / sigma))
    table[DRIFT:PLACE] = np.interp(even, y, drift)
    table[PLACE:] = _cubic(even, y, x, sigma)
    normals, weights = _nodes()
    after = np.repeat(x, ORDER)
    _stepped(after, np.tile(normals, len(x))[None], [table])
    grown = np.exp(after.reshape(-1, ORDER) - x[:, None]) @ weights
    table[GROWTH:DRIFT] = np.log(grown)
    return table


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Of the mean over a normal number."""
    normals, weights = np.polynomial.hermite_e.hermegauss(ORDER)
    return normals, weights / np.sum(weights)


def _even(surface: LocalSurface, begin: float, end: float, x: Floats) -> Floats:
    """See `LocalMover.even`; where the price does not move any coordinate is as good."""
    table = step(surface, begin, end)
    if table is None:
        return x
    places = in_vectors(np.reshape(x, (1, -1)))[0]
    y = np.empty_like(places)
    function(even_text(), "even")(table, places, y, len(places))
    return y[: np.size(x)].reshape(np.shape(x))


def _stepped(x: Floats, normals: Floats, tables: Sequence[Floats]) -> None:
    """Takes prices through parts of a step, in place."""
    at = np.array(addresses(tables), dtype=np.int64)
    wide = normals.strides[0] // normals.itemsize
    function(local_text(), "local")(normals, at, x, *normals.shape, wide)


def _reach(surface: LocalSurface, end: float) -> tuple[float, tuple[float, float]]:
    """Places as far as prices come until a time, as scale · sinh(w): the scale, and the first and
    the last w. How far that is says the variance of all the time at each place."""
    k = places(surface, end, SCANNED)
    sigma = np.sqrt(np.maximum(np.asarray(surface.variance(k, 0.0, end)), 0.0))
    scale = max(2.0 * float(sigma[SCANNED]), LEAST_WIDTH)
    slow = np.maximum(sigma, max(LEAST_PART * float(np.max(sigma)), 1e-9))
    far = np.concatenate([[0.0], np.cumsum(np.diff(k) * (1 / slow[1:] + 1 / slow[:-1]) / 2)])
    far = far - far[SCANNED]
    low, high = np.interp((-WIDTH, WIDTH), far, k).tolist()
    low, high = min(low, -LEAST_WIDTH), max(high, LEAST_WIDTH)
    return scale, (asinh(low / scale), asinh(high / scale))


def _cubics(values: Floats, slopes: Floats) -> tuple[Floats, ...]:
    """Of each cell the coefficients of the cubic with these values and slopes at its ends, along
    0 to 1."""
    rise = np.diff(values)
    first, last = slopes[:-1], slopes[1:]
    return values[:-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise


def _cubic(at: Any, places: Floats, values: Floats, slopes: Floats) -> Any:
    """The cubic of the cell that each place lies in; straight on beyond the ends."""
    cell = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    wide = places[cell + 1] - places[cell]
    t = np.clip((at - places[cell]) / wide, 0.0, 1.0)
    rise = values[cell + 1] - values[cell]
    first, last = slopes[cell] * wide, slopes[cell + 1] * wide
    bend = 3 * rise - 2 * first - last + t * (first + last - 2 * rise)
    beyond = at - np.clip(at, places[0], places[-1])
    return values[cell] + t * (first + t * bend) + beyond * slopes[cell + (t >= 0.5)]


def places(surface: LocalSurface, end: float, count: int) -> Floats:
    """Logarithms of price over forward about 0, so many on each side, as far as prices may come
    until a time: where wings are wide closer together about the forward. They stay where they are
    when a market is moved by little, so that what they are off by does not move."""
    deviation = sqrt(float(surface.variance(np.zeros(1), 0.0, end)[0]))
    middle = _rounded(max(WIDTH * deviation, LEAST_WIDTH))
    looked_at = np.linspace(-middle, middle, 25)
    wings = WINGS * sqrt(float(np.max(surface.variance(looked_at, 0.0, end))))
    stretch = _stretched(_rounded(max(wings / middle, 1.0)))
    even = np.linspace(-1.0, 1.0, 2 * count + 1)
    return np.asarray(middle * (np.sinh(stretch * even) / stretch if stretch else even))


def _rounded(length: float) -> float:
    """The next power of 2 up, in steps of an eighth."""
    return float(2.0 ** (ceil(EIGHTHS * log2(length) - NEXT) / EIGHTHS))


def averaged(surface: LocalSurface, k: Floats, begin: float, end: float) -> Floats:
    """The variance over a stretch of time about each place: what is beside it counts by how near
    that is, up to the next place. So it does not matter where between places the surface bends; one
    of a smile does not."""
    if isinstance(surface, OfSmile):
        return np.asarray(surface.variance(k, begin, end))
    cells = np.diff(k)
    parts = (np.arange(PARTS) + 0.5) / PARTS
    within = surface.variance((k[:-1, None] + cells[:, None] * parts).ravel(), begin, end)
    each = within.reshape(len(cells), PARTS) * cells[:, None]
    found = np.array(surface.variance(k, begin, end), dtype=np.float64)
    near, weight = each @ (1 - parts), parts.sum()
    found[1:-1] = (near[1:] + (each @ parts)[:-1]) / (weight * (cells[1:] + cells[:-1]))
    return found


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

    def even(self, begin: float, end: float) -> Even | None:
        """Taken as lognormal a path would come too seldom to a level towards which volatilities
        rise."""
        return partial(_even, self.surface, begin, end) if end > begin else None

    def moved(self, by: Shift) -> "LocalMover":
        return LocalMover(self.surface.moved(by))

    def along(self, state: State, over: Stretches, driver: Floats, own: Floats) -> Moved:
        paths = driver.shape[-1]
        ends = (over.years + over.length).tolist()
        each = [
            (row, table)
            for row, (begin, end) in enumerate(zip(over.years.tolist(), ends, strict=True))
            if end > begin and (table := step(self.surface, begin, end)) is not None
        ]
        if not each:
            return Moved(np.zeros(paths), state, 0.0)
        rows, tables = zip(*each, strict=True)
        normals = in_vectors(driver if len(rows) == len(driver) else driver[list(rows)])
        after = np.zeros(normals.shape[-1])
        after[:paths] = state
        _stepped(after, normals, tables)
        return Moved(after[:paths] - state, after[:paths], 1.0)
