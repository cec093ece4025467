"""Expressions of a definition in words, for the names of slots."""

from collections.abc import Callable
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.base.feed import Aspect, worded
from rfos_lang.base.instant import show_instant
from rfos_lang.base.unit import ONE
from rfos_lang.core.values import Elements
from rfos_lang.semantics.definition import (
    Comprehension,
    Conditional,
    Expression,
    Fold,
    Literal,
    LocalRead,
    Member,
    Observe,
    Operation,
    Parameter,
    Plain,
    Quantity,
    RiskRead,
    Sampled,
    Start,
    StateRead,
    Variable,
)

Inner = Callable[[Expression], str]

LONGEST = 80
_INFIX = {"+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "!=", "and", "or"}
_TIGHT = (Literal, Parameter, Variable, StateRead, LocalRead, Member, Observe, Start)


def spelled(expression: Expression, elements: Elements = ()) -> str:
    """The expression as one might write it, cut off where it grows too long."""
    text = _words(expression, elements, 6)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _words(expression: Expression, elements: Elements, depth: int) -> str:
    if depth == 0:
        return "…"

    def inner(part: Expression) -> str:
        return _words(part, elements, depth - 1)

    match expression:
        case Literal():
            return _literal(expression)
        case Variable(name=name):
            meant = next((recipe for variable, recipe in elements if variable == name), None)
            if meant is not None:
                return _words(meant.expression, meant.elements, depth)
            return _written(name)
        case Parameter(name=name) | StateRead(name=name) | LocalRead(name=name):
            return _written(name)
        case Start():
            return "start"
        case Observe():
            return _observed(expression, inner)
        case Sampled(value=value, instant=instant):
            return f"{_tight(value, inner)} at {_tight(instant, inner)}"
        case Fold(function=function, value=value, schedule=schedule):
            tail = "" if schedule is None else f" on {inner(schedule)}"
            return f"{function}({inner(value)}{tail})"
        case Comprehension(function=function, variables=variables, sources=sources, body=body):
            pairs = zip(variables, sources, strict=True)
            walked = ", ".join(f"{_written(v.name)} in {inner(source)}" for v, source in pairs)
            return f"{function}({inner(body)} for {walked})"
        case Operation():
            return _operation(expression, inner)
        case Member(value=value, name=name):
            return f"{inner(value)}.{name}"
        case Conditional(condition=condition, chosen=chosen, otherwise=otherwise):
            return f"if {inner(condition)} then {inner(chosen)} else {inner(otherwise)}"
        case RiskRead(measure=measure, of=of):
            return measure if of is None else f"{measure}({inner(of)})"
        case _:
            assert_never(expression)


def _observed(observed: Observe, inner: Inner) -> str:
    feed, arguments = observed.feed, observed.arguments
    words = f"{feed}({', '.join(map(inner, arguments))})" if arguments else feed
    words = words if observed.field is None else f"{words}.{observed.field}"
    match observed.aspect:
        case Aspect.LAPSED:
            return f"{words} is late"
        case Aspect.LAST:
            return f"the last {words}"
        case Aspect.RESOLVED:
            return f"resolved({words})"
        case Aspect.NEWEST | Aspect.FIXING | Aspect.NOW | Aspect.EVENT:
            return words
        case _:
            assert_never(observed.aspect)


def _written(name: str) -> str:
    """A name without the number that makes it differ from others of the contract: `p 2` is `p`."""
    return name.partition(" ")[0]


def _literal(literal: Literal) -> str:
    match literal.type, literal.value:
        case Quantity(unit=unit), int(value):
            number = fixed.shown(value)
            return number if unit == ONE else f"{number} {unit}"
        case Plain.DATE, int(instant):
            return show_instant(instant)
        case Plain.TRUTH, value:
            return "true" if value else "false"
        case Plain.TEXT | Plain.ENTITY, str(text):
            return worded(text)
        case _, value:
            return str(value)


def _operation(operation: Operation, inner: Inner) -> str:
    match operation:
        case Operation(name=name, arguments=(left, right)) if name in _INFIX:
            return f"{_tight(left, inner)} {name} {_tight(right, inner)}"
        case Operation(name="add_duration", arguments=(date, Literal(value=duration))):
            text = str(duration)
            sign, text = ("-", text[1:]) if text.startswith("-") else ("+", text)
            return f"{inner(date)} {sign} {text}"
        case Operation(name="neg", arguments=(operand,)):
            return f"-{_tight(operand, inner)}"
        case Operation(name="not", arguments=(operand,)):
            return f"not {_tight(operand, inner)}"
        case Operation(name="index", arguments=(items, position)):
            return f"{inner(items)}[{inner(position)}]"
        case Operation(name="list", arguments=arguments):
            return f"[{', '.join(map(inner, arguments))}]"
        case Operation(name=name, arguments=arguments):
            return f"{name}({', '.join(map(inner, arguments))})"


def _tight(expression: Expression, inner: Inner) -> str:
    text = inner(expression)
    is_call = isinstance(expression, Operation) and expression.name.isalpha()
    infix = isinstance(expression, Operation) and expression.name in _INFIX
    return text if isinstance(expression, _TIGHT) or (is_call and not infix) else f"({text})"
