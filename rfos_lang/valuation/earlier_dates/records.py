"""What a plan is made of."""

from collections.abc import Mapping

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.valuation.earlier_dates.forward import Numbered


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What a contract is worth at a date (`schedule`) by the price of that date.

    `worth` is a formula in the letters `price`, `before` - the price at the date (`since`) that
    was integrated over before, or now - and those of earlier dates.
    """

    since: int | None
    schedule: int
    before: Input
    price: Input
    worth: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """An integral over the levels that an extreme passes between two dates, from what it is at the
    first one (`start`) on. `worth` is a formula in the letter `level` and earlier ones."""

    since: int | None
    schedule: int
    start: Formula
    level: Input
    is_highest: bool
    worth: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What an instance is worth now (`worth`). Its letters, and those of the decisions, are inputs
    of the present, or stand for what is `numbered` or for the value before a decision (`decided`).
    `watches`: whether a level is watched."""

    feed: int
    worth: Formula
    numbered: Mapping[Input, Numbered]
    decided: Mapping[Input, Decision | Climb]
    watches: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A date at which something is decided, or now: its schedule, the letter of its price, how many
    such dates there are until then, and the schedules after it in order of time."""

    schedule: int | None
    price: Input
    depth: int
    order: tuple[int, ...]
