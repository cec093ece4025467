"""A martingale that follows what a contract is worth on each path.

Over a step what a contract is worth changes by what the step's random numbers bring. That part of
the change is the sum of Hermite polynomials of the step's normals, each times a function of the
state before the step (Wiener's chaos); a regression finds the functions. Whatever it finds, each
term is 0 on average given what was known before, so that their sum is a martingale: subtracted, it
leaves a mean as it was, and takes away most of what scatters about it (Belomestny, Bender and
Schoenmakers, True upper bounds for Bermudan products via non-nested Monte Carlo, Math. Finance 19,
2009).
"""

from collections.abc import Sequence
from dataclasses import field
from math import sqrt
from typing import Any, TypeVar

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.exercise.regression import Bends, bends_of, solved
from rfos_lang.valuation.path.timeline import Floats

FULL_NORMALS = 3
"""Of so many normals a step all polynomials to the third degree are taken, of more the first
alone."""
SAMPLES_A_COEFFICIENT = 10
SECOND, THIRD = 1.0 / sqrt(2.0), 1.0 / sqrt(6.0)
Number = TypeVar("Number", bound=Any)


@dataclass(frozen=True, slots=True)
class Change:
    """What a martingale adds in one step: `coefficients[value, polynomial, function]`."""

    basis: Bends
    coefficients: Floats

    def at(self, variables: Floats, normals: Floats) -> Floats:
        """`[value, path]`, from the variables before the step and its normals."""
        polynomials = hermite(normals)
        known = self.basis.of(variables)
        return np.array(
            [np.einsum("hp,hp->p", each @ known, polynomials) for each in self.coefficients]
        )


@dataclass(frozen=True, slots=True)
class Martingale:
    """By step; where there is none it does not change."""

    changes: dict[int, Change] = field(default_factory=dict)

    def at(self, step: int, variables: Floats, normals: Floats, alive: Floats) -> Floats | float:
        """What a step adds, for contracts that were alive before it."""
        change = self.changes.get(step)
        return 0.0 if change is None else change.at(variables, normals) * alive


def hermite(normals: Floats) -> Floats:
    """`[polynomial, path]`: orthonormal polynomials of normals `[normal, path]`, but the constant
    one."""
    return np.array(of_degree(list(normals)))


def of_degree(normals: list[Number]) -> list[Number]:
    """The same of anything that can be added and multiplied."""
    result = list(normals)
    if len(normals) <= FULL_NORMALS:
        for number, z in enumerate(normals):
            square = z * z
            result += [(square - 1.0) * SECOND, (square - 3.0) * z * THIRD]
            result += [z * other for other in normals[:number]]
    return result


def polynomials(normals: int) -> int:
    """How many of them there are."""
    return len(hermite(np.zeros((normals, 0))))


def changed(
    variables: Floats, normals: Floats, alive: Floats, targets: Sequence[Floats]
) -> Change | None:
    """The change in one step of each target, what is told after it; None where the sample is too
    small, or nothing is random."""
    chosen = alive > 0.0
    if len(normals) == 0 or not chosen.any():
        return None
    if not chosen.all():
        variables, normals = variables[:, chosen], normals[:, chosen]
        targets = [target[chosen] for target in targets]
    polynomials = hermite(normals)
    basis = bends_of(variables)
    known = basis.of(variables)
    if known.shape[1] < SAMPLES_A_COEFFICIENT * len(known) * (1 + len(polynomials)):
        return None
    every = np.empty((1 + len(polynomials), *known.shape))
    every[0] = known
    np.multiply(polynomials[:, None, :], known, out=every[1:])
    found = solved(every.reshape(-1, known.shape[1]), *targets)[:, len(known) :]
    return Change(basis, found.reshape(len(targets), len(polynomials), len(known)))
