"""An expression of the core with its values put in: why an amount is what it is."""

from collections.abc import Mapping

from rfos_lang.base import fixed
from rfos_lang.base.instant import show_instant
from rfos_lang.core.program import (
    Apply,
    Binary,
    Combine,
    Expression,
    Power,
    Program,
    Select,
    Sort,
    State,
    Term,
    Unary,
)

DECIMALS = 8
LONGEST = 240
_BINDING = {
    Binary.OR: 1,
    Binary.AND: 2,
    Binary.LESS: 3,
    Binary.LESS_OR_EQUAL: 3,
    Binary.EQUAL: 3,
    Binary.ADD: 4,
    Binary.SUBTRACT: 4,
    Binary.MULTIPLY: 5,
    Binary.DIVIDE: 5,
}
_NEGATION, _POWER, _ATOM = 6, 7, 8


def worked_out(expression: Expression, values: Mapping[Expression, int], program: Program) -> str:
    """The expression with a number for each of its leaves; of a conditional the arm that was taken.

    `values` holds what was evaluated, as `story.Paid` has it.
    """
    text, _ = _Working(values, program).text(expression)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def number(value: int) -> str:
    """A number as the language writes it, `66_000.5`; what is cut off shows as `…`."""
    whole, point, decimals = fixed.shown(value).replace(",", "_").partition(".")
    rest = "…" if len(decimals) > DECIMALS else ""
    return f"{whole}{point}{decimals[:DECIMALS]}{rest}"


class _Working:
    """Texts with how tightly they bind."""

    def __init__(self, values: Mapping[Expression, int], program: Program) -> None:
        self.values = values
        self.program = program

    def text(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Select(condition=condition, chosen=chosen, otherwise=otherwise):
                return self.text(chosen if self.values[condition] else otherwise)
            case Apply(operator=(Unary.NEGATE | Unary.NOT) as operator, operand=operand):
                sign = "not " if operator is Unary.NOT else "-"
                return f"{sign}{self.within(operand, _NEGATION)}", _NEGATION
            case Apply(operator=operator, operand=operand):
                return f"{operator.value}({self.text(operand)[0]})", _ATOM
            case Combine(operator=Binary.ROUND, left=left, right=right):
                return f"round({self.text(left)[0]}, {self.text(right)[0]})", _ATOM
            case Combine(operator=Binary.RAISE, left=left, right=right):
                return f"{self.within(left, _ATOM)}^{self.within(right, _POWER)}", _POWER
            case Combine(operator=(Binary.MINIMUM | Binary.MAXIMUM) as operator):
                parts = ", ".join(self.text(each)[0] for each in _chain(expression))
                return f"{operator.value}({parts})", _ATOM
            case Combine(operator=operator, left=left, right=right):
                binding = _BINDING[operator]
                first, second = self.within(left, binding), self.within(right, binding + 1)
                return f"{first} {operator.value} {second}", binding
            case Power(base=base, exponent=exponent):
                return f"{self.within(base, _ATOM)}^{exponent}", _POWER
            case _:
                return self.leaf(expression)

    def within(self, expression: Expression, least: int) -> str:
        text, binding = self.text(expression)
        return text if binding >= least else f"({text})"

    def leaf(self, expression: Expression) -> tuple[str, int]:
        value = self.values[expression]
        match self.sort(expression):
            case Sort.INSTANT:
                return show_instant(value), _ATOM
            case Sort.TRUTH:
                return ("true" if value else "false"), _ATOM
            case _:
                return number(value), _ATOM if value >= 0 else _NEGATION

    def sort(self, expression: Expression) -> Sort:
        match expression:
            case Term(slot=slot):
                return self.program.terms[slot].sort
            case State(slot=slot):
                return self.program.states[slot].sort
            case _:
                return Sort.NUMBER


def _chain(expression: Combine) -> list[Expression]:
    """The arguments of `max(a, max(b, c))`."""
    found: list[Expression] = []
    for part in (expression.left, expression.right):
        same = isinstance(part, Combine) and part.operator is expression.operator
        found += _chain(part) if same else [part]  # type: ignore[arg-type]
    return found
