"""The path program: straight-line code for one step of the timeline, and nothing that loops over
time.

Three blocks. `setup` holds what only the terms decide; it runs once. `step` is a row of regions,
one for each clause in the order of the meaning; it runs once per instant of the timeline, and a
region only at the instants that concern its clause. `finish` names what is read at the end: the
carried values. Code is in single static assignment: a node is defined once, before it is used.

Every truth is a weight in [0, 1]: a guard multiplies, `BLEND` mixes two values, the end of a
contract takes `alive` to `alive * (1 - weight)`, `or` is a + b - a b, `and` is a b. Where all
weights are exactly 0 or 1 this is the contract. Where a comparison is given a width it is a smooth
step, and the program can be differentiated.

Numbers are binary64: amounts in units of their asset, truths 0 or 1, instants seconds since 1970
UTC.
"""

from collections.abc import Iterable
from enum import Enum, unique

from rfos_lang.base.records import dataclass
from rfos_lang.core.interning import Interned


@unique
class Operation(Enum):
    """What a node computes from its operands, its `number` and its `slot`."""

    CONSTANT = "constant"  # number
    TERM = "term"  # the instance's term `slot`
    COLUMN = "column"  # column `slot` at this step's occurrence
    FEED = "feed"  # the observation of feed `slot` at this step
    QUOTE = "quote"  # one unit of asset `slot` in the reporting asset, at this step
    CARRY = "carry"  # carried value `slot`, as it stands when the region begins
    STORED = "stored"  # table `slot` at this clause's occurrence plus `offset`
    WORTH = "worth"  # row `slot` of `worths` at this step
    FALLS_DUE = "falls due"  # 1 at an occurrence of the region's clause
    MOVING = "moving"  # 1 if time has passed since the step before
    DECISION = "decision"  # 1 where the chooser takes the choice of clause `slot` now
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "neg"
    POWER = "power"  # to the whole power `slot`
    LOGARITHM = "log"
    EXPONENTIAL = "exp"
    SQUARE_ROOT = "sqrt"
    RAISE = "^"
    ROUND = "round"  # to the nearest multiple of the right operand
    ABSOLUTE = "abs"
    MINIMUM = "min"
    MAXIMUM = "max"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "=="
    BLEND = "blend"  # (weight, chosen, otherwise)
    FELL_TO = "fell to"  # (level): chance that feed `slot` was at or below it since the step before
    ROSE_TO = "rose to"  # (level): chance that it was at or above
    # of smooth programs and their adjoints alone:
    WIDTH = "width"  # of kink `slot` at this step
    WIDER = "wider"  # the same, for what a jump there leaves of its expectation
    JUMP = "jump"  # what a jump at kink `slot` is expected to be: power `offset` of a difference
    LOG_NOW = "log now"  # logarithm of feed `slot` at this step
    LOG_BEFORE = "log before"  # and at the step before
    PRECISION = "precision"  # 1 / variance of its change since then; 0 if it did not move
    STEP = "step"  # (difference, width): truth that it is positive; `number` at 0 without width
    RAMP = "ramp"  # (difference, width): its positive part, the integral of the step
    BUMP = "bump"  # (difference, width): the derivative of the step
    BRIDGE = "bridge"  # (a, b, precision): exp(-2 a b precision); without precision whether b = 0
    ADJOINT = "adjoint"  # derivative of the value by carried value `slot`, as the region leaves it
    ROW_ADJOINT = "row adjoint"  # and by the row of table `slot` at this clause's occurrence


LEAVES_OF_SETUP = frozenset({Operation.CONSTANT, Operation.TERM})
COMPARED = frozenset(
    {
        Operation.ABSOLUTE,
        Operation.MINIMUM,
        Operation.MAXIMUM,
        Operation.LESS,
        Operation.LESS_OR_EQUAL,
    }
)
EQUAL_WITHIN = 1e-13
"""Numbers that differ relatively by no more count as equal, as they are in settlement arithmetic;
it is the rounding of binary64, some hundred times."""
TIE_WITHIN = 1e-12
"""A number that lies so near to halfway between two whole ones counts as halfway."""
LEAST_LEVEL = 1e-300
"""Levels that are watched lie above it, so that they have a logarithm."""
CROSSINGS = frozenset({Operation.FELL_TO, Operation.ROSE_TO})
KINKS = COMPARED | CROSSINGS
"""What a width makes smooth. Equality of numbers has chance 0 and stays exact."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Node(metaclass=Interned):
    """One value. Equal nodes are the same object, so a value is computed once a region."""

    operation: Operation
    operands: tuple["Node", ...] = ()
    slot: int = 0
    number: float = 0.0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Worth:
    """What one unit of `asset`, agreed now and paid later, is worth now, as a row of the timeline.

    For the reporting asset the discount factor to the pay instant; for any other, what remains of a
    unit after carry, times the discount factor to now (its quote is a node of its own).
    `term`, `column`, `instant` say when it is paid; all None: now. `between` marks a payment at a
    crossing, which lies somewhere between the step before and now.
    """

    asset: int
    term: int | None = None
    column: int | None = None
    instant: int | None = None
    between: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A transfer on a path: its amount, how much of it happens, and what a unit of it is worth.

    `clause` and `action` name the cause as a posting of `core.meaning` does.
    """

    payer: int
    payee: int
    asset: int
    clause: int
    action: int
    amount: Node
    weight: Node
    worth: Node


