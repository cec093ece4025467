"""What payoffs of jointly lognormal prices are worth, exactly.

Under the measure with density e^(w X) / E[e^(w X)] every sum v X is normal as before, its mean
moved by the covariance of w X and v X. So E[e^(w X); a < v X < b] is E[e^(w X)] times the chance of
an interval. The geometric average against a strike (Kemna and Vorst, A pricing method for options
based on average asset values, Journal of Banking and Finance 1990), its exchange for a price
(Margrabe 1978), and options that start later are all of this kind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.path.smoothing import KERNEL
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


class Ends(NamedTuple):
    """The terms `on` slabs of one direction, and the ends of these."""

    on: NDArray[np.int64]
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Expectation:
    """A payoff taken apart into lognormals on slabs, ready to be valued on any law.

    `coefficients` and `terms` are c and w of c e^(w X); `slabs` the slab of each, None for
    everywhere; `directions` the distinct ones, and `ends` which of the terms are on slabs of each.
    """

    coefficients: Floats
    terms: tuple[Weights, ...]
    slabs: tuple[Slab | None, ...]
    directions: tuple[Weights, ...]
    ends: tuple[Ends, ...]

    def value(self, law: Law) -> float:
        """The expectation."""
        return float(self.softened(law, [dict.fromkeys(self.directions, 0.0)])[0])

    def softened(self, law: Law, widths: Sequence[Mapping[Weights, float]]) -> Floats:
        """The expectation where the levels of slabs are not sharp, for each of several widths by
        direction: a level is spread about itself with the density of a smooth program's kernel."""
        if not self.terms:
            return np.zeros(len(widths))
        terms, directions = law.of(self.terms), law.of(self.directions)
        moved, deviations = terms.covariances(directions), np.sqrt(directions.variances)
        chances = np.ones((len(widths), len(self.terms)))
        for at, (direction, ends) in enumerate(zip(self.directions, self.ends, strict=True)):
            means = directions.mean[at] + moved[ends.on, at]
            lower, upper = ends.lower - means, ends.upper - means
            for row, each in zip(chances, widths, strict=True):
                row[ends.on] = _chances(lower, upper, float(deviations[at]), each[direction])
        worths = self.coefficients * np.exp(terms.mean + terms.variances / 2)
        return np.sum(worths * chances, axis=1)


_AT, _SHARE = np.polynomial.legendre.leggauss(16)
_DENSITY = np.polynomial.polynomial.polyval(_AT * _AT, KERNEL) * _SHARE
"""The kernel's density by quadrature, which is exact enough where a width is a fraction of a
standard deviation."""


def _chances(lower: Floats, upper: Floats, deviation: float, width: float) -> Floats:
    """The chances that normals of mean 0 lie between bounds, which are spread over a width."""
    if deviation**2 < LEAST_VARIANCE:
        return ((lower < 0.0) & (upper > 0.0)).astype(np.float64)
    spread = width * _AT if width else np.zeros(1)
    low, high = ((ends[:, None] + spread) / deviation for ends in (lower, upper))
    between = _between(low, high)
    return np.sum(between * _DENSITY, axis=1) if width else between[:, 0]


def _between(low: Floats, high: Floats) -> Floats:
    """The chances that a standard normal lies between bounds, on one side of which there may be
    none."""
    if np.all(high == inf):
        return np.asarray(ndtr(-low))
    if np.all(low == -inf):
        return np.asarray(ndtr(high))
    # In the tail where the differences of small numbers are precise.
    with np.errstate(invalid="ignore"):
        side = np.where(low + high > 0.0, -1.0, 1.0)
        return np.asarray(side * (ndtr(side * high) - ndtr(side * low)))


def rounding(mean: float, deviation: float, level: float, width: float) -> float:
    """The expectation of the positive part of a normal above a level, less the normal above it
    where that is positive, both over a width: nothing if that is 0."""
    if width == 0.0 or deviation**2 < LEAST_VARIANCE:
        return 0.0
    beyond = ndtr((mean - level - width * _AT) / deviation)
    return float(-width * np.sum(_DENSITY * _AT * beyond))


def expectation(payoff: Payoff) -> Expectation:
    """What must be known to value a payoff. Raises NoClosedForm where it asks what is not a single
    slab of normals."""
    found = list(_atoms(payoff))
    slabs = tuple(slab for _, _, slab in found)
    directions = tuple(dict.fromkeys(slab.direction for slab in slabs if slab is not None))
    return Expectation(
        np.array([c for c, _, _ in found]),
        tuple(weights for _, weights, _ in found),
        slabs,
        directions,
        tuple(_ends(slabs, direction) for direction in directions),
    )


def _ends(slabs: Sequence[Slab | None], direction: Weights) -> Ends:
    """The slabs of one direction. Long directions take time to compare, and most are the same."""
    own = [
        (at, slab)
        for at, slab in enumerate(slabs)
        if slab and (slab.direction is direction or slab.direction == direction)
    ]
    lower, upper = ([getattr(slab, end) for _, slab in own] for end in ("lower", "upper"))
    return Ends(np.array([at for at, _ in own]), np.array(lower), np.array(upper))


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
