"""The smooth path program and its adjoint in NumPy: forward, remembering, then backward.

An array holds one number for each path of a block. Derivatives are means over the block, by every
number that the market gives the paths (`Rows`), and by the spots as they stand at the valuation.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.polynomial.polynomial import polyval

from rfos_lang.base.records import dataclass
from rfos_lang.path.adjoint import REMEMBERED, Adjoint, Backward
from rfos_lang.path.program import Node, Operation, PathProgram, Region
from rfos_lang.path.smoothing import KERNEL, RAMP_AT_0, RAMP_SLOPE, STEP_AT_0, STEP_SLOPE
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.numpy_printer import PRIMITIVES, Step, Tick, Value
from rfos_lang.valuation.path.timeline import Floats, Timeline

TOGETHER = 1_024
"""Paths that are swept together, so that what is remembered of them stays near."""


class Paths(NamedTuple):
    """A market on a block of paths: what was drawn, `correlated[n, m, paths]`, and the logarithms
    of the spots `[n + 1, m, paths]`, from the valuation on."""

    correlated: Floats
    logarithms: Floats


@dataclass(frozen=True, slots=True)
class Smooth:
    """A smooth program ready to be run on some paths of a market. `widths[n, k]` of its kinks;
    `decisions[r]`, for each region that is a choice, its `[n, paths]` weights."""

    adjoint: Adjoint
    line: Timeline
    model: Lognormal
    rows: Rows
    widths: Floats
    decisions: dict[int, Floats]

    def paths(self, drawn: Floats) -> Paths:
        """The paths that independent normals `[n, m, paths]` draw."""
        correlated = np.zeros_like(drawn)
        for i, row in enumerate(self.model.numbers.factor):
            for j in np.flatnonzero(row):
                correlated[:, i] += row[j] * drawn[:, j]
        moves = self.rows.drift[:, :, None] + self.rows.deviation[:, :, None] * correlated
        start = np.broadcast_to(self.rows.start[:, None], moves.shape[1:])
        return Paths(correlated, np.cumsum(np.concatenate([start[None], moves]), axis=0))

    def values(self, drawn: Floats) -> Floats:
        """The value to the first party on each path."""
        last, _ = self._forward(self.paths(drawn))
        return last.carried[self.adjoint.forward.values[0]]

    def slopes(self, drawn: Floats, seeds: dict[int, float]) -> Rows:
        """The mean derivatives of a sum of carried values, each times its seed, by the market."""
        count = drawn.shape[2]
        total = Rows(*(np.zeros_like(np.asarray(part)) for part in self.rows))
        for first in range(0, count, TOGETHER):
            some = slice(first, min(first + TOGETHER, count))
            decided = {region: each[:, some] for region, each in self.decisions.items()}
            found = replace(self, decisions=decided)._swept(drawn[:, :, some], seeds)
            for sums, part in zip(total, found, strict=True):
                sums += part * ((some.stop - first) / count)
        return total

    def _swept(self, drawn: Floats, seeds: dict[int, float]) -> Rows:
        paths = self.paths(drawn)
        _, past = self._forward(paths)
        return _Backward(self, paths, seeds).swept(past)

    def _forward(self, paths: Paths) -> tuple["_State", list["_Moment"]]:
        count, line = paths.logarithms.shape[2], self.line
        state = _State(
            [np.full(count, value) for value in line.initial],
            [np.repeat(table[:, None], count, axis=1) for table in line.tables],
        )
        setup, past = evaluated_setup(self.adjoint.forward, line), list[_Moment]()
        for number, region in _runs(line, self.adjoint.forward):
            moment = _Moment(number, region, {})
            reads = _Reader(self, paths, setup, moment, state)
            for leaf in self.adjoint.backward[region].remembered:
                moment.kept[leaf] = reads.leaf(leaf)
            _leave(self.adjoint.forward.step[region], reads, state, line)
            past.append(moment)
        return state, past


def evaluated_setup(program: PathProgram, line: Timeline) -> dict[Node, Value]:
    """The values of the setup block, comparisons in it sharp."""
    nothing = Step(0, 0, line, line.pay_years, Tick({}), [], [])
    values: dict[Node, Value] = {}
    with np.errstate(all="ignore"):
        for node in program.setup:
            if node.operands and node.operation in SMOOTH:
                operands = (values[operand] for operand in node.operands)
                values[node] = SMOOTH[node.operation](node, *operands)
            else:
                values[node] = PRIMITIVES[node.operation](node, values, nothing)
    return values


def _runs(line: Timeline, program: PathProgram) -> list[tuple[int, int]]:
    """Each step and region that runs and leaves something, in order."""
    acts = [bool(region.carries or region.stores) for region in program.step]
    return [(int(n), int(r)) for n, r in np.argwhere(line.gates) if acts[r]]


@dataclass(slots=True)
class _State:
    """What one region hands to the next."""

    carried: list[Floats]
    tables: list[Floats]


@dataclass(frozen=True, slots=True)
class _Moment:
    """A region that ran at a step, and what it found that is needed again."""

    number: int
    region: int
    kept: dict[Node, Value]


def _leave(region: Region, reads: "_Reader", state: _State, line: Timeline) -> None:
    """Runs a region: what it carries on and what it stores."""
    values = reads.evaluated(region.nodes)
    for slot, node in region.carries:
        state.carried[slot] = np.broadcast_to(values[node], state.carried[slot].shape)
    at = line.occurrences[reads.moment.number, reads.moment.region]
    for table, node in region.stores:
        state.tables[table] = state.tables[table].copy()
        state.tables[table][at] = values[node]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Evaluates the nodes of one region at one step; backward, `adjoints` are what it leaves, and
    what is remembered is read from the moment."""

    smooth: Smooth
    paths: Paths
    setup: dict[Node, Value]
    moment: _Moment
    state: _State
    adjoints: bool = False

    def evaluated(self, nodes: tuple[Node, ...]) -> dict[Node, Value]:
        values = dict(self.setup)
        with np.errstate(all="ignore"):
            for node in nodes:
                if node.operands:
                    values[node] = SMOOTH[node.operation](
                        node, *(values[operand] for operand in node.operands)
                    )
                elif node not in values:
                    values[node] = self.leaf(node)
        return values

    def leaf(self, node: Node) -> Value:
        """What a node without operands reads."""
        if self.adjoints and node.operation in REMEMBERED:
            return self.moment.kept[node]
        line, rows, (number, region) = self.smooth.line, self.smooth.rows, self._place
        match node.operation:
            case Operation.CONSTANT:
                return node.number
            case Operation.CARRY | Operation.ADJOINT:
                return self.state.carried[node.slot]
            case Operation.STORED:
                return self.state.tables[node.slot][line.occurrences[number, region] + node.offset]
            case Operation.ROW_ADJOINT:
                return self.state.tables[node.slot][line.occurrences[number, region]].copy()
            case Operation.FEED | Operation.QUOTE | Operation.LOG_NOW | Operation.LOG_BEFORE:
                return self._price(node, number)
            case Operation.PRECISION:
                return _precision(rows.deviation[number, self._spot(node)])
            case Operation.COLUMN:
                return line.columns[number, node.slot]
            case Operation.WORTH:
                return rows.worths[number, node.slot]
            case Operation.FALLS_DUE:
                return line.falls_due[number, region]
            case Operation.MOVING:
                return line.moving[number]
            case Operation.WIDTH:
                return self.smooth.widths[number, node.slot]
            case Operation.DECISION:
                decided = self.smooth.decisions.get(region)
                return 0.0 if decided is None else decided[number]
            case _:
                raise AssertionError(node.operation)

    @property
    def _place(self) -> tuple[int, int]:
        return self.moment.number, self.moment.region

    def _spot(self, node: Node) -> int | None:
        return spot_of(self.smooth.model, node)

    def _price(self, node: Node, number: int) -> Value:
        spot = self._spot(node)
        if spot is None:
            return self.smooth.rows.still[number, node.slot]
        before = node.operation is Operation.LOG_BEFORE
        logarithm = self.paths.logarithms[number if before else number + 1, spot]
        logs = before or node.operation is Operation.LOG_NOW
        return logarithm if logs else np.exp(logarithm)


