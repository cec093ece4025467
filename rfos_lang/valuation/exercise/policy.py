"""Policies: when a choice is taken, and what that depends on; see `least_squares`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from typing import TypeVar

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Choice
from rfos_lang.path.program import ALIVE, Node, Region
from rfos_lang.valuation.exercise.following import Martingale
from rfos_lang.valuation.exercise.rules import Rule
from rfos_lang.valuation.path.instants import ends_by_choice
from rfos_lang.valuation.path.numpy_printer import (
    Decide,
    Step,
    Value,
    perform,
    steps,
)
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.pace import Enough
from rfos_lang.valuation.simulated.simulation import Simulation, normals

Found = TypeVar("Found")

FOLLOWED_MOST = 260
"""Over more steps a martingale costs more than it saves."""
TOGETHER = 8_192
"""How many paths are run at once."""


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
            paid, _ = take(self.simulation, self.setup, step, region)
            taking = each_alive(paid[chooser(self.simulation, region)], alive)
        known = in_rows(variables(self, step), np.size(alive))
        return rule.takes(alive, taking, known) * 1.0


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
        here, alive = in_rows(variables(policy, step), paths), step.carried[ALIVE]
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


def is_followed(simulation: Simulation) -> bool:
    """Whether a martingale is to follow the value: every choice ends the contract, and the steps
    are not many more than its chances."""
    few = len(simulation.line) <= FOLLOWED_MOST
    return few and simulation.is_random and ends_by_choice(simulation.program)


def take(
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
    return less(values_at(simulation, after), values_at(simulation, step)), after


def paid_at(policy: Policy, step: Step, region: Region) -> list[Value]:
    """What taking the choice of a region now adds to each party's value, if it ends all."""
    return take(policy.simulation, policy.setup, step, region)[0]


def variables(policy: Policy, step: Step) -> list[Value]:
    """The state that choices depend on: the spots that are observed or paid in, what the model
    remembers of each path, the contract's own states; of several spots also what a choice that ends
    all would pay now. Before the first step none of them varies."""
    simulation, tick = policy.simulation, step.tick
    model = simulation.model
    prices = {pair: tick.quotes.get(slot, 1.0) for slot, pair in model.quotes}
    prices |= {pair: tick.feeds.get(slot, 1.0) for slot, pair in model.feeds}
    spots = [np.log(prices[pair]) for pair in model.read]
    hidden = tick.hidden or [0.0] * simulation.motion.hidden
    states = [step.carried[slot] for slot in simulation.program.states]
    return [*spots, *hidden, *states, *(_gains(policy, step) if has_gains(simulation) else ())]


def has_gains(simulation: Simulation) -> bool:
    """Whether what a choice would pay now is a variable."""
    return len(simulation.model.read) > 1 and ends_by_choice(simulation.program)


def _gains(policy: Policy, step: Step) -> list[Value]:
    """What each choice would pay its chooser now, whether it may be taken or not."""
    simulation, found = policy.simulation, list[Value]()
    for index, region in enumerate(simulation.program.step):
        if region.feasible is None:
            continue
        if not (step.tick.feeds or step.tick.quotes):
            found.append(0.0)
            continue
        parts = (step.timeline, step.worths, step.tick, list(step.carried), step.tables)
        paid, _ = take(simulation, policy.setup, Step(step.number, index, *parts), region)
        alive = alive_at(simulation, step, region, 1.0)
        found.append(each_alive(paid[chooser(simulation, region)], alive))
    return found


def in_rows(values: Sequence[Value], paths: int) -> Floats:
    """One row for each of them, also if there are none."""
    return np.array([np.broadcast_to(x, paths) for x in values]).reshape(len(values), paths)


def alive_at(simulation: Simulation, step: Step, region: Region, feasible: Value) -> Value:
    """The weight with which the choice can be taken at all."""
    to_come = dict(simulation.program.once)[region.clause]
    return step.carried[ALIVE] * step.carried[to_come] * feasible


def each_alive(amount: Value, alive: Value) -> Value:
    """An amount per contract that is alive."""
    return amount / np.where(alive > 0.0, alive, 1.0)


def chooser(simulation: Simulation, region: Region) -> int:
    """The chooser's place among the valued parties."""
    clause = simulation.origin.clauses[region.clause]
    assert isinstance(clause, Choice)
    return simulation.program.parties.index(clause.party)


def values_at(simulation: Simulation, step: Step) -> list[Value]:
    return [step.carried[slot] for slot in simulation.program.values]


def less(left: Sequence[Value], right: Sequence[Value]) -> list[Value]:
    return [a - b for a, b in zip(left, right, strict=True)]
