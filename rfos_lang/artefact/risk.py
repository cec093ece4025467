"""`risk` and `trigger` as WebAssembly: what `core.risk` says of one instance, for many rows."""

from collections.abc import Callable, Mapping
from typing import assert_never

from rfos_lang.artefact import blocks
from rfos_lang.artefact.assembly import F64, I32, I64, Function, Value, Writer
from rfos_lang.artefact.binary64 import RiskArithmetic, minor_units
from rfos_lang.artefact.formulas import written
from rfos_lang.artefact.settlement import load_wide
from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, RiskFormulas, Source
from rfos_lang.core.program import Program, Sort
from rfos_lang.core.risk import YEAR, margin_assets

UNSOUND, UNSOUND_GREEKS = 1, 2
HIGHEST = 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One row inside the function that evaluates its formulas."""

    function: Function
    arithmetic: RiskArithmetic
    program: Program
    shape: blocks.Shape
    terms: Value
    standing: Value
    inputs: Value
    measures: Value

    def values(self, *formulas: Formula) -> dict[Formula, Value]:
        """Writes every node of the formulas, operands first."""
        return written(self.function, self.arithmetic, self._input, *formulas)

    def _input(self, node: Input) -> Value:
        slot, shape = node.slot, self.shape
        match node.source:
            case Source.TERM:
                return self._real(self.terms, shape.term(slot), self.program.terms[slot].sort)
            case Source.STATE:
                return self._real(self.standing, shape.state(slot), self.program.states[slot].sort)
            case Source.YEARS_TO:
                return self._years_to(slot)
            case Source.SPOT:
                offset = shape.spot(slot)
            case Source.VOLATILITY:
                offset = shape.volatility(slot)
            case Source.RATE:
                offset = shape.rate(slot)
            case Source.YIELD:
                offset = shape.carry(slot)
            case Source.EQUITY:
                offset = shape.equity(slot)
            case _:
                assert_never(node.source)
        return self.function.load(F64, self.inputs, offset)

    def _real(self, block: Value, offset: int, sort: Sort) -> Value:
        if sort is Sort.TRUTH:
            return self.function.load(I64, block, offset).unary("convert signed")
        return self.arithmetic.real(load_wide(block, offset))

    def _years_to(self, schedule: int) -> Value:
        function, entry = self.function, self.shape.schedule(schedule)
        years = function.variable(F64, float("nan"))
        with function.when(function.load(I32, self.terms, entry + 4)):
            place = function.load(I32, self.terms, entry) & ~blocks.BY_RULE
            ahead = function.load(I64, self.terms + place) - function.load(I64, self.inputs)
            function.set(years, ahead.unary("convert signed") / YEAR)
        return years


def write_exports(
    program: Program, risk: RiskFormulas, shape: blocks.Shape, writer: Writer
) -> None:
    """Adds `risk(rows, count)` and `trigger(rows, count)` to the module."""
    arithmetic = RiskArithmetic(writer)

    def evaluation(row: Value) -> Evaluation:
        fields = (blocks.ROW_TERMS, blocks.ROW_STANDING, blocks.ROW_EVENT, blocks.ROW_OUTCOME)
        addresses = [row.function.load(I32, row, field) for field in fields]
        return Evaluation(row.function, arithmetic, program, shape, *addresses)

    _write_batch(writer, "risk", lambda row: _measure(evaluation(row), risk))
    _write_batch(writer, "trigger", lambda row: _trigger(evaluation(row), risk))


def _write_batch(writer: Writer, name: str, one: Callable[[Value], None]) -> None:
    made = writer.begin((I32, I32), (), name)
    first, count = made.parameters()
    row, left = made.variable(I32, first), made.variable(I32, count)
    with made.block() as done, made.loop() as again:
        made.branch_if(left.equals(0), done)
        one(row)
        made.set(row, row + blocks.ROW_SIZE)
        made.set(left, left - 1)
        made.branch(again)


def _measure(of: Evaluation, risk: RiskFormulas) -> None:
    function, shape, greeks = of.function, of.shape, tuple(risk.greeks.values())
    margins = (*risk.maintenance.values(), *risk.initial.values())
    values = of.values(risk.exposure, *margins, *greeks)
    nothing = function.constant(F64, 0.0)
    flags = function.constant(I32, 0)
    for party, asset in enumerate(margin_assets(of.program)):
        owed = values[risk.exposure] if party < 2 else nothing
        amounts = (
            (blocks.MEASURE_EXPOSURE, -owed if party == 0 else owed),
            (blocks.MEASURE_MAINTENANCE, _rule(risk.maintenance, party, values, nothing)),
            (blocks.MEASURE_INITIAL, _rule(risk.initial, party, values, nothing)),
        )
        scale = _minor_units_in_one(of, asset)
        for offset, amount in amounts:
            units, unsound = minor_units(amount, scale)
            function.store(of.measures, shape.measures(party) + offset, I64, units)
            flags = flags | unsound
    for which, formula in enumerate(greeks):
        unsound = (abs(values[formula]) <= HIGHEST).equals(0)
        shown = function.select(unsound, nothing, values[formula])
        function.store(of.measures, shape.greek(which), F64, shown)
        flags = flags | (unsound << 1)
    function.store(of.measures, 0, I32, flags)
    function.store(of.measures, 4, I32, 0)


def _minor_units_in_one(of: Evaluation, asset: int) -> Value:
    divisor = of.function.load(I64, of.terms, of.shape.divisor(asset))
    return (of.function.constant(I64, ONE) // divisor).unary("convert signed")


def _rule(
    rules: Mapping[int, Formula], party: int, values: Mapping[Formula, Value], otherwise: Value
) -> Value:
    return values[rules[party]] if party in rules else otherwise


def _trigger(of: Evaluation, risk: RiskFormulas) -> None:
    function = of.function
    values = of.values(*risk.trigger.values(), *risk.restore.values())
    never, always = function.constant(F64, 0.0), function.constant(F64, 1.0)
    for party in range(of.shape.parties):
        trigger = _rule(risk.trigger, party, values, never)
        restore = _rule(risk.restore, party, values, always)
        at = of.shape.measures(party)
        function.store(of.measures, at + blocks.MEASURE_TRIGGER, I32, trigger.differs(0.0))
        function.store(of.measures, at + blocks.MEASURE_RESTORE, I32, restore.differs(0.0))
