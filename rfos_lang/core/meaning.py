"""The reference interpreter: what a program means, in Python integers.

Every other reading - WebAssembly, the path program, closed forms - is tested against this one.

An instance has *terms* (fixed) and a *standing* (what changes). `start` makes the first standing.
`fire` takes one event - an instant, the observations known at it, which feeds moved, which choices
are taken - and gives an outcome: a status, and only if that is OK, transfers per lot and the next
standing. Any other status changes nothing.

Order. Instants that fell due earlier (an instance that waited) run first, in time order. At each
instant: made observation clauses, `when`, timed clauses, choices; within a group in source order,
each on the state that the earlier ones left. `end` stops the rest. A clause whose `lives` is false
is passed over.
"""

from bisect import bisect_right
from dataclasses import field, replace
from enum import IntEnum, unique
from typing import assert_never

from rfos_lang.base import exponential, fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.operators import applied, combined
from rfos_lang.core.program import (
    Action,
    Apply,
    Assign,
    Backward,
    Bind,
    Carried,
    Choice,
    Clause,
    Column,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    Group,
    Instants,
    Local,
    Power,
    Program,
    Require,
    Risk,
    Select,
    State,
    Store,
    Stored,
    Term,
    Terms,
    Timed,
    Transfer,
    Watch,
)

HIGHEST_UNITS = 2**63 - 1


