"""What the terms of an instance are made of: dates, schedules, periods, calendars, and numbers.

Everything of the calendar is known once an instance is bound. `evaluate` computes it, in the
settlement arithmetic where it is a number.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from fractions import Fraction
from functools import reduce
from itertools import takewhile

from rfos_lang.base import exponential, fixed, schedule
from rfos_lang.base.calendar import (
    AnyCalendar,
    Calendar,
    Joint,
    Roll,
    business_days,
    calendar_named,
    joined,
    roll,
)
from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.day_count import DayCount, Reference, year_fraction
from rfos_lang.base.duration import Duration, DurationUnit, add
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.schedule import Accrual, Cycle, Period, Stub
from rfos_lang.core.program import Instants
from rfos_lang.semantics.definition import (
    Comprehension,
    Conditional,
    Expression,
    Literal,
    Member,
    Operation,
    Parameter,
    Plain,
    Start,
    Variable,
)

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """A schedule: ascending instants, the calendar they were made with, the instant `before` the
    first one in the schedule that this one was cut from, and for the business days of a stretch of
    time its two ends, so that their periods tile it. `counted`: of instants between which time
    is not counted as they are, those between which it is. `months`: the step, if it is in such."""

    instants: Instants
    calendar: AnyCalendar = Calendar.NONE
    before: int | None = None
    stretch: tuple[int, int] | None = None
    counted: Mapping[int, int] = field(default_factory=dict)
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a schedule, as the variable of `at each t in dates` knows it."""

    instant: int
    index: int
    previous: int | None
    is_first: bool
    is_last: bool


Value = (
    int
    | bool
    | str
    | Duration
    | Calendar
    | Joint
    | DayCount
    | Dates
    | Occurrence
    | Period
    | tuple["Value", ...]
)
"""A number is fixed point, an asset, an index or a text its name, a list a tuple."""

Elements = tuple[tuple[str, "Recipe"], ...]
"""What the variables of the comprehensions around an expression stand for."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """An expression with the meaning of the list variables in it."""

    expression: Expression
    elements: Elements = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """What names mean while an instance is bound; `variables` are those over dates and periods,
    `places` the decimals of each asset; `horizon` is the last date at which the contract acts, None
    until that is known; `clock` is the contract's."""

    start: int
    parameters: Mapping[str, Value]
    variables: Mapping[str, Value]
    elements: Elements = ()
    places: Mapping[str, int] = field(default_factory=dict)
    horizon: int | None = None
    clock: Clock = UTC

    def binding(self, names: tuple[str, ...], value: Value) -> "Environment":
        """With variables that all stand for the value."""
        return replace(self, variables={**self.variables, **dict.fromkeys(names, value)})


def computed(recipe: Recipe, environment: Environment) -> Value:
    """The value of a recipe. Raises what `evaluate` raises."""
    if recipe.elements != environment.elements:
        environment = replace(environment, elements=recipe.elements)
    return evaluate(recipe.expression, environment)


def evaluate(expression: Expression, environment: Environment) -> Value:
    """The value of an expression that observes nothing.

    Raises Refused (codes E05xx) and SettlementError.
    """
    match expression:
        case Literal():
            return _literal(expression)
        case Parameter(name=name):
            return environment.parameters[name]
        case Start():
            return environment.start
        case Variable(name=name):
            value = _variable(name, environment)
            return value.instant if isinstance(value, Occurrence) else value
        case Member(value=Variable(name=name), name=member):
            return _member(_variable(name, environment), member)
        case Member(value=value, name=member):
            return _member(evaluate(value, environment), member)
        case Conditional(condition=condition, chosen=chosen, otherwise=otherwise):
            taken = chosen if evaluate(condition, environment) else otherwise
            return evaluate(taken, environment)
        case Comprehension():
            return _comprehension(expression, environment)
        case Operation(name="and" | "or" as name, arguments=(left, right)):
            first = bool(evaluate(left, environment))
            return first if first == (name == "or") else bool(evaluate(right, environment))
        case Operation(name=name, arguments=arguments):
            values = tuple(evaluate(each, environment) for each in arguments)
            if name == "list":
                return Dates(values) if expression.type is Plain.SCHEDULE else values  # type: ignore[arg-type]
            return _operated(name, values, environment)
        case _:
            raise AssertionError(f"{type(expression).__name__} is not known at binding")


