"""Heston's model fitted to all expiries together.

By least squares of prices over spreads. Starts are the same each time, so fits are too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.black import implied
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.calibration.fit import TICK, at_money, calls, levels, spreads, table
from rfos_lang.valuation.dynamics.fourier import call_values
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.path.timeline import Floats

BOUNDS = (
    np.array([1e-4, 0.05, 1e-4, 0.05, -0.99]),
    np.array([25.0, 100.0, 25.0, 100.0, 0.99]),
)
"""Of v0, kappa, theta, xi and rho."""
STARTS = ((2.0, 1.0, -0.2), (8.0, 2.0, -0.2), (1.0, 0.5, 0.2))
"""Speed, volatility of variance and correlation that fits begin with."""
TRIED, POLISHED = 8, 60
"""How many steps each start is followed, and then the best of them."""


@dataclass(frozen=True, slots=True)
class ByHeston:
    """One model for all expiries."""

    heston: Heston

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        return implied(call_values(self.heston, expiry.years, k), k, expiry.years)

    def tables(self, chain: Chain, name: str) -> Iterator[str]:
        yield from ("[heston]", f"{name} = {table(self.parameters(chain))}")

    def parameters(self, chain: Chain) -> Mapping[str, Any]:
        return {key: getattr(self.heston, key) for key in ("v0", "kappa", "theta", "xi", "rho")}

    @property
    def notes(self) -> tuple[str, ...]:
        return ()


def fitted_heston(chain: Chain) -> ByHeston:
    """Heston's parameters for all expiries together."""
    first, last = (at_money(chain.expiries[at]) for at in (0, -1))
    targets = [(each, levels(each), calls(each), TICK / spreads(each)) for each in chain.expiries]

    def residuals(x: Floats) -> Floats:
        heston = Heston(*map(float, x))
        off = (
            weight * (call_values(heston, each.years, k) - target)
            for each, k, target, weight in targets
        )
        return np.concatenate(list(off))

    def search(start: Floats, most: int) -> Any:
        inside = np.clip(start, *BOUNDS)
        scale = np.maximum(np.abs(inside), 0.1)
        return least_squares(residuals, inside, bounds=BOUNDS, x_scale=scale, max_nfev=most)

    starts = [np.array([first, kappa, last, xi, rho]) for kappa, xi, rho in STARTS]
    tried = [search(start, TRIED) for start in starts]
    best = search(min(tried, key=lambda found: found.cost).x, POLISHED)
    return ByHeston(Heston(*map(float, best.x)))
