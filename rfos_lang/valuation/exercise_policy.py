"""Policies: when a choice is taken, found by regression on training paths; see `early_exercise`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from math import sqrt
from typing import TypeVar

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Choice
from rfos_lang.path.program import ALIVE, Node, Region
from rfos_lang.valuation.following import Martingale, changed, hermite
from rfos_lang.valuation.pace import Enough
from rfos_lang.valuation.path.numpy_printer import (
    Decide,
    Step,
    Tick,
    Value,
    evaluated_setup,
    perform,
    resumed,
    steps,
)
from rfos_lang.valuation.path.timeline import Floats, ends_by_choice
from rfos_lang.valuation.regression import Fit, fitted
from rfos_lang.valuation.simulation import PILOT, Simulation, normals

Found = TypeVar("Found")

TRAINING = PILOT - 1
"""The block number of the training paths, which no other block has."""
TRAINING_LEAST = 10_000
TRAINING_MOST = 100_000
NUMBERS_KEPT = 60_000_000
"""What the training paths may remember, in numbers of eight bytes."""
FOLLOWED_SINGLE, FOLLOWED_SEVERAL = (2_000, 2_500), (10_000, 20_000)
"""The fewest and the most training paths where a martingale takes most of the scatter away: with a
single price, and with several variables."""
FOLLOWED_MOST = 260
"""Over more steps a martingale costs more than it saves."""
TOGETHER = 8_192
"""How many paths are run at once."""
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
    not taken. Where that is as close as `reach` another fit, of such paths alone, decides.
    """

    ends: bool
    least: float
    fit: Fit | None
    near: Fit | None = None
    reach: float = 0.0

    def takes(self, alive: Value, taking: Value, variables: Floats) -> Value:
        """Where the choice is taken, from what that pays."""
        if self.fit is None:
            return np.zeros(np.shape(alive), dtype=bool)
        pays = taking if self.ends else 0.0
        gain = np.asarray(pays - self.fit.at(variables))
        if self.near is not None:
            close = np.broadcast_to(np.abs(gain) <= self.reach, gain.shape)
            again = self.near.at(variables[..., close])
            gain[close] = np.broadcast_to(pays, gain.shape)[close] - again
        better = gain >= 0.0 if self.ends else gain > 0.0
        return (alive > 0.0) & (taking > self.least) & better


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules by (step, region); where there is none the choice is not taken. `martingale`
    follows the values of the valued parties."""

    simulation: Simulation
    setup: dict[Node, Value]
    rules: dict[tuple[int, int], Rule] = field(default_factory=dict)
    martingale: Martingale = field(default_factory=Martingale)

    def decide(self, step: Step, region: Region, feasible: Value) -> Value:
        """1 where the choice of a region is taken now."""
        rule = self.rules.get((step.number, step.region))
        if rule is None:
            return 0.0
        alive = alive_at(self.simulation, step, region, feasible)
        taking: Value = 0.0
        if rule.ends:
            paid, _ = _take(self.simulation, self.setup, step, region)
            taking = _each(paid[chooser(self.simulation, region)], alive)
        known = _rows(variables(self, step), np.size(alive))
        return rule.takes(alive, taking, known) * 1.0


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


@dataclass(frozen=True, slots=True)
class Stage:
    """What is known before a step on the training paths: the state, who is alive, what each valued
    party has until then; and the step's normals."""

    variables: Floats
    alive: Floats
    before: list[Value]
    normals: Floats


@dataclass(frozen=True, slots=True)
class Along:
    """The value to the first party along each path, and the martingale at its end; the second half
    of the paths mirrors the first."""

    value: Floats
    martingale: Floats


