"""What is known to be at most what, within one run of a clause's actions.

Intervals forget that two values hang together. A requirement `amount <= outstanding`, or a part
`min(level, outstanding)`, says that `outstanding - amount` is not negative; one `drawn + amount <=
limit` that `amount` is at most `limit - drawn`.
"""

from collections.abc import Iterator

from rfos_lang.analysis.interval import Interval, Leaves, interval_of
from rfos_lang.core.program import Binary, Combine, Expression, Local, Select, State
from rfos_lang.core.walk import within

Fact = tuple[Expression, Expression]
"""The first is at most the second."""


def required(condition: Expression) -> Iterator[Fact]:
    """What a condition that holds says."""
    match condition:
        case Combine(operator=Binary.AND, left=left, right=right):
            yield from required(left)
            yield from required(right)
        case Combine(operator=Binary.LESS_OR_EQUAL, left=left, right=right):
            yield left, right
            if isinstance(left, Combine) and left.operator is Binary.ADD:
                yield left.left, Combine(Binary.SUBTRACT, right, left.right)
                yield left.right, Combine(Binary.SUBTRACT, right, left.left)


def bound(local: int, value: Expression) -> Iterator[Fact]:
    """What the value of a local says: it is at most the states that cap it."""
    for node in within(value):
        if isinstance(node, State) and _capped(value, node):
            yield Local(local), node


def _capped(value: Expression, cap: Expression) -> bool:
    match value:
        case Combine(operator=Binary.MINIMUM, left=left, right=right):
            return _capped(left, cap) or _capped(right, cap)
        case Select(chosen=chosen, otherwise=otherwise):
            return _capped(chosen, cap) and _capped(otherwise, cap)
        case _:
            return value is cap


def known(value: Expression, leaves: Leaves, facts: list[Fact]) -> Interval:
    """The interval of a value, given the facts. Raises Unbounded."""
    found = interval_of(value, leaves)
    for less, more in facts:
        if value is less:
            most = min(found.highest, interval_of(more, leaves).highest)
            found = Interval(min(found.lowest, most), most)
        if value is Combine(Binary.SUBTRACT, more, less):
            found = Interval(max(found.lowest, 0), max(found.highest, 0))
    return found
