"""How one spot moves about its forward within a step: a martingale, whose mean is 1."""

from math import sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.special import ndtr, pdtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.shift import Shift
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.path.timeline import Floats

State = Any
"""What a mover remembers of each path."""


class Stretch(NamedTuple):
    """A part of a step: it begins `years` from the valuation and has this `length`; `variance` is
    what the market's volatility curve says of it, for movers that follow it."""

    years: float
    length: float
    variance: float


class Moved(NamedTuple):
    """By how much the logarithm of spot over forward changed; the state; and the variance of the
    part that is continuous, for Brownian bridges."""

    change: Floats
    state: State
    variance: Floats | float


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

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        """Over a stretch, from the price's normals `[paths]` and its own `[normals, paths]`."""

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

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        return Moved(sqrt(over.variance) * driver - over.variance / 2, state, over.variance)

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

    def move(self, state: State, over: Stretch, driver: Floats, own: Floats) -> Moved:
        smooth = self.smooth.move(state, over, driver, own[:-2])
        expected = self.jumps.intensity * over.length
        count = _counted(expected, own[-2])
        sums = count * self.jumps.mean + np.sqrt(count) * self.jumps.deviation * own[-1]
        return smooth._replace(change=smooth.change + sums - expected * self.jumps.growth)

    def moved(self, by: Shift) -> "Jumping":
        return Jumping(self.smooth.moved(by), self.jumps)


def _counted(expected: float, normals: Floats) -> Floats:
    """Poisson numbers from normals, by inversion."""
    most = int(expected + 12 * sqrt(expected) + 20)
    cumulated = pdtr(np.arange(most), expected)
    return np.searchsorted(cumulated, ndtr(normals)).astype(np.float64)
