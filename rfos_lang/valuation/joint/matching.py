"""Sums of lognormals taken for lognormals of the same mean and variance: an approximation.

Where a sum of lognormals is asked to lie above zero, what is added and what is taken away are each
taken for one lognormal, whose variance and whose correlation with the other follow from the second
moments; then it is an exchange of one for the other. For an arithmetic average against a strike
this is Levy's formula, and Turnbull and Wakeman's on discrete dates (Levy, Pricing European average
rate currency options, Journal of International Money and Finance 1992; Turnbull and Wakeman, A
quick algorithm for pricing European average options, JFQA 1991). It misses the skewness of the sum
and all that lies above it: the error grows with volatility squared and time, and with how unlike
each other the members of a basket are.
"""

from math import exp, isclose, log, sqrt

import numpy as np
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.amounts import Amount, Excess, Payoff, Region, Weights
from rfos_lang.valuation.joint.exact import Expectation, expectation
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.path.timeline import Floats

LEAST_VARIANCE = 1e-14


@dataclass(frozen=True, slots=True)
class Side:
    """What a sum adds, or what it takes away: a number and lognormals, all above zero."""

    known: float
    terms: tuple[Weights, ...]
    coefficients: Floats

    def worths(self, law: Law) -> Floats:
        """What each lognormal is worth on average."""
        found = law.of(self.terms)
        return np.asarray(self.coefficients * np.exp(found.mean + found.variances / 2))


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is paid where `plus` is worth more than `minus`: so much of the random part of either,
    and a number; all of it times deterministic `worth`, a discount factor."""

    plus: Side
    minus: Side
    of_plus: float
    of_minus: float
    number: float
    worth: Weights

    def value(self, law: Law) -> float:
        """The expectation, each side taken for a lognormal."""
        plus, minus = self.plus.worths(law), self.minus.worths(law)
        total, other = self.plus.known + plus.sum(), self.minus.known + minus.sum()
        one = _shared(law, self.plus, self.plus, plus, plus) / total**2
        two = _shared(law, self.minus, self.minus, minus, minus) / other**2
        both = _shared(law, self.plus, self.minus, plus, minus) / (total * other)
        first, second, cross = (log(1.0 + each) for each in (one, two, both))
        variance = first + second - 2 * cross
        moves = (variance / 2, -variance / 2, (second - first) / 2)
        chances = [_chance(log(total / other) + moved, variance) for moved in moves]
        known = self.plus.known * chances[2], self.minus.known * chances[2]
        paid = self.of_plus * (total * chances[0] - known[0])
        paid += self.of_minus * (other * chances[1] - known[1])
        discount = exp(float(law.of((self.worth,)).mean[0]))
        return discount * (paid + self.number * chances[2])


def _chance(mean: float, variance: float) -> float:
    """That a normal lies above zero."""
    if variance < LEAST_VARIANCE:
        return float(mean > 0.0)
    return float(ndtr(mean / sqrt(variance)))


def _shared(law: Law, one: Side, other: Side, worths: Floats, others: Floats) -> float:
    """The covariance of two sums of lognormals."""
    if not one.terms or not other.terms:
        return 0.0
    covariances = law.of(one.terms).covariances(law.of(other.terms))
    return float(worths @ np.expm1(covariances) @ others)


@dataclass(frozen=True, slots=True)
class Matched:
    """A payoff whose exact pieces are exact, the others matched."""

    exact: Expectation
    matched: tuple[Exchange, ...]

    def value(self, law: Law) -> float:
        """The value."""
        return self.exact.value(law) + sum(each.value(law) for each in self.matched)


def matched(payoff: Payoff) -> Matched:
    """What must be known to value a payoff by matching moments. Raises NoClosedForm for what is
    not of that kind."""
    exact: dict[Region, Amount] = {}
    exchanges = []
    for region, amount in payoff.pieces.items():
        excesses = [(subject, holds) for subject, holds in region if isinstance(subject, Excess)]
        if not excesses:
            exact[region] = amount
        elif len(region) > 1:
            raise NoClosedForm("it asks more of a sum of prices than whether it is above zero")
        else:
            exchanges.append(_exchange(*excesses[0], amount))
    return Matched(expectation(Payoff(exact)), tuple(exchanges))


def _exchange(excess: Excess, holds: bool, amount: Amount) -> Exchange:
    terms = {weights: c if holds else -c for weights, c in excess.terms}
    plus, minus = _side(terms, 1.0), _side(terms, -1.0)
    rest = dict(amount.terms)
    worth = _worth(rest, terms)
    shares = [_taken(rest, side, worth) for side in (plus, minus)]
    number = rest.pop(worth, 0.0)
    if rest or amount.logarithms:
        raise NoClosedForm("what it pays is not what it compares")
    return Exchange(plus, minus, shares[0], shares[1], number, worth)


def _side(terms: dict[Weights, float], sign: float) -> Side:
    chosen = {weights: sign * c for weights, c in terms.items() if sign * c > 0.0}
    known = chosen.pop(frozenset(), 0.0)
    return Side(known, tuple(chosen), np.array(list(chosen.values())))


def _worth(amount: dict[Weights, float], terms: dict[Weights, float]) -> Weights:
    """The discount factor that an amount has in each of its terms. Raises NoClosedForm."""
    factors = {frozenset(pair for pair in weights if pair[0] < 0) for weights in amount}
    known = {pair for weights in terms for pair in weights if pair[0] < 0}
    if len(factors) != 1 or known:
        raise NoClosedForm("it pays at several dates by one comparison")
    return factors.pop()


def _taken(rest: dict[Weights, float], side: Side, worth: Weights) -> float:
    """How much of a side's lognormals an amount has; they are taken out of it. Raises
    NoClosedForm if it is not the same of each."""
    shares = [rest.pop(weights | worth, 0.0) for weights in side.terms]
    found = [share / c for share, c in zip(shares, side.coefficients, strict=True)]
    if not found:
        return 0.0
    if not all(isclose(each, found[0], rel_tol=1e-9, abs_tol=1e-300) for each in found):
        raise NoClosedForm("what it pays is not what it compares")
    return found[0]
