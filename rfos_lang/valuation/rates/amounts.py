"""Amounts of payments, with all that the terms decide worked out: what is left are fixings to come.

An amount is a node of the path program in which every leaf but the fixings is a number. A fixing is
a `FEED` node: its `slot` is the feed, its `offset` the step of the timeline that observes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import (
    COMPARED,
    ZERO,
    Node,
    Operation,
    add,
    blend,
    constant,
    in_order,
    multiply,
    subtract,
)
from rfos_lang.valuation.path.numpy_printer import PRIMITIVES, Value, Witness
from rfos_lang.valuation.rates.no_reading import NoReading

TERMS_MOST = 256
"""A sum of so many products of fixings is not taken apart."""
Coefficients = Mapping[Node | None, float]
"""Of a sum of fixings; that of None is the number by itself."""


def fixing(feed: int, step: int) -> Node:
    """What a feed is observed to be at a step."""
    return Node(Operation.FEED, slot=feed, offset=step)


def folded(node: Node, operands: Sequence[Node]) -> Node:
    """The node on operands that are worked out: a number if they are numbers."""
    made = Node(node.operation, tuple(operands), node.slot, node.number, node.offset)
    if all(operand.operation is Operation.CONSTANT for operand in operands):
        return constant(float(_computed(made, [operand.number for operand in operands])))
    match node.operation:
        case Operation.ADD:
            return add(*operands)
        case Operation.SUBTRACT:
            return subtract(*operands)
        case Operation.MULTIPLY:
            return ZERO if ZERO in operands else multiply(*operands)
        case Operation.BLEND:
            return blend(*operands)
        case _:
            return made


def _computed(node: Node, operands: Sequence[Value]) -> Value:
    """What a node makes of its operands, of which it has some and reads nothing else."""
    nowhere: Any = None
    values = dict(zip(node.operands, operands, strict=True))
    return PRIMITIVES[node.operation](node, values, nowhere)


@lru_cache(maxsize=4096)
def fixings(amount: Node) -> tuple[Node, ...]:
    """The fixings that an amount depends on."""
    return tuple(node for node in in_order([amount]) if node.operation is Operation.FEED)


def evaluated(amount: Node, known: Mapping[Node, Value], witness: Witness | None = None) -> Value:
    """The amount, given its fixings; `witness` sees the difference that each comparison is of."""
    values: dict[Node, Value] = {}
    with np.errstate(all="ignore"):
        for node in in_order([amount]):
            if node.operation is Operation.FEED:
                values[node] = known[node]
            elif node.operation is Operation.CONSTANT:
                values[node] = node.number
            else:
                operands = [values[operand] for operand in node.operands]
                values[node] = _computed(node, operands)
                if witness is not None and node.operation in COMPARED:
                    left, *right = operands
                    witness(0, node, left - right[0] if right else left)
    return values[amount]


# --- sums of products ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Linear:
    """constant + slope × fixing."""

    fixing: Node
    constant: float
    slope: float


@dataclass(frozen=True, slots=True)
class Product:
    """A number times factors, each linear in a fixing of its own, in order of observation."""

    number: float
    factors: tuple[Linear, ...]


@lru_cache(maxsize=4096)
def products(amount: Node) -> tuple[Product, ...] | None:
    """The amount as a sum of products; None if it is none, as where it is the greater of two."""
    try:
        return tuple(_ordered(product) for product in _products(amount))
    except NoReading:
        return None


def addends(amount: Node, number: float = 1.0) -> Iterator[tuple[float, Node]]:
    """An amount as a sum, as far as it is written as one: each part with its coefficient."""
    match amount.operation, amount.operands:
        case Operation.ADD, (left, right):
            yield from addends(left, number)
            yield from addends(right, number)
        case Operation.SUBTRACT, (left, right):
            yield from addends(left, number)
            yield from addends(right, -number)
        case Operation.NEGATE, (operand,):
            yield from addends(operand, -number)
        case Operation.MULTIPLY, (left, right) if left.operation is Operation.CONSTANT:
            yield from addends(right, number * left.number)
        case Operation.MULTIPLY, (left, right) if right.operation is Operation.CONSTANT:
            yield from addends(left, number * right.number)
        case Operation.DIVIDE, (left, right) if right.operation is Operation.CONSTANT:
            yield from addends(left, number / right.number)
        case _:
            yield number, amount


@lru_cache(maxsize=65536)
def linear(amount: Node) -> Coefficients | None:
    """The coefficients of an amount that is a sum of fixings; None if it is none."""
    match amount.operation, amount.operands:
        case Operation.CONSTANT, _:
            return {None: amount.number}
        case Operation.FEED, _:
            return {amount: 1.0}
        case ((Operation.ADD | Operation.SUBTRACT), (left, right)):
            sign = 1.0 if amount.operation is Operation.ADD else -1.0
            return _combined(linear(left), linear(right), sign)
        case Operation.NEGATE, (operand,):
            return _scaled(linear(operand), -1.0)
        case Operation.MULTIPLY, (left, right) if left.operation is Operation.CONSTANT:
            return _scaled(linear(right), left.number)
        case Operation.MULTIPLY, (left, right) if right.operation is Operation.CONSTANT:
            return _scaled(linear(left), right.number)
        case Operation.DIVIDE, (left, right) if right.operation is Operation.CONSTANT:
            return _scaled(linear(left), 1.0 / right.number)
        case _:
            return None


def _combined(
    left: Coefficients | None, right: Coefficients | None, sign: float
) -> Coefficients | None:
    if left is None or right is None:
        return None
    return {each: left.get(each, 0.0) + sign * right.get(each, 0.0) for each in {**left, **right}}


def _scaled(coefficients: Coefficients | None, number: float) -> Coefficients | None:
    if coefficients is None:
        return None
    return {each: number * coefficient for each, coefficient in coefficients.items()}


def _products(amount: Node) -> list[Product]:
    if (coefficients := linear(amount)) is not None:
        still = coefficients.get(None, 0.0)
        moved = [(each, c) for each, c in coefficients.items() if each is not None and c != 0.0]
        if len(moved) == 1:
            return [Product(1.0, (Linear(moved[0][0], still, moved[0][1]),))]
        each = [Product(1.0, (Linear(node, 0.0, slope),)) for node, slope in moved]
        return each if still == 0.0 and each else [Product(still, ()), *each]
    match amount.operation, amount.operands:
        case ((Operation.ADD | Operation.SUBTRACT), (left, right)):
            sign = 1.0 if amount.operation is Operation.ADD else -1.0
            return [*_products(left), *_times([Product(sign, ())], _products(right))]
        case Operation.NEGATE, (operand,):
            return _times([Product(-1.0, ())], _products(operand))
        case Operation.MULTIPLY, (left, right):
            return _times(_products(left), _products(right))
        case Operation.DIVIDE, (left, right) if right.operation is Operation.CONSTANT:
            return _times([Product(1.0 / right.number, ())], _products(left))
        case Operation.POWER, (base,) if amount.slot == 1:
            return _products(base)
        case _:
            raise NoReading("an amount is no sum of products of fixings")


def _times(left: list[Product], right: list[Product]) -> list[Product]:
    if len(left) * len(right) > TERMS_MOST:
        raise NoReading("an amount is a sum of too many products")
    found = []
    for a in left:
        for b in right:
            mine, other = ({each.fixing for each in part.factors} for part in (a, b))
            if mine & other:
                raise NoReading("an amount holds the square of a fixing")
            found.append(Product(a.number * b.number, (*a.factors, *b.factors)))
    return found


def _ordered(product: Product) -> Product:
    by_step = sorted(product.factors, key=lambda each: (each.fixing.offset, each.fixing.slot))
    return Product(product.number, tuple(by_step))


def weighed(weight: Node, amount: Node) -> Node:
    """What is paid of an amount; nothing where the weight is nothing, whatever the amount is."""
    mixed = (weight, amount, ZERO)
    return folded(Node(Operation.BLEND, mixed), mixed)
