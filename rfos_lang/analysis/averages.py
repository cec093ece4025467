"""Averages: a sum and a count that are moved on together, whose quotient is no more than what was
summed.

Intervals of the sum and of the count forget that. `mean(x on dates)` lies between the least and the
most that `x` was at any of the dates, however many there were.
"""

from collections.abc import Iterator, Mapping

from rfos_lang.base.fixed import ONE
from rfos_lang.core.meaning import actions_of, group_of
from rfos_lang.core.program import (
    TRUE,
    Assign,
    Binary,
    Clause,
    Combine,
    Constant,
    Expression,
    Group,
    Program,
    Sort,
    State,
    Timed,
    Watch,
)
from rfos_lang.core.walk import conditions_of, expressions_of, within

_Place = tuple[int, Expression]
"""A clause, and what it adds to a state."""

_ONE = Constant(ONE, Sort.NUMBER)


def averages(program: Program) -> Mapping[int, tuple[Expression, Expression]]:
    """For the sum in each average: the quotient, and what is added to the sum at every date."""
    added, found = dict(_added(program)), {}
    for quotient, total, count in _quotients(program):
        if total not in added or count not in added or added[count][1] is not _ONE:
            continue
        one, other = (program.clauses[added[state][0]] for state in (total, count))
        if _run_together(one, other) and not _read_meanwhile(program, quotient):
            found[total] = (quotient, added[total][1])
    return found


def _added(program: Program) -> Iterator[tuple[int, _Place]]:
    """What is added to each state that begins at nothing, moves at one place and always there."""
    places: dict[int, list[tuple[int, Assign]]] = {}
    for index, clause in enumerate(program.clauses):
        for action in actions_of(clause):
            if isinstance(action, Assign):
                places.setdefault(action.state, []).append((index, action))
    for slot, ((index, assign), *more) in places.items():
        match assign.value:
            case Combine(operator=Binary.ADD, left=State(slot=left), right=step) if left == slot:
                nothing = program.states[slot].initial is Constant(0, Sort.NUMBER)
                if (
                    not more
                    and nothing
                    and assign.guard is TRUE
                    and State(slot) not in within(step)
                ):
                    yield slot, (index, step)


def _quotients(program: Program) -> Iterator[tuple[Expression, int, int]]:
    """Every quotient of two states."""
    for clause in program.clauses:
        for node in within(*_expressions(clause)):
            match node:
                case Combine(Binary.DIVIDE, State(slot=total), State(slot=count)):
                    yield node, total, count


def _expressions(clause: Clause) -> list[Expression]:
    inside = [part for action in actions_of(clause) for part in expressions_of(action)]
    return [*conditions_of(clause), *inside]


def _run_together(one: Clause, other: Clause) -> bool:
    """Whether two clauses act at the same instants, before all that is no observation."""
    if one.stage != other.stage or one.lives != other.lives:
        return False
    match one, other:
        case Timed(group=Group.OBSERVATION), Timed(group=Group.OBSERVATION):
            return one.schedule == other.schedule
        case Watch(group=Group.OBSERVATION), Watch(group=Group.OBSERVATION):
            steady = one.condition is other.condition is TRUE and one.repeats and other.repeats
            return steady and one.feeds == other.feeds
        case _:
            return False


def _read_meanwhile(program: Program, quotient: Expression) -> bool:
    """Whether an observation reads a quotient, perhaps while the count is ahead of the sum."""
    return any(
        group_of(clause) is Group.OBSERVATION and quotient in within(*_expressions(clause))
        for clause in program.clauses
    )
