"""The smooth path program: the same contract with every comparison rounded over a width.

A truth becomes a `STEP` of a difference over a width, a positive part a `RAMP`. The kernel, which
is Epanechnikov's times the line that makes it one of fourth order (Gasser, Müller and Mammitzsch,
Kernels for nonparametric curve estimation, 1985), changes means by the fourth power of the width
alone; for that truths leave 0 and 1 by a little within it. Its support is bounded, so that at a
distance of one width nothing has changed, and a width of 0 leaves what it stands at sharp. The
chance that a level was touched is written out, the distances of both ends rounded. What results is
a path program like any other, of operations that have derivatives (`adjoint.py`); its kinks are
those of the exact one.
"""

from dataclasses import replace
from functools import lru_cache

from rfos_lang.path.program import (
    CROSSINGS,
    LEAST_LEVEL,
    ZERO,
    Node,
    Operation,
    PathProgram,
    Region,
    add,
    constant,
    in_order,
    multiply,
    subtract,
)

KERNEL = (45 / 32, -75 / 16, 105 / 32)
"""Of the kernel from -1 to 1, in the square of where it is looked at."""
STEP_AT_0 = 0.5
STEP_SLOPE = (45 / 32, -25 / 16, 21 / 32)
"""What the step has above that, over where it is looked at: the kernel's integral."""
RAMP_AT_0 = 5 / 64
RAMP_SLOPE = (45 / 64, -25 / 64, 7 / 64)
"""What the ramp has above that and the half of where it is looked at, over its square: the step's
integral."""
TWO = constant(2.0)
LEAST = constant(LEAST_LEVEL)


@lru_cache(maxsize=64)
def smooth(program: PathProgram) -> PathProgram:
    """The smooth program of an exact one. Its regions carry and store, but list no payments."""
    kinks = {node: number for number, node in enumerate(program.kinks)}
    known = {node: node for node in program.setup}
    step = tuple(_region(region, kinks, dict(known)) for region in program.step)
    return replace(program, step=step)


def _region(region: Region, kinks: dict[Node, int], known: dict[Node, Node]) -> Region:
    setup = frozenset(known)
    for node in region.nodes:
        operands = tuple(known[operand] for operand in node.operands)
        known[node] = _smooth(node, operands, kinks.get(node))
    carries = tuple((slot, known[node]) for slot, node in region.carries)
    stores = tuple((table, known[node]) for table, node in region.stores)
    outputs = in_order(node for _, node in (*carries, *stores))
    nodes = tuple(node for node in outputs if node not in setup)
    return replace(region, nodes=nodes, carries=carries, stores=stores, payments=(), feasible=None)


def _smooth(node: Node, operands: tuple[Node, ...], kink: int | None) -> Node:
    if kink is None:
        return replace(node, operands=operands) if operands else node
    width = Node(Operation.WIDTH, slot=kink)
    if node.operation in CROSSINGS:
        return _touched(node, operands[0], width)
    match node.operation, operands:
        case Operation.ABSOLUTE, (operand,):
            return subtract(multiply(TWO, ramp(operand, width)), operand)
        case Operation.MAXIMUM, (left, right):
            return add(right, ramp(subtract(left, right), width))
        case Operation.MINIMUM, (left, right):
            return subtract(left, ramp(subtract(left, right), width))
        case Operation.LESS, (left, right):
            return step(subtract(right, left), width, at_0=0.0)
        case Operation.LESS_OR_EQUAL, (left, right):
            return step(subtract(right, left), width, at_0=1.0)
        case _:
            raise AssertionError(node.operation)


def _touched(node: Node, level: Node, width: Node) -> Node:
    """The chance that a Brownian bridge touched a level, of the rounded distances of both ends."""
    above_0 = add(ramp(subtract(level, LEAST), ZERO), LEAST)
    boundary = Node(Operation.LOGARITHM, (above_0,))
    ends = (Node(Operation.LOG_BEFORE, slot=node.slot), Node(Operation.LOG_NOW, slot=node.slot))
    if node.operation is Operation.FELL_TO:
        before, now = (ramp(subtract(end, boundary), width) for end in ends)
    else:
        before, now = (ramp(subtract(boundary, end), width) for end in ends)
    return Node(Operation.BRIDGE, (before, now, Node(Operation.PRECISION, slot=node.slot)))


def step(difference: Node, width: Node, at_0: float) -> Node:
    """The truth that a difference is positive, over a width; `at_0` is what 0 gives without one."""
    return Node(Operation.STEP, (difference, width), number=at_0)


def ramp(difference: Node, width: Node) -> Node:
    """The positive part of a difference, over a width: the integral of `step`."""
    return Node(Operation.RAMP, (difference, width))
