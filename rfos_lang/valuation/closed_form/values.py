"""What an expression comes to at a date: a payoff, or a truth; and what operators make of them."""

from fractions import Fraction
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.core.formula import Formula
from rfos_lang.core.program import Binary, Sort, Unary
from rfos_lang.valuation.closed_form.comparison import Comparison
from rfos_lang.valuation.closed_form.payoff import (
    NoClosedForm,
    Payoff,
    Truth,
    both,
    either,
    literal,
    negation,
    polynomial,
    quotient,
    same,
    truth_of,
)
from rfos_lang.valuation.closed_form.polynomial import letter
from rfos_lang.valuation.constructors import ZERO, less

Value = Payoff | Truth
ALWAYS = Truth(literal(1), literal(0))
NEVER = negation(ALWAYS)


def number(value: Value) -> Payoff:
    """The value of a NUMBER expression."""
    assert isinstance(value, Payoff), "a truth where a number is needed"
    return value


def truth(value: Value) -> Truth:
    """The value of a TRUTH expression."""
    assert isinstance(value, Truth), "a number where a truth is needed"
    return value


def constant(value: int, sort: Sort) -> Value:
    """A literal. Raises NoClosedForm."""
    match sort:
        case Sort.NUMBER:
            return literal(Fraction(value, fixed.ONE))
        case Sort.TRUTH:
            return ALWAYS if value else NEVER
        case Sort.INSTANT:
            raise NoClosedForm("it calculates with dates")


def given(formula: Formula, sort: Sort) -> Value:
    """What is the same at all prices. Raises NoClosedForm."""
    match sort:
        case Sort.NUMBER:
            return polynomial(letter(formula))
        case Sort.TRUTH:
            return truth_of(less(ZERO, formula))
        case Sort.INSTANT:
            raise NoClosedForm("it calculates with dates")


def applied(operator: Unary, operand: Value, comparison: Comparison) -> Value:
    """An operator of one operand. Raises NoClosedForm."""
    match operator:
        case Unary.NEGATE:
            return -number(operand)
        case Unary.ABSOLUTE:
            return comparison.size(number(operand))
        case Unary.NOT:
            return negation(truth(operand))
        case Unary.LOGARITHM | Unary.EXPONENTIAL | Unary.SQUARE_ROOT:
            raise NoClosedForm(f"it takes `{operator.value}` of what is observed")
        case _:
            assert_never(operator)


def combined(operator: Binary, left: Value, right: Value, comparison: Comparison) -> Value:
    """An operator of two operands. Raises NoClosedForm."""
    match left, right:
        case Truth(), Truth():
            return _junction(operator, left, right)
        case Payoff(), Payoff():
            return _arithmetic(operator, left, right, comparison)
        case _:
            raise AssertionError("a number and a truth in one operator")


def chosen(condition: Truth, taken: Value, otherwise: Value, comparison: Comparison) -> Value:
    """if condition then taken else otherwise."""
    match taken, otherwise:
        case Truth(), Truth():
            yes = both(condition, taken)
            return either(yes, both(negation(condition), otherwise))
        case Payoff(), Payoff():
            return comparison.chosen(condition, taken, otherwise)
        case _:
            raise AssertionError("a number in one arm, a truth in the other")


def _arithmetic(operator: Binary, left: Payoff, right: Payoff, comparison: Comparison) -> Value:
    match operator:
        case Binary.ADD:
            return left + right
        case Binary.SUBTRACT:
            return left - right
        case Binary.MULTIPLY:
            return left * right
        case Binary.DIVIDE:
            return quotient(left, right)
        case Binary.MINIMUM:
            return comparison.lesser(left, right)
        case Binary.MAXIMUM:
            return comparison.greater(left, right)
        case Binary.LESS:
            return comparison.above_zero(right - left)
        case Binary.LESS_OR_EQUAL:
            return negation(comparison.above_zero(left - right))
        case Binary.EQUAL:
            return comparison.equal(left, right)
        case Binary.RAISE:
            raise NoClosedForm("it takes a power whose exponent is a term")
        case Binary.ROUND:
            raise NoClosedForm("it rounds on its way")
        case _:
            raise AssertionError(f"`{operator.value}` of numbers")


def _junction(operator: Binary, left: Truth, right: Truth) -> Truth:
    match operator:
        case Binary.AND:
            return both(left, right)
        case Binary.OR:
            return either(left, right)
        case Binary.EQUAL:
            return same(left, right)
        case _:
            raise AssertionError(f"`{operator.value}` of truths")
