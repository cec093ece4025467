"""Formulas as numbers: for one set of inputs with the standard library, for many with NumPy.

Both compute what binary64 does: division by zero gives an infinity, what has no value a NaN, and
nothing raises.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rfos_lang.core.formula import Call, Elementary, Formula, Function, Input, Number, ordered

NAN = math.nan


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else NAN


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x * 0.7071067811865476)


PLAIN = Elementary(exp=_exp, log=_log, normal=_normal)
"""The C library's functions, for numbers that people read."""


def evaluated(
    formulas: Sequence[Formula], inputs: Mapping[Input, float], elementary: Elementary = PLAIN
) -> tuple[float, ...]:
    """The values of formulas, shared parts computed once. Raises KeyError for a missing input."""
    values: dict[Formula, float] = {}
    for node in ordered(*formulas):
        match node:
            case Number(value=value):
                values[node] = value
            case Input():
                values[node] = inputs[node]
            case Call(function=function, arguments=arguments):
                operands = [values[argument] for argument in arguments]
                values[node] = _applied(function, operands, elementary)
    return tuple(values[formula] for formula in formulas)


def _applied(function: Function, operands: list[float], elementary: Elementary) -> float:
    match function:
        case Function.EXP:
            return elementary.exp(*operands)
        case Function.LOG:
            return elementary.log(*operands)
        case Function.NORMAL:
            return elementary.normal(*operands)
        case _:
            return _ARITHMETIC[function](*operands)


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    return NAN if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _root(a: float) -> float:
    return math.sqrt(a) if a >= 0 else NAN


def _extreme(better: Callable[[float, float], float]) -> Callable[[float, float], float]:
    def applied(a: float, b: float) -> float:
        return NAN if math.isnan(a) or math.isnan(b) else better(a, b)

    return applied


_ARITHMETIC: dict[Function, Callable[..., float]] = {
    Function.ADD: lambda a, b: a + b,
    Function.SUBTRACT: lambda a, b: a - b,
    Function.MULTIPLY: lambda a, b: a * b,
    Function.DIVIDE: _divided,
    Function.NEGATE: lambda a: -a,
    Function.ABSOLUTE: abs,
    Function.SQRT: _root,
    Function.MINIMUM: _extreme(min),
    Function.MAXIMUM: _extreme(max),
    Function.LESS: lambda a, b: float(a < b),
    Function.LESS_OR_EQUAL: lambda a, b: float(a <= b),
    Function.SELECT: lambda condition, chosen, otherwise: chosen if condition else otherwise,
}


# --- many at once --------------------------------------------------------------------------------


def vectorised(formulas: Sequence[Formula], inputs: Sequence[Input]) -> Callable[..., Any]:
    """A function of one array (or number) for each input that returns one array for each formula.

    It is straight-line NumPy code; each shared part is computed once.
    """
    import numpy as np
    from scipy.special import ndtr

    nodes = ordered(*formulas)
    names: dict[Formula, str] = {each: f"x{k}" for k, each in enumerate(inputs)}
    lines = []
    for k, node in enumerate(nodes):
        match node:
            case Number(value=value):
                names[node] = repr(value) if math.isfinite(value) else f"float('{value}')"
            case Input():
                names[node]  # a formula may only use the inputs it was given
            case Call(function=function, arguments=arguments):
                operands = ", ".join(names[argument] for argument in arguments)
                names[node] = f"v{k}"
                lines.append(f"    v{k} = {_NUMPY[function].format(*operands.split(', '))}")
    results = ", ".join(names[formula] for formula in formulas)
    header = f"def function({', '.join(names[each] for each in inputs)}):"
    source = "\n".join([header, *lines, f"    return ({results},)"])
    scope: dict[str, Any] = {"np": np, "ndtr": ndtr}
    exec(compile(source, "<formula>", "exec"), scope)
    function_ = scope["function"]

    def silent(*values: Any) -> Any:
        with np.errstate(all="ignore"):
            return function_(*values)

    return silent


_NUMPY = {
    Function.ADD: "{0} + {1}",
    Function.SUBTRACT: "{0} - {1}",
    Function.MULTIPLY: "{0} * {1}",
    Function.DIVIDE: "np.divide({0}, {1})",
    Function.NEGATE: "-{0}",
    Function.ABSOLUTE: "np.abs({0})",
    Function.SQRT: "np.sqrt({0})",
    Function.EXP: "np.exp({0})",
    Function.LOG: "np.log({0})",
    Function.NORMAL: "ndtr({0})",
    Function.MINIMUM: "np.minimum({0}, {1})",
    Function.MAXIMUM: "np.maximum({0}, {1})",
    Function.LESS: "np.less({0}, {1}) * 1.0",
    Function.LESS_OR_EQUAL: "np.less_equal({0}, {1}) * 1.0",
    Function.SELECT: "np.where({0}, {1}, {2})",
}
