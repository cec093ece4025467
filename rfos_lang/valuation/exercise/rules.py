"""Rules: when a choice is taken at one chance, from what waiting and taking brought on paths."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.exercise.following import hermite
from rfos_lang.valuation.exercise.regression import Fit, fitted
from rfos_lang.valuation.path.numpy_printer import Step, Value
from rfos_lang.valuation.path.timeline import Floats

PATHS_A_NORMAL = 700
"""So many paths let a regression tell what one normal to come explains."""
NEAR, NEAR_LEAST = 0.3, 2_000
"""The part of the paths on which a rule is found again, closest to where it changes; and how many
there must be at least."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a choice is taken at one chance.

    If it `ends` the contract: where what it pays is more than `least` and no less than waiting,
    which `fit` tells. Else: where `fit`, of waiting minus taking, is negative. Without a fit it is
    not taken. Where that is as close as `reach` another fit, of such paths alone, decides. Where
    the choice was `made` once for all paths it stays so; `is_tie` if the other one may be as good.
    """

    ends: bool
    least: float
    fit: Fit | None
    near: Fit | None = None
    reach: float = 0.0
    made: bool | None = None
    is_tie: bool = False

    def takes(self, alive: Value, taking: Value, variables: Floats) -> Value:
        """Where the choice is taken, from what that pays."""
        if self.fit is None:
            return np.zeros(np.shape(alive), dtype=bool)
        if self.made is not None:
            return (alive > 0.0) & self.made
        pays = taking if self.ends else 0.0
        gain = np.asarray(pays - self.fit.at(variables))
        if self.near is not None:
            close = np.broadcast_to(np.abs(gain) <= self.reach, gain.shape)
            again = self.near.at(variables[..., close])
            gain[close] = np.broadcast_to(pays, gain.shape)[close] - again
        better = gain >= 0.0 if self.ends else gain > 0.0
        return (alive > 0.0) & (taking > self.least) & better


@dataclass(frozen=True, slots=True)
class Chance:
    """One instant at which a choice may be taken, on the training paths.

    Lists have an entry for each valued party, `chooser` counting in them: `before`, what it had
    until then; `paid`, what taking adds at once. `onward` is the contract after taking, if it goes
    on.
    """

    step: int
    region: int
    chooser: int
    alive: Floats
    variables: Floats
    before: list[Value]
    paid: list[Value]
    onward: Step | None


def scatter_of(later: Sequence[Floats]) -> Floats | None:
    """What most explains how what is still to be paid scatters: the normals to come, if they are
    few beside the paths, and polynomials of the sum of all of them, whatever their number."""
    if not later or len({len(own) for own in later}) > 1 or not len(later[0]):
        return None
    total: Floats = sum(later[1:], later[0]) / sqrt(len(later))
    every, of_all = np.concatenate(later), hermite(total)
    if len(later) == 1 or len(every) > later[0].shape[1] // PATHS_A_NORMAL:
        return of_all
    return np.concatenate([every, of_all[len(total) :]])


def rule_of(
    chance: Chance, taking: Value, waiting: Value, costless: bool, scatter: Floats | None
) -> Rule:
    """The rule of a chance from what taking and waiting brought, per contract that is alive.

    Where waiting is `costless` for good a choice that pays nothing is not taken, and the regression
    sees only the paths where it pays.
    """
    ends = chance.onward is None
    alive = chance.alive > 0.0
    least = 0.0 if ends and costless else -np.inf
    seen = alive & (taking > least) if ends else alive
    target = waiting if ends else waiting - taking
    known, told = chance.variables[:, seen], target[seen]
    by_chance = None if scatter is None else scatter[:, seen]
    fit = fitted(known, told, by_chance)
    if fit is None or len(told) < NEAR_LEAST:
        return Rule(ends, least, fit)
    gap = np.abs((taking[seen] if ends else 0.0) - fit.at(known))
    place = round(NEAR * (len(gap) - 1))
    reach = float(np.partition(gap, place)[place])
    close = gap <= reach
    by_chance = None if by_chance is None else by_chance[:, close]
    near = fitted(known[:, close], told[close], by_chance, bent=True)
    return Rule(ends, least, fit, near, reach)
