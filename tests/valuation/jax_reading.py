"""The path program in JAX, smooth: one `lax.scan` over the steps, compiled once a program.

An independent reading of the exact program, differentiated by JAX, that adjoints are compared with.

Comparisons are smooth steps and kinks are rounded over their widths (0 leaves them sharp), with the
Epanechnikov kernel of fourth order, whose support is bounded: at a distance of one width nothing
has changed.
What was compiled serves every instance of a program whose regions run at the same kind of steps.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rfos_lang.path.program import Node, Operation, PathProgram
from rfos_lang.valuation.market_on_timeline import Numbers
from rfos_lang.valuation.model_lognormal import Shifts, rows
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.simulation import Simulation

Array = Any


class Inputs(NamedTuple):
    """Everything that may differ between two runs of what was compiled once; see `Timeline`.

    `widths[n, k]` of the program's kinks; `decisions[r]`, for each region that is a choice, its
    `[n, paths]` weights; `normals[n, m, paths]`.
    """

    numbers: Numbers
    terms: Array
    initial: Array
    tables: tuple[Array, ...]
    gates: Array
    occurrences: Array
    falls_due: Array
    columns: Array
    moving: Array
    widths: Array
    decisions: dict[int, Array]
    normals: Array


class Layout(NamedTuple):
    """What a compiled function is compiled for, besides the shapes of its inputs: which spot each
    feed and quote slot is, and which regions run at every step."""

    feeds: tuple[tuple[int, int], ...]
    quotes: tuple[tuple[int, int], ...]
    always: tuple[bool, ...]
    single: bool


class _Step(NamedTuple):
    """The market and the rows of one step: logarithms of the spots `before` and `after` it."""

    before: Array
    after: Array
    spots: Array
    deviation: Array
    worths: Array
    still: Array
    gates: Array
    occurrences: Array
    falls_due: Array
    columns: Array
    moving: Array
    widths: Array
    decisions: dict[int, Array]


def layout(simulation: Simulation) -> Layout:
    """What a simulation's program is compiled for."""
    always = tuple(bool(gates.all()) for gates in simulation.line.gates.T)
    return Layout(
        simulation.model.feeds, simulation.model.quotes, always, len(simulation.line) == 1
    )


def inputs(simulation: Simulation, drawn: Floats, widths: Floats) -> Inputs:
    """A simulation's numbers for the compiled function; `drawn[n, m, paths]`, no choice taken."""
    line = simulation.line
    decisions = {
        index: np.zeros((len(line), drawn.shape[2]))
        for index, region in enumerate(simulation.program.step)
        if region.feasible is not None
    }
    return Inputs(
        simulation.model.numbers,
        line.terms,
        line.initial,
        line.tables,
        line.gates,
        line.occurrences,
        line.falls_due,
        line.columns,
        line.moving,
        widths,
        decisions,
        drawn,
    )


@lru_cache(maxsize=64)
def values(program: PathProgram, layout: Layout) -> Callable[[Shifts, Inputs], Array]:
    """The compiled value to the first party on each path."""
    return jax.jit(lambda shifts, inputs: _final(program, layout, inputs, _paths(shifts, inputs)))


@lru_cache(maxsize=64)
def slopes(program: PathProgram, layout: Layout) -> Callable[[Shifts, Inputs], Shifts]:
    """The compiled first derivatives of a program's mean value, by every shift: one adjoint run."""

    def value(shifts: Shifts, inputs: Inputs) -> Array:
        return jnp.mean(_final(program, layout, inputs, _paths(shifts, inputs)))

    return jax.jit(jax.grad(value))


@lru_cache(maxsize=64)
def curvature(program: PathProgram, layout: Layout) -> Callable[[Shifts, Inputs], Array]:
    """The compiled second derivatives of a program by each spot, forward over forward."""

    def second(shifts: Shifts, inputs: Inputs) -> Array:
        start = _paths(shifts, inputs)

        def along(direction: Array) -> Array:
            """The second derivative by one spot: its logarithm moves as a whole on every path."""

            def value(by: Array) -> Array:
                moved = start.logarithms + (by * direction)[:, None]
                return jnp.mean(_final(program, layout, inputs, start._replace(logarithms=moved)))

            def slope(by: Array) -> Array:
                return jax.jvp(value, (by,), (jnp.ones_like(by),))[1]

            zero = jnp.zeros((), dtype=direction.dtype)
            first, twice = jax.jvp(slope, (zero,), (jnp.ones_like(zero),))
            return (twice - first) / (direction @ shifts.spots) ** 2

        return lax.map(along, jnp.eye(len(shifts.spots), dtype=shifts.spots.dtype))

    return jax.jit(second)


class Paths(NamedTuple):
    """The market on a block of paths: `logarithms[n + 1, m, paths]` of the spots from the valuation
    on, and the rows of each step."""

    logarithms: Array
    deviation: Array
    worths: Array
    still: Array


