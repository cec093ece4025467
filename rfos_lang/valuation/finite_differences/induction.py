"""Backward induction: from the contract's last instant to the market's date."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Watch
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.layers import Layers
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance, Move, Moves, clause_of, read
from rfos_lang.valuation.finite_differences.stepping import Act, Marks, stepped
from rfos_lang.valuation.path.timeline import Floats

IMPLICIT = 2
"""Steps of implicit Euler after each event."""
JUMP = 1e-9
"""How far on both sides of a node what jumps there is looked at, as a part of the price."""
STEEPER = 4.0
"""A gain that changes by more than so many times what it does nearby jumps."""
NUMBERS_MOST = 60_000_000
"""What the outcomes of a valuation may hold, in numbers of eight bytes."""
BEFORE_THE_START = 20


@dataclass(frozen=True, slots=True)
class Span:
    """An event, or all instants of the grid between two events: its steps, and what each region
    does there, in their order; `layers` those that may stand before."""

    steps: range
    is_event: bool
    moves: tuple[Moves, ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """The values of a contract as it stands now, at each node, and where it moves at once."""

    values: Floats
    moved: Marks


@dataclass(slots=True)
class Induction:
    """One instance on one grid. `events` are the steps that are instants of the contract itself."""

    instance: Instance
    grid: Grid
    events: frozenset[int]
    layers: Layers = field(init=False)
    spans: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        self.layers = Layers(self.instance.program)
        self.spans = []
        kept, reached = 0, {self.layers.start(self.instance.line)}
        for steps in spans(self.instance.line.gates, self.events):
            span, reached = self.span(steps, reached)
            kept += sum(len(m.by_layer) for m in span.moves) * len(steps) * len(self.grid) * 3
            if kept > NUMBERS_MOST:
                raise NoGrid("it has too many dates and too much to remember for a grid")
            self.spans.append(span)

    def span(self, steps: range, reached: set[int]) -> tuple[Span, set[int]]:
        """What happens in a span that begins in some layers, and the layers at its end."""
        is_event, every = steps[0] in self.events, set(reached)
        while True:
            found, now = [], set(every)
            for region in np.flatnonzero(self.instance.line.gates[steps[0]]).tolist():
                prices = self.seen(region, steps[0]) if is_event else self.grid.prices
                moves, after = read(self.instance, self.layers, region, steps, prices, now)
                found.append(moves)
                now = after if is_event else now | after
            if is_event or now == every:
                return Span(steps, is_event, tuple(found)), now
            every = now

    def seen(self, region: int, step: int) -> Floats:
        """The prices at which a region sees an event: the nodes, then just below and just above
        each node at which something may jump. What watches all the time, and the very first
        instant, see such a node as it is."""
        critical = self.grid.prices[self.grid.critical]
        watches = isinstance(clause_of(self.instance, region), Watch)
        apart = 0.0 if watches or self.instance.line.years[step] == 0.0 else JUMP
        sides = (critical * (1 - apart), critical * (1 + apart))
        return np.concatenate([self.grid.prices, *sides])

    def worth(self) -> Worth:
        """The values now."""
        instance, grid = self.instance, self.grid
        shape = (len(self.layers), len(instance.told.slots), len(grid))
        values, marks = np.zeros(shape), np.zeros((shape[0], shape[2]), dtype=np.int64)
        since = 0
        for span in reversed(self.spans):
            for number in reversed(range(len(span.steps))):
                step = span.steps[number]
                act = self.acting(span, number)
                if step + 1 == len(instance.line):
                    values, marks = self.at_event(span, act, values)
                    continue
                drift = float(instance.rows.drift[step + 1, 0])
                variance = float(instance.rows.deviation[step + 1, 0]) ** 2
                implicit = since < IMPLICIT
                between = None if span.is_event else act
                values, moved = stepped(grid, values, drift, variance, implicit, between)
                since += 1
                if span.is_event:
                    values, moved = self.at_event(span, act, values)
                    since = 0
                marks = moved if moved is not None else np.zeros_like(marks)
        values, marks = self.before_the_start(values, marks)
        start = self.layers.start(instance.line)
        return Worth(values[start], marks[start])

    def before_the_start(self, values: Floats, marks: Marks) -> tuple[Floats, Marks]:
        """From the first instant of a contract that has not begun to the market's date."""
        rows = self.instance.rows
        drift, variance = float(rows.drift[0, 0]), float(rows.deviation[0, 0]) ** 2
        if variance == 0.0:
            return values, marks
        ends = (np.arange(BEFORE_THE_START + 1) / BEFORE_THE_START) ** 2
        for number, share in enumerate(np.diff(ends).tolist()):
            implicit = number < IMPLICIT
            values, _ = stepped(self.grid, values, share * drift, share * variance, implicit, None)
        return values, np.zeros_like(marks)

    def acting(self, span: Span, number: int) -> Act | None:
        """What the regions do at one step of a span; None if they do nothing."""
        moves = [each for each in span.moves if each.by_layer]
        if not span.is_event and span.steps[number] > 0:
            # Whoever may choose at any time may do so just before a barrier is touched.
            moves = [each for each in moves if not each.is_watch] + moves
        nodes = len(self.grid) if span.is_event else 0
        return partial(performed, moves, number, nodes) if moves else None

    def at_event(self, span: Span, act: Act | None, values: Floats) -> tuple[Floats, Marks]:
        """The values before an event. What jumps at a node is the mean of both sides there, each
        for its half of a cell; the edge of a choice between two nodes is corrected for."""
        nothing = np.zeros((values.shape[0], values.shape[2]), dtype=np.int64)
        if act is None:
            return values, nothing
        grid, count = self.grid, len(self.grid.critical)
        if span.is_event:
            sides = values[..., grid.critical]
            before, moved = act(np.concatenate([values, sides, sides], axis=-1))
            found, moved = before[..., : len(grid)].copy(), moved[:, : len(grid)]
            if count and self.instance.line.years[span.steps[0]] > 0.0:
                below, above = before[..., len(grid) : -count], before[..., -count:]
                share = grid.share_below
                found[..., grid.critical] = share * below + (1 - share) * above
            return found, moved
        return act(values)


