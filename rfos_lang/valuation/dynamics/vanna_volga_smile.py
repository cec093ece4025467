"""The smile that vanna-volga draws through three quotes.

An option at another strike costs what it costs at the volatility at the money, and the cost of the
portfolio of the three that has the same vega, vanna and volga (Castagna and Mercurio, The
vanna-volga method for implied volatilities, Risk 2007). Volatilities quoted at further strikes
correct the smile there: linearly in the logarithm of the strike between quotes, by nothing at the
three, and by the same beyond the last one.
"""

from math import exp, log, sqrt
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.quotes import Quotes
from rfos_lang.valuation.dynamics.smile import LEAST_VARIANCE, Shape

DELTA = 0.25
AT_ITS_DATE = 0.5 / 365
"""Quotes at strikes count for payments within so many years of their date."""
STEP = 1e-4
"""How far the logarithm of the strike is moved for the slope of the smile."""
ROUNDS = 60


def smile_at(quotes: Quotes, years: float, forward: float) -> "VannaVolga":
    """The smile at a time in years above zero, for a forward then."""
    put, atm, call = (curve.volatility(years) for curve in (quotes.put, quotes.atm, quotes.call))
    near = [each for each in quotes.strikes if abs(each.years - years) <= AT_ITS_DATE]
    quoted = near[0].quoted if near else ()
    return VannaVolga(years, put, atm, call, tuple((log(k / forward), v) for k, v in quoted))


@dataclass(frozen=True, slots=True)
class VannaVolga:
    """The smile at one expiry: the three volatilities, and further ones by the logarithm of strike
    over forward. It has the `shape` of a `Smile`."""

    years: float
    put: float
    atm: float
    call: float
    further: tuple[tuple[float, float], ...] = ()

    @property
    def strikes(self) -> tuple[float, float, float]:
        """Where the three are quoted, as logarithms of strike over forward."""
        root, far = sqrt(self.years), float(ndtri(1 - DELTA))
        put, call = self.put * root, self.call * root
        atm = self.atm * root
        return put * put / 2 - far * put, atm * atm / 2, call * call / 2 + far * call

    def costs(self) -> tuple[float, float]:
        """What the quoted put and call cost over their value at the money's volatility, as parts of
        the forward."""
        root = sqrt(self.years)
        low, _, high = self.strikes
        put, call = (
            float(_call(k, volatility * root) - _call(k, self.atm * root))
            for k, volatility in ((low, self.put), (high, self.call))
        )
        return put, call

    def bare(self, k: Any) -> Any:
        """The implied volatility by vanna-volga alone."""
        deviation = self.atm * sqrt(self.years)
        low, middle, high = self.strikes
        put, call = self.costs()
        vega = _vega(k, deviation)
        by_put = vega / _vega(low, deviation) * (middle - k) * (high - k)
        by_call = vega / _vega(high, deviation) * (k - low) * (k - middle)
        by_put /= (middle - low) * (high - low)
        by_call /= (high - low) * (high - middle)
        price = _call(k, deviation) + by_put * put + by_call * call
        return _implied(k, price, deviation) / sqrt(self.years)

    def volatility(self, k: Any) -> Any:
        """The implied volatility at logarithms of strike over forward."""
        bare = self.bare(k)
        if not self.further:
            return bare
        knots = [(each, 0.0) for each in self.strikes]
        apart = [
            (each, volatility - float(self.bare(each)))
            for each, volatility in self.further
            if min(abs(each - known) for known, _ in knots) > STEP
        ]
        places, corrections = zip(*sorted(knots + apart), strict=True)
        return bare + np.interp(k, places, corrections)

    def shape(self, k: Any, years: float) -> Shape:
        """Total variance with its slope and bend, by differences."""
        low, here, high = (self._variance(k + each) for each in (-STEP, 0.0, STEP))
        return Shape(here, (high - low) / (2 * STEP), (high - 2 * here + low) / STEP**2)

    def _variance(self, k: Any) -> Any:
        return np.maximum(self.volatility(k) ** 2 * self.years, LEAST_VARIANCE)


def _call(k: Any, deviation: Any) -> Any:
    """A call as a part of the forward."""
    d1 = -k / deviation + deviation / 2
    return ndtr(d1) - np.exp(k) * ndtr(d1 - deviation)


def _vega(k: Any, deviation: Any) -> Any:
    """Its derivative by the deviation."""
    d1 = -k / deviation + deviation / 2
    return np.exp(-d1 * d1 / 2) / sqrt(2 * np.pi)


def _implied(k: Any, price: Any, start: float) -> Any:
    """The deviation at which a call has a price, by bisection; the least or the greatest one that
    is looked at if none has."""
    low, high = np.full_like(np.asarray(k, dtype=float), 1e-6), 20.0 * start + 0.0 * np.asarray(k)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        cheap = _call(k, middle) < price
        low, high = np.where(cheap, middle, low), np.where(cheap, high, middle)
    return (low + high) / 2


def sensitivities(
    spot: float, k: float, deviation: float, years: float, yielded: float
) -> tuple[float, float, float]:
    """Vega, vanna and volga of an option by the logarithm of strike over forward, at one
    volatility. `yielded` is what holding the asset leaves of it until then."""
    d1 = -k / deviation + deviation / 2
    vega = spot * yielded * exp(-d1 * d1 / 2) / sqrt(2 * np.pi) * sqrt(years)
    vanna = vega / spot * (1 - d1 / deviation)
    volga = vega * d1 * (d1 - deviation) * sqrt(years) / deviation
    return vega, vanna, volga
