"""A whole instance as one formula: its moments unrolled, for the prover to find or refute a path.

States and rows of tables are merged where branches meet, so that the formula grows with the number
of moments, not of paths. What would refuse an event - a negative payment, a division by zero, a
`require` - does not happen on a path; each is a law with its place, so that it can be asked about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any, assert_never

import z3

from rfos_lang.analysis.interval import (
    Interval,
)
from rfos_lang.analysis.linear import (
    Number,
    Truth,
    both,
    either,
    known,
    minus,
    negated,
    where,
)
from rfos_lang.analysis.paths import Path, Step
from rfos_lang.analysis.symbolic import Values, bounded, constant, truth_term
from rfos_lang.analysis.unrolling import Moment, moments
from rfos_lang.base import fixed
from rfos_lang.base.feed import Aspect
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import (
    HIGHEST_UNITS,
    is_due,
    keeps_alive,
    rank_of,
    schedule_of,
    start,
)
from rfos_lang.core.program import (
    Action,
    Assign,
    Binary,
    Bind,
    Choice,
    Clause,
    End,
    Require,
    Sort,
    Store,
    Timed,
    Transfer,
    Watch,
)

EFFORT = 4_000_000
"""What the prover may spend on a question, in its own units: the answer is the same everywhere."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One payment of one moment: made where `guard` holds. `laws`: how many were laid down before
    its own, which says that it is not negative."""

    moment: int
    clause: int
    action: int
    transfer: Transfer
    guard: Truth
    amount: Number
    laws: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What escrow may not be after a moment: `short` or, where the contract ended, `left`.
    `chosen`: whether somebody chooses at that moment. `laws`: those laid down before this one."""

    moment: int
    chosen: Truth
    short: Truth
    left: Truth
    laws: int


