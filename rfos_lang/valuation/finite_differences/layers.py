"""Where a contract can stand: the values that it carries from step to step, one layer for each.

On a grid a value is a function of the price and of the layer. Flags and counters have few layers; a
running sum or extreme has as many as there are prices, and is refused by its name.
"""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import ALIVE, PathProgram
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.path.numpy_printer import Value
from rfos_lang.valuation.path.timeline import Timeline

LAYERS_MOST = 300
VALUES_MOST = 50
"""What takes more values at once, from one layer, is a continuum."""
ENDED = 0
"""The layer of every contract that has ended, in which nothing is worth anything."""

Key = tuple[float, ...]


@dataclass(slots=True)
class Layers:
    """The layers that have been met, in the order of meeting; a layer is named by its number."""

    program: PathProgram
    keys: list[Key] = field(default_factory=lambda: [()])
    numbers: dict[Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def start(self, line: Timeline) -> int:
        """The layer in which a contract stands now."""
        initial = [float(value) for value in line.initial]
        for slot in self.program.values:
            initial[slot] = 0.0
        return self.number(tuple(initial))

    def number(self, carried: Key) -> int:
        """The layer of the carried values, the slots of values among them being 0."""
        if carried[ALIVE] == 0.0:
            return ENDED
        if carried not in self.numbers:
            if len(self.keys) > LAYERS_MOST:
                raise NoGrid(f"it remembers {self.varying()}, which may take any value")
            self.numbers[carried] = len(self.keys)
            self.keys.append(carried)
        return self.numbers[carried]

    def varying(self) -> str:
        """The carried value that has been met with the most values."""
        counts = [len({key[slot] for key in self.keys[1:]}) for slot in range(len(self.keys[1]))]
        return self.program.carried[int(np.argmax(counts))]

    def after(self, before: Key, carried: list[Value]) -> int | NDArray[np.int64]:
        """The layers to which a region takes the nodes of a layer: one for all, or one each."""
        key, moved = list(before), []
        for slot, value in enumerate(carried):
            if slot in self.program.values:
                continue
            values, codes = self._told_apart(slot, np.asarray(value, dtype=np.float64))
            if len(values) > 1:
                moved.append((slot, values, codes))
            else:
                key[slot] = values[0]
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
            raise NoGrid(f"it remembers {self.program.carried[slot]}, which may take any value")
        return found.tolist(), codes.reshape(value.shape)
