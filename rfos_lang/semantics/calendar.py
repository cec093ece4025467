"""Dates, durations, schedules and periods: literals, arithmetic and fields."""

from dataclasses import replace
from datetime import UTC, datetime

from rfos_lang.base import instant
from rfos_lang.base.calendar import Calendar, calendar_named, joined
from rfos_lang.base.diagnostic import rewriting
from rfos_lang.base.duration import Duration, DurationUnit
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Member,
    Observe,
    Operation,
    Plain,
    Record,
    Type,
    Variable,
)
from rfos_lang.semantics.functions import field_of
from rfos_lang.semantics.scope import Checking, Mend, Scope, Value, lookup, missing
from rfos_lang.semantics.types import NUMBER, described
from rfos_lang.syntax import tree

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PERIOD_FIELDS: dict[str, Type] = {
    "start": Plain.DATE,
    "end": Plain.DATE,
    "pay": Plain.DATE,
    "index": NUMBER,
    "is_first": Plain.TRUTH,
    "is_last": Plain.TRUTH,
    "accrual_start": Plain.DATE,
    "accrual_end": Plain.DATE,
}
DATE_FIELDS: dict[str, Type] = {
    "previous": Plain.DATE,
    "index": NUMBER,
    "is_first": Plain.TRUTH,
    "is_last": Plain.TRUTH,
}
"""The fields of the variable of `at each t in dates`; other dates have none."""


SCHEDULE_FIELDS = ("first", "last")


# --- literals ------------------------------------------------------------------------------------


def date_literal(checking: Checking, node: tree.Date) -> Expression | None:
    """A date: the contract's cut on that day."""
    if not _in_range(checking, node, node.value.year, node.value.isoformat()):
        return None
    return Literal(checking.clock.at_cut(node.value), Plain.DATE, node.span)


def instant_literal(checking: Checking, node: tree.Instant) -> Expression | None:
    """An instant in UTC."""
    shown = f"{node.value:%Y-%m-%dT%H:%M}Z"
    if not _in_range(checking, node, node.value.year, shown):
        return None
    passed = node.value - _EPOCH
    seconds = passed.days * 86_400 + passed.seconds
    moment = seconds * instant.SECOND + passed.microseconds * 1000
    return Literal(moment, Plain.DATE, node.span)


def _in_range(checking: Checking, node: tree.Node, year: int, text: str) -> bool:
    first, last = instant.FIRST_YEAR, instant.LAST_YEAR
    if first <= year <= last:
        return True
    checking.report("E0581", node.span, text=text, first=first, last=last)
    return False


def duration_literal(checking: Checking, scope: Scope, node: tree.Duration) -> Expression | None:
    """A duration, business days with the calendar that they name."""
    plain = Duration(node.count, DurationUnit(node.unit))
    duration = Literal(plain, Plain.DURATION, node.span)
    if node.calendar is None:
        return duration
    match _calendar(checking, scope, node.calendar):
        case None:
            return None
        case Literal(value=str(name)):
            return replace(duration, value=replace(plain, calendar=calendar_named(name)))
        case calendar:
            return Operation("of_calendar", (duration, calendar), Plain.DURATION, node.span)


def _calendar(checking: Checking, scope: Scope, node: tree.Expression) -> Expression | None:
    """The calendar of business days: a name, or several joined by `+`."""
    match node:
        case tree.Binary(operator="+", left=left, right=right):
            first, second = (_calendar(checking, scope, part) for part in (left, right))
            return None if first is None or second is None else joint(node, first, second)
        case tree.Name():
            return _named_calendar(checking, scope, node)
        case _:
            checking.report("E0220", node.span)
            return None


def joint(node: tree.Binary, first: Expression, second: Expression) -> Expression:
    """`NYC + LON`: the business days of both."""
    match first, second:
        case Literal(value=str(name)), Literal(value=str(other)):
            both = joined(calendar_named(name), calendar_named(other))
            return Literal(both.value, Plain.CALENDAR, node.span)
        case _:
            return Operation("joint", (first, second), Plain.CALENDAR, node.span)


def _named_calendar(checking: Checking, scope: Scope, node: tree.Name) -> Expression | None:
    checking.used.add(node.text)
    match lookup(scope, node.text):
        case Value(expression=expression) if expression and expression.type is Plain.CALENDAR:
            return expression
        case None:
            missing(checking, node, "a calendar", [each.value for each in Calendar])
        case _:
            checking.report("E0220", node.span)
    return None


