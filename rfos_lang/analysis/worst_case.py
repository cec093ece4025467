"""The most that each party may have to pay, per lot and asset, whatever the feeds do.

Intervals over the clauses in time order: a dated assignment replaces a state's interval, one that
may or may not happen widens it; an amount's upper end is added to its payer's total, and `end`
closes the branch that reaches it. What a party pays by its own choice is no obligation and does
not count. A choice that may be made again and again can bring a state as far as it moves it at
all. The bound is safe, not always tight.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from itertools import count, groupby
from typing import assert_never

from rfos_lang.analysis.counting import most_steps
from rfos_lang.analysis.facts import Fact, bound, known, required
from rfos_lang.analysis.interval import Interval, Leaves, Unbounded, interval_of
from rfos_lang.analysis.unrolling import goes_on
from rfos_lang.base import fixed
from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.core.components import components
from rfos_lang.core.meaning import (
    HIGHEST_UNITS,
    actions_of,
    group_of,
    rank_of,
    schedule_of,
    start,
)
from rfos_lang.core.program import (
    TRUE,
    Action,
    Assign,
    Bind,
    Choice,
    Clause,
    End,
    Expression,
    Group,
    Local,
    Program,
    Require,
    Store,
    Terms,
    Timed,
    Transfer,
    Watch,
)

Key = tuple[int, int]  # (party, asset)
Totals = Mapping[Key, int]  # -> fixed-point amount
_WIDENINGS = 4
NOTHING: Mapping[int, Interval] = {}


@dataclass(frozen=True, slots=True)
class WorstCase:
    """`owed[(party, asset)]`: the bound in fixed point; `unbounded` says why there is none."""

    owed: Totals
    unbounded: str | None = None

    def of(self, party: int, asset: int) -> int | None:
        """The bound on what a party owes in one asset; None if there is none that is a number."""
        most = self.owed.get((party, asset), 0)
        return None if self.unbounded or most > fixed.HIGHEST else most


def worst_case(program: Program, terms: Terms, bounds: Mapping[int, Interval]) -> WorstCase:
    """Bounds on each party's obligations, given each feed's [lowest, highest] by slot: the sum over
    contracts that have nothing to do with each other."""
    owed: dict[Key, int] = {}
    try:
        for component in components(program):
            owed = _sum(owed, _Search(component.program, terms, dict(bounds)).totals())
    except Unbounded as reason:
        return WorstCase({}, str(reason))
    return WorstCase(owed)


See = Callable[[int, Action | Expression, Leaves], None]
"""Told of every action and condition, with its clause and what its leaves can be there."""


def walked(program: Program, terms: Terms, bounds: Mapping[int, Interval], see: See) -> str | None:
    """The walk of the worst case alone, for one who looks on; why it stopped, if it did."""
    for component in components(program):
        places = component.clauses

        def seen(
            clause: int, part: Action | Expression, leaves: Leaves, places: tuple[int, ...] = places
        ) -> None:
            see(places[clause], part, leaves)

        try:
            _Search(component.program, terms, dict(bounds), seen).totals()
        except Unbounded as reason:
            return str(reason)
    return None


def obligations(program: Program) -> Iterator[Key]:
    """(party, asset) of each payment that a party may have to make, those of its own choice left
    out; a pair may come again."""
    for clause in program.clauses:
        chosen = len(clause.actions) if isinstance(clause, Choice) else 0
        for number, action in enumerate(actions_of(clause)):
            if isinstance(action, Transfer):
                payers = (action.payer, action.payee) if action.net else (action.payer,)
                chooser = clause.party if isinstance(clause, Choice) and number < chosen else None
                yield from ((party, action.asset) for party in payers if party != chooser)


@dataclass(slots=True)
class _Search:
    """The walk. `paid`: the most that a branch which is still alive has paid; `ended`: that an
    ended one has; `anywhere`: what the watches that do not end the contract add once, whenever;
    `elapsed`: the nanoseconds in which watches act, None if that has no end; `certain`: the clause
    at hand runs in every life that reaches its instant."""

    program: Program
    terms: Terms
    feeds: dict[int, Interval]
    see: See | None = None
    states: dict[int, Interval] = field(default_factory=dict)
    tables: dict[int, list[Interval]] = field(default_factory=dict)
    locals: dict[int, Interval] = field(default_factory=dict)
    paid: dict[Key, int] = field(default_factory=dict)
    ended: dict[Key, int] = field(default_factory=dict)
    anywhere: dict[int, dict[Key, int]] = field(default_factory=dict)
    elapsed: int | None = None
    certain: bool = False
    clause: int = 0
    holding: list[Fact] = field(default_factory=list)

    def totals(self) -> dict[Key, int]:
        if goes_on(self.program, self.terms):
            raise Unbounded("its dates go on without end")
        initial = start(self.program, self.terms).standing
        self.states = {i: Interval(value, value) for i, value in enumerate(initial.states)}
        nothing = Interval(0, 0)
        self.tables = {i: [nothing] * len(rows) for i, rows in enumerate(initial.tables)}
        dated = self.in_time()
        endless = self.program.perpetual or not dated
        self.elapsed = None if endless else 0
        if not dated or dated[0][0] > self.terms.start:
            self.watches()
        before = self.terms.start
        for instant, occurrences in groupby(dated, key=lambda entry: entry[0]):
            self.elapsed, before = None if endless else instant - before, instant
            self.instant(instant, [each[2:] for each in occurrences])
        worst = _larger(self.paid, self.ended)
        for amounts in self.anywhere.values():
            worst = {key: worst.get(key, 0) + amounts.get(key, 0) for key in {**worst, **amounts}}
        return worst

    def in_time(self) -> list[tuple[int, tuple[int, int], int, Clause, int]]:
        """Every dated occurrence in order: (instant, rank, position, clause, occurrence)."""
        dated = [
            (instant, rank_of(clause), position, clause, occurrence)
            for position, clause in enumerate(self.program.clauses)
            for occurrence, instant in enumerate(schedule_of(clause, self.terms))
        ]
        return sorted(dated, key=lambda entry: entry[:3])

    def instant(self, instant: int, occurrences: list[tuple[int, Clause, int]]) -> None:
        """One instant; watches may fire before it, on what it observes, and after it."""
        if instant > self.terms.start:
            self.watches()
        self.elapsed = None if self.elapsed is None else 0
        later = False
        for index, clause, occurrence in occurrences:
            if not later and group_of(clause) is not Group.OBSERVATION:
                later = True
                self.watches()
            self.clause = index
            self.occurrence(clause, occurrence)
        self.watches()

    def watches(self) -> None:
        """Joins in all that watches and choices made in between do, until nothing grows."""
        self.facilities()
        watching = [(i, c) for i, c in enumerate(self.program.clauses) if isinstance(c, Watch)]
        for _ in range(_WIDENINGS):
            before = dict(self.states)
            for index, clause in watching:
                self.watch(index, clause)
            if self.states == before:
                return
        self.count_on(before)

    def count_on(self, before: Mapping[int, Interval]) -> None:
        """States that every observation moves on by as much are taken as far as all observations
        since the last date bring them."""
        for slot, now in self.states.items():
            down, up = before[slot].lowest - now.lowest, now.highest - before[slot].highest
            if down or up:
                steps = most_steps(self.program, slot, self.elapsed)
                if steps is None:
                    raise Unbounded(f"{self.program.states[slot].name} may grow for ever")
                far = Interval(now.lowest - steps * down, now.highest + steps * up)
                self.states[slot] = far

    def watch(self, index: int, clause: Watch) -> None:
        pays = any(isinstance(action, Transfer) for action in clause.actions)
        if clause.repeats and pays and self.see is None:
            raise Unbounded("a payment may be made at every observation")
        if clause.lives is not None and not self.states[clause.lives].highest:
            return
        self.clause, self.locals = index, {}
        self.look(clause.condition, self.leaves(0))
        before = dict(self.states)
        amounts, _, endings = self.body(clause.actions, 0, None)
        self.join_states(before)
        if endings:
            self.ended = _larger(self.ended, _sum(self.paid, amounts))
        else:
            self.anywhere[index] = _larger(self.anywhere.get(index, {}), amounts)

    def facilities(self) -> None:
        """Choices that may be made as often as their parties like, one after another, until that
        leads nowhere new; what goes on moving is taken as far as numbers go."""
        for attempt in count():
            before = dict(self.states)
            for index, clause in enumerate(self.program.clauses):
                self.clause = index
                if isinstance(clause, Choice) and clause.repeats and clause.any_time:
                    self.facility(clause, widen=attempt >= _WIDENINGS)
            if self.states == before:
                return

    def facility(self, choice: Choice, widen: bool) -> None:
        before = dict(self.states)
        amounts, _, endings = self.body(choice.actions, 0, choice.party, self.given(choice))
        if any(amounts.values()) and TRUE not in endings and self.see is None:
            raise Unbounded(f"`{choice.name}` may make somebody pay again and again")
        if endings:
            self.ended = _larger(self.ended, _sum(self.paid, amounts))
        self.join_states(before)
        if widen:
            self.states = {i: _as_far_as_it_moves(before[i], self.states[i]) for i in before}

    def given(self, choice: Choice) -> dict[int, Interval]:
        """The locals that the chooser gives: anything that can be counted."""
        units = (10 ** (fixed.DECIMALS - self.terms.places[a.asset]) for a in choice.amounts)
        return {local: Interval(0, HIGHEST_UNITS * unit) for local, unit in enumerate(units)}

    def occurrence(self, clause: Clause, occurrence: int) -> None:
        """What falls due; a clause that may not be alive then may also do nothing."""
        alive = Interval(1, 1) if clause.lives is None else self.states[clause.lives]
        if not alive.highest:
            return
        states, paid = dict(self.states), self.paid
        self.falls_due(clause, occurrence, bool(alive.lowest))
        if not alive.lowest:
            self.join_states(states)
            self.paid = _larger(self.paid, paid)

    def falls_due(self, clause: Clause, occurrence: int, surely: bool) -> None:
        match clause:
            case Timed(actions=actions):
                self.certain = surely
                self.paid = self.branch(actions, occurrence, None)
                self.certain = False
            case Choice(actions=actions, otherwise=otherwise, party=party):
                self.locals = {}
                self.look(clause.default, self.leaves(occurrence))
                before = dict(self.states)
                taken = self.branch(actions, occurrence, party, self.given(clause))
                after, self.states = self.states, before
                left = self.branch(otherwise, occurrence, None)
                self.join_states(after)
                self.paid = _larger(taken, left)
            case Watch():
                raise AssertionError("a watch has no date")
            case _:
                assert_never(clause)

    def join_states(self, other: dict[int, Interval]) -> None:
        self.states = {i: interval.joined(other[i]) for i, interval in self.states.items()}

    def branch(
        self,
        actions: tuple[Action, ...],
        occurrence: int,
        chooser: int | None,
        given: Mapping[int, Interval] = NOTHING,
    ) -> dict[Key, int]:
        """What a branch that survives these actions has paid; those that end are noted."""
        every, surviving, endings = self.body(actions, occurrence, chooser, given)
        if endings:
            self.ended = _larger(self.ended, _sum(self.paid, every))
        return {} if TRUE in endings else _sum(self.paid, surviving)

    def body(
        self,
        actions: tuple[Action, ...],
        occurrence: int,
        chooser: int | None,
        given: Mapping[int, Interval] = NOTHING,
    ) -> tuple[dict[Key, int], dict[Key, int], set[Expression]]:
        """The amounts of these actions, those that go without an `end`, the ends' guards."""
        self.locals, self.holding = dict(given), []
        every: dict[Key, int] = {}
        surviving: dict[Key, int] = {}
        endings = {action.guard for action in actions if isinstance(action, End)}
        for action in actions:
            leaves = self.leaves(occurrence)
            self.look(action, leaves)
            self.follow(action, leaves)
            if isinstance(action, Transfer) and interval_of(action.guard, leaves).highest:
                self.add(action, leaves, every, chooser)
                if action.guard not in endings:
                    self.add(action, leaves, surviving, chooser)
        return every, surviving, endings

    def look(self, part: Action | Expression, leaves: Leaves) -> None:
        if self.see is not None:
            self.see(self.clause, part, leaves)

    def follow(self, action: Action, leaves: Leaves) -> None:
        """What an action does to locals, states and tables."""
        match action:
            case Bind(local=local, value=value):
                self.locals[local] = interval_of(value, leaves)
                self.holding += bound(local, value)
            case Assign(state=state, value=value, guard=guard):
                happens = interval_of(guard, leaves)
                if happens.highest:
                    new = known(value, leaves, self.holding)
                    self.holding = []
                    kept = self.states[state]
                    self.states[state] = new if happens.lowest else kept.joined(new)
            case Store(table=table, value=value):
                rows, new = self.tables[table], interval_of(value, leaves)
                kept = rows[leaves.occurrence]
                rows[leaves.occurrence] = new if self.certain else kept.joined(new)
            case Require(condition=condition, guard=guard) if guard is TRUE:
                self.hold_to(condition, leaves)
            case Transfer() | End() | Require():
                pass
            case _:
                assert_never(action)

    def hold_to(self, condition: Expression, leaves: Leaves) -> None:
        """What a chooser names is as a requirement has it; else nothing happens."""
        for less, more in required(condition):
            self.holding.append((less, more))
            if isinstance(less, Local):
                self.locals[less.slot] = known(less, leaves, [(less, more)])

    def leaves(self, occurrence: int) -> Leaves:
        return Leaves(self.terms, occurrence, self.feeds, self.states, self.tables, self.locals)

    def add(
        self, transfer: Transfer, leaves: Leaves, totals: dict[Key, int], chooser: int | None
    ) -> None:
        amount = interval_of(transfer.amount, leaves)
        unit = 10 ** (fixed.DECIMALS - self.terms.places[transfer.asset])
        owed = [(transfer.payer, amount.highest)]
        if transfer.net:
            owed.append((transfer.payee, -amount.lowest))
        for party, most in owed:
            if most > 0 and party != chooser and self.program.parties[party] not in OWN:
                key = (party, transfer.asset)
                totals[key] = totals.get(key, 0) + -(-most // unit) * unit


def _as_far_as_it_moves(before: Interval, after: Interval) -> Interval:
    """What is left unchanged at an end, and at the other as far as numbers go."""
    lowest = before.lowest if after.lowest >= before.lowest else fixed.LOWEST
    highest = before.highest if after.highest <= before.highest else fixed.HIGHEST
    return Interval(lowest, highest)


def _sum(left: Totals, right: Totals) -> dict[Key, int]:
    return {key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}}


def _larger(left: Totals, right: Totals) -> dict[tuple[int, int], int]:
    return {key: max(left.get(key, 0), right.get(key, 0)) for key in {**left, **right}}
