"""Backward over the dates of a contract on one price.

At each date the contract's own regions say what is paid and where it stands afterwards, exactly as
on a grid (`finite_differences.outcomes`); between two dates nothing happens, so that the value at
any price just after a date is one integral over the price of the next (Andricopoulos, Widdicks,
Duck and Newton, Universal option valuation using quadrature methods, J. Financ. Econ. 67, 2003). It
is worked out at the very nodes of the integral before it, so that nothing is interpolated. Where a
choice begins to be worth taking is found first, and an end of pieces.
"""

from collections.abc import Callable, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.induction import performed
from rfos_lang.valuation.finite_differences.layers import Layers
from rfos_lang.valuation.finite_differences.outcomes import Instance, Moves, read
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.transitions.dates import Dates
from rfos_lang.valuation.transitions.pieces import Pieces
from rfos_lang.valuation.transitions.transition import Ahead

NARROWED, PARTS = 4, 8
"""How often, and in how many parts, a place where a choice begins to be worth it is narrowed."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The value by column as the contract stands, and its derivatives by the logarithm: `[order,
    column]`."""

    orders: Floats


@dataclass(frozen=True, slots=True)
class Backward:
    """One instance in one market, on dates as they were laid at first."""

    instance: Instance
    dates: Dates
    nodes_each: int
    layers: Layers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", Layers(self.instance.program))

    def worth(self) -> Orders:
        """The value now."""
        line = self.instance.line
        reached = [{self.layers.start(line)}]
        for step in range(len(line)):
            _, stands = self.moves(step, self.looked_at(step), reached[-1])
            reached.append(stands)
        ahead: Ahead | None = None
        for step in range(len(line) - 1, -1, -1):
            after = _after(len(self.layers), self.columns, reached[step + 1], ahead)
            if self.is_now(step):
                return self.told_now(after, reached[0])
            ahead = self.before(step, after, reached[step])
        assert ahead is not None, "a timeline has an instant"
        orders = ahead.derivatives(float(self.instance.rows.start[0]))
        rows = sorted(reached[0]).index(self.layers.start(line))
        return Orders(orders.reshape(3, -1, self.columns)[:, rows])

    @property
    def columns(self) -> int:
        """How many values are told."""
        return len(self.instance.told.slots)

    def is_now(self, step: int) -> bool:
        """Whether a date is the valuation's own."""
        return bool(self.instance.line.years[step] == 0.0)

    def looked_at(self, step: int) -> Floats:
        """The logarithms at which it is found where a contract can stand after a date."""
        if self.is_now(step):
            return self.instance.rows.start[:1] + self.dates.stencil
        return self.dates.pieces(step, self.nodes_each).logs

    def moves(self, step: int, logs: Floats, before: set[int]) -> tuple[list[Moves], set[int]]:
        """What the regions do at a date, in their order, and where the contract then stands."""
        found, prices = [], np.exp(logs)[None]
        for region in np.flatnonzero(self.instance.line.gates[step]).tolist():
            moves, before = read(self.instance, self.layers, region, [step], prices, before)
            found.append(moves)
        return found, before

    def before(self, step: int, after: "After", reached: set[int]) -> Ahead:
        """The values just before a date, for the date before."""
        pieces = self.dates.pieces(step, self.nodes_each)
        moves, _ = self.moves(step, pieces.logs, reached)
        if any(move.taking is not None for each in moves for move in each.by_layer):
            edges = self.edges(step, pieces, after, reached)
            pieces = self.dates.pieces(step, self.nodes_each, edges)
            moves, _ = self.moves(step, pieces.logs, reached)
        values, _ = _performed(moves, after(pieces.logs))
        rows = self.instance.rows
        kept = values[sorted(reached)].reshape(-1, len(pieces.logs))
        return Ahead(pieces, kept, float(rows.drift[step, 0]), float(rows.deviation[step, 0]))

    def edges(self, step: int, pieces: Pieces, after: "After", reached: set[int]) -> list[float]:
        """The logarithms of prices at which choices begin to be worth taking."""

        def gains(logs: Floats) -> Floats:
            moves, _ = self.moves(step, logs, reached)
            return np.array(_performed(moves, after(logs))[1])

        logs = np.sort(np.concatenate([pieces.logs, pieces.ends.ravel()]))
        return _narrowed(gains, logs, np.searchsorted(np.array(pieces.edges), logs))

    def told_now(self, after: "After", reached: set[int]) -> Orders:
        """The value and its derivatives where something happens right now, by differences."""
        stencil = self.dates.stencil
        logs = self.instance.rows.start[:1] + stencil
        moves, _ = self.moves(0, logs, reached)
        values, _ = _performed(moves, after(logs))
        own = values[self.layers.start(self.instance.line)]
        h = stencil[4] - stencil[3]
        first = own @ np.array([-1, 9, -45, 0, 45, -9, 1]) / (60 * h)
        second = own @ np.array([2, -27, 270, -490, 270, -27, 2]) / (180 * h**2)
        return Orders(np.array([own[:, 3], first, second]))


After = Callable[[Floats], Floats]
"""The values `[layer, column, price]` just after a date, by the logarithms of its prices."""


def _after(layers: int, columns: int, reached: set[int], ahead: Ahead | None) -> After:
    def values(logs: Floats) -> Floats:
        found = np.zeros((layers, columns, len(logs)))
        if ahead is not None:
            found[sorted(reached)] = ahead.at(logs).reshape(-1, columns, len(logs))
        return found

    return values


def _performed(moves: Sequence[Moves], values: Floats) -> tuple[Floats, list[Floats]]:
    """The values before the regions of a date, and what each choice gains in each layer."""
    gains = []
    for each in reversed(moves):
        for move in each.by_layer:
            if move.taking is not None:
                gained = move.taking.row(0, values) - move.waiting.row(0, values)
                gains.append(gained[each.column])
        values, _ = performed([each], 0, range(0), values)
    return values, gains


def _narrowed(
    gains: Callable[[Floats], Floats], logs: Floats, piece: NDArray[np.intp]
) -> list[float]:
    """Where gains, smooth within a piece, change their sign."""
    found = gains(logs)
    within = piece[1:] == piece[:-1]
    brackets = [
        (row, logs[i], logs[i + 1])
        for row, i in np.argwhere((found[:, 1:] * found[:, :-1] < 0.0) & within).tolist()
    ]
    for _ in range(NARROWED if brackets else 0):
        points = np.array([np.linspace(a, b, PARTS + 1) for _, a, b in brackets])
        order = np.argsort(points, axis=None)
        values = np.empty((len(found), points.size))
        values[:, order] = gains(points.ravel()[order])
        for number, (row, _, _) in enumerate(brackets):
            own = values[row].reshape(points.shape)[number]
            part = int(np.argmax(own[1:] * own[:-1] <= 0.0))
            brackets[number] = (row, points[number, part], points[number, part + 1])
    return [(a + b) / 2 for _, a, b in brackets]