# --- arithmetic ----------------------------------------------------------------------------------


def shift_date(
    checking: Checking, node: tree.Binary, date: Expression, by: Expression
) -> Expression | None:
    """`date + duration` and `date - duration`."""
    if by.type is not Plain.DURATION:
        words = checking.words(node.right)
        name = {"+": "added to", "-": "subtracted from"}[node.operator]
        mend = _date_mend(checking, node, by)
        found = described(by.type)
        checking.report("E0213", node.right.span, words=words, found=found, name=name, mend=mend)
        return None
    duration = _checked_duration(checking, by)
    if duration is None:
        return None
    if node.operator == "-":
        duration = _negated(duration)
    return Operation("add_duration", (date, duration), Plain.DATE, node.span)


def _date_mend(checking: Checking, node: tree.Binary, by: Expression) -> Mend | None:
    if by.type is Plain.DATE and node.operator == "-":
        first, last = checking.quoted(node.right), checking.quoted(node.left)
        text = f"year_fraction({first}, {last}, act/365)"
        fix = rewriting(f"write `{text}`", node.span, text)
        return Mend(f"the time between them is `{text}`", (fix,))
    if isinstance(node.right, tree.Number) and node.right.spelling.isdigit():
        days, months = f"{node.right.spelling}d", f"{node.right.spelling}M"
        fixes = tuple(rewriting(f"write `{it}`", node.right.span, it) for it in (days, months))
        return Mend(f"say what it counts: `{days}` or `{months}`", fixes)
    return None


def _checked_duration(checking: Checking, by: Expression) -> Expression | None:
    match by:
        case Literal(value=Duration(unit=DurationUnit.BUSINESS_DAY, calendar=None)):
            checking.report("E0583", by.span, duration=by.value)
            return None
        case _:
            return by


def _negated(duration: Expression) -> Expression:
    if isinstance(duration, Literal) and isinstance(duration.value, Duration):
        return replace(duration, value=-duration.value)
    return Operation("neg", (duration,), Plain.DURATION, duration.span)


def compare_dates(node: tree.Binary, left: Expression, right: Expression) -> Expression:
    """A comparison of two dates."""
    return Operation(node.operator, (left, right), Plain.TRUTH, node.span)


# --- fields --------------------------------------------------------------------------------------


def member(checking: Checking, node: tree.Field, subject: Expression) -> Expression | None:
    """`p.start`, `t.previous`, `dates.first`."""
    match subject.type:
        case Plain.PERIOD:
            return _field(checking, node, subject, PERIOD_FIELDS)
        case Plain.DATE if isinstance(subject, Variable):
            return _field(checking, node, subject, DATE_FIELDS)
        case Record(fields=fields) if isinstance(subject, Observe):
            return _told(checking, node, subject, dict(fields))
        case Plain.SCHEDULE if node.name.text in SCHEDULE_FIELDS:
            return Operation(node.name.text, (subject,), Plain.DATE, node.span)
        case Plain.SCHEDULE:
            missing(checking, node.name, "a field of a schedule", list(SCHEDULE_FIELDS))
            return None
        case _:
            words, found = checking.words(node.subject), described(subject.type)
            checking.report("E0219", node.name.span, words=words, found=found, name=node.name.text)
            return None


def _field(
    checking: Checking, node: tree.Field, subject: Expression, fields: dict[str, Type]
) -> Expression | None:
    type = fields.get(node.name.text)
    if type is None:
        missing(checking, node.name, f"a field of {described(subject.type)}", list(fields))
        return None
    return Member(subject, node.name.text, type, node.span)


def _told(
    checking: Checking, node: tree.Field, subject: Observe, fields: dict[str, Type]
) -> Expression | None:
    """A field of the record that a stream tells."""
    name = node.name.text
    if name not in fields:
        missing(checking, node.name, "a field of the record", list(fields))
        return None
    return field_of(subject, name, node.span)


def element_type(source: Expression) -> Type | None:
    """What `at each` binds to when it walks a schedule or its periods; None for anything else."""
    match source.type:
        case Plain.SCHEDULE:
            return Plain.DATE
        case ListOf(element=Plain.PERIOD):
            return Plain.PERIOD
        case _:
            return None
