"""What a contract remembers: observations at earlier instants, and functions of a path.

Each becomes a hidden state or table, and a made clause that fills it before anything else happens
at its instant.
"""

from collections.abc import Callable
from dataclasses import replace

from rfos_lang.base import fixed
from rfos_lang.core import program as core
from rfos_lang.core.closures import mentions
from rfos_lang.core.draft import (
    WHOLE,
    Draft,
    Life,
    Scope,
    key,
    scalar,
    schedule_slot,
    sort_of,
    state_slot,
    table_slot,
)
from rfos_lang.core.lowered import Causality, Reading
from rfos_lang.core.lowering_running import Course, Following, Path, along, observe, running
from rfos_lang.core.program import Binary, Sort
from rfos_lang.core.simplification import combine, select
from rfos_lang.core.spelling import spelled
from rfos_lang.core.values import Elements
from rfos_lang.core.walk import feeds_in
from rfos_lang.semantics.definition import (
    Comprehension,
    Expression,
    Fold,
    Operation,
    Plain,
    Sampled,
    Variable,
)
from rfos_lang.semantics.types import NUMBER

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
    slot, life = schedule_slot(draft, instant, elements, scope.schedule), _remembering(scope)
    name = _sampled_name(expression, instant, scope.elements)
    wanted = ("at", now, slot, life)
    new = wanted not in draft.tables
    table = table_slot(draft, wanted, name, scope.schedule)
    if new:
        observe(draft, slot, core.Store(table, now), now, life)
    draft.causality[Causality(Reading.ALONG, slot, scope.reader, name, expression.span)] = None
    return core.Stored(table)


def _captured_once(
    draft: Draft, expression: Expression, now: core.Expression, scope: Scope
) -> core.Expression:
    assert scope.sampling is not None
    instant, elements = scope.sampling.expression, scope.sampling.elements
    slot, life = schedule_slot(draft, instant, elements), _remembering(scope)
    name = _sampled_name(expression, instant, scope.elements)
    sort = sort_of(expression.type)
    wanted = ("at", now, slot, life)
    new = wanted not in draft.states
    state = state_slot(draft, wanted, name, sort, core.Constant(0, sort))
    if new:
        observe(draft, slot, core.Assign(state.slot, now), now, life)
    draft.causality[Causality(Reading.ONCE, slot, scope.reader, name, expression.span)] = None
    return state


def _remembering(scope: Scope) -> Life:
    """How long an observation at a named instant may be made: for a contract that this one becomes,
    from the beginning, for it may be made before."""
    return WHOLE if scope.life.stage else scope.life


def _sampled_name(expression: Expression, instant: Expression, elements: Elements) -> str:
    return spelled(Sampled(expression, instant, expression.type, expression.span), elements)


# --- functions of a path -------------------------------------------------------------------------


def folded(draft: Draft, fold: Fold, scope: Scope, lower: Lower) -> core.Expression:
    """`mean(S on fixings)`, `ever(S <= barrier)`: its value up to now."""
    if fold.schedule is None:
        value = lower(draft, fold.value, Scope(elements=scope.elements, life=scope.life))
        return _path_value(draft, Path(value, feeds_in(value), fold, scope))
    name = f"member of {key(draft, fold.schedule, scope.elements)}"
    variable = Variable(name, Plain.DATE, fold.schedule.span)
    course = along(draft, fold.schedule, variable, scope)
    value = lower(draft, fold.value, replace(course.members, own=frozenset(), dated=True))
    return _path_value(draft, Path(value, course, fold, scope))


def over_dates(
    draft: Draft, gathered: Comprehension, scope: Scope, lower: Lower
) -> core.Expression:
    """`sum(f(t) for t in dates)`, which observes: each member is taken in at its date, a period's
    at its end, and the whole is read after the last one."""
    (variable,), (source,) = gathered.variables, gathered.sources
    course = along(draft, source, variable, scope)
    value = lower(draft, gathered.body, course.members)
    path = Path(value, course, gathered, scope)
    name, some = spelled(gathered, scope.elements), gathered.function in ("min", "max", "mean")
    reading = Reading.ALL_OF_SOME if some else Reading.ALL
    read = Causality(reading, course.slot, scope.reader, name, gathered.span, course.parent)
    draft.causality[read] = None
    if gathered.function == "mean":
        size = Operation("size", (source,), NUMBER, source.span)
        return combine(Binary.DIVIDE, _sum(draft, path), scalar(draft, size, scope))
    return _path_value(draft, path)


def _path_value(draft: Draft, path: Path) -> core.Expression:
    value = path.value
    match path.fold.function:
        case "sum":
            return _sum(draft, path)
        case "product":
            times = Following(ONE, lambda so_far: combine(Binary.MULTIPLY, so_far, value))
            return running(draft, path, "product", times)
        case "mean":
            return combine(Binary.DIVIDE, _sum(draft, path), _observations(draft, path))
        case "count":
            one = select(value, ONE, ZERO)
            return running(draft, path, "count", Following(ZERO, lambda so_far: plus(so_far, one)))
        case "ever":
            either = Following(core.FALSE, lambda so_far: combine(Binary.OR, so_far, value))
            return running(draft, path, "ever", either)
        case "highest" | "max":
            return _extreme(draft, path, Binary.MAXIMUM)
        case "lowest" | "min":
            return _extreme(draft, path, Binary.MINIMUM)
        case function:
            raise AssertionError(f"`{function}` of a path")


def _sum(draft: Draft, path: Path) -> core.Expression:
    return running(draft, path, "sum", Following(ZERO, lambda so_far: plus(so_far, path.value)))


def _observations(draft: Draft, path: Path) -> core.Expression:
    """How many there were, whatever their value."""
    counted = replace(path, value=core.TRUE)
    return running(draft, counted, "count", Following(ZERO, lambda so_far: plus(so_far, ONE)))


def _extreme(draft: Draft, path: Path, better: Binary) -> core.Expression:
    """The first observation counts whatever it is, each later one if it is better."""
    place, is_fold = path.place, isinstance(path.fold, Fold)
    if isinstance(place, Course) and not (is_fold and place.parent is None):
        is_first: core.Expression = place.is_first(draft)
    else:
        is_first = combine(Binary.EQUAL, _observations(draft, path), ONE)

    def following(so_far: core.Expression) -> core.Expression:
        return select(is_first, path.value, combine(better, so_far, path.value))

    return running(draft, path, path.fold.function, Following(ZERO, following))


def plus(left: core.Expression, right: core.Expression) -> core.Expression:
    return combine(Binary.ADD, left, right)
