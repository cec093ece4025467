"""How a clause that sees every tick is read by a model in continuous time.

Between two steps of the timeline the model knows where a spot was at both ends. Whether it touched
a level in between has a known chance (Brownian bridge); so a comparison of one spot with a level
that does not move within the step becomes that chance. Everything else is watched on a grid.

The chance takes the place of a truth, so it must enter linearly: into payments, the end, and
truths. A clause that assigns numbers at a crossing is watched on a grid instead.
"""

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Action,
    Apply,
    Assign,
    Backward,
    Binary,
    Combine,
    End,
    Expression,
    Feed,
    Local,
    Power,
    Select,
    State,
    Transfer,
    Watch,
)
from rfos_lang.path.program import Monitoring


@dataclass(frozen=True, slots=True)
class Crossing:
    """Feed `feed` at or below (`falling`) or at or above `level`."""

    feed: int
    level: Expression
    falling: bool


def reading(watch: Watch, diffusing: frozenset[int]) -> Monitoring | None:
    """How a watch is read; None if none of its feeds moves continuously. One that begins within the
    contract's life has no step before: it is watched on a grid."""
    if diffusing.isdisjoint(watch.feeds):
        return None
    if watch.stage:
        return Monitoring.GRID
    bridge = _accumulates(watch, diffusing) if watch.repeats else _fires_once(watch, diffusing)
    return Monitoring.BRIDGE if bridge else Monitoring.GRID


def _fires_once(watch: Watch, diffusing: frozenset[int]) -> bool:
    linear = all(
        isinstance(action, Transfer) or _ends(action, watch.lives) for action in watch.actions
    )
    return linear and is_crossing(watch.condition, diffusing)


def _ends(action: Action, lives: int | None) -> bool:
    """Whether an action ends the contract, or the contract within it that lives by a state."""
    match action:
        case End(guard=guard):
            return guard is TRUE
        case Assign(state=state, value=value, guard=guard):
            return state == lives and value is FALSE and guard is TRUE
        case _:
            return False


def _accumulates(watch: Watch, diffusing: frozenset[int]) -> bool:
    return watch.condition is TRUE and all(
        isinstance(action, Assign)
        and action.guard is TRUE
        and (condition := accumulated(action.value, action.state)) is not None
        and is_crossing(condition, diffusing)
        for action in watch.actions
    )


def is_crossing(condition: Expression, diffusing: frozenset[int]) -> bool:
    """Whether a condition is made of crossings alone (`or`), save for parts that no feed moves."""
    if (found := crossing(condition)) is not None:
        return found.feed in diffusing
    match condition:
        case Combine(operator=Binary.OR, left=left, right=right):
            return is_crossing(left, diffusing) and is_crossing(right, diffusing)
        case Combine(operator=Binary.AND, left=left, right=right):
            return (_still(left) and is_crossing(right, diffusing)) or (
                _still(right) and is_crossing(left, diffusing)
            )
        case _:
            return False


def accumulated(value: Expression, state: int) -> Expression | None:
    """The condition in `state or condition`, what `ever(condition)` assigns at every tick."""
    match value:
        case Combine(operator=Binary.OR, left=State(slot=slot), right=right) if slot == state:
            return right
        case Combine(operator=Binary.OR, left=left, right=State(slot=slot)) if slot == state:
            return left
        case _:
            return None


def crossing(condition: Expression) -> Crossing | None:
    """A comparison of one feed, or of one feed over a positive number, with a level; else None."""
    match condition:
        case Combine(operator=Binary.LESS | Binary.LESS_OR_EQUAL, left=left, right=right):
            return _against(left, right, falling=True) or _against(right, left, falling=False)
        case _:
            return None


def _against(moving: Expression, level: Expression, falling: bool) -> Crossing | None:
    if not _still(level):
        return None
    match moving:
        case Feed(slot=slot):
            return Crossing(slot, level, falling)
        case Combine(operator=Binary.DIVIDE, left=Feed(slot=slot), right=scale) if _still(scale):
            return Crossing(slot, Combine(Binary.MULTIPLY, level, scale), falling)
        case _:
            return None


def only_level(watch: Watch) -> tuple[int, Expression] | None:
    """Feed and level of a watch that waits for one crossing: where the feed then stands."""
    found = crossing(watch.condition)
    return None if found is None or watch.repeats else (found.feed, found.level)


def _still(expression: Expression) -> bool:
    """Whether no feed moves an expression within a step."""
    match expression:
        case Feed() | Local():
            return False
        case Apply(operand=operand):
            return _still(operand)
        case Combine(left=left, right=right):
            return _still(left) and _still(right)
        case Power(base=base):
            return _still(base)
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            return _still(condition) and _still(chosen) and _still(otherwise)
        case Backward(since=since, last=last, step=step):
            return _still(since) and _still(last) and _still(step)
        case _:
            return True
