"""Collateral and liquidation rules as formulas: what a rule asks of the value is put in its place.

A rule speaks from where its party stands: `exposure` is what that party would pay to close out now,
and Greeks are derivatives of that. What the second party owes is the value to the first.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, RiskFormulas, Source
from rfos_lang.core.program import (
    Apply,
    Backward,
    Binary,
    Carried,
    Collateral,
    Column,
    Combine,
    Constant,
    Expression,
    Feed,
    Local,
    Power,
    Program,
    Risk,
    RiskMeasure,
    Select,
    Sort,
    State,
    Stored,
    Term,
    Unary,
)
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.recognise import ClosedForm
from rfos_lang.valuation.constructors import (
    ONE,
    absolute,
    add,
    divide,
    exponential,
    less,
    less_or_equal,
    logarithm,
    maximum,
    minimum,
    multiply,
    negate,
    number,
    power,
    root,
    select,
    subtract,
)


def risk_formulas(form: ClosedForm) -> RiskFormulas:
    """What the artefact compiles for a contract that is marked by its closed form."""
    known = dict(greeks.named(form))
    return rule_formulas(form.program, "closed form", known.pop("value"), known)


def rule_formulas(
    program: Program, marking: str, exposure: Formula, derivatives: Mapping[str, Formula]
) -> RiskFormulas:
    """The rules of a program, once its value to the first party is known, with its `derivatives`
    by name: `delta(spot(BTC, USD))`, `theta`, ...

    Raises KeyError for a derivative that a rule asks for and `derivatives` lacks.
    """
    rules = {rule.party: rule for rule in program.collateral}
    readers = {
        party: _Rule(program, rules.get(party), exposure, derivatives, party)
        for party in range(len(program.parties))
    }
    liquidations = {rule.party: rule for rule in program.liquidation}
    return RiskFormulas(
        marking,
        exposure,
        derivatives,
        {party: readers[party].formula(rule.maintenance) for party, rule in rules.items()},
        {party: readers[party].formula(rule.initial) for party, rule in rules.items()},
        {party: readers[party].formula(rule.trigger) for party, rule in liquidations.items()},
        {party: readers[party].formula(rule.restore) for party, rule in liquidations.items()},
    )


STATED = "stated exposure"
"""The marking of a contract whose collateral clause says itself what closing out costs."""


def stated_formulas(program: Program) -> RiskFormulas | None:
    """The rules of a program that states the exposure of one side; None if it states none."""
    stated = [rule for rule in program.collateral if rule.exposure is not None]
    if not stated:
        return None
    (rule,) = stated
    assert rule.exposure is not None
    reader = _Rule(program, rule, number(0), {}, rule.party)
    owed = reader.formula(rule.exposure)
    return rule_formulas(program, STATED, negate(owed) if rule.party == 0 else owed, {})


@dataclass(slots=True)
class _Rule:
    """One party's rules. Shared subexpressions are translated once."""

    program: Program
    collateral: Collateral | None
    exposure: Formula
    derivatives: Mapping[str, Formula]
    party: int
    known: dict[Expression, Formula] = field(default_factory=dict)

    def formula(self, expression: Expression) -> Formula:
        """An expression of a rule in the risk arithmetic; truths are 1.0 and 0.0."""
        if expression not in self.known:
            self.known[expression] = self._translated(expression)
        return self.known[expression]

    def _translated(self, expression: Expression) -> Formula:
        letters = Letters(self.program)
        match expression:
            case Constant(value=value, sort=sort):
                return number(value / fixed.ONE if sort is Sort.NUMBER else value)
            case Term(slot=slot):
                return letters.term(slot)
            case State(slot=slot):
                return letters.state(slot)
            case Feed(slot=slot):
                return letters.spot(slot)
            case Apply(operator=operator, operand=operand):
                return _applied(operator, self.formula(operand))
            case Combine(operator=operator, left=left, right=right):
                return _combined(operator, self.formula(left), self.formula(right))
            case Power(base=base, exponent=exponent):
                return power(self.formula(base), exponent)
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                arms = (self.formula(part) for part in (condition, chosen, otherwise))
                return select(*arms)
            case Risk():
                return self._risk(expression)
            case Column() | Stored() | Local() | Backward() | Carried():
                raise AssertionError("a rule has no occurrence and binds nothing")
            case _:
                assert_never(expression)

    def _risk(self, risk: Risk) -> Formula:
        match risk.measure:
            case RiskMeasure.EXPOSURE:
                return self._owed(self.exposure)
            case RiskMeasure.EQUITY:
                return Input(Source.EQUITY, self.party, f"equity of {self._name}")
            case RiskMeasure.MAINTENANCE:
                return self._requirement("maintenance")
            case RiskMeasure.INITIAL:
                return self._requirement("initial")
            case RiskMeasure.THETA | RiskMeasure.RHO:
                return self._owed(self.derivatives[risk.measure.value])
            case RiskMeasure.DELTA | RiskMeasure.GAMMA | RiskMeasure.VEGA:
                assert risk.feed is not None, "delta, gamma and vega are by a feed"
                feed = self.program.feeds[risk.feed].name
                return self._owed(self.derivatives.get(f"{risk.measure.value}({feed})", number(0)))
            case _:
                assert_never(risk.measure)

    def _owed(self, value: Formula) -> Formula:
        return negate(value) if self.party == 0 else value

    def _requirement(self, name: str) -> Formula:
        assert self.collateral is not None, f"{self._name} has no collateral clause"
        expression: Expression = getattr(self.collateral, name)
        return self.formula(expression)

    @property
    def _name(self) -> str:
        return self.program.parties[self.party]


def _applied(operator: Unary, operand: Formula) -> Formula:
    match operator:
        case Unary.NEGATE:
            return negate(operand)
        case Unary.ABSOLUTE:
            return absolute(operand)
        case Unary.NOT:
            return subtract(ONE, operand)
        case Unary.LOGARITHM:
            return logarithm(operand)
        case Unary.EXPONENTIAL:
            return exponential(operand)
        case Unary.SQUARE_ROOT:
            return root(operand)
        case _:
            assert_never(operator)


def _combined(operator: Binary, left: Formula, right: Formula) -> Formula:
    match operator:
        case Binary.EQUAL:
            return multiply(less_or_equal(left, right), less_or_equal(right, left))
        case Binary.RAISE:
            return exponential(multiply(right, logarithm(left)))
        case Binary.ROUND:
            raise AssertionError("the checker refuses `round` in a rule")
        case _:
            return _OPERATORS[operator](left, right)


_OPERATORS = {
    Binary.ADD: add,
    Binary.SUBTRACT: subtract,
    Binary.MULTIPLY: multiply,
    Binary.DIVIDE: divide,
    Binary.MINIMUM: minimum,
    Binary.MAXIMUM: maximum,
    Binary.LESS: less,
    Binary.LESS_OR_EQUAL: less_or_equal,
    Binary.AND: minimum,
    Binary.OR: maximum,
}
