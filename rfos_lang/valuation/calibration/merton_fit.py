"""Merton's jumps with a term structure of volatility between them, fitted to all expiries together.

By least squares of prices over spreads. Starts are the same each time, so fits are too.
"""

from collections.abc import Iterator, Mapping
from math import ceil, log, sqrt
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.special import gammaln, ndtr

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.black import implied
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.calibration.fit import TICK, at_money, calls, levels, spreads, table
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.path.timeline import Floats

JUMPS = (np.array([1e-3, -0.8, 1e-3]), np.array([200.0, 0.8, 1.5]))
"""The least and the most of intensity, mean and deviation."""
VARIANCES = (1e-6, 25.0)
"""Of variance a year between jumps."""
STARTS = (
    (2.0, -0.1, 0.15),
    (2.0, 0.1, 0.15),
    (10.0, -0.03, 0.08),
    (10.0, 0.03, 0.08),
    (50.0, 0.0, 0.04),
)
"""Jumps that fits begin with: rare ones down and up, frequent ones, many small ones."""
STEPS_MOST = 150


@dataclass(frozen=True, slots=True)
class ByMerton:
    """Jumps, and by instant of expiry the mean volatility between them."""

    jumps: Jumps
    by_instant: Mapping[int, float]

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        variance = self.by_instant[expiry.instant] ** 2 * expiry.years
        return implied(jumping_calls(self.jumps, variance, expiry.years, k), k, expiry.years)

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        told = (f'"{show_instant(at)}" = {each!r}' for at, each in self.by_instant.items())
        yield from ("[volatilities]", f"{name} = {{ {', '.join(told)} }}")
        yield from ("", "[jumps]", f"{name} = {table(self._jumps())}")

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        between = {show_instant(at): each for at, each in self.by_instant.items()}
        return {**self._jumps(), "volatilities": between}

    def _jumps(self) -> dict[str, float]:
        return {key: getattr(self.jumps, key) for key in ("intensity", "mean", "deviation")}

    @property
    def notes(self) -> tuple[str, ...]:
        return ()


def jumping_calls(jumps: Jumps, variance: float, years: float, k: Floats) -> Floats:
    """Calls over their forward: Black's formula mixed over how many jumps there were, `variance`
    being that between them."""
    expected = jumps.intensity * years
    n = np.arange(ceil(expected + 10 * sqrt(expected) + 12))[:, None]
    chances = np.exp(n * log(max(expected, 1e-300)) - expected - gammaln(n + 1))
    grown = n * (jumps.mean + jumps.deviation**2 / 2) - expected * jumps.growth
    deviation = np.sqrt(variance + n * jumps.deviation**2)
    d1 = (grown - k) / deviation + deviation / 2
    each = np.exp(grown) * ndtr(d1) - np.exp(k) * ndtr(d1 - deviation)
    return np.asarray(np.sum(chances * each, axis=0))


def fitted_merton(chain: Chain) -> ByMerton:
    """Jumps for all expiries, and a variance rate between any two of them."""
    targets = [(each, levels(each), calls(each), TICK / spreads(each)) for each in chain.expiries]
    steps = np.diff([each.years for each in chain.expiries], prepend=0.0)

    def read(x: Floats) -> tuple[Jumps, Floats]:
        return Jumps(*map(float, x[:3])), np.cumsum(x[3:] * steps)

    def residuals(x: Floats) -> Floats:
        jumps, totals = read(x)
        off = (
            weight * (jumping_calls(jumps, float(total), each.years, k) - target)
            for (each, k, target, weight), total in zip(targets, totals, strict=True)
        )
        return np.concatenate(list(off))

    least, most = (np.concatenate([JUMPS[at], np.full(len(steps), VARIANCES[at])]) for at in (0, 1))
    at_the_money = np.array([at_money(each) for each in chain.expiries])

    def search(start: Floats) -> Any:
        inside = np.clip(start, least, most)
        scale, bounds = np.maximum(np.abs(inside), 0.02), (least, most)
        return least_squares(residuals, inside, bounds=bounds, x_scale=scale, max_nfev=STEPS_MOST)

    def begun(jumps: tuple[float, float, float]) -> Floats:
        intensity, mean, deviation = jumps
        by_jumps = intensity * (mean**2 + deviation**2)
        return np.array([*jumps, *np.maximum(at_the_money - by_jumps, at_the_money / 4)])

    best = min((search(begun(jumps)) for jumps in STARTS), key=lambda found: found.cost)
    jumps, totals = read(best.x)
    return ByMerton(
        jumps,
        {
            each.instant: sqrt(float(total) / each.years)
            for each, total in zip(chain.expiries, totals, strict=True)
        },
    )
