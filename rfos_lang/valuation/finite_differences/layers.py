"""Where a contract can stand: the values that it carries from step to step, one layer for each.

On a grid a value is a function of the price and of the layer. Flags and counters have few layers; a
running sum or extreme has as many as there are prices, and is refused by its name. One number that
may take any value may have an axis: then its places are layers, see `axis`.
"""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import ALIVE, PathProgram
from rfos_lang.valuation.finite_differences.axis import Axis, Mixed
from rfos_lang.valuation.finite_differences.no_grid import Remembers
from rfos_lang.valuation.path.numpy_printer import Value
from rfos_lang.valuation.path.timeline import Timeline

LAYERS_MOST = 300
VALUES_MOST = 50
"""What takes more values at once, from one layer, is a continuum."""
ENDED = 0
"""The layer of every contract that has ended, in which nothing is worth anything."""

Key = tuple[float, ...]
After = int | NDArray[np.int64] | Mixed
"""The layers to which nodes go: one for all, one each, or several each."""


@dataclass(slots=True)
class Layers:
    """The layers that have been met, in the order of meeting; a layer is named by its number. Its
    key has the place of what has an axis."""

    program: PathProgram
    axis: Axis | None = None
    keys: list[Key] = field(default_factory=lambda: [()])
    numbers: dict[Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def start(self, line: Timeline) -> int:
        """The layer in which a contract stands now."""
        initial = [float(value) for value in line.initial]
        for slot in self.program.values:
            initial[slot] = 0.0
        if self.axis is not None:
            initial[self.axis.slot] = float(len(self.axis) - 1)
        return self.number(tuple(initial))

    def carried(self, layer: int) -> list[Value]:
        """The carried values of a layer."""
        carried: list[Value] = list(self.keys[layer])
        if self.axis is not None:
            carried[self.axis.slot] = self.axis.number(int(self.keys[layer][self.axis.slot]))
        return carried

    def number(self, carried: Key) -> int:
        """The layer of the carried values, the slots of values among them being 0."""
        if carried[ALIVE] == 0.0:
            return ENDED
        if carried not in self.numbers:
            if len(self.keys) > LAYERS_MOST * (1 if self.axis is None else len(self.axis)):
                raise self.remembers(self.varying())
            self.numbers[carried] = len(self.keys)
            self.keys.append(carried)
        return self.numbers[carried]

    def varying(self) -> int:
        """The carried slot that has been met with the most values, among those without an axis."""
        counts = [len({key[slot] for key in self.keys[1:]}) for slot in range(len(self.keys[1]))]
        if self.axis is not None:
            counts[self.axis.slot] = 0
        return int(np.argmax(counts))

    def remembers(self, slot: int) -> Remembers:
        """The refusal of a slot."""
        return Remembers(slot, self.program.carried[slot])

    def after(self, before: Key, carried: list[Value]) -> After:
        """The layers to which a region takes the nodes of a layer."""
        key, moved, axis = list(before), [], self.axis
        for slot, value in enumerate(carried):
            if slot in self.program.values or (axis is not None and slot == axis.slot):
                continue
            values, codes = self._told_apart(slot, np.asarray(value, dtype=np.float64))
            if len(values) > 1:
                moved.append((slot, values, codes))
            else:
                key[slot] = values[0]
        if axis is None:
            return self._combined(key, moved)
        places, weights = _on(axis, np.asarray(carried[axis.slot], dtype=np.float64))
        if places.size == 1:
            key[axis.slot] = float(places.item())
            return self._combined(key, moved)
        every = [float(place) for place in range(len(axis))]
        layers = self._combined(key, [*moved, (axis.slot, every, places)])
        assert not isinstance(layers, int)
        return layers[0] if len(layers) == 1 else Mixed(layers, weights)

    def _combined(
        self, key: list[float], moved: list[tuple[int, list[float], Value]]
    ) -> int | NDArray[np.int64]:
        """The layer of each node by its own value of each slot that has moved, or one for all."""
        if not moved:
            return self.number(tuple(key))
        shape = np.broadcast_shapes(*(codes.shape for _, _, codes in moved))
        combined, sizes = np.zeros(shape, dtype=np.int64), []
        for _, values, codes in moved:
            combined = combined * len(values) + codes
            sizes.append(len(values))
        met = np.flatnonzero(np.bincount(combined.ravel()))
        table = np.zeros(int(np.prod(sizes)), dtype=np.int64)
        for code in met.tolist():
            for (slot, values, _), digit in zip(moved, np.unravel_index(code, sizes), strict=True):
                key[slot] = values[int(digit)]
            table[code] = self.number(tuple(key))
        return table[combined]

    def _told_apart(self, slot: int, value: NDArray[np.float64]) -> tuple[list[float], Value]:
        """The different values of a carried value, and for each node which of them it has."""
        flat = value.ravel()
        if (flat == flat[0]).all():
            return [float(flat[0])], np.zeros((), dtype=np.int64)
        found, codes = np.unique(flat, return_inverse=True)
        if len(found) > VALUES_MOST or not np.isfinite(found).all():
            raise self.remembers(slot)
        return found.tolist(), codes.reshape(value.shape)


def _on(axis: Axis, number: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places about a number at each node, `[k, ...]`, and how much each of them counts."""
    number = np.atleast_2d(number)
    if (number == number[0, 0]).all():
        number = number[:1, :1]
    places, weights = axis.between(number)
    if not ((weights == 0.0) | (weights == 1.0)).all():
        return places, weights
    return np.take_along_axis(places, np.argmax(weights, axis=0)[None], axis=0), weights[:1]
