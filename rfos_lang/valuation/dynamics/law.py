"""The law of a price at one date, as payoffs ask for it."""

from math import exp, inf, log, sqrt
from typing import Protocol

from scipy.special import ndtr

from rfos_lang.base.records import dataclass


class Law(Protocol):
    """The price over its forward, M, at one date; its mean is 1."""

    def above(self, power: int, level: float) -> float:
        """E[M^power 1{log M > level}]; `level` may be -inf. Raises NoClosedForm if that is not
        finite."""


@dataclass(frozen=True, slots=True)
class Lognormal:
    """log M is normal with this `deviation`."""

    deviation: float

    def above(self, power: int, level: float) -> float:
        s = self.deviation
        moment = exp(power * (power - 1) * s * s / 2)
        if level == -inf:
            return moment
        if s == 0.0:
            return moment * (level < 0.0)
        return moment * float(ndtr((-level + (power - 0.5) * s * s) / s))


def level_of(price: float, forward: float) -> float:
    """The logarithm of a price over its forward; -inf for no price above zero."""
    return log(price / forward) if price > 0 else -inf


def deviation(volatility: float, years: float) -> float:
    """The standard deviation of a logarithm."""
    return volatility * sqrt(max(years, 0.0))
