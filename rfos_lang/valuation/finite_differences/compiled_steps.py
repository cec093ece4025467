"""Steps backward in time, compiled by Numba: what `stepping.stepped` and `induction.performed` do,
in loops over nodes. Imported only where that is worth it, see `marching`.

Arrays are those of `marching.Acts`. Compiled code is kept on disk, beside this file or in the
user's cache; where neither can be written it is compiled anew.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rfos_lang.valuation.finite_differences.marching import Acts
from rfos_lang.valuation.finite_differences.stepping import ITERATIONS_MOST, SETTLED, Marks
from rfos_lang.valuation.path.timeline import Floats

Truths = NDArray[np.bool_]


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    try:
        return njit(function, cache=True, **options)
    except RuntimeError:
        return njit(function, **options)


@_kept
def march(
    values: Floats,
    marks: Marks,
    first: Floats,
    second: Floats,
    drift: Floats,
    variance: Floats,
    implicit: int,
    what: Acts,
) -> None:
    """Steps from the last to the first, in place; see `marching.marched`."""
    layers, nodes = values.shape[0], values.shape[2]
    generator, matrix = np.empty((3, nodes)), np.empty((3, nodes))
    known, solution = np.empty_like(values), np.empty_like(values)
    spare, spare_marks = np.empty_like(values), np.zeros_like(marks)
    factor, inverse = np.empty(nodes), np.empty(nodes)
    held = np.zeros((layers, nodes), dtype=np.bool_)
    for number in range(len(drift) - 1, -1, -1):
        share = 1.0 if len(drift) - 1 - number < implicit else 0.5
        _step(generator, matrix, first, second, drift[number], variance[number], share)
        settled = SETTLED * max(_known(values, generator, share, known), 1e-300)
        if len(what.name) == 0:
            _solve(matrix, known, held, values, factor, inverse, solution)
            _copy(solution, values)
            continue
        _act(values, marks, spare, spare_marks, number, what)
        for _ in range(ITERATIONS_MOST):
            for at in range(layers):
                for node in range(nodes):
                    held[at, node] = marks[at, node] != 0
            _solve(matrix, known, held, values, factor, inverse, solution)
            _release(matrix, known, held, solution, values)
            _act(values, marks, spare, spare_marks, number, what)
            if _apart(values, solution) <= settled:
                break


@_kept
def _step(
    generator: Floats,
    matrix: Floats,
    first: Floats,
    second: Floats,
    drift: float,
    variance: float,
    share: float,
) -> None:
    """The generator of a step, and the matrix whose solution is the values before it."""
    for band in range(3):
        for node in range(generator.shape[1]):
            moved = drift * first[band, node] + variance / 2 * second[band, node]
            generator[band, node] = moved
            matrix[band, node] = (1.0 if band == 1 else 0.0) - share * moved


@_kept
def _known(values: Floats, generator: Floats, share: float, known: Floats) -> float:
    """The right side of a step; gives the largest of the values."""
    layers, columns, nodes = values.shape
    scale = 0.0
    for at in range(layers):
        for c in range(columns):
            for node in range(nodes):
                v = values[at, c, node]
                scale = max(scale, abs(v))
                if share < 1.0:
                    moved = generator[1, node] * v
                    if node > 0:
                        moved += generator[0, node] * values[at, c, node - 1]
                    if node + 1 < nodes:
                        moved += generator[2, node] * values[at, c, node + 1]
                    v += (1.0 - share) * moved
                known[at, c, node] = v
    return scale


@_kept
def _copy(source: Floats, target: Floats) -> None:
    layers, columns, nodes = source.shape
    for at in range(layers):
        for c in range(columns):
            for node in range(nodes):
                target[at, c, node] = source[at, c, node]


@_kept
def _apart(some: Floats, others: Floats) -> float:
    """The largest difference."""
    layers, columns, nodes = some.shape
    found = 0.0
    for at in range(layers):
        for c in range(columns):
            for node in range(nodes):
                found = max(found, abs(some[at, c, node] - others[at, c, node]))
    return found


@_kept
def _solve(
    matrix: Floats,
    known: Floats,
    held: Truths,
    holding: Floats,
    factor: Floats,
    inverse: Floats,
    solution: Floats,
) -> None:
    """The tridiagonal system of each layer but the ended one, save where values are held."""
    layers, columns, nodes = known.shape
    for c in range(columns):
        for node in range(nodes):
            solution[0, c, node] = 0.0
    for at in range(1, layers):
        above = 0.0
        for node in range(nodes):
            if held[at, node]:
                factor[node], inverse[node], above = 0.0, 1.0, 0.0
            else:
                factor[node] = matrix[0, node] * inverse[node - 1] if node > 0 else 0.0
                inverse[node] = 1.0 / (matrix[1, node] - factor[node] * above)
                above = matrix[2, node]
        for c in range(columns):
            right = 0.0
            for node in range(nodes):
                right = (
                    holding[at, c, node]
                    if held[at, node]
                    else known[at, c, node] - factor[node] * right
                )
                solution[at, c, node] = right
            for node in range(nodes - 1, -1, -1):
                if held[at, node]:
                    continue
                right = solution[at, c, node]
                if node + 1 < nodes:
                    right -= matrix[2, node] * solution[at, c, node + 1]
                solution[at, c, node] = right * inverse[node]


@_kept
def _release(matrix: Floats, known: Floats, held: Truths, solution: Floats, found: Floats) -> None:
    """The solution, and at held nodes what waiting there would be worth."""
    layers, columns, nodes = known.shape
    for at in range(layers):
        for c in range(columns):
            for node in range(nodes):
                if not held[at, node]:
                    found[at, c, node] = solution[at, c, node]
                    continue
                waiting = known[at, c, node]
                if node > 0:
                    waiting -= matrix[0, node] * solution[at, c, node - 1]
                if node + 1 < nodes:
                    waiting -= matrix[2, node] * solution[at, c, node + 1]
                found[at, c, node] = waiting / matrix[1, node]


@_kept
def _act(
    values: Floats,
    marks: Marks,
    before: Floats,
    marks_before: Marks,
    number: int,
    what: Acts,
) -> None:
    """What the regions make of the values, in place; a region sees what the ones after it left."""
    columns, nodes = values.shape[1], values.shape[2]
    for at in range(len(marks)):
        for node in range(nodes):
            marks[at, node] = 0
    entry = 0
    while entry < len(what.name):
        last = entry
        while last < len(what.name) and what.name[last] == what.name[entry]:
            at, own = what.layer[last], what.column[last]
            for node in range(nodes):
                taken = 0
                if what.takes[last]:
                    waiting = what.paid[last, 0, own, number, node]
                    waiting += values[what.after[last, 0, number, node], own, node]
                    taking = what.paid[last, 1, own, number, node]
                    taking += values[what.after[last, 1, number, node], own, node]
                    taken = 1 if what.sign[last] * (taking - waiting) > 0.0 else 0
                to = what.after[last, taken, number, node]
                for c in range(columns):
                    before[last - entry, c, node] = (
                        what.paid[last, taken, c, number, node] + values[to, c, node]
                    )
                marks_before[last - entry, node] = marks[at, node]
                if not what.still[last, number, node]:
                    marks_before[last - entry, node] = 2 * what.name[last] - 1
                if taken:
                    marks_before[last - entry, node] = 2 * what.name[last]
            last += 1
        for each in range(entry, last):
            for node in range(nodes):
                marks[what.layer[each], node] = marks_before[each - entry, node]
                for c in range(columns):
                    values[what.layer[each], c, node] = before[each - entry, c, node]
        entry = last
