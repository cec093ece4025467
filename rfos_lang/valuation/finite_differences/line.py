"""One price: the nodes of a grid, and its steps."""

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.grid import Grid, at
from rfos_lang.valuation.finite_differences.landing import Landing
from rfos_lang.valuation.finite_differences.marching import Acts, marched
from rfos_lang.valuation.finite_differences.stepping import Act, Marks, Step, stepped
from rfos_lang.valuation.path.timeline import Floats

JUMP = 1e-9
"""How far on both sides of a node what jumps there is looked at, as a part of the price."""

SEEN = 1e-6
"""What differs by less on both sides of a node, as a part of the largest value, does not jump."""


@dataclass(frozen=True, slots=True)
class Line:
    """A grid of one price that starts at the logarithm `start`. `drift` and `variance` of its
    logarithm `[step, node]`, or `[step, 1]` if they are the same everywhere; `landing` after jumps.

    At an event it is looked at all nodes, then just below and just above each node at which
    something may jump: there the value is the mean of both sides, each for its half of a cell."""

    grid: Grid
    start: float
    drift: Floats
    variance: Floats
    landing: Landing | None = None

    @property
    def prices(self) -> Floats:
        """The nodes."""
        return self.grid.prices[None]

    @property
    def edges(self) -> range:
        """All nodes, in one row."""
        return range(0, len(self.grid), len(self.grid))

    def seen(self, as_it_is: bool, is_last: bool) -> Floats:
        """The nodes, and both sides of the critical ones."""
        critical, apart = self.grid.prices[self.grid.critical], 0.0 if as_it_is else JUMP
        sides = (critical * (1 - apart), critical * (1 + apart))
        return np.concatenate([self.grid.prices, *sides])[None]

    def spread(self, values: Floats, is_last: bool) -> Floats:
        """Values after an event are the same on both sides."""
        sides = values[..., self.grid.critical]
        return np.concatenate([values, sides, sides], axis=-1)

    def gathered(self, values: Floats, marks: Marks, is_last: bool) -> tuple[Floats, Marks, bool]:
        """The mean of both sides."""
        nodes, share = len(self.grid), self.grid.share_below
        below, above = np.split(values[..., nodes:], 2, axis=-1)
        found = values[..., :nodes].copy()
        found[..., self.grid.critical] = share * below + (1 - share) * above
        return found, marks[:, :nodes], jumping(below, above, values)

    def stepped(
        self, values: Floats, step: int, share: float, implicit: bool, act: Act | None
    ) -> tuple[Floats, Marks | None]:
        """By Crank and Nicolson, or implicit Euler; `act` by policy iteration."""
        drift, variance = share * self.drift[step], share * self.variance[step]
        if self.landing is None:
            taken = Step(drift, variance)
        else:
            arrivals = share * float(self.landing.arrivals[step])
            taken = Step(drift, variance, arrivals, self.landing.means)
        return stepped(self.grid, values, taken, implicit, act)

    @property
    def has_loops(self) -> bool:
        """They are compiled, but where a price jumps."""
        return self.landing is None

    def marched(
        self, values: Floats, steps: range, implicit: int, what: Acts
    ) -> tuple[Floats, Marks]:
        """The values before some steps of the timeline."""
        chosen = slice(steps.start, steps.stop)
        return marched(self.grid, values, self.drift[chosen], self.variance[chosen], implicit, what)

    def told(self, values: Floats, marks: Marks) -> tuple[float, Floats, Floats]:
        """Value, slope and curvature by the price where it stands."""
        value, slope, bend = at(self.grid, values, marks, float(np.exp(self.start)))
        return value, np.array([slope]), np.array([bend])


def jumping(below: Floats, above: Floats, values: Floats) -> bool:
    """Whether values on both sides of a node differ, among all values."""
    return bool(np.abs(above - below).max(initial=0.0) > SEEN * np.abs(values).max(initial=0.0))
