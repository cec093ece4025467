"""Building formulas without what changes nothing: constants are folded, units and zeros vanish.

What may be dropped is a product with the constant zero; so a formula may be finite where its
unsimplified form is not, never the other way round.
"""

from collections.abc import Callable, Mapping
from math import exp, log, sqrt

from rfos_lang.core.formula import Call, Formula, Function, Number, ordered

ZERO = Number(0.0)
ONE = Number(1.0)
DENSITY_AT_ZERO = 0.3989422804014327


def number(value: float) -> Number:
    """A literal; there is one zero, without sign."""
    return Number(float(value) + 0.0)


def add(left: Formula, right: Formula) -> Formula:
    """left + right."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(a + b)
        case Number(value=0.0), _:
            return right
        case _, Number(value=0.0):
            return left
        case _, Call(function=Function.NEGATE, arguments=(inner,)):
            return subtract(left, inner)
        case Call(function=Function.NEGATE, arguments=(inner,)), _:
            return subtract(right, inner)
        case _:
            return Call(Function.ADD, (left, right))


def subtract(left: Formula, right: Formula) -> Formula:
    """left - right."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(a - b)
        case _, Number(value=0.0):
            return left
        case Number(value=0.0), _:
            return negate(right)
        case _, Call(function=Function.NEGATE, arguments=(inner,)):
            return add(left, inner)
        case Call(function=Function.NEGATE, arguments=(inner,)), _:
            return negate(add(inner, right))
        case _:
            return ZERO if left is right else Call(Function.SUBTRACT, (left, right))


def negate(operand: Formula) -> Formula:
    """-operand."""
    match operand:
        case Number(value=value):
            return number(-value)
        case Call(function=Function.NEGATE, arguments=(inner,)):
            return inner
        case Call(function=Function.SUBTRACT, arguments=(left, right)):
            return subtract(right, left)
        case _:
            return Call(Function.NEGATE, (operand,))


def multiply(left: Formula, right: Formula) -> Formula:
    """left × right; a sign is drawn outside, a literal to the front."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(a * b)
        case (Number(value=0.0), _) | (_, Number(value=0.0)):
            return ZERO
        case Number(value=1.0), _:
            return right
        case _, Number(value=1.0):
            return left
        case (Number(value=-1.0), other) | (other, Number(value=-1.0)):
            return negate(other)
        case Call(function=Function.NEGATE, arguments=(inner,)), _:
            return negate(multiply(inner, right))
        case _, Call(function=Function.NEGATE, arguments=(inner,)):
            return negate(multiply(left, inner))
        case _, Number():
            return multiply(right, left)
        case Number(value=a), Call(function=Function.MULTIPLY, arguments=(Number(value=b), rest)):
            return multiply(number(a * b), rest)
        case _:
            return Call(Function.MULTIPLY, (left, right))


def divide(left: Formula, right: Formula) -> Formula:
    """left ÷ right."""
    match left, right:
        case Number(value=a), Number(value=b) if b:
            return number(a / b)
        case Number(value=0.0), _:
            return ZERO
        case _, Number(value=1.0):
            return left
        case Call(function=Function.NEGATE, arguments=(inner,)), _:
            return negate(divide(inner, right))
        case _, Call(function=Function.NEGATE, arguments=(inner,)):
            return negate(divide(left, inner))
        case _:
            return ONE if left is right else Call(Function.DIVIDE, (left, right))


def total(terms: list[Formula] | tuple[Formula, ...]) -> Formula:
    """The sum of some formulas, from the left."""
    result: Formula = ZERO
    for term in terms:
        result = add(result, term)
    return result


def product(*factors: Formula) -> Formula:
    """The product of some formulas, from the left."""
    result: Formula = ONE
    for factor in factors:
        result = multiply(result, factor)
    return result


def power(base: Formula, exponent: int) -> Formula:
    """A whole power, by repeated multiplication."""
    if exponent < 0:
        return divide(ONE, power(base, -exponent))
    result: Formula = ONE
    for _ in range(exponent):
        result = multiply(result, base)
    return result


def exponential(operand: Formula) -> Formula:
    """e to the operand."""
    match operand:
        case Number(value=value) if value < 700:
            return number(exp(value))
        case _:
            return Call(Function.EXP, (operand,))


def logarithm(operand: Formula) -> Formula:
    """The natural logarithm."""
    match operand:
        case Number(value=value) if value > 0:
            return number(log(value))
        case _:
            return Call(Function.LOG, (operand,))


def root(operand: Formula) -> Formula:
    """The square root."""
    match operand:
        case Number(value=value) if value >= 0:
            return number(sqrt(value))
        case _:
            return Call(Function.SQRT, (operand,))


def normal(operand: Formula) -> Formula:
    """The standard normal distribution function."""
    return Call(Function.NORMAL, (operand,))


def density(operand: Formula) -> Formula:
    """The standard normal density, exp(-x²/2) / sqrt(2π)."""
    exponent = negate(divide(multiply(operand, operand), number(2)))
    return multiply(number(DENSITY_AT_ZERO), exponential(exponent))


def absolute(operand: Formula) -> Formula:
    """|operand|."""
    match operand:
        case Number(value=value):
            return number(abs(value))
        case Call(function=Function.NEGATE, arguments=(inner,)):
            return absolute(inner)
        case _:
            return Call(Function.ABSOLUTE, (operand,))


def minimum(left: Formula, right: Formula) -> Formula:
    """The lesser of two."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(min(a, b))
        case _:
            return left if left is right else Call(Function.MINIMUM, (left, right))


