"""Backward induction: from the contract's last instant to the market's date."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Watch
from rfos_lang.valuation.finite_differences.axis import Mixed
from rfos_lang.valuation.finite_differences.layers import ENDED, Layers
from rfos_lang.valuation.finite_differences.marching import Acts, acts
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance, Move, Moves, clause_of, read
from rfos_lang.valuation.finite_differences.stepping import Act, Marks
from rfos_lang.valuation.path.timeline import Floats

KINKS, JUMPS = 2, 5
"""Steps of implicit Euler after an event at which values bend or jump: so many that nothing is left
there which the steps of Crank and Nicolson would carry on. They are short, see `instants`."""
ENOUGH = 36
"""To an event of fewer steps on the coarser grid the more of them would be too long."""
STEEPER = 4.0
"""A gain that changes by more than so many times what it does nearby jumps."""
NUMBERS_MOST = 60_000_000
"""What the outcomes of a valuation may hold, in numbers of eight bytes."""
OF_AXIS = 14
"""How many of them an outcome has at a node where values are mixed."""
BEFORE_THE_START = 20


class Space(Protocol):
    """The nodes on which values are told, and how they move between two instants. At an event a
    region may see more prices than the nodes, so that what jumps between them is not missed."""

    @property
    def prices(self) -> Floats:
        """`[price, node]`."""

    @property
    def edges(self) -> range:
        """The first nodes, in rows, among which the edges of choices are corrected for."""

    def seen(self, as_it_is: bool, is_last: bool) -> Floats:
        """The prices that are looked at in an event."""

    def spread(self, values: Floats, is_last: bool) -> Floats:
        """Values at nodes as values at the prices that are looked at."""

    def gathered(self, values: Floats, marks: Marks, is_last: bool) -> tuple[Floats, Marks, bool]:
        """And the other way round; and whether values jump."""

    def stepped(
        self, values: Floats, step: int, share: float, implicit: bool, act: Act | None
    ) -> tuple[Floats, Marks | None]:
        """The values that share of a step of the timeline before, see `stepping.stepped`."""

    @property
    def has_loops(self) -> bool:
        """Whether `marched` is there."""

    def marched(
        self, values: Floats, steps: range, implicit: int, what: Acts
    ) -> tuple[Floats, Marks]:
        """The values before some steps of the timeline, see `marching.marched`."""

    def told(self, values: Floats, marks: Marks) -> tuple[float, Floats, Floats]:
        """The value where the market stands, and its derivatives by each price."""


@dataclass(frozen=True, slots=True)
class Span:
    """An event, or all instants of the grid between two events: its steps, and what each region
    does there, in their order; `layers` those that may stand after it."""

    steps: range
    is_event: bool
    moves: tuple[Moves, ...]
    layers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """The values of a contract as it stands now, at each node, and where it moves at once."""

    values: Floats
    moved: Marks


@dataclass(slots=True)
class Induction:
    """One instance on one grid of some fineness. `events` are the steps that are instants of the
    contract itself."""

    instance: Instance
    space: Space
    events: frozenset[int]
    fineness: int
    layers: Layers = field(init=False)
    spans: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        self.layers = Layers(self.instance.program, self.instance.axis)
        self.spans = []
        kept, reached = 0, {self.layers.start(self.instance.line)}
        for steps in spans(self.instance.line.gates, self.events):
            span, reached = self.span(steps, reached)
            kept += (
                sum(len(m.by_layer) for m in span.moves)
                * len(steps)
                * self.space.prices.shape[1]
                * (3 if self.instance.axis is None else OF_AXIS)
            )
            if kept > NUMBERS_MOST:
                raise NoGrid("it has too many dates and too much to remember for a grid")
            self.spans.append(span)

    def span(self, steps: range, reached: set[int]) -> tuple[Span, set[int]]:
        """What happens in a span that begins in some layers, and the layers at its end."""
        is_event, every = steps[0] in self.events, set(reached)
        while True:
            found, now = [], set(every)
            for region in np.flatnonzero(self.instance.line.gates[steps[0]]).tolist():
                prices = self.seen(region, steps[0]) if is_event else self.space.prices
                moves, after = read(self.instance, self.layers, region, steps, prices, now)
                found.append(moves)
                now = after if is_event else now | after
            if is_event or now == every:
                return Span(steps, is_event, tuple(found), (ENDED, *sorted(now))), now
            every = now

    def seen(self, region: int, step: int) -> Floats:
        """The prices at which a region sees an event. What watches all the time, and the very
        first instant, see the nodes as they are."""
        watches = isinstance(clause_of(self.instance, region), Watch)
        as_it_is = watches or self.instance.line.years[step] == 0.0
        return self.space.seen(as_it_is, step + 1 == len(self.instance.line))

    def worth(self) -> Worth:
        """The values now."""
        instance, space = self.instance, self.space
        shape = (len(self.layers), len(instance.told.slots), space.prices.shape[1])
        values, marks = np.zeros(shape), np.zeros((shape[0], shape[2]), dtype=np.int64)
        since, damped = 0, KINKS
        for span in reversed(self.spans):
            left, number = self.by_loops(span), len(span.steps) - 1
            while number >= 0:
                if number + 1 == left.stop:
                    values, marks = self.marched(span, left, values, max(0, damped - since))
                    since, number = since + len(left), left.start - 1
                    continue
                step, act = span.steps[number], self.acting(span, number)
                number -= 1
                if step + 1 == len(instance.line):
                    values, marks, jumps = self.at_event(span, act, values)
                    damped = self.damped(span, jumps)
                    continue
                between = None if span.is_event else act
                if between is None:
                    values, moved = self.waited(span, step + 1, values, since < damped), None
                else:
                    values, moved = space.stepped(values, step + 1, 1.0, since < damped, between)
                since += 1
                if span.is_event:
                    values, moved, jumps = self.at_event(span, act, values)
                    since, damped = 0, self.damped(span, jumps)
                marks = moved if moved is not None else np.zeros_like(marks)
        values, marks = self.before_the_start(*self.at_the_start(values, marks))
        start = self.layers.start(instance.line)
        return Worth(values[start], marks[start])

    def waited(self, span: Span, step: int, values: Floats, implicit: bool) -> Floats:
        """The values before a step in which nothing is done, in the layers that may stand there."""
        found, layers = np.zeros_like(values), list(span.layers)
        found[layers], _ = self.space.stepped(values[layers], step, 1.0, implicit, None)
        return found

    def by_loops(self, span: Span) -> range:
        """Which steps of a span, by their number in it, are taken all at once by compiled loops:
        none, or all but the very last."""
        steps = range(len(span.steps) - (span.steps[-1] + 1 == len(self.instance.line)))
        compiled = self.space.has_loops and not span.is_event and not _is_mixed(span)
        return steps if steps and compiled else range(0)

    def marched(
        self, span: Span, numbers: range, values: Floats, implicit: int
    ) -> tuple[Floats, Marks]:
        """The values at the first of some steps of a span, see `marching.marched`."""
        moves = self.moves_of(span, numbers.start)
        what = acts(moves, numbers, values.shape[1], values.shape[2])
        steps = range(span.steps[numbers.start] + 1, span.steps[numbers[-1]] + 2)
        return self.space.marched(values, steps, implicit, what)

    def at_the_start(self, values: Floats, marks: Marks) -> tuple[Floats, Marks]:
        """What a price that is watched has touched right now, nobody can choose before."""
        span = self.spans[0]
        moves = [each for each in span.moves if each.by_layer]
        if span.is_event or not any(each.is_watch for each in moves):
            return values, marks
        values, moved = performed(moves, 0, range(0), values)
        return values, np.where(moved == 0, marks, moved)

    def before_the_start(self, values: Floats, marks: Marks) -> tuple[Floats, Marks]:
        """From the first instant of a contract that has not begun to the market's date."""
        if not self.instance.rows.deviation[0].any():
            return values, marks
        ends = (np.arange(BEFORE_THE_START + 1) / BEFORE_THE_START) ** 2
        for number, share in enumerate(np.diff(ends).tolist()):
            values, _ = self.space.stepped(values, 0, share, number < KINKS, None)
        return values, np.zeros_like(marks)

    def acting(self, span: Span, number: int) -> Act | None:
        """What the regions do at one step of a span; None if they do nothing."""
        moves = self.moves_of(span, number)
        if not moves:
            return None
        if self.is_now(span):
            return partial(performed, moves, number, range(0), here=self.here)
        return partial(performed, moves, number, self.space.edges if span.is_event else range(0))

    def is_now(self, span: Span) -> bool:
        """Whether it is an event at which the market stands."""
        return span.is_event and self.instance.line.years[span.steps[0]] == 0.0

    def here(self, gain: Floats) -> float:
        """A gain at all places where an event is seen, where the market stands."""
        marks = np.zeros((1, gain.size), dtype=np.int64)
        is_last = len(self.instance.line) == 1
        found, nothing, _ = self.space.gathered(gain[None, None], marks, is_last)
        return self.space.told(found[0, 0], nothing[0])[0]

    def moves_of(self, span: Span, number: int) -> list[Moves]:
        """The regions that do something at one step of a span, in their order."""
        moves = [each for each in span.moves if each.by_layer]
        if any(each.is_watch for each in moves) and not span.is_event:
            # Whoever may choose at any time may do so just before a barrier is touched.
            return [each for each in moves if not each.is_watch] + moves
        return moves

    def at_event(self, span: Span, act: Act | None, values: Floats) -> tuple[Floats, Marks, bool]:
        """The values before an event, and whether they jump there."""
        if act is None:
            return values, np.zeros((values.shape[0], values.shape[2]), dtype=np.int64), False
        if not span.is_event:
            return *act(values), False
        is_last = span.steps[-1] + 1 == len(self.instance.line)
        return self.space.gathered(*act(self.space.spread(values, is_last)), is_last)

    def damped(self, span: Span, jumps: bool) -> int:
        """How many steps before an event are of implicit Euler."""
        step = span.steps[0]
        count = step - max((each for each in self.events if each < step), default=0)
        steep = jumps or any(each.is_watch for each in span.moves)
        return JUMPS if steep and count >= ENOUGH * self.fineness else KINKS


