"""What payoffs of jointly lognormal prices are worth, exactly.

Under the measure with density e^(w X) / E[e^(w X)] every sum v X is normal as before, its mean
moved by the covariance of w X and v X. So E[e^(w X); a < v X < b] is E[e^(w X)] times the chance of
an interval. The geometric average against a strike (Kemna and Vorst, A pricing method for options
based on average asset values, Journal of Banking and Finance 1990), its exchange for a price
(Margrabe 1978), and options that start later are all of this kind.
"""

from collections.abc import Iterable, Iterator
from math import inf

import numpy as np
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.amounts import HalfSpace, Payoff, Region, Weights
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.path.timeline import Floats

LEAST_VARIANCE = 1e-20


@dataclass(frozen=True, slots=True)
class Slab:
    """lower < direction X < upper."""

    direction: Weights
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """A payoff taken apart into lognormals on slabs, ready to be valued on any law.

    `coefficients` and `terms` are c and w of c e^(w X); `slabs` the slab of each, None for
    everywhere; `directions` the distinct ones.
    """

    coefficients: Floats
    terms: tuple[Weights, ...]
    slabs: tuple[Slab | None, ...]
    directions: tuple[Weights, ...]

    def value(self, law: Law) -> float:
        """The expectation."""
        if not self.terms:
            return 0.0
        terms, directions = law.of(self.terms), law.of(self.directions)
        moved, deviations = terms.covariances(directions), np.sqrt(directions.variances)
        places = {direction: at for at, direction in enumerate(self.directions)}
        chances = np.ones(len(self.terms))
        for k, slab in enumerate(self.slabs):
            if slab is not None:
                at = places[slab.direction]
                chances[k] = _chance(slab, directions.mean[at] + moved[k, at], deviations[at])
        worths = self.coefficients * np.exp(terms.mean + terms.variances / 2)
        return float(np.sum(worths * chances))


def _chance(slab: Slab, mean: float, deviation: float) -> float:
    if deviation**2 < LEAST_VARIANCE:
        return float(slab.lower < mean < slab.upper)
    low, high = ((end - mean) / deviation for end in (slab.lower, slab.upper))
    # In the tail where the differences of small numbers are precise.
    return float(ndtr(-low) - ndtr(-high) if low + high > 0.0 else ndtr(high) - ndtr(low))


def expectation(payoff: Payoff) -> Expectation:
    """What must be known to value a payoff. Raises NoClosedForm where it asks what is not a single
    slab of normals."""
    found = list(_atoms(payoff))
    slabs = tuple(slab for _, _, slab in found)
    return Expectation(
        np.array([c for c, _, _ in found]),
        tuple(weights for _, weights, _ in found),
        slabs,
        tuple(dict.fromkeys(slab.direction for slab in slabs if slab is not None)),
    )


def _atoms(payoff: Payoff) -> Iterator[tuple[float, Weights, Slab | None]]:
    for region, amount in payoff.pieces.items():
        if amount.logarithms:
            raise NoClosedForm("it pays the logarithm of a price")
        slab = slab_of(region)
        if slab is not None and slab.lower >= slab.upper:
            continue
        for weights, coefficient in amount.terms.items():
            yield coefficient, weights, slab


def slab_of(region: Region) -> Slab | None:
    """A region as a slab. Raises NoClosedForm."""
    if not region:
        return None
    halves = [(subject, holds) for subject, holds in region if isinstance(subject, HalfSpace)]
    if len(halves) < len(region):
        raise NoClosedForm("it compares a sum of several prices")
    directions = {half.direction for half, _ in halves}
    if len(directions) > 1:
        raise NoClosedForm("it asks several things at once that are not of one price or average")
    lower = _most(half.level for half, holds in halves if holds)
    upper = -_most(-half.level for half, holds in halves if not holds)
    return Slab(directions.pop(), lower, upper)


def _most(levels: Iterable[float]) -> float:
    return max(levels, default=-inf)
