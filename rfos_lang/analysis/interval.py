"""Intervals of settlement numbers: what an expression can be, given what its leaves can be.

Bounds are closed and outward by one unit in the last place wherever an operator rounds, so that the
true settlement value always lies inside.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import assert_never

from rfos_lang.base import exponential, fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.program import (
    Apply,
    Backward,
    Binary,
    Carried,
    Column,
    Combine,
    Constant,
    Expression,
    Feed,
    Local,
    Power,
    Risk,
    Select,
    State,
    Stored,
    Term,
    Terms,
    Unary,
)


class Unbounded(Exception):
    """No finite bound holds; the message names why."""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from lowest to highest, both included."""

    lowest: int
    highest: int

    def joined(self, other: "Interval") -> "Interval":
        """The smallest interval that holds both."""
        return Interval(min(self.lowest, other.lowest), max(self.highest, other.highest))

    def met(self, other: "Interval") -> "Interval":
        """What both hold; the other one if they hold nothing together."""
        low, high = max(self.lowest, other.lowest), min(self.highest, other.highest)
        return Interval(low, high) if low <= high else other

    def holds(self, other: "Interval") -> bool:
        """Whether all of another one lies in this one."""
        return self.lowest <= other.lowest and other.highest <= self.highest


ANY_TRUTH = Interval(0, 1)


@dataclass(frozen=True, slots=True)
class Leaves:
    """What an expression's leaves can be. `columns` is at the occurrence under study; `averages`:
    what some quotients are besides, see `averages.py`."""

    terms: Terms
    occurrence: int
    feeds: Mapping[int, Interval]
    states: Mapping[int, Interval]
    tables: Mapping[int, Sequence[Interval]]
    locals: Mapping[int, Interval]
    averages: Mapping[Expression, Interval] = field(default_factory=dict)
    carried: Interval | None = None


def interval_of(expression: Expression, leaves: Leaves) -> Interval:
    """The values an expression can take. Raises Unbounded."""
    return interval_within(expression, leaves, {})


def interval_within(
    expression: Expression, leaves: Leaves, memo: dict[Expression, Interval]
) -> Interval:
    """The same; `memo` gets the values of every part that was looked at. Raises Unbounded."""
    if expression not in memo:
        memo[expression] = _fresh(expression, leaves, memo)
    return memo[expression]


def _fresh(expression: Expression, leaves: Leaves, memo: dict[Expression, Interval]) -> Interval:
    match expression:
        case Constant(value=value):
            return Interval(value, value)
        case Term(slot=slot):
            return Interval(leaves.terms.terms[slot], leaves.terms.terms[slot])
        case Column(slot=slot):
            value = leaves.terms.columns[slot][leaves.occurrence]
            return Interval(value, value)
        case Feed(slot=slot):
            if slot not in leaves.feeds:
                raise Unbounded(f"{leaves.terms.feeds[slot]} has no stated bounds")
            return leaves.feeds[slot]
        case State(slot=slot):
            return leaves.states[slot]
        case Stored(table=table, offset=offset):
            return leaves.tables[table][leaves.occurrence + offset]
        case Local(slot=slot):
            return leaves.locals[slot]
        case Apply(operator=operator, operand=operand):
            return applied_within(operator, interval_within(operand, leaves, memo))
        case Combine(operator=operator, left=left, right=right):
            found = combined_within(
                operator, interval_within(left, leaves, memo), interval_within(right, leaves, memo)
            )
            average = leaves.averages.get(expression)
            return found if average is None else found.met(average)
        case Power(base=base, exponent=exponent):
            return _power(interval_within(base, leaves, memo), exponent)
        case Select():
            return _selected(expression, leaves, memo)
        case Backward():
            return _backward(expression, leaves, memo)
        case Carried():
            assert leaves.carried is not None, "it stands in the step of a recursion"
            return leaves.carried
        case Risk():
            raise Unbounded("a risk measure outside a rule")
        case _:
            assert_never(expression)


def _selected(expression: Select, leaves: Leaves, memo: dict[Expression, Interval]) -> Interval:
    condition = interval_within(expression.condition, leaves, memo)
    if condition.lowest == 1:
        return interval_within(expression.chosen, leaves, memo)
    if condition.highest == 0:
        return interval_within(expression.otherwise, leaves, memo)
    chosen = interval_within(expression.chosen, leaves, memo)
    return chosen.joined(interval_within(expression.otherwise, leaves, memo))


def _backward(expression: Backward, leaves: Leaves, memo: dict[Expression, Interval]) -> Interval:
    since = interval_within(expression.since, leaves, memo)
    value = interval_within(expression.last, leaves, memo)
    if since.lowest != since.highest:
        raise Unbounded("a recursion may begin at more than one date")
    instants = leaves.terms.schedules[expression.schedule]
    for row in reversed(range(bisect_right(instants, since.lowest), len(instants))):
        within = replace(leaves, occurrence=row, carried=value)
        value = interval_of(expression.step, within)
    return value


