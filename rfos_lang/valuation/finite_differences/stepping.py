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
SETTLED_JUMPS = 1e-11


@dataclass(frozen=True, slots=True)
class Held:
    """At which nodes of each layer a value is held, and the values there."""

    marks: NDArray[np.bool_]
    values: Floats


@dataclass(frozen=True, slots=True)
class Step:
    """What happens in a step, at each node or at all alike: how far log price drifts, how much it
    varies, and how many jumps are expected, after which the values have these `means`."""

    drift: Floats | float
    variance: Floats | float
    arrivals: float = 0.0
    means: Floats | None = None

    def generator(self, grid: Grid) -> Floats:
        """The three bands of what the step does to values, but for what jumps bring."""
        bands = self.drift * grid.first + self.variance / 2 * grid.second
        bands[1] -= self.arrivals
        return np.asarray(bands)

    def brought(self, values: Floats) -> Floats | float:
        """What jumps bring to values that are those after the step, or before it."""
        return 0.0 if self.means is None else self.arrivals * (values @ self.means.T)


def stepped(
    grid: Grid, values: Floats, step: Step, implicit: bool, act: Act | None
) -> tuple[Floats, Marks | None]:
    """The values `[layer, column, node]` before a step, once `act` has been at work there; and
    where it was.

    What jumps bring is found by the same iteration as who moves (d'Halluin, Forsyth and Vetzal,
    Robust numerical methods for contingent claims under jump diffusion processes, IMA J. Numer.
    Anal. 25, 2005): from the values that it led to before.
    """
    generator = step.generator(grid)
    share = 1.0 if implicit else 0.5
    change = applied(generator, values) + step.brought(values)
    known = values if implicit else values + 0.5 * change
    matrix = -share * generator
    matrix[1] += 1.0
    largest = float(np.max(np.abs(values), initial=1e-300))
    found, marks = (values + change, None) if act is None else act(values + change)
    for _ in range(ITERATIONS_MOST):
        before, right = found, known + share * step.brought(found)
        if act is None or marks is None:
            solution = found = _of_living(matrix, right)
        else:
            held = Held(marks != 0, found)
            solution = _solved_but(matrix, right, held)
            found, marks = act(_if_released(matrix, right, held, solution))
        unsettled = float(np.max(np.abs(found - solution), initial=0.0)) > SETTLED * largest
        moved = share * step.arrivals * float(np.max(np.abs(found - before), initial=0.0))
        if not unsettled and moved <= SETTLED_JUMPS * largest:
            break
    return found, marks


def _of_living(matrix: Floats, known: Floats) -> Floats:
    """The values that a tridiagonal matrix takes to the known ones; what has ended is worth
    nothing."""
    found = np.zeros_like(known)
    found[ENDED + 1 :] = solved(matrix, known[ENDED + 1 :])
    return found


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
    """Each row of `known` as the right side. Given none at all LAPACK's routine destroys what lies
    beside them in memory."""
    if not known.size:
        return known
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
