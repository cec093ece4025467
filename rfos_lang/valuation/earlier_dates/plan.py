"""From an instance to formulas by date: what it is worth now, and what it is worth at the dates at
which something is decided.

A date decides if what happens later depends on the price of that date: somebody chooses, a guard
ends the contract or begins another one, a price is remembered, a level has been watched until then.
There the clauses are executed with the price of the date as a letter, once for each arm of a
choice. What is left after an arm has a closed form in that letter, or is itself decided at a later
date. A chooser takes the arm that is worth more to it.

Until a date a level may be watched. Given the prices at both ends, the level was not touched with
the probability of a Brownian bridge, whatever the drift:

    1 - exp(-2 log(b/x) log(b/y) / (σ²τ))    for x and y on one side of b, else 0

(Karatzas and Shreve, Brownian Motion and Stochastic Calculus, 4.3.40), and for two levels the sum
of its images.
"""

from collections.abc import Mapping
from dataclasses import field, replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import (
    Action,
    Assign,
    Choice,
    Clause,
    Program,
    State,
    Timed,
    Watch,
)
from rfos_lang.core.walk import within
from rfos_lang.valuation.closed_form.barrier import bridge_survival
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Deferral
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Truth, polynomial
from rfos_lang.valuation.closed_form.polynomial import constant, letter
from rfos_lang.valuation.closed_form.reading import (
    ALWAYS,
    NEVER,
    Moment,
    Occasion,
    Reader,
    Value,
    moments,
)
from rfos_lang.valuation.closed_form.recognise import (
    Timing,
    Unrecognised,
    Watched,
    closed_form,
    numeraire,
    watched,
)
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    less,
    maximum,
    minimum,
    multiply,
    select,
    substituted,
    subtract,
    total,
)
from rfos_lang.valuation.earlier_dates.forward import Forward, Numbered, Postponed
from rfos_lang.valuation.earlier_dates.remaining import Environment, remaining
from rfos_lang.valuation.floors import LOWEST_VOLATILITY, SHORTEST_YEARS
from rfos_lang.valuation.unrolling import Unrolled