def spot_of(model: Lognormal, node: Node) -> int | None:
    """Which spot a leaf reads; None for a feed that is not random."""
    slots = model.quotes if node.operation is Operation.QUOTE else model.feeds
    return dict(slots).get(node.slot)


def _precision(deviation: float) -> float:
    return 1.0 / (deviation * deviation) if deviation > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class _Backward:
    """The reverse sweep over a block."""

    smooth: Smooth
    paths: Paths
    seeds: dict[int, float]

    def swept(self, past: list[_Moment]) -> Rows:
        smooth, count = self.smooth, self.paths.logarithms.shape[2]
        state = _State(
            [np.zeros(count) for _ in smooth.line.initial],
            [np.zeros((len(table), count)) for table in smooth.line.tables],
        )
        for slot, seed in self.seeds.items():
            state.carried[slot] = np.full(count, seed)
        rows = Rows(*(np.zeros_like(np.asarray(part)) for part in smooth.rows))
        logarithms = np.zeros(self.paths.logarithms.shape[1:])
        setup = evaluated_setup(smooth.adjoint.forward, smooth.line)
        steps: list[list[_Moment]] = [[] for _ in range(len(smooth.line))]
        for moment in past:
            steps[moment.number].append(moment)
        for number in reversed(range(len(steps))):
            before = np.zeros_like(logarithms)
            for moment in reversed(steps[number]):
                reads = _Reader(smooth, self.paths, setup, moment, state, adjoints=True)
                self._region(reads, rows, logarithms, before)
            rows.drift[number] = logarithms.mean(axis=1)
            rows.deviation[number] += (logarithms * self.paths.correlated[number]).mean(axis=1)
            logarithms += before
        rows.start[:] = logarithms.mean(axis=1)
        return rows

    def _region(self, reads: _Reader, rows: Rows, now: Floats, before: Floats) -> None:
        """Takes the adjoints before a region from those after it."""
        backward: Backward = self.smooth.adjoint.backward[reads.moment.region]
        values, state = reads.evaluated(backward.nodes), reads.state
        number, region = reads.moment.number, reads.moment.region
        at = self.smooth.line.occurrences[number, region]
        for table in backward.stored:
            state.tables[table][at] = 0.0
        for leaf, node in backward.reads:
            if leaf.operation is Operation.STORED:
                state.tables[leaf.slot][at + leaf.offset] += values[node]
            else:
                self._market(reads, leaf, values[node], rows, now, before)
        count = now.shape[1]
        for slot, node in backward.carries:
            state.carried[slot] = np.broadcast_to(values[node], (count,))

    def _market(
        self, reads: _Reader, leaf: Node, part: Value, rows: Rows, now: Floats, before: Floats
    ) -> None:
        """Adds to the adjoint of what a leaf reads of the market."""
        spot, number = spot_of(self.smooth.model, leaf), reads.moment.number
        match leaf.operation:
            case Operation.WORTH:
                rows.worths[number, leaf.slot] += np.mean(part)
            case Operation.PRECISION:
                precision = reads.leaf(leaf)
                rows.deviation[number, spot] -= 2.0 * np.mean(part) * precision**1.5
            case Operation.LOG_NOW:
                now[spot] += part
            case Operation.LOG_BEFORE:
                before[spot] += part
            case _ if spot is None:
                rows.still[number, leaf.slot] += np.mean(part)
            case _:
                now[spot] += part * reads.leaf(leaf)