def applied_within(operator: Unary, x: Interval) -> Interval:
    """What an operator makes of an interval. Raises Unbounded."""
    match operator:
        case Unary.NEGATE:
            return Interval(-x.highest, -x.lowest)
        case Unary.ABSOLUTE:
            least = 0 if x.lowest <= 0 <= x.highest else min(abs(x.lowest), abs(x.highest))
            return Interval(least, max(abs(x.lowest), abs(x.highest)))
        case Unary.NOT:
            return Interval(1 - x.highest, 1 - x.lowest)
        case Unary.LOGARITHM | Unary.EXPONENTIAL | Unary.SQUARE_ROOT:
            return _rising(operator, x)
        case _:
            assert_never(operator)


def combined_within(operator: Binary, x: Interval, y: Interval) -> Interval:
    """What an operator makes of two intervals. Raises Unbounded."""
    match operator:
        case Binary.ADD:
            return Interval(x.lowest + y.lowest, x.highest + y.highest)
        case Binary.SUBTRACT:
            return Interval(x.lowest - y.highest, x.highest - y.lowest)
        case Binary.MULTIPLY:
            return _outward([a * b for a in _ends(x) for b in _ends(y)], fixed.ONE)
        case Binary.DIVIDE:
            return _divided(x, y)
        case Binary.RAISE:
            return _raised(x, y)
        case Binary.ROUND:
            if y.lowest == y.highest and y.lowest > 0:
                return Interval(*(_rounded(end, y.lowest) for end in _ends(x)))
            most = max(abs(y.lowest), abs(y.highest))
            return Interval(x.lowest - most, x.highest + most)
        case Binary.MINIMUM:
            return Interval(min(x.lowest, y.lowest), min(x.highest, y.highest))
        case Binary.MAXIMUM:
            return Interval(max(x.lowest, y.lowest), max(x.highest, y.highest))
        case Binary.LESS:
            return Interval(int(x.highest < y.lowest), int(x.lowest < y.highest))
        case Binary.LESS_OR_EQUAL:
            return Interval(int(x.highest <= y.lowest), int(x.lowest <= y.highest))
        case Binary.EQUAL:
            same = x == y and x.lowest == x.highest
            apart = x.highest < y.lowest or y.highest < x.lowest
            return Interval(int(same), int(not apart))
        case Binary.AND:
            return Interval(x.lowest & y.lowest, x.highest & y.highest)
        case Binary.OR:
            return Interval(x.lowest | y.lowest, x.highest | y.highest)
        case _:
            assert_never(operator)


_RISING = {
    Unary.LOGARITHM: exponential.logarithm,
    Unary.EXPONENTIAL: exponential.exponential,
    Unary.SQUARE_ROOT: exponential.square_root,
}


def _rising(operator: Unary, x: Interval) -> Interval:
    """A function that rises with its operand, so that the ends lead to the ends."""
    function = _RISING[operator]
    try:
        return _around([function(end) for end in _fitting(x)])
    except fixed.SettlementError:
        raise Unbounded(f"`{operator.value}` may be taken where it has no value") from None


def _raised(x: Interval, y: Interval) -> Interval:
    """A power rises or falls with each operand while the base is not negative."""
    if y.lowest == y.highest and y.lowest % fixed.ONE == 0:
        whole = y.lowest // fixed.ONE
        if abs(whole) <= exponential.WHOLE_MAX:
            return _power(x, whole)
    if x.lowest < 0:
        raise Unbounded("a power may be taken of a negative number")
    try:
        return _around([exponential.raised(a, b) for a in _fitting(x) for b in _fitting(y)])
    except fixed.SettlementError:
        raise Unbounded("a power may be taken where it has no value") from None


def _rounded(end: int, step: int) -> int:
    return fixed.divided_half_even(end, step) * step


def _fitting(x: Interval) -> list[int]:
    """The ends, as far as numbers go."""
    return [min(max(end, fixed.LOWEST), fixed.HIGHEST) for end in _ends(x)]


def _around(found: list[int]) -> Interval:
    """An interval about values that are off by no more than `base.exponential` says."""
    slack = [2 + (abs(value) >> 90) for value in found]
    pairs = list(zip(found, slack, strict=True))
    return Interval(min(v - off for v, off in pairs), max(v + off for v, off in pairs))


def _ends(x: Interval) -> tuple[int, int]:
    return (x.lowest, x.highest)


def _outward(exact: list[int], divisor: int) -> Interval:
    """The interval of exact / divisor, one unit wider at each end unless nothing is rounded."""
    lowest, highest = min(exact), max(exact)
    return Interval(lowest // divisor, -(-highest // divisor))


def _divided(x: Interval, y: Interval) -> Interval:
    if y.lowest <= 0 <= y.highest:
        raise Unbounded("a divisor may be zero")
    floors, ceilings = [], []
    for a in _ends(x):
        for b in _ends(y):
            exact = a * fixed.ONE if b > 0 else -a * fixed.ONE
            floors.append(exact // abs(b))
            ceilings.append(-(-exact // abs(b)))
    return Interval(min(floors), max(ceilings))


def _power(x: Interval, exponent: int) -> Interval:
    result = Interval(fixed.ONE, fixed.ONE)
    for _ in range(abs(exponent)):
        result = combined_within(Binary.MULTIPLY, result, x)
    if exponent % 2 == 0:
        result = Interval(max(result.lowest, 0), result.highest)
    return _divided(Interval(fixed.ONE, fixed.ONE), result) if exponent < 0 else result
