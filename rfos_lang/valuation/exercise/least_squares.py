"""Choices: least-squares Monte Carlo.

Longstaff and Schwartz, Valuing American Options by Simulation, RFS 14 (2001). Going backward from
the last chance, what the chooser has by waiting is regressed on the contract's own state, the
spots, what the model remembers and the states that vary, and compared with what taking brings; once
more on the paths where the two are close, for there it matters. The policy found on one set of
paths is applied to another, so that the value is biased low: no chooser does worse than the best
policy allows.

Where every choice ends the contract a martingale that follows its value is found on the way (see
`following`). Subtracted from what is regressed, and from what is averaged at the end, it takes
away most of the scatter; and with it `dual_bound` finds a bound from the other side.

A choice that ends the contract brings what it pays at once, which is known. Any other is run on to
the end under the policy found so far. A choice's `default` is what the settlement does when nobody
asks; its value is the chooser's optimum, maximal to whoever chooses. What choices follow after
another one was taken is decided by the rules that were found where it was not.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rfos_lang.valuation.exercise import dual_bound
from rfos_lang.valuation.exercise.policy import Along, Policy, along, in_groups
from rfos_lang.valuation.exercise.today import otherwise, told_apart
from rfos_lang.valuation.exercise.training import trained
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated.deciding import Deciding
from rfos_lang.valuation.simulated.estimate import Estimate, Sums, estimated_of
from rfos_lang.valuation.simulated.monte_carlo import (
    Sampled,
    described,
    estimate,
    monitoring,
    with_greeks,
)
from rfos_lang.valuation.simulated.simulation import Simulation, paired, sampler

METHOD = "least-squares Monte Carlo"
HELD = (
    "Greeks are those of the rules that were found: their errors do not tell what better ones "
    "would change, which is most for rates and yields."
)
FOLLOWED = "a martingale that follows the value, found by regression"


def value(simulation: Simulation, *, greeks: bool, bounds: bool = False) -> Valuation:
    """The value of a contract with choices, each taken as its chooser does best; with `bounds`
    also from the other side. Raises Refused E0668 where that has no bound."""
    if bounds:
        dual_bound.refuse_unless_bounded(simulation)
    policy = trained(simulation)
    outcome = _estimated(simulation, policy)
    result = Valuation(
        outcome.mean,
        simulation.asset,
        METHOD,
        simulation.motion.name,
        standard_error=outcome.error,
        monitoring=monitoring(simulation),
        notes=(described(simulation), _note(policy), *outcome.note),
    )
    if outcome.is_partial:
        return result
    if bounds:
        dual, notes = dual_bound.bound(policy)
        result = replace(result, dual=dual, notes=(*result.notes, *notes))
    return _with_greeks(result, policy) if greeks else result


def _with_greeks(valuation: Valuation, policy: Policy) -> Valuation:
    """The valuation with its Greeks along a policy, and how they depend on choices that are ties
    right now."""
    simulation = policy.simulation
    is_certain = not valuation.standard_error
    found = with_greeks(valuation, simulation, _deciding(policy, is_certain))
    for other in otherwise(policy) if found.greeks else ():
        again = with_greeks(valuation, simulation, _deciding(other, is_certain))
        found = told_apart(found, again, simulation) if again.greeks else again
    return replace(found, notes=(*found.notes, HELD)) if found.greeks else found


def _deciding(policy: Policy, is_certain: bool) -> Deciding:
    """Who decides: a kernel where paths are many. What is certain NumPy differentiates, which does
    not round products and sums at once, so that payments and what they are paid for cancel."""
    if is_certain or not policy.simulation.is_many:
        return Deciding(policy.decide)
    from rfos_lang.valuation.exercise import fused

    return Deciding(policy.decide, partial(fused.decided, policy))


def _estimated(simulation: Simulation, policy: Policy) -> Estimate:
    """The value under a policy: less the martingale, if there is one."""
    if not policy.martingale.changes:
        return estimate(simulation, _sampled(simulation, policy))
    plain, less = Sums(), Sums()
    for blocks, each in _runs(simulation, policy):
        plain.add(paired(each.value))
        less.add(paired(each.value - each.martingale))
        less.blocks = blocks.stop
    found = estimated_of(simulation, less)
    return replace(found, plain_error=estimated_of(simulation, plain).error, controls=FOLLOWED)


def _runs(simulation: Simulation, policy: Policy) -> Iterator[tuple[range, Along]]:
    """Blocks of paths under a policy: by a kernel where they are many."""
    if simulation.is_many:
        from rfos_lang.valuation.exercise import fused

        return fused.in_groups(policy)
    return in_groups(simulation, lambda some: along(policy, some, policy.decide))


def _sampled(simulation: Simulation, policy: Policy) -> Sampled:
    """The same of a simulation that carries controls too."""
    if simulation.is_many:
        from rfos_lang.valuation.exercise import fused

        return fused.sampler(policy)
    return partial(sampler, decide=policy.decide)


def _note(policy: Policy) -> str:
    """One sentence on the chances and the side on which the value errs."""
    instants = len({step for step, _ in policy.rules})
    return (
        f"Choices are decided at {instants} instants by a regression on paths of their own, "
        "so that the value is on the chooser's low side."
    )
