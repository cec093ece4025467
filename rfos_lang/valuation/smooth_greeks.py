"""Greeks: derivatives of the smooth path program, extrapolated to no smoothing.

Conventions: delta and gamma by a spot; vega by a parallel shift of a spot's volatilities, per
1.00; rho and carry by a parallel shift of an asset's rates or yields, per 1.00; theta by the
valuation moving ahead, per year of 365 days, with the market's curves keeping their shape in years
to maturity.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import adjoint
from rfos_lang.path.program import Region
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.monte_carlo import (
    Simulation,
    normals,
    pair_means,
    pilot_widths,
)
from rfos_lang.valuation.path.numpy_adjoint import Smooth
from rfos_lang.valuation.path.numpy_printer import Decide, Step, Value
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Greek, Valuation

NARROW, WIDE = 0.25, 0.5
"""Widths as a part of the standard deviation that the pilot run finds."""
EXTRAPOLATED_FROM = 4
"""Every so many blocks one is run at the wide width too."""
GAMMAS_MOST = 5_000_000
"""Above so many paths times steps gamma, which costs most, is taken from the same blocks alone."""
NEXT_TO_NOTHING = 1e-5
"""By how much of a spot it is moved for gamma: the smooth program has a second derivative."""
SPOT_BUMP = 0.01
"""For the gamma of a contract with choices, as a part of the spot."""
ADJOINT = "pathwise adjoint"
DIFFERENCE = "central difference of adjoint deltas, exercise policy kept"


def added(valuation: Valuation, simulation: Simulation, decide: Decide | None = None) -> Valuation:
    """The valuation with its Greeks, and how far smoothing was extrapolated.

    Under a policy, first derivatives hold each path's decisions: where the policy is optimal,
    moving it changes nothing to first order (Piterbarg 2004). Gamma lets the decisions move.
    """
    narrow, wide = _blocks(simulation, decide)
    change = (narrow[::EXTRAPOLATED_FROM] - wide) / 3.0
    found = np.nanmean(narrow, axis=0) + change.mean(axis=0)
    found[_rounding(simulation, valuation.value, found)] = 0.0
    errors = np.sqrt(_squared_error(narrow) + _squared_error(change))
    greeks = tuple(
        Greek(measure, subject, float(number), unit, _estimator(simulation, measure, decide), error)
        for (measure, subject, unit), number, error in zip(
            names(simulation.model, simulation.asset), found, errors.tolist(), strict=True
        )
    )
    notes = valuation.notes
    if simulation.program.kinks:
        notes = (*notes, _note(found, change.mean(axis=0)))
    return replace(valuation, greeks=greeks, notes=notes)


def _rounding(simulation: Simulation, value: float, found: Floats) -> NDArray[np.bool_]:
    """Which deltas and gammas are only the rounding of binary64 about 0."""
    spots = simulation.model.unmoved.spots
    scale = np.zeros(len(found))
    scale[: 2 * len(spots)] = np.concatenate([1e-12 / spots, 1e-8 / spots**2])
    return np.abs(found) < abs(value) * scale


def _estimator(simulation: Simulation, measure: str, decide: Decide | None) -> str:
    """How a Greek was found."""
    if decide is not None and measure == "gamma":
        return DIFFERENCE
    smoothed = ", smoothed" if simulation.program.kinks else ""
    return ADJOINT + smoothed + ("" if decide is None else ", along the exercise policy")


def _blocks(simulation: Simulation, decide: Decide | None) -> tuple[Floats, Floats]:
    """The Greeks of each block at the narrow width, and of some at the wide one. NaN: not taken."""
    widths = pilot_widths(simulation, decide)
    many = simulation.paths * len(simulation.line) > GAMMAS_MOST
    narrow, wide = [], []
    for block in range(simulation.blocks):
        drawn = np.stack(list(normals(simulation, block)))
        both = block % EXTRAPOLATED_FROM == 0
        derivatives = _Derivatives(simulation, block, drawn, decide, with_gamma=both or not many)
        narrow.append(derivatives.at(NARROW * widths))
        if both:
            wide.append(derivatives.at(WIDE * widths) if simulation.program.kinks else narrow[-1])
    return np.array(narrow), np.array(wide)


@dataclass(frozen=True, slots=True)
class _Derivatives:
    """One block, its normals drawn, ready to be differentiated at some widths."""

    simulation: Simulation
    block: int
    drawn: Floats
    decide: Decide | None
    with_gamma: bool

    def at(self, widths: Floats) -> Floats:
        """The Greeks of the block, in the order of `greek_names.names`."""
        unmoved = self.simulation.model.unmoved
        first = self.first(unmoved, widths)
        parts = (
            first.spots,
            self.second(first, widths),
            first.volatilities,
            first.curves,
            first.time[None],
        )
        return np.concatenate([np.asarray(part) for part in parts])

    def first(self, shifts: Shifts, widths: Floats) -> Shifts:
        """First derivatives in a moved market, with the decisions of that market."""
        simulation, decided = self.simulation, dict[int, Floats]()
        if self.decide is not None:
            decided = decisions(simulation, self.block, shifts, self.decide)
        moved = smooth_in(simulation, shifts, widths, decided)
        found = moved.slopes(self.drawn, {simulation.program.values[0]: 1.0})
        return model_lognormal.pulled_back(simulation.model.numbers, shifts, found)

    def second(self, first: Shifts, widths: Floats) -> Floats:
        """Second derivatives by each spot."""
        count = len(self.simulation.model.unmoved.spots)
        if not self.with_gamma:
            return np.full(count, np.nan)
        return np.array([self.difference(spot, first, widths) for spot in range(count)])

    def difference(self, spot: int, first: Shifts, widths: Floats) -> float:
        """The difference of a delta by its own spot: with a policy, whose decisions move, a central
        one over `SPOT_BUMP`, else over next to nothing."""
        unmoved = self.simulation.model.unmoved
        by = np.zeros(len(unmoved.spots))
        by[spot] = (NEXT_TO_NOTHING if self.decide is None else SPOT_BUMP) * unmoved.spots[spot]
        up = self.first(unmoved._replace(spots=unmoved.spots + by), widths).spots[spot]
        if self.decide is None:
            return float(up - first.spots[spot]) / float(by[spot])
        down = self.first(unmoved._replace(spots=unmoved.spots - by), widths).spots[spot]
        return float(up - down) / (2.0 * float(by[spot]))


def decisions(
    simulation: Simulation, block: int, shifts: Shifts, decide: Decide
) -> dict[int, Floats]:
    """What a policy decides on the paths of a block: for each region with a choice `[n, paths]`."""
    regions = enumerate(simulation.program.step)
    shape = (len(simulation.line), simulation.block)
    result = {index: np.zeros(shape) for index, r in regions if r.feasible is not None}

    def note(step: Step, region: Region, feasible: Value) -> Value:
        taken = decide(step, region, feasible)
        result[step.region][step.number] = taken
        return taken

    moved = model_lognormal.rows(simulation.model.numbers, shifts)
    motion = simulation.motion.moved(shifts)
    pair_means(replace(simulation, rows=moved, motion=motion), block, note)
    return result


def smooth_in(
    simulation: Simulation, shifts: Shifts, widths: Floats, decided: dict[int, Floats]
) -> Smooth:
    """The smooth program of a simulation in a moved market."""
    moved = model_lognormal.rows(simulation.model.numbers, shifts)
    line, model = simulation.line, simulation.model
    return Smooth(adjoint(simulation.program), line, model, moved, widths, decided)


def _squared_error(draws: Floats) -> Floats:
    """The square of the standard error of each column's mean, NaN left out."""
    taken = np.isfinite(draws).sum(axis=0)
    if len(draws) < 2:
        return np.zeros(draws.shape[1])
    return np.asarray(np.nanvar(draws, axis=0, ddof=1) / taken)


def _note(found: Floats, change: Floats) -> str:
    """One sentence on the smoothing."""
    scale = np.maximum(np.abs(found), 1e-12)
    most = float(np.max(np.abs(change) / scale, initial=0.0))
    return (
        f"Greeks are extrapolated from smoothing widths of {WIDE:.0%} and {NARROW:.0%} of a "
        f"standard deviation, which moved them by at most {most:.1%}."
    )
