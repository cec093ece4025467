"""How often something that nobody has planned happens: observations, records of a stream.

Neither how often a price is observed nor how often a stream tells a record has a bound in the
language; these numbers are more than ever happens.
"""

from rfos_lang.analysis.moving import steps_of
from rfos_lang.base.feed import Aspect
from rfos_lang.core.program import Constant, Expression, Program, Select, Watch

OBSERVATIONS = 10**12
"""More than are made in the life of any contract: one a second for thirty thousand years."""

RECORD_EVERY = 10**9
"""A stream tells less often than once in so many nanoseconds, in the long run."""


def most_times(
    program: Program, clause: Watch, state: int, value: Expression, nanoseconds: int | None
) -> int | None:
    """How often a watch can move a state on within so much time, None if that has no end; None if
    its steps are neither constants nor made of what a stream tells."""
    if not clause.repeats:
        return 1
    steps = list(steps_of(value, state))
    if all(map(_is_constant, steps)):
        return OBSERVATIONS
    if not all(program.feeds[feed].aspect is Aspect.EVENT for feed in clause.feeds):
        return None
    return OBSERVATIONS if nanoseconds is None else min(OBSERVATIONS, records(nanoseconds))


def records(nanoseconds: int) -> int:
    """The most records that a stream tells within so much time."""
    return nanoseconds // RECORD_EVERY + 1


def _is_constant(step: Expression) -> bool:
    """Whether a step is one of a few numbers, whatever is observed."""
    match step:
        case Select(chosen=chosen, otherwise=otherwise):
            return _is_constant(chosen) and _is_constant(otherwise)
        case _:
            return isinstance(step, Constant)
