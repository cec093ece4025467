"""Finite differences: the value on two grids, extrapolated; Greeks from the grid and by solving
again in moved markets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import ceil, exp, isfinite, log, prod

import numpy as np

from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.path.lowering import lowered
from rfos_lang.valuation.bends import bends
from rfos_lang.valuation.dynamics.chosen import lognormally, model_of
from rfos_lang.valuation.finite_differences.axis import Axis
from rfos_lang.valuation.finite_differences.critical import critical_prices
from rfos_lang.valuation.finite_differences.grid import SAME, Grid, laid
from rfos_lang.valuation.finite_differences.grid_greeks import Solved
from rfos_lang.valuation.finite_differences.grid_greeks import greeks as greeks_of
from rfos_lang.valuation.finite_differences.induction import spans
from rfos_lang.valuation.finite_differences.instants import between, places, thinned
from rfos_lang.valuation.finite_differences.motions import course, heston_of, spread
from rfos_lang.valuation.finite_differences.no_grid import NoGrid, Remembers
from rfos_lang.valuation.finite_differences.plane import moves, root_of
from rfos_lang.valuation.finite_differences.rays import axis_of
from rfos_lang.valuation.finite_differences.tails import tails
from rfos_lang.valuation.finite_differences.task import (
    Extrapolated,
    Lines,
    Moving,
    Task,
    prices_of,
    space_of,
    value_of,
)
from rfos_lang.valuation.finite_differences.variance_plane import variance_nodes
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.path.instants import own_instants
from rfos_lang.valuation.path.timeline import Floats, Timeline, standing_at, timeline
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import Greek, Valuation

METHOD = "finite differences"
CELLS, STEPS = 160, 40
"""Of the coarser grid in price and in time; the finer one has twice as many of both."""
WATCHED = 1.5
"""Times as many where a price is watched all the time, as values are steep at a barrier; and where
a choice has a date, which leaves an edge."""
PLANE_CELLS, PLANE_STEPS = 60, 30
"""Of the coarser grid where there are two prices, in each direction and in time."""
VARIANCES, BESIDE_VARIANCES = 24, 0.5
"""Cells of the variance of a price on the coarser grid, and how many cells of the price and steps
there are beside it, as a part of those that it has alone."""
AXIS_CELLS = 48
"""Of what is remembered, on both grids. An even number, see `Axis.halved`."""
BETWEEN_PLACES = 1 / 3
"""Which part of what half as many of them change is told as an error: all that is left if errors
fall with the square of their number, as they do where values bend."""
CELLS_MOST = 4_000
DEVIATIONS = 6.0
"""How far the grid reaches on both sides of the price, in standard deviations to the horizon."""
NEAR = 1.2
"""Within so many standard deviations of the price the grid is fine."""
FINENESS = (1, 2)
ELSEWHERE = (-0.7, 0.4)
"""Two places of a second price, in standard deviations, at which the first one is looked at."""


def value(
    program: Program,
    terms: Terms,
    market: Market,
    *,
    greeks: bool = True,
    standing: meaning.Standing | None = None,
    reporting: int | None = None,
) -> Valuation:
    """The value of an instance to its first party, each choice taken as its chooser does best.

    Arguments as of `monte_carlo.value`. Raises NoGrid with the reason if the contract is not one
    for a grid, Refused E065x and E06xx as Monte Carlo does.
    """
    if program.escrow is not None and any(isinstance(c, Choice) for c in program.clauses):
        raise Refused("E0656", contract=program.name)
    reporting = reporting_asset(program) if reporting is None else reporting
    task = Task(program, lowered(program, reporting), terms, reporting)
    grids, moving = _grids(task, market, standing)
    both = _extrapolated(task, grids, moving)
    found = both.found
    if not isfinite(found.value):
        raise Refused("E0655", contract=program.name)
    result = Valuation(
        found.value,
        terms.assets[reporting],
        METHOD,
        moving[0].name,
        bias_bound=both.told(value_of),
        monitoring=_monitoring(program),
        notes=tuple(
            note for note in (*_of_models(market, moving[0]), _described(grids[-1])) if note
        ),
    )
    if not greeks:
        return result
    return replace(result, greeks=tuple(_greeks(task, grids, market, moving[0], both)))


def _extrapolated(task: Task, grids: tuple[Lines, ...], moving: tuple[Moving, ...]) -> Extrapolated:
    """Richardson: the errors of a grid and of one twice as fine are as four to one. What is lost
    between the places of an axis is the same on both, and shows on half as many places."""
    coarse, fine = (task.on(lines, each) for lines, each in zip(grids, moving, strict=True))
    moved = (fine - coarse) * (1 / 3)
    # Between the nodes of a plane edges lie as they please: errors do not fall so evenly.
    errors = [moved * (2.0 if len(fine.deltas) == 1 else 3.0)]
    if (axis := grids[0].axis) is not None:
        rough = task.on(replace(grids[0], axis=axis.halved), moving[0])
        errors.append((coarse - rough) * BETWEEN_PLACES)
    return Extrapolated(fine + moved, tuple(errors))


# --- grids ----------------------------------------------------------------------------------------


def _grids(
    task: Task, market: Market, standing: meaning.Standing | None
) -> tuple[tuple[Lines, ...], tuple[Moving, ...]]:
    """The grids, the coarser one first, and the market on each."""
    origin, terms, as_of = task.origin, task.terms, market.as_of
    standing = standing or standing_at(origin, terms, as_of)
    first = max(as_of, terms.start)
    opens = {
        terms.schedules[clause.opens][0]
        for clause in origin.clauses
        if isinstance(clause, Choice) and clause.opens is not None
    }
    own = frozenset(own_instants(origin, terms, as_of, standing)) or frozenset({first})
    inside = (t for t in (*opens, *bends(terms, lognormally(market))) if first < t < max(own))
    breaks = tuple(sorted({first, *own, *inside}))
    density = _density(task) * (BESIDE_VARIANCES if market.heston else 1.0)
    steps = round(density * STEPS)
    coarse, fine = (
        tuple(sorted((*breaks, *between(breaks, steps, fineness)))) for fineness in FINENESS
    )
    line = timeline(origin, terms, task.program, as_of, standing, fine)
    lines = [_with_events(each, own) for each in (thinned(line, coarse), line)]
    moving = _moving(task, [line for line, _ in lines], market)
    model, rows = moving[0].model, moving[0].rows
    root = root_of(model, rows) if prices_of(model) > 1 else None
    variances = [_variances(moving[0], fineness) for fineness in FINENESS]
    shape, axis = (
        _on_line(task, *lines[0], moving[0], variances[0])
        if root is None
        else (_on_plane(task, *lines[0], moving[0], root), None)
    )
    grids = tuple(
        Lines(
            line,
            events,
            fineness,
            shape(fineness),
            root,
            each,
            axis,
        )
        for (line, events), fineness, each in zip(lines, FINENESS, variances, strict=True)
    )
    return grids, moving


def _variances(moving: Moving, fineness: int) -> Floats | None:
    """The nodes of the variance, where that moves as well."""
    heston, years = heston_of(moving.movers[0]), float(moving.model.numbers.years[-1])
    return None if heston is None else variance_nodes(heston, years, VARIANCES, fineness)


def _density(task: Task) -> float:
    dated = any(isinstance(c, Choice) and not c.any_time for c in task.origin.clauses)
    return WATCHED if dated or _watches(task.origin) else 1.0


Shape = Callable[[int], tuple[Grid, ...]]
"""The nodes of each price, by fineness."""


def _on_line(
    task: Task,
    line: Timeline,
    events: frozenset[int],
    coarse: Moving,
    variances: Floats | None,
) -> tuple[Shape, Axis | None]:
    """And an axis, if a number is remembered that may take any value."""
    price = course(coarse.rows, coarse.model.numbers.years)
    scattered = spread(price, coarse.movers[0])
    beside = 1.0 if variances is None else BESIDE_VARIANCES
    start, deviation = price.start, scattered.deviation
    least = round(_density(task) * CELLS * beside)
    low, high, cells = _extent(start, np.cumsum(coarse.rows.drift[:, 0]), deviation, least)
    low, high = low - scattered.below, high + scattered.above
    instance = task.instance(line, coarse.model, coarse.rows)
    steps, axis = list(spans(line.gates, events)), None
    try:
        prices = critical_prices(instance, steps, events, low, high)
    except Remembers as remembered:
        deviations = np.sqrt(np.cumsum(coarse.rows.deviation[:, 0] ** 2))
        deviations *= deviation / deviations[-1]
        evenly = laid(low, high, start, NEAR * deviation, [], cells)(1)
        ends = tails(
            space_of(Lines(line, events, 1, (evenly,), None, variances), coarse),
            exp(start + float(np.sum(price.growth))),
            len(line),
        )
        farthest = ends[0] / deviation, ends[1] / deviation
        axis = axis_of(instance, remembered, deviations, farthest, AXIS_CELLS)
        instance = replace(instance, axis=axis)
        prices = critical_prices(instance, steps, events, low, high)

    grid = laid(low, high, start, NEAR * deviation, prices, cells)
    return lambda fineness: (grid(fineness),), axis


def _on_plane(
    task: Task, line: Timeline, events: frozenset[int], moving: Moving, root: Floats
) -> Shape:
    """Independent coordinates of deviation 1, in which the prices are at 0. The first one is of the
    first price alone, so that what jumps there whatever the other one is does so at a node."""
    model, rows = moving.model, moving.rows
    drifts = moves(model, rows, root).drifts.T
    extents = [_extent(0.0, np.cumsum(drift), 1.0, PLANE_CELLS) for drift in drifts]
    start, deviation, (low, high, _) = float(rows.start[0]), float(root[0, 0]), extents[0]
    instance, steps = task.instance(line, model, rows), list(spans(line.gates, events))
    ends = start + deviation * low, start + deviation * high
    others = np.exp(rows.start[1] + np.array(ELSEWHERE) * np.hypot(*root[1]))
    some, more = (critical_prices(instance, steps, events, *ends, other) for other in others)
    both = [one for one in some if np.isclose(one, more, rtol=SAME, atol=0.0).any()]
    across = [exp((log(one) - start) / deviation) for one in both]
    grids = [
        laid(low, high, 0.0, NEAR, [1.0, *prices], cells)
        for (low, high, cells), prices in zip(extents, (across, []), strict=True)
    ]
    return lambda fineness: tuple(grid(fineness) for grid in grids)


def _moving(
    task: Task, lines: Sequence[Timeline], market: Market, passed: float = 0.0
) -> tuple[Moving, ...]:
    """The market on both timelines; the steps of the coarser one are among those of the other."""
    coarse, fine = lines
    moving = task.moving(fine, market, passed)
    return moving.thinned(places(coarse.instants, fine.instants)), moving


def _with_events(line: Timeline, own: frozenset[int]) -> tuple[Timeline, frozenset[int]]:
    return line, frozenset(n for n, instant in enumerate(line.instants) if instant in own)


def _extent(start: float, drift: Floats, deviation: float, cells: int) -> tuple[float, float, int]:
    """From where to where the nodes lie, and in how many cells. Raises NoGrid if a price varies so
    little that its drift leaves the cells behind."""
    if deviation == 0.0:
        raise NoGrid("nothing in it is random")
    reach = DEVIATIONS * deviation
    low = start + min(0.0, float(drift.min())) - reach
    weighed = float(drift[-1]) + deviation**2  # where a price is, if each path counts by it
    high = start + max(0.0, float(drift.max()), weighed) + reach
    needed = ceil(float(np.ptp([0.0, *drift])) * (high - low) / deviation**2)
    if needed > CELLS_MOST:
        raise NoGrid("its price varies too little beside its drift")
    return low, high, max(cells, needed)


# --- Greeks ---------------------------------------------------------------------------------------


def _greeks(
    task: Task, grids: tuple[Lines, ...], market: Market, moving: Moving, found: Extrapolated
) -> Iterator[Greek]:
    def solved(at: Market, passed: float) -> Extrapolated:
        again = _moving(task, [lines.line for lines in grids], at, passed)
        return _extrapolated(task, grids, again)

    asset, first = task.terms.assets[task.reporting], _first_event(grids[0])
    return greeks_of(Solved(market, moving.model, moving.movers, found, asset, first), solved)


def _first_event(lines: Lines) -> float:
    """Years to the first instant of the contract that lies ahead."""
    years = (float(lines.line.years[step]) for step in lines.events)
    return min(each for each in years if each > 0.0)


# --- what was done --------------------------------------------------------------------------------


def _of_models(market: Market, moving: Moving) -> Iterator[str]:
    """What is to be said of the models of prices."""
    yield from (model_of(market, pair).note for pair in moving.model.pairs)


def _monitoring(program: Program) -> str | None:
    return "continuous, on nodes of the grid" if _watches(program) else None


def _watches(program: Program) -> bool:
    return any(isinstance(clause, Watch) and clause.feeds for clause in program.clauses)


def _described(lines: Lines) -> str:
    """One sentence on the grids."""
    nodes, steps = prod(len(grid) for grid in lines.grids), len(lines.line)
    prices = "prices" if len(lines.grids) == 1 else "pairs of prices"
    if lines.variances is not None:
        prices += f" by {len(lines.variances)} variances"
    flat = len(lines.grids) == 1 and lines.variances is None
    coarser = "half" if flat else "a quarter"
    times = "twice" if len(lines.grids) == 1 else "three times"
    remembered = "" if lines.axis is None else ", and a third of what half as many places change"
    places = "" if lines.axis is None else f", {len(lines.axis) - 1} places of what is remembered"
    return (
        f"Backward on {nodes:,} {prices} and {steps:,} instants{places}, and on {coarser} as many, "
        f"extrapolated; the bias is {times} how far that moved the value{remembered}."
    )
