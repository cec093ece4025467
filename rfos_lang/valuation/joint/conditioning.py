"""Sums of lognormals on one side of nothing: one normal exactly, the others by quadrature.

Of the normals that drive the prices one is turned so that it moves the sum as much as can be. Given
all others, where the sum is above zero is a half line of that one, and what is paid there has a
closed form; its end is found by Newton's method. To first order the others do not move the sum at
all, so what is left is smooth and nearly flat, and few Gauss-Hermite nodes integrate it: more in
the directions that matter more, which a singular value decomposition finds (Choi, Sum of all
Black-Scholes-Merton models, Journal of Futures Markets 2018).
"""

from itertools import product
from math import factorial, pi, prod, sqrt

import numpy as np
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.amounts import Amount, Excess, Payoff, Region, Weights
from rfos_lang.valuation.joint.controls import direction_of
from rfos_lang.valuation.joint.exact import Expectation, expectation
from rfos_lang.valuation.joint.law import Gaussian, Law
from rfos_lang.valuation.path.timeline import Floats

Counts = tuple[int, ...]
Rule = tuple[Counts, ...]

TERMS_MOST, NODES_MOST = 16, 40_000
"""Of more prices in a sum it is known that there are not nodes enough."""
COUNT_MOST = 60
WITHIN = (1e-21, 1e-19, 1e-17, 1e-15, 1e-14, 1e-12, 1e-10, 1e-8)
"""A direction gets nodes until it adds less than this; the finest that there are nodes for."""
ACCURACY = 1e-6
"""How far a coarser rule may be off, in parts of all that is paid."""
PLACES = np.linspace(-4.0, 4.0, 9)
"""Where along the first normal it is looked in which direction the sum moves."""
LIGHT = 1e-3
REACH = 9.0
"""Normals beyond this are left out; they have a probability of 1e-19."""
STEPS = 80
LEAST_VARIANCE = 1e-20


@dataclass(frozen=True, slots=True)
class Tail:
    """An amount that is paid where a sum of lognormals is above zero (`sign` 1) or below (-1)."""

    terms: tuple[Weights, ...]
    coefficients: Floats
    paid: tuple[Weights, ...]
    amounts: Floats
    sign: float

    def value(self, law: Law, counts: Counts) -> float:
        """The expectation, with so many nodes in each direction.
        Raises NoClosedForm where the sum may change its sign twice."""
        known, paid = law.of(self.terms), law.of(self.paid)
        worths, amounts = _worths(self.coefficients, known), _worths(self.amounts, paid)
        unit = self._unit(law, worths)
        if unit is None:
            return float(np.sum(amounts)) * float(self.sign * np.sum(worths) > 0.0)
        slopes, moved = known.loadings @ unit, paid.loadings @ unit
        if not _crosses_once(slopes[worths > 0.0], slopes[worths < 0.0]):
            raise NoClosedForm("what it adds and takes away do not part along one normal")
        axes, matter = _axes(known, paid, unit, worths)
        loads, others = known.loadings @ axes.T, paid.loadings @ axes.T
        nodes, weights = _nodes(_filled(counts, len(matter)))
        ends = _roots(_martingales(worths, loads, nodes), slopes)
        chances = ndtr(self.sign * (moved - ends[:, None]))
        owed = _martingales(amounts, others, nodes) * chances
        return float(weights @ owed.sum(axis=1))

    def size(self, law: Law) -> float:
        """What all that is paid would be worth together, signs left out."""
        return float(np.sum(np.abs(_worths(self.amounts, law.of(self.paid)))))

    def matter(self, law: Law) -> Floats:
        """How much each direction matters; nothing if the sum is not random."""
        known, paid = law.of(self.terms), law.of(self.paid)
        worths = _worths(self.coefficients, known)
        unit = self._unit(law, worths)
        return np.zeros(0) if unit is None else _axes(known, paid, unit, worths)[1]

    def _unit(self, law: Law, worths: Floats) -> Floats | None:
        """The normal that moves the sum most; None if nothing does."""
        along = law.of((direction_of(self.terms, worths),))
        variance = float(along.variances[0])
        return along.loadings[0] / sqrt(variance) if variance > LEAST_VARIANCE else None


