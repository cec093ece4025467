"""One price under Heston's model: the nodes of price and variance, and its steps.

In the logarithm x of the price and its variance v the discounted value obeys

    dU/dt + (g - v/2) dU/dx + v/2 d²U/dx² + ρ ξ v d²U/dxdv + κ (θ - v) dU/dv + ξ² v/2 d²U/dv² = 0.

A step is the modified scheme of Craig and Sneyd, one direction at a time, with the mixed derivative
corrected for (In 't Hout and Welfert, Unconditional stability of second-order ADI schemes applied
to multi-dimensional diffusion equations with mixed derivative terms, Appl. Numer. Math. 59, 2009).
What jumps bring goes with the mixed derivative. Where v is 0 no variance and no condition is left:
the drift leads away from there, and the equation itself holds, with a difference to that side; so
it does at the largest variance, which next to no path reaches.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ncx2

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.finite_differences.grid import Grid, at
from rfos_lang.valuation.finite_differences.landing import Landing
from rfos_lang.valuation.finite_differences.layers import ENDED
from rfos_lang.valuation.finite_differences.line import JUMP, jumping
from rfos_lang.valuation.finite_differences.marching import Acts
from rfos_lang.valuation.finite_differences.stepping import Act, Marks, applied, solved
from rfos_lang.valuation.path.timeline import Floats

IMPLICITNESS = 1 / 3
"""How much of the new values counts in each direction: enough for any correlation."""
SOURCES = 2
"""How often within a step it is found what choices add."""
SETTLED = 1e-9
UNLIKELY = 1e-7
"""The chance of a variance beyond the nodes, at each of some times."""
SELDOM = 1e-3
LOOKED_AT = 12
NEARLY_NORMAL = 1e6
"""Degrees of freedom from which on a variance counts as normal."""
ROOM = 1.2
AROUND = 3
"""Nodes of variance on each side of the present one between which values are interpolated."""


def variance_nodes(heston: Heston, years: float, cells: int, fineness: int) -> Floats:
    """From the lowest to the highest variance that is likely in some years, evenly in volatility on
    both sides of the present one, which is a node."""
    low, high = _range(heston, years)
    ends = np.sqrt([low, heston.v0, high])
    width = (ends[2] - ends[0]) / cells
    pieces = [
        np.linspace(a, b, max(int(np.ceil((b - a) / width - 1e-9)), 1) * fineness, endpoint=False)
        for a, b in pairwise(ends.tolist())
        if b > a
    ]
    nodes = np.concatenate([*pieces, ends[-1:]]) ** 2
    nodes[np.argmin(np.abs(nodes - heston.v0))] = heston.v0
    return np.asarray(nodes)


def highest(heston: Heston, years: float) -> float:
    """A variance that is seldom met in some years."""
    return _range(heston, years, SELDOM)[1]


def _range(heston: Heston, years: float, unlikely: float = UNLIKELY) -> tuple[float, float]:
    """The law of v at a time is a multiple of a noncentral chi-square (Cox, Ingersoll, Ross)."""
    times = years * np.arange(1, LOOKED_AT + 1) / LOOKED_AT
    fading = np.exp(-heston.kappa * times)
    mean = heston.theta + (heston.v0 - heston.theta) * fading
    scale = heston.xi**2 * -np.expm1(-heston.kappa * times) / (4 * heston.kappa)
    freedom = 4 * heston.kappa * heston.theta / heston.xi**2 if heston.xi else np.inf
    if freedom > NEARLY_NORMAL:
        spread = 6 * np.sqrt(np.maximum(4 * scale * mean, 0.0))
        low, high = mean - spread, mean + spread
    else:
        away = heston.v0 * fading / scale
        low = scale * ncx2.ppf(unlikely, freedom, away)
        high = scale * ncx2.isf(unlikely, freedom, away)
    least = min(heston.v0, heston.theta, float(np.nanmin(low))) / ROOM
    return max(least, 0.0), max(heston.v0, heston.theta, float(np.nanmax(high))) * ROOM


@dataclass(frozen=True)
class VariancePlane:
    """Nodes of prices and variances, prices running fastest. `growth` of the logarithm of the
    forward, and `lengths` in years, of each step; `landing` after jumps."""

    grid: Grid
    variances: Floats
    heston: Heston
    start: float
    growth: Floats
    lengths: Floats
    landing: Landing | None = None
    jumps_grow: float = 0.0

    @cached_property
    def prices(self) -> Floats:
        """`[price, node]`."""
        return np.tile(self.grid.prices, len(self.variances))[None]

    @property
    def edges(self) -> range:
        """All nodes, in rows of one variance."""
        return range(0, self.prices.shape[1], len(self.grid))

    @cached_property
    def _critical(self) -> NDArray[np.int64]:
        rows = np.arange(len(self.variances))[:, None] * len(self.grid)
        return np.asarray((rows + self.grid.critical).ravel())

    def seen(self, as_it_is: bool, is_last: bool) -> Floats:
        """The nodes, and both sides of the critical ones."""
        critical, apart = self.prices[0, self._critical], 0.0 if as_it_is else JUMP
        sides = (critical * (1 - apart), critical * (1 + apart))
        return np.concatenate([self.prices[0], *sides])[None]

    def spread(self, values: Floats, is_last: bool) -> Floats:
        """Values after an event are the same on both sides."""
        sides = values[..., self._critical]
        return np.concatenate([values, sides, sides], axis=-1)

    def gathered(self, values: Floats, marks: Marks, is_last: bool) -> tuple[Floats, Marks, bool]:
        """The mean of both sides."""
        nodes, share = self.prices.shape[1], np.tile(self.grid.share_below, len(self.variances))
        below, above = np.split(values[..., nodes:], 2, axis=-1)
        found = values[..., :nodes].copy()
        found[..., self._critical] = share * below + (1 - share) * above
        return found, marks[:, :nodes], jumping(below, above, values)

    def stepped(
        self, values: Floats, step: int, share: float, implicit: bool, act: Act | None
    ) -> tuple[Floats, Marks | None]:
        """Where the contract moves by itself values are held; what a chooser adds is a source of
        the step (Haentjens and In 't Hout, ADI schemes for pricing American options under the
        Heston model, Appl. Math. Finance 22, 2015), found again with the values that it leads
        to."""
        taken = self._step(step, share, 1.0 if implicit else IMPLICITNESS)
        if act is None:
            return taken.before(values, None, 0.0, implicit), None
        held, marks = act(values)
        added, scale = np.zeros_like(values), SETTLED * float(np.max(np.abs(values), initial=0.0))
        for again in range(SOURCES + 1):
            holding, known = (marks % 2 == 1)[:, None, :], held
            found = taken.before(values, (holding[:, 0], held), added, implicit)
            waiting = np.where(holding, found, found - added)
            held, marks = act(waiting)
            chosen = (marks > 0) & (marks % 2 == 0)
            moved = np.max(np.abs(held - known), where=holding, initial=0.0)
            if again == SOURCES or not (chosen.any() or moved > scale):
                break
            added = np.where(marks[:, None, :] % 2 == 1, 0.0, held - waiting)
        return held, marks

    def _step(self, step: int, share: float, implicitness: float) -> "_Step":
        h, v = self.heston, self.variances
        length, growth = share * float(self.lengths[step]), share * float(self.growth[step])
        arrivals, means = 0.0, None
        if self.landing is not None:
            arrivals, means = share * float(self.landing.arrivals[step]), self.landing.means
        drift = growth - v * length / 2 - arrivals * self.jumps_grow
        along = (
            drift[:, None] * self.grid.first[:, None]
            + (v * length / 2)[:, None] * (self.grid.second[:, None])
        )
        along[1] -= arrivals
        slope, bend = self._by_variance
        across = length * (
            (h.kappa * (h.theta - v))[:, None] * slope + (h.xi**2 * v / 2)[:, None] * bend
        )
        twist = (h.rho * h.xi * length * v)[:, None] * slope
        first = np.repeat(self.grid.first[:, None], len(v), axis=1).reshape(3, -1)
        return _Step(along.reshape(3, -1), across, twist, first, arrivals, means, implicitness)

    @cached_property
    def _by_variance(self) -> tuple[Floats, Floats]:
        """The first and second derivative by variance as matrices; at both ends the first one is of
        second order to one side, and values are not bent."""
        v = self.variances
        slope, bend = np.zeros((2, len(v), len(v)))
        below, above = np.diff(v)[:-1], np.diff(v)[1:]
        both, n = below + above, np.arange(1, len(v) - 1)
        slope[n, n - 1], slope[n, n + 1] = -above / (below * both), below / (above * both)
        slope[n, n] = (above - below) / (below * above)
        bend[n, n - 1], bend[n, n], bend[n, n + 1] = (
            2 / (below * both),
            -2 / (below * above),
            2 / (above * both),
        )
        for end, inward in ((0, 1), (-1, -1)):
            near, far = (v[end + inward * k] - v[end] for k in (1, 2))
            slope[end, end] = -(near + far) / (near * far)
            slope[end, end + inward] = far / (near * (far - near))
            slope[end, end + 2 * inward] = -near / (far * (far - near))
        return slope, bend

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
        """Value, slope and curvature by the price where it and the variance stand."""
        price, here = float(np.exp(self.start)), self.heston.v0
        table, kinds = (each.reshape(len(self.variances), -1) for each in (values, marks))
        middle = int(np.argmin(np.abs(self.variances - here)))
        first = max(min(middle - AROUND, len(self.variances) - 2 * AROUND - 1), 0)
        chosen = range(first, min(first + 2 * AROUND + 1, len(self.variances)))
        each = np.array([at(self.grid, table[row], kinds[row], price) for row in chosen])
        value, slope, bend = _interpolated(self.variances[chosen.start : chosen.stop], each, here)
        return float(value), np.array([slope]), np.array([bend])


def _interpolated(nodes: Floats, values: Floats, here: float) -> Floats:
    """Lagrange's polynomial through values `[node, ...]`."""
    away = nodes[:, None] - nodes
    np.fill_diagonal(away, 1.0)
    to = here - np.broadcast_to(nodes, away.shape)
    to = np.where(np.eye(len(nodes), dtype=bool), 1.0, to)
    return np.asarray(np.prod(to / away, axis=1) @ values)


