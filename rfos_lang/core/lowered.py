"""A lowered definition: the program, and where its terms come from."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, unique

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.core.program import Program
from rfos_lang.core.values import Recipe
from rfos_lang.semantics.definition import Definition


@dataclass(frozen=True, slots=True)
class Shape:
    """What two instances of one program have in common besides the definition: the length of each
    list parameter. A parameter that is not named has the length of its default."""

    lengths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScheduleRecipe:
    """How a schedule slot is computed.

    For each occurrence of the schedule `parent` (once, if there is none) the recipe gives a date,
    a schedule or periods; their instants, one after the other, are the slot's. `variables` are the
    names that stand for the date or period in columns along this schedule; beside them
    `occurrence_name(slot)` stands for the number of the occurrence.
    """

    recipe: Recipe
    parent: int | None
    variables: tuple[str, ...]


def occurrence_name(slot: int) -> str:
    """The variable that counts the occurrences of a schedule slot, from 0."""
    return f"occurrence of {slot}"


@dataclass(frozen=True, slots=True)
class FeedRecipe:
    """How a feed slot is named once its arguments are known."""

    feed: str
    arguments: tuple[Recipe, ...]
    field: str | None = None


@unique
class Reading(Enum):
    """How far an observation must lie back when it is read."""

    ONCE = "its only instant is past at the first reading"
    ALONG = "row k is past at the reader's occurrence k"
    ALL = "every instant is past; of each occurrence of `parent` those that belong to it"
    ALL_OF_SOME = "as ALL, and there is at least one"


@dataclass(frozen=True, slots=True)
class Causality:
    """Something stored along the schedule `observed` is read by a clause on the schedule `reader`,
    or at any time from the start on if that is None. Checked when an instance is bound. `parent`:
    the reader's schedule, along which `observed` was computed, so that it begins anew each time."""

    reading: Reading
    observed: int
    reader: int | None
    what: str
    span: Span
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program with the origin of each of its slots, in the order of the program's slots."""

    definition: Definition
    shape: Shape
    program: Program
    assets: tuple[Recipe, ...]
    terms: tuple[Recipe, ...]
    schedules: tuple[ScheduleRecipe, ...]
    columns: tuple[Recipe, ...]
    feeds: tuple[FeedRecipe, ...]
    causality: tuple[Causality, ...]
