"""The path program executed on letters: what the first party gets, as one formula of one price at
each step and of what a payment there is worth now."""

from collections.abc import Mapping
from math import isnan, nan

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, Number, Source
from rfos_lang.path.program import EQUAL_WITHIN, Node, Operation, PathProgram, Region
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.constructors import (
    ZERO,
    absolute,
    add,
    divide,
    exponential,
    less,
    less_or_equal,
    logarithm,
    maximum,
    minimum,
    multiply,
    negate,
    number,
    power,
    root,
    select,
    subtract,
)
from rfos_lang.valuation.simulated.simulation import Simulation


def price_letter(step: int) -> Input:
    """The price at a step."""
    return Input(Source.SPOT, step, f"S{step}")


def worth_letter(step: int, slot: int, width: int) -> Input:
    """What one unit paid at a step is worth now."""
    return Input(Source.RATE, step * width + slot, f"D{step}_{slot}")


def gained(simulation: Simulation) -> Formula:
    """What the first party gets, in units of the reporting asset now. Raises NoClosedForm for more
    prices than one, choices, watches and roundings."""
    if len(simulation.model.pairs) != 1:
        raise NoClosedForm("it depends on prices of several assets at once")
    return _Execution(simulation).run()


@dataclass(slots=True)
class _Execution:
    """Where execution stands."""

    simulation: Simulation
    step: int = 0
    region: int = 0

    @property
    def _program(self) -> PathProgram:
        return self.simulation.program

    def run(self) -> Formula:
        line = self.simulation.line
        carried: list[Formula] = [number(float(value)) for value in line.initial]
        tables: list[list[Formula]] = [
            [number(float(value)) for value in rows] for rows in line.tables
        ]
        setup = self._evaluated(self._program.setup, {}, carried, tables)
        for step, index in np.argwhere(line.gates):
            self.step, self.region = int(step), int(index)
            self._perform(self._program.step[index], setup, carried, tables)
        return carried[self._program.values[0]]

    def _perform(
        self,
        region: Region,
        setup: Mapping[Node, Formula],
        carried: list[Formula],
        tables: list[list[Formula]],
    ) -> None:
        if region.feasible is not None:
            raise NoClosedForm("one of the parties chooses")
        values = self._evaluated(region.nodes, setup, carried, tables)
        for slot, found in [(slot, values[node]) for slot, node in region.carries]:
            carried[slot] = found
        at = int(self.simulation.line.occurrences[self.step, self.region])
        for table, node in region.stores:
            tables[table][at] = values[node]

    def _evaluated(
        self,
        nodes: tuple[Node, ...],
        known: Mapping[Node, Formula],
        carried: list[Formula],
        tables: list[list[Formula]],
    ) -> dict[Node, Formula]:
        values = dict(known)
        for node in nodes:
            if node not in values:
                operands = [values[each] for each in node.operands]
                found = self._leaf(node, carried, tables)
                values[node] = self._function(node, operands) if found is None else found
        return values

    def _leaf(
        self, node: Node, carried: list[Formula], tables: list[list[Formula]]
    ) -> Formula | None:
        line, step = self.simulation.line, self.step
        if (known := line.number(node, step, self.region)) is not None:
            return number(known)
        match node.operation:
            case Operation.FEED:
                return self._observed(node.slot)
            case Operation.QUOTE:
                return price_letter(step)
            case Operation.CARRY:
                return carried[node.slot]
            case Operation.STORED:
                return tables[node.slot][int(line.occurrences[step, self.region]) + node.offset]
            case Operation.WORTH:
                return worth_letter(step, node.slot, self.simulation.rows.worths.shape[1])
            case _:
                return None

    def _observed(self, slot: int) -> Formula:
        model, step = self.simulation.model, self.step
        if slot in dict(model.feeds):
            return price_letter(step)
        if model.numbers.moves(step, slot):
            raise NoClosedForm("it observes an index as well")
        return number(float(self.simulation.rows.still[step, slot]))

    def _function(self, node: Node, operands: list[Formula]) -> Formula:
        match node.operation, operands:
            case Operation.POWER, [base]:
                return power(base, node.slot)
            case Operation.NEGATE, [only]:
                return negate(only)
            case Operation.ABSOLUTE, [only]:
                return absolute(only)
            case Operation.LOGARITHM, [only]:
                return logarithm(only)
            case Operation.EXPONENTIAL, [only]:
                return exponential(only)
            case Operation.SQUARE_ROOT, [only]:
                return root(only)
            case Operation.BLEND, [weight, chosen, otherwise]:
                return select(weight, chosen, otherwise)
            case operation, [left, right]:
                return _of_two(operation, left, right)
            case operation, _:
                raise NoClosedForm(_REFUSED.get(operation, "it rounds on its way"))


_REFUSED = {
    Operation.FELL_TO: "it watches for a level between its dates",
    Operation.ROSE_TO: "it watches for a level between its dates",
    Operation.DECISION: "one of the parties chooses",
}

_OF_TWO = {
    Operation.ADD: add,
    Operation.SUBTRACT: subtract,
    Operation.MULTIPLY: multiply,
    Operation.DIVIDE: divide,
    Operation.MINIMUM: minimum,
    Operation.MAXIMUM: maximum,
    Operation.LESS_OR_EQUAL: less_or_equal,
}


def _of_two(operation: Operation, left: Formula, right: Formula) -> Formula:
    match operation:
        case Operation.LESS if isinstance(left, Number) and isinstance(right, Number):
            apart, scale = left.value - right.value, abs(right.value)
            return number(float(apart < -EQUAL_WITHIN * scale))
        case Operation.LESS:
            return less(left, right)
        case Operation.EQUAL if isinstance(left, Number) and isinstance(right, Number):
            apart, scale = abs(left.value - right.value), abs(right.value)
            return number(float(apart <= EQUAL_WITHIN * scale and not isnan(apart)))
        case Operation.EQUAL:
            return ZERO  # what is random hits a single level with probability zero
        case Operation.RAISE if isinstance(left, Number) and isinstance(right, Number):
            return number(left.value**right.value if left.value >= 0.0 else nan)
        case Operation.RAISE if isinstance(right, Number):
            return exponential(multiply(right, logarithm(left)))
        case _ if operation in _OF_TWO:
            return _OF_TWO[operation](left, right)
        case _:
            raise NoClosedForm(_REFUSED.get(operation, "it rounds on its way"))
