"""Expressions: from the definition's, with dates, lists and path functions, to the core's."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.core import program as core
from rfos_lang.core.closures import element, is_static, unpacked
from rfos_lang.core.draft import Draft, Scope, declared_state, feed_slot, key, scalar, sort_of
from rfos_lang.core.lowering_annuities import annuity
from rfos_lang.core.lowering_feeds import observation
from rfos_lang.core.lowering_lists import rows
from rfos_lang.core.lowering_now import is_of_now, of_now
from rfos_lang.core.lowering_paths import ONE, ZERO, captured, folded, over_dates
from rfos_lang.core.program import Binary, Unary
from rfos_lang.core.simplification import apply, combine, power, select
from rfos_lang.core.values import Recipe
from rfos_lang.core.walk import within
from rfos_lang.semantics.arithmetic import whole_power
from rfos_lang.semantics.definition import (
    Comprehension,
    Conditional,
    Expression,
    Fold,
    ListOf,
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
from rfos_lang.semantics.walk import is_gathered

_DIRECT: dict[str, Binary] = {
    "+": Binary.ADD,
    "-": Binary.SUBTRACT,
    "*": Binary.MULTIPLY,
    "/": Binary.DIVIDE,
    "^": Binary.RAISE,
    "round": Binary.ROUND,
    "<": Binary.LESS,
    "<=": Binary.LESS_OR_EQUAL,
    "==": Binary.EQUAL,
}
_MIRRORED: dict[str, Binary] = {">": Binary.LESS, ">=": Binary.LESS_OR_EQUAL}
_UNARY: dict[str, Unary] = {
    "neg": Unary.NEGATE,
    "abs": Unary.ABSOLUTE,
    "not": Unary.NOT,
    "log": Unary.LOGARITHM,
    "exp": Unary.EXPONENTIAL,
    "sqrt": Unary.SQUARE_ROOT,
}
_NESTED: dict[str, Binary] = {
    "min": Binary.MINIMUM,
    "max": Binary.MAXIMUM,
    "sum": Binary.ADD,
    "mean": Binary.ADD,
    "count": Binary.ADD,
    "product": Binary.MULTIPLY,
}


def lower_expression(draft: Draft, expression: Expression, scope: Scope) -> core.Expression:
    """The core's expression of the same value. Raises Unknown, with a diagnostic in the draft."""
    at = (expression, scope)
    if at not in draft.lowered:
        draft.lowered[at] = _lowered(draft, expression, scope)
    return draft.lowered[at]


def _lowered(draft: Draft, expression: Expression, scope: Scope) -> core.Expression:
    def inner(part: Expression) -> core.Expression:
        return lower_expression(draft, part, scope)

    if _is_calendars(draft, expression, scope):
        return scalar(draft, expression, scope)
    if is_of_now(expression, scope):
        return of_now(draft, expression, scope)
    match expression:
        case Literal(value=value):
            assert isinstance(value, int), "binding computes all but numbers, truths and dates"
            return core.Constant(int(value), sort_of(expression.type))
        case Parameter() | Start() | Member():
            return scalar(draft, expression, scope)
        case Variable(name=name):
            meant = element(name, scope.elements)
            if meant is None:
                return scalar(draft, expression, scope)
            closure, elements = unpacked(meant)
            return lower_expression(draft, closure, replace(scope, elements=elements))
        case StateRead(name=name):
            return _observed(draft, expression, core.State(declared_state(draft, name)), scope)
        case LocalRead(name=name):
            return core.Local(draft.locals[name])
        case Observe():
            now = observation(draft, expression, scope, lower_expression)
            return _observed(draft, expression, now, scope)
        case Sampled():
            return _sampled(draft, expression, scope)
        case Fold():
            value = folded(draft, expression, scope, lower_expression)
            return _observed(draft, expression, value, scope)
        case Comprehension() if is_gathered(expression):
            return over_dates(draft, expression, scope, lower_expression)
        case Comprehension():
            return _comprehension(draft, expression, scope)
        case Conditional(condition=condition, chosen=chosen, otherwise=otherwise):
            return select(inner(condition), inner(chosen), inner(otherwise))
        case Operation():
            return _operation(draft, expression, scope, inner)
        case RiskRead(measure=measure, of=of):
            feed = None if of is None else _feed(draft, of, scope)
            return core.Risk(core.RiskMeasure(measure), feed)
        case _:
            assert_never(expression)


def _is_calendars(draft: Draft, expression: Expression, scope: Scope) -> bool:
    """Whether it is made of dates, schedules or names, or costly: then binding computes it."""
    match expression:
        case Operation(name="log" | "exp" | "sqrt"):
            made = True
        case Operation(name="^", arguments=(_, exponent)) if whole_power(exponent) is None:
            made = True
        case Operation(arguments=arguments):
            made = expression.type is Plain.DATE or any(_is_plain(each) for each in arguments)
        case Conditional():
            made = expression.type is Plain.DATE
        case Comprehension(variables=variables):
            made = any(_is_plain(variable) for variable in variables)
        case _:
            return False
    return made and is_static(expression, scope.elements)