def _worths(coefficients: Floats, known: Gaussian) -> Floats:
    """What lognormals are worth on average."""
    return np.asarray(coefficients * np.exp(known.mean + known.variances / 2))


def _axes(known: Gaussian, paid: Gaussian, unit: Floats, worths: Floats) -> tuple[Floats, Floats]:
    """Orthogonal directions beside `unit`, and how much each matters.

    First those in which the slope of the sum turns as the normal along `unit` moves; then those in
    which its members curve. Both in parts of what the sum moves along `unit`.
    """
    slopes = known.loadings @ unit
    rest = known.loadings - np.outer(slopes, unit)
    scale = abs(float(worths @ slopes))
    turned = np.exp(np.outer(PLACES, slopes) - slopes**2 / 2) * worths @ rest / scale
    first = _spanned(turned * np.exp(-(PLACES**2) / 4)[:, None])
    sizes = np.sqrt(np.abs(worths) / scale)
    others = paid.loadings - np.outer(paid.loadings @ unit, unit)
    rows = np.vstack([sizes[:, None] * rest, LIGHT * others])
    second = _spanned(rows - (rows @ first.T) @ first)
    axes = np.vstack([first, second])
    slope = np.abs(turned @ axes.T).max(axis=0)
    curve = ((sizes[:, None] * rest) @ axes.T) ** 2
    return axes, slope + curve.sum(axis=0)


def _spanned(rows: Floats) -> Floats:
    """Orthogonal directions that span some rows, up to what is next to nothing."""
    _, sizes, axes = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(axes[sizes > 1e-10])


def _counts(matter: Floats, within: float) -> Counts | None:
    """A direction that matters more has more nodes; None if there would be too many."""
    counts = [1] * len(matter)
    while counts:
        errors = [
            float(size) ** (2 * m) / factorial(m) if m < COUNT_MOST else 0.0
            for size, m in zip(matter, counts, strict=True)
        ]
        worst = int(np.argmax(errors))
        if errors[worst] < within:
            break
        counts[worst] += 1
        if prod(counts) > NODES_MOST:
            return None
    return tuple(counts)


def _filled(counts: Counts, directions: int) -> Counts:
    """Counts for so many directions, one node in those that have appeared since."""
    return (*counts, *(1 for _ in range(directions)))[:directions]


