"""How a policy is found: backward over training paths, from the last chance to the first."""

from collections.abc import Sequence

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import ALIVE, Region
from rfos_lang.valuation.exercise.following import changed
from rfos_lang.valuation.exercise.policy import (
    Policy,
    alive_at,
    chooser,
    each_alive,
    in_rows,
    is_followed,
    less,
    take,
    values_at,
    variables,
)
from rfos_lang.valuation.exercise.rules import Chance, rule_of, scatter_of
from rfos_lang.valuation.exercise.today import made
from rfos_lang.valuation.path.numpy_printer import (
    Step,
    Tick,
    Value,
    evaluated_setup,
    resumed,
    steps,
)
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.simulation import PILOT, Simulation, normals

TRAINING = PILOT - 1
"""The block number of the training paths, which no other block has."""
TRAINING_LEAST = 10_000
TRAINING_MOST = 100_000
NUMBERS_KEPT = 60_000_000
"""What the training paths may remember, in numbers of eight bytes."""
FOLLOWED_SINGLE, FOLLOWED_SEVERAL = (2_000, 2_500), (10_000, 20_000)
"""The fewest and the most training paths where a martingale takes most of the scatter away: with a
single price, and with several variables."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is known before a step on the training paths: the state, who is alive, what each valued
    party has until then; and the step's normals."""

    variables: Floats
    alive: Floats
    before: list[Value]
    normals: Floats


def trained(simulation: Simulation) -> Policy:
    """The policy that is found by going backward over the training paths."""
    paths = _training_paths(simulation) if simulation.is_random else 1
    drawn = list(normals(simulation, TRAINING, paths))
    market = list(simulation.motion.ticks(iter(drawn)))
    policy = Policy(simulation, evaluated_setup(simulation.program, simulation.line))
    chances, stages, last = _observed(policy, market, drawn, paths)
    after = Ends(last, [0.0] * len(last))
    for number in reversed(range(len(stages))):
        while chances and chances[-1].step == number:
            after = _decided(policy, chances.pop(), after, market, drawn[number + 1 :])
        if is_followed(simulation):
            after = _followed(policy, number, stages[number], after)
    return policy


@dataclass(frozen=True, slots=True)
class Ends:
    """What each party has at the end of each training path, with the rules found so far; and by how
    much the martingale changes from here on."""

    plain: list[Value]
    change: list[Value]


def _decided(
    policy: Policy, chance: Chance, after: Ends, market: Sequence[Tick], later: Sequence[Floats]
) -> Ends:
    """Finds the rule of a chance; what each party has with it, from what it has without. `later`
    are the normals of the steps to come."""
    waiting, taking = less(after.plain, chance.before), _taken(policy, chance, market)
    mine, other = taking[chance.chooser], waiting[chance.chooser]
    told = other - after.change[chance.chooser]
    costless = bool(np.all(other[chance.alive > 0.0] >= 0.0))
    scatter = None if chance.onward is None else scatter_of(later)
    each = each_alive(mine, chance.alive), each_alive(told, chance.alive)
    rule = made(rule_of(chance, *each, costless, scatter), chance, *each)
    policy.rules[chance.step, chance.region] = rule
    takes = rule.takes(chance.alive, each[0], chance.variables)
    plain = [
        had + np.where(takes, took, waited)
        for had, took, waited in zip(chance.before, taking, waiting, strict=True)
    ]
    return Ends(plain, [np.where(takes, 0.0, each) for each in after.change])


def _followed(policy: Policy, number: int, stage: Stage, after: Ends) -> Ends:
    """Finds the martingale's change in a step."""
    left = less(less(after.plain, stage.before), after.change)
    targets = [each_alive(each, stage.alive) for each in left]
    change = changed(stage.variables, stage.normals, stage.alive, targets)
    if change is None:
        return after
    policy.martingale.changes[number] = change
    added = change.at(stage.variables, stage.normals) * stage.alive
    return Ends(after.plain, [had + each for had, each in zip(after.change, added, strict=True)])


def _training_paths(simulation: Simulation) -> int:
    """As many as are simulated for the value, as far as what they remember fits in memory; a part
    of that where a martingale takes most of the scatter away."""
    count = len(simulation.model.read) + len(simulation.program.states) + 4
    kept = int(simulation.line.gates.sum()) * count
    least, most = TRAINING_LEAST, TRAINING_MOST
    if is_followed(simulation):
        drawn = sum(simulation.motion.normals(step) for step in range(len(simulation.line)))
        kept += len(simulation.line) * count + drawn
        states = len(simulation.program.states) + simulation.motion.hidden
        single = len(simulation.model.read) == 1 and not states
        least, most = FOLLOWED_SINGLE if single else FOLLOWED_SEVERAL
    return min(max(simulation.paths, least), most, NUMBERS_KEPT // kept) // 2 * 2


def _observed(
    policy: Policy, market: Sequence[Tick], drawn: Sequence[Floats], paths: int
) -> tuple[list[Chance], list[Stage], list[Value]]:
    """Every chance and every step along paths on which no choice is ever taken, and what each party
    has at the end."""
    simulation, chances, stages = policy.simulation, list[Chance](), list[Stage]()

    def look(step: Step, region: Region, feasible: Value) -> Value:
        paid, onward = take(simulation, policy.setup, step, region)
        chances.append(
            Chance(
                step.number,
                step.region,
                chooser(simulation, region),
                np.broadcast_to(alive_at(simulation, step, region, feasible), paths),
                in_rows(variables(policy, step), paths),
                values_at(simulation, step),
                [np.broadcast_to(amount, paths) for amount in paid],
                None if region.ends else onward,
            )
        )
        return 0.0

    program, line = simulation.program, simulation.line
    running = steps(program, line, simulation.rows.worths, market, paths, look)
    step = next(running)
    for own in drawn:
        here = in_rows(variables(policy, step), paths)
        stages.append(Stage(here, step.carried[ALIVE], values_at(simulation, step), own))
        step = next(running)
    return chances, stages, values_at(simulation, step)


def _taken(policy: Policy, chance: Chance, market: Sequence[Tick]) -> list[Value]:
    """What each party has from the chance on if the choice is taken there."""
    if chance.onward is None:
        return chance.paid
    simulation = policy.simulation
    carried = resumed(simulation.program, chance.onward, market, policy.setup, policy.decide)
    return less([carried[slot] for slot in simulation.program.values], chance.before)
