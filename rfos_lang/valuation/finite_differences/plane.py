"""Two prices: the nodes of a plane, and its steps.

The logarithms of two correlated prices are a linear image of two coordinates that move
independently of each other: x = start + root z, root Cholesky's of their covariance. In z there is
no mixed derivative, and the operators of both directions commute, so that a step of Crank and
Nicolson is one in each direction (Yanenko, The Method of Fractional Steps, 1971) without an error
of splitting. It needs volatilities whose proportion does not change over time.

A market that is moved by next to nothing is taken on the same nodes, the same prices: where
payments jump between nodes they then jump between the same ones. What it has of a mixed derivative
is as small as the move, and half of it is added before a step, half after it (Strang, On the
construction and comparison of difference schemes, SIAM J. Numer. Anal. 5, 1968).
"""

from functools import cached_property

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.layers import ENDED
from rfos_lang.valuation.finite_differences.marching import Acts
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.stepping import Act, Marks, applied, solved
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.timeline import Floats

PARTS = 4
"""Into so many parts a cell is cut in each direction for the last event: payments may bend or jump
anywhere in the plane, and a node has the mean of its cell. An even number: what jumps at a node
does so between two parts."""
PATCH, DEGREE = 5, 6
"""Nodes on each side of the prices to which a polynomial is fitted, and its degree."""
PROPORTION, ROUNDING = 1e-9, 1e-14
SOURCES = 2
"""How often within a step it is found what choices add."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Of each step: drift and variance in each coordinate, and the covariance of both."""

    drifts: Floats
    variances: Floats
    mixed: Floats


