"""Polynomials fitted by least squares to what is known of each path."""

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
class Basis:
    """Powers of variables `[variable, path]` and their products two by two, 1 first: a variable x
    enters as (x - centre) / scale, and one with scale 0, which does not vary, not at all."""

    centre: Floats
    scale: Floats

    def of(self, variables: Floats) -> Floats:
        """`[function, path]`."""
        rows = zip(variables, self.centre, self.scale, strict=True)
        varying = [(x - c) / s for x, c, s in rows if s > 0.0]
        degree = DEGREE if len(varying) == 1 else SEVERAL_DEGREE
        result = [np.ones(np.shape(variables)[1:])]
        for number, x in enumerate(varying):
            powers = [x]
            while len(powers) < degree:
                powers.append(powers[-1] * x)
            result += powers
            result += [x * other for other in varying[:number]]
        return np.array(result)


@dataclass(frozen=True, slots=True)
class Bends:
    """1, each variable that varies, what it is above each of its `knots[variable, knot]`, and
    products two by two."""

    plain: Basis
    knots: Floats

    def of(self, variables: Floats) -> Floats:
        """`[function, path]`."""
        every = zip(variables, self.plain.centre, self.plain.scale, self.knots, strict=True)
        varying = [((x - c) / s, knots) for x, c, s, knots in every if s > 0.0]
        parts = [np.ones((1, *np.shape(variables)[1:]))]
        for number, (x, knots) in enumerate(varying):
            parts += [x[None], np.maximum(x - knots[:, None], 0.0)]
            parts += [(x * other)[None] for other, _ in varying[:number]]
        return np.concatenate(parts)


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
    centre, scale = variables.mean(axis=1), variables.std(axis=1)
    return Basis(centre, np.where(scale > 1e-9 * np.abs(centre), scale, 0.0))


def bends_of(variables: Floats) -> Bends:
    """With knots at quantiles of each variable."""
    plain = basis_of(variables)
    count = KNOTS if int(np.sum(plain.scale > 0.0)) == 1 else SEVERAL_KNOTS
    scale = np.where(plain.scale > 0.0, plain.scale, 1.0)
    values = (variables - plain.centre[:, None]) / scale[:, None]
    return Bends(plain, np.quantile(values, np.linspace(*OUTERMOST, count), axis=1).T)


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


def solved(known: Floats, *targets: Floats) -> Floats:
    """The coefficients of `known[function, path]` that come closest to each target, by the normal
    equations."""
    normal = known @ known.T
    # One by one: what one target has must not depend, in its last bits, on what others there are.
    return np.array([np.linalg.lstsq(normal, known @ each, rcond=1e-12)[0] for each in targets])
