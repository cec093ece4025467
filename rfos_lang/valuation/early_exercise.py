"""Choices: least-squares Monte Carlo.

Longstaff and Schwartz, Valuing American Options by Simulation, RFS 14 (2001). Going backward from
the last chance, what the chooser has by waiting is regressed on the contract's own state, the
spots and the states that vary, and compared with what taking brings. The policy found on one set
of paths is applied to another, so that the value is biased low: no chooser does worse than the
best policy allows.

A choice that ends the contract brings what it pays at once, which is known. Any other is run on to
the end under the policy found so far. A choice's `default` is what the settlement does when nobody
asks; its value is the chooser's optimum, maximal to whoever chooses. What choices follow after
another one was taken is decided by the rules that were found where it was not.
"""

from collections.abc import Sequence
from dataclasses import field

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Choice
from rfos_lang.path.program import ALIVE, Node, Region
from rfos_lang.valuation.monte_carlo import described, estimate, monitoring, with_greeks
from rfos_lang.valuation.path.numpy_printer import (
    Step,
    Tick,
    Value,
    evaluated_setup,
    perform,
    resumed,
    steps,
)
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulation import PILOT, Simulation, normals

TRAINING = PILOT - 1
"""The block number of the training paths, which no other block has."""
TRAINING_LEAST = 10_000
TRAINING_MOST = 100_000
NUMBERS_KEPT = 60_000_000
"""What the training paths may remember, in numbers of eight bytes."""
DEGREE, SEVERAL_DEGREE = 5, 3
"""Of the polynomials in a single variable; in each of several, with their products two by two."""
SAMPLES_A_COEFFICIENT = 10
METHOD = "least-squares Monte Carlo"


@dataclass(frozen=True, slots=True)
class Fit:
    """A polynomial: a variable x enters as (x - centre) / scale; one with scale 0 does not vary."""

    centre: Floats
    scale: Floats
    coefficients: Floats

    def at(self, variables: Floats) -> Value:
        """The value of the polynomial."""
        basis = _basis(np.asarray(variables), self.centre, self.scale)
        return sum(c * part for c, part in zip(self.coefficients, basis, strict=False))


@dataclass(frozen=True, slots=True)
class Rule:
    """When a choice is taken at one chance.

    If it `ends` the contract: where what it pays is more than `least` and no less than waiting,
    which `fit` tells. Else: where `fit`, of waiting minus taking, is negative. Without a fit it is
    not taken.
    """

    ends: bool
    least: float
    fit: Fit | None


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules by (step, region); where there is none the choice is not taken."""

    simulation: Simulation
    setup: dict[Node, Value]
    rules: dict[tuple[int, int], Rule] = field(default_factory=dict)

    def decide(self, step: Step, region: Region, feasible: Value) -> Value:
        """1 where the choice of a region is taken now."""
        rule = self.rules.get((step.number, step.region))
        if rule is None:
            return 0.0
        alive = _alive(self.simulation, step, region, feasible)
        taking: Value = 0.0
        if rule.ends:
            paid, _ = _take(self.simulation, self.setup, step, region)
            taking = _each(paid[_chooser(self.simulation, region)], alive)
        return _takes(rule, alive, taking, np.array(_variables(self.simulation, step))) * 1.0


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


def value(simulation: Simulation, *, greeks: bool) -> Valuation:
    """The value of a contract with choices, each taken as its chooser does best."""
    policy = trained(simulation)
    outcome = estimate(simulation, policy.decide)
    result = Valuation(
        outcome.mean,
        simulation.asset,
        METHOD,
        simulation.motion.name,
        standard_error=outcome.error,
        monitoring=monitoring(simulation),
        notes=(described(simulation), _note(policy), *outcome.note),
    )
    return with_greeks(result, simulation, policy.decide) if greeks else result


def trained(simulation: Simulation) -> Policy:
    """The policy that is found by going backward over the training paths."""
    paths = _training_paths(simulation) if simulation.is_random else 1
    draws = normals(simulation, TRAINING, paths)
    market = list(simulation.motion.ticks(draws))
    policy = Policy(simulation, evaluated_setup(simulation.program, simulation.line))
    chances, after = _observed(policy, market, paths)
    for chance in reversed(chances):
        waiting = _less(after, chance.before)
        taking = _taken(policy, chance, market)
        mine, other = taking[chance.chooser], waiting[chance.chooser]
        rule = _rule(chance, _each(mine, chance.alive), _each(other, chance.alive))
        policy.rules[chance.step, chance.region] = rule
        takes = _takes(rule, chance.alive, _each(mine, chance.alive), chance.variables)
        after = [
            had + np.where(takes, took, waited)
            for had, took, waited in zip(chance.before, taking, waiting, strict=True)
        ]
    return policy


def _training_paths(simulation: Simulation) -> int:
    """As many as are simulated for the value, as far as what they remember fits in memory."""
    chances = int(simulation.line.gates.sum())
    kept = chances * (len(simulation.model.feeds) + len(simulation.program.states) + 4)
    most = min(max(simulation.paths, TRAINING_LEAST), TRAINING_MOST, NUMBERS_KEPT // kept)
    return most // 2 * 2


def _observed(
    policy: Policy, market: Sequence[Tick], paths: int
) -> tuple[list[Chance], list[Value]]:
    """Every chance along paths on which no choice is ever taken, and what each party has at the
    end."""
    simulation, chances = policy.simulation, []

    def look(step: Step, region: Region, feasible: Value) -> Value:
        paid, onward = _take(simulation, policy.setup, step, region)
        chances.append(
            Chance(
                step.number,
                step.region,
                _chooser(simulation, region),
                np.broadcast_to(_alive(simulation, step, region, feasible), paths),
                _rows(_variables(simulation, step), paths),
                _values(simulation, step),
                [np.broadcast_to(amount, paths) for amount in paid],
                None if region.ends else onward,
            )
        )
        return 0.0

    program, line = simulation.program, simulation.line
    *_, last = steps(program, line, simulation.rows.worths, market, paths, look)
    return chances, _values(simulation, last)


def _take(
    simulation: Simulation, setup: dict[Node, Value], step: Step, region: Region
) -> tuple[list[Value], Step]:
    """What taking the choice now adds to each party's value, and where the contract then stands."""
    tables = step.tables if region.ends and not region.stores else [t.copy() for t in step.tables]
    after = Step(
        step.number,
        step.region,
        step.timeline,
        step.worths,
        step.tick,
        list(step.carried),
        tables,
    )
    perform(simulation.program, region, after, setup, lambda *_: 1.0)
    return _less(_values(simulation, after), _values(simulation, step)), after


