"""What an assignment does to its state: it moves it on by a step, or gives it a value of its own.

A state that is only ever moved by steps gets as far as all its steps together, however often that
is; plain intervals would have to follow it step by step.
"""

from collections.abc import Iterator

from rfos_lang.analysis.interval import Interval, Leaves, combined_within, interval_of
from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Binary, Combine, Expression, Select, State
from rfos_lang.core.walk import within

_NOTHING = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class Move:
    """The new value is the old one and `step`, or lies in `fresh`; None where it never does."""

    step: Interval | None
    fresh: Interval | None


def moved(value: Expression, state: int, leaves: Leaves) -> Move:
    """What assigning a value makes of a state. Raises Unbounded."""
    match value:
        case State(slot=slot) if slot == state:
            return Move(_NOTHING, None)
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            holds = interval_of(condition, leaves)
            if holds.lowest:
                return moved(chosen, state, leaves)
            if not holds.highest:
                return moved(otherwise, state, leaves)
            return _either(moved(chosen, state, leaves), moved(otherwise, state, leaves))
        case Combine(operator=operator, left=left, right=right) if _leads(left, right, state):
            before, other = moved(left, state, leaves), interval_of(right, leaves)
            match operator:
                case Binary.ADD | Binary.SUBTRACT:
                    return Move(
                        _shifted(before.step, operator, other),
                        _shifted(before.fresh, operator, other),
                    )
                case Binary.MINIMUM | Binary.MAXIMUM:
                    return _either(before, Move(None, other))
    return Move(None, interval_of(value, leaves))


def _leads(left: Expression, right: Expression, state: int) -> bool:
    """Whether the state stands on the left alone."""
    return State(state) in within(left) and State(state) not in within(right)


def _either(one: Move, other: Move) -> Move:
    return Move(joined(one.step, other.step), joined(one.fresh, other.fresh))


def _shifted(interval: Interval | None, operator: Binary, by: Interval) -> Interval | None:
    return None if interval is None else combined_within(operator, interval, by)


def joined(one: Interval | None, other: Interval | None) -> Interval | None:
    """The smallest interval that holds both, where there are any."""
    if one is None or other is None:
        return other if one is None else one
    return one.joined(other)


def steps_of(value: Expression, state: int) -> Iterator[Expression]:
    """What the value of an assignment may add to its state."""
    match value:
        case Select(chosen=chosen, otherwise=otherwise):
            yield from steps_of(chosen, state)
            yield from steps_of(otherwise, state)
        case Combine(operator=operator, left=left, right=right) if _leads(left, right, state):
            yield from steps_of(left, state)
            if operator in (Binary.ADD, Binary.SUBTRACT):
                yield right
