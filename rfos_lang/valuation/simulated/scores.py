"""Whether second derivatives by a spot are first ones times the score of the first step.

A spot acts on its path through where the first step leads, if the path reads nothing of its
beginning itself. Then the derivative of any mean by it is the mean times the score, which is the
derivative of the logarithm of the step's density. If the step is a short one its normals say
little, and scores are great: then differences of first derivatives are better.
"""

import numpy as np

from rfos_lang.path.program import CROSSINGS, Operation
from rfos_lang.valuation.simulated.simulation import Simulation

FIRST_LEAST = 1 / 24
"""How much of each spot's variance the first step must have."""
ALONE_LEAST = 0.05
"""How much of each spot's variance no other spot may explain."""


def suit(simulation: Simulation) -> bool:
    """Whether scores are small enough, and all that there is to know."""
    if not simulation.is_fused or not simulation.model.pairs:
        return False
    return _reads_no_beginning(simulation) and _first_says_enough(simulation)


def _reads_no_beginning(simulation: Simulation) -> bool:
    reads = {Operation.LOG_BEFORE, *CROSSINGS}
    nodes = (node for region in simulation.program.step for node in region.nodes)
    return not any(node.operation in reads for node in nodes)


def _first_says_enough(simulation: Simulation) -> bool:
    """Whether the first step moves each spot, much of it, and each by itself."""
    variance = np.square(simulation.rows.deviation)
    factor = np.asarray(simulation.model.numbers.factor)
    correlations = factor @ factor.T
    if not np.all(variance[0] > 0.0) or np.linalg.eigvalsh(correlations)[0] < ALONE_LEAST / 10:
        return False
    alone = 1.0 / np.diag(np.linalg.inv(correlations))
    many = variance[0] >= FIRST_LEAST * variance.sum(axis=0)
    return bool(np.all(many) and np.all(alone >= ALONE_LEAST))
