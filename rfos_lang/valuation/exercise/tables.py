"""A policy as rows of numbers, as the kernel reads it that decides: a rule for each step and
choice, and what the martingale adds in each step.

A row has a place for every function that some rule of the policy has, so that one kernel serves all
steps; a function that a fit has not got has the coefficient 0. A variable x is taken as
(x - centre) × inverse, the inverse being 0 where it does not vary.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.exercise.following import Change, polynomials
from rfos_lang.valuation.exercise.policy import Policy
from rfos_lang.valuation.exercise.regression import ONE, Above, Basis, Bends, Power, Product, Term
from rfos_lang.valuation.exercise.rules import Rule
from rfos_lang.valuation.path.timeline import Floats

GREAT = 1e300
"""What waiting costs where a choice was made for good."""


@dataclass(frozen=True)
class Layout:
    """Which numbers a row has: of so many `variables`, powers to the `degree`, and where functions
    bend, so many `knots`; `polynomials` of a step's normals."""

    variables: int
    degree: int
    knots: int
    polynomials: int

    @cached_property
    def smooth(self) -> dict[Term, int]:
        """The places of the functions of a polynomial."""
        return _places([ONE, *self._powers(self.degree), *self._products()])

    @cached_property
    def bent(self) -> dict[Term, int]:
        """And of one with bends."""
        knots = [Above(v, k) for v in range(self.variables) for k in range(self.knots)]
        return _places([ONE, *self._powers(1), *knots, *self._products()])

    def _powers(self, degree: int) -> list[Term]:
        return [Power(v, n) for v in range(self.variables) for n in range(1, degree + 1)]

    def _products(self) -> list[Term]:
        return [Product(v, other) for other, v in combinations(range(self.variables), 2)]

    @property
    def scaling(self) -> int:
        """Centres, inverses."""
        return 2 * self.variables

    @property
    def bends(self) -> int:
        """Centres, inverses, knots."""
        return self.scaling + self.variables * self.knots

    @property
    def near(self) -> int:
        """Where in a rule's row the second fit begins, after the least payment, the reach and the
        first fit."""
        return 2 + self.scaling + len(self.smooth)

    @property
    def rule(self) -> int:
        """Numbers in the row of a rule."""
        return self.near + self.bends + len(self.bent)

    @property
    def change(self) -> int:
        """And in that of what the martingale adds."""
        return self.bends + self.polynomials * len(self.bent)


def layout_of(policy: Policy, variables: int, normals: int) -> Layout:
    """The smallest that a policy's rules and its martingale fit in."""
    fits = [fit.basis for rule in policy.rules.values() for fit in (rule.fit, rule.near) if fit]
    every = [*fits, *(change.basis for change in policy.martingale.changes.values())]
    terms = {term for each in {basis.terms for basis in every} for term in each}
    degree = max((t.exponent for t in terms if isinstance(t, Power)), default=0)
    knots = max((t.knot + 1 for t in terms if isinstance(t, Above)), default=0)
    return Layout(variables, degree, knots, polynomials(normals))


def rules_of(policy: Policy, program: PathProgram, steps: int, layout: Layout) -> Floats:
    """`[step, choice, number]`: the choices in the order of their regions."""
    choices = choices_of(program)
    found = np.zeros((steps, len(choices), layout.rule))
    for step in range(steps):
        for number, region in enumerate(choices):
            found[step, number] = _rule(policy.rules.get((step, region)), layout)
    return found


def changes_of(policy: Policy, steps: int, layout: Layout) -> Floats:
    """`[step, number]`: of the first party."""
    found = np.zeros((steps, layout.change))
    for step, change in policy.martingale.changes.items():
        found[step] = _change(change, layout)
    return found


def choices_of(program: PathProgram) -> list[int]:
    """The regions in which somebody chooses."""
    return [index for index, each in enumerate(program.step) if each.feasible is not None]


def _rule(rule: Rule | None, layout: Layout) -> Floats:
    found = np.zeros(layout.rule)
    if rule is None or rule.fit is None:
        found[0] = np.inf  # which nothing pays more than
        return found
    assert isinstance(rule.fit.basis, Basis)
    if rule.made is not None:
        found[0], found[1] = -np.inf if rule.made else np.inf, -1.0
        found[2 + layout.scaling + layout.smooth[ONE]] = -GREAT
        return found
    found[0], found[1] = rule.least, rule.reach if rule.near else -1.0
    places, first = _smooth(rule.fit.basis.terms, layout), 2 + layout.scaling
    found[2:first] = _scaling(rule.fit.basis)
    found[first + places] = rule.fit.coefficients
    if rule.near is not None:
        places, first = _bent(rule.near.basis.terms, layout), layout.near + layout.bends
        found[layout.near : first] = _bends(rule.near.basis, layout)
        found[first + places] = rule.near.coefficients
    return found


def _change(change: Change, layout: Layout) -> Floats:
    found, places = np.zeros(layout.change), _bent(change.basis.terms, layout)
    found[: layout.bends] = _bends(change.basis, layout)
    each = found[layout.bends :].reshape(layout.polynomials, -1)
    each[:, places] = change.coefficients[0]
    return found


def _bends(basis: Basis | Bends, layout: Layout) -> Floats:
    knots = np.zeros((layout.variables, layout.knots))
    if isinstance(basis, Bends):
        for variable in basis.plain.varying:
            knots[variable, : basis.knots.shape[1]] = basis.knots[variable]
        basis = basis.plain
    return np.concatenate([_scaling(basis), knots.ravel()])


def _scaling(basis: Basis) -> Floats:
    varies = basis.scale > 0.0
    inverse = np.where(varies, 1.0 / np.where(varies, basis.scale, 1.0), 0.0)
    return np.concatenate([np.where(varies, basis.centre, 0.0), inverse])


@lru_cache(maxsize=256)
def _smooth(terms: tuple[Term, ...], layout: Layout) -> NDArray[np.int64]:
    return np.array([layout.smooth[term] for term in terms])


@lru_cache(maxsize=256)
def _bent(terms: tuple[Term, ...], layout: Layout) -> NDArray[np.int64]:
    return np.array([layout.bent[term] for term in terms])


def _places(terms: Sequence[Term]) -> dict[Term, int]:
    return {term: at for at, term in enumerate(terms)}
