"""Values that grow along dates or ticks: hidden states, and the made clauses that follow them.

Along a schedule that is computed for each occurrence of another, such as the business days of each
period, a value begins anew each time. The next period may begin at the very instant at which this
one is read, so the value that the period before had in the end is kept beside the running one.
"""

from collections.abc import Callable
from dataclasses import replace

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core import program as core
from rfos_lang.core.closures import mentions
from rfos_lang.core.draft import Draft, Life, Scope, key, scalar, schedule_slot, state_slot
from rfos_lang.core.lowered import occurrence_name
from rfos_lang.core.program import Binary, Group, Sort
from rfos_lang.core.simplification import combine, select
from rfos_lang.core.spelling import spelled
from rfos_lang.core.walk import within
from rfos_lang.semantics.causality import moment
from rfos_lang.semantics.definition import (
    Comprehension,
    Expression,
    Fold,
    Member,
    Plain,
    Variable,
)
from rfos_lang.semantics.types import NUMBER

# --- along what ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """A walk along a schedule slot. `members`: the scope of what is worked out for each date;
    `parent`: the slot along which the schedule is computed anew, if it is."""

    slot: int
    variable: Variable
    members: Scope
    parent: int | None

    def is_first(self, draft: Draft) -> core.Expression:
        """Whether the date at hand is the first of its walk."""
        first = Member(self.variable, "is_first", Plain.TRUTH, self.variable.span)
        return scalar(draft, first, self.members)

    def number(self, draft: Draft, scope: Scope) -> core.Expression:
        """The occurrence of the parent that the walk, or its reader, is at."""
        assert self.parent is not None
        name = occurrence_name(self.parent)
        return scalar(draft, Variable(name, NUMBER, self.variable.span), scope)


def along(draft: Draft, schedule: Expression, variable: Variable, scope: Scope) -> Course:
    """The walk of a variable along a schedule, which may depend on the date or period around it."""
    dependent = mentions(schedule, scope.elements)
    parent = scope.schedule if dependent else None
    assert not dependent or (parent is not None and dependent <= scope.variables)
    slot = schedule_slot(draft, schedule, scope.elements, parent, variable.name)
    around = scope.variables if dependent else frozenset()
    members = Scope(
        schedule=slot,
        variables=around | {variable.name, occurrence_name(slot)},
        reader=slot,
        own=frozenset({key(draft, moment(variable))}),
        elements=scope.elements,
        life=scope.life,
    )
    return Course(slot, variable, members, parent)


# --- running values ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Path:
    """A value that is followed along a course, or at the ticks of feeds; where it is read."""

    value: core.Expression
    place: Course | tuple[int, ...]
    fold: Fold | Comprehension
    reader: Scope


@dataclass(frozen=True, slots=True)
class Following:
    """How a running value begins, and what it becomes when the next one is taken in."""

    initial: core.Constant
    taken_in: Callable[[core.Expression], core.Expression]


def running(draft: Draft, path: Path, function: str, following: Following) -> core.Expression:
    """The value up to now; there is one hidden state for each different thing."""
    place = path.place
    name = spelled(replace(path.fold, function=function), path.reader.elements)
    if isinstance(place, Course) and place.parent is not None:
        return _restarting(draft, path, place, _Restarting(name, function, following))
    at = place.slot if isinstance(place, Course) else place
    life = path.reader.life
    wanted = (function, path.value, at, life)
    known = wanted in draft.states
    state = state_slot(draft, wanted, name, following.initial.sort, following.initial)
    if not known:
        observe(draft, at, core.Assign(state.slot, following.taken_in(state)), path.value, life)
    return state


@dataclass(frozen=True, slots=True)
class _Restarting:
    name: str
    function: str
    following: Following


def _restarting(draft: Draft, path: Path, course: Course, wanted: _Restarting) -> core.Expression:
    """The value that belongs to the reader's occurrence of the parent: the running one, or the one
    before it, or, along no dates at all, the first."""
    initial, sort = wanted.following.initial, wanted.following.initial.sort
    life = path.reader.life
    key = (wanted.function, path.value, course.slot, life)
    known = key in draft.states
    so_far = state_slot(draft, key, wanted.name, sort, initial)
    before = state_slot(draft, ("before", *key), f"{wanted.name}, before", sort, initial)
    nothing = core.Constant(-fixed.ONE, Sort.NUMBER)
    at = state_slot(draft, ("at", *key), f"{wanted.name}, of which", Sort.NUMBER, nothing)
    if not known:
        here, first = course.number(draft, course.members), course.is_first(draft)
        ended = select(_is(plus_one(at), here), so_far, initial)
        begun = select(first, initial, so_far)
        actions = (
            core.Assign(before.slot, select(first, ended, before)),
            core.Assign(so_far.slot, wanted.following.taken_in(begun)),
            core.Assign(at.slot, here),
        )
        draft.observations.append(_timed(course.slot, actions, life))
    mine = course.number(draft, path.reader)
    return select(_is(at, mine), so_far, select(_is(at, plus_one(mine)), before, initial))


def _is(left: core.Expression, right: core.Expression) -> core.Expression:
    return combine(Binary.EQUAL, left, right)


def plus_one(number: core.Expression) -> core.Expression:
    return combine(Binary.ADD, number, core.Constant(fixed.ONE, Sort.NUMBER))


# --- made clauses --------------------------------------------------------------------------------


def observe(
    draft: Draft,
    place: int | tuple[int, ...],
    action: core.Action,
    value: core.Expression,
    life: Life,
) -> None:
    """Lets an action run at the instants of a schedule slot, or at ticks of feeds, before all else,
    as long as the contract within the contract that remembers it lives.

    Actions whose value reads nothing remembered share a clause; any other comes after those that
    fill what it reads.
    """
    remembers = any(isinstance(node, core.State | core.Stored) for node in within(value))
    if (place, life) in draft.shared and not remembers:
        index = draft.shared[place, life]
        clause = draft.observations[index]
        draft.observations[index] = replace(clause, actions=(*clause.actions, action))
        return
    if not remembers:
        draft.shared[place, life] = len(draft.observations)
    draft.observations.append(_clause(place, action, life))


def _clause(
    place: int | tuple[int, ...], action: core.Action, life: Life
) -> core.Timed | core.Watch:
    if isinstance(place, int):
        return _timed(place, (action,), life)
    return core.Watch(
        place,
        core.TRUE,
        (action,),
        repeats=True,
        group=Group.OBSERVATION,
        lives=life.lives,
        stage=life.stage,
    )


def _timed(schedule: int, actions: tuple[core.Action, ...], life: Life) -> core.Timed:
    group = Group.OBSERVATION
    return core.Timed(schedule, actions, group=group, lives=life.lives, stage=life.stage)