@dataclass(frozen=True, slots=True)
class Region:
    """What one clause does at a step: nodes in order of evaluation, then the values that it carries
    on, the table rows that it stores, and the payments that it makes. `feasible` is, for a choice,
    whether its requirements let it be taken; `choice` the clause's index then."""

    clause: int
    nodes: tuple[Node, ...]
    carries: tuple[tuple[int, Node], ...]
    stores: tuple[tuple[int, Node], ...]
    payments: tuple[Payment, ...]
    feasible: Node | None = None
    ends: bool = False


@unique
class Monitoring(Enum):
    """How a clause that watches every tick is read by a model in continuous time."""

    BRIDGE = "Brownian bridge"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class PathProgram:
    """A contract over price paths.

    `carried` names the carried values: `alive`; `states`, the slot of each state; `once`, for each
    clause that happens once, (clause, slot of the weight that it is still to come); `values`, the
    slots of the value to each of `parties`. `kinks` are the nodes that take a width. `quotes` are
    the assets that payments need a quote of and that no feed gives. `monitoring` has an entry for
    each watch that a model reads as continuous. `crisp`: all weights are 0 or 1 when no width is
    given.
    """

    setup: tuple[Node, ...]
    step: tuple[Region, ...]
    carried: tuple[str, ...]
    states: tuple[int, ...]
    once: tuple[tuple[int, int], ...]
    values: tuple[int, ...]
    parties: tuple[int, ...]
    kinks: tuple[Node, ...]
    worths: tuple[Worth, ...]
    quotes: tuple[int, ...]
    monitoring: tuple[tuple[int, Monitoring], ...]
    pays_at_crossing: bool
    crisp: bool


ALIVE = 0
"""The slot of the carried weight that the contract has not ended."""


def constant(number: float) -> Node:
    """A literal."""
    return Node(Operation.CONSTANT, number=number)


ZERO = constant(0.0)
ONE = constant(1.0)


def add(left: Node, right: Node) -> Node:
    """left + right."""
    if left is ZERO:
        return right
    return left if right is ZERO else Node(Operation.ADD, (left, right))


def subtract(left: Node, right: Node) -> Node:
    """left - right."""
    return left if right is ZERO else Node(Operation.SUBTRACT, (left, right))


def multiply(left: Node, right: Node) -> Node:
    """left * right, which is also `and`."""
    if left is ONE or right is ZERO:
        return right
    return left if right is ONE or left is ZERO else Node(Operation.MULTIPLY, (left, right))


def complement(weight: Node) -> Node:
    """1 - weight, which is `not`."""
    if weight is ONE:
        return ZERO
    return ONE if weight is ZERO else Node(Operation.SUBTRACT, (ONE, weight))


def either(left: Node, right: Node) -> Node:
    """a + b - a b, which is `or`."""
    if left is ZERO or right is ONE:
        return right
    if right is ZERO or left is ONE:
        return left
    return subtract(add(left, right), multiply(left, right))


def blend(weight: Node, chosen: Node, otherwise: Node) -> Node:
    """weight * chosen + (1 - weight) * otherwise."""
    if weight is ONE or chosen is otherwise:
        return chosen
    return otherwise if weight is ZERO else Node(Operation.BLEND, (weight, chosen, otherwise))


def in_order(outputs: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes that the outputs need, each once, operands before their users."""
    seen: dict[Node, None] = {}
    stack = [(node, False) for node in reversed(list(outputs))]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or not node.operands:
            seen[node] = None
            continue
        stack.append((node, True))
        stack.extend((operand, False) for operand in reversed(node.operands))
    return tuple(seen)
