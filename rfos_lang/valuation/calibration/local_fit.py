"""Local volatilities of a chain: Dupire's, from the SVI surface that fits it.

They are told as a table of prices and dates, each row holding until its date. What that table makes
of options is worked out anew by the forward equation of calls, so that the errors of the fit have
all in them: the surface, and the table of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, sqrt
from typing import Any

import numpy as np

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.black import black
from rfos_lang.valuation.calibration.chain import CASH, Chain, Expiry
from rfos_lang.valuation.calibration.fit import levels, read_off
from rfos_lang.valuation.calibration.svi_fit import BySvi, fitted_svi
from rfos_lang.valuation.curve import years_between
from rfos_lang.valuation.dynamics.forward_equation import solved
from rfos_lang.valuation.dynamics.local_grid import LocalGrid, Row
from rfos_lang.valuation.dynamics.local_volatility import OfSmile
from rfos_lang.valuation.path.timeline import Floats

ROWS = 10
"""Into how many rows the time between two expiries is divided."""
PLACES, REACH = 121, 8.0
"""How many prices a row has, and how far they go in standard deviations at the money."""
DENSER = 2.0
"""How much closer prices lie about the forward than far from it: the argument of a sinh."""


@dataclass(frozen=True, slots=True)
class ByLocalVolatility:
    """Rows by their instants, the grid that they make, and the surface that they are of."""

    instants: tuple[int, ...]
    grid: LocalGrid
    surface: BySvi
    off: tuple[float, float]

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        found = solved(self.grid, expiry.years)
        if found is None:
            return np.zeros(len(k))
        return read_off(found, expiry, k)

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        yield f"[local_volatility.{name}]"
        for instant, row in zip(self.instants, self.grid.rows, strict=True):
            at = ", ".join(f"{exp(k):.8g}" for k in row.at)
            told = ", ".join(f"{each:.7g}" for each in row.volatilities)
            yield f'"{show_instant(instant)}" = {{ at = [{at}], volatility = [{told}] }}'

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        return {
            show_instant(instant): {
                "at": [exp(k) for k in row.at],
                "volatility": list(row.volatilities),
            }
            for instant, row in zip(self.instants, self.grid.rows, strict=True)
        }

    @property
    def notes(self) -> tuple[str, ...]:
        return (
            "Errors are those of the local volatilities, by Dupire's equation. They are within "
            f"{100 * self.off[0]:.2g} points and {self.off[1]:.2g} {CASH} of the SVI surface that "
            "they were made from.",
        )


def fitted_local_volatility(chain: Chain) -> ByLocalVolatility:
    """The local volatilities of the surface that fits a chain."""
    surface = fitted_svi(chain)
    smile = OfSmile(surface.smile)
    instants, rows, begin = [], [], chain.as_of
    for expiry in chain.expiries:
        far = REACH * sqrt(float(surface.smile.shape(0.0, expiry.years).w))
        k = far * np.sinh(np.linspace(-DENSER, DENSER, PLACES)) / np.sinh(DENSER)
        for part in range(1, ROWS + 1):
            end = begin + round((expiry.instant - begin) * part / ROWS)
            since = begin + round((expiry.instant - begin) * (part - 1) / ROWS)
            t0, t1 = years_between(chain.as_of, since), years_between(chain.as_of, end)
            local = np.sqrt(smile.variance(k, t0, t1) / (t1 - t0))
            instants.append(end)
            rows.append(Row(t1, tuple(k.tolist()), tuple(local.tolist())))
        begin = expiry.instant
    grid = LocalGrid(tuple(rows))
    found = ByLocalVolatility(tuple(instants), grid, surface, (0.0, 0.0))
    return replace(found, off=_off(found, chain))


def _off(found: ByLocalVolatility, chain: Chain) -> tuple[float, float]:
    """How far the table is off the surface at the quotes' strikes: in volatility, and in price."""
    volatilities, prices = [], []
    for expiry in chain.expiries:
        k, root = levels(expiry), sqrt(expiry.years)
        ours, theirs = found.volatilities(expiry, k), found.surface.volatilities(expiry, k)
        volatilities.append(float(np.max(np.abs(ours - theirs))))
        off = np.abs(black(k, ours * root) - black(k, theirs * root))
        prices.append(float(expiry.forward * np.max(off)))
    return max(volatilities), max(prices)
