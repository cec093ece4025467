"""Formulas of the risk arithmetic as WebAssembly: every node once, operands first."""

from collections.abc import Callable, Sequence
from typing import assert_never

from rfos_lang.artefact.assembly import F64, Function, Value
from rfos_lang.artefact.binary64 import RiskArithmetic
from rfos_lang.core.formula import Call, Formula, Input, Number, ordered
from rfos_lang.core.formula import Function as Operator


def written(
    function: Function,
    arithmetic: RiskArithmetic,
    given: Callable[[Input], Value],
    *formulas: Formula,
) -> dict[Formula, Value]:
    """Writes the nodes of some formulas into a function; `given` writes an input."""
    found: dict[Formula, Value] = {}
    for node in ordered(*formulas):
        match node:
            case Number(value=value):
                found[node] = function.constant(F64, value)
            case Input():
                found[node] = given(node)
            case Call(function=operator, arguments=arguments):
                operands = [found[argument] for argument in arguments]
                found[node] = _applied(function, arithmetic, operator, operands)
            case _:
                assert_never(node)
    return found


def _applied(
    function: Function,
    arithmetic: RiskArithmetic,
    operator: Operator,
    arguments: Sequence[Value],
) -> Value:
    if operator is Operator.SELECT:
        condition, chosen, otherwise = arguments
        return function.select(condition.differs(0.0), chosen, otherwise)
    if operator in _JOINED:
        left, right = arguments
        return _JOINED[operator](left, right)
    (x,) = arguments
    match operator:
        case Operator.EXP:
            return arithmetic.exp(x)
        case Operator.LOG:
            return arithmetic.log(x)
        case Operator.NORMAL:
            return arithmetic.normal(x)
        case Operator.SQRT:
            return x.unary("sqrt")
        case Operator.ABSOLUTE:
            return abs(x)
        case Operator.NEGATE:
            return -x
        case _:
            raise AssertionError(f"{operator} of one argument")


_JOINED: dict[Operator, Callable[[Value, Value], Value]] = {
    Operator.ADD: lambda x, y: x + y,
    Operator.SUBTRACT: lambda x, y: x - y,
    Operator.MULTIPLY: lambda x, y: x * y,
    Operator.DIVIDE: lambda x, y: x / y,
    Operator.MINIMUM: lambda x, y: x.function.arithmetic("min", x, y),
    Operator.MAXIMUM: lambda x, y: x.function.arithmetic("max", x, y),
    Operator.LESS: lambda x, y: _as_real(x < y),
    Operator.LESS_OR_EQUAL: lambda x, y: _as_real(x <= y),
}


def _as_real(truth: Value) -> Value:
    return truth.unary("widen").unary("convert signed")
