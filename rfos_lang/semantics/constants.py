"""What can be computed from the text alone."""

from rfos_lang.base import fixed
from rfos_lang.semantics.definition import Expression, Literal, Operation, Quantity
from rfos_lang.semantics.walk import ordered


def constant(expression: Expression) -> int | None:
    """The fixed-point value of a number that depends on nothing; None if it depends on something,
    or if computing it traps."""
    values: dict[int, int | None] = {}
    for part in ordered(expression):
        match part:
            case Literal(value=int(value), type=Quantity()):
                values[id(part)] = value
            case Operation(name=name, arguments=arguments):
                values[id(part)] = _applied(name, [values[id(each)] for each in arguments])
            case _:
                values[id(part)] = None
    return values[id(expression)]


def _applied(name: str, values: list[int | None]) -> int | None:
    try:
        match name, values:
            case "neg", [int(value)]:
                return fixed.negate(value)
            case "+", [int(left), int(right)]:
                return fixed.add(left, right)
            case "-", [int(left), int(right)]:
                return fixed.subtract(left, right)
            case "*", [int(left), int(right)]:
                return fixed.multiply(left, right)
            case "/", [int(left), int(right)]:
                return fixed.divide(left, right)
    except fixed.SettlementError:
        pass
    return None
