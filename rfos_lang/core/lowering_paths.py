"""What a contract remembers: observations at earlier instants, and functions of a path.

Each becomes a hidden state or table, and a made clause that fills it before anything else happens
at its instant.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from rfos_lang.base import fixed
from rfos_lang.core import program as core
from rfos_lang.core.closures import mentions
from rfos_lang.core.draft import Draft, Scope, schedule_slot, sort_of, state_slot, table_slot
from rfos_lang.core.lowered import Causality, Reading
from rfos_lang.core.program import Binary, Group, Sort
from rfos_lang.core.simplification import combine, select
from rfos_lang.core.spelling import spelled
from rfos_lang.core.values import Elements
from rfos_lang.core.walk import feeds_in, within
from rfos_lang.semantics.definition import (
    Expression,
    Fold,
    Sampled,
)

Lower = Callable[[Draft, Expression, Scope], core.Expression]

ONE = core.Constant(fixed.ONE, Sort.NUMBER)
ZERO = core.Constant(0, Sort.NUMBER)


# --- observations at earlier instants ------------------------------------------------------------


def captured(
    draft: Draft, expression: Expression, now: core.Expression, scope: Scope
) -> core.Expression:
    """What `now` was at the instant that the scope samples at."""
    assert scope.sampling is not None
    instant, elements = scope.sampling.expression, scope.sampling.elements
    dependent = mentions(instant, elements)
    if not dependent:
        return _captured_once(draft, expression, now, scope)
    assert scope.schedule is not None and dependent <= scope.variables
    slot = schedule_slot(draft, instant, elements, scope.schedule)
    name = _sampled_name(expression, instant, scope.elements)
    wanted = ("at", now, slot)
    new = wanted not in draft.tables
    table = table_slot(draft, wanted, name, scope.schedule)
    if new:
        observe(draft, slot, core.Store(table, now), now)
    draft.causality[Causality(Reading.ALONG, slot, scope.reader, name, expression.span)] = None
    return core.Stored(table)


def _captured_once(
    draft: Draft, expression: Expression, now: core.Expression, scope: Scope
) -> core.Expression:
    assert scope.sampling is not None
    instant, elements = scope.sampling.expression, scope.sampling.elements
    slot = schedule_slot(draft, instant, elements)
    name = _sampled_name(expression, instant, scope.elements)
    sort = sort_of(expression.type)
    wanted = ("at", now, slot)
    new = wanted not in draft.states
    state = state_slot(draft, wanted, name, sort, core.Constant(0, sort))
    if new:
        observe(draft, slot, core.Assign(state.slot, now), now)
    draft.causality[Causality(Reading.ONCE, slot, scope.reader, name, expression.span)] = None
    return state


def _sampled_name(expression: Expression, instant: Expression, elements: Elements) -> str:
    return spelled(Sampled(expression, instant, expression.type, expression.span), elements)


# --- functions of a path -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Path:
    """A value that is followed at the instants of a schedule slot, or at the ticks of feeds."""

    value: core.Expression
    place: int | tuple[int, ...]
    fold: Fold
    elements: Elements


def folded(draft: Draft, fold: Fold, scope: Scope, lower: Lower) -> core.Expression:
    """`mean(S on fixings)`, `ever(S <= barrier)`: its value up to now."""
    if fold.schedule is None:
        value = lower(draft, fold.value, Scope(elements=scope.elements))
        return _path_value(draft, Path(value, feeds_in(value), fold, scope.elements))
    slot = schedule_slot(draft, fold.schedule, scope.elements)
    following = Scope(slot, reader=slot, elements=scope.elements)
    value = lower(draft, fold.value, following)
    return _path_value(draft, Path(value, slot, fold, scope.elements))


def _path_value(draft: Draft, path: Path) -> core.Expression:
    value = path.value
    match path.fold.function:
        case "sum":
            return _sum(draft, path)
        case "mean":
            return combine(Binary.DIVIDE, _sum(draft, path), _observations(draft, path))
        case "count":
            one = select(value, ONE, ZERO)
            return _gathered(draft, path, "count", ZERO, lambda so_far: plus(so_far, one))
        case "ever":
            return _gathered(
                draft, path, "ever", core.FALSE, lambda so_far: combine(Binary.OR, so_far, value)
            )
        case "highest":
            return _extreme(draft, path, Binary.MAXIMUM)
        case "lowest":
            return _extreme(draft, path, Binary.MINIMUM)
        case function:
            raise AssertionError(f"`{function}` of a path")


def _sum(draft: Draft, path: Path) -> core.State:
    return _gathered(draft, path, "sum", ZERO, lambda so_far: plus(so_far, path.value))


def _observations(draft: Draft, path: Path) -> core.State:
    """How many there were, whatever their value."""
    counted = replace(path, value=core.TRUE)
    return _gathered(draft, counted, "count", ZERO, lambda so_far: plus(so_far, ONE))


def _extreme(draft: Draft, path: Path, better: Binary) -> core.State:
    """The first observation counts whatever it is, each later one if it is better."""
    count = _observations(draft, path)
    is_first = combine(Binary.EQUAL, count, ONE)

    def following(so_far: core.Expression) -> core.Expression:
        return select(is_first, path.value, combine(better, so_far, path.value))

    return _gathered(draft, path, path.fold.function, ZERO, following)


def _gathered(
    draft: Draft,
    path: Path,
    function: str,
    initial: core.Constant,
    following: Callable[[core.Expression], core.Expression],
) -> core.State:
    """The hidden state that takes each value in; there is one for each different thing."""
    wanted = (function, path.value, path.place)
    known = wanted in draft.states
    name = spelled(replace(path.fold, function=function), path.elements)
    state = state_slot(draft, wanted, name, initial.sort, initial)
    if not known:
        assign = core.Assign(state.slot, following(state))
        observe(draft, path.place, assign, path.value)
    return state


def plus(left: core.Expression, right: core.Expression) -> core.Expression:
    return combine(Binary.ADD, left, right)


# --- made clauses --------------------------------------------------------------------------------


def observe(
    draft: Draft,
    place: int | tuple[int, ...],
    action: core.Action,
    value: core.Expression,
) -> None:
    """Lets an action run at the instants of a schedule slot, or at ticks of feeds, before all else.

    Actions whose value reads nothing remembered share a clause; any other comes after those that
    fill what it reads.
    """
    remembers = any(isinstance(node, core.State | core.Stored) for node in within(value))
    if place in draft.shared and not remembers:
        index = draft.shared[place]
        clause = draft.observations[index]
        draft.observations[index] = replace(clause, actions=(*clause.actions, action))
        return
    if not remembers:
        draft.shared[place] = len(draft.observations)
    draft.observations.append(_clause(place, action))


def _clause(place: int | tuple[int, ...], action: core.Action) -> core.Timed | core.Watch:
    if isinstance(place, int):
        return core.Timed(place, (action,), group=Group.OBSERVATION)
    return core.Watch(place, core.TRUE, (action,), repeats=True, group=Group.OBSERVATION)
