"""How a value moves from a date to the date before: the integral over the lognormal transition."""

from math import pi, sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.transitions.pieces import Pieces

REACH = 10.0
"""Farther away, in standard deviations, nothing counts in binary64."""
AT_ONCE = 96
"""So many prices are looked at with one window of nodes."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Values at the nodes of the next date, `[row, node]`, and the law of the logarithm until
    then."""

    pieces: Pieces
    values: Floats
    drift: float
    deviation: float

    def at(self, logs: Floats) -> Floats:
        """The values at ascending logarithms of the price, `[row, price]`."""
        found = np.empty((len(self.values), len(logs)))
        for begin in range(0, len(logs), AT_ONCE):
            chosen = logs[begin : begin + AT_ONCE]
            window, _, density = self._density(chosen)
            found[:, begin : begin + AT_ONCE] = self.values[:, window] @ density.T
        return found

    def derivatives(self, log: float) -> Floats:
        """The value at one logarithm of the price, and its first and second derivative by it,
        `[order, row]`."""
        window, away, density = self._density(np.array([log]))
        s = self.deviation
        by_order = np.concatenate([density, density * away / s, density * (away**2 - 1) / s**2])
        return np.asarray(by_order @ self.values[:, window].T)

    def _density(self, logs: Floats) -> tuple[slice, Floats, Floats]:
        """Which nodes count, how many deviations they are away, and for how much they count."""
        nodes, reach = self.pieces.logs, REACH * self.deviation
        first = int(np.searchsorted(nodes, logs[0] + self.drift - reach))
        weighed = self.deviation**2  # how much farther a price is, if each path counts by it
        last = int(np.searchsorted(nodes, logs[-1] + self.drift + weighed + reach))
        window = slice(first, last)
        away = (nodes[window] - (logs + self.drift)[:, None]) / self.deviation
        scale = 1.0 / (self.deviation * sqrt(2 * pi))
        return window, away, np.exp(-0.5 * away**2) * (scale * self.pieces.weights[window])
