"""How wide the kinks of a smooth program are made: a pilot run finds what moves each of them."""

from typing import Any

import numpy as np

from rfos_lang.path.program import CROSSINGS, Node
from rfos_lang.valuation.path.numpy_printer import Decide, Witness, run
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.levels import TRUTHS
from rfos_lang.valuation.simulated.scores import suit
from rfos_lang.valuation.simulated.simulation import (
    PILOT,
    PILOT_PATHS,
    Simulation,
    half_of,
    normals,
)

PILOT_FEW = 512
"""Paths that say how wide to make a level, where kernels run them."""
CROWDED = 0.2
"""As a part of what moves a kink, where a price has several places close to each other at which
something changes. A wide kernel would reach over more than one of them."""


def pilot_widths(simulation: Simulation, decide: Decide | None = None) -> Floats:
    """For each step and kink, the standard deviation of what moved its difference since it was
    last looked at: the scale that a width is a fraction of. 0 where nothing is random. A
    crossing's scale is that of the spot's logarithm within the step. Of all only a part is taken
    where kinks are crowded."""
    result = np.zeros((len(simulation.line), len(simulation.program.kinks)))
    if simulation.is_fused:
        few = half_of(simulation, PILOT)[:, :, : PILOT_FEW // 2]
        for number, (steps, differences) in enumerate(simulation.fused.seen(few)):
            moved = np.diff(differences, axis=0, prepend=0.0)
            result[steps, number] = _spreads(moved)
    else:
        _watched(simulation, decide, result)
    spots = dict(simulation.model.feeds)
    for number, kink in enumerate(simulation.program.kinks):
        if kink.operation in CROSSINGS:
            result[:, number] = simulation.rows.deviation[:, spots[kink.slot]]
    return CROWDED * result if is_crowded(simulation) else result


def is_crowded(simulation: Simulation) -> bool:
    """Whether kinks lie beside each other: a level that is watched beside what is paid at the end,
    a payment beside the price at which a choice cuts off what it would be on the other side. So may
    those that bend and do not jump, which need hardly any width for first derivatives, if second
    ones need none."""
    operations = {kink.operation for kink in simulation.program.kinks}
    if simulation.chooses or operations & CROSSINGS:
        return True
    return not operations & TRUTHS and suit(simulation)


def _watched(simulation: Simulation, decide: Decide | None, result: Floats) -> None:
    """The spreads at all kinks, by a run of the NumPy printer."""
    kinks = {node: number for number, node in enumerate(simulation.program.kinks)}
    last: dict[Node, Any] = {}

    def witness(step: int, kink: Node, difference: Any) -> None:
        result[step, kinks[kink]] = _spread(np.asarray(difference - last.get(kink, 0.0)))
        last[kink] = difference

    pilot(simulation, decide, witness)


def _spreads(moved: Floats) -> Floats:
    """The spread of each row."""
    if not np.isfinite(moved).all():
        return np.array([_spread(each) for each in moved])
    spreads, scales = np.std(moved, axis=1), np.max(np.abs(moved), axis=1, initial=0.0)
    return np.where(spreads > 1e-12 * scales, spreads, 0.0)


def _spread(moved: Floats) -> float:
    """The standard deviation of what is known, nothing if that is rounding."""
    known = moved[np.isfinite(moved)]
    spread = float(np.std(known)) if known.size > 1 else 0.0
    return spread if spread > 1e-12 * float(np.max(np.abs(known), initial=0.0)) else 0.0


def pilot(simulation: Simulation, decide: Decide | None, witness: Witness) -> None:
    """A short run that is only looked at."""
    paths = PILOT_PATHS if simulation.is_random else 1
    run(
        simulation.program,
        simulation.line,
        simulation.rows.worths,
        simulation.motion.ticks(normals(simulation, PILOT, paths)),
        paths,
        decide,
        witness=witness,
    )