DATES_MAX = 2
"""At how many dates, one after the other, something may be decided: each is one integral more."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What a contract is worth at a date (`schedule`) by the price of that date.

    `worth` is a formula in the letters `price`, `before` - the price at the date (`since`) that
    was integrated over before, or now - and those of earlier dates.
    """

    since: int | None
    schedule: int
    before: Input
    price: Input
    worth: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What an instance is worth now (`worth`). Its letters, and those of the decisions, are inputs
    of the present, or stand for what is `numbered` or for the value before a decision (`decided`).
    `watches`: whether a level is watched."""

    feed: int
    worth: Formula
    numbered: Mapping[Input, Numbered]
    decided: Mapping[Input, Decision]
    watches: bool


def plan_of(ahead: Unrolled, environment: Environment) -> Plan:
    """The plan of an unrolled instance, its states standing as in `environment`. Raises
    NoClosedForm."""
    program, reporting = ahead.program, ahead.reporting
    if numeraire(program, reporting) != reporting:
        raise NoClosedForm("it is told in another asset than its prices")
    if any(isinstance(clause, Choice) and clause.is_facility for clause in program.clauses):
        raise NoClosedForm("somebody may choose as much or as often as it likes")
    feeds = Letters(program).feeds
    if len(feeds) != 1:
        raise NoClosedForm(f"it observes {len(feeds)} prices, and one can be integrated over")
    planner = _Planner(program, reporting, ahead.timing, feeds[0])
    start = _Place(None, planner.letters.spot(feeds[0]), 0, ahead.timing.order)
    worth = planner.worth(program, start, environment)
    return Plan(feeds[0], worth, planner.numbered, planner.decided, planner.watches)


@dataclass(frozen=True, slots=True)
class _Place:
    """A date at which something is decided, or now: its schedule, the letter of its price, how many
    such dates there are until then, and the schedules after it in order of time."""

    schedule: int | None
    price: Input
    depth: int
    order: tuple[int, ...]


@dataclass(slots=True)
class _Planner:
    whole: Program
    reporting: int
    timing: Timing
    feed: int
    numbered: dict[Input, Numbered] = field(default_factory=dict)
    decided: dict[Input, Decision] = field(default_factory=dict)
    watches: bool = False

    @property
    def letters(self) -> Letters:
        return Letters(self.whole)

    def worth(self, program: Program, place: _Place, environment: Environment) -> Formula:
        """What the clauses of a program that are left after a place are worth at it."""
        left = remaining(program, environment)
        open_truth = _open_truth(left, environment)
        if open_truth is not None:
            arms = ({**environment, open_truth: each} for each in (ALWAYS, NEVER))
            holds, fails = (self.worth(program, place, each) for each in arms)
            return select(_formula(environment[open_truth]), holds, fails)
        try:
            return self._closed(left, place, environment)
        except NoClosedForm as refusal:
            if place.depth == DATES_MAX:
                several = f"it is decided at more than {DATES_MAX} dates"
                raise NoClosedForm(f"{several}, and at the last {refusal.reason}") from None
            found = moments(left, place.order)
            if not found:
                raise
        passed = self._passed(found[0], left, place, environment)
        return self._until(found[0], left, place, environment) if passed is None else passed

    def _passed(
        self, moment: Moment, program: Program, place: _Place, environment: Environment
    ) -> Formula | None:
        """What a program is worth if its first date decides nothing: its payments, and the rest as
        if it were not there. None if it decides something."""
        if any(not isinstance(clause, Timed) for clause in (*program.clauses[:1], *moment.clauses)):
            return None
        spot = self.letters.spot(self.feed)
        reader = Reader(
            program, self.reporting, (moment.schedule,), dict(environment), self.feed, self.whole
        )
        for clause in moment.clauses:
            if clause.lives is not None and reader.truth(State(clause.lives)) != ALWAYS:
                return None
            reader.acted(clause.actions, moment.schedule)
        later = {slot: value for slot, value in reader.environment.items() if value is not None}
        if reader.ended != NEVER or any(
            spot in inputs_of(_formula(each)) for each in later.values()
        ):
            return None
        here = replace(program, clauses=moment.clauses)
        rest = replace(program, clauses=_others(program, moment))
        order = place.order[place.order.index(moment.schedule) + 1 :]
        try:
            paid = self._closed(here, replace(place, order=(moment.schedule,)), environment)
        except NoClosedForm:
            return None
        return add(paid, self.worth(rest, replace(place, order=order), later))

    # --- closed forms, seen from a date

    def _closed(self, program: Program, place: _Place, environment: Environment) -> Formula:
        timing = Timing(place.order, self.timing.dues)
        form = closed_form(program, timing, self.reporting, derivatives=False)
        if isinstance(form, Unrecognised):
            raise NoClosedForm(form.reason)
        values = []
        for part in form.parts:
            self.watches |= part.barrier
            value = self._seen(part.measures.value, place, part.schedule, environment)
            values.append(self.postponed(value, part.deferral))
        return total(values)

    def _seen(
        self, formula: Formula, place: _Place, until: int, environment: Environment
    ) -> Formula:
        """A formula of the present as it will be at a place, with a horizon at a schedule."""
        given: dict[Input, Formula] = {}
        for each in inputs_of(formula):
            match each.source:
                case Source.SPOT:
                    given[each] = place.price
                case Source.STATE if each.slot in environment:
                    given[each] = _formula(environment[each.slot])
                case Source.STATE | Source.TERM:
                    pass
                case _:
                    given[each] = self._number(each, Forward(each, place.schedule, until))
        return substituted(formula, given)

    def _number(self, like: Input, numbered: Numbered) -> Input:
        """A letter for a number that only the market of the day tells."""
        found = next((known for known, other in self.numbered.items() if other == numbered), None)
        made = found or Input(like.source, like.slot, f"{like.name} {len(self.numbered)}")
        self.numbered[made] = numbered
        return made

    def postponed(self, value: Formula, deferral: Deferral | None) -> Formula:
        if deferral is None:
            return value
        like = self.letters.rate(deferral.asset)
        return multiply(value, self._number(like, Postponed(deferral)))

    # --- a date

    def _until(
        self, moment: Moment, program: Program, place: _Place, environment: Environment
    ) -> Formula:
        """What is watched until a date, and what is worth something at it."""
        watches = tuple(clause for clause in program.clauses if isinstance(clause, Watch))
        pause = Timed(moment.schedule, ())
        early = remaining(replace(program, clauses=(*watches, pause)), environment)
        timing = Timing((moment.schedule,), self.timing.dues)
        seen = watched(early, timing, self.reporting) if len(early.clauses) > 1 else None
        at = self._price_letter(moment)
        order = place.order[place.order.index(moment.schedule) + 1 :]
        there = _Place(moment.schedule, at, place.depth + 1, order)
        date = _Date(self, program, moment, there)
        untouched = date.worth(environment)
        if seen is None:
            worth: Formula = untouched
            at_touch: Formula = ZERO
        else:
            worth = self._watched(seen, untouched, date, place, environment)
            at_touch = self._closed(early, place, environment)
        name = f"the value before {self.whole.schedules[moment.schedule]} {len(self.decided)}"
        value = Input(Source.STATE, len(self.whole.states) + len(self.decided), name)
        self.decided[value] = Decision(place.schedule, moment.schedule, place.price, at, worth)
        return add(value, at_touch)

    def _price_letter(self, moment: Moment) -> Input:
        spot = self.letters.spot(self.feed)
        return Input(
            Source.SPOT, self.feed, f"{spot.name} at {self.whole.schedules[moment.schedule]}"
        )

    def _watched(
        self,
        seen: Watched,
        untouched: Formula,
        date: "_Date",
        place: _Place,
        environment: Environment,
    ) -> Formula:
        """What is worth something at a date, by whether a level was touched before."""
        self.watches = True
        touched = (
            ZERO
            if seen.ends
            else date.touched().worth({**environment, **dict.fromkeys(seen.states, ALWAYS)})
        )
        letters, schedule = self.letters, date.place.schedule
        assert schedule is not None
        survives = bridge_survival(
            seen.barrier,
            date.place.price,
            maximum(letters.volatility(self.feed), LOWEST_VOLATILITY),
            maximum(letters.years(schedule), SHORTEST_YEARS),
        )
        chance = self._seen_between(survives, place, date.place, environment)
        for state in sorted(seen.states):
            known = _formula(environment.get(state, NEVER))
            chance = select(less(ZERO, known), ZERO, chance)
        return add(multiply(chance, untouched), multiply(subtract(ONE, chance), touched))

    def _seen_between(
        self, formula: Formula, place: _Place, later: _Place, environment: Environment
    ) -> Formula:
        """As `_seen`, where the price at the later place stays a letter of its own."""
        assert later.schedule is not None
        stand_in = Input(Source.TERM, len(self.whole.terms), later.price.name)
        kept = substituted(formula, {later.price: stand_in})
        return substituted(
            self._seen(kept, place, later.schedule, environment), {stand_in: later.price}
        )


@dataclass(frozen=True, slots=True)
class _Date:
    """The clauses of a date that decides, and what comes after it."""

    planner: _Planner
    program: Program
    moment: Moment
    place: _Place

    def touched(self) -> "_Date":
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
        return select(_formula(alive), self._acting(clause, rest, reader, paid), passed)

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
            value = _formula(payoff)
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
        price = {planner.letters.spot(planner.feed): self.place.price}
        environment = {
            slot: _replaced(value, price)
            for slot, value in reader.environment.items()
            if value is not None
        }
        clauses = _others(self.program, self.moment)
        left = replace(self.program, clauses=clauses)
        worth = planner.worth(left, self.place, environment) if clauses else ZERO
        return worth if reader.ended == NEVER else select(_formula(reader.ended), ZERO, worth)


def _open_truth(program: Program, environment: Environment) -> int | None:
    """A state by which something is watched or not, and which the price of a date decided; None if
    there is none."""
    conditions = (clause.condition for clause in program.clauses if isinstance(clause, Watch))
    asked = (node.slot for node in within(*conditions) if isinstance(node, State))
    known = (ALWAYS, NEVER)
    return next((slot for slot in asked if environment.get(slot, NEVER) not in known), None)


def _others(program: Program, moment: Moment) -> tuple[Clause, ...]:
    """The clauses that are not those of a date."""
    return tuple(clause for clause in program.clauses if clause not in moment.clauses)


def _forked(reader: Reader) -> Reader:
    """A reader that goes on from where another one is."""
    fork = replace(reader, states=dict(reader.environment))
    fork.ended = reader.ended
    return fork


def _formula(value: Value) -> Formula:
    """A value that is known once the price is; a truth as 0 or 1. Raises NoClosedForm."""
    payoff = value.yes if isinstance(value, Truth) else value
    if payoff.whole is None:
        raise NoClosedForm("it depends on a price that is not known at the date")
    return payoff.whole.formula()


def _replaced(value: Value, given: Mapping[Input, Formula]) -> Value:
    """A value with other letters."""
    if value in (ALWAYS, NEVER):
        return value
    changed = letter(substituted(_formula(value), given))
    if isinstance(value, Truth):
        return Truth(polynomial(changed), polynomial(constant(1) - changed))
    return polynomial(changed)
