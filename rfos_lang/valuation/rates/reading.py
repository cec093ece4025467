"""An instance read as payments by fixings, layer by layer: what it pays, when, and who chooses.

A layer is where a contract can stand: what it carries from step to step, each a number or, such as
an interest that compounds, an amount of fixings. Reading goes forward through the path program;
what a market says is not looked at but for which indices move.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

import numpy as np

from rfos_lang.base.feed import Aspect
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Standing
from rfos_lang.core.program import Choice, Clause, Program, Terms, Watch
from rfos_lang.path.lowering import lowered
from rfos_lang.path.program import (
    ALIVE,
    ZERO,
    Node,
    Operation,
    PathProgram,
    Payment,
    Region,
    constant,
    in_order,
)
from rfos_lang.valuation.index_names import index_name
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import projection
from rfos_lang.valuation.path.timeline import Timeline, timeline
from rfos_lang.valuation.rates.amounts import fixing, folded, weighed
from rfos_lang.valuation.rates.no_reading import NoReading

LAYERS_MOST = 500

Layer = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A payment: `sign` 1 to the first party, -1 from it; `years` from the market's date to the day
    on which it is made; its asset by slot."""

    sign: float
    amount: Node
    asset: int
    years: float


@dataclass(frozen=True, slots=True)
class Arm:
    """What happens in one way that things can go: payments, and the layer after them."""

    flows: tuple[Flow, ...]
    after: Layer