@dataclass(frozen=True)
class Plane:
    """Nodes in z, the second coordinate running fastest."""

    first: Grid
    second: Grid
    start: Floats
    root: Floats
    moves: Moves

    @cached_property
    def prices(self) -> Floats:
        """`[price, node]`."""
        return self._at(self.first.logs, self.second.logs)

    @property
    def edges(self) -> range:
        """Edges of choices are not straight here, and not corrected for."""
        return range(0)

    def _at(self, first: Floats, second: Floats) -> Floats:
        points = np.stack(np.meshgrid(first, second, indexing="ij")).reshape(2, -1)
        return np.asarray(np.exp(self.start[:, None] + self.root @ points))

    def seen(self, as_it_is: bool, is_last: bool) -> Floats:
        """At the last event each node's cell in parts, else the nodes."""
        if not is_last:
            return self.prices
        if as_it_is:
            return np.repeat(self.prices, PARTS * PARTS, axis=1)
        shape = (2, len(self.first), PARTS, len(self.second), PARTS)
        cut = self._at(_parts(self.first.logs), _parts(self.second.logs)).reshape(shape)
        return cut.transpose(0, 1, 3, 2, 4).reshape(2, -1)

    def spread(self, values: Floats, is_last: bool) -> Floats:
        """What is worth something after the last event is so in all of a cell."""
        return np.repeat(values, PARTS * PARTS, axis=-1) if is_last else values

    def gathered(self, values: Floats, marks: Marks, is_last: bool) -> tuple[Floats, Marks, bool]:
        """The mean of each cell, each part by its area."""
        if not is_last:
            return values, marks, False
        first, second = (_shares(grid.logs) for grid in (self.first, self.second))
        cells = values.reshape(*values.shape[:-1], len(first), len(second), PARTS, PARTS)
        means = np.einsum("...ijkl,ik,jl->...ij", cells, first, second, optimize=True)
        middle = PARTS * PARTS // 2
        return means.reshape(*values.shape[:-1], -1), marks[:, middle :: PARTS * PARTS], False

    def stepped(
        self, values: Floats, step: int, share: float, implicit: bool, act: Act | None
    ) -> tuple[Floats, Marks | None]:
        """In one direction and then in the other. What `act` adds where it acts is a source of the
        step (Ikonen and Toivanen, Operator splitting methods for American option pricing, Appl.
        Math. Lett. 17, 2004), found again with the values that it leads to."""
        axes = ((1, self.second), (0, self.first))
        drift, variance = self.moves.drifts[step], self.moves.variances[step]
        generators = [
            share * (drift[axis] * grid.first + variance[axis] / 2 * grid.second)
            for axis, grid in axes
        ]
        shape = (*values.shape[:-1], len(self.first), len(self.second))
        mixed = share * float(self.moves.mixed[step]) / 2
        nodes = self._crossed(values.reshape(shape), mixed)
        if not implicit:
            for generator in generators:
                nodes = (nodes + 0.5 * applied(generator, nodes)).swapaxes(-1, -2)
        matrices = [-(1.0 if implicit else 0.5) * generator for generator in generators]
        for matrix in matrices:
            matrix[1] += 1.0

        def solved_with(known: Floats) -> Floats:
            return self._crossed(_solved(matrices, known), mixed).reshape(values.shape)

        found = solved_with(nodes)
        if act is None:
            return found, None
        added = np.zeros_like(values)
        for _ in range(SOURCES):
            better, _ = act(found - added)
            added = better - (found - added)
            found = solved_with(nodes + added.reshape(shape))
        return act(found - added)

    def _crossed(self, nodes: Floats, mixed: float) -> Floats:
        """Values and so much of their mixed derivative."""
        if mixed == 0.0:
            return nodes
        across = applied(self.second.first, nodes).swapaxes(-1, -2)
        return nodes + mixed * applied(self.first.first, across).swapaxes(-1, -2)

    @property
    def has_loops(self) -> bool:
        """Each step is one of NumPy."""
        return False

    def marched(
        self, values: Floats, steps: range, implicit: int, what: Acts
    ) -> tuple[Floats, Marks]:
        """There is none."""
        raise NotImplementedError

    def told(self, values: Floats, marks: Marks) -> tuple[float, Floats, Floats]:
        """Value, slopes and curvatures by each price, from a polynomial fitted about them."""
        first, second = (_about(grid) for grid in (self.first, self.second))
        z = np.stack(np.meshgrid(self.first.logs[first], self.second.logs[second], indexing="ij"))
        kinds = marks.reshape(len(self.first), len(self.second))[first, second].ravel()
        known = values.reshape(len(self.first), len(self.second))[first, second].ravel()
        alike = kinds == kinds[len(kinds) // 2]
        degree = next(d for d in (DEGREE, 4, 2, 0) if (d + 1) * (d + 2) <= alike.sum() + 1)
        powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
        scale = float(np.max(np.abs(z)))
        a, b = z.reshape(2, -1)[:, alike] / scale
        basis = np.stack([a**i * b**j for i, j in powers], axis=-1)
        fitted, *_ = np.linalg.lstsq(basis, known[alike], rcond=None)
        found = dict(zip(powers, (float(each) for each in fitted), strict=True))
        gradient = np.array([found.get((1, 0), 0.0), found.get((0, 1), 0.0)]) / scale
        mixed = found.get((1, 1), 0.0)
        bends = np.array([[2 * found.get((2, 0), 0.0), mixed], [mixed, 2 * found.get((0, 2), 0.0)]])
        back = np.linalg.inv(self.root)
        slopes = back.T @ gradient
        curved = np.diag(back.T @ (bends / scale**2) @ back)
        spots = np.exp(self.start)
        return found[0, 0], slopes / spots, (curved - slopes) / spots**2


def plane(first: Grid, second: Grid, model: Lognormal, rows: Rows, root: Floats) -> Plane:
    """The plane of two prices on a market, in coordinates whose root is given."""
    return Plane(first, second, np.asarray(rows.start[:2]), root, moves(model, rows, root))


def root_of(model: Lognormal, rows: Rows) -> Floats:
    """The root of the covariance to the horizon. Raises NoGrid if prices do not move as a plane
    needs."""
    whole = _covariances(model, rows).sum(axis=0)
    if np.linalg.det(whole) <= 1e-6 * whole[0, 0] * whole[1, 1]:
        raise NoGrid("its two prices move as one, or one of them not at all")
    root = np.linalg.cholesky(whole)
    found = moves(model, rows, root)
    unlike = found.variances[:, 1] - found.variances[:, 0]
    if max(np.max(np.abs(unlike)), np.max(np.abs(found.mixed))) > PROPORTION:
        raise NoGrid("the volatilities of its two prices change their proportion over time")
    return np.asarray(root)


def moves(model: Lognormal, rows: Rows, root: Floats) -> Moves:
    """How a market moves in the coordinates of a root."""
    back = np.linalg.inv(root)
    turned = back @ _covariances(model, rows) @ back.T
    mixed = np.where(np.abs(turned[:, 0, 1]) > ROUNDING, turned[:, 0, 1], 0.0)
    variances = np.stack([turned[:, 0, 0], turned[:, 1, 1]], axis=1)
    return Moves(rows.drift[:, :2] @ back.T, variances, mixed)


def _covariances(model: Lognormal, rows: Rows) -> Floats:
    """Of the logarithms of both prices, in each step."""
    factor = model.numbers.factor[:2]
    deviation = rows.deviation[:, :2]
    return np.asarray(deviation[:, :, None] * deviation[:, None, :] * (factor @ factor.T))


def _solved(matrices: list[Floats], known: Floats) -> Floats:
    """What two steps, the first one in the second direction, take to the known values."""
    result = np.zeros_like(known)
    alive = known[ENDED + 1 :]
    for matrix in matrices:
        alive = solved(matrix, alive).swapaxes(-1, -2)
    result[ENDED + 1 :] = alive
    return result


OFFSETS = (2 * np.arange(PARTS) + 1) / PARTS - 1
"""Where the middles of the parts are, as parts of the halves of a cell."""


def _parts(nodes: Floats) -> Floats:
    """Each node's cell, cut into parts: the middles of them."""
    below, above = _halves(nodes)
    moved = np.where(OFFSETS < 0, below[:, None] * OFFSETS, above[:, None] * OFFSETS)
    return np.asarray((nodes[:, None] + moved).ravel())


def _shares(nodes: Floats) -> Floats:
    """How much of its cell each part is."""
    below, above = _halves(nodes)
    widths = np.where(OFFSETS < 0, below[:, None], above[:, None])
    return np.asarray(widths / widths.sum(axis=1, keepdims=True))


def _halves(nodes: Floats) -> tuple[Floats, Floats]:
    """How far a node's cell reaches below it and above."""
    half = np.diff(nodes) / 2
    return np.concatenate([half[:1], half]), np.concatenate([half, half[-1:]])


def _about(grid: Grid) -> slice:
    """The nodes about 0."""
    middle = int(np.argmin(np.abs(grid.logs)))
    return slice(middle - PATCH, middle + PATCH + 1)
