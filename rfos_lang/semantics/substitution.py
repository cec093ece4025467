"""A contract inside another one: its parameters are what was passed, its parties stand on named
sides, its states and variables have names of their own, its payments are scaled."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import assert_never

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE, Unit, base
from rfos_lang.semantics.definition import (
    AmountDeclaration,
    Assignment,
    AtClause,
    AtEachClause,
    ChoiceClause,
    Clause,
    Comprehension,
    Ending,
    Expression,
    If,
    LetOnce,
    ListOf,
    LocalRead,
    Observe,
    Operation,
    Parameter,
    Payment,
    Quantity,
    Record,
    Requirement,
    Start,
    StateDeclaration,
    Statement,
    StateRead,
    Type,
    Variable,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.types import unit_of_asset
from rfos_lang.semantics.walk import children, ordered, with_children


@dataclass(slots=True)
class Substitution:
    """What the names of one contract are inside another.

    `parameters` are the arguments, `parties` and `states` the new names. `factor` multiplies every
    payment. `begin` is when the contract begins, None for the start of the whole. `fresh` gives a
    variable a name that no other has. `place`: where its statements are said to stand, None for
    where they are written. What is the same object stays one.
    """

    parameters: Mapping[str, Expression]
    parties: Mapping[str, str]
    states: Mapping[str, str]
    factor: Expression | None
    fresh: Callable[[str], str]
    place: Span | None
    begin: Expression | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _known: dict[int, Expression] = field(default_factory=dict)
    _kept: list[Expression] = field(default_factory=list)

    # --- types and expressions

    def type(self, type: Type) -> Type:
        """The type with the units of what was passed."""
        match type:
            case Quantity(unit=unit) if unit != ONE:
                return Quantity(self._unit(unit))
            case ListOf(element=element):
                return ListOf(self.type(element))
            case Record(fields=fields):
                return Record(tuple((name, self.type(each)) for name, each in fields))
            case _:
                return type

    def _unit(self, unit: Unit) -> Unit:
        found = ONE
        for name, exponent in unit.factors:
            argument = self.parameters.get(name)
            own = base(self._names.get(name, name)) if argument is None else unit_of_asset(argument)
            assert own is not None, "an asset is named"
            found = found * own**exponent
        return found

    def expression(self, expression: Expression) -> Expression:
        """The same value in the terms of the contract around it."""
        for each in ordered(expression):
            if id(each) not in self._known:
                self._kept.append(each)
                self._known[id(each)] = self._substituted(each)
        return self._known[id(expression)]

    def _substituted(self, expression: Expression) -> Expression:
        match expression:
            case Parameter(name=name):
                return self.parameters[name]
            case Start() if self.begin is not None:
                return self.begin
            case StateRead(name=name):
                return replace(expression, name=self.states[name], type=self.type(expression.type))
            case Variable(name=name) | LocalRead(name=name):
                return replace(expression, name=self.name(name), type=self.type(expression.type))
        parts = tuple(self._known[id(each)] for each in children(expression))
        made = replace(with_children(expression, parts), type=self.type(expression.type))
        if isinstance(made, Comprehension):
            return replace(made, variables=tuple(map(self.variable, made.variables)))
        return made

    def optional(self, expression: Expression | None) -> Expression | None:
        """As `expression`, of what need not be there."""
        return None if expression is None else self.expression(expression)

    def name(self, name: str) -> str:
        """The new name of a variable or a `let` of a block."""
        if name not in self._names:
            self._names[name] = self.fresh(name)
        return self._names[name]

    def variable(self, variable: Variable) -> Variable:
        """A variable where it is bound."""
        return replace(variable, name=self.name(variable.name))

    # --- statements

    def span(self, span: Span) -> Span:
        """Where a statement is said to stand."""
        return span if self.place is None else self.place

    def statements(self, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """A block."""
        return tuple(map(self.statement, body))

    def statement(self, statement: Statement) -> Statement:
        span = self.span(statement.span)
        match statement:
            case LetOnce(name=name, value=value):
                return LetOnce(self.name(name), self.expression(value), span)
            case Assignment(state=state, value=value):
                return Assignment(self.states[state], self.expression(value), span)
            case Payment():
                return self._payment(statement)
            case If(condition=condition, chosen=chosen, otherwise=otherwise):
                arms = self.statements(chosen), self.statements(otherwise)
                return If(self.expression(condition), *arms, span)
            case Ending():
                return Ending(span)
            case Requirement():
                return self.requirement(statement)
            case _:
                assert_never(statement)

    def _payment(self, payment: Payment) -> Payment:
        amount = self.expression(payment.amount)
        if self.factor is not None:
            amount = Operation("*", (self.factor, amount), amount.type, amount.span)
        return replace(
            payment,
            payer=self.parties.get(payment.payer, payment.payer),
            payee=self.parties.get(payment.payee, payment.payee),
            amount=amount,
            asset=self.expression(payment.asset),
            on=self.optional(payment.on),
            span=self.span(payment.span),
        )

    def requirement(self, requirement: Requirement) -> Requirement:
        """A `require`."""
        condition, span = self.expression(requirement.condition), self.span(requirement.span)
        return Requirement(condition, requirement.message, span)

    def state(self, state: StateDeclaration) -> StateDeclaration:
        """A state under its new name."""
        initial, type = self.expression(state.initial), self.type(state.type)
        return StateDeclaration(self.states[state.name], type, initial, self.span(state.span))

    # --- clauses

    def _amount(self, amount: AmountDeclaration) -> AmountDeclaration:
        name, asset = self.name(amount.name), self.expression(amount.asset)
        return AmountDeclaration(name, asset, self.span(amount.span))

    def clause(self, clause: Clause) -> Clause:
        """A clause; a choice keeps its name."""
        span, lives = self.span(clause.span), clause.lives and self.states[clause.lives]
        body = self.statements(clause.body)
        match clause:
            case AtClause(instant=instant):
                return AtClause(self.expression(instant), body, span, lives, clause.stage)
            case AtEachClause(variable=variable, schedule=schedule):
                walked = self.variable(variable), self.expression(schedule)
                return AtEachClause(*walked, body, span, lives, clause.stage)
            case WhenClause(condition=condition, schedule=days):
                watched = self.expression(condition), self.optional(days)
                return WhenClause(*watched, body, span, lives, clause.stage)
            case WhenEachClause(stream=stream):
                told = self.expression(stream)
                assert isinstance(told, Observe)
                return WhenEachClause(told, body, span, lives, clause.stage)
            case ChoiceClause(each=each):
                walked_by = each and (self.variable(each[0]), self.expression(each[1]))
                return replace(
                    clause,
                    party=self.parties.get(clause.party, clause.party),
                    opens=self.optional(clause.opens),
                    until=self.optional(clause.until),
                    at=self.optional(clause.at),
                    each=walked_by,
                    default=self.optional(clause.default),
                    body=body,
                    otherwise=self.statements(clause.otherwise),
                    span=span,
                    amounts=tuple(map(self._amount, clause.amounts)),
                    lives=lives,
                )
            case _:
                assert_never(clause)
