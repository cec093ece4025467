"""What the calendar makes of `now`, an instant that is known only when it comes.

Binding knows the calendar, the event does not. So what depends on the day of `now` is worked out at
binding for each day of the contract's life, and a made clause keeps that of the present day in a
hidden state. A day begins at the contract's cut. What is added to `now` itself, as in `now +
20bd(NYC)`, is kept as the time that it comes to from the cut, so that as much of the day has passed
as now.
"""

from dataclasses import replace

from rfos_lang.base.duration import Duration
from rfos_lang.base.feed import Aspect
from rfos_lang.core import program as core
from rfos_lang.core.closures import is_static, mentions
from rfos_lang.core.draft import Draft, Scope, feed_slot, scalar, sort_of, state_slot
from rfos_lang.core.lowering_running import along, observe
from rfos_lang.core.program import Binary, Sort
from rfos_lang.core.simplification import combine
from rfos_lang.core.spelling import spelled
from rfos_lang.semantics.definition import (
    Conditional,
    Expression,
    ListOf,
    Literal,
    Member,
    Observe,
    Operation,
    Plain,
    Start,
    Variable,
)
from rfos_lang.semantics.walk import heads_of, within


def is_of_now(expression: Expression, scope: Scope) -> bool:
    """Whether binding could compute it, were it not for `now`."""
    if not isinstance(expression, Operation | Member | Conditional):
        return False
    clocks = [each for each in within(expression) if _is_now(each)]
    if not clocks or not _is_of_the_calendar(expression):
        return False
    still = _with(expression, Variable("now", Plain.DATE, expression.span))
    return is_static(still, scope.elements) and not mentions(expression, scope.elements)


def of_now(draft: Draft, expression: Expression, scope: Scope) -> core.Expression:
    """The value of such an expression at the event's instant. Raises Unknown."""
    match expression:
        case Operation(name="add_duration", arguments=(date, Literal(value=Duration() as length))):
            if _is_now(date):
                clock = core.Feed(feed_slot(draft, _clock(date), scope.elements))
                return combine(Binary.ADD, clock, _length(draft, expression, length, scope))
    return _of_its_day(draft, expression, scope)


def _length(draft: Draft, added: Operation, length: Duration, scope: Scope) -> core.Expression:
    """The time from now that a duration comes to, if it begins now."""
    if (same := length.everywhere(draft.definition.clock)) is not None:
        return core.Constant(same, Sort.INSTANT)
    return _of_its_day(draft, replace(added, name="lag"), scope)


def _of_its_day(draft: Draft, expression: Expression, scope: Scope) -> core.Expression:
    """The value for the present day, kept in a hidden state."""
    if draft.definition.perpetual:
        raise draft.refuse("E0441", expression.span)
    day = Variable("day of life", Plain.DATE, expression.span)
    course = along(draft, _days_of_life(draft), day, Scope())
    members = replace(course.members, elements=scope.elements)
    column = scalar(draft, _with(expression, day), members)
    sort = sort_of(expression.type)
    name = spelled(expression, scope.elements)
    state = state_slot(draft, ("today", column), name, sort, core.Constant(0, sort))
    if not any(_assigns(clause, state.slot) for clause in draft.observations):
        observe(draft, course.slot, core.Assign(state.slot, column), column, scope.life)
    return state


def _assigns(clause: core.Timed | core.Watch, state: int) -> bool:
    return any(isinstance(a, core.Assign) and a.state == state for a in clause.actions)


def _days_of_life(draft: Draft) -> Operation:
    """The start, and each cut after it until the last instant at which a clause acts."""
    definition = draft.definition
    heads = [
        head
        for clause in definition.clauses
        for head in heads_of(clause)
        if head.type in (Plain.DATE, Plain.SCHEDULE, ListOf(Plain.PERIOD)) and is_static(head, ())
    ]
    span = definition.span
    begin = Start(Plain.DATE, span)
    return Operation("days_of_life", (begin, *heads), Plain.SCHEDULE, span)


def _is_now(expression: Expression) -> bool:
    return isinstance(expression, Observe) and expression.aspect is Aspect.NOW


def _clock(expression: Expression) -> Observe:
    assert isinstance(expression, Observe)
    return expression


def _is_of_the_calendar(expression: Expression) -> bool:
    """Whether it takes more than comparing instants: then binding has to compute it."""
    match expression:
        case Operation(arguments=arguments):
            return expression.type is Plain.DATE or any(
                each.type in (Plain.DAY_COUNT, Plain.CALENDAR, Plain.PERIOD) for each in arguments
            )
        case Member() | Conditional():
            return expression.type is Plain.DATE
        case _:
            return False


def _with(expression: Expression, day: Variable) -> Expression:
    """The expression with a day in the place of `now`."""
    match expression:
        case Observe(aspect=Aspect.NOW):
            return day
        case Operation(arguments=arguments):
            return replace(expression, arguments=tuple(_with(each, day) for each in arguments))
        case Member(value=value):
            return replace(expression, value=_with(value, day))
        case Conditional(condition=condition, chosen=chosen, otherwise=otherwise):
            return replace(
                expression,
                condition=_with(condition, day),
                chosen=_with(chosen, day),
                otherwise=_with(otherwise, day),
            )
        case _:
            return expression
