"""How wide levels are made along paths: narrow for what a jump there is expected to be, wider for
what is left of it.

Whether a level was passed says little of what a path will be worth, which is random. As the mean
jump is smooth in the difference from the level, a cubic through jumps near it, which a few paths of
their own find, comes near it; `path.adjoint.at_level` says how it is used.
"""

import numpy as np

from rfos_lang.path.adjoint import JUMP_POWERS
from rfos_lang.path.program import Node, Operation
from rfos_lang.valuation.path.fused import Fused, Widths, in_blocks
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.simulation import PILOT, Simulation, half_of

WIDER = 2.0
"""How many times a width is what is left of a jump made wider."""
FEW_BLOCKS = 4
PATHS_LEAST = 100
"""So many of their paths must be near a level for a cubic."""
TRUTHS = frozenset({Operation.LESS, Operation.LESS_OR_EQUAL})


def cubics(
    simulation: Simulation,
    fused: Fused,
    widths: Floats,
    seeds: dict[int, float],
    besides: frozenset[Node],
) -> Widths:
    """The widths of kinks, with cubics through jumps at truths, other than kinks `besides`."""
    wide = [k.operation in TRUTHS and k not in besides for k in simulation.program.kinks]
    if not any(wide):
        return Widths.of(widths)
    trial = Widths.of(widths)._replace(wider=np.where(wide, WIDER * widths, widths))
    blocks = range(PILOT - FEW_BLOCKS, PILOT)
    each = in_blocks(blocks, lambda b: fused.jumps(half_of(simulation, b), trial, seeds))
    return fitted(trial, np.sum(list(each), axis=0))


def fitted(trial: Widths, sums: Floats) -> Widths:
    """Cubics through jumps by least squares, where there are enough; `sums` as the kernel has
    them."""
    powers = np.arange(JUMP_POWERS)
    known = sums[..., 0] >= PATHS_LEAST
    moments, products = np.split(sums, [2 * JUMP_POWERS - 1], axis=-1)
    matrices = moments[..., powers[:, None] + powers]
    found = np.linalg.pinv(matrices, rcond=1e-9, hermitian=True) @ products[..., None]
    scale = np.where(known, trial.wider, 1.0)[..., None] ** powers
    jump = np.where(known[..., None], found[..., 0] / scale, 0.0)
    return Widths(trial.width, np.where(known, trial.wider, trial.width), jump)
