"""The program while it is being lowered: slots that exist once for each different thing."""

from dataclasses import field, replace
from typing import TypeVar

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core import program as core
from rfos_lang.core.closures import element, is_asset_name, mentions, unpacked
from rfos_lang.core.lowered import (
    Causality,
    FeedRecipe,
    ScheduleRecipe,
    Shape,
)
from rfos_lang.core.spelling import spelled
from rfos_lang.core.values import Elements, Recipe
from rfos_lang.semantics.definition import (
    Comprehension,
    Definition,
    Expression,
    Fold,
    Literal,
    LocalRead,
    Member,
    Observe,
    Operation,
    Parameter,
    Plain,
    Quantity,
    RiskRead,
    StateRead,
    Type,
    Variable,
)
from rfos_lang.semantics.walk import children

Slot = TypeVar("Slot")


class Unknown(Exception):
    """Part of the definition cannot be lowered; the diagnostic has been made."""


@dataclass(frozen=True, slots=True)
class Life:
    """The state slot by which a contract within the contract lives, and the stage of its clauses;
    see `core.program`."""

    lives: int | None = None
    stage: int = 0


WHOLE = Life()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands.

    `schedule`: the slot whose occurrence columns and tables are read at; `variables`: the names
    that stand for a member of it. `reader`: the slot of the instants at which the expression is
    evaluated, None for any instant from the start on. `own`: the keys of expressions that mean
    the present instant. `sampling`: the earlier instant at which feeds and states are wanted.
    `life`: of the contract within the contract that it belongs to.
    `dated`: the value of a date is wanted of feeds that are published, not their newest.
    """

    schedule: int | None = None
    variables: frozenset[str] = frozenset()
    reader: int | None = None
    own: frozenset[int] = frozenset()
    elements: Elements = ()
    sampling: Recipe | None = None
    life: Life = WHOLE
    dated: bool = False


@dataclass(slots=True)
class Draft:
    """Everything that lowering has made so far. `observations` are the made clauses, `shared` the
    index of the one for a schedule, or for ticks of feeds, and a life, that reads nothing
    remembered."""

    definition: Definition
    shape: Shape
    assets: dict[object, tuple[str, Recipe]] = field(default_factory=dict)
    terms: dict[object, tuple[core.TermSlot, Recipe]] = field(default_factory=dict)
    schedules: dict[object, tuple[str, ScheduleRecipe]] = field(default_factory=dict)
    columns: dict[object, tuple[core.ColumnSlot, Recipe]] = field(default_factory=dict)
    feeds: dict[object, tuple[core.FeedSlot, FeedRecipe]] = field(default_factory=dict)
    states: dict[object, core.StateSlot] = field(default_factory=dict)
    tables: dict[object, core.TableSlot] = field(default_factory=dict)
    observations: list[core.Timed | core.Watch] = field(default_factory=list)
    shared: dict[object, int] = field(default_factory=dict)
    causality: dict[Causality, None] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    locals: dict[str, int] = field(default_factory=dict)
    lowered: dict[tuple[Expression, Scope], core.Expression] = field(default_factory=dict)
    keys: dict[object, int] = field(default_factory=dict)
    known: dict[tuple[Expression, Elements], int] = field(default_factory=dict)

    def refuse(self, code: str, span: Span, **names: object) -> Unknown:
        """Notes a diagnostic and gives the exception to raise."""
        new = report(code, span, label="", related=(), fixes=(), **names)
        if new not in self.diagnostics:
            self.diagnostics.append(new)
        return Unknown()

    def not_yet(self, span: Span, what: str) -> Unknown:
        """The refusal of something that the language has and this version has not."""
        return self.refuse("E0401", span, what=what)


def key(draft: Draft, expression: Expression, elements: Elements = ()) -> int:
    """A number that two expressions share iff they say the same."""
    remembered = (expression, elements)
    if remembered not in draft.known:
        shape = _shape_of(draft, expression, elements)
        draft.known[remembered] = (
            shape if isinstance(shape, int) else draft.keys.setdefault(shape, len(draft.keys))
        )
    return draft.known[remembered]


def _shape_of(draft: Draft, expression: Expression, elements: Elements) -> int | tuple[object, ...]:
    parts = tuple(key(draft, child, elements) for child in children(expression))
    match expression:
        case Literal(value=value):
            return ("literal", expression.type, value)
        case Variable(name=name):
            meant = element(name, elements)
            return ("variable", name) if meant is None else key(draft, *unpacked(meant))
        case Parameter(name=name) | StateRead(name=name) | LocalRead(name=name):
            return (type(expression).__name__, name)
        case Observe(feed=name, aspect=aspect, field=field_name):
            return ("Observe", name, aspect, field_name, expression.type, parts)
        case Operation(name=name) | Member(name=name):
            return (type(expression).__name__, name, parts)
        case Fold(function=function) | Comprehension(function=function):
            names = tuple(v.name for v in getattr(expression, "variables", ()))
            return (type(expression).__name__, function, names, parts)
        case RiskRead(measure=measure):
            return ("risk", measure, parts)
        case _:
            return (type(expression).__name__, parts)


def sort_of(type: Type) -> core.Sort:
    """What integer a value of the type is."""
    match type:
        case Quantity():
            return core.Sort.NUMBER
        case Plain.TRUTH:
            return core.Sort.TRUTH
        case Plain.DATE:
            return core.Sort.INSTANT
        case _:
            raise AssertionError(f"{type} is no value of the core")


# --- slots ---------------------------------------------------------------------------------------


def asset_slot(draft: Draft, expression: Expression, elements: Elements) -> int:
    """The slot of an ASSET expression: a parameter, an element of a list of them, or a ticker."""
    wanted = key(draft, expression, elements)
    if wanted not in draft.assets:
        if not is_asset_name(expression, elements):
            raise draft.not_yet(expression.span, "an asset that is computed")
        name = spelled(expression, elements)
        draft.assets[wanted] = (name, Recipe(expression, elements))
    return list(draft.assets).index(wanted)


def scalar(draft: Draft, expression: Expression, scope: Scope) -> core.Expression:
    """What is known at binding, as a term; along the clause's schedule, as a column."""
    recipe = Recipe(expression, scope.elements)
    wanted = key(draft, expression, scope.elements)
    dependent = mentions(expression, scope.elements)
    sort, name = sort_of(expression.type), spelled(expression, scope.elements)
    if dependent:
        assert scope.schedule is not None and dependent <= scope.variables
        slot = core.ColumnSlot(name, scope.schedule, sort)
        return core.Column(_placed(draft.columns, (wanted, scope.schedule), (slot, recipe)))
    unit = str(expression.type.unit) if isinstance(expression.type, Quantity) else ""
    return core.Term(_placed(draft.terms, wanted, (core.TermSlot(name, sort, unit), recipe)))