def members(value: Value) -> tuple[Value, ...]:
    """What a list holds, or what `at each` walks over."""
    match value:
        case Dates(instants=instants, before=before):
            if len(instants) > schedule.LENGTH_MAX:
                raise Refused("E0589", limit=schedule.LENGTH_MAX)
            final, earlier = len(instants) - 1, (before, *instants)
            return tuple(
                Occurrence(instant, k, earlier[k], k == 0, k == final)
                for k, instant in enumerate(instants)
            )
        case tuple():
            return value
        case _:
            raise AssertionError("neither a schedule nor a list")


def instant_of(value: Value) -> int:
    """When a clause fires for a member of its schedule: a period at its end."""
    match value:
        case Period(end=end):
            return end
        case Occurrence(instant=instant):
            return instant
        case int():
            return value
        case _:
            raise AssertionError("not a moment")


def _literal(literal: Literal) -> Value:
    match literal.type, literal.value:
        case Plain.CALENDAR, str(name):
            return calendar_named(name)
        case Plain.DAY_COUNT, str(name):
            return DayCount(name)
        case _:
            return literal.value  # type: ignore[return-value]


def _variable(name: str, environment: Environment) -> Value:
    for element, recipe in environment.elements:
        if element == name:
            return computed(recipe, environment)
    return environment.variables[name]


def _member(value: Value, name: str) -> Value:
    if isinstance(value, Occurrence) and name == "previous" and value.previous is None:
        raise Refused("E0533")
    found: Value = getattr(value, name)
    return found * fixed.ONE if name == "index" else found


def _comprehension(expression: Comprehension, environment: Environment) -> Value:
    sources = [members(evaluate(source, environment)) for source in expression.sources]
    if len({len(source) for source in sources}) > 1:
        shown = " and ".join(str(len(source)) for source in sources)
        raise Refused("E0536", lengths=shown)
    names = [variable.name for variable in expression.variables]
    values = []
    for row in zip(*sources, strict=True):
        inner = {**environment.variables, **dict(zip(names, row, strict=True))}
        values.append(evaluate(expression.body, replace(environment, variables=inner)))
    return _of_list(expression.function, tuple(values))


def _of_list(function: str, values: tuple[Value, ...]) -> int:
    numbers: list[int] = [value for value in values if isinstance(value, int)]
    match function:
        case "sum":
            return reduce(fixed.add, numbers, 0)
        case "product":
            return reduce(fixed.multiply, numbers, fixed.ONE)
        case "count":
            return sum(numbers) * fixed.ONE
        case _ if not numbers:
            raise Refused("E0538", function=function)
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "mean":
            return fixed.divide(reduce(fixed.add, numbers), len(numbers) * fixed.ONE)
        case _:
            raise AssertionError(f"`{function}` of a list")


# --- operators and functions ---------------------------------------------------------------------


