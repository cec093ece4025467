"""The places of a number that a contract remembers and that may take any value, as the price at a
choice.

Each place is a layer of its own; what lies between places is worth a quintic through the six about
it, and beyond them a straight line. An axis of half as many places tells what is lost between them.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.timeline import Floats

POINTS = 6
SAME = 1e-12
"""Two numbers that differ by less, as a part of all places, are one."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """Several layers for each node `[k, ...]`, and how much each of them counts."""

    layers: NDArray[np.int64]
    weights: Floats

    def spread(self, shape: tuple[int, ...]) -> "Mixed":
        """The same for nodes of a shape."""
        wide = (len(self.layers), *shape)
        return Mixed(np.broadcast_to(self.layers, wide), np.broadcast_to(self.weights, wide))


@dataclass(frozen=True, slots=True)
class Axis:
    """The places of a carried slot: `values` in ascending order, at least as many as a polynomial
    goes through; and after them `start`, what the slot is until it is set."""

    slot: int
    values: Floats
    start: float

    def __len__(self) -> int:
        return len(self.values) + 1

    @property
    def halved(self) -> "Axis":
        """Every second place, the first and the last one of an odd number among them."""
        return replace(self, values=self.values[::2])

    def number(self, place: int) -> float:
        """The number that is at a place."""
        return float(self.values[place]) if place < len(self.values) else self.start

    def between(self, numbers: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Some places about each number and how much each of them counts: `[POINTS, ...]`; all of
        it where a number is at a place."""
        values, count = self.values, len(self.values)
        cell = np.clip(np.searchsorted(values, numbers, side="right") - 1, 0, count - 2)
        order = np.arange(POINTS).reshape(-1, *([1] * numbers.ndim))
        places = np.clip(cell - (POINTS // 2 - 1), 0, count - POINTS) + order
        near = values[places]
        share = (numbers - values[cell]) / (values[cell + 1] - values[cell])
        straight = np.where(places == cell, 1 - share, np.where(places == cell + 1, share, 0.0))
        beyond = (numbers < values[0]) | (numbers > values[-1])
        weights = np.where(beyond, straight, _polynomial(near, numbers))
        away = np.abs(near - numbers)
        at_one = away.min(axis=0) <= SAME * (values[-1] - values[0])
        weights = np.where(at_one, order == np.argmin(away, axis=0), weights)
        unset = numbers == self.start
        places = np.where(unset & (order == 0), count, places)
        return places, np.where(unset, order == 0, weights).astype(np.float64)


def _polynomial(near: Floats, numbers: Floats) -> Floats:
    """What each of some values counts for in the polynomial through them (Lagrange)."""
    weights = np.ones(near.shape)
    for one in range(POINTS):
        for other in range(POINTS):
            if other != one:
                weights[one] *= (numbers - near[other]) / (near[one] - near[other])
    return weights
