"""Expressions of path programs as lines of a kernel: what a node is on a vector of paths.

A value that is the same on every path of a step is computed before the loop over paths; the others
within it.
"""

from collections.abc import Callable, Iterable
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import CROSSINGS, Node, Operation
from rfos_lang.valuation.path import arithmetic as of
from rfos_lang.valuation.path.code import Lines
from rfos_lang.valuation.rows.elementary import exp, log
from rfos_lang.valuation.rows.vectors import Reals

LANES = 64
"""Paths that go side by side; half of them mirror the others. A multiple of two vectors."""

SAME_ON_EVERY_PATH = frozenset(
    {
        Operation.CONSTANT,
        Operation.TERM,
        Operation.COLUMN,
        Operation.WORTH,
        Operation.FALLS_DUE,
        Operation.MOVING,
        Operation.WIDTH,
        Operation.WIDER,
        Operation.JUMP,
        Operation.PRECISION,
    }
)

LEAST_LEVEL = 1e-300

Function = Callable[..., Reals]

EXACT: dict[Operation, Function] = {
    Operation.ADD: lambda a, b: a + b,
    Operation.SUBTRACT: lambda a, b: a - b,
    Operation.MULTIPLY: lambda a, b: a * b,
    Operation.DIVIDE: lambda a, b: a / b,
    Operation.NEGATE: lambda a: -a,
    Operation.LOGARITHM: log,
    Operation.EXPONENTIAL: exp,
    Operation.SQUARE_ROOT: lambda a: a.root(),
    Operation.RAISE: of.raised,
    Operation.ROUND: lambda a, b: of.nearest(a / b) * b,
    Operation.ABSOLUTE: abs,
    Operation.MINIMUM: of.least,
    Operation.MAXIMUM: of.greatest,
    Operation.LESS: of.less,
    Operation.LESS_OR_EQUAL: of.less_or_equal,
    Operation.EQUAL: of.equal,
}
SMOOTH: dict[Operation, Function] = EXACT | {
    Operation.DIVIDE: lambda a, b: a * of.inverse(b),
    Operation.LOGARITHM: lambda a: log(of.above_0(a)),
    Operation.SQUARE_ROOT: of.root_above_0,
    Operation.RAISE: of.raised_smoothly,
    Operation.ROUND: lambda a, b: of.rounded(a / b) * b,
    Operation.EQUAL: of.same,
    Operation.BLEND: lambda weight, chosen, otherwise: otherwise + weight * (chosen - otherwise),
    Operation.RAMP: of.ramp,
    Operation.BUMP: of.bump,
    Operation.BRIDGE: of.bridge,
}


def crisp_blend(weight: Reals, chosen: Reals, otherwise: Reals) -> Reals:
    """Of weights 0 and 1."""
    return weight.is_not(0.0).choose(chosen, otherwise)


@dataclass(slots=True)
class Writer:
    """Writes the nodes of one region: `before` the loop over paths and `within` it. `functions` are
    EXACT or SMOOTH; `leaf` says what a node without operands is, in one text or the other; `spots`
    which spot each feed is; `spread` the deviation of a feed's logarithm within the step; `setup`
    the place of each node of the setup block."""

    functions: dict[Operation, Function]
    crisp: bool
    spots: dict[int, int]
    setup: dict[Node, int]
    leaf: Callable[[Node, Lines], Reals]
    spread: Callable[[int], Reals]
    before: Lines
    within: Lines
    known_: dict[Node, Reals] = field(default_factory=dict)

    def written(self, nodes: Iterable[Node]) -> None:
        """The lines of nodes, in order."""
        for node in nodes:
            for operand in node.operands:
                self.known(operand)
            self.known(node)

    def known(self, node: Node) -> Reals:
        """A node's value, which is written down if it is not yet."""
        if node not in self.known_:
            self.known_[node] = self.value(node)
        return self.known_[node]

    def here(self, node: Node) -> Reals:
        """A node's value, for what is written within the loop."""
        return Reals(self.within, self.known(node).name)

    def value(self, node: Node) -> Reals:
        if node in self.setup:
            return self.before.alike("%setup", self.setup[node])
        if not node.operands:
            return self.leaf(node, self.before if self.is_same(node) else self.within)
        same = all(self.known(operand).text is self.before for operand in node.operands)
        if node.operation in CROSSINGS:
            return self.crossed(node)
        return self.operation(
            node, [self.known(o) if same else self.here(o) for o in node.operands]
        )

    def is_same(self, leaf: Node) -> bool:
        still = leaf.operation is Operation.FEED and leaf.slot not in self.spots
        return still or leaf.operation in SAME_ON_EVERY_PATH

    def operation(self, node: Node, operands: list[Reals]) -> Reals:
        match node.operation:
            case Operation.POWER:
                return self.power(operands[0], node.slot)
            case Operation.STEP:
                return self.at_level(of.step, operands, node.number)
            case Operation.BLEND if Operation.BLEND not in self.functions:
                return (crisp_blend if self.crisp else of.mixed)(*operands)
            case Operation.DIVIDE:
                return self.quotient(node.operands[1], *operands)
            case Operation.RAMP | Operation.BUMP:
                return self.at_level(self.functions[node.operation], operands)
            case _:
                return self.functions[node.operation](*operands)

    def at_level(self, function: Function, operands: list[Reals], *more: float) -> Reals:
        """Of a difference and a width: what is of the width alone is computed once."""
        difference, width = operands
        return function(difference, Reals(self.before, width.name), *more)

    def quotient(self, divisor: Node, left: Reals, right: Reals) -> Reals:
        """By a divisor that is the same on every path: times its inverse, found once."""
        divide, known = self.functions[Operation.DIVIDE], self.known(divisor)
        if known.text is not self.before or left.text is self.before:
            return divide(left, right)
        return left * divide(self.before.constant(1.0), known)

    def power(self, base: Reals, exponent: int) -> Reals:
        if exponent > 0:
            return of.whole_power(base, exponent)
        safe = Operation.BLEND in self.functions
        one = of.inverse(base) if safe else 1.0 / base
        return of.whole_power(one, -exponent) if exponent else base.text.constant(1.0)

    def crossed(self, node: Node) -> Reals:
        """The chance of a touch."""
        level = self.known(node.operands[0])
        boundary = Reals(self.within, log((level > LEAST_LEVEL).choose(level, LEAST_LEVEL)).name)
        now, before = (
            self.leaf(Node(operation, slot=node.slot), self.within)
            for operation in (Operation.LOG_NOW, Operation.LOG_BEFORE)
        )
        spread = self.spread(node.slot)
        ends = (now - boundary, before - boundary)
        if node.operation is not Operation.FELL_TO:
            ends = (boundary - now, boundary - before)
        return of.touched(*ends, spread * spread)
