"""One step backward in time, for all layers at once.

Between two instants the discounted value U to each party obeys dU/dt + m dU/dx + v/2 d²U/dx² = 0 in
x, the logarithm of the price: Crank and Nicolson (1947), or implicit Euler for the first steps
after a kink (Rannacher, Finite element solution of diffusion problems with irregular data, Numer.
Math. 43, 1984). Where the contract moves by itself or is moved by a chooser, the value is what it
is worth after that; which nodes those are is found by policy iteration (Forsyth and Labahn,
Numerical methods for controlled Hamilton-Jacobi-Bellman PDEs in finance, J. Comput. Finance 11,
2007): those that wait are solved for, those that move are held, until no node changes its mind.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgtsv

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.layers import ENDED
from rfos_lang.valuation.path.timeline import Floats

Marks = NDArray[np.int64]
Act = Callable[[Floats], tuple[Floats, Marks]]
"""What the regions make of values by layer, column and node: the values before them, and by layer
and node which of them acted, 0 for none."""

ITERATIONS_MOST = 40
SETTLED = 1e-12


@dataclass(frozen=True, slots=True)
class Held:
    """At which nodes of each layer a value is held, and the values there."""

    marks: NDArray[np.bool_]
    values: Floats


def stepped(
    grid: Grid, values: Floats, drift: float, variance: float, implicit: bool, act: Act | None
) -> tuple[Floats, Marks | None]:
    """The values `[layer, column, node]` a step before, in which log price drifts and varies by so
    much, once `act` has been at work there; and where it was."""
    generator = drift * grid.first + variance / 2 * grid.second
    share = 1.0 if implicit else 0.5
    change = applied(generator, values)
    known = values if implicit else values + 0.5 * change
    matrix = -share * generator
    matrix[1] += 1.0
    if act is None:
        found = np.zeros_like(known)
        found[ENDED + 1 :] = solved(matrix, known[ENDED + 1 :])
        return found, None
    scale = SETTLED * float(np.max(np.abs(values), initial=1e-300))
    found, marks = act(values + change)  # a guess at who moves, as an explicit step has it
    for _ in range(ITERATIONS_MOST):
        held = Held(marks != 0, found)
        solution = _solved_but(matrix, known, held)
        found, marks = act(_if_released(matrix, known, held, solution))
        if float(np.max(np.abs(found - solution), initial=0.0)) <= scale:
            break
    return found, marks


def applied(bands: Floats, values: Floats) -> Floats:
    """A tridiagonal matrix, given by rows, times values along their last axis."""
    result = bands[1] * values
    result[..., 1:] += bands[0, 1:] * values[..., :-1]
    result[..., :-1] += bands[2, :-1] * values[..., 1:]
    return result


def solved(matrix: Floats, known: Floats) -> Floats:
    """The values that a tridiagonal matrix takes to the known ones."""
    return _tridiagonal(matrix, known.reshape(-1, known.shape[-1])).reshape(known.shape)


def _solved_but(matrix: Floats, known: Floats, held: Held) -> Floats:
    """The same, save where values are held."""
    result = np.zeros_like(known)
    holding = np.flatnonzero(held.marks.any(axis=1)).tolist()
    free = [layer for layer in range(ENDED + 1, len(known)) if layer not in holding]
    if free:
        result[free] = solved(matrix, known[free])
    for layer in holding:
        marks = held.marks[layer]
        rows = np.where(marks, _IDENTITY, matrix)
        result[layer] = _tridiagonal(rows, np.where(marks, held.values[layer], known[layer]))
    return result


_IDENTITY = np.array([[0.0], [1.0], [0.0]])


def _tridiagonal(rows: Floats, known: Floats) -> Floats:
    """Each row of `known` as the right side."""
    *_, solution, trouble = dgtsv(rows[0, 1:], rows[1], rows[2, :-1], known.T)
    assert trouble == 0, "the matrix of a step is dominated by its diagonal"
    return np.asarray(solution.T)


def _if_released(matrix: Floats, known: Floats, held: Held, solution: Floats) -> Floats:
    """The solution, and at held nodes what waiting there would be worth with its neighbours as they
    are."""
    others = matrix.copy()
    others[1] = 0.0
    waiting = (known - applied(others, solution)) / matrix[1]
    return np.where(held.marks[:, None, :], waiting, solution)
