"""The instants of a timeline: the contract's own, those of watches, and the chances to choose."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import ceil

from rfos_lang.base.instant import DAY, SECOND
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, End, Program, Terms, Transfer, Watch
from rfos_lang.path.program import CROSSINGS, Monitoring, Node, PathProgram

YEAR = 365 * DAY
EXERCISES_PER_YEAR = 50
EXERCISES_LEAST = 50
GRID_PER_YEAR = 252
GRID_MOST = 1000
REBATES_PER_YEAR = 50
FOLLOWED_LEAST = 16
"""Densities of the grids between the contract's own instants: choices that may be made at any time
(and at least so many in all); watches without a Brownian bridge (and at most so many in all);
watches with one that pay, where the step bounds the error of the time of payment; contracts that a
choice ends, whose value a martingale follows from step to step (so many steps in all)."""


def own_instants(
    program: Program, terms: Terms, as_of: int, standing: meaning.Standing
) -> tuple[int, ...]:
    """The instants from `as_of` on at which something of the contract itself falls due."""
    horizon = horizon_of(program, terms, standing, as_of, ())
    return instants_of(program, terms, standing, as_of, horizon, ())


def exercise_instants(
    choice: Choice, terms: Terms, as_of: int, grid: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """The instants at which a choice is decided: its deadlines, and for one that may be made at any
    time those of `grid` from its opening to its last deadline; None takes an even grid there."""
    deadlines = [t for t in meaning.schedule_of(choice, terms) if t >= as_of]
    if not choice.any_time or not deadlines:
        return tuple(deadlines)
    opens = terms.start if choice.opens is None else terms.schedules[choice.opens][0]
    first, last = max(opens, as_of), deadlines[-1]
    if grid is None:
        count = max(EXERCISES_LEAST, ceil(EXERCISES_PER_YEAR * (last - first) / YEAR))
        grid = even(first, last, count)
    return tuple(sorted({*(t for t in grid if first <= t <= last), *deadlines}))


def around_payments(
    program: Program, terms: Terms, as_of: int, chances: dict[int, tuple[int, ...]]
) -> dict[int, tuple[int, ...]]:
    """The chances to choose; for choices that may be made at any time also those just before and
    just after another clause pays or ends at a date, where waiting changes its worth at once."""
    found = dict(chances)
    for index, chance in chances.items():
        choice = program.clauses[index]
        assert isinstance(choice, Choice)
        if choice.any_time and chance:
            opens = terms.start if choice.opens is None else terms.schedules[choice.opens][0]
            first, last = max(opens, as_of), chance[-1]
            dates = _dates_of_payments(program, terms, index, first, last)
            around = {max(t, first) for date in dates for t in (date - SECOND, date)}
            found[index] = tuple(sorted({*chance, *around}))
    return found


def _dates_of_payments(
    program: Program, terms: Terms, other_than: int, first: int, before: int
) -> Iterator[int]:
    """When, from one instant on and before another, clauses other than one fall due that pay or
    end."""
    for index, clause in enumerate(program.clauses):
        actions = meaning.actions_of(clause) if index != other_than else ()
        if any(isinstance(action, Transfer | End) for action in actions):
            schedule = meaning.schedule_of(clause, terms)
            yield from schedule[bisect_left(schedule, first) : bisect_left(schedule, before)]


def default_grid(
    paths: PathProgram, as_of: int, horizon: int, exact_bridges: bool = True
) -> tuple[int, ...]:
    """The instants at which the watches look, between the contract's own."""
    if not paths.monitoring:
        return ()
    per_year = GRID_PER_YEAR
    readings = [reading for _, reading in paths.monitoring]
    alone = readings == [Monitoring.BRIDGE] and len(levels(paths)) == 1
    if alone and exact_bridges:
        per_year = REBATES_PER_YEAR if paths.pays_at_crossing else 0
    count = min(GRID_MOST, ceil(per_year * (horizon - as_of) / YEAR))
    return (as_of, *even(as_of, horizon, count))


def sightings(
    program: Program, terms: Terms, standing: meaning.Standing, as_of: int, horizon: int
) -> tuple[int, ...]:
    """When watches look at what is no price: what is declared stands still between the contract's
    own instants, so that looking now and just after each of those is enough; an index is looked at
    as often as a price."""
    watched = {slot for each in program.clauses if isinstance(each, Watch) for slot in each.feeds}
    kinds = {program.feeds[slot].kind for slot in watched} - {"spot"}
    if not kinds:
        return ()
    own = instants_of(program, terms, standing, as_of, horizon, ())
    after = (as_of, *(t + SECOND for t in own if t < horizon))
    if "index" not in kinds:
        return after
    count = min(GRID_MOST, ceil(GRID_PER_YEAR * (horizon - as_of) / YEAR))
    return (*after, *even(as_of, horizon, count))


def ends_by_choice(paths: PathProgram) -> bool:
    """Whether there are choices, each of which ends the contract."""
    regions = [region for region in paths.step if region.feasible is not None]
    return bool(regions) and all(region.ends and not region.stores for region in regions)


def levels(paths: PathProgram) -> frozenset[Node]:
    """The crossings that a Brownian bridge reads; two of them are taken as independent within a
    step, also if one watch looks at both."""
    every = (node for region in paths.step for node in region.nodes)
    return frozenset(node for node in every if node.operation in CROSSINGS)


def even(first: int, last: int, count: int) -> tuple[int, ...]:
    return tuple(first + (last - first) * k // count for k in range(count + 1)) if count else ()


def horizon_of(
    program: Program,
    terms: Terms,
    standing: meaning.Standing,
    as_of: int,
    grid: tuple[int, ...],
) -> int:
    """The last instant at which the contract can still do anything."""
    ahead = [
        schedule
        for clause, at in zip(program.clauses, standing.progress, strict=True)
        if meaning.keeps_alive(clause) and (schedule := meaning.schedule_of(clause, terms))[at:]
    ]
    ends = [each[-1] for each in ahead if not (program.perpetual and isinstance(each, range))]
    return max((*ends, *grid) if program.perpetual else ends, default=as_of)


def instants_of(
    program: Program,
    terms: Terms,
    standing: meaning.Standing,
    as_of: int,
    horizon: int,
    grid: tuple[int, ...],
) -> tuple[int, ...]:
    first, own = max(as_of, terms.start), set[int]()
    for clause, at in zip(program.clauses, standing.progress, strict=True):
        ahead = meaning.schedule_of(clause, terms)[at:]
        own |= set(ahead[bisect_left(ahead, first) : bisect_right(ahead, horizon)])
    return tuple(sorted(t for t in own | set(grid) if first <= t <= horizon))
