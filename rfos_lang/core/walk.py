"""Walking through the core's expressions. Shared nodes are one object and are met once."""

from collections.abc import Iterator
from typing import assert_never

from rfos_lang.core.program import (
    Action,
    Apply,
    Assign,
    Backward,
    Bind,
    Carried,
    Choice,
    Clause,
    Column,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    Local,
    Power,
    Require,
    Risk,
    Select,
    State,
    Store,
    Stored,
    Term,
    Timed,
    Transfer,
    Watch,
)


def operands(expression: Expression) -> tuple[Expression, ...]:
    """The direct subexpressions, in the order of evaluation."""
    match expression:
        case Apply(operand=operand):
            return (operand,)
        case Combine(left=left, right=right):
            return (left, right)
        case Power(base=base):
            return (base,)
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            return (condition, chosen, otherwise)
        case Backward(since=since, last=last, step=step):
            return (since, last, step)
        case Constant() | Term() | Column() | Feed() | State() | Stored() | Local():
            return ()
        case Carried() | Risk():
            return ()
        case _:
            assert_never(expression)


def within(*expressions: Expression) -> Iterator[Expression]:
    """Every node of these expressions, themselves included, each once."""
    seen: set[Expression] = set()
    stack = list(reversed(expressions))
    while stack:
        expression = stack.pop()
        if expression not in seen:
            seen.add(expression)
            yield expression
            stack.extend(reversed(operands(expression)))


def feeds_in(*expressions: Expression) -> tuple[int, ...]:
    """The slots of the feeds that are read directly, ascending."""
    return tuple(sorted({node.slot for node in within(*expressions) if isinstance(node, Feed)}))


def expressions_of(action: Action) -> tuple[Expression, ...]:
    """The expressions of an action, the guard first if it has one."""
    match action:
        case Bind(value=value) | Store(value=value):
            return (value,)
        case Assign(value=value, guard=guard):
            return (guard, value)
        case Transfer(amount=amount, due=due, guard=guard):
            return (guard, amount) if due is None else (guard, amount, due)
        case End(guard=guard):
            return (guard,)
        case Require(condition=condition, guard=guard):
            return (guard, condition)
        case _:
            assert_never(action)


def conditions_of(clause: Clause) -> tuple[Expression, ...]:
    """The expressions that stand in a clause itself, not in its actions."""
    match clause:
        case Timed():
            return ()
        case Watch(condition=condition):
            return (condition,)
        case Choice(default=default):
            return (default,)
        case _:
            assert_never(clause)
