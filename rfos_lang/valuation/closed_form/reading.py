"""Reading a program as payments at dates, each a payoff of the price on that date.

Clauses are executed symbolically: a price is a letter, a truth a pair of payoffs, the end of the
contract a truth that later payments are multiplied with. What depends on more than the price of its
own date, or on a choice before the last moment, has no closed form here, and the reason is said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import assert_never

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula
from rfos_lang.core.meaning import actions_of, rank_of
from rfos_lang.core.program import (
    TRUE,
    Action,
    Apply,
    Assign,
    Backward,
    Binary,
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
    Timed,
    Transfer,
    Watch,
)
from rfos_lang.core.walk import expressions_of, within
from rfos_lang.valuation.closed_form.comparison import Comparison
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.payoff import (
    NoClosedForm,
    Payoff,
    Truth,
    either,
    literal,
    polynomial,
    powered,
)
from rfos_lang.valuation.closed_form.polynomial import Polynomial, letter
from rfos_lang.valuation.closed_form.values import (
    ALWAYS,
    NEVER,
    Value,
    applied,
    chosen,
    combined,
    constant,
    given,
    number,
    truth,
)


@dataclass(frozen=True)
class Occasion:
    """When and in which asset something is paid: fixed at a schedule's instant, owed at `due`."""

    schedule: int
    due: Expression | None
    asset: int


Flows = Mapping[Occasion, Payoff]
"""What the first party receives, in units of the numeraire at the instant of fixing."""


@dataclass(frozen=True)
class Moment:
    """The clauses that fall due at one schedule, in their order."""

    schedule: int
    clauses: tuple[Timed | Choice, ...]


def schedules_of(clauses: Iterable[Clause]) -> set[int]:
    """The slots of the schedules at which clauses fall due."""
    found = {clause.schedule for clause in clauses if not isinstance(clause, Watch)}
    return {slot for slot in found if slot is not None}


def moments(program: Program, order: Sequence[int] | None) -> tuple[Moment, ...]:
    """The program's dates: in `order` of time if that is known, else as schedules come."""
    dated = [clause for clause in program.clauses if not isinstance(clause, Watch)]
    slots = order if order is not None else sorted(schedules_of(dated))
    found = []
    for slot in slots:
        here = [clause for clause in dated if clause.schedule == slot]
        here.sort(key=rank_of)
        if here:
            found.append(Moment(slot, tuple(here)))
    return tuple(found)