def _is_mixed(span: Span) -> bool:
    outcomes = (
        each for moves in span.moves for m in moves.by_layer for each in (m.waiting, m.taking)
    )
    return any(each is not None and isinstance(each.after, Mixed) for each in outcomes)


def spans(gates: NDArray[np.bool_], events: frozenset[int]) -> Iterator[range]:
    """The steps of a timeline in order: each event by itself, all others between two events
    together, as long as the same regions concern them."""
    begin, count = 0, len(gates)
    changes = np.any(gates[1:] != gates[:-1], axis=1).tolist()
    for step in range(1, count + 1):
        if step == count or step in events or begin in events or changes[step - 1]:
            yield range(begin, step)
            begin = step


Here = Callable[[Floats], float]
"""A number at each place, where the market stands."""


def performed(
    moves: Sequence[Moves], number: int, nodes: range, values: Floats, here: Here | None = None
) -> tuple[Floats, Marks]:
    """The values before the regions at one step, from those after; and at each node which of them
    acted first, counted from 1, and 0 for none: twice its number, and one less if nobody chose.

    Among the first nodes, in rows as long as a step of the range `nodes`, the edges of choices that
    lie between two are corrected for. What may be chosen right now, where the market stands `here`,
    is chosen once: the value has the derivatives of what is better there, up to its edge.
    """
    marks = np.zeros((values.shape[0], values.shape[2]), dtype=np.int64)
    for name, each in reversed(list(enumerate(moves, 1))):
        before, moved = values.copy(), marks.copy()
        for move in each.by_layer:
            before[move.layer], acts, takes = _of_layer(each, move, number, nodes, values, here)
            moved[move.layer][acts] = 2 * name - 1
            moved[move.layer][takes] = 2 * name
        values, marks = before, moved
    return values, marks


