"""Integrals of formulas over one variable, to the precision of binary64."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from rfos_lang.core.formula import Call, Formula, Function, ordered
from rfos_lang.valuation.constructors import subtract

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

PANELS = 20
ORDER = 12
PRECISION = 1e-13
HALVINGS_MAX = 40
ROUGH_MOST = 500
"""If more panels than so many a row say something else when they are halved, what they say is
rounding: kinks and jumps are few."""
GRID = 2_001
BISECTIONS = 46


LARGEST_EXPONENT = 690.0
"""e to more than this is no number."""


def reach(normals: float, deviation: float) -> float:
    """Up to which normal one has to integrate what grows like the square of a price at most, if so
    many normals are enough for what is bounded: a price that scatters by a deviation counts most
    where the normal is as large as that."""
    far = normals + 2 * deviation
    return min(far, max(normals, LARGEST_EXPONENT / deviation)) if deviation else far


def sides(formula: Formula) -> Iterator[Formula]:
    """The differences whose signs a formula depends on."""
    for node in ordered(formula):
        match node:
            case Call(function=function, arguments=(left, right)) if function in _COMPARING:
                yield subtract(left, right)
            case Call(function=Function.ABSOLUTE, arguments=(operand,)):
                yield operand
            case _:
                pass


_COMPARING = (Function.LESS, Function.LESS_OR_EQUAL, Function.MINIMUM, Function.MAXIMUM)


def crossings(differences: Callable[[Floats], Floats], begin: float, end: float) -> Floats:
    """Where any of some functions changes sign: searched on a grid, narrowed down by bisection."""
    return crossings_of_each(lambda _, x: differences(x), 1, begin, end)[1]


def crossings_of_each(
    differences: Callable[[Rows, Floats], Floats],
    rows: int,
    begin: float,
    end: float,
    grid: int = GRID,
) -> tuple[Rows, Floats]:
    """For each row of functions where any of them changes sign: the row, and the place."""
    points = np.linspace(begin, end, grid)
    which = np.repeat(np.arange(rows), grid)
    signs = np.sign(differences(which, np.tile(points, rows))).reshape(-1, rows, grid)
    one, row, at = np.nonzero(signs[:, :, 1:] != signs[:, :, :-1])
    low, high, before = points[at], points[at + 1], signs[one, row, at]
    for _ in range(BISECTIONS if len(at) else 0):
        middle = (low + high) / 2
        same = np.sign(differences(row, middle))[one, np.arange(len(at))] == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return row, high


def integrated(
    integrand: Callable[[Floats], Floats], breaks: Floats, begin: float, end: float
) -> float:
    """The integral between two points, of a function that is smooth between `breaks`."""
    none = np.zeros(len(breaks), dtype=np.intp)
    found = integrals_of_each(lambda _, x: integrand(x), 1, (none, breaks), begin, end)
    return float(found[0])


def integrals_of_each(
    integrand: Callable[[Rows, Floats], Floats],
    rows: int,
    breaks: tuple[Rows, Floats],
    begin: float,
    end: float,
    precision: float = PRECISION,
) -> Floats:
    """For each row the integral between two points.

    Gauss-Legendre on panels between the row's `breaks`, which should hold all kinks and jumps; a
    panel whose halves say something else is halved. What is `precision` of the row's integral, or
    of that in the middle of all rows, is too little to be seen.
    """
    row, low, high = _first_panels(rows, breaks, begin, end)
    whole = _panels(integrand, row, low, high)
    scale = np.bincount(row, np.abs(whole), rows)
    scale = np.maximum(scale, np.median(scale))
    scale = np.where(scale > 0.0, scale, 1.0)
    total = np.zeros(rows)
    for _ in range(HALVINGS_MAX):
        middle = (low + high) / 2
        left = _panels(integrand, row, low, middle)
        right = _panels(integrand, row, middle, high)
        rough = np.abs(left + right - whole) > precision * scale[row]
        if np.count_nonzero(rough) > ROUGH_MOST * rows:
            return np.asarray(total + np.bincount(row, left + right, rows))
        total += np.bincount(row[~rough], (left + right)[~rough], rows)
        if not rough.any():
            return total
        row = np.concatenate([row[rough], row[rough]])
        low, high = (
            np.concatenate([low[rough], middle[rough]]),
            np.concatenate([middle[rough], high[rough]]),
        )
        whole = np.concatenate([left[rough], right[rough]])
    return np.asarray(total + np.bincount(row, whole, rows))


def _first_panels(
    rows: int, breaks: tuple[Rows, Floats], begin: float, end: float
) -> tuple[Rows, Floats, Floats]:
    """Equal panels, cut at the breaks of each row: the row of each, and its ends."""
    points = np.linspace(begin, end, PANELS + 1)
    row = np.concatenate([np.repeat(np.arange(rows), len(points)), breaks[0]])
    edge = np.concatenate([np.tile(points, rows), breaks[1]])
    order = np.lexsort((edge, row))
    row, edge = row[order], edge[order]
    kept = (row[1:] == row[:-1]) & (edge[1:] > edge[:-1])
    return row[:-1][kept], edge[:-1][kept], edge[1:][kept]


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(ORDER)


def _panels(
    integrand: Callable[[Rows, Floats], Floats], row: Rows, low: Floats, high: Floats
) -> Floats:
    """The integral over each panel."""
    half = (high - low)[:, None] / 2
    points = (low + high)[:, None] / 2 + half * _NODES
    values = integrand(np.repeat(row, ORDER), points.ravel()).reshape(points.shape)
    return np.asarray((values * _WEIGHTS * half).sum(axis=1))
