"""Derivatives of formulas by rule, on the shared graph: each node is differentiated once."""

from rfos_lang.core.formula import Call, Formula, Function, Input, Number, ordered
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    density,
    divide,
    less,
    multiply,
    negate,
    number,
    select,
    subtract,
)
from rfos_lang.valuation.floors import without_floor


def derivative(formula: Formula, variable: Input) -> Formula:
    """The derivative by one input. At a kink it is that of one side; a jump counts as flat."""
    known: dict[Formula, Formula] = {}
    for node in ordered(formula):
        known[node] = _derivative(node, variable, known)
    return known[formula]


def _derivative(node: Formula, variable: Input, known: dict[Formula, Formula]) -> Formula:
    if not isinstance(node, Call):
        return ONE if node is variable else ZERO
    slopes = [known[argument] for argument in node.arguments]
    if all(slope is ZERO for slope in slopes):
        return ZERO
    if without_floor(node) is not node:
        return slopes[0]
    match node:
        case Call(
            function=Function.MULTIPLY,
            arguments=(Number(), Call(function=Function.EXP, arguments=(exponent,))),
        ):
            return multiply(node, known[exponent])  # keeps a density whole
    return _by_rule(node, slopes)


def _by_rule(node: Call, slopes: list[Formula]) -> Formula:
    match node.function, node.arguments, slopes:
        case Function.ADD, _, [left, right]:
            return add(left, right)
        case Function.SUBTRACT, _, [left, right]:
            return subtract(left, right)
        case Function.MULTIPLY, (x, y), [left, right]:
            return add(multiply(left, y), multiply(x, right))
        case Function.DIVIDE, (_, y), [left, right]:
            return subtract(divide(left, y), divide(multiply(node, right), y))
        case Function.MINIMUM, (x, y), [left, right]:
            return select(less(y, x), right, left)
        case Function.MAXIMUM, (x, y), [left, right]:
            return select(less(x, y), right, left)
        case ((Function.LESS | Function.LESS_OR_EQUAL), _, _):
            return ZERO
        case Function.SELECT, (condition, _, _), [_, chosen, otherwise]:
            return select(condition, chosen, otherwise)
        case _, (x,), [slope]:
            return _of_one(node, x, slope)
        case _:
            raise AssertionError(f"{node.function} with {len(slopes)} arguments")


def _of_one(node: Call, operand: Formula, slope: Formula) -> Formula:
    match node.function:
        case Function.NEGATE:
            return negate(slope)
        case Function.ABSOLUTE:
            return multiply(select(less(operand, ZERO), number(-1), ONE), slope)
        case Function.SQRT:
            return divide(slope, multiply(number(2), node))
        case Function.EXP:
            return multiply(node, slope)
        case Function.LOG:
            return _of_logarithm(operand, slope)
        case Function.NORMAL:
            return multiply(density(operand), slope)
        case _:
            raise AssertionError(f"{node.function} of one argument")


def _of_logarithm(operand: Formula, slope: Formula) -> Formula:
    """slope / operand. For a quotient whose divisor stands still the divisor drops out, so that
    log(S/κ) has a derivative at κ = 0 too."""
    match operand, slope:
        case (
            Call(function=Function.DIVIDE, arguments=(above, below)),
            Call(function=Function.DIVIDE, arguments=(inner, same)),
        ) if same is below:
            return divide(inner, above)
        case _:
            return divide(slope, operand)
