"""The path program in NumPy, exact: the contract itself on many paths at once.

An array holds one number for each path of a block. Comparisons give 0.0 or 1.0; two decimal
numbers that differ only by the rounding of binary64 count as equal, as they are in the settlement
arithmetic. What is not taken is not seen: a division by zero in it does no harm.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import (
    COMPARED,
    EQUAL_WITHIN,
    LEAST_LEVEL,
    TIE_WITHIN,
    Node,
    Operation,
    PathProgram,
    Payment,
    Region,
)
from rfos_lang.valuation.path.timeline import Floats, Timeline

Value = Any
"""A float, or an array with one entry a path."""


Distances = Callable[[Value], tuple[Value, Value]]
"""How far above a level a price stood before a step and stands after it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The market at one step: feeds and quotes by slot, and for feeds that diffuse where they stood
    a step before and the variance of their logarithm since; `hidden` is what the model remembers of
    each path beside the prices, as Heston's variances. Of a feed whose volatility depends on where
    it stands `distances` are told in the coordinate in which it is the same everywhere, and the
    variance is that of this coordinate. `worths` take the place of the timeline's where rates
    move."""

    feeds: dict[int, Value]
    quotes: dict[int, Value] = field(default_factory=dict)
    previous: dict[int, Value] = field(default_factory=dict)
    variance: dict[int, Value] = field(default_factory=dict)
    hidden: list[Value] = field(default_factory=list)
    distances: dict[int, Distances] = field(default_factory=dict)
    worths: dict[int, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """What the nodes of one region read at one step; or at several at once, if `number` is a column
    of them and no table is written."""

    number: Any
    region: int
    timeline: Timeline
    worths: Floats
    tick: Tick
    carried: list[Value]
    tables: list[NDArray[np.float64]]
    decision: Value = 0.0


Decide = Callable[[Step, Region, Value], Value]
"""Says on which paths a choice is taken (0 or 1), given where it is feasible."""

Record = Callable[[Step, Payment, Value, Value], None]
"""Sees a payment: step, payment, amount and weight on each path."""

Witness = Callable[[int, Node, Value], None]
"""Sees the operands of a kink: step, kink, left - right."""


def run(
    program: PathProgram,
    timeline: Timeline,
    worths: Floats,
    ticks: Iterable[Tick],
    paths: int,
    decide: Decide | None = None,
    record: Record | None = None,
    witness: Witness | None = None,
) -> list[Value]:
    """Runs a block of paths along the timeline; the carried values at the end.

    `worths[n, w]` are the program's worths at each step, `ticks` one for each step. Without
    `decide` no choice is taken.
    """
    *_, last = steps(program, timeline, worths, ticks, paths, decide, record, witness)
    return last.carried


def steps(
    program: PathProgram,
    timeline: Timeline,
    worths: Floats,
    ticks: Iterable[Tick],
    paths: int,
    decide: Decide | None = None,
    record: Record | None = None,
    witness: Witness | None = None,
) -> Iterator[Step]:
    """As `run`, giving every step once its regions have run (and a first one before them)."""
    setup = evaluated_setup(program, timeline)
    carried = [np.full(paths, value) for value in timeline.initial]
    tables = [np.repeat(rows[:, None], paths, axis=1) for rows in timeline.tables]
    step = Step(0, 0, timeline, worths, Tick({}), carried, tables)
    yield step
    for number, tick in enumerate(ticks):
        step.number, step.tick = number, tick
        perform_all(program, step, setup, 0, decide, record, witness)
        yield step


def resumed(
    program: PathProgram,
    step: Step,
    ticks: Sequence[Tick],
    setup: dict[Node, Value],
    decide: Decide,
) -> list[Value]:
    """Runs on from the region after the one that `step` is at, to the end; the carried values.

    `ticks` are those of the whole timeline. `step` is used up.
    """
    first = step.region + 1
    for number in range(step.number, len(ticks)):
        step.number, step.tick = number, ticks[number]
        perform_all(program, step, setup, first, decide)
        first = 0
    return step.carried


def perform_all(
    program: PathProgram,
    step: Step,
    setup: dict[Node, Value],
    first: int,
    decide: Decide | None = None,
    record: Record | None = None,
    witness: Witness | None = None,
) -> None:
    """Runs the regions that concern one step, from the region `first` on."""
    for index in np.flatnonzero(step.timeline.gates[step.number]):
        if index >= first:
            step.region = int(index)
            perform(program, program.step[index], step, setup, decide, record, witness)


def evaluated_setup(program: PathProgram, timeline: Timeline) -> dict[Node, Value]:
    """The values of the setup block."""
    nothing = Step(0, 0, timeline, timeline.pay_years, Tick({}), [], [])
    values: dict[Node, Value] = {}
    with np.errstate(all="ignore"):
        for node in program.setup:
            values[node] = PRIMITIVES[node.operation](node, values, nothing)
    return values


def perform(
    program: PathProgram,
    region: Region,
    step: Step,
    setup: dict[Node, Value],
    decide: Decide | None = None,
    record: Record | None = None,
    witness: Witness | None = None,
) -> None:
    """Runs one region: its nodes, then the values it carries on, its tables, its payments."""
    values = dict(setup)
    if region.feasible is not None:
        _evaluate(program, _needed(region), step, values, None)
        feasible = values[region.feasible]
        step.decision = 0.0 if decide is None else decide(step, region, feasible)
    _evaluate(program, region.nodes, step, values, witness)
    for payment in region.payments if record else ():
        assert record is not None
        record(step, payment, values[payment.amount], values[payment.weight])
    for slot, node in region.carries:
        step.carried[slot] = values[node]
    at = step.timeline.occurrences[step.number, step.region]
    for table, node in region.stores:
        step.tables[table][at] = values[node]


def _needed(region: Region) -> tuple[Node, ...]:
    """The nodes up to the one that says whether a choice is feasible."""
    if region.feasible not in region.nodes:
        return ()
    return region.nodes[: region.nodes.index(region.feasible) + 1]


def _evaluate(
    program: PathProgram,
    nodes: tuple[Node, ...],
    step: Step,
    values: dict[Node, Value],
    witness: Witness | None,
) -> None:
    with np.errstate(all="ignore"):
        for node in nodes:
            if node in values:
                continue
            if node.operation is Operation.BLEND and not program.crisp:
                values[node] = _fractional_blend(*(values[o] for o in node.operands))
            else:
                values[node] = PRIMITIVES[node.operation](node, values, step)
            if witness is not None and node.operation in COMPARED:
                left, *right = (values[operand] for operand in node.operands)
                witness(step.number, node, left - right[0] if right else left)


def minor_units(amount: Value, places: int) -> Value:
    """Amounts in whole minor units, half-even."""
    return nearest(np.asarray(amount) * 10.0**places)


def nearest(scaled: Value) -> Value:
    """The nearest whole numbers, half-even: what lies within the rounding of binary64 of a tie is a
    tie, as the decimal number is."""
    halves = np.rint(2 * scaled) / 2
    near = np.abs(scaled - halves) <= TIE_WITHIN * np.maximum(1.0, np.abs(scaled))
    return np.rint(np.where(near, halves, scaled))


# --- primitives -----------------------------------------------------------------------------------


def _less(left: Value, right: Value) -> Value:
    return (left - right < -EQUAL_WITHIN * np.abs(right)) * 1.0


def _less_or_equal(left: Value, right: Value) -> Value:
    return (left - right <= EQUAL_WITHIN * np.abs(right)) * 1.0


def _equal(left: Value, right: Value) -> Value:
    return (np.abs(left - right) <= EQUAL_WITHIN * np.abs(right)) * 1.0


def _fractional_blend(weight: Value, chosen: Value, otherwise: Value) -> Value:
    mixed = weight * chosen + (1.0 - weight) * otherwise
    if np.all(np.isfinite(mixed)):
        return mixed  # which it is not if the one that does not count is not
    return np.where(weight == 0.0, otherwise, np.where(weight == 1.0, chosen, mixed))


def _crossed(sign: float) -> Callable[[Node, dict[Node, Value], Step], Value]:
    """Chance that log S, a Brownian bridge between two steps, touched a level below (sign 1) or
    above (-1): exp(-2 (a - l)(b - l) / v), 1 if either end lies beyond."""

    def chance(node: Node, values: dict[Node, Value], step: Step) -> Value:
        level = np.maximum(values[node.operands[0]], LEAST_LEVEL)
        before, now = (sign * each for each in _distances(step.tick, node.slot, level))
        variance = step.tick.variance[node.slot]
        beyond = (now <= EQUAL_WITHIN) | ((before <= EQUAL_WITHIN) & (variance > 0.0))
        if not np.any(variance):
            return beyond * 1.0
        apart = np.where(beyond, 0.0, -2.0 * now * before) / np.maximum(variance, 1e-300)
        return np.exp(apart)

    return chance


def _distances(tick: Tick, slot: int, level: Value) -> tuple[Value, Value]:
    if slot in tick.distances:
        return tick.distances[slot](level)
    return np.log(tick.previous[slot] / level), np.log(tick.feeds[slot] / level)


def _with_two(function: Callable[[Value, Value], Value]):  # type: ignore[no-untyped-def]
    return lambda n, v, s: function(v[n.operands[0]], v[n.operands[1]])


def _stored(node: Node, values: dict[Node, Value], step: Step) -> Value:
    at = step.timeline.occurrences[step.number, step.region] + node.offset
    return step.tables[node.slot][at].copy()


PRIMITIVES: dict[Operation, Callable[[Node, dict[Node, Value], Step], Value]] = {
    Operation.CONSTANT: lambda n, v, s: n.number,
    Operation.TERM: lambda n, v, s: s.timeline.terms[n.slot],
    Operation.COLUMN: lambda n, v, s: s.timeline.columns[s.number, n.slot],
    Operation.FEED: lambda n, v, s: s.tick.feeds[n.slot],
    Operation.QUOTE: lambda n, v, s: s.tick.quotes[n.slot],
    Operation.LOG_NOW: lambda n, v, s: np.log(s.tick.feeds[n.slot]),
    Operation.CARRY: lambda n, v, s: s.carried[n.slot],
    Operation.STORED: _stored,
    Operation.WORTH: lambda n, v, s: (
        s.tick.worths[n.slot] if s.tick.worths else s.worths[s.number, n.slot]
    ),
    Operation.FALLS_DUE: lambda n, v, s: s.timeline.falls_due[s.number, s.region],
    Operation.MOVING: lambda n, v, s: s.timeline.moving[s.number],
    Operation.DECISION: lambda n, v, s: s.decision,
    Operation.ADD: _with_two(lambda a, b: a + b),
    Operation.SUBTRACT: _with_two(lambda a, b: a - b),
    Operation.MULTIPLY: _with_two(lambda a, b: a * b),
    Operation.DIVIDE: _with_two(np.divide),
    Operation.NEGATE: lambda n, v, s: -v[n.operands[0]],
    Operation.POWER: lambda n, v, s: np.float_power(v[n.operands[0]], n.slot),
    Operation.LOGARITHM: lambda n, v, s: np.log(v[n.operands[0]]),
    Operation.EXPONENTIAL: lambda n, v, s: np.exp(v[n.operands[0]]),
    Operation.SQUARE_ROOT: lambda n, v, s: np.sqrt(v[n.operands[0]]),
    Operation.RAISE: _with_two(np.float_power),
    Operation.ROUND: _with_two(lambda value, unit: nearest(value / unit) * unit),
    Operation.ABSOLUTE: lambda n, v, s: np.abs(v[n.operands[0]]),
    Operation.MINIMUM: _with_two(np.minimum),
    Operation.MAXIMUM: _with_two(np.maximum),
    Operation.LESS: _with_two(_less),
    Operation.LESS_OR_EQUAL: _with_two(_less_or_equal),
    Operation.EQUAL: _with_two(_equal),
    Operation.BLEND: lambda n, v, s: np.where(
        v[n.operands[0]] != 0.0, v[n.operands[1]], v[n.operands[2]]
    ),
    Operation.FELL_TO: _crossed(1.0),
    Operation.ROSE_TO: _crossed(-1.0),
}