@unique
class Status(IntEnum):
    """How an event went. Only OK changes anything. The numbers are part of the artefact format."""

    OK = 0
    WAITING = 1  # an observation that is needed is missing or stale
    OVERFLOW = 2
    DIVISION_BY_ZERO = 3
    NEGATIVE_PAYMENT = 4  # or a negative amount is chosen
    REQUIREMENT = 5  # `Outcome.requirement` says which
    NOT_AVAILABLE = 6  # the choice is not open now
    ENDED = 7  # the instance has ended before
    ESCROW_SHORT = 10  # escrow would pay more than it holds
    ESCROW_LEFT = 11  # the contract would end while escrow holds something
    UNDEFINED = 12  # a logarithm, root or power that has no value


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at one instant.

    `observations`: per feed slot what its aspect shows (the newest fresh value, the value published
    for the event's date, ...), None where that is missing or stale. `moved`: the slots whose feeds
    were observed at this very instant. `taken`: indices of the choice clauses taken.
    `amounts`: what is chosen, in minor units, for each of `Program.amounts`; empty if all are 0.
    """

    instant: int
    observations: tuple[int | None, ...]
    moved: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    amounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes in the life of an instance.

    `progress`, one entry a clause: for `Timed` and `Choice` the next occurrence (the schedule's
    length when none is left), for `Watch` 1 once it has fired for good. `states` and `tables` as
    the program's slots; a table has a row for each instant of its schedule. `escrow`: what the
    contract's own account holds of each asset, per lot in minor units; empty if it has none.
    """

    ended: bool
    progress: tuple[int, ...]
    states: tuple[int, ...]
    tables: tuple[tuple[int, ...], ...]
    escrow: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer that is owed, per lot, in minor units of the asset (positive).

    `due` None: now. `clause` and `action` name the cause in the program; the action is counted
    through a choice's `actions` and then its `otherwise`.
    """

    payer: int
    payee: int
    asset: int
    units: int
    due: int | None
    clause: int
    action: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an event. `next_due`: when the instance must be fired again at the latest."""

    status: Status
    standing: Standing
    postings: tuple[Posting, ...] = ()
    next_due: int | None = None
    requirement: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One clause that acted: when, at which occurrence, the states that it left, what it posted."""

    instant: int
    clause: int
    occurrence: int
    states: tuple[int, ...]
    postings: tuple[Posting, ...]


class Missing(Exception):
    """An observation that is needed is not there."""


class Refused(Exception):
    """The event is refused with a status."""

    def __init__(self, status: Status, requirement: int | None = None) -> None:
        self.status = status
        self.requirement = requirement


def requirements(program: Program) -> tuple[Require, ...]:
    """All `require`s in the order in which an outcome counts them."""
    inside = (a for c in program.clauses for a in actions_of(c) if isinstance(a, Require))
    return (*program.requires, *inside)


def actions_of(clause: Clause) -> tuple[Action, ...]:
    """A clause's actions as a posting counts them."""
    match clause:
        case Choice(actions=actions, otherwise=otherwise):
            return actions + otherwise
        case Timed() | Watch():
            return clause.actions
        case _:
            assert_never(clause)


def schedule_of(clause: Clause, terms: Terms) -> Instants:
    """The instants at which a clause falls due; none for a watch or a choice without deadline."""
    if isinstance(clause, Watch) or clause.schedule is None:
        return ()
    return terms.schedules[clause.schedule]


def is_due(instants: Instants, at: int, now: int) -> bool:
    """Whether the occurrence that comes next is now."""
    return at < len(instants) and instants[at] == now


def start(program: Program, terms: Terms) -> Outcome:
    """The standing of a new instance, or the refusal of a contract-level `require`."""
    held = () if program.escrow is None else (0,) * len(program.assets)
    empty = Standing(False, (0,) * len(program.clauses), (), (), held)
    run = Run(program, terms, empty, Event(terms.start, (None,) * len(program.feeds)))
    try:
        for requirement in program.requires:
            run.require(requirement)
        states = tuple(run.value(slot.initial) for slot in program.states)
    except (Refused, Missing, fixed.SettlementError) as problem:
        return _refusal(problem, empty)
    tables = tuple((0,) * len(terms.schedules[table.schedule]) for table in program.tables)
    standing = replace(empty, states=states, tables=tables)
    return Outcome(Status.OK, standing, next_due=next_due(program, terms, standing))


def fire(program: Program, terms: Terms, standing: Standing, event: Event) -> Outcome:
    """Let one event act on an instance."""
    return traced(program, terms, standing, event)[0]


def traced(
    program: Program, terms: Terms, standing: Standing, event: Event
) -> tuple[Outcome, tuple[Step, ...]]:
    """As `fire`, with every clause that acted, in order. Of an event that is refused there are
    those that came before the refusal; they have changed nothing."""
    return played(Run(program, terms, standing, event))


def played(run: "Run") -> tuple[Outcome, tuple[Step, ...]]:
    """What a run that has not begun comes to, as `traced` says it."""
    if run.before.ended:
        return Outcome(Status.ENDED, run.before), ()
    try:
        run.all()
    except (Refused, Missing, fixed.SettlementError) as problem:
        return _refusal(problem, run.before), tuple(run.steps)
    outcome = Outcome(Status.OK, run.standing(), tuple(run.postings), run.due())
    return outcome, tuple(run.steps)


def next_due(program: Program, terms: Terms, standing: Standing) -> int | None:
    """The earliest instant at which a clause falls due; None if there is none."""
    if standing.ended:
        return None
    ahead = zip(program.clauses, standing.progress, strict=True)
    dues = (schedule_of(clause, terms)[at:][:1] for clause, at in ahead)
    return min((due[0] for due in dues if due), default=None)


def keeps_alive(clause: Clause) -> bool:
    """Whether a clause that is still to come keeps the contract from ending. A `when` does not, nor
    a choice without a deadline: a contract ends with its last dated clause or window, unless it is
    perpetual."""
    return not isinstance(clause, Watch) and (
        isinstance(clause, Choice) or clause.group is not Group.OBSERVATION
    )


def _refusal(problem: Exception, standing: Standing) -> Outcome:
    match problem:
        case Refused(status=status, requirement=requirement):
            return Outcome(status, standing, requirement=requirement)
        case Missing():
            return Outcome(Status.WAITING, standing)
        case fixed.DivisionByZero():
            return Outcome(Status.DIVISION_BY_ZERO, standing)
        case exponential.Undefined():
            return Outcome(Status.UNDEFINED, standing)
        case _:
            return Outcome(Status.OVERFLOW, standing)


@dataclass(slots=True)
class Run:
    """One event in progress: a private working copy of the standing."""

    program: Program
    terms: Terms
    before: Standing
    event: Event
    ended: bool = False
    progress: list[int] = field(init=False)
    states: list[int] = field(init=False)
    tables: list[list[int]] = field(init=False)
    held: list[int] = field(init=False)
    locals: dict[int, int] = field(default_factory=dict)
    acting: Clause | None = None
    occurrence: int = 0
    carried: int = 0
    cause: tuple[int, int] = (0, 0)
    asleep: frozenset[int | None] = frozenset()
    postings: list[Posting] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    now: int = 0

    def __post_init__(self) -> None:
        self.progress = list(self.before.progress)
        self.states = list(self.before.states)
        self.tables = [list(rows) for rows in self.before.tables]
        self.held = list(self.before.escrow)

    def standing(self) -> Standing:
        tables = tuple(tuple(rows) for rows in self.tables)
        states, held = tuple(self.states), tuple(self.held)
        return Standing(self.ended, tuple(self.progress), states, tables, held)

    # --- order

    def all(self) -> None:
        """Everything that fell due before the event's instant, then the instant itself."""
        while not self.ended and (due := self.due()) is not None and due < self.event.instant:
            self.instant(due, frozenset())
        if not self.ended:
            self.available()
            self.instant(self.event.instant, self.event.moved)

    def due(self) -> int | None:
        return next_due(self.program, self.terms, self.standing())

    def available(self) -> None:
        """Refuses a choice that is taken while it is not open."""
        for index in self.event.taken:
            clause = self.program.clauses[index]
            if not isinstance(clause, Choice) or not self.is_open(clause, index):
                raise Refused(Status.NOT_AVAILABLE)
            if any(units < 0 for units in self.chosen(index)):
                raise Refused(Status.NEGATIVE_PAYMENT)

    def is_open(self, clause: Choice, index: int) -> bool:
        opens = self.terms.start if clause.opens is None else self.terms.schedules[clause.opens][0]
        if not self.lives(clause):
            return False
        if clause.schedule is None:
            return opens <= self.event.instant
        deadlines = schedule_of(clause, self.terms)
        at = self.progress[index]
        if at >= len(deadlines):
            return False
        early = clause.any_time and opens <= self.event.instant < deadlines[at]
        return early or deadlines[at] == self.event.instant

    def chosen(self, index: int) -> list[int]:
        """The amounts of a choice, in minor units."""
        every = self.program.amounts
        units = self.event.amounts or (0,) * len(every)
        return [each for each, (clause, _) in zip(units, every, strict=True) if clause == index]

    def instant(self, now: int, moved: frozenset[int]) -> None:
        self.now = now
        self.asleep = frozenset(k for k, state in enumerate(self.states) if not state)
        clauses = enumerate(self.program.clauses)
        for index, clause in sorted(clauses, key=lambda pair: rank_of(pair[1])):
            if not self.ended:
                self.clause(index, clause, now, moved)
        if not self.ended:
            self.end_what_has_nothing_left()
        self.audit()

    def end_what_has_nothing_left(self) -> None:
        """Ends each contract within the contract that has nothing to come, and the whole if all
        have."""
        alive = [clause for index, clause in enumerate(self.program.clauses) if self.goes_on(index)]
        for lives in {clause.lives for clause in self.program.clauses}:
            if lives is not None:
                self.states[lives] &= any(clause.lives == lives for clause in alive)
        self.ended = not alive

    def audit(self) -> None:
        """Once all of an instant is netted, escrow holds what it has paid; nothing is left in it
        at the end."""
        if any(units < 0 for units in self.held):
            raise Refused(Status.ESCROW_SHORT)
        if self.ended and any(self.held):
            raise Refused(Status.ESCROW_LEFT)

    def clause(self, index: int, clause: Clause, now: int, moved: frozenset[int]) -> None:
        at = self.progress[index]
        match clause:
            case Timed(actions=actions):
                if is_due(schedule_of(clause, self.terms), at, now):
                    self.progress[index] = at + 1
                    self.act(index, at, actions)
            case Watch(feeds=feeds):
                seen = not moved.isdisjoint(feeds) or clause.lives in self.asleep
                if at == 0 and seen and self.known(feeds) and self.lives(clause):
                    self.watch(index, clause)
            case Choice():
                self.choice(index, clause, at, now)
            case _:
                assert_never(clause)

    def lives(self, clause: Clause) -> bool:
        """Whether the contract within the contract that a clause belongs to is alive."""
        return clause.lives is None or self.states[clause.lives] == 1

    def goes_on(self, index: int) -> bool:
        """Whether a clause keeps its contract from ending."""
        clause = self.program.clauses[index]
        if not self.lives(clause):
            return False
        left = self.progress[index] < len(schedule_of(clause, self.terms))
        return self.program.perpetual or (keeps_alive(clause) and left)

    def known(self, feeds: tuple[int, ...]) -> bool:
        return all(self.event.observations[feed] is not None for feed in feeds)

    def watch(self, index: int, clause: Watch) -> None:
        self.locals.clear()
        self.acting, self.occurrence = clause, 0
        if self.value(clause.condition):
            self.progress[index] = 0 if clause.repeats else 1
            self.act(index, 0, clause.actions)

    def choice(self, index: int, clause: Choice, at: int, now: int) -> None:
        deadlines = schedule_of(clause, self.terms)
        if clause.schedule is not None and at >= len(deadlines):
            return
        self.locals.clear()
        self.acting, self.occurrence = clause, at
        taken = index in self.event.taken and now == self.event.instant
        due = is_due(deadlines, at, now)
        if not self.lives(clause):
            self.progress[index] += int(due)
        elif (taken and (due or clause.any_time)) or (due and self.value(clause.default)):
            self.progress[index] = at + due if clause.repeats else len(deadlines)
            self.act(index, at, clause.actions, given=self.given(index, clause))
        elif due:
            self.progress[index] = at + 1
            self.act(index, at, clause.otherwise, counted_from=len(clause.actions))

    def given(self, index: int, clause: Choice) -> dict[int, int]:
        """The locals that the chooser gives."""
        pairs = zip(self.chosen(index), clause.amounts, strict=True)
        return {
            local: fixed.from_minor_units(units, self.terms.places[amount.asset])
            for local, (units, amount) in enumerate(pairs)
        }

    # --- actions

    def act(
        self,
        index: int,
        occurrence: int,
        actions: tuple[Action, ...],
        counted_from: int = 0,
        given: dict[int, int] | None = None,
    ) -> None:
        clause = self.program.clauses[index]
        self.locals = dict(given or {})
        self.acting, self.occurrence = self.program.clauses[index], occurrence
        before = len(self.postings)
        for number, action in enumerate(actions, counted_from):
            if self.ended or not self.lives(clause):
                break
            self.cause = (index, number)
            self.action(action)
        made = tuple(self.postings[before:])
        self.steps.append(Step(self.now, index, occurrence, tuple(self.states), made))

    def action(self, action: Action) -> None:
        match action:
            case Bind(local=local, value=value):
                self.locals[local] = self.value(value)
            case Assign(state=state, value=value, guard=guard):
                if self.value(guard):
                    self.states[state] = self.value(value)
            case Store(table=table, value=value):
                self.tables[table][self.occurrence] = self.value(value)
            case Transfer(guard=guard):
                if self.value(guard):
                    self.transfer(action)
            case End(guard=guard):
                self.ended = bool(self.value(guard))
            case Require(guard=guard):
                if self.value(guard):
                    self.require(action)
            case _:
                assert_never(action)

    def require(self, requirement: Require) -> None:
        if not self.value(requirement.condition):
            every = requirements(self.program)
            which = next(i for i, other in enumerate(every) if other is requirement)
            raise Refused(Status.REQUIREMENT, which)

    def transfer(self, transfer: Transfer) -> None:
        amount = self.value(transfer.amount)
        due = None if transfer.due is None else self.value(transfer.due)
        units = fixed.to_minor_units(amount, self.terms.places[transfer.asset])
        if amount < 0 and not transfer.net:
            raise Refused(Status.NEGATIVE_PAYMENT)
        if abs(units) > HIGHEST_UNITS:
            raise fixed.Overflow
        payer, payee = transfer.payer, transfer.payee
        if units < 0:
            payer, payee, units = payee, payer, -units
        if units:
            self.postings.append(Posting(payer, payee, transfer.asset, units, due, *self.cause))
            self.hold(self.postings[-1])

    def hold(self, posting: Posting) -> None:
        """Books what escrow gets or gives when it is fixed, whenever it is due."""
        escrow = self.program.escrow
        if escrow in (posting.payer, posting.payee):
            self.held[posting.asset] += posting.units if posting.payee == escrow else -posting.units
            if abs(self.held[posting.asset]) > HIGHEST_UNITS:
                raise fixed.Overflow

    # --- expressions

    def value(self, expression: Expression) -> int:
        """The value of an expression in the present state. Shared nodes are evaluated once."""
        return self.memoised(expression, {})

    def memoised(self, expression: Expression, memo: dict[Expression, int]) -> int:
        if expression not in memo:
            memo[expression] = self.evaluated(expression, memo)
        return memo[expression]

    def evaluated(self, expression: Expression, memo: dict[Expression, int]) -> int:
        match expression:
            case Constant(value=value):
                return value
            case Term(slot=slot):
                return self.terms.terms[slot]
            case Column(slot=slot):
                return self.terms.columns[slot][self.occurrence]
            case Feed(slot=slot):
                return self.observed(slot)
            case State(slot=slot):
                return self.states[slot]
            case Stored(table=table, offset=offset):
                return self.tables[table][self.occurrence + offset]
            case Local(slot=slot):
                return self.locals[slot]
            case Apply(operator=operator, operand=operand):
                return applied(operator, self.memoised(operand, memo))
            case Combine(operator=operator, left=left, right=right):
                first, second = self.memoised(left, memo), self.memoised(right, memo)
                return combined(operator, first, second)
            case Power(base=base, exponent=exponent):
                return fixed.power(self.memoised(base, memo), exponent)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                taken = chosen if self.memoised(condition, memo) else otherwise
                return self.memoised(taken, memo)
            case Backward(since=since, last=last):
                first, value = self.memoised(since, memo), self.memoised(last, memo)
                return self.backward(expression, first, value)
            case Carried():
                return self.carried
            case Risk():
                raise AssertionError("a risk measure outside a rule")
            case _:
                assert_never(expression)

    def backward(self, recursion: Backward, since: int, value: int) -> int:
        """The last value carried back to the first instant after `since`."""
        outer = self.occurrence, self.carried
        instants = self.terms.schedules[recursion.schedule]
        for row in reversed(range(bisect_right(instants, since), len(instants))):
            self.occurrence, self.carried = row, value
            value = self.memoised(recursion.step, {})
        self.occurrence, self.carried = outer
        return value

    def observed(self, feed: int) -> int:
        value = self.event.observations[feed]
        if value is None or (self.program.feeds[feed].aspect.is_dated and self.catches_up()):
            raise Missing
        return value

    def catches_up(self) -> bool:
        """Whether the acting clause fell due before the event, which then knows nothing of its
        date."""
        dues = () if self.acting is None else schedule_of(self.acting, self.terms)
        return any(due < self.event.instant for due in dues[self.occurrence : self.occurrence + 1])


def rank_of(clause: Clause) -> tuple[int, int]:
    """Where a clause stands in the order of an instant."""
    return clause.stage, group_of(clause).value


def group_of(clause: Clause) -> Group:
    """The group of a clause, within its stage."""
    if isinstance(clause, Choice):
        return Group.OBSERVATION if clause.fails else Group.CHOICE
    return clause.group