@dataclass
class Reader:
    """Executes a program symbolically, once: with the barrier touched before, or not. All that is
    paid is counted in the asset slot `numeraire`, by its price on the date.

    `states` are what watches decide: the value of a state while the barrier is untouched (or once
    it is touched); None for a state that follows the path. `positive` collects letters that are
    prices, `facts` what the contract requires of its terms to lie above zero, `captures` the
    schedules at which prices were observed. The price of the feed `given` counts as known. `whole`
    is the program that gives the letters their names, if this one is a component of it.
    """

    program: Program
    numeraire: int
    order: Sequence[int] | None
    states: Mapping[int, Value | None]
    given: int | None = None
    whole: Program | None = None
    letters: Letters = field(init=False)
    prices: Mapping[int, Formula] = field(init=False)
    positive: set[Formula] = field(init=False)
    facts: tuple[Polynomial, ...] = ()
    captures: set[int] = field(default_factory=set)
    environment: dict[int, Value | None] = field(default_factory=dict)
    locals: dict[int, Value] = field(default_factory=dict)
    ended: Truth = NEVER

    def __post_init__(self) -> None:
        self.letters = Letters(self.whole or self.program)
        known = {feed: self.letters.spot(feed) for feed in self.letters.feeds}
        self.prices = {feed: price for feed, price in known.items() if feed != self.given}
        self.positive = set(known.values())
        self.environment = dict(self.states)
        self.facts = tuple(self._facts())

    @property
    def comparison(self) -> Comparison:
        return Comparison(tuple(self.prices.values()), self.positive, self.facts)

    def _facts(self) -> Iterator[Polynomial]:
        """What the contract requires of its terms: right - left of each `left < right`."""
        for require in self.program.requires:
            match require.condition:
                case Combine(operator=Binary.LESS | Binary.LESS_OR_EQUAL, left=left, right=right):
                    gap = (self.number(right) - self.number(left)).whole
                    if gap:
                        yield gap
                case _:
                    pass

    # --- clauses

    def flows(self) -> dict[Occasion, Payoff]:
        """All dated payments. Raises NoClosedForm."""
        found: dict[Occasion, Payoff] = {}
        dates = moments(self.program, self.order)
        for moment in dates:
            final = moment is dates[-1] if self.order is not None else len(dates) == 1
            for occasion, payoff in self._moment(moment, final):
                found[occasion] = found.get(occasion, literal(0)) + payoff
        tidied = {each: self.comparison.tidied(payoff) for each, payoff in found.items()}
        return {occasion: payoff for occasion, payoff in tidied.items() if payoff.pieces}

    def touched(self, watch: Watch) -> Payoff:
        """What a watch pays at the moment it fires, as a function of the price."""
        self.locals.clear()
        total = literal(0)
        for action in watch.actions:
            match action:
                case Bind():
                    self.locals[action.local] = self.value(action.value)
                case Transfer():
                    if action.due is not None:
                        raise NoClosedForm("what it pays at a barrier is owed later")
                    total = total + self._received(action)
                case Assign(guard=guard) | End(guard=guard) if guard is TRUE:
                    pass
                case _:
                    raise NoClosedForm("what happens at its barrier depends on more than the hit")
        return total

    def _moment(self, moment: Moment, final: bool) -> list[tuple[Occasion, Payoff]]:
        if self.order is None:
            self._forget(moment)
        paid: list[tuple[Occasion, Payoff]] = []
        for clause in moment.clauses:
            if isinstance(clause, Choice):
                paid += self._choice(clause, final and clause is moment.clauses[-1])
            else:
                paid += self.acted(clause.actions, moment.schedule)
        if not final:
            self._close()
        return paid

    def _close(self) -> None:
        """Later dates may build on what this date decided only if no price had a part in it."""
        if self.ended != NEVER and (self.order is None or not self._is_known(self.ended)):
            raise NoClosedForm("it may end early, at one of several dates")
        for slot, value in self.environment.items():
            if value is not None and not self._is_known(value):
                self.environment[slot] = None

    def _is_known(self, value: Value) -> bool:
        sides = (value.yes, value.no) if isinstance(value, Truth) else (value,)
        return all(self.comparison.is_known(side) for side in sides)

    def _forget(self, moment: Moment) -> None:
        """Begins a date whose place among the others is not known: a state that another date sets
        counts as an observation made before, or is not known here."""
        self.environment, self.ended = dict(self.states), NEVER
        for clause in self.program.clauses:
            if isinstance(clause, Watch) or clause.schedule != moment.schedule:
                self.forget(clause)

    def forget(self, clause: Clause) -> None:
        """A clause runs at an unknown instant before."""
        if isinstance(clause, Watch) or clause.schedule is None:
            return
        for action in (a for a in actions_of(clause) if isinstance(a, Assign)):
            if self.order is None and _is_capture(clause, action):
                self._capture(action, clause.schedule)
            else:
                self.environment[action.state] = None

    def _capture(self, action: Assign, schedule: int) -> None:
        if isinstance(action.value, Feed) and action.value.slot in self.prices:
            self.positive.add(self.letters.state(action.state))
        self.captures.add(schedule)

    def _choice(self, clause: Choice, last: bool) -> list[tuple[Occasion, Payoff]]:
        """A choice made at its only date: the chooser takes what is worth more to it. `last`:
        nothing comes after it, so that it may end the contract."""
        if clause.any_time or clause.opens is not None or clause.schedule is None:
            raise NoClosedForm(f"{self.program.parties[clause.party]} may {clause.name} early")
        if self.program.escrow is not None:
            raise NoClosedForm(f"escrow decides whether `{clause.name}` can be taken")
        before = self.ended
        taken = self._arm(clause, clause.actions, clause.schedule)
        if self.ended != before and not last:
            raise NoClosedForm(f"`{clause.name}` may end it early")
        self.ended = before
        left = self._arm(clause, clause.otherwise, clause.schedule)
        if self.ended != before and not last:
            raise NoClosedForm(f"it ends early unless `{clause.name}` is taken")
        self.ended = before
        better = self.comparison.greater if clause.party == 0 else self.comparison.lesser
        if clause.party not in (0, 1):
            raise NoClosedForm("someone other than the two parties chooses")
        occasion = Occasion(clause.schedule, None, self.numeraire)
        return [(occasion, better(taken, left))]

    def _arm(self, clause: Choice, actions: tuple[Action, ...], schedule: int) -> Payoff:
        if any(isinstance(action, Assign | Store | Require) for action in actions):
            raise NoClosedForm(f"`{clause.name}` does more than pay")
        paid = self.acted(actions, schedule)
        if any(occasion.due is not None for occasion, _ in paid):
            raise NoClosedForm(f"what `{clause.name}` pays is owed later")
        return sum((payoff for _, payoff in paid), literal(0))

    def acted(self, actions: tuple[Action, ...], schedule: int) -> list[tuple[Occasion, Payoff]]:
        """Lets a clause act at the instant of a schedule; what it pays."""
        self.locals.clear()
        paid: list[tuple[Occasion, Payoff]] = []
        for action in actions:
            match action:
                case Bind(local=local, value=value):
                    self.locals[local] = self.value(value)
                case Assign():
                    self._assign(action)
                case Transfer(due=due, asset=asset):
                    received = self._received(action) * self.ended.no
                    asset = self.numeraire if due is None else asset
                    paid.append((Occasion(schedule, due, asset), received))
                case End(guard=guard):
                    self.ended = either(self.ended, self.truth(guard))
                case Store():
                    pass  # reading it later is what has no closed form
                case Require():
                    raise NoClosedForm("it may refuse to settle")
                case _:
                    assert_never(action)
        return paid

    def _assign(self, assign: Assign) -> None:
        value, guard = self.value(assign.value), self.truth(assign.guard)
        if guard != ALWAYS:
            value = chosen(guard, value, self.value(State(assign.state)), self.comparison)
        self.environment[assign.state] = value

    def _received(self, transfer: Transfer) -> Payoff:
        """What a transfer brings the first party, in the numeraire."""
        sides = (transfer.payee == 0) - (transfer.payer == 0)
        if not sides:
            return literal(0)
        amount = self.truth(transfer.guard).yes * self.number(transfer.amount)
        return literal(sides) * amount * self._price_of(transfer.asset)

    def _price_of(self, asset: int) -> Payoff:
        if asset == self.numeraire:
            return literal(1)
        for feed in self.letters.feeds:
            if self.program.feeds[feed].assets == (asset, self.numeraire):
                return polynomial(letter(self.letters.spot(feed)))
        names = self.program.assets
        raise NoClosedForm(f"it observes no price of {names[asset]} in {names[self.numeraire]}")

    # --- expressions

    def number(self, expression: Expression) -> Payoff:
        """A NUMBER expression."""
        return number(self.value(expression))

    def truth(self, expression: Expression) -> Truth:
        """A TRUTH expression."""
        return truth(self.value(expression))

    def value(self, expression: Expression) -> Value:
        """The payoff or truth of an expression at the present date. Raises NoClosedForm."""
        match expression:
            case Constant(value=value, sort=sort):
                return constant(value, sort)
            case Term(slot=slot):
                return given(self.letters.term(slot), self.program.terms[slot].sort)
            case State(slot=slot):
                return self._state(slot)
            case Feed(slot=slot):
                if slot not in self.letters.feeds:
                    raise NoClosedForm(f"{self.program.feeds[slot].name} is not a price")
                return polynomial(letter(self.letters.spot(slot)))
            case Local(slot=slot):
                return self.locals[slot]
            case Apply(operator=operator, operand=operand):
                return applied(operator, self.value(operand), self.comparison)
            case Combine(operator=operator, left=left, right=right):
                return combined(operator, self.value(left), self.value(right), self.comparison)
            case Power(base=base, exponent=exponent):
                return powered(self.number(base), exponent)
            case Select(condition=condition, chosen=taken, otherwise=otherwise):
                arms = (self.value(taken), self.value(otherwise))
                return chosen(self.truth(condition), *arms, self.comparison)
            case Column() | Stored() | Backward() | Carried():
                raise NoClosedForm("its amounts differ from date to date")
            case Risk():
                raise AssertionError("a risk measure outside a rule")
            case _:
                assert_never(expression)

    def _state(self, slot: int) -> Value:
        if slot not in self.environment:
            return given(self.letters.state(slot), self.program.states[slot].sort)
        known = self.environment[slot]
        if known is None:
            name = self.program.states[slot].name
            raise NoClosedForm(f"`{name}` depends on prices at several dates")
        return known


def _is_capture(clause: Clause, action: Assign) -> bool:
    """Whether an action stores an observation that it does not add to another."""
    if isinstance(clause, Choice) or clause.group is not Group.OBSERVATION:
        return False
    remembered = (node for part in expressions_of(action) for node in within(part))
    return not any(isinstance(node, State | Stored) for node in remembered)
