"""Integrals of formulas over one variable, to the precision of binary64."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from rfos_lang.core.formula import Call, Formula, Function, ordered
from rfos_lang.valuation.constructors import subtract

Floats = NDArray[np.float64]

PANELS = 20
ORDER = 12
PRECISION = 1e-13
HALVINGS_MAX = 40
GRID = 2_001


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
    grid = np.linspace(begin, end, GRID)
    signs = np.sign(differences(grid))
    which, at = np.nonzero(signs[:, 1:] != signs[:, :-1])
    low, high, before = grid[at], grid[at + 1], signs[which, at]
    for _ in range(60 if len(at) else 0):
        middle = (low + high) / 2
        same = np.sign(differences(middle))[which, np.arange(len(at))] == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high


def integrated(
    integrand: Callable[[Floats], Floats], breaks: Floats, begin: float, end: float
) -> float:
    """The integral between two points.

    Gauss-Legendre on panels between `breaks`, which should hold all kinks and jumps; a panel whose
    halves say something else is halved.
    """
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    edges = np.unique(np.concatenate([np.linspace(begin, end, PANELS + 1), breaks]))
    low, high = edges[:-1], edges[1:]
    whole = _panels(integrand, low, high, nodes, weights)
    scale = float(np.abs(whole).sum()) or 1.0
    total = 0.0
    for _ in range(HALVINGS_MAX):
        middle = (low + high) / 2
        left = _panels(integrand, low, middle, nodes, weights)
        right = _panels(integrand, middle, high, nodes, weights)
        rough = np.abs(left + right - whole) > PRECISION * scale
        total += float((left + right)[~rough].sum())
        if not rough.any():
            return total
        low, high = (
            np.concatenate([low[rough], middle[rough]]),
            np.concatenate([middle[rough], high[rough]]),
        )
        whole = np.concatenate([left[rough], right[rough]])
    return total + float(whole.sum())


def _panels(
    integrand: Callable[[Floats], Floats], low: Floats, high: Floats, nodes: Floats, weights: Floats
) -> Floats:
    """The integral over each panel."""
    half = (high - low)[:, None] / 2
    points = (low + high)[:, None] / 2 + half * nodes
    values = integrand(points.ravel()).reshape(points.shape)
    return np.asarray((values * weights * half).sum(axis=1))
