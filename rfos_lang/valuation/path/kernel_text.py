"""Expressions of path programs as text of a kernel: what a node is for one path among others.

A value that is the same on every path of a step is computed before the loop over paths, where it is
named; the others are named within it.
"""

from collections.abc import Callable, Iterable
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import CROSSINGS, LEAST_LEVEL, Node, Operation

LANES = 64
"""Paths that go side by side; half of them mirror the others."""

SAME_ON_EVERY_PATH = frozenset(
    {
        Operation.CONSTANT,
        Operation.TERM,
        Operation.COLUMN,
        Operation.WORTH,
        Operation.FALLS_DUE,
        Operation.MOVING,
        Operation.WIDTH,
        Operation.PRECISION,
    }
)

EXACT: dict[Operation, str] = {
    Operation.ADD: "({0} + {1})",
    Operation.SUBTRACT: "({0} - {1})",
    Operation.MULTIPLY: "({0} * {1})",
    Operation.DIVIDE: "({0} / {1})",
    Operation.NEGATE: "(-{0})",
    Operation.LOGARITHM: "logarithm({0})",
    Operation.EXPONENTIAL: "exponential({0})",
    Operation.SQUARE_ROOT: "np.sqrt({0})",
    Operation.RAISE: "power({0}, {1})",
    Operation.ROUND: "nearest({0} / {1}) * {1}",
    Operation.ABSOLUTE: "abs({0})",
    Operation.MINIMUM: "least({0}, {1})",
    Operation.MAXIMUM: "greatest({0}, {1})",
    Operation.LESS: "less({0}, {1})",
    Operation.LESS_OR_EQUAL: "less_or_equal({0}, {1})",
    Operation.EQUAL: "equal({0}, {1})",
}
CRISP_BLEND = "({1} if {0} != 0.0 else {2})"
MIXED_BLEND = "mixed({0}, {1}, {2})"
SMOOTH: dict[Operation, str] = EXACT | {
    Operation.DIVIDE: "({0} / divisor({1}))",
    Operation.LOGARITHM: "logarithm(above_0({0}))",
    Operation.SQUARE_ROOT: "(np.sqrt(above_0({0})) if {0} > 0.0 else 0.0)",
    Operation.RAISE: "raised({0}, {1})",
    Operation.ROUND: "np.rint({0} / {1}) * {1}",
    Operation.EQUAL: "(1.0 if {0} == {1} else 0.0)",
    Operation.BLEND: "({2} + {0} * ({1} - {2}))",
    Operation.RAMP: "ramp({0}, {1})",
    Operation.BUMP: "bump({0}, {1})",
    Operation.BRIDGE: "bridge({0}, {1}, {2})",
}


@dataclass(frozen=True, slots=True)
class Text:
    """What stands before the loop over paths, and within it."""

    names: dict[Node, str]
    before: list[str]
    within: list[str]


@dataclass(slots=True)
class Writer:
    """Writes the nodes of one region. `operations` are EXACT or SMOOTH; `leaf` says where a node
    without operands is read, `uniform` whether that is the same for every path; `spots` which spot
    each feed is; `setup` the place of each node of the setup block."""

    operations: dict[Operation, str]
    crisp: bool
    spots: dict[int, int]
    setup: dict[Node, int]
    leaf: Callable[[Node], str]
    names: dict[Node, str] = field(default_factory=dict)
    same: set[Node] = field(default_factory=set)
    before: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def written(self, nodes: Iterable[Node]) -> Text:
        """The text of nodes, in order."""
        for node in nodes:
            for operand in node.operands:
                self.known(operand)
            self.known(node)
        return Text(self.names, self.before, self.within)

    def known(self, node: Node) -> str:
        """The name of a node's value, which is written down if it is not yet."""
        if node not in self.names:
            text, same = self.expression(node)
            kind = "u" if same else "v"
            name = f"{kind}{len(self.names)}"
            (self.before if same else self.within).append(f"{name} = {text}")
            self.names[node] = name
            if same:
                self.same.add(node)
        return self.names[node]

    def expression(self, node: Node) -> tuple[str, bool]:
        """A node's text, and whether it is the same on every path."""
        if node in self.setup:
            return f"setup[{self.setup[node]}]", True
        if not node.operands:
            return self.leaf(node), self.is_same(node)
        operands = [self.known(operand) for operand in node.operands]
        same = all(operand in self.same for operand in node.operands)
        if node.operation in CROSSINGS:
            return self.crossed(node, operands[0]), False
        return self.operation(node, operands), same

    def is_same(self, leaf: Node) -> bool:
        still = leaf.operation is Operation.FEED and leaf.slot not in self.spots
        return still or leaf.operation in SAME_ON_EVERY_PATH

    def operation(self, node: Node, operands: list[str]) -> str:
        match node.operation:
            case Operation.POWER:
                return self.power(operands[0], node.slot)
            case Operation.STEP:
                return f"step({operands[0]}, {operands[1]}, {node.number!r})"
            case Operation.BLEND if Operation.BLEND not in self.operations:
                return (CRISP_BLEND if self.crisp else MIXED_BLEND).format(*operands)
            case _:
                return self.operations[node.operation].format(*operands)

    def power(self, base: str, exponent: int) -> str:
        if 1 <= exponent <= 4:
            return "(" + " * ".join([base] * exponent) + ")"
        safe = exponent < 0 and Operation.BLEND in self.operations
        return f"power({f'divisor({base})' if safe else base}, {float(exponent)})"

    def crossed(self, node: Node, level: str) -> str:
        """The chance of a touch; the logarithm of a level that is the same on every path is taken
        once."""
        same = node.operands[0] in self.same
        boundary = f"b{len(self.before)}_{len(self.within)}"
        line = f"{boundary} = logarithm(max({level}, {LEAST_LEVEL}))"
        (self.before if same else self.within).append(line)
        sign = "" if node.operation is Operation.FELL_TO else "-"
        now, then = (
            self.leaf(Node(operation, slot=node.slot))
            for operation in (Operation.LOG_NOW, Operation.LOG_BEFORE)
        )
        spread = f"deviation[k, {self.spots[node.slot]}]"
        return (
            f"touched({sign}({now} - {boundary}), {sign}({then} - {boundary}), {spread} * {spread})"
        )
