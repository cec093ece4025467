"""The adjoint of a smooth path program, in the same nodes: the reverse sweep over its regions.

A region takes carried values to carried values. Backward it takes the derivatives of the result by
what it leaves behind (`ADJOINT`) to those by what it found, and adds to the derivatives by what it
read of the market. Run once for each step in reverse order, that is the derivative by everything
(Griewank and Walther, Evaluating Derivatives, 2008; Giles and Glasserman, Smoking Adjoints, 2006).

Values that no market moves - counters, the weight of a contract that cannot end early - have no
adjoint, and no node is spent on them.
"""

from collections.abc import Iterator
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import (
    ONE,
    ZERO,
    Node,
    Operation,
    PathProgram,
    Region,
    add,
    complement,
    constant,
    in_order,
    multiply,
    subtract,
)
from rfos_lang.path.smoothing import smooth, step

MARKET = frozenset(
    {
        Operation.FEED,
        Operation.QUOTE,
        Operation.WORTH,
        Operation.LOG_NOW,
        Operation.LOG_BEFORE,
        Operation.PRECISION,
    }
)
"""Leaves that the market moves."""
REMEMBERED = frozenset({Operation.CARRY, Operation.STORED})
"""Leaves that going backward needs as they stood when going forward."""
JUMP_POWERS = 4
"""Of a difference, from 0 on, in what a jump is expected to be."""
_MINUS_TWO = constant(-2.0)
_HALF = constant(0.5)