def maximum(left: Formula, right: Formula) -> Formula:
    """The greater of two."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(max(a, b))
        case _:
            return left if left is right else Call(Function.MAXIMUM, (left, right))


def less(left: Formula, right: Formula) -> Formula:
    """1 if left < right, else 0."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(a < b)
        case _:
            return ZERO if left is right else Call(Function.LESS, (left, right))


def less_or_equal(left: Formula, right: Formula) -> Formula:
    """1 if left <= right, else 0."""
    match left, right:
        case Number(value=a), Number(value=b):
            return number(a <= b)
        case _:
            return ONE if left is right else Call(Function.LESS_OR_EQUAL, (left, right))


def select(condition: Formula, chosen: Formula, otherwise: Formula) -> Formula:
    """`chosen` where the condition is not zero, else `otherwise`."""
    match condition:
        case Number(value=value):
            return chosen if value else otherwise
        case _:
            if chosen is otherwise:
                return chosen
            return Call(Function.SELECT, (condition, chosen, otherwise))


def rebuilt(function: Function, arguments: tuple[Formula, ...]) -> Formula:
    """The simplified application of a function."""
    return _CONSTRUCTORS[function](*arguments)


def substituted(formula: Formula, given: Mapping[Formula, Formula]) -> Formula:
    """The formula with other formulas in the place of some that are in it."""
    known: dict[Formula, Formula] = {}
    for node in ordered(formula):
        match node:
            case _ if node in given:
                known[node] = given[node]
            case Call(function=function, arguments=arguments):
                known[node] = rebuilt(function, tuple(known[each] for each in arguments))
            case _:
                known[node] = node
    return known[formula]


_CONSTRUCTORS: dict[Function, Callable[..., Formula]] = {
    Function.ADD: add,
    Function.SUBTRACT: subtract,
    Function.MULTIPLY: multiply,
    Function.DIVIDE: divide,
    Function.NEGATE: negate,
    Function.ABSOLUTE: absolute,
    Function.SQRT: root,
    Function.EXP: exponential,
    Function.LOG: logarithm,
    Function.NORMAL: normal,
    Function.MINIMUM: minimum,
    Function.MAXIMUM: maximum,
    Function.LESS: less,
    Function.LESS_OR_EQUAL: less_or_equal,
    Function.SELECT: select,
}
