"""SABR fitted to each expiry in order, beta being given.

By least squares of what the spread can tell apart. Starts are the same each time, so fits are too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf, sqrt
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
from rfos_lang.valuation.dynamics.sabr import Sabr, continued
from rfos_lang.valuation.dynamics.smile import Smile, crossing, durrleman
from rfos_lang.valuation.dynamics.smile_notes import wing_notes
from rfos_lang.valuation.path.timeline import Floats

MARGIN, PENALTY = 1e-3, 30.0
"""By how much a fit keeps off arbitrage between quotes, in Durrleman's function, and its price."""
STARTS = ((-0.2, 1.0), (0.3, 1.0), (-0.6, 2.0), (0.0, 4.0))
"""Correlation, and volatility of volatility times the root of the time to expiry, at first."""
BOUNDS = (np.array([1e-4, -0.995, 1e-4]), np.array([10.0, 0.995, 50.0]))
"""Of the level, rho and nu."""
MENDED_MOST = 100


@dataclass(frozen=True, slots=True)
class BySabr:
    """A slice for each expiry."""

    slices: tuple[tuple[float, Sabr], ...]
    as_of: int

    @property
    def smile(self) -> Smile:
        return Smile(self.slices)

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        return read_off(self.smile, expiry, k)

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        yield from tables_by_day(f"sabr.{name}", self.parameters(chain))

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        return {
            show_instant(each.instant): {
                "alpha": part.level * each.forward ** (1.0 - part.beta),
                "beta": part.beta,
                "rho": part.rho,
                "nu": part.nu,
            }
            for each, (_, part) in zip(chain.expiries, self.slices, strict=True)
        }

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(wing_notes(self.smile, self.as_of))


def fitted_sabr(chain: Chain, beta: float) -> BySabr:
    """Each slice without arbitrage between its quotes, and with the one before."""
    slices: list[tuple[float, Sabr]] = []
    for expiry in chain.expiries:
        before = slices[-1][1] if slices else None
        slices.append((expiry.years, fitted_slice(expiry, beta, before)))
    return BySabr(tuple(slices), chain.as_of)


def fitted_slice(expiry: Expiry, beta: float, before: Sabr | None) -> Sabr:
    """The smile of one expiry."""
    k, target, weight = levels(expiry), quoted(expiry), weights(expiry)
    level = sqrt(at_money(expiry))
    deviation = level * sqrt(expiry.years)
    far = max(4 * deviation, -float(k[0]), float(k[-1]))
    wide, between = np.linspace(-far, far, 101), np.linspace(k[0], k[-1], 101)
    floor = None if before is None else before.shape(wide).w

    def residuals(x: Floats) -> Floats:
        found = _slice(x, expiry.years, beta)
        off = weight * (np.sqrt(found.formula(k).w / expiry.years) - target)
        bent = np.maximum(MARGIN - durrleman(between, found.formula(between)), 0.0)
        crossed = np.zeros(1)
        if floor is not None:
            crossed = np.maximum(floor * (1 + 1e-6) - found.formula(wide).w, 0.0) / deviation
        return np.concatenate([off, PENALTY * bent / 10, PENALTY * crossed])

    def search(rho: float, nu: float) -> Any:
        start = np.clip(np.array([level, rho, nu / sqrt(expiry.years)]), *BOUNDS)
        sizes = np.maximum(np.abs(start), 0.05)
        return least_squares(residuals, start, bounds=BOUNDS, x_scale=sizes)

    best = min((search(*start) for start in STARTS), key=lambda found: found.cost)
    return _without_crossing(_mended(_slice(best.x, expiry.years, beta)), before)


def _slice(x: Floats, years: float, beta: float) -> Sabr:
    level, rho, nu = (float(each) for each in x)
    return Sabr(years, level, beta, rho, nu)


def _mended(part: Sabr) -> Sabr:
    """With straight wings; less curved if the formula does not hold at the forward itself."""
    for _ in range(MENDED_MOST):
        if (found := continued(part)) is not None:
            return found.mended
        part = replace(part, nu=0.95 * part.nu)
    return part


def _without_crossing(part: Sabr, before: Sabr | None) -> Sabr:
    """The smile without what little of crossing a penalty leaves: raised, and more curved."""
    if before is None:
        return part
    for _ in range(MENDED_MOST):
        if (found := crossing(Smile(((1.0, before), (2.0, part))))) is None:
            break
        k = found[2]
        by = 1e-4 + sqrt(float(before.shape(k).w) / float(part.shape(k).w))
        part = _mended(replace(part, level=part.level * by, nu=part.nu * by, low=-inf, high=inf))
    return part
