"""Greeks of a simulation that has no adjoint: differences on the very same normals.

Conventions are those of `smooth_greeks`. Each difference has its own standard error, that of the
mean over pairs of paths.
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.path.numpy_printer import Decide
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.simulated.monte_carlo import pair_means
from rfos_lang.valuation.simulated.simulation import Simulation, every_block

SPOT_STEP = 0.01
"""As a part of the spot: wide, so that payoffs with jumps are not lost in noise."""
VOLATILITY_STEP = 0.005
CURVE_STEP = 1e-3
TIME_STEP = 1.0 / 365.0 / 8.0
ESTIMATOR = "bump on the same random numbers"


def added(valuation: Valuation, simulation: Simulation, decide: Decide | None = None) -> Valuation:
    """The valuation with its Greeks; under a policy the decisions are those of the moved market."""
    differences = _Differences(simulation, decide)
    found = differences.all()
    kept = "" if decide is None else ", exercise policy kept"
    greeks = tuple(
        Greek(measure, subject, value, unit, ESTIMATOR + kept, error)
        for (measure, subject, unit), (value, error) in zip(
            names(simulation.model.pairs, simulation.model.curves, simulation.asset),
            found,
            strict=True,
        )
    )
    note = (
        f"Greeks are differences over {SPOT_STEP:.0%} of a spot, {VOLATILITY_STEP:.1%} of "
        f"volatility, {CURVE_STEP:.1%} of a curve and 3 hours."
    )
    return replace(valuation, greeks=greeks, notes=(*valuation.notes, note))


@dataclass(frozen=True, slots=True)
class _Differences:
    simulation: Simulation
    decide: Decide | None

    def all(self) -> list[tuple[float, float]]:
        """Value and standard error of each Greek, in the order of `greek_names.names`."""
        unmoved = self.simulation.model.unmoved
        here = self.draws(unmoved)
        deltas, gammas, vegas, curves = [], [], [], []
        for at, spot in enumerate(np.asarray(unmoved.spots)):
            by = SPOT_STEP * float(spot)
            up, down = (self.draws(self.shifted("spots", at, by * sign)) for sign in (1, -1))
            deltas.append((up - down) / (2 * by))
            gammas.append((up - 2 * here + down) / by**2)
            vegas.append(self.slope("volatilities", at, VOLATILITY_STEP))
        for at in range(len(self.simulation.model.curves)):
            curves.append(self.slope("curves", at, CURVE_STEP))
        later = self.draws(unmoved._replace(time=np.asarray(TIME_STEP)))
        theta = (later - here) / TIME_STEP
        return [_mean(each) for each in (*deltas, *gammas, *vegas, *curves, theta)]

    def slope(self, of: str, at: int, by: float) -> Floats:
        """The central difference of each pair by one of the shifts."""
        up, down = (self.draws(self.shifted(of, at, sign * by)) for sign in (1, -1))
        return np.asarray((up - down) / (2 * by))

    def shifted(self, of: str, at: int, by: float) -> Shifts:
        unmoved = self.simulation.model.unmoved
        moved = np.array(getattr(unmoved, of), dtype=np.float64)
        moved[at] += by
        return unmoved._replace(**{of: moved})

    def draws(self, shifts: Shifts) -> Floats:
        """The value on each pair of paths in a moved market. Raises what the pace does."""
        simulation = self.simulation
        moved = replace(
            simulation,
            rows=model_lognormal.rows(simulation.model.numbers, shifts),
            motion=simulation.motion.moved(shifts),
        )
        each = every_block(moved, lambda block: pair_means(moved, block, self.decide))
        return np.concatenate(list(each))


def _mean(draws: Floats) -> tuple[float, float]:
    error = float(np.std(draws, ddof=1)) / sqrt(len(draws)) if len(draws) > 1 else 0.0
    return float(np.mean(draws)), error
