"""One instant of a contract's life in intervals: what may happen at it, and what it may cost.

Clauses act in their order, as in `meaning`, each on all that the states can be. What surely happens
replaces, what may happen widens. How often an instant comes is for `settling`.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import assert_never

from rfos_lang.analysis.averages import averages
from rfos_lang.analysis.facts import Fact, bound, known, required
from rfos_lang.analysis.interval import ANY_TRUTH, Interval, Leaves, Unbounded, interval_of
from rfos_lang.analysis.moving import joined, moved
from rfos_lang.analysis.timeline import Due
from rfos_lang.base import fixed
from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import HIGHEST_UNITS, rank_of, schedule_of, start
from rfos_lang.core.program import (
    TRUE,
    Action,
    Assign,
    Bind,
    Choice,
    Clause,
    End,
    Expression,
    Local,
    Program,
    Require,
    Store,
    Terms,
    Timed,
    Transfer,
    Watch,
)

Key = tuple[int, int]
"""(party, asset)."""

Totals = Mapping[Key, int]
"""What is owed, in fixed point."""

States = dict[int, Interval]

See = Callable[[int, Action | Expression, Leaves], None]
"""Told of every action and condition, with its clause and what its leaves can be there."""

NOTHING: Mapping[int, Interval] = {}
WHATEVER = Interval(fixed.LOWEST, fixed.HIGHEST)


@dataclass(slots=True)
class Record:
    """What was assigned while it was looked on: `values[state]`; those not made by a step
    (`fresh`); the steps, by (state, clause, action), with the value that makes each."""

    values: States = field(default_factory=dict)
    fresh: States = field(default_factory=dict)
    steps: dict[tuple[int, int, int], tuple[Interval, Expression]] = field(default_factory=dict)


@dataclass
class Walk:
    """The walk. `paid`: the most that a branch which is still alive has paid; `ended[clause]`: that
    one which the clause ended has; `anywhere[clause]`: what a clause that acts once adds, whenever;
    `again`: the clauses that may make somebody pay again and again; `each[clause]`: the most that
    one act of it ever costs; `made[clause]`: what a date of it adds to `paid`; `means`: the most
    and the least that was averaged; `record`: where assignments are noted, and then nothing else
    is; `certain`: the clause at hand runs in every life that reaches its instant."""

    program: Program
    terms: Terms
    feeds: Mapping[int, Interval]
    see: See | None = None
    states: States = field(default_factory=dict)
    tables: dict[int, list[Interval]] = field(default_factory=dict)
    locals: States = field(default_factory=dict)
    paid: Totals = field(default_factory=dict)
    ended: dict[int, Totals] = field(default_factory=dict)
    anywhere: dict[int, Totals] = field(default_factory=dict)
    again: dict[Key, set[int]] = field(default_factory=dict)
    each: dict[int, Totals] = field(default_factory=dict)
    made: dict[int, Totals] = field(default_factory=dict)
    means: dict[Expression, Interval] = field(default_factory=dict)
    record: Record | None = None
    certain: bool = False
    clause: int = 0
    holding: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        initial = start(self.program, self.terms).standing
        self.states = {i: Interval(value, value) for i, value in enumerate(initial.states)}
        nothing = Interval(0, 0)
        self.tables = {i: [nothing] * len(rows) for i, rows in enumerate(initial.tables)}

    @cached_property
    def ranked(self) -> list[tuple[int, Clause]]:
        """The clauses in the order in which they act at an instant."""
        return sorted(enumerate(self.program.clauses), key=lambda pair: rank_of(pair[1]))

    @cached_property
    def averaged(self) -> Mapping[int, tuple[Expression, Expression]]:
        """The averages of the program, by the state of their sum."""
        return averages(self.program)

    def totals(self) -> Totals:
        """What is owed at most, of all that is not owed again and again."""
        once = summed(*self.anywhere.values())
        worst = summed(self.paid, once)
        for clause, amounts in self.ended.items():
            others = (each for index, each in self.anywhere.items() if index != clause)
            worst = larger(worst, summed(amounts, *others))
        return worst

    def recurring(self) -> Mapping[Key, Mapping[int, int]]:
        """What may be owed again and again, by clause: the most each time."""
        return {
            key: {clause: self.each[clause].get(key, 0) for clause in sorted(clauses)}
            for key, clauses in self.again.items()
        }

    # --- clauses

    def instant(self, due: Due, open_: Due) -> None:
        """All that may happen at one instant."""
        for index, clause in self.ranked:
            self.clause = index
            if index in due:
                self.occurrence(clause, due[index])
            elif isinstance(clause, Watch) or index in open_:
                self.unplanned(clause, open_.get(index, 0))

    def unplanned(self, clause: Clause, occurrence: int) -> None:
        """A watch that may act, a choice that may be made; or neither."""
        alive = Interval(1, 1) if clause.lives is None else self.states[clause.lives]
        if not alive.highest:
            return
        before = dict(self.states)
        chooser, given = None, NOTHING
        if isinstance(clause, Watch):
            self.locals = {}
            self.look(clause.condition, self.leaves(0))
        elif isinstance(clause, Choice):
            chooser, given = clause.party, self.given(clause)
        every, surviving, endings = self.body(clause.actions, occurrence, chooser, given)
        self.join_states(before)
        if endings:
            self.ends(every)
        if TRUE not in endings:
            self.costs(clause, surviving)

    def costs(self, clause: Clause, amounts: Totals) -> None:
        """What an unplanned action that does not end the contract costs."""
        if isinstance(clause, Watch | Choice) and clause.repeats:
            self.costs_again(self.clause, amounts)
        else:
            self.costs_once(amounts)

    def costs_once(self, amounts: Totals) -> None:
        if self.record is None:
            self.anywhere[self.clause] = larger(self.anywhere.get(self.clause, {}), amounts)

    def costs_again(self, clause: int, amounts: Totals) -> None:
        """Notes that a clause may make somebody pay again and again."""
        for key, most in amounts.items():
            if most and self.record is None:
                self.again.setdefault(key, set()).add(clause)

    def ends(self, amounts: Totals) -> None:
        """A branch ends here, with these amounts as its last."""
        if self.record is None:
            so_far = summed(self.paid, amounts)
            self.ended[self.clause] = larger(self.ended.get(self.clause, {}), so_far)

    def given(self, choice: Choice) -> Mapping[int, Interval]:
        """The locals that the chooser gives: anything that can be counted."""
        units = (10 ** (fixed.DECIMALS - self.terms.places[a.asset]) for a in choice.amounts)
        return {local: Interval(0, HIGHEST_UNITS * unit) for local, unit in enumerate(units)}

    def occurrence(self, clause: Clause, occurrence: int) -> None:
        """What falls due; a clause that may not be alive then may also do nothing."""
        alive = Interval(1, 1) if clause.lives is None else self.states[clause.lives]
        if not alive.highest:
            return
        states, made = dict(self.states), self.falls_due(clause, occurrence, bool(alive.lowest))
        if not alive.lowest:
            self.join_states(states)
        self.made[self.clause] = larger(self.made.get(self.clause, {}), made)
        self.paid = summed(self.paid, made)

    def falls_due(self, clause: Clause, occurrence: int, surely: bool) -> Totals:
        """What it costs where it does not end the contract."""
        match clause:
            case Timed(actions=actions):
                self.certain = surely
                made = self.branch(actions, occurrence, None)
                self.certain = False
                return made
            case Choice(actions=actions, otherwise=otherwise, party=party):
                self.locals = {}
                self.look(clause.default, self.leaves(occurrence))
                before = dict(self.states)
                taken = self.branch(actions, occurrence, party, self.given(clause))
                after, self.states = self.states, before
                left = self.branch(otherwise, occurrence, None)
                self.join_states(after)
                if clause.repeats or not clause.any_time:
                    return larger(taken, left)
                if len(schedule_of(clause, self.terms)) > 1:
                    self.costs_once(taken)
                    return left
                self.costs_once(larger(taken, left))
                return {}
            case Watch():
                raise AssertionError("a watch has no date")
            case _:
                assert_never(clause)

    def join_states(self, other: States) -> None:
        self.states = {i: interval.joined(other[i]) for i, interval in self.states.items()}

    # --- actions

    def branch(
        self,
        actions: tuple[Action, ...],
        occurrence: int,
        chooser: int | None,
        given: Mapping[int, Interval] = NOTHING,
    ) -> Totals:
        """What these actions cost where they do not end the contract; where they do is noted."""
        every, surviving, endings = self.body(actions, occurrence, chooser, given)
        if endings:
            self.ends(every)
        return {} if TRUE in endings else surviving

    def body(
        self,
        actions: tuple[Action, ...],
        occurrence: int,
        chooser: int | None,
        given: Mapping[int, Interval] = NOTHING,
    ) -> tuple[Totals, Totals, set[Expression]]:
        """The amounts of these actions, those that go without an `end`, the ends' guards."""
        self.locals, self.holding = dict(given), []
        every: Totals = {}
        surviving: Totals = {}
        endings = {action.guard for action in actions if isinstance(action, End)}
        for number, action in enumerate(actions):
            leaves = self.leaves(occurrence)
            self.look(action, leaves)
            self.follow(number, action, leaves)
            if isinstance(action, Transfer) and self.record is None:
                owed = self.owed(action, leaves, chooser)
                every = summed(every, owed)
                surviving = surviving if action.guard in endings else summed(surviving, owed)
        if self.record is None:
            self.each[self.clause] = larger(self.each.get(self.clause, {}), every)
        return every, surviving, endings

    def look(self, part: Action | Expression, leaves: Leaves) -> None:
        if self.see is not None and self.record is None:
            self.see(self.clause, part, leaves)

    def follow(self, number: int, action: Action, leaves: Leaves) -> None:
        """What an action does to locals, states and tables."""
        match action:
            case Bind(local=local, value=value):
                self.locals[local] = self.value(value, leaves)
                self.holding += bound(local, value)
            case Assign(state=state, value=value, guard=guard):
                happens = self.value(guard, leaves, ANY_TRUTH)
                if happens.highest:
                    new = self.assigned(number, action, leaves)
                    kept = self.states[state]
                    self.states[state] = new if happens.lowest else kept.joined(new)
            case Store(table=table, value=value):
                rows, new = self.tables[table], self.value(value, leaves)
                kept = rows[leaves.occurrence]
                rows[leaves.occurrence] = new if self.certain else kept.joined(new)
            case Require(condition=condition, guard=guard) if guard is TRUE:
                self.hold_to(condition, leaves)
            case Transfer() | End() | Require():
                pass
            case _:
                assert_never(action)

    def value(self, expression: Expression, leaves: Leaves, any_: Interval = WHATEVER) -> Interval:
        """What an expression can be; while only assignments are noted, anything where intervals
        fail, for the states are wider then than they turn out to be. Raises Unbounded."""
        try:
            return interval_of(expression, leaves)
        except Unbounded:
            if self.record is None:
                raise
            return any_

    def assigned(self, number: int, assign: Assign, leaves: Leaves) -> Interval:
        """The value that an assignment gives, which is noted."""
        state, value = assign.state, assign.value
        if state in self.averaged:
            quotient, part = self.averaged[state]
            told = self.value(part, leaves)
            self.means[quotient] = told.joined(self.means.get(quotient, told))
        facts, self.holding = self.holding, []
        if self.record is None:
            return known(value, leaves, facts)
        try:
            new, move = known(value, leaves, facts), moved(value, state, leaves)
        except Unbounded:
            self.record.values[state] = self.record.fresh[state] = WHATEVER
            return WHATEVER
        record, place = self.record, (state, self.clause, number)
        record.values[state] = new.joined(record.values.get(state, new))
        fresh = joined(record.fresh.get(state), move.fresh)
        if fresh is not None:
            record.fresh[state] = fresh
        if move.step is not None:
            before = record.steps.get(place, (move.step, value))[0]
            record.steps[place] = (move.step.joined(before), value)
        return new

    def hold_to(self, condition: Expression, leaves: Leaves) -> None:
        """What a chooser names is as a requirement has it; else nothing happens."""
        for less, more in required(condition):
            self.holding.append((less, more))
            if isinstance(less, Local):
                self.locals[less.slot] = known(less, leaves, [(less, more)])

    def leaves(self, occurrence: int) -> Leaves:
        tables, means = self.tables, self.means
        return Leaves(self.terms, occurrence, self.feeds, self.states, tables, self.locals, means)

    def owed(self, transfer: Transfer, leaves: Leaves, chooser: int | None) -> Totals:
        """What a payment makes each party owe at most, but for the one that chooses it."""
        if not interval_of(transfer.guard, leaves).highest:
            return {}
        amount = interval_of(transfer.amount, leaves)
        unit = 10 ** (fixed.DECIMALS - self.terms.places[transfer.asset])
        owed = [(transfer.payer, amount.highest)]
        if transfer.net:
            owed.append((transfer.payee, -amount.lowest))
        return {
            (party, transfer.asset): -(-most // unit) * unit
            for party, most in owed
            if most > 0 and party != chooser and self.program.parties[party] not in OWN
        }


def summed(*totals: Totals) -> Totals:
    """All of these together."""
    result: dict[Key, int] = {}
    for each in totals:
        for key, amount in each.items():
            result[key] = result.get(key, 0) + amount
    return result


def larger(left: Totals, right: Totals) -> Totals:
    """The larger amount of each."""
    return {key: max(left.get(key, 0), right.get(key, 0)) for key in {**left, **right}}