def schedule_slot(
    draft: Draft,
    expression: Expression,
    elements: Elements,
    parent: int | None = None,
    variable: str | None = None,
) -> int:
    """The slot of a schedule, of periods (their ends), or of one date; computed for each
    occurrence of the schedule `parent` if there is one. `variable` stands for a member of it."""
    wanted = (key(draft, expression, elements), parent)
    recipe = ScheduleRecipe(Recipe(expression, elements), parent, ())
    name, recipe = draft.schedules.get(wanted, (spelled(expression, elements), recipe))
    if variable is not None and variable not in recipe.variables:
        recipe = replace(recipe, variables=(*recipe.variables, variable))
    draft.schedules[wanted] = (name, recipe)
    return list(draft.schedules).index(wanted)


def feed_slot(draft: Draft, observed: Observe, elements: Elements) -> int:
    """The slot of a feed with these arguments."""
    wanted = key(draft, observed, elements)
    assets = tuple(
        asset_slot(draft, argument, elements)
        for argument in observed.arguments
        if argument.type is Plain.ASSET
    )
    arguments = tuple(Recipe(argument, elements) for argument in observed.arguments)
    name = spelled(observed, elements)
    sort, aspect, rules = sort_of(observed.type), observed.aspect, observed.rules
    slot = core.FeedSlot(observed.feed, assets, name, sort, aspect, rules)
    return _placed(
        draft.feeds, wanted, (slot, FeedRecipe(observed.feed, arguments, observed.field))
    )


def declared_state(draft: Draft, name: str) -> int:
    """The slot of a state of the definition."""
    return list(draft.states).index(("declared", name))


def state_slot(
    draft: Draft, wanted: object, name: str, sort: core.Sort, initial: core.Expression
) -> core.State:
    """A hidden state, found again by `wanted`."""
    return core.State(_placed(draft.states, wanted, core.StateSlot(name, sort, initial)))


def table_slot(draft: Draft, wanted: object, name: str, schedule: int) -> int:
    """A table with a row for each instant of the schedule, found again by `wanted`."""
    return _placed(draft.tables, wanted, core.TableSlot(name, schedule))


def _placed(slots: dict[object, Slot], wanted: object, slot: Slot) -> int:
    slots.setdefault(wanted, slot)
    return list(slots).index(wanted)
