"""What the operators of the core compute, in Python integers."""

from typing import assert_never

from rfos_lang.base import exponential, fixed
from rfos_lang.core.program import Binary, Unary


def applied(operator: Unary, operand: int) -> int:
    """The value of an operator of one operand. Raises SettlementError."""
    match operator:
        case Unary.NEGATE:
            return fixed.negate(operand)
        case Unary.ABSOLUTE:
            return fixed.absolute(operand)
        case Unary.NOT:
            return 1 - operand
        case Unary.LOGARITHM:
            return exponential.logarithm(operand)
        case Unary.EXPONENTIAL:
            return exponential.exponential(operand)
        case Unary.SQUARE_ROOT:
            return exponential.square_root(operand)
        case _:
            assert_never(operator)


def combined(operator: Binary, left: int, right: int) -> int:
    """The value of an operator of two operands. Raises SettlementError."""
    match operator:
        case Binary.ADD:
            return fixed.add(left, right)
        case Binary.SUBTRACT:
            return fixed.subtract(left, right)
        case Binary.MULTIPLY:
            return fixed.multiply(left, right)
        case Binary.DIVIDE:
            return fixed.divide(left, right)
        case Binary.RAISE:
            return exponential.raised(left, right)
        case Binary.ROUND:
            return fixed.rounded_to(left, right)
        case Binary.MINIMUM:
            return min(left, right)
        case Binary.MAXIMUM:
            return max(left, right)
        case Binary.LESS:
            return int(left < right)
        case Binary.LESS_OR_EQUAL:
            return int(left <= right)
        case Binary.EQUAL:
            return int(left == right)
        case Binary.AND:
            return left & right
        case Binary.OR:
            return left | right
        case _:
            assert_never(operator)