@dataclass(frozen=True, slots=True)
class Move:
    """What a region does in a layer: if nobody chooses, and if the chooser takes the choice."""

    waiting: Arm
    taking: Arm | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A region at a step. `gain` is 1 where the first party chooses, -1 where the second does."""

    step: int
    gain: float
    moves: dict[Layer, Move]


@dataclass(frozen=True, slots=True)
class Course:
    """An instance from the market's date to its end. `indices` are names by feed slot of those that
    curves imply; `last` is when the last payment is made, in years."""

    program: Program
    terms: Terms
    line: Timeline
    stages: tuple[Stage, ...]
    start: Layer
    indices: dict[int, str]
    last: float

    @property
    def flows(self) -> Iterator[Flow]:
        """Every payment that may be made."""
        return payments(self.stages)


def payments(stages: Iterable[Stage]) -> Iterator[Flow]:
    """Every payment of some stages."""
    for stage in stages:
        for move in stage.moves.values():
            yield from move.waiting.flows
            if move.taking is not None:
                yield from move.taking.flows


def read(
    program: Program,
    terms: Terms,
    market: Market,
    standing: Standing | None,
    reporting: int,
) -> Course:
    """The course of an instance. Raises NoReading; Refused E0605 for what the market lacks, E065x
    for what no path program can say."""
    if any(feed.kind == "spot" for feed in program.feeds):
        raise NoReading("it depends on a price")
    for clause in program.clauses:
        if isinstance(clause, Watch):
            raise NoReading("it watches what it observes all the time")
        if isinstance(clause, Choice) and (len(program.parties) != 2 or clause.is_facility):
            raise NoReading("its choices are not between two parties")
    paths = lowered(program, reporting)
    if paths.quotes and any(isinstance(clause, Choice) for clause in program.clauses):
        paid = " and ".join(terms.assets[asset] for asset in paths.quotes)
        raise NoReading(f"a choice depends on the price of {paid}")
    line = timeline(program, terms, paths, market.as_of, standing)
    moving = projected(program, terms, market)
    reader = _Reader(program, terms, paths, line, moving, _levels(program, terms, market, moving))
    return reader.course()


def projected(program: Program, terms: Terms, market: Market) -> dict[int, str]:
    """The indices that curves imply, by feed slot."""
    return {
        slot: name
        for slot, feed in enumerate(program.feeds)
        if feed.kind == "index" and feed.aspect.is_value
        if market.is_projected(name := index_name(program, terms, slot))
    }


def _levels(
    program: Program, terms: Terms, market: Market, moving: dict[int, str]
) -> dict[int, Callable[[int], float]]:
    """The feeds that stay where they are, by instant."""
    return {
        slot: projection(program, terms, market, slot)
        for slot, feed in enumerate(program.feeds)
        if slot not in moving and feed.aspect is not Aspect.LAPSED
    }


@dataclass(slots=True)
class _Reader:
    program: Program
    terms: Terms
    paths: PathProgram
    line: Timeline
    moving: dict[int, str]
    levels: dict[int, Callable[[int], float]]
    tables: list[list[Node]] = field(default_factory=list)
    stored: dict[tuple[int, int], Node] = field(default_factory=dict)
    step: int = 0
    region: int = 0

    def course(self) -> Course:
        """Goes through all steps, keeping the layers that can be reached."""
        initial = [float(value) for value in self.line.initial]
        start = tuple(constant(value) for value in initial)
        self.tables = [[constant(float(v)) for v in rows] for rows in self.line.tables]
        reached: dict[Layer, None] = {start: None}
        stages = []
        for step, gates in enumerate(self.line.gates):
            for region in np.flatnonzero(gates):
                self.step, self.region = step, int(region)
                moves = {layer: self.move(layer) for layer in reached}
                stages.append(Stage(step, self.gain(), moves))
                reached = self.reached(moves)
        last = max((flow.years for flow in payments(stages)), default=0.0)
        return Course(self.program, self.terms, self.line, tuple(stages), start, self.moving, last)

    def reached(self, moves: dict[Layer, Move]) -> dict[Layer, None]:
        arms = [move.waiting for move in moves.values()]
        arms += [move.taking for move in moves.values() if move.taking is not None]
        after = {arm.after: None for arm in arms if arm.after[ALIVE] is not ZERO}
        if len(after) > LAYERS_MOST:
            raise NoReading("there is too much that it remembers")
        return after

    @property
    def code(self) -> Region:
        return self.paths.step[self.region]

    @property
    def clause(self) -> Clause:
        return self.program.clauses[self.code.clause]

    def gain(self) -> float:
        return -1.0 if isinstance(self.clause, Choice) and self.clause.party else 1.0

    def move(self, layer: Layer) -> Move:
        if not isinstance(self.clause, Choice):
            return Move(self.arm(layer, 0.0))
        feasible = self.code.feasible
        waiting = self.arm(layer, 0.0)
        if feasible is not None:
            known = self.values([feasible], layer, 1.0)[feasible]
            if known.operation is not Operation.CONSTANT:
                raise NoReading("which choice can be taken depends on fixings")
            if known.number == 0.0:
                return Move(waiting)
        taking = self.arm(layer, 1.0)
        return Move(waiting) if taking == waiting else Move(waiting, taking)

    def arm(self, layer: Layer, decision: float) -> Arm:
        """What the region does in a layer under a decision."""
        code = self.code
        carried = [(slot, node) for slot, node in code.carries if slot not in self.paths.values]
        outputs = [node for _, node in (*carried, *code.stores)]
        outputs += [node for p in code.payments for node in (p.amount, p.weight, p.worth)]
        values = self.values(outputs, layer, decision)
        for table, node in code.stores:
            self.store(table, values[node])
        after = list(layer)
        for slot, node in carried:
            after[slot] = values[node]
        flows = [self.flow(payment, values) for payment in code.payments]
        return Arm(tuple(flow for flow in flows if flow is not None), tuple(after))

    def store(self, table: int, value: Node) -> None:
        """Rows are written once, whatever the layer."""
        row = (table, int(self.line.occurrences[self.step, self.region]))
        if self.stored.setdefault(row, value) is not value:
            raise NoReading("what it remembers depends on what was chosen")
        self.tables[row[0]][row[1]] = value

    def flow(self, payment: Payment, values: dict[Node, Node]) -> Flow | None:
        sign = float(payment.payee == 0) - float(payment.payer == 0)
        amount = weighed(values[payment.weight], values[payment.amount])
        if sign == 0.0 or amount is ZERO:
            return None
        worths = [n for n in in_order([values[payment.worth]]) if n.operation is Operation.WORTH]
        if len(worths) != 1:
            raise NoReading("when it pays depends on fixings")
        years = float(self.line.pay_years[self.step, worths[0].slot])
        return Flow(sign, amount, payment.asset, years)

    # --- nodes

    def values(self, outputs: list[Node], layer: Layer, decision: float) -> dict[Node, Node]:
        """The nodes that some outputs need, worked out."""
        found: dict[Node, Node] = {}
        for node in in_order(outputs):
            if node.operands:
                found[node] = folded(node, [found[operand] for operand in node.operands])
            else:
                found[node] = self.leaf(node, layer, decision)
        return found

    def leaf(self, node: Node, layer: Layer, decision: float) -> Node:
        line, step, slot = self.line, self.step, node.slot
        if (number := line.number(node, step, self.region)) is not None:
            return constant(number)
        match node.operation:
            case Operation.FEED if slot in self.moving:
                return fixing(slot, step)
            case Operation.FEED:
                known = self.levels.get(slot)
                return constant(0.0 if known is None else float(known(line.instants[step])))
            case Operation.CARRY:
                return layer[slot]
            case Operation.STORED:
                at = int(line.occurrences[step, self.region]) + node.offset
                return self.tables[slot][at]
            case Operation.DECISION:
                return constant(decision)
            case Operation.WORTH | Operation.QUOTE:
                return node
            case _:
                raise NoReading(f"it reads {node.operation.value}")
