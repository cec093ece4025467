"""Curves of a market over years from its date: zero rates, and implied volatilities.

Years are of 365 days. A curve is a row of knots `(years, value)`, years ascending and positive; one
knot is a flat curve.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import sqrt

from rfos_lang.base.instant import DAY, show_instant
from rfos_lang.base.records import dataclass

Knots = tuple[tuple[float, float], ...]

NEXT = 1e-5
"""Years from one horizon to the next one."""

YEAR = 365 * DAY
"""The year of the risk arithmetic, in nanoseconds."""


def years_between(start: int, end: int) -> float:
    """Years of 365 days from instant to instant."""
    return (end - start) / YEAR


@dataclass(frozen=True, slots=True)
class Step:
    """By how much rate × years rises at an even pace from a time until another, in years. Steps
    that lie in the past have risen already."""

    begins: float
    ends: float
    by: float

    def total(self, years: float) -> float:
        """How much of it there is at a time."""
        if years >= self.ends or self.begins < 0.0:
            return self.by if self.begins >= 0.0 else 0.0
        return self.by * max(years - self.begins, 0.0) / (self.ends - self.begins)

    def nearer(self, by: float) -> "Step":
        """The step once so many years have passed."""
        return Step(self.begins - by, self.ends - by, self.by)


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Continuously compounded zero rates; rate × years is linear between knots, the rate flat
    before the first one and after the last one. On top of that come `steps`, at their dates."""

    knots: Knots
    steps: tuple[Step, ...] = ()

    def rate(self, years: float) -> float:
        """The zero rate to a time in years."""
        if years <= 0:
            return self.knots[0][1]
        total = _total(self.knots, years)
        return (total + sum(step.total(years) for step in self.steps)) / years

    def total(self, years: float) -> float:
        """rate × years: minus the logarithm of the discount factor."""
        return self.rate(years) * years

    def bent(self, knot: int, by: float) -> "RateCurve":
        """One of its rates higher by so much."""
        moved = [(t, rate + by * (at == knot)) for at, (t, rate) in enumerate(self.knots)]
        return replace(self, knots=tuple(moved))

    def moved(self, by: Sequence[float], times: float) -> "RateCurve":
        """Each rate higher by so much, times a factor."""
        each = zip(self.knots, by, strict=True)
        moved = tuple((years, rate + times * more) for (years, rate), more in each)
        return replace(self, knots=moved)

    def raised(self, by: float) -> "RateCurve":
        """Every rate higher by so much."""
        return replace(self, knots=tuple((years, rate + by) for years, rate in self.knots))

    def after(self, years: float) -> "RateCurve":
        """The curve once so much time has passed: it keeps its shape in years to maturity, and its
        steps their dates."""
        return replace(self, steps=tuple(step.nearer(years) for step in self.steps))

    @property
    def bends(self) -> tuple[float, ...]:
        """Where rate × years bends; nowhere if there is one knot."""
        knots = tuple(at for at, _ in self.knots) if len(self.knots) > 1 else ()
        return knots + tuple(at for step in self.steps for at in (step.begins, step.ends))

    @property
    def is_flat(self) -> bool:
        return not self.steps and all(value == self.knots[0][1] for _, value in self.knots)


@dataclass(frozen=True, slots=True)
class VolatilityCurve:
    """Implied lognormal volatilities; total variance (volatility² × years) is linear between
    knots, the volatility flat before the first one and after the last one. `above` is added to the
    volatility to every time."""

    knots: Knots
    above: float = 0.0

    def volatility(self, years: float) -> float:
        """The implied volatility to a time in years."""
        if years <= 0:
            return self.knots[0][1] + self.above
        return sqrt(_total(self.variances, years) / years) + self.above

    def raised(self, by: float) -> "VolatilityCurve":
        """Every volatility higher by so much, also those between knots."""
        if self.is_flat:
            return VolatilityCurve(tuple((years, value + by) for years, value in self.knots))
        return replace(self, above=self.above + by)

    def scaled(self, factor: float) -> "VolatilityCurve":
        """Every volatility times a factor."""
        knots = tuple((years, value * factor) for years, value in self.knots)
        return VolatilityCurve(knots, self.above * factor)

    @property
    def variances(self) -> Knots:
        """The knots with the square of the volatility: the mean variance rate to that time."""
        return tuple((years, value * value) for years, value in self.knots)

    @property
    def is_flat(self) -> bool:
        return all(value == self.knots[0][1] for _, value in self.knots)


def slope(curve: Callable[[float], float], years: float) -> float:
    """How a function of a curve changes with the horizon, per year: at a knot the mean of both
    sides."""
    step = min(NEXT, years / 2)
    return (curve(years + step) - curve(years - step)) / (2 * step) if step > 0.0 else 0.0


def flat_rate(rate: float) -> RateCurve:
    """The same rate to every time."""
    return RateCurve(((1.0, rate),))


def flat_volatility(volatility: float) -> VolatilityCurve:
    """The same volatility to every time."""
    return VolatilityCurve(((1.0, volatility),))


def falling(curve: VolatilityCurve) -> float | None:
    """The first knot at which total variance is less than at the knot before; None if there is
    none. Such a curve implies a negative variance between two dates."""
    totals = [(years, years * variance) for years, variance in curve.variances]
    pairs = pairwise(totals)
    return next((later for (_, less), (later, more) in pairs if more < less), None)


def absurd(curve: RateCurve, most: float) -> tuple[float, float] | None:
    """The first knot to which the forward rate from the knot before is beyond `most` either way,
    with that rate; None if there is none."""
    return next((each for each in forwards(curve) if abs(each[1]) > most), None)


def negative(curve: RateCurve) -> tuple[float, float] | None:
    """The first knot to which the forward rate from the knot before is below zero, with it."""
    return next((each for each in forwards(curve) if each[1] < 0.0), None)


def forwards(curve: RateCurve) -> Iterator[tuple[float, float]]:
    """Each knot with the forward rate to it from the knot before."""
    totals = [(0.0, 0.0), *((years, years * rate) for years, rate in curve.knots)]
    for (before, less), (after, more) in pairwise(totals):
        yield after, (more - less) / (after - before)


def date_after(start: int, years: float) -> str:
    """The day so many years after an instant, for people."""
    return show_instant(start + round(years * YEAR))[:10]


def _total(knots: Knots, years: float) -> float:
    """value × years at a time: linear between knots, the value flat outside of them."""
    at = bisect_left(knots, years, key=lambda knot: knot[0])
    if at == 0:
        return knots[0][1] * years
    if at == len(knots):
        return knots[-1][1] * years
    (before, low), (after, high) = knots[at - 1], knots[at]
    weight = (years - before) / (after - before)
    return (1 - weight) * low * before + weight * high * after
