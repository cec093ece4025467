"""The smile that local volatilities have: calls at all strikes, forward in time.

With c(k, t) a call over its forward, by the logarithm k of strike over forward (Dupire 1994),

    ∂c/∂t = ½ σ²(k, t) (∂²c/∂k² - ∂c/∂k),    c(k, 0) = max(1 - e^k, 0).

On two grids of strikes and times, extrapolated; steps end where volatilities jump.
"""

from functools import lru_cache
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.linalg import solve_banded
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.local_volatility import LocalSurface, averaged, places
from rfos_lang.valuation.dynamics.smile import LEAST_VARIANCE, Shape
from rfos_lang.valuation.path.timeline import Floats

NODES, STEPS = 300, 60
"""On each side of the forward, and in time, on the coarser grid."""
SMOOTHED = 2
"""How many steps at the beginning are four of Euler's, so that the kink does not swing."""
WORTH = 1e-9
"""The time value, as a part of the forward, down to which a call tells its volatility."""
STEEPEST = 1.9
ROUNDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class SolvedSmile:
    """The smile at one time, as a spline of total variance between `low` and `high`; straight lines
    beyond. `error` is about how far calls are off, as a part of the forward."""

    low: float
    high: float
    spline: Any
    error: float

    def shape(self, k: Any, years: float) -> Shape:
        inside = np.clip(k, self.low, self.high)
        beyond = k - inside
        slope = self.spline(inside, 1)
        rising = np.where(beyond * slope >= 0.0, np.clip(slope, -STEEPEST, STEEPEST), 0.0)
        out = beyond != 0.0
        return Shape(
            np.maximum(self.spline(inside) + rising * beyond, LEAST_VARIANCE),
            np.where(out, rising, slope),
            np.where(out, 0.0, self.spline(inside, 2)),
        )


@lru_cache(maxsize=256)
def solved(surface: LocalSurface, years: float) -> SolvedSmile | None:
    """The smile at a time above zero; None if the price does not move until then."""
    deviation = sqrt(float(surface.variance(np.zeros(1), 0.0, years)[0]))
    if deviation < sqrt(LEAST_VARIANCE):
        return None
    k = places(surface, years, NODES)
    coarse = _calls(surface, years, k, 1)
    fine = _calls(surface, years, places(surface, years, 2 * NODES), 2)
    best = fine[::2] + (fine[::2] - coarse) / 3
    error = float(np.max(np.abs(fine[::2] - coarse))) / 3
    valued = best - np.maximum(1 - np.exp(k), 0.0) > WORTH
    inside = _about_the_middle(valued)
    told = k[inside]
    spline = CubicSpline(told, _implied(told, best[inside], deviation))
    return SolvedSmile(float(told[0]), float(told[-1]), spline, error)


def _about_the_middle(valued: Any) -> slice:
    """The places about the forward that are all valued."""
    middle = len(valued) // 2
    below, above = np.flatnonzero(~valued[:middle]), np.flatnonzero(~valued[middle:])
    first = int(below[-1]) + 1 if len(below) else 0
    last = middle + int(above[0]) if len(above) else len(valued)
    return slice(first, last)


def _calls(surface: LocalSurface, years: float, k: Floats, times: int) -> Floats:
    """Calls at strikes, in so many times as many steps."""
    below, above = np.diff(k)[:-1], np.diff(k)[1:]
    low, high = (2 + above) / (below * (below + above)), (2 - below) / (above * (below + above))
    calls = np.maximum(1 - np.exp(k), 0.0)
    ends = _instants(surface, years, STEPS * times)
    for number, (begin, end) in enumerate(pairwise(ends)):
        variance = averaged(surface, k, begin, end)[1:-1]
        if number < SMOOTHED * times:
            for _ in range(4):
                calls = _stepped(calls, low * variance / 8, high * variance / 8, 1.0)
        else:
            calls = _stepped(calls, low * variance / 2, high * variance / 2, 0.5)
    return calls


def _instants(surface: LocalSurface, years: float, steps: int) -> list[float]:
    """Where steps end: in equal parts of √t, but also where volatilities jump."""
    edges = [0.0, *(end for end in surface.ends(years) if 0.0 < end < years), years]
    found = [0.0]
    for begin, end in pairwise(edges):
        share = (sqrt(end) - sqrt(begin)) / sqrt(years)
        parts = np.linspace(sqrt(begin), sqrt(end), max(ceil(steps * share), 1) + 1) ** 2
        found += [*parts[1:-1].tolist(), end]
    return found


def _stepped(calls: Floats, low: Floats, high: Floats, implicit: float) -> Floats:
    """One step forward, in which a call gains so much of the difference to the one below it and
    above it; `implicit` is 1 for Euler's, ½ for Crank and Nicolson's."""
    left = calls.copy()
    if implicit < 1.0:
        gained = low * calls[:-2] - (low + high) * calls[1:-1] + high * calls[2:]
        left[1:-1] += (1 - implicit) * gained
    bands = np.zeros((3, len(calls)))
    bands[1] = 1.0
    bands[0, 2:] = -implicit * high
    bands[1, 1:-1] += implicit * (low + high)
    bands[2, :-2] = -implicit * low
    return np.asarray(solve_banded((1, 1), bands, left, check_finite=False))


def _implied(k: Floats, calls: Floats, start: float) -> Floats:
    """Total variances of calls over their forward, by bisection."""
    low, high = np.full(len(k), 1e-6), np.full(len(k), 20.0 * start)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        d1 = -k / middle + middle / 2
        above = ndtr(d1) - np.exp(k) * ndtr(d1 - middle) > calls
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray(((low + high) / 2) ** 2)