def _of_layer(
    moves: Moves, move: Move, number: int, nodes: range, values: Floats, here: Here | None
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """The values before, where the region acts whether somebody chooses or not, and where somebody
    does."""
    waiting, acts = move.waiting.row(number, values), ~move.still[number]
    if move.taking is None:
        return waiting, acts, np.zeros_like(acts)
    taking = move.taking.row(number, values)
    gained = taking - waiting
    gain = moves.sign * gained[moves.column]
    takes = gain > 0.0 if here is None else np.full(gain.shape, here(gain) > 0.0)
    found = np.where(takes, taking, waiting)
    for node, share, taker in _edges(gain[: nodes.stop], nodes.step):
        # Between the nodes the gain is a kink; a straight line through its nodes has more area.
        excess = gained[:, taker] * (share if taker > node else 1 - share) / 2
        found[:, node] -= (1 - share) * excess
        found[:, node + 1] -= share * excess
    return found, acts, takes


def _edges(gain: Floats, row: int) -> Iterator[tuple[int, float, int]]:
    """Where a choice begins to be worth taking between two nodes: the node below, how far from it
    as a part of the cell, and the node that takes. A jump of the gain is no such edge."""
    for node in np.flatnonzero(gain[:-1] * gain[1:] < 0.0).tolist():
        if (node + 1) % row == 0:
            continue
        change = np.abs(np.diff(gain[max(node - 1, 0) : node + 3]))
        if abs(gain[node + 1] - gain[node]) <= STEEPER * float(np.median(change)):
            share = float(gain[node] / (gain[node] - gain[node + 1]))
            yield node, share, node if gain[node] > 0.0 else node + 1
