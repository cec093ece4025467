"""SVI fitted to each expiry in order, without arbitrage.

By least squares of what the spread can tell apart. Starts are the same each time, so fits are too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.calibration.fit import (
    at_money,
    levels,
    quoted,
    read_off,
    tables_by_day,
    weights,
)
from rfos_lang.valuation.dynamics.smile import Smile, butterfly, crossing, durrleman
from rfos_lang.valuation.dynamics.svi import Svi
from rfos_lang.valuation.path.timeline import Floats

MARGIN = 1e-3
"""By how much a fit keeps off arbitrage, in Durrleman's function."""
PENALTY = 30.0
STARTS = ((-0.2, 0.0), (0.2, 0.0), (-0.5, 0.05), (0.0, -0.05))
"""Correlation and centre that fits of a smile begin with."""
BOUNDS = (
    np.array([1e-7, 1e-6, -0.999, -2.0, 1e-3]),
    np.array([5.0, 2.0, 0.999, 2.0, 5.0]),
)
"""Of the least variance, b, rho, m and sigma."""
STEEPEST = 1.99
"""How fast wings may rise, per unit of k."""
MENDED_MOST = 200


@dataclass(frozen=True, slots=True)
class BySvi:
    """A slice for each expiry."""

    slices: tuple[tuple[float, Svi], ...]

    @property
    def smile(self) -> Smile:
        return Smile(self.slices)

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        return read_off(self.smile, expiry, k)

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        yield from tables_by_day(f"smiles.{name}", self.parameters(chain))

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        return {
            show_instant(each.instant): {
                key: getattr(part, key) for key in ("a", "b", "rho", "m", "sigma")
            }
            for each, (_, part) in zip(chain.expiries, self.slices, strict=True)
        }

    @property
    def notes(self) -> tuple[str, ...]:
        return ()


def fitted_svi(chain: Chain) -> BySvi:
    """Each slice without arbitrage, in itself and with the one before."""
    slices: list[tuple[float, Svi]] = []
    for expiry in chain.expiries:
        before = slices[-1][1] if slices else None
        slices.append((expiry.years, fitted_slice(expiry, before)))
    return BySvi(tuple(slices))


def fitted_slice(expiry: Expiry, before: Svi | None) -> Svi:
    """The smile of one expiry."""
    k, target, weight = levels(expiry), quoted(expiry), weights(expiry)
    middle = at_money(expiry) * expiry.years
    scale = sqrt(middle)
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
        start = np.array([middle / 2, scale / 2, rho, centre, scale])
        inside = np.clip(start, *BOUNDS)
        sizes = np.maximum(np.abs(inside), 0.02)
        return least_squares(residuals, inside, bounds=BOUNDS, x_scale=sizes)

    best = min((search(*start) for start in STARTS), key=lambda found: found.cost)
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
