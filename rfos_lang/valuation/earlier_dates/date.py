"""The clauses of a date that decides, executed with its price as a letter: once for each arm of a
choice, of which the chooser takes the one that is worth more to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula
from rfos_lang.core.program import (
    Action,
    Assign,
    Choice,
    Clause,
    Program,
    State,
    Watch,
)
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Deferral
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Truth, polynomial
from rfos_lang.valuation.closed_form.polynomial import constant, letter
from rfos_lang.valuation.closed_form.reading import Moment, Occasion, Reader
from rfos_lang.valuation.closed_form.recognise import (
    Timing,
)
from rfos_lang.valuation.closed_form.values import ALWAYS, NEVER, Value
from rfos_lang.valuation.constructors import (
    ZERO,
    add,
    maximum,
    minimum,
    select,
    substituted,
    total,
)
from rfos_lang.valuation.earlier_dates.records import Place
from rfos_lang.valuation.earlier_dates.remaining import Environment


class Planning(Protocol):
    """What the execution of a date needs to know of the whole: its program, the price slot that is
    integrated over, and what the clauses after a place are worth at it."""

    @property
    def whole(self) -> Program: ...

    @property
    def reporting(self) -> int: ...

    @property
    def timing(self) -> Timing: ...

    @property
    def feed(self) -> int: ...

    @property
    def letters(self) -> Letters: ...

    def worth(self, program: Program, place: Place, environment: Environment) -> Formula:
        """What the clauses of a program are worth at a place. Raises NoClosedForm."""

    def postponed(self, value: Formula, deferral: Deferral | None) -> Formula:
        """What is fixed now and owed later, at its worth now."""


@dataclass(frozen=True, slots=True)
class Date:
    """The clauses of a date that decides, and what comes after it."""

    planner: Planning
    program: Program
    moment: Moment
    place: Place

    def touched(self) -> "Date":
        """The same after a touch: what fires but once has fired."""
        kept = tuple(
            clause
            for clause in self.program.clauses
            if not isinstance(clause, Watch) or clause.repeats
        )
        return replace(self, program=replace(self.program, clauses=kept))

    def worth(self, environment: Environment) -> Formula:
        """What the contract is worth at the date, payments at it included."""
        planner = self.planner
        reader = Reader(
            self.program,
            planner.reporting,
            (self.moment.schedule,),
            dict(environment),
            planner.feed,
            planner.whole,
        )
        value = self._after(self.moment.clauses, reader, ZERO)
        return substituted(value, {planner.letters.spot(planner.feed): self.place.price})

    def _after(self, clauses: tuple[Clause, ...], reader: Reader, paid: Formula) -> Formula:
        """What was paid, with what some clauses of the date and all later ones are worth."""
        if not clauses:
            return add(paid, self._later(reader))
        clause, rest = clauses[0], clauses[1:]
        if clause.lives is None:
            return self._acting(clause, rest, reader, paid)
        alive = reader.truth(State(clause.lives))
        if alive == ALWAYS:
            return self._acting(clause, rest, reader, paid)
        passed = self._after(rest, _forked(reader), paid)
        if alive == NEVER:
            return passed
        return select(known_formula(alive), self._acting(clause, rest, reader, paid), passed)

    def _acting(
        self, clause: Clause, rest: tuple[Clause, ...], reader: Reader, paid: Formula
    ) -> Formula:
        match clause:
            case Choice():
                return self._chosen(clause, rest, reader, paid)
            case _:
                received = self._received(clause.actions, clause, reader)
                return self._after(rest, reader, add(paid, received))

    def _chosen(
        self, clause: Choice, rest: tuple[Clause, ...], reader: Reader, paid: Formula
    ) -> Formula:
        party = self.program.parties[clause.party]
        if clause.any_time or clause.opens is not None:
            raise NoClosedForm(f"{party} may {clause.name} early")
        if clause.party not in (0, 1):
            raise NoClosedForm("someone other than the two parties chooses")
        if self.program.escrow is not None:
            raise NoClosedForm(f"escrow decides whether `{clause.name}` can be taken")
        arms = []
        for actions in (clause.actions, clause.otherwise):
            fork = _forked(reader)
            received = self._received(actions, clause, fork)
            arms.append(self._after(rest, fork, add(paid, received)))
        better = maximum if clause.party == 0 else minimum
        return better(*arms)

    def _received(self, actions: tuple[Action, ...], clause: Clause, reader: Reader) -> Formula:
        """What the first party gets by some actions, at the date."""
        ending = [
            k for k, a in enumerate(actions) if isinstance(a, Assign) and a.state == clause.lives
        ]
        if any(k < len(actions) - 1 for k in ending):
            raise NoClosedForm("a contract within it ends in the midst of a clause")
        schedule = self.moment.schedule
        amounts = []
        for occasion, payoff in reader.acted(actions, schedule):
            value = known_formula(payoff)
            amounts.append(self.planner.postponed(value, self._deferral(occasion)))
        return total(amounts)

    def _deferral(self, occasion: Occasion) -> Deferral | None:
        if occasion.due is None:
            return None
        planner = self.planner
        is_cash = occasion.asset == planner.reporting
        owed = planner.timing.dues[occasion.due]
        return Deferral(occasion.asset, occasion.schedule, owed, is_cash)

    def _later(self, reader: Reader) -> Formula:
        """What comes after the date."""
        if reader.ended == ALWAYS:
            return ZERO
        planner = self.planner
        price: dict[Formula, Formula] = {planner.letters.spot(planner.feed): self.place.price}
        environment = {
            slot: with_letters(value, price)
            for slot, value in reader.environment.items()
            if value is not None
        }
        clauses = other_clauses(self.program, self.moment)
        left = replace(self.program, clauses=clauses)
        worth = planner.worth(left, self.place, environment) if clauses else ZERO
        return worth if reader.ended == NEVER else select(known_formula(reader.ended), ZERO, worth)


def other_clauses(program: Program, moment: Moment) -> tuple[Clause, ...]:
    """The clauses that are not those of a date."""
    return tuple(clause for clause in program.clauses if clause not in moment.clauses)


def _forked(reader: Reader) -> Reader:
    """A reader that goes on from where another one is."""
    fork = replace(reader, states=dict(reader.environment))
    fork.ended = reader.ended
    return fork


def known_formula(value: Value) -> Formula:
    """A value that is known once the price is; a truth as 0 or 1. Raises NoClosedForm."""
    payoff = value.yes if isinstance(value, Truth) else value
    if payoff.whole is None:
        raise NoClosedForm("it depends on a price that is not known at the date")
    return payoff.whole.formula()


def with_letters(value: Value, given: Mapping[Formula, Formula]) -> Value:
    """A value with other letters."""
    if value in (ALWAYS, NEVER):
        return value
    changed = letter(substituted(known_formula(value), given))
    if isinstance(value, Truth):
        return Truth(polynomial(changed), polynomial(constant(1) - changed))
    return polynomial(changed)
