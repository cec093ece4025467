"""The path program as a WebAssembly module: simulation with the same bits on every host.

The module exports `draw` (see `normals`) and `follow`, which takes a block of inputs, the number of
steps, normals, and gives what the first party gets along each path. `Rows` says how the inputs
lie in memory. Nothing is used but correctly rounded operations in source order and what
`core.elementary` makes of them.
"""

from collections.abc import Mapping

from rfos_lang.artefact.assembly import F64, I32, Function, Operand, Value, Writer
from rfos_lang.artefact.binary64 import RiskArithmetic
from rfos_lang.artefact.emission import MEMORY_PAGES, VARIABLES_MAX, TooLarge
from rfos_lang.artefact.normals import write_draw
from rfos_lang.artefact.webassembly import module
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.path.program import (
    EQUAL_WITHIN,
    LEAST_LEVEL,
    TIE_WITHIN,
    Node,
    Operation,
    PathProgram,
    Region,
)


@dataclass(frozen=True, slots=True)
class Spots:
    """The prices that move: how many, and which of them a feed or the quote of an asset is."""

    count: int
    feeds: Mapping[int, int]
    quotes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the inputs lie, in bytes from their beginning: once for all steps, then a record for
    each step. All are floats but the gates, the occurrences and where a table begins, which are 32
    bits wide; `tables` are relative to the block of all tables."""

    terms: int
    initial: int
    start: int
    factor: int
    tables: int
    records: int
    gates: int
    occurrences: int
    falls_due: int
    columns: int
    moving: int
    worths: int
    still: int
    drift: int
    deviation: int
    record: int


def rows_of(
    program: PathProgram, spots: Spots, terms: int, columns: int, feeds: int, tables: int
) -> Rows:
    """The places, of so many terms, columns, feeds and tables."""
    regions, count = len(program.step), spots.count
    once = _after(0, (8 * terms, 8 * len(program.carried), 8 * count, 8 * count**2, 4 * tables))
    sizes = (4, 4, 8)
    of_regions = [size * regions for size in sizes]
    of_market = [8 * columns, 8, 8 * len(program.worths), 8 * feeds, 8 * count, 8 * count]
    each = _after(0, (*of_regions, *of_market))
    return Rows(*once, *each)


def _after(first: int, sizes: tuple[int, ...]) -> list[int]:
    """Where each begins, and where the last one ends; all at multiples of 8."""
    places = [first]
    for size in sizes:
        places.append(places[-1] + -(-size // 8) * 8)
    return places


def compile(contract: str, program: PathProgram, spots: Spots, rows: Rows) -> bytes:
    """The module of a path program. Raises Refused E0669 if somebody chooses, whose decisions a
    regression finds; TooLarge."""
    if any(region.feasible is not None for region in program.step):
        raise Refused("E0669", contract=contract, reason="one of the parties chooses")
    writer = Writer()
    arithmetic = RiskArithmetic(writer)
    write_draw(writer, arithmetic)
    _write_follow(writer, arithmetic, program, spots, rows)
    definitions = writer.definitions()
    if any(len(each.body.variables) > VARIABLES_MAX for each in definitions):
        raise TooLarge(contract)
    return module(definitions, MEMORY_PAGES)


def _write_follow(
    writer: Writer, arithmetic: RiskArithmetic, program: PathProgram, spots: Spots, rows: Rows
) -> None:
    """`follow(inputs, steps, tables, sizes, normals, paths, out)`: two paths for each row of
    normals, the second one with their signs changed. `tables` is where the tables' first rows lie,
    `sizes` how many bytes; a copy that is written to follows them."""
    made = writer.begin((I32,) * 7, export="follow")
    inputs, steps, tables, size, normals, paths, out = made.parameters()
    follower = _Follower(made, arithmetic, program, spots, rows, inputs)
    setup = follower.evaluated(program.setup, {})
    width = steps * (8 * spots.count)
    path = made.variable(I32)
    with made.block() as done, made.loop() as again:
        made.branch_if(paths <= path, done)
        _copied(made, tables, tables + size, size)
        sign = made.select((path & 1).equals(0), follower.one, follower.minus_one)
        follower.begin(normals + (path >> 1) * width, sign, tables + size)
        follower.all_steps(steps, setup)
        made.store(out + path * 8, 0, F64, follower.carried[program.values[0]])
        made.set(path, path + 1)
        made.branch(again)


def _copied(made: Function, source: Value, target: Value, size: Value) -> None:
    at = made.variable(I32)
    with made.block() as done, made.loop() as again:
        made.branch_if(size <= at, done)
        made.store(target + at, 0, F64, made.load(F64, source + at))
        made.set(at, at + 8)
        made.branch(again)


class _Follower:
    """One path at one step: what its regions read and carry on, as variables of the function."""

    def __init__(
        self,
        made: Function,
        arithmetic: RiskArithmetic,
        program: PathProgram,
        spots: Spots,
        rows: Rows,
        inputs: Value,
    ) -> None:
        self.made, self.arithmetic, self.program = made, arithmetic, program
        self.spots, self.rows, self.inputs = spots, rows, inputs
        self.zero, self.one = made.constant(F64, 0.0), made.constant(F64, 1.0)
        self.minus_one = made.constant(F64, -1.0)
        self.carried = [made.variable(F64, 0.0) for _ in program.carried]
        self.logarithms = [made.variable(F64, 0.0) for _ in range(spots.count)]
        self.prices = [made.variable(F64, 0.0) for _ in range(spots.count)]
        self.before = [made.variable(F64, 0.0) for _ in range(spots.count)]
        self.record, self.normals = made.variable(I32), made.variable(I32)
        self.sign, self.tables = made.variable(F64, 0.0), made.variable(I32)
        self.region = 0

    # --- a path

    def begin(self, normals: Value, sign: Value, tables: Value) -> None:
        """A new path."""
        made = self.made
        made.set(self.normals, normals)
        made.set(self.sign, sign)
        made.set(self.tables, tables)
        made.set(self.record, self.inputs + self.rows.records)
        for slot, carried in enumerate(self.carried):
            made.set(carried, self._input(self.rows.initial, slot))
        for spot, logarithm in enumerate(self.logarithms):
            made.set(logarithm, self._input(self.rows.start, spot))
            made.set(self.prices[spot], self.arithmetic.exp(logarithm))

    def all_steps(self, steps: Value, setup: Mapping[Node, Value]) -> None:
        """To the last instant."""
        made = self.made
        step = made.variable(I32)
        with made.block() as done, made.loop() as again:
            made.branch_if(steps <= step, done)
            self._move()
            for index, region in enumerate(self.program.step):
                self.region = index
                self._perform(region, setup)
            made.set(self.record, self.record + self.rows.record)
            made.set(self.normals, self.normals + 8 * self.spots.count)
            made.set(step, step + 1)
            made.branch(again)

    def _move(self) -> None:
        """The prices, one step on."""
        made, count = self.made, self.spots.count
        drawn = [made.load(F64, self.normals, 8 * each) * self.sign for each in range(count)]
        for spot, logarithm in enumerate(self.logarithms):
            correlated: Operand = self.zero
            for other in range(spot + 1):
                correlated = (
                    self._input(self.rows.factor, spot * count + other) * drawn[other] + correlated
                )
            change = (
                self._row(self.rows.drift, spot) + self._row(self.rows.deviation, spot) * correlated
            )
            made.set(logarithm, logarithm + change)
            made.set(self.before[spot], self.prices[spot])
            made.set(self.prices[spot], self.arithmetic.exp(logarithm))

    def _perform(self, region: Region, setup: Mapping[Node, Value]) -> None:
        """What one clause does, where it concerns the step."""
        made, index = self.made, self.region
        gate = made.load(I32, self.record, self.rows.gates + 4 * index)
        with made.when(gate), made.scratch([]):
            values = self.evaluated(region.nodes, setup)
            for slot, node in region.carries:
                made.set(self.carried[slot], values[node])
            at = made.load(I32, self.record, self.rows.occurrences + 4 * index)
            for table, node in region.stores:
                made.store(self._place(table, at), 0, F64, values[node])

    def _place(self, table: int, at: Value) -> Value:
        begins = self.made.load(I32, self.inputs, self.rows.tables + 4 * table)
        return self.tables + begins + at * 8

    def _input(self, place: int, number: int) -> Value:
        return self.made.load(F64, self.inputs, place + 8 * number)

    def _row(self, place: int, number: int) -> Value:
        return self.made.load(F64, self.record, place + 8 * number)

    # --- nodes

    def evaluated(self, nodes: tuple[Node, ...], known: Mapping[Node, Value]) -> dict[Node, Value]:
        """The values of nodes, operands before their users."""
        values = dict(known)
        for node in nodes:
            if node not in values:
                values[node] = self._value(node, [values[each] for each in node.operands])
        return values

    def _value(self, node: Node, operands: list[Value]) -> Value:
        made, slot, rows = self.made, node.slot, self.rows
        match node.operation, operands:
            case Operation.CONSTANT, _:
                return made.constant(F64, node.number)
            case Operation.TERM, _:
                return self._input(rows.terms, slot)
            case Operation.COLUMN, _:
                return self._row(rows.columns, slot)
            case Operation.FEED, _:
                spot = self.spots.feeds.get(slot)
                return self._row(rows.still, slot) if spot is None else self.prices[spot]
            case Operation.QUOTE, _:
                return self.prices[self.spots.quotes[slot]]
            case Operation.CARRY, _:
                return made.variable(F64, self.carried[slot])
            case Operation.STORED, _:
                return self._stored(slot, node.offset)
            case Operation.WORTH, _:
                return self._row(rows.worths, slot)
            case Operation.FALLS_DUE, _:
                return self._row(rows.falls_due, self.region)
            case Operation.MOVING, _:
                return self._row(rows.moving, 0)
            case Operation.POWER, (base,):
                return self._whole_power(base, slot)
            case ((Operation.FELL_TO | Operation.ROSE_TO), (level,)):
                return self._crossed(slot, level, node.operation is Operation.FELL_TO)
            case Operation.BLEND, (weight, chosen, otherwise):
                return self._blend(weight, chosen, otherwise)
            case operation, (only,):
                return self._of_one(operation, only)
            case operation, (left, right):
                return self._of_two(operation, left, right)
            case _:
                raise AssertionError(f"{node.operation} of {len(operands)}")

    def _of_one(self, operation: Operation, only: Value) -> Value:
        match operation:
            case Operation.NEGATE:
                return -only
            case Operation.ABSOLUTE:
                return abs(only)
            case Operation.LOGARITHM:
                return self.arithmetic.log(only)
            case Operation.EXPONENTIAL:
                return self.arithmetic.exp(only)
            case Operation.SQUARE_ROOT:
                return only.unary("sqrt")
            case _:
                raise AssertionError(operation)

    def _of_two(self, operation: Operation, left: Value, right: Value) -> Value:
        made = self.made
        match operation:
            case Operation.ADD:
                return left + right
            case Operation.SUBTRACT:
                return left - right
            case Operation.MULTIPLY:
                return left * right
            case Operation.DIVIDE:
                return left / right
            case Operation.MINIMUM:
                return made.arithmetic("min", left, right)
            case Operation.MAXIMUM:
                return made.arithmetic("max", left, right)
            case Operation.LESS:
                return self._truth((left - right) < abs(right) * -EQUAL_WITHIN)
            case Operation.LESS_OR_EQUAL:
                return self._truth((left - right) <= abs(right) * EQUAL_WITHIN)
            case Operation.EQUAL:
                return self._truth(abs(left - right) <= abs(right) * EQUAL_WITHIN)
            case Operation.ROUND:
                return self._nearest(left / right) * right
            case Operation.RAISE:
                power = self.arithmetic.exp(right * self.arithmetic.log(left))
                return made.select(right.equals(0.0), self.one, power)
            case _:
                raise AssertionError(operation)

    def _truth(self, condition: Value) -> Value:
        return self.made.select(condition, self.one, self.zero)

    def _blend(self, weight: Value, chosen: Value, otherwise: Value) -> Value:
        """What is not taken is not seen, be it no number."""
        made = self.made
        if self.program.crisp:
            return made.select(weight.differs(0.0), chosen, otherwise)
        mixed = weight * chosen + (1.0 - weight) * otherwise
        mixed = made.select(weight.equals(1.0), chosen, mixed)
        return made.select(weight.equals(0.0), otherwise, mixed)

    def _stored(self, table: int, offset: int) -> Value:
        """Before the first row there is nothing; what is read there is blended out."""
        made = self.made
        at = made.load(I32, self.record, self.rows.occurrences + 4 * self.region) + offset
        first = made.constant(I32, 0)
        return made.load(F64, self._place(table, made.select(at < 0, first, at)))

    def _whole_power(self, base: Value, power: int) -> Value:
        result = self.one
        for digit in bin(abs(power))[2:]:
            result = result * result
            if digit == "1":
                result = result * base
        return 1.0 / result if power < 0 else result

    def _nearest(self, scaled: Value) -> Value:
        """To whole numbers, half-even; what lies within binary64's rounding of a tie is one."""
        halves = (scaled + scaled).unary("nearest") * 0.5
        size = self.made.arithmetic("max", self.one, abs(scaled))
        near = abs(scaled - halves) <= size * TIE_WITHIN
        return self.made.select(near, halves, scaled).unary("nearest")

    def _crossed(self, slot: int, level: Value, below: bool) -> Value:
        """The chance that a Brownian bridge touched a level; see `path.program`."""
        made, spot = self.made, self.spots.feeds[slot]
        sign = self.one if below else self.minus_one
        floor = made.arithmetic("max", level, LEAST_LEVEL)
        now = sign * self.arithmetic.log(self.prices[spot] / floor)
        before = sign * self.arithmetic.log(self.before[spot] / floor)
        deviation = self._row(self.rows.deviation, spot)
        variance = deviation * deviation
        still = variance.equals(0.0)
        moved = still.equals(0)
        beyond = (now <= EQUAL_WITHIN) | ((before <= EQUAL_WITHIN) & moved)
        apart = now * before * -2.0 / made.select(still, self.one, variance)
        chance = made.select(still, self.zero, self.arithmetic.exp(apart))
        return made.select(beyond, self.one, chance)