@dataclass(slots=True)
class Unrolled(Values):
    """The formula. `firings[clause]`: where it acts; `alive[k]`: alive after moment k. `pins`:
    feeds whose first value is fixed; `endless`: those without an upper bound."""

    bounds: Mapping[int, Interval] = field(default_factory=dict)
    pins: Mapping[int, int] = field(default_factory=dict)
    endless: frozenset[int] = frozenset()
    moments: tuple[Moment, ...] = ()
    seen: dict[tuple[str, int], Number] = field(default_factory=dict)
    happens: list[Truth] = field(default_factory=list)
    taken: dict[tuple[int, int], Any] = field(default_factory=dict)
    amounts: dict[tuple[int, int], list[Number]] = field(default_factory=dict)
    alive: list[Truth] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    held: list[Number] = field(default_factory=list)
    firings: dict[int, Truth] = field(default_factory=dict)
    done: dict[int, Truth] = field(default_factory=dict)

    def __post_init__(self) -> None:
        program = self.program
        begun = start(program, self.terms).standing
        self.states = [
            constant(value, slot.sort)
            for value, slot in zip(begun.states, program.states, strict=True)
        ]
        self.tables = [[known(row) for row in rows] for rows in begun.tables]
        self.held = [known(0) for _ in begun.escrow]
        self.moments = moments(program, self.terms)
        living: Truth = True
        for number, moment in enumerate(self.moments):
            self.now = number
            living = self.moment(moment, living)
            self.alive.append(living)

    # --- time

    def moment(self, moment: Moment, living: Truth) -> Truth:
        """Everything that may happen at one moment; whether the contract is alive after it."""
        self.observed.append([self.observation(slot) for slot in range(len(self.program.feeds))])
        happens = True if moment.dated else z3.Bool(f"happens {self.now}")
        self.happens.append(happens)
        self.active = both(living, happens)
        order = sorted(enumerate(self.program.clauses), key=lambda pair: rank_of(pair[1]))
        for index, clause in order:
            self.clause = index
            self.fire(index, clause, moment)
        ended = both(both(living, happens), negated(self.active))
        lasts = self.lasts(moment, both(living, happens))
        lives = both(both(living, negated(ended)), either(negated(happens), lasts))
        if self.held:
            self.audit(both(both(living, happens), negated(lives)))
        return lives

    def audit(self, ended: Truth) -> None:
        """Escrow holds what it has paid, and nothing at the end."""
        short: Truth = False
        left: Truth = False
        for held in self.held:
            fine = self.arithmetic.compared(Binary.LESS_OR_EQUAL, known(0), held)
            empty = self.arithmetic.compared(Binary.LESS_OR_EQUAL, held, known(0))
            short = either(short, negated(fine))
            left = either(left, negated(both(fine, empty)))
        chosen: Truth = False
        for (number, _), wish in self.taken.items():
            chosen = either(chosen, wish) if number == self.now else chosen
        left = both(ended, left)
        self.audits.append(Audit(self.now, chosen, short, left, len(self.arithmetic.laws)))
        self.law(truth_term(negated(either(short, left))))

    def observation(self, slot: int) -> Any:
        """What a slot shows at this moment; slots of one feed show the same value."""
        feed, name = self.program.feeds[slot], self.terms.feeds[slot]
        match feed.aspect:
            case Aspect.NOW:
                return known(self.moments[self.now].instant)
            case Aspect.RESOLVED:
                seen = z3.Bool(f"resolved {name} {self.now}")
                if self.now:
                    self.law(z3.Implies(self.observed[-1][slot], seen))
                return seen
            case Aspect.LAPSED:
                return z3.Bool(f"lapsed {name} {self.now}")
            case _ if feed.sort is Sort.TRUTH:
                return z3.Bool(f"{name} {self.now}")
        if self.now == 0 and slot in self.pins:
            return known(self.pins[slot])
        key = (name, self.now)
        if key not in self.seen:
            low, high = bounded(self.bounds.get(slot))
            high = None if slot in self.endless else high
            self.seen[key] = self.arithmetic.variable(low, high, name)
        return self.seen[key]

    def lasts(self, moment: Moment, happens: Truth) -> Truth:
        """Whether anything keeps the contract alive; a contract within it that nothing keeps alive
        has come to its end."""
        going = [(each.lives, self.goes_on(k, each, moment)) for k, each in self.numbered()]
        for slot in {lives for lives, _ in going if lives is not None}:
            on = _any(truth for lives, truth in going if lives == slot)
            self.states[slot] = where(happens, both(self.states[slot], on), self.states[slot])
        return _any(truth for _, truth in going)

    def numbered(self) -> list[tuple[int, Clause]]:
        return list(enumerate(self.program.clauses))

    def goes_on(self, index: int, clause: Clause, moment: Moment) -> Truth:
        """Whether a clause keeps its contract from ending."""
        if self.program.perpetual:
            return self.lives(clause)
        ahead = any(due > moment.instant for due in schedule_of(clause, self.terms))
        if not (keeps_alive(clause) and ahead):
            return False
        return both(self.lives(clause), negated(self.done.get(index, False)))

    def lives(self, clause: Clause) -> Truth:
        """Whether the contract within the contract that a clause belongs to is alive."""
        return True if clause.lives is None else self.states[clause.lives]

    def fire(self, index: int, clause: Clause, moment: Moment) -> None:
        match clause:
            case Timed(actions=actions):
                instants = schedule_of(clause, self.terms)
                if moment.instant in instants:
                    at = instants.index(moment.instant)
                    self.act(index, at, actions, self.lives(clause))
            case Watch():
                self.occurrence, self.locals = 0, {}
                waiting = negated(self.done.get(index, False))
                for slot in clause.feeds:
                    waiting = both(waiting, self.present(slot))
                fires = both(both(waiting, self.lives(clause)), self.condition(clause, waiting))
                before = self.active
                self.act(index, 0, clause.actions, fires)
                if not clause.repeats:
                    self.done[index] = either(self.done.get(index, False), both(before, fires))
            case Choice():
                self.choose(index, clause, moment)
            case _:
                assert_never(clause)

    def condition(self, clause: Watch, seen: Truth) -> Truth:
        """The condition of a watch where all that it looks at is there."""
        return self.within(clause.condition, seen, {})

    def choose(self, index: int, clause: Choice, moment: Moment) -> None:
        deadlines = schedule_of(clause, self.terms)
        at = next((k for k, due in enumerate(deadlines) if due >= moment.instant), None)
        if clause.schedule is None:
            at = 0
        if at is None:
            return
        due = is_due(deadlines, at, moment.instant)
        opens = self.terms.start if clause.opens is None else self.terms.schedules[clause.opens][0]
        if not due and not (clause.any_time and opens <= moment.instant):
            return
        self.occurrence, self.locals = at, {}
        open_ = both(negated(self.done.get(index, False)), self.lives(clause))
        wish = self.taken[self.now, index] = z3.Bool(f"{clause.name} {self.now}")
        takes = both(open_, either(wish, self.value(clause.default)) if due else wish)
        before = self.active
        self.law(z3.Implies(wish, truth_term(both(before, open_))))
        self.act(index, at, clause.actions, takes, given=self.named(index, clause))
        if due:
            self.fork(index, at, clause, before, both(open_, negated(takes)))
        if not clause.repeats:
            self.done[index] = either(self.done.get(index, False), both(before, takes))

    def named(self, index: int, clause: Choice) -> dict[int, Any]:
        """The amounts that the chooser names at this moment: anything that can be counted."""
        places = self.terms.places
        given: dict[int, Any] = {
            local: self.counted(amount.name, places[amount.asset])
            for local, amount in enumerate(clause.amounts)
        }
        self.amounts[self.now, index] = list(given.values())
        return given

    def counted(self, name: str, places: int) -> Number:
        """Any number of minor units."""
        unit = Fraction(1, 10**places)
        number = self.arithmetic.variable(Fraction(0), HIGHEST_UNITS * unit, name)
        return self.arithmetic.grained(number, unit)

    def fork(self, index: int, at: int, clause: Choice, before: Truth, left: Truth) -> None:
        """What happens where the choice was not taken."""
        after = self.active
        self.active = before
        self.act(index, at, clause.otherwise, left, counted_from=len(clause.actions))
        self.active = both(either(negated(left), self.active), either(left, after))

    # --- actions

    def act(
        self,
        index: int,
        occurrence: int,
        actions: tuple[Action, ...],
        fires: Truth,
        counted_from: int = 0,
        given: Mapping[int, Any] | None = None,
    ) -> None:
        """The actions of a clause where it fires."""
        before, clause = self.active, self.program.clauses[index]
        self.active = both(before, fires)
        self.firings[index] = either(self.firings.get(index, False), self.active)
        self.occurrence, self.locals = occurrence, dict(given or {})
        running = self.active
        ended: Truth = False
        for number, action in enumerate(actions, counted_from):
            self.active = both(both(running, negated(ended)), self.lives(clause))
            if self.active is not False:
                going = self.active
                self.action(number, action)
                ended = either(ended, both(going, negated(self.active)))
        self.active = both(before, negated(ended))

    def action(self, number: int, action: Action) -> None:
        match action:
            case Bind(local=local, value=value):
                self.locals[local] = self.value(value)
            case Assign(state=state, value=value, guard=guard):
                happens = both(self.active, self.value(guard))
                if happens is not False:
                    self.states[state] = where(happens, self.value(value), self.states[state])
            case Store(table=table, value=value):
                rows = self.tables[table]
                rows[self.occurrence] = where(self.active, self.value(value), rows[self.occurrence])
            case Transfer(guard=guard):
                happens = both(self.active, self.value(guard))
                if happens is not False:
                    self.transfer(number, action, happens)
            case End(guard=guard):
                self.active = both(self.active, negated(self.value(guard)))
            case Require(condition=condition, guard=guard):
                happens = both(self.active, self.value(guard))
                self.law(z3.Implies(truth_term(happens), truth_term(self.value(condition))))
            case _:
                assert_never(action)

    def transfer(self, number: int, transfer: Transfer, guard: Truth) -> None:
        amount = self.value(transfer.amount)
        flow = Flow(
            self.now, self.clause, number, transfer, guard, amount, len(self.arithmetic.laws)
        )
        self.flows.append(flow)
        self.hold(transfer, guard, amount)
        if not transfer.net and (amount.low is None or amount.low < 0):
            self.law(z3.Implies(truth_term(guard), amount.z3 >= 0))

    def hold(self, transfer: Transfer, guard: Truth, amount: Number) -> None:
        """Books what escrow gets or gives."""
        if self.program.escrow not in (transfer.payer, transfer.payee) or not self.held:
            return
        units = self.arithmetic.units(amount, self.terms.places[transfer.asset])
        signed = units if transfer.payee == self.program.escrow else minus(units)
        moved = where(guard, signed, known(0))
        self.held[transfer.asset] = self.arithmetic.combined(
            Binary.ADD, self.held[transfer.asset], moved
        )

    # --- a path back

    def path(self, model: Any) -> Path:
        """The path of a model, as far as the contract lives along it."""
        steps = []
        for number, moment in enumerate(self.moments):
            lived = number == 0 or _holds(model, self.alive[number - 1])
            if lived and _holds(model, self.happens[number]):
                seen = tuple(
                    self.shown(model, number, slot) for slot in range(len(self.program.feeds))
                )
                chosen = (
                    clause
                    for (at, clause), wish in self.taken.items()
                    if at == number and _holds(model, wish)
                )
                named = self.units_named(model, number)
                steps.append(Step(moment.instant, seen, frozenset(chosen), named))
        return tuple(steps)

    def shown(self, model: Any, number: int, slot: int) -> int | None:
        """What a slot shows at a moment; None if nothing is there."""
        there = self.there.get((self.terms.feeds[slot], number), True)
        return _observed(model, self.observed[number][slot]) if _holds(model, there) else None

    def units_named(self, model: Any, number: int) -> tuple[int, ...]:
        """The amounts of all choices at a moment, in minor units; 0 of those not open then."""
        found: list[int] = []
        for index, clause in enumerate(self.program.clauses):
            if isinstance(clause, Choice):
                named = self.amounts.get((number, index), [known(0)] * len(clause.amounts))
                for amount, value in zip(clause.amounts, named, strict=True):
                    places = self.terms.places[amount.asset]
                    found.append(fixed.to_minor_units(_observed(model, value), places))
        return tuple(found)


def _any(truths: Iterable[Truth]) -> Truth:
    result: Truth = False
    for truth in truths:
        result = either(result, truth)
    return result


def _holds(model: Any, truth: Truth) -> bool:
    if isinstance(truth, bool):
        return truth
    return bool(z3.is_true(model.eval(truth, model_completion=True)))


def _observed(model: Any, value: Any) -> int:
    if not isinstance(value, Number):
        return int(_holds(model, value))
    if value.known is not None:
        return int(value.known * fixed.ONE)
    exact = model.eval(value.term, model_completion=True).as_fraction()
    scaled = exact * fixed.ONE
    return fixed.divided_half_even(scaled.numerator, scaled.denominator)