def _paths(shifts: Shifts, inputs: Inputs) -> Paths:
    """The paths that the normals draw in a moved market."""
    market = rows(inputs.numbers, shifts, jnp)
    correlated = jnp.einsum("ij,njp->nip", inputs.numbers.factor, inputs.normals)

    def advance(before: Array, step: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        drift, deviation, normal = step
        after = before + drift[:, None] + deviation[:, None] * normal
        return after, after

    shape = (market.start.shape[0], inputs.normals.shape[-1])
    start = jnp.broadcast_to(market.start[:, None], shape)
    _, after = lax.scan(advance, start, (market.drift, market.deviation, correlated))
    logarithms = jnp.concatenate([start[None], after])
    return Paths(logarithms, market.deviation, market.worths, market.still)


def _final(program: PathProgram, layout: Layout, inputs: Inputs, paths: Paths) -> Array:
    """The value to the first party at the end of all steps, on each path."""
    count = inputs.normals.shape[-1]
    carried = tuple(jnp.full(count, value) for value in inputs.initial)
    tables = tuple(jnp.repeat(table[:, None], count, axis=1) for table in inputs.tables)
    setup: dict[Node, Any] = {}
    for node in program.setup:
        setup[node] = _setup_value(node, setup, inputs.terms)
    steps = _Step(
        paths.logarithms[:-1],
        paths.logarithms[1:],
        jnp.exp(paths.logarithms[1:]),
        paths.deviation,
        paths.worths,
        paths.still,
        inputs.gates,
        inputs.occurrences,
        inputs.falls_due,
        inputs.columns,
        inputs.moving,
        inputs.widths,
        inputs.decisions,
    )

    def advance(state, step: _Step):  # type: ignore[no-untyped-def]
        for index in range(len(program.step)):
            after = _performed(_Place(program, layout, index, setup, step), state)
            state = after if layout.always[index] else _where(step.gates[index], after, state)
        return state, None

    start = (carried, tables)
    if layout.single:
        (final, _), _ = advance(start, jax.tree.map(lambda row: row[0], steps))
    else:
        (final, _), _ = lax.scan(jax.checkpoint(advance), start, steps)
    return final[program.values[0]]


def _where(runs: Array, after: Any, before: Any) -> Any:
    """What a region leaves behind, if it runs."""
    return jax.tree.map(
        lambda new, old: new if new is old else jnp.where(runs, new, old), after, before
    )


def _setup_value(node: Node, values: dict[Node, Any], terms: Array) -> Any:
    match node.operation:
        case Operation.CONSTANT:
            return node.number
        case Operation.TERM:
            return terms[node.slot]
        case _:
            operands = [values[operand] for operand in node.operands]
            return _arithmetic(node, operands, 0.0)


class _Place(NamedTuple):
    """A region at one step, and what it reads besides the carried values and tables."""

    program: PathProgram
    layout: Layout
    region: int
    setup: dict[Node, Any]
    step: _Step


def _performed(place: _Place, state: tuple[tuple[Array, ...], tuple[Array, ...]]) -> Any:
    """The carried values and tables that a region leaves behind."""
    region, values = place.program.step[place.region], _values(place, state)
    carried, tables = list(state[0]), list(state[1])
    paths = carried[0].shape[0]
    for slot, node in region.carries:
        carried[slot] = _on_every(values[node], paths)
    at = place.step.occurrences[place.region]
    for table, node in region.stores:
        tables[table] = tables[table].at[at].set(_on_every(values[node], paths))
    return tuple(carried), tuple(tables)


def _values(place: _Place, state: tuple[tuple[Array, ...], tuple[Array, ...]]) -> dict[Node, Any]:
    """The value of every node of a region."""
    kinks = {node: number for number, node in enumerate(place.program.kinks)}
    feeds, step, values = dict(place.layout.feeds), place.step, dict(place.setup)
    for node in place.program.step[place.region].nodes:
        operands = [values[operand] for operand in node.operands]
        width = step.widths[kinks[node]] if node in kinks else 0.0
        if node.operation in _CROSSED:
            pair, sign = feeds[node.slot], _CROSSED[node.operation]
            ends, variance = (step.before[pair], step.after[pair]), step.deviation[pair] ** 2
            values[node] = _crossed(sign, operands[0], ends, variance, width)
        elif operands:
            values[node] = _arithmetic(node, operands, width)
        else:
            values[node] = _leaf(place, node, state)
    return values


def _leaf(place: _Place, node: Node, state: tuple[tuple[Array, ...], tuple[Array, ...]]) -> Any:
    """What a node without operands reads."""
    slot, step, (carried, tables) = node.slot, place.step, state
    feeds, quotes = dict(place.layout.feeds), dict(place.layout.quotes)
    match node.operation:
        case Operation.CONSTANT:
            return node.number
        case Operation.CARRY:
            return carried[slot]
        case Operation.FEED:
            return step.spots[feeds[slot]] if slot in feeds else step.still[slot]
        case Operation.QUOTE:
            return step.spots[quotes[slot]]
        case Operation.COLUMN:
            return step.columns[slot]
        case Operation.WORTH:
            return step.worths[slot]
        case Operation.FALLS_DUE:
            return step.falls_due[place.region]
        case Operation.MOVING:
            return step.moving
        case Operation.DECISION:
            return step.decisions[place.region]
        case Operation.STORED:
            return tables[slot][step.occurrences[place.region] + node.offset]
        case _:
            raise AssertionError(node.operation)


def _on_every(value: Any, paths: int) -> Array:
    return jnp.broadcast_to(jnp.asarray(value, dtype=jnp.float64), (paths,))


_CROSSED = {Operation.FELL_TO: 1.0, Operation.ROSE_TO: -1.0}


def _crossed(
    sign: float, level: Any, ends: tuple[Array, Array], variance: Array, width: Array
) -> Array:
    """As in the exact program, exp(-2 a⁺ b⁺ / v), with the distances' positive parts rounded."""
    boundary = jnp.log(jnp.maximum(level, 1e-300))
    start, now = (_ramp(sign * (end - boundary), width) for end in ends)
    moves = variance > 0.0
    bridged = jnp.exp(-2.0 * start * now / jnp.where(moves, variance, 1.0))
    return jnp.where(moves, bridged, jnp.where(now > 0.0, 0.0, 1.0))


def _arithmetic(node: Node, operands: list[Any], width: Any) -> Any:
    match node.operation, operands:
        case Operation.ADD, [left, right]:
            return left + right
        case Operation.SUBTRACT, [left, right]:
            return left - right
        case Operation.MULTIPLY, [left, right]:
            return left * right
        case Operation.DIVIDE, [left, right]:
            return left / _divisor(right)
        case Operation.NEGATE, [operand]:
            return -operand
        case Operation.POWER, [base]:
            return _power(base, node.slot)
        case Operation.BLEND, [weight, chosen, otherwise]:
            return otherwise + weight * (chosen - otherwise)
        case Operation.EQUAL, [left, right]:
            return jnp.where(left == right, 1.0, 0.0)
        case Operation.LOGARITHM, [operand]:
            return jnp.log(_above_zero(operand))
        case Operation.EXPONENTIAL, [operand]:
            return jnp.exp(operand)
        case Operation.SQUARE_ROOT, [operand]:
            return jnp.where(operand > 0.0, jnp.sqrt(_above_zero(operand)), 0.0)
        case Operation.RAISE, [base, exponent]:
            broken = (base < 0.0) & (exponent != jnp.rint(exponent))
            powered = jnp.where(broken, 1.0, _divisor(base)) ** exponent
            return jnp.where(broken, 0.0, jnp.where(base == 0.0, 0.0**exponent, powered))
        case Operation.ROUND, [value, unit]:
            return value + lax.stop_gradient(jnp.rint(value / unit) * unit - value)
        case Operation.ABSOLUTE, [operand]:
            return 2.0 * _ramp(operand, width) - operand
        case Operation.MAXIMUM, [left, right]:
            return right + _ramp(left - right, width)
        case Operation.MINIMUM, [left, right]:
            return left - _ramp(left - right, width)
        case Operation.LESS, [left, right]:
            return _step(right - left, width, sharp=0.0)
        case Operation.LESS_OR_EQUAL, [left, right]:
            return _step(right - left, width, sharp=1.0)
        case _:
            raise AssertionError(node.operation)


def _divisor(divisor: Any) -> Any:
    """A divisor of 0 stands only where the quotient is not taken."""
    return jnp.where(divisor == 0.0, 1.0, divisor)


def _above_zero(operand: Any) -> Any:
    """An operand of 0 or less stands only where the result is not taken, or is 0."""
    return jnp.where(operand > 0.0, operand, 1.0)


def _power(base: Any, exponent: int) -> Any:
    return base**exponent if exponent >= 0 else 1.0 / _divisor(base) ** -exponent


def _step(difference: Any, width: Any, sharp: float) -> Any:
    """The truth that a difference is positive, over a width: the kernel's distribution function.
    `sharp` is what 0 gives without a width."""
    x = jnp.clip(difference / _divisor(width), -1.0, 1.0)
    smooth = 0.5 + x * (45.0 - 50.0 * x**2 + 21.0 * x**4) / 32.0
    exact = jnp.where(difference == 0.0, sharp, jnp.where(difference > 0.0, 1.0, 0.0))
    return jnp.where(width > 0.0, smooth, exact)


def _ramp(difference: Any, width: Any) -> Any:
    """The positive part of a difference, rounded over a width: the integral of `_step`."""
    x = jnp.clip(difference / _divisor(width), -1.0, 1.0)
    inside = 5.0 / 64.0 + x / 2.0 + x * x * (45.0 - 25.0 * x**2 + 7.0 * x**4) / 64.0
    rounded = jnp.where(difference >= width, difference, width * inside)
    return jnp.where(width > 0.0, rounded, jnp.maximum(difference, 0.0))
