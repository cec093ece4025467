"""Choices that are open right now: what is known of them does not vary from path to path.

Such a choice is made once. What the contract is worth is the better of two functions of the spots,
that of taking and that of waiting, and where one is better its derivatives are those of the
contract: so in a moved market the choice stays as it was made. Where a regression cannot tell which
one is better they may have other derivatives, and the contract has either; at a kink between them
it has no second one at all. Then each Greek says how far the other choice is from it.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

import numpy as np

from rfos_lang.valuation.exercise.policy import Policy
from rfos_lang.valuation.exercise.regression import basis_of
from rfos_lang.valuation.exercise.rules import Chance, Rule
from rfos_lang.valuation.market import spot_name
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.simulated.simulation import Simulation

ERRORS = 3.0
"""A choice that is better by fewer standard errors of that may be the worse one."""
KINK_WIDTH = 0.02
"""As a part of the spot: what a kink of this width would have as its second derivative."""
TIE = (
    "Paths do not tell whether a choice that is open now is better taken: Greeks are those of what "
    "was found to be better, their bias is how far those of the other are from them."
)


def made(rule: Rule, chance: Chance, mine: Floats, told: Floats) -> Rule:
    """The rule of a chance from what taking and waiting brought: where all is known, what it
    decides, and whether it could as well have been the other."""
    if rule.fit is None or not _is_certain(chance):
        return rule
    takes = bool(rule.takes(chance.alive, mine, chance.variables)[0])
    gain = np.broadcast_to(mine, told.shape) - told
    error = float(np.std(gain)) / sqrt(gain.size)
    is_tie = abs(float(np.mean(gain))) <= ERRORS * error
    return replace(rule, made=takes, is_tie=is_tie)


def _is_certain(chance: Chance) -> bool:
    """Whether a choice can be taken on all paths, and nothing that it depends on varies."""
    return bool(np.all(chance.alive > 0.0)) and not basis_of(chance.variables).varying


def otherwise(policy: Policy) -> Iterator[Policy]:
    """The policy with each of the first choices that are ties made the other way."""
    ties = [key for key, rule in policy.rules.items() if rule.is_tie]
    first = min((step for step, _ in ties), default=0)
    for key in ties:
        if key[0] == first:
            other = replace(policy.rules[key], made=not policy.rules[key].made)
            yield replace(policy, rules={**policy.rules, key: other})


def told_apart(here: Valuation, other: Valuation, simulation: Simulation) -> Valuation:
    """A valuation whose Greeks say how far those of the other choice are from them."""
    unmoved = simulation.model.unmoved.spots
    names = [spot_name(*pair) for pair in simulation.model.pairs]
    spots = dict(zip(names, map(float, unmoved), strict=True))

    def apart(greek: Greek) -> float:
        return abs(other.greek(greek.measure, greek.subject).value - greek.value)

    def told(greek: Greek) -> Greek:
        by = apart(greek)
        if greek.measure == "gamma":
            by += apart(here.greek("delta", greek.subject)) / (KINK_WIDTH * spots[greek.subject])
        return replace(greek, bias_bound=max(greek.bias_bound or 0.0, by))

    greeks = tuple(told(greek) for greek in here.greeks)
    notes = here.notes if TIE in here.notes else (*here.notes, TIE)
    return replace(here, greeks=greeks, notes=notes)
