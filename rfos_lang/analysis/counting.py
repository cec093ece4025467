"""How far observations can carry a state that each of them moves on by a step of its own.

A step is a constant, or made of what a stream tells. Neither how often a price is observed nor how
often a stream tells a record has a bound in the language; these numbers are more than ever happens.
"""

from collections.abc import Iterator

from rfos_lang.base.feed import Aspect
from rfos_lang.core.program import (
    Assign,
    Binary,
    Combine,
    Constant,
    Expression,
    Feed,
    Local,
    Program,
    State,
    Stored,
    Watch,
)
from rfos_lang.core.walk import within

OBSERVATIONS = 10**12
"""More than are made in the life of any contract: one a second for thirty thousand years."""

RECORD_EVERY = 10**9
"""A stream tells less often than once in so many nanoseconds, in the long run."""


def most_steps(program: Program, state: int, nanoseconds: int | None) -> int | None:
    """How often watches can move a state within so much time, None if that has no end; None if
    they move it otherwise than by steps."""
    steps = list(_steps(program, state))
    if any(step is None for _, step in steps):
        return None
    if nanoseconds is None or any(isinstance(step, Constant) for _, step in steps):
        return OBSERVATIONS
    return min(OBSERVATIONS, nanoseconds // RECORD_EVERY + 1)


def _steps(program: Program, state: int) -> Iterator[tuple[Watch, Expression | None]]:
    """What each assignment of a watch adds to a state; None if it does more than add."""
    for clause in program.clauses:
        if isinstance(clause, Watch):
            for action in clause.actions:
                if isinstance(action, Assign) and action.state == state:
                    yield clause, _step(program, clause, state, action.value)


def _step(program: Program, clause: Watch, state: int, value: Expression) -> Expression | None:
    match value:
        case Combine(operator=Binary.ADD, left=left, right=right) if left is State(state):
            steady = isinstance(right, Constant) or (
                _of_streams(program, clause) and _stands_alone(right)
            )
            return right if steady else None
        case _:
            return None


def _of_streams(program: Program, clause: Watch) -> bool:
    return all(program.feeds[feed].aspect is Aspect.EVENT for feed in clause.feeds)


def _stands_alone(step: Expression) -> bool:
    """Whether a step reads feeds and terms only, so that it is no larger the next time."""
    nodes = list(within(step))
    return any(isinstance(node, Feed) for node in nodes) and not any(
        isinstance(node, State | Stored | Local) for node in nodes
    )
