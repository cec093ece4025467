"""How one spot moves about its forward within a step: a martingale, whose mean is 1."""

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.special import ndtr, pdtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.rows.vectors import WIDTH

State = Any
"""What a mover remembers of each path."""


class Stretches(NamedTuple):
    """The parts of a step, one after the other: each begins `years` from the valuation and has its
    `length`, of which all or none are 0; `variance` is what the market's volatility curve says of
    it, for movers that follow it."""

    years: Floats
    length: Floats
    variance: Floats


class Moved(NamedTuple):
    """By how much the logarithm of spot over forward changed; the state; and the variance of the
    part that is continuous, for Brownian bridges, in the coordinate that moves evenly."""

    change: Floats
    state: State
    variance: Floats | float


Even = Callable[[Floats], Floats]
"""From the logarithm of price over forward to where a price stands in a coordinate that moves by a
standard deviation of 1 within a step, wherever it is."""


class Mover(Protocol):
    """How one spot moves.

    `normals`: how many it takes beyond that of the price; `per_year`, `least`: into how many parts
    a year, and all the time there is, are divided at least, 0 where any step is exact.
    `leverage` is the part of the price's variance that its own normals explain.
    """

    @property
    def normals(self) -> int: ...

    @property
    def per_year(self) -> int: ...

    @property
    def least(self) -> int: ...

    @property
    def leverage(self) -> float: ...

    @property
    def remembers(self) -> bool:
        """Whether its state tells more of what will happen than the price does."""

    def start(self) -> State:
        """The state of a path at the valuation."""

    def along(self, state: State, over: Stretches, driver: Floats, own: Floats) -> Moved:
        """Over a step, from the price's normals `[parts, paths]` and its own
        `[parts, normals, paths]`."""

    def even(self, begin: float, end: float) -> Even | None:
        """Where a price stands evenly between two times in years, for Brownian bridges; None where
        the logarithm is as good."""

    def moved(self, by: Shift) -> "Mover":
        """In a market that has moved."""


@dataclass(frozen=True, slots=True)
class Brownian:
    """Lognormal, with the market's volatility curve."""

    normals = 0
    per_year = 0
    least = 0
    leverage = 0.0
    remembers = False

    def start(self) -> State:
        return None

    def along(self, state: State, over: Stretches, driver: Floats, own: Floats) -> Moved:
        variance = float(np.sum(over.variance))
        return Moved(np.sqrt(over.variance) @ driver - variance / 2, state, variance)

    def even(self, begin: float, end: float) -> None:
        return None

    def moved(self, by: Shift) -> "Brownian":
        return self  # the stretch has the volatility, moved where the curve is


@dataclass(frozen=True, slots=True)
class Jumping:
    """Another motion and jumps on top of it, exact in any step (Merton 1976): given how many, their
    sum is normal. Their risk earns nothing."""

    smooth: Mover
    jumps: Jumps

    @property
    def normals(self) -> int:
        return self.smooth.normals + 2

    @property
    def per_year(self) -> int:
        return self.smooth.per_year

    @property
    def least(self) -> int:
        return self.smooth.least

    @property
    def leverage(self) -> float:
        return self.smooth.leverage

    @property
    def remembers(self) -> bool:
        return self.smooth.remembers

    def start(self) -> State:
        return self.smooth.start()

    def along(self, state: State, over: Stretches, driver: Floats, own: Floats) -> Moved:
        smooth = self.smooth.along(state, over, driver, own[:, :-2])
        change = smooth.change
        for length, drawn in zip(over.length.tolist(), own, strict=True):
            expected = self.jumps.intensity * length
            count = _counted(expected, drawn[-2])
            sums = count * self.jumps.mean + np.sqrt(count) * self.jumps.deviation * drawn[-1]
            change = change + sums - expected * self.jumps.growth
        return smooth._replace(change=change)

    def even(self, begin: float, end: float) -> Even | None:
        return self.smooth.even(begin, end)

    def moved(self, by: Shift) -> "Jumping":
        return Jumping(self.smooth.moved(by), self.jumps)


def in_vectors(drawn: Floats) -> Floats:
    """Normals `[parts, paths]` for as many paths as make whole vectors, a row without gaps; those
    that are added do not count."""
    missing = -drawn.shape[-1] % WIDTH
    if missing:
        return np.pad(drawn, ((0, 0), (0, missing)))
    return drawn if drawn.strides[-1] == drawn.itemsize else np.ascontiguousarray(drawn)


def _counted(expected: float, normals: Floats) -> Floats:
    """Poisson numbers from normals, by inversion."""
    most = int(expected + 12 * sqrt(expected) + 20)
    cumulated = pdtr(np.arange(most), expected)
    return np.searchsorted(cumulated, ndtr(normals)).astype(np.float64)
