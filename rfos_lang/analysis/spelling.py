"""Expressions of the core as one might write them, for people."""

from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.base.instant import show_instant
from rfos_lang.core.program import (
    Apply,
    Backward,
    Binary,
    Carried,
    Column,
    Combine,
    Constant,
    Expression,
    Feed,
    Local,
    Power,
    Program,
    Risk,
    Select,
    Sort,
    State,
    Stored,
    Term,
    Terms,
    Unary,
)

_CALLS = (Binary.MINIMUM, Binary.MAXIMUM)


def spelled(program: Program, terms: Terms, expression: Expression, depth: int = 4) -> str:
    """The expression in the names of its program; deep parts are left out."""
    if depth == 0:
        return "…"

    def inner(part: Expression) -> str:
        return spelled(program, terms, part, depth - 1)

    match expression:
        case Constant(value=value, sort=sort):
            return _constant(value, sort)
        case Term(slot=slot):
            return program.terms[slot].name
        case Column(slot=slot):
            return program.columns[slot].name
        case Feed(slot=slot):
            return terms.feeds[slot]
        case State(slot=slot):
            return program.states[slot].name
        case Stored(table=table):
            return program.tables[table].name
        case Local():
            return "…"
        case Apply(operator=Unary.ABSOLUTE, operand=operand):
            return f"abs({inner(operand)})"
        case Apply(operator=operator, operand=operand):
            sign = "-" if operator is Unary.NEGATE else "not "
            return f"{sign}{_tight(operand, inner(operand))}"
        case Combine(operator=operator, left=left, right=right) if operator in _CALLS:
            return f"{operator.value}({inner(left)}, {inner(right)})"
        case Combine(operator=operator, left=left, right=right):
            words = (_tight(part, inner(part)) for part in (left, right))
            return f" {operator.value} ".join(words)
        case Power(base=base, exponent=exponent):
            return f"{_tight(base, inner(base))}^{exponent}"
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            return f"if {inner(condition)} then {inner(chosen)} else {inner(otherwise)}"
        case Backward(schedule=schedule, last=last):
            return f"{inner(last)} carried back along {program.schedules[schedule]}"
        case Carried():
            return "what is carried"
        case Risk(measure=measure):
            return measure.value
        case _:
            assert_never(expression)


def _constant(value: int, sort: Sort) -> str:
    match sort:
        case Sort.NUMBER:
            return fixed.shown(value)
        case Sort.TRUTH:
            return "true" if value else "false"
        case Sort.INSTANT:
            return show_instant(value)
        case _:
            assert_never(sort)


def _tight(expression: Expression, text: str) -> str:
    infix = isinstance(expression, Combine) and expression.operator not in _CALLS
    return f"({text})" if infix or isinstance(expression, Select) else text