Held = tuple[NDArray[np.bool_], Floats]
"""At which nodes of each layer a value is held, and the values there."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step does: `along` prices, bands on all nodes; `across` variances and `twist`,
    matrices on variances, the latter after the `first` derivative along prices; `means` after
    jumps."""

    along: Floats
    across: Floats
    twist: Floats
    first: Floats
    arrivals: float
    means: Floats | None
    implicitness: float

    def before(
        self, values: Floats, held: Held | None, added: Floats | float, implicit: bool
    ) -> Floats:
        """The values before the step, with a source; what has ended is worth nothing."""
        found = np.zeros_like(values)
        alive = slice(ENDED + 1, None)
        marks, kept = (None, values[alive]) if held is None else (held[0][alive], held[1][alive])
        if marks is not None and not marks.any():
            marks = None
        source = added[alive] if isinstance(added, np.ndarray) else added
        found[alive] = self._solved(values[alive], marks, kept, source, implicit)
        return found

    def _solved(
        self,
        values: Floats,
        marks: NDArray[np.bool_] | None,
        kept: Floats,
        source: Floats | float,
        implicit: bool,
    ) -> Floats:
        part = self.implicitness
        back = np.eye(len(self.across)) - part * self.across
        across: Floats = np.asarray(np.linalg.inv(back), dtype=np.float64)

        def in_turn(known: Floats) -> Floats:
            """In the direction of prices, then of variances, each from what it did before."""
            found = self._along(known - part * by_price, marks, kept)
            turned = _times(across, found - part * by_variance)
            return self._keeping(turned, marks, kept)

        by_price, by_variance = applied(self.along, values), _times(self.across, values)
        mixed = self._mixed(values)
        forward = values + by_price + by_variance + mixed + source
        found = in_turn(forward)
        if implicit:
            return found
        mixed_again = self._mixed(found)
        rest = applied(self.along, found) - by_price + _times(self.across, found) - by_variance
        again = forward + part * (mixed_again - mixed)
        return in_turn(again + (0.5 - part) * (rest + mixed_again - mixed))

    def _mixed(self, values: Floats) -> Floats:
        found = _times(self.twist, applied(self.first, values))
        if self.means is None:
            return found
        rows = values.reshape(*values.shape[:-1], len(self.across), -1)
        brought: Floats = self.arrivals * (rows @ self.means.T)
        return found + brought.reshape(values.shape)

    def _along(self, known: Floats, marks: NDArray[np.bool_] | None, kept: Floats) -> Floats:
        matrix = -self.implicitness * self.along
        matrix[1] += 1.0
        if marks is None:
            return solved(matrix, known)
        found = np.empty_like(known)
        for layer, here in enumerate(marks):
            rows = np.where(here, _IDENTITY, matrix) if here.any() else matrix
            found[layer] = solved(rows, np.where(here, kept[layer], known[layer]))
        return found

    @staticmethod
    def _keeping(found: Floats, marks: NDArray[np.bool_] | None, kept: Floats) -> Floats:
        return found if marks is None else np.where(marks[:, None, :], kept, found)


_IDENTITY = np.array([[0.0], [1.0], [0.0]])


def _times(matrix: Floats, values: Floats) -> Floats:
    """A matrix on variances times values."""
    rows = values.reshape(*values.shape[:-1], len(matrix), -1)
    return np.asarray((matrix @ rows).reshape(values.shape))