def _taken(policy: Policy, chance: Chance, market: Sequence[Tick]) -> list[Value]:
    """What each party has from the chance on if the choice is taken there."""
    if chance.onward is None:
        return chance.paid
    simulation = policy.simulation
    carried = resumed(simulation.program, chance.onward, market, policy.setup, policy.decide)
    return _less([carried[slot] for slot in simulation.program.values], chance.before)


# --- rules ----------------------------------------------------------------------------------------


def _rule(chance: Chance, taking: Value, waiting: Value) -> Rule:
    """The rule of a chance from what taking and waiting brought, per contract that is alive.

    Where waiting never costs anything a choice that pays nothing is not taken, and the regression
    sees only the paths where it pays.
    """
    ends = chance.onward is None
    alive = chance.alive > 0.0
    least = 0.0 if ends and bool(np.all(waiting[alive] >= 0.0)) else -np.inf
    seen = alive & (taking > least) if ends else alive
    target = waiting if ends else waiting - taking
    return Rule(ends, least, _fitted(chance.variables[:, seen], target[seen]))


def _takes(rule: Rule, alive: Value, taking: Value, variables: Floats) -> Value:
    """Where a rule takes the choice."""
    if rule.fit is None:
        return np.zeros(np.shape(alive), dtype=bool)
    waiting = rule.fit.at(variables)
    better = taking >= waiting if rule.ends else waiting < 0.0
    return (alive > 0.0) & (taking > rule.least) & better


def _fitted(variables: Floats, target: Floats) -> Fit | None:
    """The least-squares fit of a target; a constant where the sample is small, None where empty."""
    if variables.shape[1] == 0:
        return None
    centre, scale = variables.mean(axis=1), variables.std(axis=1)
    scale = np.where(scale > 1e-9 * np.abs(centre), scale, 0.0)
    basis = _basis(variables, centre, scale)
    if variables.shape[1] < SAMPLES_A_COEFFICIENT * len(basis):
        scale, basis = np.zeros_like(scale), basis[:1]
    known = np.array(basis)
    # The normal equations: the variables are in units of their deviation, so they are well scaled.
    coefficients, *_ = np.linalg.lstsq(known @ known.T, known @ target, rcond=1e-12)
    return Fit(centre, scale, coefficients)


def _basis(variables: Floats, centre: Floats, scale: Floats) -> list[Value]:
    """Powers of the variables that vary, and their products two by two; 1 first."""
    varying = [(x - c) / s for x, c, s in zip(variables, centre, scale, strict=True) if s > 0.0]
    degree = DEGREE if len(varying) == 1 else SEVERAL_DEGREE
    result = [np.ones(np.shape(variables)[1:])]
    for number, x in enumerate(varying):
        powers = [x]
        while len(powers) < degree:
            powers.append(powers[-1] * x)
        result += powers
        result += [x * other for other in varying[:number]]
    return result


def _variables(simulation: Simulation, step: Step) -> list[Value]:
    """The contract's own state at a chance: its random feeds, then its states."""
    feeds = [np.log(step.tick.feeds[slot]) for slot, _ in simulation.model.feeds]
    states = [step.carried[slot] for slot in simulation.program.states]
    count = np.shape(feeds[0]) if feeds else ()
    return [np.broadcast_to(x, count) if feeds else x for x in (*feeds, *states)]


def _rows(values: Sequence[Value], paths: int) -> Floats:
    """One row for each of them, also if there are none."""
    return np.array([np.broadcast_to(x, paths) for x in values]).reshape(len(values), paths)


def _alive(simulation: Simulation, step: Step, region: Region, feasible: Value) -> Value:
    """The weight with which the choice can be taken at all."""
    to_come = dict(simulation.program.once)[region.clause]
    return step.carried[ALIVE] * step.carried[to_come] * feasible


def _each(amount: Value, alive: Value) -> Value:
    """An amount per contract that is alive."""
    return amount / np.where(alive > 0.0, alive, 1.0)


def _chooser(simulation: Simulation, region: Region) -> int:
    """The chooser's place among the valued parties."""
    clause = simulation.origin.clauses[region.clause]
    assert isinstance(clause, Choice)
    return simulation.program.parties.index(clause.party)


def _values(simulation: Simulation, step: Step) -> list[Value]:
    return [step.carried[slot] for slot in simulation.program.values]


def _less(left: Sequence[Value], right: Sequence[Value]) -> list[Value]:
    return [a - b for a, b in zip(left, right, strict=True)]


def _note(policy: Policy) -> str:
    """One sentence on the chances and the side on which the value errs."""
    instants = len({step for step, _ in policy.rules})
    return (
        f"Choices are decided at {instants} instants by a regression on paths of their own, "
        "so that the value is on the chooser's low side."
    )
