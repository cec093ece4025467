"""Fits of models to a chain, by least squares of what the spread can tell apart.

A quote counts with its vega over its spread. Starts are the same each time, so fits are too.
"""

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.dynamics.fourier import call_values
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Smile, butterfly, crossing, durrleman
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.path.timeline import Floats

TICK = 0.0005
"""The least spread that counts, per unit of the forward: what prices are quoted in."""
MARGIN = 1e-3
"""By how much a fit keeps off arbitrage, in Durrleman's function."""
PENALTY = 30.0

SVI_STARTS = ((-0.2, 0.0), (0.2, 0.0), (-0.5, 0.05), (0.0, -0.05))
"""Correlation and centre that fits of a smile begin with."""
SVI_BOUNDS = (
    np.array([1e-7, 1e-6, -0.999, -2.0, 1e-3]),
    np.array([5.0, 2.0, 0.999, 2.0, 5.0]),
)
"""Of the least variance, b, rho, m and sigma."""
STEEPEST = 1.99
"""How fast wings may rise, per unit of k."""

HESTON_BOUNDS = (
    np.array([1e-4, 0.05, 1e-4, 0.05, -0.99]),
    np.array([25.0, 100.0, 25.0, 100.0, 0.99]),
)
"""Of v0, kappa, theta, xi and rho."""
HESTON_STARTS = ((2.0, 1.0, -0.2), (8.0, 2.0, -0.2), (1.0, 0.5, 0.2))
"""Speed, volatility of variance and correlation that fits of Heston's model begin with."""
MENDED_MOST = 200
TRIED, POLISHED = 8, 60
"""How many steps each start is followed, and then the best of them."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit says of one expiry: implied volatilities at the quotes' strikes."""

    expiry: Expiry
    volatilities: Floats

    @property
    def error(self) -> float:
        """How far it is off: the root of the mean square in volatility, by weight."""
        return float(np.sqrt(np.average(self.differences**2, weights=weights(self.expiry) ** 2)))

    @property
    def worst(self) -> float:
        """The largest difference at a strike where somebody bids."""
        sided = np.array([quote.spread > 0 for quote in self.expiry.quotes])
        counted = sided if sided.any() else np.ones(len(sided), dtype=bool)
        return float(np.max(np.abs(self.differences[counted])))

    @property
    def differences(self) -> Floats:
        return self.volatilities - quoted(self.expiry)


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


# --- a smile for each expiry ---------------------------------------------------------------------


def fitted_smile(chain: Chain) -> tuple[Smile, tuple[Fit, ...]]:
    """SVI for each expiry in order, each without arbitrage, in itself and with the one before."""
    slices: list[tuple[float, Svi]] = []
    for expiry in chain.expiries:
        before = slices[-1][1] if slices else None
        slices.append((expiry.years, fitted_slice(expiry, before)))
    smile = Smile(tuple(slices))
    return smile, tuple(
        Fit(each, np.sqrt(part.shape(levels(each)).w / each.years))
        for each, (_, part) in zip(chain.expiries, slices, strict=True)
    )


def fitted_slice(expiry: Expiry, before: Svi | None) -> Svi:
    """The smile of one expiry."""
    k, target, weight = levels(expiry), quoted(expiry), weights(expiry)
    at_money = _at_money(expiry) * expiry.years
    scale = sqrt(at_money)
    reach = max(1.0, 10 * scale)
    grid = np.concatenate([np.linspace(-reach, reach, 201), np.linspace(k[0], k[-1], 101)])
    floor = None if before is None else before.shape(grid).w

    def residuals(x: Floats) -> Floats:
        found = _slice(x)
        shape = found.shape(grid)
        off = weight * (np.sqrt(found.shape(k).w / expiry.years) - target)
        bent = np.maximum(MARGIN - durrleman(grid, shape), 0.0)
        crossed = np.zeros(1) if floor is None else np.maximum(floor * (1 + 1e-6) - shape.w, 0.0)
        steep = np.array([max(found.b * (1 + abs(found.rho)) - STEEPEST, 0.0)])
        bent, crossed = bent / sqrt(len(grid)), crossed / scale
        return np.concatenate([off, PENALTY * bent, PENALTY * crossed, PENALTY * steep])

    def search(rho: float, centre: float) -> Any:
        start = np.array([at_money / 2, scale / 2, rho, centre, scale])
        inside = np.clip(start, *SVI_BOUNDS)
        sizes = np.maximum(np.abs(inside), 0.02)
        return least_squares(residuals, inside, bounds=SVI_BOUNDS, x_scale=sizes)

    best = min((search(*start) for start in SVI_STARTS), key=lambda found: found.cost)
    return _without_arbitrage(_slice(best.x), before)