def _nodes(counts: Counts) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes `[nodes, directions]` and their weights."""
    used = [at for at, m in enumerate(counts) if m > 1]
    rules = [np.polynomial.hermite_e.hermegauss(counts[at]) for at in used]
    nodes = np.zeros((prod(counts), len(counts)))
    points = list(product(*(points for points, _ in rules)))
    nodes[:, used] = np.array(points).reshape(len(nodes), len(used))
    weights = np.array(list(product(*(w / sqrt(2 * pi) for _, w in rules))))
    return nodes, np.prod(weights.reshape(len(nodes), len(used)), axis=1)


def _martingales(worths: Floats, loads: Floats, nodes: Floats) -> Floats:
    """Each worth given the normals of the nodes `[nodes, worths]`. A direction that has one node
    alone is left out, so that the mean of each is what it is."""
    random = np.flatnonzero(np.any(nodes != 0.0, axis=0))
    kept = loads[:, random]
    drift = np.sum(kept**2, axis=1) / 2
    return np.asarray(worths * np.exp(nodes[:, random] @ kept.T - drift))


def _crosses_once(plus: Floats, minus: Floats) -> bool:
    """Whether a sum that has different signs at both ends is zero once between: all that it adds
    has steeper slopes, or the difference of logarithms is bent one way only."""
    return bool(np.min(plus) >= np.max(minus)) or np.ptp(plus) == 0.0 or np.ptp(minus) == 0.0


def _roots(worths: Floats, slopes: Floats) -> Floats:
    """For each row, where Σ worth e^(slope y - slope²/2) is zero, by Newton's method within a
    bracket: the difference of the logarithms of what is added and what is taken away is nearly
    straight. An infinity where it has one sign within reach."""
    plus = worths[0] > 0.0
    scaled = np.abs(worths) * np.exp(-slopes * slopes / 2)

    def difference(at: Floats) -> tuple[Floats, Floats]:
        values = scaled * np.exp(at[:, None] * slopes)
        up, down = values[:, plus], values[:, ~plus]
        above, below = up.sum(axis=1), down.sum(axis=1)
        rise = up @ slopes[plus] / above - down @ slopes[~plus] / below
        return np.log(above) - np.log(below), rise

    far = REACH + float(np.max(np.abs(slopes)))
    low, high = np.full(len(worths), -far), np.full(len(worths), far)
    never, always = difference(high)[0] <= 0.0, difference(low)[0] >= 0.0
    at = np.zeros(len(worths))
    for _ in range(STEPS):
        value, rise = difference(at)
        low, high = np.where(value < 0.0, at, low), np.where(value < 0.0, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = at - value / rise
        inside = (newton > low) & (newton < high)
        moved = np.where(inside, newton, (low + high) / 2)
        settled = np.max(np.abs(np.where(never | always, 0.0, moved - at))) < 1e-13
        at = moved
        if settled:
            break
    return np.where(always, -np.inf, np.where(never, np.inf, at))


@dataclass(frozen=True, slots=True)
class Found:
    """A value, how far fewer nodes were off, the rule that it was found by, and the coarsest one
    that is as near as that must be."""

    value: float
    error: float
    finest: Rule
    coarsest: Rule


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A payoff whose exact pieces are exact, the others integrated."""

    exact: Expectation
    tails: tuple[Tail, ...]

    def best(self, law: Law) -> Found:
        """The value by the finest rule that there are nodes for, and how far a coarser one is off.

        Raises NoClosedForm if that is too far, or there is none.
        """
        if any(len(tail.terms) > TERMS_MOST for tail in self.tails):
            raise NoClosedForm("too many normals move a sum of prices")
        matter = [tail.matter(law) for tail in self.tails]
        rules = [rule for within in WITHIN if (rule := _rule(matter, within)) is not None]
        values = [self.value(law, rule) for rule in rules]
        most = ACCURACY * sum(tail.size(law) for tail in self.tails)
        near = [
            rule
            for rule, value in zip(rules, values, strict=True)
            if abs(value - values[0]) <= most
        ]
        if len(rules) < 2 or not abs(values[0] - values[1]) <= most:
            raise NoClosedForm("too many normals move a sum of prices")
        return Found(values[0], abs(values[0] - values[1]), rules[0], near[-1])

    def value(self, law: Law, rule: Rule) -> float:
        """The value. Raises NoClosedForm."""
        parts = [tail.value(law, counts) for tail, counts in zip(self.tails, rule, strict=True)]
        return self.exact.value(law) + sum(parts)


def _rule(matter: list[Floats], within: float) -> Rule | None:
    """How many nodes each tail has; None if that would be too many."""
    found = [_counts(each, within) for each in matter]
    known = tuple(counts for counts in found if counts is not None)
    return known if known and len(known) == len(found) else None


def conditioned(payoff: Payoff) -> Conditioned:
    """What must be known to value a payoff so. Raises NoClosedForm for what is not of that kind."""
    exact: dict[Region, Amount] = {}
    tails = []
    for region, amount in payoff.pieces.items():
        excesses = [(subject, holds) for subject, holds in region if isinstance(subject, Excess)]
        if not excesses:
            exact[region] = amount
            continue
        if len(region) > 1 or amount.logarithms:
            raise NoClosedForm("it asks more of a sum of prices than whether it is above zero")
        ((excess, holds),) = excesses
        terms, coefficients = zip(*sorted(excess.terms, key=repr), strict=True)
        tails.append(
            Tail(
                terms,
                np.array(coefficients),
                tuple(amount.terms),
                np.array(list(amount.terms.values())),
                1.0 if holds else -1.0,
            )
        )
    return Conditioned(expectation(Payoff(exact)), tuple(tails))