def in_groups(
    simulation: Simulation, of: Callable[[range], Found]
) -> Iterator[tuple[range, Found]]:
    """What some blocks at once give, in order, as long as more is wanted: few steps of many paths
    take less time than many of few."""
    count = max(1, TOGETHER // simulation.block)
    for first in range(0, simulation.blocks, count):
        blocks = range(first, min(first + count, simulation.blocks))
        yield blocks, of(blocks)
        try:
            if simulation.pace is not None:
                simulation.pace(blocks.stop, simulation.blocks)
        except Enough:
            return


def along(
    policy: Policy, blocks: range, decide: Decide, seen: Callable[[Floats], None] | None = None
) -> Along:
    """Runs blocks. `seen` is told the martingale of the first party at each step, before the
    step's regions run."""
    return walked(policy, _drawn(policy.simulation, blocks), decide, seen)


def walked(
    policy: Policy,
    drawn: Sequence[Floats],
    decide: Decide,
    seen: Callable[[Floats], None] | None = None,
) -> Along:
    """Runs paths of given normals, `[m, paths]` for each step."""
    simulation, paths = policy.simulation, drawn[0].shape[1] if drawn else 1
    ticks = simulation.motion.ticks(iter(drawn))
    program, line = simulation.program, simulation.line
    running = steps(program, line, simulation.rows.worths, ticks, paths, decide)
    step, total = next(running), np.zeros((len(program.values), paths))
    for number, own in enumerate(drawn):
        here, alive = _rows(variables(policy, step), paths), step.carried[ALIVE]
        total = total + policy.martingale.at(number, here, own, alive)
        if seen is not None:
            seen(total[0])
        step = next(running)
    return Along(np.broadcast_to(step.carried[program.values[0]], paths), total[0])


def _drawn(simulation: Simulation, blocks: range) -> list[Floats]:
    """The normals of some blocks as those of one: by step, first halves first."""
    drawn = [list(normals(simulation, block)) for block in blocks]
    if len(drawn) == 1:
        return drawn[0]
    found = []
    for parts in zip(*drawn, strict=True):
        halves = [np.split(own, 2, axis=1) for own in parts]
        found.append(np.concatenate([half[which] for which in (0, 1) for half in halves], axis=1))
    return found


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
    waiting, taking = _less(after.plain, chance.before), _taken(policy, chance, market)
    mine, other = taking[chance.chooser], waiting[chance.chooser]
    told = other - after.change[chance.chooser]
    costless = bool(np.all(other[chance.alive > 0.0] >= 0.0))
    scatter = None if chance.onward is None else _scatter(later)
    rule = _rule(chance, _each(mine, chance.alive), _each(told, chance.alive), costless, scatter)
    policy.rules[chance.step, chance.region] = rule
    takes = rule.takes(chance.alive, _each(mine, chance.alive), chance.variables)
    plain = [
        had + np.where(takes, took, waited)
        for had, took, waited in zip(chance.before, taking, waiting, strict=True)
    ]
    return Ends(plain, [np.where(takes, 0.0, each) for each in after.change])


def _followed(policy: Policy, number: int, stage: Stage, after: Ends) -> Ends:
    """Finds the martingale's change in a step."""
    less = _less(_less(after.plain, stage.before), after.change)
    targets = [_each(each, stage.alive) for each in less]
    change = changed(stage.variables, stage.normals, stage.alive, targets)
    if change is None:
        return after
    policy.martingale.changes[number] = change
    added = change.at(stage.variables, stage.normals) * stage.alive
    return Ends(after.plain, [had + each for had, each in zip(after.change, added, strict=True)])


def is_followed(simulation: Simulation) -> bool:
    """Whether a martingale is to follow the value: every choice ends the contract, and the steps
    are not many more than its chances."""
    few = len(simulation.line) <= FOLLOWED_MOST
    return few and simulation.is_random and ends_by_choice(simulation.program)


def _training_paths(simulation: Simulation) -> int:
    """As many as are simulated for the value, as far as what they remember fits in memory; a part
    of that where a martingale takes most of the scatter away."""
    count = len(simulation.model.feeds) + len(simulation.program.states) + 4
    kept = int(simulation.line.gates.sum()) * count
    least, most = TRAINING_LEAST, TRAINING_MOST
    if is_followed(simulation):
        drawn = sum(simulation.motion.normals(step) for step in range(len(simulation.line)))
        kept += len(simulation.line) * count + drawn
        states = len(simulation.program.states) + simulation.motion.hidden
        single = len(simulation.model.feeds) == 1 and not states
        least, most = FOLLOWED_SINGLE if single else FOLLOWED_SEVERAL
    return min(max(simulation.paths, least), most, NUMBERS_KEPT // kept) // 2 * 2


def _observed(
    policy: Policy, market: Sequence[Tick], drawn: Sequence[Floats], paths: int
) -> tuple[list[Chance], list[Stage], list[Value]]:
    """Every chance and every step along paths on which no choice is ever taken, and what each party
    has at the end."""
    simulation, chances, stages = policy.simulation, list[Chance](), list[Stage]()

    def look(step: Step, region: Region, feasible: Value) -> Value:
        paid, onward = _take(simulation, policy.setup, step, region)
        chances.append(
            Chance(
                step.number,
                step.region,
                chooser(simulation, region),
                np.broadcast_to(alive_at(simulation, step, region, feasible), paths),
                _rows(variables(policy, step), paths),
                _values(simulation, step),
                [np.broadcast_to(amount, paths) for amount in paid],
                None if region.ends else onward,
            )
        )
        return 0.0

    program, line = simulation.program, simulation.line
    running = steps(program, line, simulation.rows.worths, market, paths, look)
    step = next(running)
    for own in drawn:
        here = _rows(variables(policy, step), paths)
        stages.append(Stage(here, step.carried[ALIVE], _values(simulation, step), own))
        step = next(running)
    return chances, stages, _values(simulation, step)


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


def paid_at(policy: Policy, step: Step, region: Region) -> list[Value]:
    """What taking the choice of a region now adds to each party's value, if it ends all."""
    return _take(policy.simulation, policy.setup, step, region)[0]


def _taken(policy: Policy, chance: Chance, market: Sequence[Tick]) -> list[Value]:
    """What each party has from the chance on if the choice is taken there."""
    if chance.onward is None:
        return chance.paid
    simulation = policy.simulation
    carried = resumed(simulation.program, chance.onward, market, policy.setup, policy.decide)
    return _less([carried[slot] for slot in simulation.program.values], chance.before)


# --- rules ----------------------------------------------------------------------------------------


def _scatter(later: Sequence[Floats]) -> Floats | None:
    """What most explains how what is still to be paid scatters: the normals to come, if they are
    few beside the paths, and polynomials of the sum of all of them, whatever their number."""
    if not later or len({len(own) for own in later}) > 1 or not len(later[0]):
        return None
    total: Floats = sum(later[1:], later[0]) / sqrt(len(later))
    every, of_all = np.concatenate(later), hermite(total)
    if len(later) == 1 or len(every) > later[0].shape[1] // PATHS_A_NORMAL:
        return of_all
    return np.concatenate([every, of_all[len(total) :]])


def _rule(
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


def variables(policy: Policy, step: Step) -> list[Value]:
    """The state that choices depend on: random feeds, what the model remembers of each path, the
    contract's own states; of several feeds also what a choice that ends all would pay now. Before
    the first step none of them varies."""
    simulation = policy.simulation
    feeds = [np.log(step.tick.feeds.get(slot, 1.0)) for slot, _ in simulation.model.feeds]
    feeds += step.tick.hidden or [0.0] * simulation.motion.hidden
    states = [step.carried[slot] for slot in simulation.program.states]
    return [*feeds, *states, *(_gains(policy, step) if has_gains(simulation) else ())]


def has_gains(simulation: Simulation) -> bool:
    """Whether what a choice would pay now is a variable."""
    return len(simulation.model.feeds) > 1 and ends_by_choice(simulation.program)


def _gains(policy: Policy, step: Step) -> list[Value]:
    """What each choice would pay its chooser now, whether it may be taken or not."""
    simulation, found = policy.simulation, list[Value]()
    for index, region in enumerate(simulation.program.step):
        if region.feasible is None:
            continue
        if not step.tick.feeds:
            found.append(0.0)
            continue
        parts = (step.timeline, step.worths, step.tick, list(step.carried), step.tables)
        paid, _ = _take(simulation, policy.setup, Step(step.number, index, *parts), region)
        alive = alive_at(simulation, step, region, 1.0)
        found.append(_each(paid[chooser(simulation, region)], alive))
    return found


def _rows(values: Sequence[Value], paths: int) -> Floats:
    """One row for each of them, also if there are none."""
    return np.array([np.broadcast_to(x, paths) for x in values]).reshape(len(values), paths)


def alive_at(simulation: Simulation, step: Step, region: Region, feasible: Value) -> Value:
    """The weight with which the choice can be taken at all."""
    to_come = dict(simulation.program.once)[region.clause]
    return step.carried[ALIVE] * step.carried[to_come] * feasible


def _each(amount: Value, alive: Value) -> Value:
    """An amount per contract that is alive."""
    return amount / np.where(alive > 0.0, alive, 1.0)


def chooser(simulation: Simulation, region: Region) -> int:
    """The chooser's place among the valued parties."""
    clause = simulation.origin.clauses[region.clause]
    assert isinstance(clause, Choice)
    return simulation.program.parties.index(clause.party)


def _values(simulation: Simulation, step: Step) -> list[Value]:
    return [step.carried[slot] for slot in simulation.program.values]


def _less(left: Sequence[Value], right: Sequence[Value]) -> list[Value]:
    return [a - b for a, b in zip(left, right, strict=True)]
