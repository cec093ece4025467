"""No clause reads the future.

What can be decided from the text is decided here; where it takes the dates themselves, it is left
to the binding of the instance.
"""

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum, unique

from rfos_lang.base.diagnostic import Related
from rfos_lang.base.duration import Duration
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.definition import (
    AtClause,
    AtEachClause,
    ChoiceClause,
    Clause,
    CollateralRule,
    Comprehension,
    Definition,
    Expression,
    Fold,
    LiquidationRule,
    Literal,
    Member,
    Operation,
    Parameter,
    Payment,
    Plain,
    Sampled,
    Start,
    Statement,
    Variable,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.scope import Checking
from rfos_lang.semantics.walk import children, expressions_of, is_gathered, statements_within

# --- the order of instants -----------------------------------------------------------------------


@unique
class Order(Enum):
    """How one instant lies to another, as far as the text tells."""

    NOT_AFTER = "not after"
    AFTER = "after"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the clauses tell about instants: the schedule that each clause variable walks, and the
    instants (by key) that lie ahead of the start because a clause acts at them."""

    schedules: Mapping[str, Hashable]
    ahead: frozenset[Hashable]


def key(expression: Expression) -> Hashable:
    """Equal for instants and schedules that are the same by their spelling."""
    match expression:
        case Literal(value=value):
            return ("literal", str(value))
        case Parameter(name=name) | Variable(name=name):
            return ("name", name)
        case Start():
            return ("start",)
        case Member(value=value, name=name):
            return ("member", key(value), "end" if name == "pay" else name)
        case Operation(name=name, arguments=arguments):
            return (name, *map(key, arguments))
        case _:
            return id(expression)


def order(calendar: Calendar, instant: Expression, now: Expression) -> Order:
    """How `instant` lies to `now`."""
    (base, shift), (now_base, now_shift) = _shifted(instant), _shifted(now)
    if key(instant) == key(now):
        return Order.NOT_AFTER
    if shift is not None and now_shift is not None and key(base) == key(now_base):
        return _by_sign(shift, now_shift)
    if now_shift != 0:
        return Order.UNKNOWN
    match base, now:
        case Literal(value=int(first)), Literal(value=int(second)) if shift == 0:
            return Order.NOT_AFTER if first <= second else Order.AFTER
    found = _unshifted(calendar, base, now)
    if shift == 0 or (found is Order.NOT_AFTER and shift is not None and shift < 0):
        return found
    return found if found is Order.AFTER and shift is not None and shift > 0 else Order.UNKNOWN


def _shifted(instant: Expression) -> tuple[Expression, int | None]:
    """The instant that durations are added to, and the sign of their sum; None if unclear."""
    sign: int | None = 0
    while isinstance(instant, Operation) and instant.name == "add_duration":
        instant, by = instant.arguments
        if not (isinstance(by, Literal) and isinstance(by.value, Duration)):
            sign = None
        elif sign is not None:
            new = (by.value.count > 0) - (by.value.count < 0)
            sign = new if sign == 0 else (sign if new in (0, sign) else None)
    return instant, sign


def _by_sign(shift: int, now_shift: int) -> Order:
    if now_shift == 0:
        return Order.AFTER if shift > 0 else Order.NOT_AFTER
    if shift == 0:
        return Order.NOT_AFTER if now_shift > 0 else Order.AFTER
    if shift == now_shift:
        return Order.UNKNOWN
    return Order.AFTER if shift > 0 else Order.NOT_AFTER


def _unshifted(calendar: Calendar, instant: Expression, now: Expression) -> Order:
    """For instants that are no sums."""
    match instant, now:
        case Start(), _:
            return Order.NOT_AFTER
        case _, Start():
            return Order.AFTER if key(instant) in calendar.ahead else Order.UNKNOWN
        case Member(value=period, name=name), Member(value=other) if key(period) == key(other):
            return Order.NOT_AFTER if name == "start" else Order.AFTER
        case Member(value=Variable() as date, name="previous"), _ if key(date) == key(now):
            return Order.NOT_AFTER
        case _, Member(value=Variable() as date, name="previous") if key(date) == key(instant):
            return Order.AFTER
    schedule = _schedule(calendar, now)
    match instant:
        case Operation(name="first", arguments=(dates,)) if key(dates) == schedule:
            return Order.NOT_AFTER
        case Operation(name="last", arguments=(dates,)) if key(dates) == schedule:
            return Order.AFTER
    walked = _schedule(calendar, instant)
    match now:
        case Operation(name="last", arguments=(dates,)) if key(dates) == walked:
            return Order.NOT_AFTER
    return Order.UNKNOWN


def _schedule(calendar: Calendar, instant: Expression) -> Hashable:
    """The schedule that the instant is one of, if the text tells."""
    match instant:
        case Variable(name=name) | Member(value=Variable(name=name)):
            return calendar.schedules.get(name)
        case Operation(name="first" | "last", arguments=(dates,)):
            return key(dates)
        case _:
            return None


# --- what clauses read ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is evaluated at an instant, or at any time from it on: `span` and `words` say
    where the text says so."""

    now: Expression
    expressions: tuple[Expression, ...]
    span: Span
    body: tuple[Statement, ...] = ()


def check_causality(checking: Checking, definition: Definition) -> None:
    """Reports E0415 for each provable reading of the future, and E0416 for a payment that is owed
    before it is fixed."""
    calendar = _calendar(definition.clauses)
    for act in _acts(definition):
        own = [e for s in statements_within(act.body) for e in expressions_of(s)]
        for expression in (*act.expressions, *own):
            _check_reading(checking, calendar, expression, act.now, act.span)
        for statement in statements_within(act.body):
            if isinstance(statement, Payment) and statement.on is not None:
                _check_payment(checking, calendar, statement, act)


def _calendar(clauses: tuple[Clause, ...]) -> Calendar:
    walked = [(c.variable, c.schedule) for c in clauses if isinstance(c, AtEachClause)]
    walked += [c.each for c in clauses if isinstance(c, ChoiceClause) and c.each is not None]
    schedules = {variable.name: _base_schedule(schedule) for variable, schedule in walked}
    ahead: set[Hashable] = {("last", schedule) for schedule in schedules.values()}
    for clause in clauses:
        match clause:
            case AtClause(instant=instant):
                ahead.add(key(instant))
            case ChoiceClause(until=until, at=at):
                ahead |= {key(instant) for instant in (until, at) if instant is not None}
    return Calendar(schedules, frozenset(ahead - {("start",)}))


def _base_schedule(schedule: Expression) -> Hashable:
    """The key of a schedule; for its periods, of the schedule itself."""
    return key(_walked(schedule))


def _walked(schedule: Expression) -> Expression:
    """A schedule itself; for its periods, the schedule."""
    match schedule:
        case Operation(name="periods", arguments=(dates,)):
            return dates
        case _:
            return schedule


def moment(variable: Variable) -> Expression:
    """When `at each` acts: at each date, or at the end of each period."""
    if variable.type is Plain.PERIOD:
        return Member(variable, "end", Plain.DATE, variable.span)
    return variable


def _acts(definition: Definition) -> Iterator[Act]:
    """Everything that is evaluated, with the earliest instant at which it may be."""
    for clause in definition.clauses:
        yield from _clause_acts(clause)
    begin = Start(Plain.DATE, definition.span)
    for rule in (*definition.collateral, *definition.liquidation):
        match rule:
            case CollateralRule(maintenance=first, initial=second):
                yield Act(begin, (first, second), rule.span)
            case LiquidationRule(when=first, restore=second):
                yield Act(begin, (first, second), rule.span)


def _clause_acts(clause: Clause) -> Iterator[Act]:
    match clause:
        case AtClause(instant=instant, body=body):
            yield Act(instant, (), instant.span, body)
        case AtEachClause(variable=variable, body=body):
            yield Act(moment(variable), (), variable.span, body)
        case WhenEachClause(stream=stream, body=body):
            yield Act(Start(Plain.DATE, clause.span), (), stream.span, body)
        case WhenClause(condition=condition, schedule=None, body=body):
            yield Act(Start(Plain.DATE, clause.span), (condition,), condition.span, body)
        case WhenClause(condition=condition, schedule=schedule, body=body):
            assert schedule is not None
            first = Operation("first", (schedule,), Plain.DATE, schedule.span)
            yield Act(first, (condition,), condition.span, body)
        case ChoiceClause(until=until, opens=opens):
            begin = Start(Plain.DATE, clause.span)
            if until is None and clause.at is None and clause.each is None:
                yield Act(begin, (), clause.span, clause.body)
                return
            if until is None:
                due = clause.at if clause.each is None else moment(clause.each[0])
                assert due is not None
                earliest = due
            else:
                due, earliest = until, opens or begin
            default = () if clause.default is None else (clause.default,)
            yield Act(earliest, (), earliest.span, clause.body)
            yield Act(due, default, due.span, clause.otherwise)


def _check_reading(
    checking: Checking, calendar: Calendar, expression: Expression, now: Expression, span: Span
) -> None:
    """Descends to everything that is read at an instant of its own."""
    stack, seen = [expression], set[int]()
    while stack:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        match here:
            case Sampled(value=value, instant=instant):
                if order(calendar, instant, now) is Order.AFTER:
                    _report(checking, here, span)
                _check_reading(checking, calendar, value, instant, here.span)
            case Fold(schedule=schedule) if schedule is not None:
                first = Operation("first", (schedule,), Plain.DATE, schedule.span)
                if order(calendar, first, now) is Order.AFTER:
                    _report(checking, here, span)
                stack.extend(children(here))
            case Comprehension() if is_gathered(here):
                _check_members(checking, calendar, here, now, span)
            case _:
                stack.extend(children(here))


def _check_members(
    checking: Checking, calendar: Calendar, gathered: Comprehension, now: Expression, span: Span
) -> None:
    """Over dates: each member is worked out at its own date, and the whole after the last one."""
    (variable,), (source,) = gathered.variables, gathered.sources
    walked = _walked(source)
    last = Operation("last", (walked,), Plain.DATE, source.span)
    if order(calendar, last, now) is Order.AFTER:
        _report(checking, gathered, span)
    schedules = {**calendar.schedules, variable.name: key(walked)}
    inner = Calendar(schedules, calendar.ahead)
    _check_reading(checking, inner, gathered.body, moment(variable), gathered.span)


def _report(checking: Checking, reading: Expression, clause: Span) -> None:
    now = " ".join(checking.text[clause.start : clause.end].split())
    related = (Related(clause, "this is evaluated here, before that"),)
    checking.report("E0415", reading.span, words=checking.words(reading), now=now, related=related)


def _check_payment(checking: Checking, calendar: Calendar, payment: Payment, act: Act) -> None:
    assert payment.on is not None
    if order(calendar, act.now, payment.on) is Order.AFTER:
        words = checking.words(payment.on)
        related = (Related(act.span, "the amount is fixed here"),)
        checking.report("E0416", payment.on.span, words=words, related=related)