@dataclass(frozen=True, slots=True)
class Backward:
    """One region in reverse: `nodes` in order of evaluation, the values of the region that are
    needed again among them; `carries` the adjoint of each carried value before the region, where it
    is another one than after it; `reads` what is added to the adjoint of a leaf: of the market, or
    a row of a table; `stored` the tables whose row was written, so that its adjoint is spent;
    `remembered` the leaves to keep when going forward; `jumps` what a truth jumps by at its level,
    with the kink and the difference."""

    nodes: tuple[Node, ...]
    carries: tuple[tuple[int, Node], ...]
    reads: tuple[tuple[Node, Node], ...]
    stored: tuple[int, ...]
    remembered: tuple[Node, ...]
    jumps: tuple["Jump", ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """At kink `kink` the value jumps `by` so much as `difference` passes 0."""

    kink: int
    difference: Node
    by: Node


@dataclass(frozen=True, slots=True)
class Adjoint:
    """A smooth program and, for each of its regions, the reverse of it."""

    forward: PathProgram
    backward: tuple[Backward, ...]


@lru_cache(maxsize=64)
def adjoint(program: PathProgram, jumps_apart: bool = False) -> Adjoint:
    """The adjoint of an exact program's smooth one; with `jumps_apart` see `at_level`."""
    forward = smooth(program)
    moved = _Moved.of(forward)
    regions = (_Reverse(forward, r, moved, jumps_apart).region() for r in forward.step)
    return Adjoint(forward, tuple(regions))


@dataclass(frozen=True, slots=True)
class _Moved:
    """The carried values and the tables that the market moves."""

    slots: frozenset[int]
    tables: frozenset[int]

    @staticmethod
    def of(program: PathProgram) -> "_Moved":
        found = _Moved(frozenset(), frozenset())
        while True:
            slots, tables = set(found.slots), set(found.tables)
            for region in program.step:
                moving = found.among(region.nodes)
                slots |= {slot for slot, node in region.carries if node in moving}
                tables |= {table for table, node in region.stores if node in moving}
            more = _Moved(frozenset(slots), frozenset(tables))
            if more == found:
                return found
            found = more

    def among(self, nodes: tuple[Node, ...]) -> frozenset[Node]:
        """Which nodes of a region the market moves."""
        moving: set[Node] = set()
        for node in nodes:
            if self.leaf(node) or not moving.isdisjoint(node.operands):
                moving.add(node)
        return frozenset(moving)

    def leaf(self, node: Node) -> bool:
        if node.operation is Operation.CARRY:
            return node.slot in self.slots
        if node.operation is Operation.STORED:
            return node.slot in self.tables
        return node.operation in MARKET


@dataclass(frozen=True, slots=True)
class _Reverse:
    program: PathProgram
    origin: Region
    moved: _Moved
    jumps_apart: bool

    def region(self) -> Backward:
        moving = self.moved.among(self.origin.nodes)
        sums: dict[Node, Node] = {}
        written = [s for s, node in self.origin.carries if s in self.moved.slots]
        stored = tuple(t for t, node in self.origin.stores if t in self.moved.tables)
        for slot, node in self.origin.carries:
            if node in moving:
                _more(sums, node, Node(Operation.ADJOINT, slot=slot))
        for table, node in self.origin.stores:
            if node in moving:
                _more(sums, node, Node(Operation.ROW_ADJOINT, slot=table))
        jumps = list[Jump]()
        for node in reversed(self.origin.nodes):
            if node in sums and node in moving:
                parts = partials(node, sums[node])
                if self.jumps_apart and _is_level(node):
                    difference, width = node.operands
                    jumps.append(Jump(width.slot, difference, sums[node]))
                    parts = iter([(difference, at_level(difference, width, sums[node]))])
                for operand, part in parts:
                    if operand in moving:
                        _more(sums, operand, part)
        leaves = {n: total for n, total in sums.items() if not n.operands and n in moving}
        carries = self.carries(written, leaves)
        reads = tuple((n, s) for n, s in leaves.items() if n.operation is not Operation.CARRY)
        jumping = (node for jump in jumps for node in (jump.difference, jump.by))
        outputs = in_order((*(node for _, node in (*carries, *reads)), *jumping))
        setup = frozenset(self.program.setup)
        nodes = tuple(node for node in outputs if node not in setup)
        kept = tuple(node for node in nodes if node.operation in REMEMBERED)
        return Backward(nodes, carries, reads, stored, kept, tuple(jumps))

    def carries(self, written: list[int], leaves: dict[Node, Node]) -> tuple[tuple[int, Node], ...]:
        """The adjoints of carried values before the region, where they differ from those after."""
        result = []
        for slot in sorted(self.moved.slots):
            passed = ZERO if slot in written else Node(Operation.ADJOINT, slot=slot)
            before = add(passed, leaves.get(Node(Operation.CARRY, slot=slot), ZERO))
            if before is not Node(Operation.ADJOINT, slot=slot):
                result.append((slot, before))
        return tuple(result)


def _is_level(node: Node) -> bool:
    """Whether a node is a truth over a width."""
    return node.operation is Operation.STEP and node.operands[1].operation is Operation.WIDTH


def at_level(difference: Node, width: Node, by: Node) -> Node:
    """The derivative by a difference at a level, where the value jumps `by` so much.

    Most of the jump's variance is that of what happens later, and its expectation as a function of
    the difference is smooth. So a cubic that comes near the expectation is taken over the width,
    and what is left of the jump, whose expectation is about 0 there, over a wider one, which more
    paths are in. Without a cubic, or with the same width, that is the derivative of the smooth
    truth.
    """
    slot = width.slot
    narrow = Node(Operation.BUMP, (difference, width))
    wide = Node(Operation.BUMP, (difference, Node(Operation.WIDER, slot=slot)))
    cubic = Node(Operation.JUMP, slot=slot, offset=JUMP_POWERS - 1)
    for power in reversed(range(JUMP_POWERS - 1)):
        lower = Node(Operation.JUMP, slot=slot, offset=power)
        cubic = add(lower, multiply(cubic, difference))
    expected = multiply(_not_0(by), cubic)
    return add(multiply(by, wide), multiply(expected, subtract(narrow, wide)))


def _more(sums: dict[Node, Node], node: Node, part: Node) -> None:
    sums[node] = add(sums[node], part) if node in sums else part


def partials(node: Node, by: Node) -> Iterator[tuple[Node, Node]]:
    """Each operand with the derivative by it times `by`, the derivative of the result by the node.

    Where the smooth program takes another operand for one that is out of bounds, the derivative by
    it is 0. Sharp kinks have the mean of both sides.
    """
    match node.operation, node.operands:
        case Operation.ADD, (left, right):
            yield left, by
            yield right, by
        case Operation.SUBTRACT, (left, right):
            yield left, by
            yield right, _negative(by)
        case Operation.MULTIPLY, (left, right):
            yield left, multiply(by, right)
            yield right, multiply(by, left)
        case Operation.DIVIDE, (left, right):
            part = _divide(by, right)
            yield left, part
            yield right, _negative(multiply(multiply(part, node), _not_0(right)))
        case Operation.NEGATE, (operand,):
            yield operand, _negative(by)
        case Operation.POWER, (base,):
            slope = multiply(constant(float(node.slot)), _power(base, node.slot - 1))
            yield base, multiply(by, slope if node.slot > 0 else multiply(slope, _not_0(base)))
        case Operation.LOGARITHM, (operand,):
            yield operand, multiply(_positive(operand), _divide(by, operand))
        case Operation.EXPONENTIAL, (operand,):
            yield operand, multiply(by, node)
        case Operation.SQUARE_ROOT, (operand,):
            yield operand, multiply(_positive(operand), _divide(multiply(by, _HALF), node))
        case Operation.RAISE, (base, exponent):
            slope = multiply(exponent, _divide(node, base))
            yield base, multiply(by, multiply(slope, _not_0(base)))
            yield exponent, multiply(by, multiply(node, Node(Operation.LOGARITHM, (base,))))
        case Operation.ROUND, (value, _):
            yield value, by
        case Operation.BLEND, (weight, chosen, otherwise):
            yield weight, multiply(by, subtract(chosen, otherwise))
            yield chosen, multiply(by, weight)
            yield otherwise, multiply(by, complement(weight))
        case Operation.STEP, (difference, width):
            yield difference, multiply(by, Node(Operation.BUMP, (difference, width)))
        case Operation.RAMP, (difference, width):
            yield difference, multiply(by, step(difference, width, at_0=0.5))
        case Operation.BRIDGE, (before, now, precision):
            slope = multiply(_MINUS_TWO, multiply(by, node))
            yield before, multiply(slope, multiply(now, precision))
            yield now, multiply(slope, multiply(before, precision))
            yield precision, multiply(slope, multiply(before, now))
        case (Operation.EQUAL, _) | (_, ()):
            return
        case _:
            raise AssertionError(node.operation)


def _negative(node: Node) -> Node:
    return ZERO if node is ZERO else Node(Operation.NEGATE, (node,))


def _divide(left: Node, right: Node) -> Node:
    return left if right is ONE else Node(Operation.DIVIDE, (left, right))


def _power(base: Node, exponent: int) -> Node:
    if exponent == 0:
        return ONE
    return base if exponent == 1 else Node(Operation.POWER, (base,), slot=exponent)


def _positive(node: Node) -> Node:
    """1 where a node is positive, 0 elsewhere."""
    return step(node, ZERO, at_0=0.0)


def _not_0(node: Node) -> Node:
    """0 where a node is 0, 1 elsewhere."""
    return complement(Node(Operation.EQUAL, (node, ZERO)))