def spans(gates: NDArray[np.bool_], events: frozenset[int]) -> Iterator[range]:
    """The steps of a timeline in order: each event by itself, all others between two events
    together, as long as the same regions concern them."""
    begin, count = 0, len(gates)
    for step in range(1, count + 1):
        alone = step == count or step in events or begin in events
        if alone or not np.array_equal(gates[step], gates[begin]):
            yield range(begin, step)
            begin = step


def performed(
    moves: Sequence[Moves], number: int, nodes: int, values: Floats
) -> tuple[Floats, Marks]:
    """The values before the regions at one step, from those after; and at each node which of them
    acted first, counted from 1, and 0 for none: twice its number, and one less if nobody chose.

    Among the first `nodes` nodes, the edges of choices that lie between two are corrected for.
    """
    marks = np.zeros((values.shape[0], values.shape[2]), dtype=np.int64)
    for name, each in reversed(list(enumerate(moves, 1))):
        before, moved = values.copy(), marks.copy()
        for move in each.by_layer:
            before[move.layer], acts, takes = _of_layer(each, move, number, nodes, values)
            moved[move.layer][acts] = 2 * name - 1
            moved[move.layer][takes] = 2 * name
        values, marks = before, moved
    return values, marks


def _of_layer(
    moves: Moves, move: Move, number: int, nodes: int, values: Floats
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """The values before, where the region acts whether somebody chooses or not, and where somebody
    does."""
    waiting, acts = move.waiting.row(number, values), ~move.still[number]
    if move.taking is None:
        return waiting, acts, np.zeros_like(acts)
    taking = move.taking.row(number, values)
    gained = taking - waiting
    gain = moves.sign * gained[moves.column]
    takes = gain > 0.0
    found = np.where(takes, taking, waiting)
    for node, share, taker in _edges(gain[:nodes]) if nodes else ():
        # Between the nodes the gain is a kink; a straight line through its nodes has more area.
        excess = gained[:, taker] * (share if taker > node else 1 - share) / 2
        found[:, node] -= (1 - share) * excess
        found[:, node + 1] -= share * excess
    return found, acts, takes


def _edges(gain: Floats) -> Iterator[tuple[int, float, int]]:
    """Where a choice begins to be worth taking between two nodes: the node below, how far from it
    as a part of the cell, and the node that takes. A jump of the gain is no such edge."""
    for node in np.flatnonzero(gain[:-1] * gain[1:] < 0.0).tolist():
        change = np.abs(np.diff(gain[max(node - 1, 0) : node + 3]))
        if abs(gain[node + 1] - gain[node]) <= STEEPER * float(np.median(change)):
            share = float(gain[node] / (gain[node] - gain[node + 1]))
            yield node, share, node if gain[node] > 0.0 else node + 1
