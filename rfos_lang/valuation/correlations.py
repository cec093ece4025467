"""Matrices of correlations: those that no prices can have are refused, or repaired if asked to."""

from collections.abc import Sequence
from typing import Any

from rfos_lang.base.refusal import Refused

ROUNDING = 1e-12
"""How far below zero an eigenvalue may be by rounding."""
ITERATIONS_MOST = 1_000
PRECISION = 1e-13

Rows = Sequence[Sequence[float]]


def lowest_eigenvalue(matrix: Rows) -> float:
    """The lowest eigenvalue of a symmetric matrix; 0.0 where it is surely not below that.

    It is not where each row has more on the diagonal than beside it (Gershgorin): few
    commands need linear algebra to see that.
    """
    if all(sum(map(abs, row)) <= 2 * row[k] for k, row in enumerate(matrix)):
        return 0.0
    import numpy as np

    return float(np.linalg.eigvalsh(np.array(matrix))[0])


def holding_together(rows: Rows, names: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """The matrix itself, if prices can have it. Raises Refused E0607."""
    if len(rows) > 2 and (lowest := lowest_eigenvalue(rows)) < -ROUNDING:
        raise Refused("E0607", names=", ".join(names), eigenvalue=f"{lowest:.3g}")
    return tuple(tuple(row) for row in rows)


def nearest(rows: Rows) -> tuple[tuple[float, ...], ...]:
    """The correlation matrix nearest to a symmetric one, by the sum of squared differences.

    Alternating projections with Dykstra's correction (Higham, Computing the nearest correlation
    matrix, IMA Journal of Numerical Analysis 2002).
    """
    import numpy as np

    given = np.array(rows, dtype=np.float64)
    found, correction = given.copy(), np.zeros_like(given)
    for _ in range(ITERATIONS_MOST):
        before = found
        shifted = before - correction
        positive = _positive(shifted)
        correction = positive - shifted
        found = positive.copy()
        np.fill_diagonal(found, 1.0)
        if np.max(np.abs(found - before)) < PRECISION:
            break
    # the last step onto the diagonal may leave an eigenvalue below zero by its own size
    last = _positive(found)
    scale = np.sqrt(np.diag(last))
    last = np.clip(last / np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(last, 1.0)
    return tuple(tuple(row) for row in last.tolist())


def _positive(matrix: Any) -> Any:
    """The nearest matrix without a negative eigenvalue."""
    import numpy as np

    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T
