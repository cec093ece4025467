"""Hull and White's model of one factor, under the measure that counts in bonds of the last date.

The short rate returns to its curve at speed a and moves by sigma(t). Let T* be the last date that
matters and u(t) the integral of sigma(s) exp(-a (T* - s)) dW up to t, W a Brownian motion under the
measure that counts in bonds of T*. Then with b(T) = (exp(a (T* - T)) - 1) / a, or T* - T where
a = 0, and v(t) the variance of u(t),

    P(t, T) / P(t, T*) = P(0, T) / P(0, T*) exp(b(T) u(t) - b(T)^2 v(t) / 2),

so that a value counted in those bonds is its mean over a normal, exactly, however far ahead (Hull
and White, Pricing Interest-Rate-Derivative Securities, RFS 3 (1990); the change of measure is that
of Brigo and Mercurio, Interest Rate Models, section 3.3). Initial bonds are the market's own. What
an index grows by in excess of the discount curve stays as it is projected.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, expm1

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.curve import Knots

MODEL = "Hull-White"
SMALLEST = 1e-9
"""A reversion below this counts as none (Ho and Lee)."""
NODES = 16
"""Of an integral over exponentials that change little."""


@dataclass(frozen=True, slots=True)
class HullWhite:
    """Mean reversion a year, and the volatility of the short rate by the time, in years, until
    which it holds; the last one holds on."""

    reversion: float
    volatility: Knots

    def raised(self, by: float) -> "HullWhite":
        """Every volatility higher by so much."""
        return replace(self, volatility=tuple((until, v + by) for until, v in self.volatility))

    def moved(self, by: Sequence[float], times: float) -> "HullWhite":
        """The reversion and each volatility higher by so much, times a factor."""
        reversion, *each = by
        levels = zip(self.volatility, each, strict=True)
        volatility = tuple((until, level + times * more) for (until, level), more in levels)
        return HullWhite(self.reversion + times * reversion, volatility)

    def convexity(self, begins: float, ends: float, known: float) -> float:
        """By how much the logarithm of what 1 is expected to grow by over a period, where gains are
        settled every day as those of a future are, exceeds that of the forward's growth. `known` is
        when the growth is: as the period begins, or at its end if rates compound over it.

        With B(s, T) = (1 - exp(-a (T - s))) / a, and 0 where T is before s, it is the integral of
        sigma(s)^2 B(s, T) (B(s, T) - B(s, t)) from 0 until then (for a rate known at t: Kirikos
        and Novak, Convexity Conundrums, Risk, March 1997).
        """
        bends = {begins, *(until for until, _ in self.volatility[:-1])}
        edges = [0.0, *sorted(each for each in bends if 0.0 < each < known), known]
        return sum(self._convexity(*piece, begins, ends) for piece in pairwise(edges))

    def _convexity(self, first: float, last: float, begins: float, ends: float) -> float:
        """Of what happens between two times, by Gauss and Legendre."""
        from numpy.polynomial.legendre import leggauss

        middle = (first + last) / 2
        level = next((v for until, v in self.volatility if middle < until), self.volatility[-1][1])
        total = 0.0
        for node, weight in zip(*leggauss(NODES), strict=True):
            at = middle + (last - first) / 2 * float(node)
            later, sooner = self._bond(ends - at), self._bond(begins - at)
            total += float(weight) * later * (later - sooner)
        return total * level**2 * (last - first) / 2

    def _bond(self, years: float) -> float:
        """How the logarithm of a bond moves with the short rate."""
        a, left = self.reversion, max(years, 0.0)
        return left if a < SMALLEST else -expm1(-a * left) / a

    def until(self, horizon: float) -> "Factor":
        """The factor that moves rates until a time in years."""
        return Factor(self.reversion, self.volatility, horizon)


@dataclass(frozen=True, slots=True)
class Factor:
    """The number u that moves all rates until a horizon in years."""

    reversion: float
    volatility: Knots
    horizon: float

    @property
    def moves(self) -> bool:
        return any(volatility > 0.0 for _, volatility in self.volatility)

    def exposure(self, years: float) -> float:
        """b(T): how much the logarithm of a bond of a date moves with u."""
        left, a = self.horizon - years, self.reversion
        if not self.moves:
            return 0.0
        return left if a < SMALLEST else expm1(a * left) / a

    def variance(self, years: float) -> float:
        """v(t): the variance of u after a time."""
        total, begins = 0.0, 0.0
        for at, (until, volatility) in enumerate(self.volatility):
            last = at == len(self.volatility) - 1
            ends = years if last else min(until, years)
            if ends > begins:
                total += volatility**2 * self._stretch(begins, ends)
                begins = ends
        return total

    def _stretch(self, begins: float, ends: float) -> float:
        """The variance between two times, a unit of squared volatility."""
        a = self.reversion
        if a < SMALLEST:
            return ends - begins
        return exp(-2 * a * (self.horizon - ends)) * -expm1(-2 * a * (ends - begins)) / (2 * a)


STILL = HullWhite(0.0, ())
"""Rates that are certain."""
