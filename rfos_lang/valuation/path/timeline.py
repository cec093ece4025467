"""The timeline of one instance: its instants, and what each step's regions read there.

The path program has no instants, terms or schedules in it; this is where they stand, as rows of
numbers, so that instances of one shape share the program and what was compiled from it.
"""

from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Clause, Program, Terms, Timed, Watch
from rfos_lang.path.lowering import as_float
from rfos_lang.path.program import (
    ALIVE,
    Node,
    Operation,
    PathProgram,
    Region,
    Worth,
)
from rfos_lang.valuation.path.instants import (
    FOLLOWED_LEAST,
    YEAR,
    around_payments,
    default_grid,
    ends_by_choice,
    even,
    exercise_instants,
    horizon_of,
    instants_of,
    sightings,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows, one for each step, of what the regions read. `n` steps, `r` regions.

    `instants` ns; `years` from the valuation, of 365 days; `gates[n, r]` whether the region runs;
    `occurrences[n, r]` and `falls_due[n, r]` of its clause; `columns[n, columns]`;
    `pay_years[n, worths]` when each row of `worths` is paid; `moving[n]` whether time has passed.
    `terms`, `initial` (carried values) and `tables` as they stand at the valuation.
    """

    instants: tuple[int, ...]
    years: Floats
    gates: NDArray[np.bool_]
    occurrences: NDArray[np.int64]
    falls_due: Floats
    columns: Floats
    pay_years: Floats
    moving: Floats
    terms: Floats
    initial: Floats
    tables: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.instants)

    def number(self, node: Node, step: int, region: int) -> float | None:
        """What a leaf is at a step, if the instance alone decides it; None for any other node."""
        match node.operation:
            case Operation.CONSTANT:
                return node.number
            case Operation.TERM:
                return float(self.terms[node.slot])
            case Operation.COLUMN:
                return float(self.columns[step, node.slot])
            case Operation.FALLS_DUE:
                return float(self.falls_due[step, region])
            case Operation.MOVING:
                return float(self.moving[step])
            case _:
                return None


def standing_at(program: Program, terms: Terms, as_of: int) -> meaning.Standing:
    """The standing of an instance to which nothing has happened yet.

    Raises Refused E0651 if something fell due before `as_of`: then its history is needed.
    """
    outcome = meaning.start(program, terms)
    if outcome.status is not meaning.Status.OK:
        raise Refused("E0652", contract=program.name)
    if outcome.next_due is not None and outcome.next_due < as_of:
        raise Refused("E0651", contract=program.name)
    return outcome.standing


def timeline(
    program: Program,
    terms: Terms,
    paths: PathProgram,
    as_of: int,
    standing: meaning.Standing | None = None,
    grid: tuple[int, ...] | None = None,
    exact_bridges: bool = True,
    bends: tuple[int, ...] = (),
) -> Timeline:
    """The timeline of an instance from `as_of` to the last instant at which anything can happen.
    `exact_bridges`: a Brownian bridge is exact between instants, however far apart, if `bends` are
    among them.

    `grid` are the instants between the contract's own, at each of which any open choice may be
    taken; None takes those of `default_grid` and `exercise_instants`.
    Raises Refused E0651, E0652 (see `standing_at`), E0653 for a perpetual contract, unless a
    grid is given: then it is followed to the grid's end.
    """
    standing = standing or standing_at(program, terms, as_of)
    if program.perpetual and grid is None:
        raise Refused("E0653", contract=program.name)
    horizon = horizon_of(program, terms, standing, as_of, grid or ())
    ticks = None if grid is None else instants_of(program, terms, standing, as_of, horizon, grid)
    chances = {
        index: exercise_instants(clause, terms, as_of, ticks)
        for index, clause in enumerate(program.clauses)
        if isinstance(clause, Choice)
    }
    if ticks is None:
        chances = around_payments(program, terms, as_of, chances)
    grid = default_grid(paths, as_of, horizon, exact_bridges)
    grid += sightings(program, terms, standing, as_of, horizon)
    grid += tuple(t for t in bends if as_of < t < horizon)
    grid += tuple(t for chance in chances.values() for t in chance)
    if ends_by_choice(paths) and len(set(grid)) < FOLLOWED_LEAST:
        grid += even(as_of, horizon, FOLLOWED_LEAST)
    instants = ticks or instants_of(program, terms, standing, as_of, horizon, grid)
    build = _Rows(program, terms, standing, instants, chances)
    previous = (as_of, *instants)[: len(instants)]
    return Timeline(
        instants=instants,
        years=np.array([(t - as_of) / YEAR for t in instants]),
        gates=build.table(paths.step, build.runs).astype(bool),
        occurrences=build.table(paths.step, build.occurrence).astype(np.int64),
        falls_due=build.table(paths.step, build.due).astype(float),
        columns=build.columns(),
        pay_years=build.pay_years(paths.worths, as_of, previous),
        moving=np.array([float(t > before) for t, before in zip(instants, previous, strict=True)]),
        terms=np.array(
            [as_float(v, s.sort) for v, s in zip(terms.terms, program.terms, strict=True)]
        ),
        initial=_initial(program, paths, standing),
        tables=tuple(np.array(rows, dtype=float) / 1e18 for rows in standing.tables),
    )


@dataclass(frozen=True)
class _Rows:
    """Reads what the clauses of regions have at every step."""

    program: Program
    terms: Terms
    standing: meaning.Standing
    instants: tuple[int, ...]
    chances: dict[int, tuple[int, ...]]

    @cached_property
    def placed(self) -> dict[int, NDArray[np.int64]]:
        """What `next` has found, by the schedule's identity."""
        return {}

    @cached_property
    def now(self) -> NDArray[np.int64]:
        return np.array(self.instants, dtype=np.int64)

    def table(
        self, regions: tuple[Region, ...], column: Callable[[int], NDArray[Any]]
    ) -> NDArray[Any]:
        """A column for each region, of what its clause has at every instant."""
        each = {clause: column(clause) for clause in {region.clause for region in regions}}
        found = np.empty((len(self.instants), len(regions)))
        for number, region in enumerate(regions):
            found[:, number] = each[region.clause]
        return found

    def next(self, schedule: tuple[int, ...] | range) -> NDArray[np.int64]:
        """Which occurrence falls due at each instant, or else next."""
        if id(schedule) not in self.placed:
            places = [bisect_left(schedule, now) for now in self.instants]
            self.placed[id(schedule)] = np.array(places, dtype=np.int64)
        return self.placed[id(schedule)]

    def occurrence(self, index: int) -> NDArray[np.int64]:
        """The occurrence at hand: the one that falls due now, or the next."""
        schedule = meaning.schedule_of(self.program.clauses[index], self.terms)
        return np.minimum(self.next(schedule), max(len(schedule) - 1, 0))

    def due(self, index: int) -> NDArray[np.bool_]:
        """Whether an occurrence falls due that is still to come."""
        schedule = meaning.schedule_of(self.program.clauses[index], self.terms)
        if not schedule:
            return np.zeros(len(self.instants), dtype=bool)
        at = self.next(schedule)
        there = np.array([schedule[min(each, len(schedule) - 1)] for each in at.tolist()])
        return (at < len(schedule)) & (there == self.now) & (at >= self.standing.progress[index])

    def runs(self, index: int) -> NDArray[np.bool_]:
        """Whether a clause concerns an instant."""
        clause: Clause = self.program.clauses[index]
        match clause:
            case Watch(lives=lives):
                if lives is None or self.program.perpetual:
                    return np.ones(len(self.instants), dtype=bool)
                return self.now <= self.last(lives)
            case Timed():
                return self.due(index)
            case Choice():
                left = self.standing.progress[index] < len(meaning.schedule_of(clause, self.terms))
                chances = set(self.chances[index])
                may = np.array([now in chances for now in self.instants], dtype=bool)
                return left & (may | self.due(index))

    def last(self, lives: int) -> int:
        """The last instant of the contract within the contract that lives by a state."""
        dated = (c for c in self.program.clauses if c.lives == lives and meaning.keeps_alive(c))
        ends = (meaning.schedule_of(clause, self.terms)[-1:] for clause in dated)
        return max((end[0] for end in ends if end), default=self.terms.start)

    def columns(self) -> Floats:
        result = np.zeros((len(self.instants), len(self.program.columns)))
        for c, (slot, values) in enumerate(
            zip(self.program.columns, self.terms.columns, strict=True)
        ):
            at = self.next(self.terms.schedules[slot.schedule])
            for k in np.flatnonzero(at < len(values)).tolist():
                result[k, c] = as_float(values[at[k]], slot.sort)
        return result

    def pay_years(self, worths: tuple[Worth, ...], as_of: int, previous: tuple[int, ...]) -> Floats:
        found = np.empty((len(self.instants), len(worths)))
        for number, worth in enumerate(worths):
            found[:, number] = (self.paid(worth, np.array(previous, dtype=np.int64)) - as_of) / YEAR
        return found

    def paid(self, worth: Worth, before: NDArray[np.int64]) -> NDArray[np.int64] | int:
        if worth.term is not None:
            return self.terms.terms[worth.term]
        if worth.column is not None:
            values = self.terms.columns[worth.column]
            at = self.next(self.terms.schedules[self.program.columns[worth.column].schedule])
            each = zip(at.tolist(), self.instants, strict=True)
            return np.array([values[k] if k < len(values) else now for k, now in each])
        if worth.instant is not None:
            return worth.instant
        return (before + self.now) // 2 if worth.between else self.now


def _initial(program: Program, paths: PathProgram, standing: meaning.Standing) -> Floats:
    """The carried values at the valuation: whatever is still to come has weight 1, values are 0."""
    initial = np.ones(len(paths.carried))
    initial[ALIVE] = float(not standing.ended)
    for slot, state, value in zip(paths.states, program.states, standing.states, strict=True):
        initial[slot] = as_float(value, state.sort)
    initial[list(paths.values)] = 0.0
    for clause, slot in paths.once:
        happened = isinstance(program.clauses[clause], Watch) and standing.progress[clause]
        initial[slot] = float(not happened)
    return initial
