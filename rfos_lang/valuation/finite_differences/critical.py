"""The prices at which a contract's payments bend or jump, or at which it moves by itself."""

import numpy as np

from rfos_lang.valuation.finite_differences.grid import distinct
from rfos_lang.valuation.finite_differences.layers import Layers
from rfos_lang.valuation.finite_differences.outcomes import Instance, Moves, read
from rfos_lang.valuation.path.numpy_printer import Value, Witness
from rfos_lang.valuation.path.timeline import Floats

LOOKED_AT = 300
CRITICAL_MOST = 60
"""What bends at more prices has no node for each, and is less precise."""
CLOSE = 1e-5
"""How closely, as a part of the price, a crossing is looked at again."""


def critical_prices(
    instance: Instance,
    spans: list[range],
    events: frozenset[int],
    low: float,
    high: float,
    other: float | None = None,
) -> list[float]:
    """The critical prices between two logarithms of prices: where what a region compares is equal,
    and where what a choice pays at once begins to be a gain. Of two prices those of the first one,
    while the other one is as told."""
    prices = np.exp(np.linspace(low, high, LOOKED_AT))
    roughly = _looked(instance, spans, events, prices, other)
    near = [price * side for price in roughly for side in (1 - CLOSE, 1 + CLOSE)]
    found = _looked(instance, spans, events, np.array(distinct([*prices, *near])), other)
    return found if len(found) <= CRITICAL_MOST else found[:: len(found) // CRITICAL_MOST + 1]


def _looked(
    instance: Instance,
    spans: list[range],
    events: frozenset[int],
    prices: Floats,
    other: float | None,
) -> list[float]:
    found: list[float] = []
    layers = Layers(instance.program, instance.axis)
    reached = {layers.start(instance.line)}
    for steps in spans:
        is_event = steps[0] in events
        met, reached = _of_span(instance, layers, steps, is_event, prices, reached, other)
        found += met
    return distinct(found)


def bends_at(
    instance: Instance, layers: Layers, step: int, prices: Floats, reached: set[int]
) -> tuple[list[float], set[int]]:
    """The critical prices of one event among prices that are looked at; and the layers after it."""
    steps = range(step, step + 1)
    roughly, _ = _of_span(instance, layers, steps, True, prices, reached)
    near = [price * side for price in roughly for side in (1 - CLOSE, 1 + CLOSE)]
    closely = np.array(distinct([*prices, *near]))
    found, after = _of_span(instance, layers, steps, True, closely, reached)
    return distinct(found), after


def _of_span(
    instance: Instance,
    layers: Layers,
    steps: range,
    is_event: bool,
    prices: Floats,
    reached: set[int],
    other: float | None = None,
) -> tuple[list[float], set[int]]:
    found: list[float] = []
    seen = prices[None] if other is None else np.stack([prices, np.full(prices.shape, other)])
    now, witness = set(reached), _bends(prices, found)
    for region in np.flatnonzero(instance.line.gates[steps[0]]).tolist():
        moves, after = read(instance, layers, region, steps[:1], seen, now, witness)
        found += _gains(prices, moves)
        now = after if is_event else now | after
    return found, now


def _bends(prices: Floats, found: list[float]) -> Witness:
    """A witness that keeps the prices at which what is compared is equal."""

    def witness(step: object, node: object, difference: Value) -> None:
        row = np.asarray(difference, dtype=np.float64)
        if prices.size and row.shape[-1:] == prices.shape:
            found.extend(_roots(prices, row.reshape(-1, len(prices))[0]))

    return witness


def _gains(prices: Floats, moves: Moves) -> list[float]:
    found = []
    for move in moves.by_layer:
        if move.taking is not None:
            gain = move.taking.paid[moves.column][0] - move.waiting.paid[moves.column][0]
            found += _roots(prices, gain)
    return found


def _roots(prices: Floats, values: Floats) -> list[float]:
    """Where a function changes its sign between two prices, as if it were straight there."""
    sign = np.sign(values)
    change = (sign[:-1] * sign[1:] < 0) | ((sign[:-1] == 0) != (sign[1:] == 0))
    result = []
    for i in np.flatnonzero(change).tolist():
        a, b = float(values[i]), float(values[i + 1])
        if np.isfinite(a) and np.isfinite(b):
            result.append(float(prices[i] + a / (a - b) * (prices[i + 1] - prices[i])))
    return result
