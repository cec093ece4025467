"""Greeks: derivatives of the smooth path program, extrapolated to no smoothing.

Conventions: delta and gamma by a spot; vega by a parallel shift of a spot's volatilities, per
1.00; rho and carry by a parallel shift of an asset's rates or yields, per 1.00; theta by the
valuation moving ahead, per year of 365 days, with the market's curves keeping their shape in years
to maturity.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import adjoint
from rfos_lang.path.program import Region
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.model_lognormal import Rows, Shifts
from rfos_lang.valuation.path.fused import Decided, Fused, Sweep, Widths
from rfos_lang.valuation.path.numpy_adjoint import Smooth
from rfos_lang.valuation.path.numpy_printer import Decide, Step, Value
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.simulated import scores
from rfos_lang.valuation.simulated.control_greeks import ControlGreeks
from rfos_lang.valuation.simulated.deciding import Deciding
from rfos_lang.valuation.simulated.estimate import errors_of_blocks
from rfos_lang.valuation.simulated.levels import cubics
from rfos_lang.valuation.simulated.monte_carlo import pair_means
from rfos_lang.valuation.simulated.pilot_widths import is_crowded, pilot_widths
from rfos_lang.valuation.simulated.simulation import (
    EXTRAPOLATED_FROM,
    Simulation,
    drawn_of,
    every_block,
    half_of,
    normals,
    together,
)

NARROW, WIDE = 0.75, 1.5
"""Widths as a part of the standard deviation that the pilot run finds."""
LEFT_OF_FOURTH, LEFT_OF_THIRD = 1 / 15, 1 / 7
"""What is left at the narrow width of what the wide one changes, for changes that go with the
fourth power of the width, as the kernel's do, and with the third, as those of bent functions of
rounded numbers."""
HALVED_MOST = 3
"""So often widths are halved where what they leave is more than errors and a part of a Greek."""
LEFT_OF_ERRORS, LEFT_OF_GREEK = 2.0, 0.003
WIDENED_FROM = 3
"""And on kernels, which have many blocks, every so many of these."""
PRECISE, BLOCKS_ENOUGH = 2e-3, 10
"""Of so many paths the other blocks are not run where the first derivatives of these, of which
there must be so many, have errors below this part of them: control variates see to that."""
NEXT_TO_NOTHING = 1e-5
"""By how much of a spot it is moved for gamma: the smooth program has a second derivative."""
SPOT_BUMP = 0.01
"""For the gamma of a contract with choices, as a part of the spot."""
ADJOINT = "pathwise adjoint"
SCORED = "likelihood ratio of adjoint deltas"
DIFFERENCE = "central difference of adjoint deltas, exercise policy kept"


def added(
    valuation: Valuation,
    simulation: Simulation,
    deciding: Deciding | None = None,
    controls: ControlGreeks | None = None,
) -> Valuation:
    """The valuation with its Greeks, and how far smoothing was extrapolated.

    `controls` are taken away path by path, and what they are worth is given back.

    Under a policy, first derivatives hold each path's decisions: where the policy is optimal,
    moving it changes nothing to first order (Piterbarg 2004). Gamma lets the decisions move.
    """
    run = simulation if controls is None else controls.simulation
    narrow, wide = _blocks(run, deciding, controls)
    change = (narrow[: len(wide)] - wide) * LEFT_OF_FOURTH
    found = np.nanmean(narrow, axis=0) + change.mean(axis=0)
    found[_rounding(simulation, valuation.value, found)] = 0.0
    errors = errors_of_blocks(narrow, change)
    smoothed, scored = bool(simulation.program.kinks), scores.suit(simulation)
    told = names(simulation.model.pairs, simulation.model.curves, simulation.asset)
    greeks = tuple(
        Greek(
            measure,
            subject,
            float(number),
            unit,
            _estimator(simulation, measure, deciding, controls is not None, scored),
            error,
            abs(moved) * LEFT_OF_THIRD / LEFT_OF_FOURTH if smoothed else None,
        )
        for (measure, subject, unit), number, error, moved in zip(
            told,
            found,
            errors.tolist(),
            change.mean(axis=0).tolist(),
            strict=True,
        )
    )
    notes = valuation.notes
    if simulation.program.kinks:
        notes = (*notes, _note(found, change.mean(axis=0)))
    if len(narrow) < run.blocks:
        count = f"{len(narrow) * run.block:,}"
        notes = (*notes, f"Greeks are precise on {count} of the paths already.")
    return replace(valuation, greeks=greeks, notes=notes)


def _rounding(simulation: Simulation, value: float, found: Floats) -> NDArray[np.bool_]:
    """Which deltas and gammas are only the rounding of binary64 about 0."""
    spots = simulation.model.unmoved.spots
    scale = np.zeros(len(found))
    scale[: 2 * len(spots)] = np.concatenate([1e-12 / spots, 1e-8 / spots**2])
    return np.abs(found) < abs(value) * scale


def _estimator(
    simulation: Simulation, measure: str, deciding: Deciding | None, controlled: bool, scored: bool
) -> str:
    """How a Greek was found."""
    if deciding is not None and measure == "gamma":
        return DIFFERENCE
    if measure == "gamma" and scored:
        return SCORED + (", smoothed" if simulation.program.kinks else "")
    smoothed = ", smoothed" if simulation.program.kinks else ""
    smoothed += ", with control variates" if controlled else ""
    return ADJOINT + smoothed + ("" if deciding is None else ", along the exercise policy")


def _blocks(
    simulation: Simulation, deciding: Deciding | None, controls: ControlGreeks | None
) -> tuple[Floats, Floats]:
    """The Greeks of blocks at the narrow width, and of the first of them at the wide one, which is
    the same where there is no level. NaN: not taken. Where levels leave too much they are made
    narrower, and nothing of a jump is spread wider."""
    decide = None if deciding is None else deciding.decide
    widths, spread = pilot_widths(simulation, decide), not is_crowded(simulation)
    for _ in range(HALVED_MOST):
        narrow, wide = _of_widths(simulation, deciding, controls, widths, spread)
        if _are_narrow_enough(narrow, wide):
            return narrow, wide
        widths, spread = widths / 2.0, False
    return _of_widths(simulation, deciding, controls, widths, spread)


def _are_narrow_enough(narrow: Floats, wide: Floats) -> bool:
    """Whether no Greek has more left of the smoothing than may be."""
    moved = narrow[: len(wide)] - wide
    change = moved * LEFT_OF_FOURTH
    left = np.abs(moved.mean(axis=0)) * LEFT_OF_THIRD
    found = np.abs(np.nanmean(narrow, axis=0) + change.mean(axis=0))
    return bool(
        np.all(left <= LEFT_OF_ERRORS * errors_of_blocks(narrow, change) + LEFT_OF_GREEK * found)
    )


def _of_widths(
    simulation: Simulation,
    deciding: Deciding | None,
    controls: ControlGreeks | None,
    widths: Floats,
    spread: bool,
) -> tuple[Floats, Floats]:
    many = simulation.is_very_many
    derivatives = _Derivatives.of(simulation, deciding, controls)
    near = derivatives.widths(_widths(widths, NARROW, controls), controls, spread)
    narrowly, widely = (derivatives.ready(each) for each in (near, near.scaled(WIDE / NARROW)))
    nothing = [np.zeros(1)] * 2
    back, far_back = nothing if controls is None else controls.at((NARROW, WIDE))

    has_kinks = bool(simulation.program.kinks)

    def found(block: int) -> tuple[Slopes, Slopes | None]:
        drawn = derivatives.drawn(block)
        with_gamma = block % EXTRAPOLATED_FROM == 0 or not many
        narrow = derivatives.at(block, drawn, narrowly, with_gamma)
        if not has_kinks or block % widened:
            return narrow, None
        return narrow, derivatives.at(block, drawn, widely, with_gamma=True)

    every, widened = range(simulation.blocks), EXTRAPOLATED_FROM
    if simulation.is_fused:
        widened *= WIDENED_FROM
    first = sorted(every[::EXTRAPOLATED_FROM], key=lambda block: block % widened > 0)
    rest = [block for block in every if block % EXTRAPOLATED_FROM]
    narrow, wide = list[Floats](), list[Floats]()

    def take(blocks: list[int]) -> None:
        for some in together(every_block(simulation, found, blocks)):
            narrow.extend(derivatives.greeks([slopes for slopes, _ in some]) + back)
            wider = [slopes for _, slopes in some if slopes is not None]
            wide.extend(derivatives.greeks(wider) + far_back if wider else ())

    take(first if many else [*first, *rest])
    if many and not _are_precise(np.array(narrow), np.array(wide or narrow[:1]), simulation):
        take(rest)
    return np.array(narrow), np.array(wide or narrow[:1])


def _are_precise(narrow: Floats, wide: Floats, simulation: Simulation) -> bool:
    """Whether the first derivatives of the blocks that are run at both widths are enough."""
    if len(narrow) < BLOCKS_ENOUGH:
        return False
    spots = len(simulation.model.pairs)
    change = (narrow[: len(wide)] - wide) * LEFT_OF_FOURTH
    first = np.delete(np.arange(narrow.shape[1]), range(spots, 2 * spots))
    errors = errors_of_blocks(narrow, change)[first]
    return bool(
        np.all(errors <= PRECISE * np.abs(narrow.mean(axis=0) + change.mean(axis=0))[first])
    )


def _widths(widths: Floats, part: float, controls: ControlGreeks | None) -> Floats:
    return part * widths if controls is None else controls.widths(part * widths, part)


class Slopes(NamedTuple):
    """Derivatives of a block: by what a simulation reads, and second ones by each spot."""

    rows: Rows
    second: Floats


class Ready(NamedTuple):
    """Some widths, and kernels that sweep with them: in the market as it is, and with each spot
    moved."""

    widths: Widths
    sweeps: tuple[Sweep, ...]


@dataclass(frozen=True, slots=True)
class _Derivatives:
    """A simulation ready to be differentiated. `fused` are its kernels in the market as it is and
    with each spot moved; empty where NumPy runs it."""

    simulation: Simulation
    deciding: Deciding | None
    seeds: dict[int, float]
    fused: tuple[Fused, ...]
    decided: tuple[Decided | None, ...]
    scored: bool

    @staticmethod
    def of(
        simulation: Simulation, deciding: Deciding | None, controls: ControlGreeks | None
    ) -> "_Derivatives":
        seeds, fused = {simulation.program.values[0]: 1.0}, tuple[Fused, ...]()
        if controls is not None:
            taken = zip(controls.controls.slots, controls.taken.tolist(), strict=True)
            seeds |= {slot: -each for slot, each in taken}
        scored = scores.suit(simulation)
        kernel, decided = deciding and deciding.kernel, tuple[Decided | None, ...]()
        if scored:
            fused = (simulation.fused.smooth(),)
        elif simulation.is_fused or kernel:
            unmoved, numbers = simulation.model.unmoved, simulation.model.numbers
            spots, parts = range(len(unmoved.spots)), _parts(deciding)
            places = [unmoved, *(_moved(unmoved, spot, part) for spot in spots for part in parts)]
            moved = [replace(simulation, rows=model_lognormal.rows(numbers, p)) for p in places]
            fused = tuple(each.fused.smooth() for each in moved)
            decided = tuple(kernel(each) if kernel else None for each in moved)
        return _Derivatives(simulation, deciding, seeds, fused, decided, scored)

    def widths(self, widths: Floats, controls: ControlGreeks | None, spread: bool) -> Widths:
        """The widths of kinks; on kernels, where jumps are `spread`, with cubics through those at
        levels of the contract."""
        if not self.fused or not spread:
            return Widths.of(widths)
        levels = () if controls is None else controls.controls.levels
        besides = frozenset(kink for kink, _ in levels)
        return cubics(self.simulation, self.fused[0], widths, self.seeds, besides)

    def ready(self, widths: Widths) -> Ready:
        """Made ready once for all blocks."""
        each = zip(self.fused, self.decided or [None] * len(self.fused), strict=True)
        return Ready(widths, tuple(one.sweep(widths, self.seeds, by) for one, by in each))

    def drawn(self, block: int) -> Floats:
        """The normals of a block; for kernels, which mirror them, one half."""
        if self.fused:
            return (drawn_of if self.deciding else half_of)(self.simulation, block)
        return np.stack(list(normals(self.simulation, block)))

    def at(self, block: int, drawn: Floats, ready: Ready, with_gamma: bool) -> Slopes:
        """The derivatives of a block."""
        unmoved = self.simulation.model.unmoved
        if self.scored:
            found, bends = ready.sweeps[0](drawn)
            return Slopes(found, (bends - found.start) / np.square(unmoved.spots))
        found = self.swept(block, drawn, unmoved, ready, moved=0)
        second = np.full(len(unmoved.spots), np.nan)
        if with_gamma:
            deltas = found.start / unmoved.spots
            for spot in range(len(second)):
                second[spot] = self.second(block, drawn, spot, deltas, ready)
        return Slopes(found, second)

    def greeks(self, found: Sequence[Slopes]) -> Floats:
        """The Greeks of blocks, in the order of `greek_names.names`."""
        model = self.simulation.model
        rows = Rows(
            *(np.stack(parts) for parts in zip(*(each.rows for each in found), strict=True))
        )
        first = model_lognormal.pulled_back(model.numbers, model.unmoved, rows)
        second = np.stack([each.second for each in found])
        parts = (first.spots, second, first.volatilities, first.curves, first.time[:, None])
        return np.concatenate([np.asarray(part) for part in parts], axis=1)

    def swept(self, block: int, drawn: Floats, shifts: Shifts, ready: Ready, moved: int) -> Rows:
        """Derivatives by what a simulation reads of a moved market; `moved` is the place of that
        market among the kernels."""
        if self.fused:
            return ready.sweeps[moved](drawn)[0]
        decided = dict[int, Floats]()
        if self.deciding is not None:
            decided = decisions(self.simulation, block, shifts, self.deciding.decide)
        smooth = smooth_in(self.simulation, shifts, ready.widths.width, decided)
        return smooth.slopes(drawn, self.seeds)

    def second(self, block: int, drawn: Floats, spot: int, deltas: Floats, ready: Ready) -> float:
        """The difference of a delta by its own spot: with a policy, whose decisions move, a central
        one over `SPOT_BUMP`, else over next to nothing."""
        unmoved, parts = self.simulation.model.unmoved, _parts(self.deciding)

        def delta(part: float) -> float:
            shifts = _moved(unmoved, spot, part)
            moved = 1 + spot * len(parts) + parts.index(part)
            found = self.swept(block, drawn, shifts, ready, moved)
            return float(found.start[spot] / shifts.spots[spot])

        if self.deciding is None:
            by = float(_moved(unmoved, spot).spots[spot] - unmoved.spots[spot])
            return (delta(NEXT_TO_NOTHING) - float(deltas[spot])) / by
        by = 2.0 * SPOT_BUMP * float(unmoved.spots[spot])
        return (delta(SPOT_BUMP) - delta(-SPOT_BUMP)) / by


def _parts(deciding: Deciding | None) -> tuple[float, ...]:
    """By which parts of it a spot is moved for gamma."""
    return (NEXT_TO_NOTHING,) if deciding is None else (SPOT_BUMP, -SPOT_BUMP)


def _moved(unmoved: Shifts, spot: int, part: float = NEXT_TO_NOTHING) -> Shifts:
    """The market with one spot moved by a part of itself."""
    spots = np.array(unmoved.spots)
    spots[spot] *= 1.0 + part
    return unmoved._replace(spots=spots)


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


def _note(found: Floats, change: Floats) -> str:
    """One sentence on the smoothing."""
    scale = np.maximum(np.abs(found), 1e-12)
    most = float(np.max(np.abs(change) / scale, initial=0.0))
    return (
        f"Greeks are extrapolated from smoothing widths of {WIDE:.0%} and {NARROW:.0%} of a "
        f"standard deviation, which moved them by at most {most:.1%}."
    )