def _operated(name: str, values: tuple[Value, ...], environment: Environment) -> Value:
    clock = environment.clock
    match name, values:
        case "add_duration", (int(instant), Duration() as duration):
            return add(instant, duration, clock=clock)
        case "lag", (int(instant), Duration() as duration):
            return add(instant, duration, clock=clock) - instant
        case "days_of_life", (int(begin), *heads):
            return _days_of_life(begin, heads, clock)
        case "neg", (Duration() as duration,):
            return -duration
        case "of_calendar", (Duration() as duration, (Calendar() | Joint()) as calendar):
            return replace(duration, calendar=calendar)
        case "joint", ((Calendar() | Joint()) as first, (Calendar() | Joint()) as second):
            return joined(first, second)
        case "==", (left, right):
            return left == right
        case "!=", (left, right):
            return left != right
        case "index", (Dates(instants=items) | (tuple() as items), int(position)):
            return _at_position(items, position)
        case "size", (Dates(instants=items) | (tuple() as items),):
            return len(items) * fixed.ONE
        case "accrued", (Dates() as dates, int(instant)):
            return _accrued(dates, instant, clock)
        case "every", (Duration() as step,):
            if environment.horizon is None:
                raise Refused("E0541", step=step)
            return Dates(schedule.every(step, environment.start, environment.horizon))
        case (("min" | "max" | "sum" | "mean"), (tuple() as items,)):
            return _of_list(name, items)
        case "year_fraction", (int(start), int(end), DayCount() as basis):
            return fixed.from_decimal(year_fraction(start, end, basis, clock=clock))
        case "year_fraction", (Period() as counted, DayCount() as basis):
            return fixed.from_decimal(_years(counted, basis, clock))
        case "minor_unit", (str(ticker),):
            return 10 ** (fixed.DECIMALS - environment.places[ticker])
        case "periods", (Dates() as dates,):
            return _periods(dates, clock)
        case "business_days", (int(start), int(end), (Calendar() | Joint()) as calendar):
            return _business_days(start, end, calendar, clock)
        case "after", (Dates() as dates, int(instant)):
            return _after(dates, instant)
        case "annuity", (int(rate), Dates() as dates, int(first), DayCount() as basis):
            return _annuity(rate, _periods(dates, clock), first, basis, clock)
        case "merged", _:
            return _merged([value for value in values if isinstance(value, Dates)])
        case (("first" | "last"), (Dates(instants=instants),)):
            if not instants:
                raise Refused("E0535", function=name)
            return instants[0 if name == "first" else -1]
        case "tail", (Dates(instants=instants) as dates,):
            return replace(dates, instants=instants[1:], before=instants[0] if instants else None)
        case "schedule", _:
            return _schedule(*values, clock=clock)
        case _:
            return _arithmetic(name, tuple(value for value in values if isinstance(value, int)))


def _at_position(items: Sequence[Value], position: int) -> Value:
    whole, rest = divmod(position, fixed.ONE)
    if rest or not 0 <= whole < len(items):
        raise Refused("E0539", position=fixed.shown(position), length=len(items))
    return items[whole]


def _ends(dates: Dates) -> tuple[int, ...]:
    """The instants between which the periods of a schedule lie."""
    if dates.stretch is None:
        return tuple(dates.instants)
    return tuple(sorted({*dates.instants, *dates.stretch}))


def _business_days(start: int, end: int, calendar: AnyCalendar, clock: Clock) -> Dates:
    """The business days from a date up to, and without, another, each at the time of day of the
    first."""
    days = business_days(clock.day(start), clock.day(end) + ONE_DAY, calendar)
    instants = tuple(takewhile(end.__gt__, (clock.on(day, start) for day in days)))
    return Dates(instants, calendar, stretch=(start, end) if start < end else None)


def _after(dates: Dates, instant: int) -> Dates:
    """The dates of a schedule at or after an instant."""
    at = bisect_left(dates.instants, instant)
    before = dates.instants[at - 1] if at else dates.before
    return replace(dates, instants=dates.instants[at:], before=before, stretch=None)


def _days_of_life(begin: int, heads: Sequence[Value], clock: Clock) -> Dates:
    """The beginning, and each cut after it until the last instant of the heads of clauses."""
    moments = [begin]
    for head in heads:
        moments += [head] if isinstance(head, int) else map(instant_of, members(head))
    return Dates((begin, *clock.cuts(begin, max(moments))))


def _periods(dates: Dates, clock: Clock) -> tuple[Period, ...]:
    ends = _ends(dates)
    accruals = [dates.counted.get(instant, instant) for instant in ends]
    found = schedule.periods(ends, accruals)
    return tuple(
        replace(period, pay=_pay(period, dates, clock), reference=_reference(period, dates))
        for period in found
    )


def _reference(period: Period, dates: Dates) -> Reference:
    ends = period.accrual_start, period.accrual_end
    return Reference(*ends, dates.months, period.is_first, period.is_last)


def _accrued(dates: Dates, instant: int, clock: Clock) -> Period:
    """What has passed of the period of a schedule in which an instant lies; nothing outside."""
    for period in _periods(dates, clock):
        if period.start <= instant < period.end:
            return replace(period, end=instant, pay=instant, accrual_end=instant)
    return Period(0, instant, instant, instant, False, False, instant, instant)