def _is_plain(expression: Expression) -> bool:
    return not isinstance(expression.type, Quantity) and expression.type is not Plain.TRUTH


# --- what is read --------------------------------------------------------------------------------


def _feed(draft: Draft, expression: Expression, scope: Scope) -> int:
    if not isinstance(expression, Observe):
        raise draft.not_yet(expression.span, "a Greek by anything but one feed")
    return feed_slot(draft, expression, scope.elements)


def _observed(
    draft: Draft, expression: Expression, now: core.Expression, scope: Scope
) -> core.Expression:
    return now if scope.sampling is None else captured(draft, expression, now, scope)


def _sampled(draft: Draft, expression: Sampled, scope: Scope) -> core.Expression:
    """`value at instant`: each feed and state in the value is wanted as it was at the instant."""
    assert is_static(expression.instant, scope.elements), "the checker sees to that"
    is_now = key(draft, expression.instant, scope.elements) in scope.own
    sampling = None if is_now else Recipe(expression.instant, scope.elements)
    return lower_expression(draft, expression.value, replace(scope, sampling=sampling, dated=True))


# --- operators -----------------------------------------------------------------------------------


def _operation(
    draft: Draft,
    expression: Operation,
    scope: Scope,
    inner: Callable[[Expression], core.Expression],
) -> core.Expression:
    match expression.name, expression.arguments:
        case "^", (base, exponent) if (whole := whole_power(exponent)) is not None:
            return power(inner(base), whole)
        case "!=", (left, right):
            return apply(Unary.NOT, combine(Binary.EQUAL, inner(left), inner(right)))
        case "clamp", (value, low, high):
            raised = combine(Binary.MAXIMUM, inner(value), inner(low))
            return combine(Binary.MINIMUM, raised, inner(high))
        case ("and" | "or") as name, (left, right):
            return _junction(name, inner(left), inner(right))
        case name, (left, right) if name in _DIRECT:
            return combine(_DIRECT[name], inner(left), inner(right))
        case name, (left, right) if name in _MIRRORED:
            return combine(_MIRRORED[name], inner(right), inner(left))
        case name, (operand,) if name in _UNARY:
            return apply(_UNARY[name], inner(operand))
        case name, (items,) if isinstance(items.type, ListOf):
            listed = rows(draft, (items,), scope.elements, expression.span)
            values = [_closed(draft, row[0], scope) for row in listed]
            return _joined(draft, name, values, expression)
        case "annuity", (rate, _, first, _):
            return annuity(draft, expression, scope, (inner(rate), inner(first)))
        case ("min" | "max") as name, arguments:
            return _joined(draft, name, [inner(each) for each in arguments], expression)
        case name, _:
            raise draft.not_yet(expression.span, f"`{name}` in money that moves")


def _closed(draft: Draft, recipe: Recipe, scope: Scope) -> core.Expression:
    return lower_expression(draft, recipe.expression, replace(scope, elements=recipe.elements))


def _junction(name: str, left: core.Expression, right: core.Expression) -> core.Expression:
    """`and`, `or`: the right side counts only if the left leaves it open, which matters where it
    could divide by zero."""
    if not may_divide(right):
        return combine(Binary.AND if name == "and" else Binary.OR, left, right)
    return select(left, right, core.FALSE) if name == "and" else select(left, core.TRUE, right)


_TRAPPING = (Unary.LOGARITHM, Unary.SQUARE_ROOT)


def may_divide(expression: core.Expression) -> bool:
    """Whether a division stands somewhere in the expression, or what has no value either for some
    operands."""
    return any(
        (isinstance(node, core.Combine) and node.operator in (Binary.DIVIDE, Binary.RAISE))
        or (isinstance(node, core.Apply) and node.operator in _TRAPPING)
        or (isinstance(node, core.Power) and node.exponent < 0)
        for node in within(expression)
    )


# --- lists ---------------------------------------------------------------------------------------


def _comprehension(draft: Draft, expression: Comprehension, scope: Scope) -> core.Expression:
    names = [variable.name for variable in expression.variables]
    values = []
    for row in rows(draft, expression.sources, scope.elements, expression.span):
        elements = (*scope.elements, *zip(names, row, strict=True))
        value = lower_expression(draft, expression.body, replace(scope, elements=elements))
        values.append(select(value, ONE, ZERO) if expression.function == "count" else value)
    return _joined(draft, expression.function, values, expression)


def _joined(
    draft: Draft, function: str, values: list[core.Expression], expression: Expression
) -> core.Expression:
    """One value of many: `min(...)`, `sum(...)`."""
    if function not in _NESTED:
        raise draft.not_yet(expression.span, f"`{function}` of a list")
    joined = reduce(lambda left, right: combine(_NESTED[function], left, right), values)
    if function == "mean":
        length = core.Constant(len(values) * fixed.ONE, core.Sort.NUMBER)
        return combine(Binary.DIVIDE, joined, length)
    return joined