def _slice(x: Floats) -> Svi:
    """A slice from its least variance, b, rho, m and sigma."""
    lowest, b, rho, m, sigma = (float(each) for each in x)
    return Svi(lowest - b * sigma * sqrt(1 - rho * rho), b, rho, m, sigma)


def _without_arbitrage(found: Svi, before: Svi | None) -> Svi:
    """The smile without what little of arbitrage a penalty leaves: drawn flatter, and raised."""
    for _ in range(MENDED_MOST):
        if butterfly(found) is None:
            break
        a, b = found.a + 0.02 * found.b * found.sigma, 0.98 * found.b
        found = replace(found, a=a, b=b)
    if before is None:
        return found
    for _ in range(MENDED_MOST):
        crossed = crossing(Smile(((1.0, before), (2.0, found))))
        if crossed is None and butterfly(found) is None:
            break
        k = 0.0 if crossed is None else crossed[2]
        gap = float(before.shape(k).w - found.shape(k).w)
        found = replace(found, a=found.a + max(gap, 0.0) + 1e-7)
    return found


# --- one model for all ---------------------------------------------------------------------------


def fitted_heston(chain: Chain) -> tuple[Heston, tuple[Fit, ...]]:
    """Heston's parameters for all expiries together."""
    first, last = (_at_money(chain.expiries[at]) for at in (0, -1))
    targets = [(each, levels(each), _calls(each), TICK / spreads(each)) for each in chain.expiries]

    def residuals(x: Floats) -> Floats:
        heston = Heston(*map(float, x))
        off = (
            weight * (call_values(heston, each.years, k) - calls)
            for each, k, calls, weight in targets
        )
        return np.concatenate(list(off))

    def search(start: Floats, most: int) -> Any:
        inside = np.clip(start, *HESTON_BOUNDS)
        scale = np.maximum(np.abs(inside), 0.1)
        return least_squares(residuals, inside, bounds=HESTON_BOUNDS, x_scale=scale, max_nfev=most)

    starts = [np.array([first, kappa, last, xi, rho]) for kappa, xi, rho in HESTON_STARTS]
    tried = [search(start, TRIED) for start in starts]
    best = search(min(tried, key=lambda found: found.cost).x, POLISHED)
    heston = Heston(*map(float, best.x))
    fits = tuple(
        Fit(each, implied(call_values(heston, each.years, k), k, each.years))
        for each, k, _, _ in targets
    )
    return heston, fits


def _at_money(expiry: Expiry) -> float:
    """The variance a year at the money."""
    return float(np.interp(0.0, levels(expiry), quoted(expiry))) ** 2


def _calls(expiry: Expiry) -> Floats:
    return black(levels(expiry), quoted(expiry) * sqrt(expiry.years))


def black(k: Floats, deviation: Floats) -> Floats:
    """Calls per unit of the forward."""
    d1 = -k / deviation + deviation / 2
    return np.asarray(ndtr(d1) - np.exp(k) * ndtr(d1 - deviation))


def implied(calls: Floats, k: Floats, years: float) -> Floats:
    """Implied volatilities of calls, by bisection."""
    low, high = np.full(len(k), 1e-6), np.full(len(k), 20.0 * max(sqrt(years), 0.1))
    for _ in range(80):
        middle = (low + high) / 2
        above = black(k, middle) > calls
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2 / sqrt(years))
