"""What a fit of a model to a chain is: how quotes count, and how far off it is.

A quote counts with its vega over its spread.
"""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any, Protocol

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.black import black
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.dynamics.smile import Shape
from rfos_lang.valuation.path.timeline import Floats

TICK = 0.0005
"""The least spread that counts, per unit of the forward: what prices are quoted in."""


class Fitted(Protocol):
    """A model with the parameters that fit a chain."""

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        """Implied volatilities at an expiry of the chain, at logarithms of strike over forward."""

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        """The lines of a market file that say how a spot of this name moves."""

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        """Its parameters by name; by expiry where they differ."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be said."""


class Surface(Protocol):
    """Total variances by level and time."""

    def shape(self, k: Any, years: float) -> Shape:
        """The total variance at logarithms of strike over forward, and its derivatives."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit says of one expiry: implied volatilities at the quotes' strikes."""

    expiry: Expiry
    volatilities: Floats

    @property
    def error(self) -> float:
        """How far it is off: the root of the mean square in volatility, by weight."""
        return self._mean(self.differences)

    @property
    def worst(self) -> float:
        """The largest difference at a strike where somebody bids."""
        return self._largest(self.differences)

    @property
    def price_error(self) -> float:
        """The same of prices, in the cash that strikes are in, undiscounted."""
        return self._mean(self.price_differences)

    @property
    def worst_price(self) -> float:
        """The largest difference of prices at a strike where somebody bids."""
        return self._largest(self.price_differences)

    @property
    def differences(self) -> Floats:
        """Of volatilities, from the quotes."""
        return self.volatilities - quoted(self.expiry)

    @property
    def price_differences(self) -> Floats:
        """Of prices, from the quotes."""
        root, k = sqrt(self.expiry.years), levels(self.expiry)
        off = black(k, self.volatilities * root) - black(k, quoted(self.expiry) * root)
        return np.asarray(self.expiry.forward * off)

    def _mean(self, differences: Floats) -> float:
        return float(np.sqrt(np.average(differences**2, weights=weights(self.expiry) ** 2)))

    def _largest(self, differences: Floats) -> float:
        sided = np.array([quote.spread > 0 for quote in self.expiry.quotes])
        counted = sided if sided.any() else np.ones(len(sided), dtype=bool)
        return float(np.max(np.abs(differences[counted])))


def levels(expiry: Expiry) -> Floats:
    """Logarithms of strike over forward."""
    return np.array([quote.level for quote in expiry.quotes])


def quoted(expiry: Expiry) -> Floats:
    """Implied volatilities."""
    return np.array([quote.volatility for quote in expiry.quotes])


def weights(expiry: Expiry) -> Floats:
    """Vega over spread, the largest 1."""
    deviation = quoted(expiry) * sqrt(expiry.years)
    d1 = -levels(expiry) / deviation + deviation / 2
    found = np.exp(-d1 * d1 / 2) / spreads(expiry)
    return np.asarray(found / found.max())


def spreads(expiry: Expiry) -> Floats:
    """Widths of markets; where nobody bids that of the widest one."""
    known = np.array([quote.spread for quote in expiry.quotes])
    return np.maximum(np.where(known > 0, known, known.max()), TICK)


def at_money(expiry: Expiry) -> float:
    """The variance a year at the money."""
    return float(np.interp(0.0, levels(expiry), quoted(expiry))) ** 2


def read_off(surface: Surface, expiry: Expiry, k: Floats) -> Floats:
    """A surface's implied volatilities at an expiry."""
    return np.asarray(np.sqrt(surface.shape(k, expiry.years).w / expiry.years))


def calls(expiry: Expiry) -> Floats:
    """Quotes as calls over their forward."""
    return black(levels(expiry), quoted(expiry) * sqrt(expiry.years))


def tables_by_day(section: str, parameters: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A section of a market file with a table for each day."""
    yield f"[{section}]"
    for day, numbers in parameters.items():
        yield f'"{day}" = {table(numbers)}'


def table(numbers: Mapping[str, float]) -> str:
    """Numbers as a table of a market file."""
    return "{ " + ", ".join(f"{key} = {number!r}" for key, number in numbers.items()) + " }"
