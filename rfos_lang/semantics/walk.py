"""Walking through checked expressions. Shared subexpressions are one object and are met once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from rfos_lang.semantics.definition import (
    Assignment,
    AtClause,
    AtEachClause,
    ChoiceClause,
    Clause,
    Comprehension,
    Conditional,
    Ending,
    Expression,
    Fold,
    If,
    LetOnce,
    Literal,
    LocalRead,
    Member,
    Observe,
    Operation,
    Parameter,
    Payment,
    Plain,
    Requirement,
    RiskRead,
    Sampled,
    Start,
    Statement,
    StateRead,
    Variable,
    WhenClause,
    WhenEachClause,
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct subexpressions."""
    match expression:
        case Literal() | Parameter() | Start() | Variable() | StateRead() | LocalRead():
            return ()
        case Observe(arguments=arguments, fallback=fallback):
            return arguments if fallback is None else (*arguments, fallback)
        case Operation(arguments=arguments):
            return arguments
        case Sampled(value=value, instant=instant):
            return (value, instant)
        case Fold(value=value, schedule=schedule):
            return (value,) if schedule is None else (value, schedule)
        case Comprehension(sources=sources, body=body):
            return (*sources, body)
        case Member(value=value):
            return (value,)
        case Conditional(condition=condition, chosen=chosen, otherwise=otherwise):
            return (condition, chosen, otherwise)
        case RiskRead(of=of):
            return () if of is None else (of,)
        case _:
            assert_never(expression)


def with_children(expression: Expression, parts: tuple[Expression, ...]) -> Expression:
    """The expression with other direct subexpressions, in the order of `children`."""
    match expression:
        case Literal() | Parameter() | Start() | Variable() | StateRead() | LocalRead():
            return expression
        case Observe(fallback=None) | Operation():
            return replace(expression, arguments=parts)
        case Observe():
            return replace(expression, arguments=parts[:-1], fallback=parts[-1])
        case Sampled():
            return replace(expression, value=parts[0], instant=parts[1])
        case Fold():
            return replace(expression, value=parts[0], schedule=(*parts[1:], None)[0])
        case Comprehension():
            return replace(expression, sources=parts[:-1], body=parts[-1])
        case Member():
            return replace(expression, value=parts[0])
        case Conditional():
            condition, chosen, otherwise = parts
            return replace(expression, condition=condition, chosen=chosen, otherwise=otherwise)
        case RiskRead():
            return replace(expression, of=(*parts, None)[0])
        case _:
            assert_never(expression)


def within(*expressions: Expression) -> Iterator[Expression]:
    """Every expression in these, themselves included, each object once."""
    seen: set[int] = set()
    stack = list(reversed(expressions))
    while stack:
        expression = stack.pop()
        if id(expression) not in seen:
            seen.add(id(expression))
            yield expression
            stack.extend(reversed(children(expression)))


def ordered(*expressions: Expression) -> Iterator[Expression]:
    """As `within`, every expression after its subexpressions."""
    seen: set[int] = set()
    stack = [(expression, False) for expression in reversed(expressions)]
    while stack:
        expression, ready = stack.pop()
        if id(expression) in seen:
            continue
        if ready:
            seen.add(id(expression))
            yield expression
            continue
        stack.append((expression, True))
        stack.extend((child, False) for child in reversed(children(expression)))


def statements_within(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement in a body, those of its branches included, in source order."""
    for statement in body:
        yield statement
        if isinstance(statement, If):
            yield from statements_within(statement.chosen)
            yield from statements_within(statement.otherwise)


def bodies_of(clause: Clause) -> tuple[tuple[Statement, ...], ...]:
    """The blocks of a clause."""
    if isinstance(clause, ChoiceClause):
        return (clause.body, clause.otherwise)
    return (clause.body,)


def heads_of(clause: Clause) -> tuple[Expression, ...]:
    """The expressions that stand before a clause's blocks."""
    match clause:
        case AtClause(instant=instant):
            return (instant,)
        case AtEachClause(schedule=schedule):
            return (schedule,)
        case WhenClause(condition=condition, schedule=schedule):
            return (condition,) if schedule is None else (condition, schedule)
        case WhenEachClause(stream=stream):
            return (stream,)
        case ChoiceClause(each=each):
            walked = None if each is None else each[1]
            heads = (clause.opens, clause.until, clause.at, walked, clause.default)
            return tuple(head for head in heads if head is not None)
        case _:
            assert_never(clause)


def expressions_of(statement: Statement) -> tuple[Expression, ...]:
    """The expressions that stand in a statement itself, not in its branches."""
    match statement:
        case LetOnce(value=value) | Assignment(value=value):
            return (value,)
        case Payment(amount=amount, on=on):
            return (amount,) if on is None else (amount, on)
        case If(condition=condition) | Requirement(condition=condition):
            return (condition,)
        case Ending():
            return ()
        case _:
            assert_never(statement)


def observes(expression: Expression) -> bool:
    """Whether the expression reads a feed as it is at the time, not at a named instant."""
    seen: set[int] = set()
    stack = [expression]
    while stack:
        here = stack.pop()
        if id(here) in seen or isinstance(here, Sampled):
            continue
        if isinstance(here, Observe):
            return True
        seen.add(id(here))
        stack.extend(children(here))
    return False


def gathers(expression: Expression) -> bool:
    """Whether a part of the expression is gathered along dates."""
    return any(isinstance(part, Comprehension) and is_gathered(part) for part in within(expression))


def is_gathered(expression: Comprehension) -> bool:
    """Whether it is taken over dates or periods, from what is observed at them."""
    dated = any(v.type in (Plain.DATE, Plain.PERIOD) for v in expression.variables)
    return dated and unfixed(expression.body) is not None


def unfixed(expression: Expression) -> Expression | None:
    """The first part whose value is not fixed when the contract begins; clause variables are."""
    varying = (Observe, StateRead, LocalRead, Fold, Sampled, RiskRead)
    return next((each for each in within(expression) if isinstance(each, varying)), None)
