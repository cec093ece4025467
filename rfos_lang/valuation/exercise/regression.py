"""Polynomials fitted by least squares to what is known of each path."""

from functools import lru_cache

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.timeline import Floats

DEGREE, SEVERAL_DEGREE = 5, 3
"""Of the polynomials in a single variable; in each of several, with their products two by two."""
SAMPLES_A_COEFFICIENT = 10
KNOTS, SEVERAL_KNOTS = 10, 4
"""Where a function of a single variable may bend; of several, each."""
OUTERMOST = (0.02, 0.98)
"""The quantiles at which the first and the last knot lie."""


@dataclass(frozen=True, slots=True)
class Power:
    """A variable to a power; to the power 0 it is 1."""

    variable: int
    exponent: int


@dataclass(frozen=True, slots=True)
class Above:
    """What a variable is above one of its knots, counted from 0."""

    variable: int
    knot: int


@dataclass(frozen=True, slots=True)
class Product:
    """Of two variables."""

    variable: int
    other: int


Term = Power | Above | Product
ONE = Power(0, 0)


@dataclass(frozen=True, slots=True)
class Basis:
    """Powers of variables `[variable, path]` and their products two by two, 1 first: a variable x
    enters as (x - centre) / scale, and one with scale 0, which does not vary, not at all."""

    centre: Floats
    scale: Floats

    @property
    def varying(self) -> tuple[int, ...]:
        return tuple(np.flatnonzero(self.scale > 0.0).tolist())

    @property
    def terms(self) -> tuple[Term, ...]:
        """What its functions are."""
        return _powers(self.varying)

    def of(self, variables: Floats) -> Floats:
        """`[function, path]`."""
        varying = self.varying
        degree = _degree(varying)
        values = [(variables[v] - self.centre[v]) / self.scale[v] for v in varying]
        result = [np.ones(np.shape(variables)[1:])]
        for number, x in enumerate(values):
            powers = [x]
            while len(powers) < degree:
                powers.append(powers[-1] * x)
            result += powers
            result += [x * other for other in values[:number]]
        return np.array(result)


def _degree(varying: tuple[int, ...]) -> int:
    return DEGREE if len(varying) == 1 else SEVERAL_DEGREE


@lru_cache(maxsize=256)
def _powers(varying: tuple[int, ...]) -> tuple[Term, ...]:
    found = list[Term]([ONE])
    for number, each in enumerate(varying):
        found += [Power(each, exponent) for exponent in range(1, _degree(varying) + 1)]
        found += [Product(each, other) for other in varying[:number]]
    return tuple(found)


@lru_cache(maxsize=256)
def _with_bends(varying: tuple[int, ...], knots: int) -> tuple[Term, ...]:
    found = list[Term]([ONE])
    for number, each in enumerate(varying):
        found += [Power(each, 1), *(Above(each, knot) for knot in range(knots))]
        found += [Product(each, other) for other in varying[:number]]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Bends:
    """1, each variable that varies, what it is above each of its `knots[variable, knot]`, and
    products two by two."""

    plain: Basis
    knots: Floats

    @property
    def terms(self) -> tuple[Term, ...]:
        """What its functions are."""
        return _with_bends(self.plain.varying, self.knots.shape[1])

    def of(self, variables: Floats) -> Floats:
        """`[function, path]`."""
        plain, varying, before = self.plain, self.plain.varying, list[Floats]()
        count, several = self.knots.shape[1], len(varying)
        size = 1 + several * (1 + count) + several * (several - 1) // 2
        result, at = np.empty((size, *np.shape(variables)[1:])), 1
        result[0] = 1.0
        for v in varying:
            x = (variables[v] - plain.centre[v]) / plain.scale[v]
            result[at] = x
            above = result[at + 1 : at + 1 + count]
            np.maximum(np.subtract(x, self.knots[v][:, None], out=above), 0.0, out=above)
            at += 1 + count
            for other in before:
                result[at] = x * other
                at += 1
            before.append(x)
        return result


@dataclass(frozen=True, slots=True)
class Fit:
    """A polynomial."""

    basis: Basis | Bends
    coefficients: Floats

    def at(self, variables: Floats) -> Floats:
        """The value of the polynomial."""
        return np.asarray(self.coefficients @ self.basis.of(np.asarray(variables)))


def basis_of(variables: Floats) -> Basis:
    """In units of the deviation of each variable, so that it is well scaled."""
    count = variables.shape[1]
    centre = variables.sum(axis=1) / count
    apart = variables - centre[:, None]
    scale = np.sqrt(np.einsum("vp,vp->v", apart, apart) / count)
    return Basis(centre, np.where(scale > 1e-9 * np.abs(centre), scale, 0.0))


def bends_of(variables: Floats) -> Bends:
    """With knots at quantiles of each variable."""
    plain = basis_of(variables)
    count = KNOTS if len(plain.varying) == 1 else SEVERAL_KNOTS
    scale = np.where(plain.scale > 0.0, plain.scale, 1.0)
    places = np.rint(np.linspace(*OUTERMOST, count) * (variables.shape[1] - 1)).astype(np.int64)
    knots = np.sort(variables, axis=1)[:, places]
    return Bends(plain, (knots - plain.centre[:, None]) / scale[:, None])


def fitted(
    variables: Floats, target: Floats, chance: Floats | None = None, bent: bool = False
) -> Fit | None:
    """The least-squares fit of a target; a constant where the sample is small, None where empty.

    `chance[n, path]` are numbers of mean 0 whatever the variables are: what they explain of the
    target is scatter, and is taken out. `bent` allows bends at quantiles.
    """
    if variables.shape[1] == 0:
        return None
    basis = bends_of(variables) if bent else basis_of(variables)
    known = basis.of(variables)
    if variables.shape[1] < SAMPLES_A_COEFFICIENT * len(known):
        plain = basis_of(variables)
        basis = Basis(plain.centre, np.zeros_like(plain.scale))
        known = known[:1]
    count, explained = len(known), known
    if chance is not None and len(chance):
        products = (chance[:, None, :] * known).reshape(-1, known.shape[1])
        if variables.shape[1] >= SAMPLES_A_COEFFICIENT * (count + len(products)):
            explained = np.concatenate([known, products])
    return Fit(basis, solved(explained, target)[0][:count])


DEPENDENT = 1e-11
"""A function of which so small a part of its square is left, less what others tell, depends on
them and is left out."""


def solved(known: Floats, *targets: Floats) -> Floats:
    """The coefficients of `known[function, path]` that come closest to each target, by the normal
    equations: Cholesky's root of them, the function that tells most first."""
    from scipy.linalg.lapack import dpotrs, dpstrf

    normal = known @ known.T
    sizes = np.sqrt(np.diag(normal))
    inverse = np.where(sizes > 0.0, 1.0 / np.where(sizes > 0.0, sizes, 1.0), 0.0)
    root, pivots, rank, _ = dpstrf(normal * inverse * inverse[:, None], tol=DEPENDENT, lower=1)
    chosen = pivots[:rank] - 1
    found = np.zeros((len(targets), len(known)))
    # One by one: what one target has must not depend, in its last bits, on what others there are.
    for row, each in zip(found, targets, strict=True):
        right = (known @ each * inverse)[chosen]
        row[chosen] = dpotrs(root[:rank, :rank], right, lower=1)[0] * inverse[chosen]
    return found
