"""The law of a sum of independent terms, on a grid, by convolution.

A term is a function of one normal. Its law is that of many equally spaced normals, split where the
function bends or jumps, each with its chance; on the grid each falls to the two nodes beside it, so
that its mean is kept. What a kink of the payment then loses falls with the square of the grid's
step, so two grids are extrapolated. What a term is with a chance of its own, as where it is floored
or capped, lies on a node, for a payment may bend just there.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, inputs, ordered
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.constructors import subtract
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.increments.parts import Term
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.path.timeline import Floats

REACH = 8.5
"""Normals beyond it are left out; their chance is 2e-17."""
POINTS = 2**15
SCANNED = 4_097
HALVINGS = 50
NODES = 2**15
PADDING = 0.02
ALONE_LEAST = 1e-4
"""The least chance of a value that counts as one of its own."""

Prices = Callable[[Floats], list[Floats]]
"""The prices of a term's dates, by its normal."""

_COMPARING = frozenset(
    {Function.MINIMUM, Function.MAXIMUM, Function.LESS, Function.LESS_OR_EQUAL, Function.ABSOLUTE}
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid that stays as it is when the market moves."""

    step: float
    count: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A term as numbers, with their chances."""

    values: Floats
    chances: Floats


def drawn(term: Term, rows: Rows, logarithm: bool) -> Drawn:
    """The law of a term in a market; of its logarithm, if it is to be a factor. Raises NoClosedForm
    for a factor that is not above zero."""
    begin = 0 if term.begin is None else term.begin + 1
    mean = float(np.sum(rows.drift[begin : term.end + 1, 0]))
    deviation = sqrt(float(np.sum(rows.deviation[begin : term.end + 1, 0] ** 2)))
    start = float(rows.start[0]) if term.begin is None else 0.0
    letters = sorted(inputs(term.formula), key=lambda letter: letter.slot)

    def prices(z: Floats) -> list[Floats]:
        end = np.exp(start + mean + deviation * z)
        return [end] if term.begin is None else [np.ones_like(z), end]

    edges = np.array([-REACH, *_breaks(term.formula, letters, prices), REACH])
    z, weights = _midpoints(edges)
    (values,) = vectorised([term.formula], letters)(*prices(z))
    values = np.broadcast_to(values, z.shape)
    if logarithm:
        if np.any(values <= 0.0):
            raise NoClosedForm("a factor of its product may not be above zero")
        values = np.log(values)
    if not np.all(np.isfinite(values)):
        raise NoClosedForm("a term of its sum is not finite")
    return Drawn(values, weights / np.sum(weights))


def _breaks(formula: Formula, letters: Sequence[Input], prices: Prices) -> list[float]:
    """The normals at which something that is compared changes sides."""
    sides: list[Formula] = []
    for node in ordered(formula):
        if isinstance(node, Call) and node.function in _COMPARING:
            left, *right = node.arguments
            sides.append(subtract(left, right[0]) if right else left)
    moving = [side for side in sides if inputs(side)]
    if not moving:
        return []
    function = vectorised(moving, letters)
    z = np.linspace(-REACH, REACH, SCANNED)
    found = [np.broadcast_to(each, z.shape) for each in function(*prices(z))]
    breaks = []
    for at, values in enumerate(found):
        for k in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
            low, high, sign = z[k], z[k + 1], np.sign(values[k])
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                here = np.sign(np.ravel(function(*prices(np.array([middle])))[at])[0])
                low, high = (middle, high) if here == sign else (low, middle)
            breaks.append(float((low + high) / 2))
    return sorted(set(breaks))


def _midpoints(edges: Floats) -> tuple[Floats, Floats]:
    """Equally spaced points in each piece, and the normal density there times their spacing."""
    nodes, weights = [], []
    for low, high in pairwise(edges):
        count = max(64, int(POINTS * (high - low) / (2 * REACH)))
        step = (high - low) / count
        z = low + step * (np.arange(count) + 0.5)
        nodes.append(z)
        weights.append(np.exp(-z * z / 2) * step)
    return np.concatenate(nodes), np.concatenate(weights)


def cells(laws: Sequence[Drawn], count: int = NODES) -> Cells:
    """A grid that the sum of terms fits on, with room to move; a floor and a cap are some even
    number of steps apart."""
    low = sum(float(np.min(law.values)) for law in laws)
    high = sum(float(np.max(law.values)) for law in laws)
    step = (1 + 2 * PADDING) * max(high - low, 1e-9) / count
    apart = max((float(np.ptp(_alone(law))) for law in laws), default=0.0)
    pairs = floor(apart / (2 * step))
    return Cells(apart / (2 * pairs) if pairs else step, count)


def _alone(law: Drawn) -> Floats:
    """The values that a term has with a chance of their own; 0 if there are none."""
    again = law.values[1:][np.diff(law.values) == 0.0]
    found = [
        value
        for value in np.unique(again)
        if np.sum(law.chances[law.values == value]) > ALONE_LEAST
    ]
    return np.array(found or [0.0])


def convolved(laws: Sequence[Drawn], grid: Cells) -> tuple[Floats, Floats]:
    """The nodes of the grid, and the chances of the sum there."""
    size = 2 * grid.count
    spectrum, first = np.ones(size // 2 + 1, dtype=complex), 0.0
    for law in laws:
        known, low = float(_alone(law)[0]), float(np.min(law.values))
        begin = known - grid.step * ceil((known - low) / grid.step)
        place = (law.values - begin) / grid.step
        whole = np.clip(np.floor(place).astype(int), 0, size - 2)
        part = np.clip(place - whole, 0.0, 1.0)
        below = np.bincount(whole, law.chances * (1 - part), size)
        above = np.bincount(whole + 1, law.chances * part, size)
        spectrum *= np.fft.rfft(below + above)
        first += begin
    chances = np.asarray(np.fft.irfft(spectrum, size)[: grid.count + 1], dtype=np.float64)
    nodes = first + grid.step * np.arange(grid.count + 1, dtype=np.float64)
    return nodes, np.maximum(chances, 0.0)