def _pay(period: Period, dates: Dates, clock: Clock) -> int:
    """The first business day at or after the period's end."""
    day = roll(clock.day(period.end), Roll.FOLLOWING, dates.calendar)
    return clock.on(day, period.end)


def _years(period: Period, basis: DayCount, clock: Clock) -> Fraction:
    ends = period.accrual_start, period.accrual_end
    return year_fraction(*ends, basis, period.reference, clock)


def _annuity(
    rate: int, stretches: tuple[Period, ...], first: int, basis: DayCount, clock: Clock
) -> int:
    """What 1 at each date from `first` on is worth at `first`, with interest at `rate` added at
    each: as `lowering_annuities` writes it."""
    value = fixed.ONE
    for period in reversed([each for each in stretches if each.end > first]):
        years = _years(period, basis, clock)
        grown = fixed.add(fixed.ONE, fixed.multiply(rate, fixed.from_decimal(years)))
        value = fixed.add(fixed.ONE, fixed.divide(value, grown))
    return value


def _merged(parts: list[Dates]) -> Dates:
    """The dates of several schedules in one; where they differ about business days, there are
    none but weekends and holidays of the first that has a calendar."""
    calendars = (part.calendar for part in parts if part.calendar is not Calendar.NONE)
    return Dates(
        tuple(sorted({instant for part in parts for instant in part.instants})),
        next(calendars, Calendar.NONE),
        counted={at: day for part in parts for at, day in part.counted.items()},
    )


def _schedule(
    first: Value,
    last: Value,
    step: Value,
    calendar: Value,
    convention: Value,
    stub: Value,
    month_end: Value,
    with_last: Value,
    accrual: Value,
    *,
    clock: Clock,
) -> Dates:
    assert isinstance(first, int) and isinstance(last, int)
    assert isinstance(step, Duration) and isinstance(calendar, Calendar | Joint)
    rule = Cycle(first, last, step, calendar, Stub(stub), bool(month_end), bool(with_last), clock)
    days = schedule.moved(schedule.cycle(rule), Roll(convention), calendar, clock)
    months = {DurationUnit.MONTH: step.count, DurationUnit.YEAR: 12 * step.count}.get(step.unit)
    counted = _counted(days, Accrual(accrual), rule)
    return Dates(tuple(days), calendar, counted=counted, months=months)


def _counted(days: Mapping[int, int], accrual: Accrual, rule: Cycle) -> Mapping[int, int]:
    """Of moved dates, with those that they were before, the dates that time is counted between."""
    if accrual is Accrual.ADJUSTED:
        return {}
    by = Roll(accrual.value), rule.calendar, rule.clock
    return {at: next(iter(schedule.moved([day], *by))) for at, day in days.items()}


def _arithmetic(name: str, numbers: tuple[int, ...]) -> int | bool:
    match name, numbers:
        case "+", (left, right):
            return fixed.add(left, right)
        case "-", (left, right):
            return fixed.subtract(left, right)
        case "*", (left, right):
            return fixed.multiply(left, right)
        case "/", (left, right):
            return fixed.divide(left, right)
        case "^", (base, exponent):
            return exponential.raised(base, exponent)
        case "round", (value, unit):
            return fixed.rounded_to(value, unit)
        case "log", (operand,):
            return exponential.logarithm(operand)
        case "exp", (operand,):
            return exponential.exponential(operand)
        case "sqrt", (operand,):
            return exponential.square_root(operand)
        case "<", (left, right):
            return left < right
        case "<=", (left, right):
            return left <= right
        case ">", (left, right):
            return left > right
        case ">=", (left, right):
            return left >= right
        case "neg", (operand,):
            return fixed.negate(operand)
        case "abs", (operand,):
            return fixed.absolute(operand)
        case "not", (operand,):
            return not operand
        case "min", _:
            return min(numbers)
        case "max", _:
            return max(numbers)
        case "clamp", (value, low, high):
            return min(max(value, low), high)
        case _:
            raise AssertionError(f"`{name}` at binding")
