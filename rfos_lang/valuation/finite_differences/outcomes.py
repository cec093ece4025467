"""What the regions of the path program do on the nodes of a grid: one outcome for each layer."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Choice, Clause, Program, Watch
from rfos_lang.path.program import Node, PathProgram
from rfos_lang.valuation.finite_differences.axis import Axis, Mixed
from rfos_lang.valuation.finite_differences.layers import ENDED, After, Layers
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.region_code import carried_on
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.path.numpy_printer import Step, Tick, Value, Witness
from rfos_lang.valuation.path.timeline import Floats, Timeline


@dataclass(frozen=True, slots=True)
class Told:
    """For whom a value is told: carried slots of values by column, and by party the column and sign
    in which it is a chooser's own gain."""

    slots: tuple[int, ...]
    gains: dict[int, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Instance:
    """What outcomes are read from. `feeds` and `quotes` tell which price (0, or 1 of two) a feed
    slot and an asset slot are of."""

    origin: Program
    program: PathProgram
    line: Timeline
    rows: Rows
    setup: dict[Node, Value]
    told: Told
    feeds: dict[int, int]
    quotes: dict[int, int]
    axis: Axis | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a region in one layer, at steps × nodes: `paid[column]`, and the layer `after` it."""

    paid: tuple[Floats, ...]
    after: After

    def row(self, step: int, values: Floats) -> Floats:
        """What a layer is worth before, from what each is worth after: `values[layer, column, n]`,
        at one of the outcome's steps."""
        result = np.array([paid[step] for paid in self.paid])
        if isinstance(self.after, int):
            return result + values[self.after]
        if isinstance(self.after, Mixed):
            layers, weights = self.after.layers[:, step], self.after.weights[:, step]
            nodes = np.arange(layers.shape[1])
            for layer, weight in zip(layers, weights, strict=True):
                result += weight * values[layer, :, nodes].T
            return result
        after = self.after[step]
        return result + values[after, :, np.arange(len(after))].T


@dataclass(frozen=True, slots=True)
class Move:
    """What a region does in one layer: if nobody chooses, and if the chooser takes the choice.
    `still` says where the region then leaves all as it is."""

    layer: int
    waiting: Outcome
    still: NDArray[np.bool_]
    taking: Outcome | None


@dataclass(frozen=True, slots=True)
class Moves:
    """What one region does at some steps, by layer; layers that it leaves alone are not named."""

    by_layer: tuple[Move, ...]
    column: int
    sign: float
    is_watch: bool


def read(
    instance: Instance,
    layers: Layers,
    region: int,
    steps: Sequence[int],
    prices: Floats,
    reached: set[int],
    witness: Witness | None = None,
) -> tuple[Moves, set[int]]:
    """What a region does at the steps in each of the layers, and the layers that may stand after
    it; `prices[price, node]`. Raises NoGrid."""
    clause = clause_of(instance, region)
    column, sign = instance.told.gains[clause.party] if isinstance(clause, Choice) else (0, 1.0)
    moves, after = [], set[int]()
    shape, chooses = (len(steps), prices.shape[1]), isinstance(clause, Choice)
    for layer in sorted(reached):
        waiting, *taken = _outcomes(
            instance, layers, region, steps, prices, layer, (0.0, 1.0)[: 1 + chooses], witness
        )
        still = _still(waiting, layer, shape)
        for outcome in (waiting, *taken):
            after |= _met(outcome)
        if not still.all() or any(not _still(each, layer, shape).all() for each in taken):
            moves.append(Move(layer, waiting, still, taken[0] if taken else None))
    found = Moves(tuple(moves), column, sign, isinstance(clause, Watch))
    if isinstance(clause, Watch) and clause.repeats:
        _settles(instance, found, region)
    return found, after - {ENDED}


def clause_of(instance: Instance, region: int) -> Clause:
    """The clause that a region is the code of."""
    return instance.origin.clauses[instance.program.step[region].clause]


def _settles(instance: Instance, moves: Moves, region: int) -> None:
    """Refuses a watch that pays or counts at each observation, of which there are any number."""
    by_layer = {move.layer: move for move in moves.by_layer}
    for move in moves.by_layer:
        moved = ~move.still
        if any((paid[moved] != 0.0).any() for paid in move.waiting.paid):
            raise NoGrid("it pays at every observation, and a grid observes all the time")
        if isinstance(move.waiting.after, Mixed):
            raise NoGrid("it remembers what it observes, and a grid observes all the time")
        for layer in _met(move.waiting):
            there = moved & (move.waiting.after == layer)
            if layer in by_layer and not by_layer[layer].still[there].all():
                raise NoGrid("it counts observations, and a grid observes all the time")


def _still(outcome: Outcome, layer: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Where an outcome leaves all as it is."""
    after, still = outcome.after, np.empty(shape, dtype=np.bool_)
    if isinstance(after, Mixed):
        still[...] = ((after.layers == layer) | (after.weights == 0.0)).all(axis=0)
    else:
        still[...] = after == layer
    for paid in outcome.paid:
        still &= paid == 0.0
    return still


def _met(outcome: Outcome) -> set[int]:
    after = outcome.after
    if isinstance(after, int):
        return {after}
    if isinstance(after, Mixed):
        after = after.layers[after.weights != 0.0]
    return set(np.flatnonzero(np.bincount(after.ravel())).tolist())


def _outcomes(
    instance: Instance,
    layers: Layers,
    region: int,
    steps: Sequence[int],
    prices: Floats,
    layer: int,
    decisions: Sequence[float],
    witness: Witness | None,
) -> Iterator[Outcome]:
    """One for each decision."""
    key, code = layers.keys[layer], instance.program.step[region]
    if code.stores:
        raise NoGrid("it remembers what it has observed on each of its dates")
    step = step_of(instance, region, steps, prices, layers.carried(layer))
    shape = (len(steps), prices.shape[1])
    for carried in carried_on(code, step, instance.setup, decisions, witness):
        paid = tuple(_spread(carried[slot], shape) for slot in instance.told.slots)
        match layers.after(key, carried):
            case int(after):
                yield Outcome(paid, after)
            case Mixed() as mixed:
                yield Outcome(paid, mixed.spread(shape))
            case each:
                yield Outcome(paid, np.broadcast_to(each, shape))


def _spread(value: Value, shape: tuple[int, int]) -> Floats:
    """An array of its own of that shape."""
    found = np.empty(shape)
    found[...] = value
    return found


def step_of(
    instance: Instance, region: int, steps: Sequence[int], prices: Floats, carried: list[Value]
) -> Step:
    """The steps at once, as rows; what does not depend on the price stays one number a step."""
    still, number = instance.rows.still, np.asarray(steps)[:, None]
    feeds: dict[int, Value] = {slot: still[number, slot] for slot in range(still.shape[1])}
    feeds |= {slot: prices[price] for slot, price in instance.feeds.items()}
    tick = Tick(feeds, {slot: prices[price] for slot, price in instance.quotes.items()})
    tables = list(instance.line.tables)
    return Step(number, region, instance.line, instance.rows.worths, tick, carried, tables)