# --- operations -----------------------------------------------------------------------------------


def _divisor(divisor: Value) -> Value:
    """A divisor of 0 stands only where the quotient is not taken."""
    return np.where(divisor == 0.0, 1.0, divisor)


def _above_zero(operand: Value) -> Value:
    """An operand of 0 or less stands only where the result is not taken, or is 0."""
    return np.where(operand > 0.0, operand, 1.0)


def _power(node: Node, base: Value) -> Value:
    base = base if node.slot >= 0 else _divisor(base)
    return np.float_power(base, node.slot)


def _raised(base: Value, exponent: Value) -> Value:
    """A power; a positive part may be below 0 by a little, which has no broken powers."""
    powered = np.float_power(_divisor(base), exponent)
    found = np.where(base == 0.0, np.float_power(0.0, exponent), powered)
    return np.where(np.isnan(found) & (exponent > 0.0), 0.0, found)


def _within(difference: Value, width: Value) -> Value:
    return np.clip(difference / width, -1.0, 1.0)


def _step(node: Node, difference: Value, width: Value) -> Value:
    if width == 0.0:
        return np.where(difference == 0.0, node.number, difference > 0.0)
    x = _within(difference, width)
    return STEP_AT_0 + x * polyval(x * x, STEP_SLOPE)


def _ramp(node: Node, difference: Value, width: Value) -> Value:
    if width == 0.0:
        return np.maximum(difference, 0.0)
    x = _within(difference, width)
    inside = RAMP_AT_0 + x / 2.0 + x * x * polyval(x * x, RAMP_SLOPE)
    return np.where(difference >= width, difference, width * inside)


def _bump(node: Node, difference: Value, width: Value) -> Value:
    if width == 0.0:
        return 0.0
    x = _within(difference, width)
    return polyval(x * x, KERNEL) / width


def _bridge(node: Node, before: Value, now: Value, precision: Value) -> Value:
    if precision == 0.0:
        return np.where(now > 0.0, 0.0, 1.0)
    return np.exp(-2.0 * precision * (before * now))


SMOOTH: dict[Operation, Callable[..., Value]] = {
    Operation.ADD: lambda node, a, b: a + b,
    Operation.SUBTRACT: lambda node, a, b: a - b,
    Operation.MULTIPLY: lambda node, a, b: a * b,
    Operation.DIVIDE: lambda node, a, b: a / _divisor(b),
    Operation.NEGATE: lambda node, a: -a,
    Operation.POWER: _power,
    Operation.LOGARITHM: lambda node, a: np.log(_above_zero(a)),
    Operation.EXPONENTIAL: lambda node, a: np.exp(a),
    Operation.SQUARE_ROOT: lambda node, a: np.where(a > 0.0, np.sqrt(_above_zero(a)), 0.0),
    Operation.RAISE: lambda node, a, b: _raised(a, b),
    Operation.ROUND: lambda node, a, b: np.rint(a / b) * b,
    Operation.EQUAL: lambda node, a, b: (a == b) * 1.0,
    Operation.BLEND: lambda node, w, a, b: b + w * (a - b),
    Operation.STEP: _step,
    Operation.RAMP: _ramp,
    Operation.BUMP: _bump,
    Operation.BRIDGE: _bridge,
}
