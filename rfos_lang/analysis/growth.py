"""How a bound moves as a price goes up without end: not at all, in proportion, or faster.

The interval arithmetic is run with the price's upper end indefinitely large: a number `slope ×
price + rest`, ordered by the slope first. What comes out holds from some price on.
"""

from collections.abc import Mapping
from functools import total_ordering
from typing import TYPE_CHECKING, cast

from rfos_lang.analysis.interval import Interval, Unbounded
from rfos_lang.analysis.worst_case import worst_case
from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program, Terms

if TYPE_CHECKING:
    from rfos_lang.analysis.obligation import Obligation


@dataclass(frozen=True, slots=True)
class Growth:
    """`slopes[feed]`: how much more may be owed for each 1.00 that a feed's highest value rises, in
    fixed point; `faster`: the feeds with which it grows faster than in proportion."""

    slopes: Mapping[int, int]
    faster: tuple[int, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether the bound is one number whatever the feeds do."""
        return not self.slopes and not self.faster


def grown(
    program: Program, terms: Terms, bounds: Mapping[int, Interval], owed: "Obligation"
) -> Growth:
    """The growth of one obligation in each feed that has no natural end."""
    slopes: dict[int, int] = {}
    faster: list[int] = []
    for slot, feed in enumerate(program.feeds):
        if feed.kind != "spot" or slot not in bounds:
            continue
        slope = _slope(program, terms, bounds, owed, slot)
        if slope is None:
            faster.append(slot)
        elif slope:
            slopes[slot] = slope
    return Growth(slopes, tuple(faster))


def _slope(
    program: Program, terms: Terms, bounds: Mapping[int, Interval], owed: "Obligation", slot: int
) -> int | None:
    endless = cast(int, Large(fixed.ONE, 0))
    upward = {**bounds, slot: Interval(bounds[slot].lowest, endless)}
    worst = worst_case(program, terms, upward)
    if worst.unbounded is not None:
        return None
    bound = worst.owed.get((owed.party, owed.asset), 0)
    return bound.slope if isinstance(bound, Large) else 0


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Large:
    """slope × price + rest for a price larger than any number; integers, slope in fixed point."""

    slope: int
    rest: int

    def __add__(self, other: "Large | int") -> "Large | int":
        slope, rest = _parts(other)
        return _made(self.slope + slope, self.rest + rest)

    __radd__ = __add__

    def __neg__(self) -> "Large | int":
        return _made(-self.slope, -self.rest)

    def __sub__(self, other: "Large | int") -> "Large | int":
        return self + -other

    def __rsub__(self, other: int) -> "Large | int":
        return -self + other

    def __mul__(self, other: "Large | int") -> "Large | int":
        if isinstance(other, Large):
            raise Unbounded("it grows faster than a price")
        return _made(self.slope * other, self.rest * other)

    __rmul__ = __mul__

    def __floordiv__(self, other: "Large | int") -> "Large | int":
        if isinstance(other, Large):
            return self.slope // other.slope
        return _made(self.slope // other, self.rest // other)

    def __rfloordiv__(self, other: int) -> int:
        """A number over a larger one: nothing, or just below it."""
        return 0 if (other >= 0) == (self.slope > 0) else -1

    def __abs__(self) -> "Large | int":
        return self if self.slope > 0 else -self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Large) and (self.slope, self.rest) == (other.slope, other.rest)

    def __lt__(self, other: "Large | int") -> bool:
        return (self.slope, self.rest) < _parts(other)

    def __hash__(self) -> int:
        return hash((self.slope, self.rest))


def _parts(value: "Large | int") -> tuple[int, int]:
    return (value.slope, value.rest) if isinstance(value, Large) else (0, value)


def _made(slope: int, rest: int) -> "Large | int":
    return Large(slope, rest) if slope else rest
