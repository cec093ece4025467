"""The value of choices from the other side: what a chooser could have at most.

Whoever knew the whole path could take a choice at the best of its chances. That is too much; but
less any martingale that is 0 now it is still no less than the value, on average, and with the
martingale of the value itself it is just that (Rogers, Monte Carlo valuation of American options,
Math. Finance 12, 2002; Haugh and Kogan, Pricing American options: a duality approach, Operations
Research 52, 2004). The nearer a martingale follows the value, the closer the bound.
"""

import numpy as np

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Choice
from rfos_lang.path.program import Region
from rfos_lang.valuation.exercise.policy import (
    Policy,
    alive_at,
    along,
    chooser,
    in_groups,
    is_followed,
    paid_at,
)
from rfos_lang.valuation.path.numpy_printer import Step, Value
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Bound
from rfos_lang.valuation.simulated.estimate import Sums, estimated_of
from rfos_lang.valuation.simulated.simulation import Simulation, paired


def refuse_unless_bounded(simulation: Simulation) -> None:
    """Raises Refused E0668, with the reason, if a contract has no such bound here."""
    origin = simulation.origin
    choosers = {clause.party for clause in origin.clauses if isinstance(clause, Choice)}
    reason = ""
    if len(choosers) > 1:
        reason = "several parties choose in it"
    elif len(origin.parties) > 2 or origin.escrow is not None:
        reason = "what its chooser gains is not what the other party loses"
    elif not is_followed(simulation):
        reason = "a choice lets it go on, or nothing in it is random, or it has too many steps"
    if reason:
        raise Refused("E0668", contract=origin.name, reason=reason)


def bound(policy: Policy) -> tuple[Bound, tuple[str, ...]]:
    """The bound on the first party's value: from above if it chooses, else from below; and what is
    to be said of how it went."""
    simulation = policy.simulation
    regions = [region for region in simulation.program.step if region.feasible is not None]
    is_upper = {chooser(simulation, region) for region in regions} == {0}
    sign = 1.0 if is_upper else -1.0
    best = Sums()
    for blocks, each in in_groups(simulation, lambda blocks: _best(policy, blocks, sign)):
        best.add(paired(each))
        best.blocks = blocks.stop
    found = estimated_of(simulation, best)
    partial = f"The bound was interrupted: {found.done:.1%} of these paths count."
    return Bound(sign * found.mean, found.error, is_upper), (partial,) * found.is_partial


def _best(policy: Policy, blocks: range, sign: float) -> Floats:
    """The most that the chooser could have on each path of some blocks, less the martingale."""
    simulation = policy.simulation
    paths = simulation.block * len(blocks)
    best, now = np.full(paths, -np.inf), np.zeros(paths)

    def follow(martingale: Floats) -> None:
        now[:] = martingale

    def look(step: Step, region: Region, feasible: Value) -> Value:
        taken = step.carried[simulation.program.values[0]] + paid_at(policy, step, region)[0]
        can = np.broadcast_to(alive_at(simulation, step, region, feasible) > 0.0, best.shape)
        np.maximum(best, np.where(can, sign * (taken - now), -np.inf), out=best)
        return 0.0

    last = along(policy, blocks, look, follow)
    return np.maximum(best, sign * (last.value - last.martingale))
