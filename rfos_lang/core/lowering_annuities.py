"""Annuities at a rate that is not known when the contract begins.

What 1 at each date is worth at the first of them is 1 + a / (1 + r y), where y is the time to the
next date and a what the rest is worth there. So it is worked out from the last date back.
"""

from rfos_lang.base import fixed
from rfos_lang.core import program as core
from rfos_lang.core.closures import mentions
from rfos_lang.core.draft import Draft, Scope, scalar, schedule_slot
from rfos_lang.core.program import Binary, Sort
from rfos_lang.core.simplification import combine
from rfos_lang.core.walk import within
from rfos_lang.semantics.definition import ListOf, Operation, Plain, Variable
from rfos_lang.semantics.types import NUMBER

_ONE = core.Constant(fixed.ONE, Sort.NUMBER)
_PERIOD = "period of an annuity"


def annuity(
    draft: Draft,
    expression: Operation,
    scope: Scope,
    lowered: tuple[core.Expression, core.Expression],
) -> core.Expression:
    """`annuity(rate, dates, first, basis)`, its rate and its first date lowered. Raises Unknown."""
    _, dates, _, basis = expression.arguments
    span = expression.span
    if scope.schedule is None:
        raise draft.not_yet(span, "`annuity(...)` outside of a clause at a date")
    if mentions(dates, scope.elements) or mentions(basis, scope.elements):
        raise draft.not_yet(dates.span, "an annuity over dates that differ from clause to clause")
    rate, first = lowered
    if any(isinstance(node, core.Column | core.Stored) for node in within(rate)):
        raise draft.not_yet(span, "`annuity(...)` at a rate read by date that no `let` holds")
    periods = Operation("periods", (dates,), ListOf(Plain.PERIOD), dates.span)
    slot = schedule_slot(draft, periods, scope.elements, variable=_PERIOD)
    period = Variable(_PERIOD, Plain.PERIOD, dates.span)
    years = Operation("year_fraction", (period, basis), NUMBER, span)
    along = Scope(slot, frozenset({_PERIOD}), elements=scope.elements)
    growth = combine(Binary.MULTIPLY, rate, scalar(draft, years, along))
    grown = combine(Binary.ADD, _ONE, growth)
    step = combine(Binary.ADD, _ONE, combine(Binary.DIVIDE, core.Carried(), grown))
    return core.Backward(slot, first, _ONE, step)
