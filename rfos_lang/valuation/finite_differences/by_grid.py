"""Finite differences: the value on two grids, extrapolated; Greeks from the grid and by solving
again in moved markets."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, isfinite, sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.unit import TIME, Unit, base
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.curve import VolatilityCurve
from rfos_lang.valuation.finite_differences.critical import critical_prices
from rfos_lang.valuation.finite_differences.grid import Grid, at, laid
from rfos_lang.valuation.finite_differences.induction import Induction, spans
from rfos_lang.valuation.finite_differences.instants import between
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance, Told
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.market_on_timeline import Curve, shifted
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.lowering import lowered
from rfos_lang.valuation.path.numpy_printer import evaluated_setup
from rfos_lang.valuation.path.program import PathProgram
from rfos_lang.valuation.path.timeline import Timeline, timeline
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import LOGNORMAL, Greek, Valuation

METHOD = "finite differences"
CELLS, STEPS = 240, 60
"""Of the coarser grid in price and in time; the finer one has twice as many of both."""
CELLS_MOST = 4_000
DEVIATIONS = 6.0
"""How far the grid reaches on both sides of the price, in standard deviations to the horizon."""
NEAR = 1.2
"""Within so many standard deviations of the price the grid is fine."""
FINENESS = (1, 2)
MOVED = 1e-4
"""By how much volatilities, rates and time are moved for Greeks."""
FROM_THE_GRID = "derivative on the grid"
AGAIN = "bump, solved again"


@dataclass(frozen=True, slots=True)
class _Lines:
    """A contract on the instants of one grid: its timeline, and which steps are events."""

    line: Timeline
    events: frozenset[int]
    grid: Grid


@dataclass(frozen=True, slots=True)
class _Found:
    """The value and its derivatives by the price."""

    value: float
    delta: float
    gamma: float


@dataclass(frozen=True, slots=True)
class _Task:
    """An instance to be valued on grids that stay as they are when the market moves."""

    origin: Program
    program: PathProgram
    terms: Terms
    reporting: int

    def model(self, line: Timeline, market: Market, passed: float = 0.0) -> Lognormal:
        """The market on a timeline. Raises NoGrid if it is not of one price."""
        model = model_lognormal.prepared(
            self.origin, self.terms, self.program, line, market, self.reporting, passed
        )
        prices = {pair for _, pair in (*model.feeds, *model.quotes)}
        if len(prices) != 1:
            raise NoGrid(
                f"it depends on {len(prices)} prices" if prices else "it depends on no price"
            )
        return model

    def instance(self, line: Timeline, model: Lognormal, rows: Rows) -> Instance:
        """What is read on a grid."""
        return Instance(
            self.origin,
            self.program,
            line,
            rows,
            evaluated_setup(self.program, line),
            self.told(),
            tuple(slot for slot, _ in model.feeds),
            tuple(slot for slot, _ in model.quotes),
        )

    def told(self) -> Told:
        """Between two parties one gains what the other one loses, so that one value tells both."""
        program, slots = self.program, self.program.values
        if len(self.origin.parties) == 2 and self.origin.escrow is None:
            own = program.parties.index(0)
            return Told((slots[own],), {0: (0, 1.0), 1: (0, -1.0)})
        return Told(slots, {party: (n, 1.0) for n, party in enumerate(program.parties)})

    def on(self, lines: _Lines, market: Market, passed: float = 0.0) -> _Found:
        """What is found on one grid."""
        model = self.model(lines.line, market, passed)
        rows = model_lognormal.rows(model.numbers, model.unmoved)
        instance = self.instance(lines.line, model, rows)
        worth = Induction(instance, lines.grid, lines.events).worth()
        column = instance.told.slots.index(self.program.values[self.program.parties.index(0)])
        price = float(model.unmoved.spots[0])
        return _Found(*at(lines.grid, worth.values[column], worth.moved, price))


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
    task = _Task(program, lowered(program, reporting), terms, reporting)
    pair, curves, grids = _grids(task, market, standing)
    found = _extrapolated(task, grids, market)
    if not isfinite(found.value):
        raise Refused("E0655", contract=program.name)
    result = Valuation(
        found.value,
        terms.assets[reporting],
        METHOD,
        LOGNORMAL,
        bias_bound=found.moved,
        monitoring=_monitoring(program),
        notes=(_described(grids[-1]),),
    )
    if not greeks:
        return result
    return replace(result, greeks=tuple(_greeks(task, grids, market, pair, curves, found)))


@dataclass(frozen=True, slots=True)
class _Extrapolated:
    """What two grids tell together, and by how much that moved the value of the finer one."""

    value: float
    delta: float
    gamma: float
    moved: float


def _extrapolated(
    task: _Task, grids: tuple[_Lines, ...], market: Market, passed: float = 0.0
) -> _Extrapolated:
    """Richardson: the errors of a grid and of one twice as fine are as four to one."""
    coarse, fine = (task.on(lines, market, passed) for lines in grids)
    change = (fine.value - coarse.value) / 3
    return _Extrapolated(
        fine.value + change,
        fine.delta + (fine.delta - coarse.delta) / 3,
        fine.gamma + (fine.gamma - coarse.gamma) / 3,
        abs(change),
    )


# --- grids ----------------------------------------------------------------------------------------


def _grids(
    task: _Task, market: Market, standing: meaning.Standing | None
) -> tuple[Pair, tuple[Curve, ...], tuple[_Lines, ...]]:
    """The price and the curves that matter, and the grids, the coarser one first."""
    origin, terms, as_of = task.origin, task.terms, market.as_of
    bare = timeline(origin, terms, task.program, as_of, standing, ())
    first = max(as_of, terms.start)
    opens = {
        terms.schedules[clause.opens][0]
        for clause in origin.clauses
        if isinstance(clause, Choice) and clause.opens is not None
    }
    own = frozenset(bare.instants) or frozenset({first})
    breaks = tuple(sorted({first, *own, *(t for t in opens if first < t < max(own))}))
    lines = [
        _timed(task, as_of, standing, (*breaks, *between(breaks, STEPS, fineness)), own)
        for fineness in FINENESS
    ]
    model = task.model(lines[0][0], market)
    rows = model_lognormal.rows(model.numbers, model.unmoved)
    low, high, scale, cells = _extent(rows)
    line, events = lines[0]
    prices = critical_prices(
        task.instance(line, model, rows), list(spans(line.gates, events)), events, low, high
    )
    grids = tuple(
        _Lines(line, events, laid(low, high, float(rows.start[0]), scale, prices, cells, fineness))
        for (line, events), fineness in zip(lines, FINENESS, strict=True)
    )
    return model.pairs[0], model.curves, grids


def _timed(
    task: _Task,
    as_of: int,
    standing: meaning.Standing | None,
    instants: tuple[int, ...],
    own: frozenset[int],
) -> tuple[Timeline, frozenset[int]]:
    line = timeline(task.origin, task.terms, task.program, as_of, standing, tuple(sorted(instants)))
    return line, frozenset(n for n, instant in enumerate(line.instants) if instant in own)


def _extent(rows: Rows) -> tuple[float, float, float, int]:
    """From where to where in the logarithm of the price, the scale on which cells are of one width,
    and how many cells. Raises NoGrid if the price varies so little that its drift leaves the cells
    behind."""
    drift = np.cumsum(rows.drift[:, 0])
    deviation = sqrt(float(np.sum(rows.deviation[:, 0] ** 2)))
    if deviation == 0.0:
        raise NoGrid("nothing in it is random")
    start, reach = float(rows.start[0]), DEVIATIONS * deviation
    low = start + min(0.0, float(drift.min())) - reach
    high = start + max(0.0, float(drift.max())) + reach
    cells = max(CELLS, ceil(float(np.ptp([0.0, *drift])) * (high - low) / deviation**2))
    if cells > CELLS_MOST:
        raise NoGrid("its price varies too little beside its drift")
    return low, high, NEAR * deviation, cells


# --- Greeks ---------------------------------------------------------------------------------------


def _greeks(
    task: _Task,
    grids: tuple[_Lines, ...],
    market: Market,
    pair: Pair,
    curves: tuple[Curve, ...],
    found: _Extrapolated,
) -> Iterator[Greek]:
    """Conventions as of `smooth_greeks`."""
    told, name, unit = base(task.terms.assets[task.reporting]), spot_name(*pair), _price_unit(pair)
    yield Greek("delta", name, found.delta, str(told / unit), FROM_THE_GRID)
    yield Greek("gamma", name, found.gamma, str(told / unit / unit), FROM_THE_GRID)

    def slope(up: Market, down: Market, passed: float = 0.0) -> float:
        values = [
            _extrapolated(task, grids, moved, time).value
            for moved, time in ((up, passed), (down, -passed))
        ]
        return (values[0] - values[1]) / (2 * MOVED)

    up, down = (_with_volatility(market, pair, by) for by in (MOVED, -MOVED))
    yield Greek("vega", name, slope(up, down), str(told), AGAIN)
    for curve in curves:
        up, down = (shifted(market, curve, by) for by in (MOVED, -MOVED))
        measure = "rho" if curve[0] == "rate" else "carry"
        yield Greek(measure, curve[1], slope(up, down), str(told), AGAIN)
    yield Greek("theta", "", slope(market, market, MOVED), str(told / TIME), AGAIN)


def _price_unit(pair: Pair) -> Unit:
    return base(pair[1]) / base(pair[0])


def _with_volatility(market: Market, pair: Pair, by: float) -> Market:
    curve = market.volatility_curve(*pair)
    moved = VolatilityCurve(tuple((years, known + by) for years, known in curve.knots))
    known = pair if pair in market.volatilities else pair[::-1]
    return replace(market, volatilities={**market.volatilities, known: moved})


# --- what was done --------------------------------------------------------------------------------


def _monitoring(program: Program) -> str | None:
    watched = any(isinstance(clause, Watch) and clause.feeds for clause in program.clauses)
    return "continuous, on nodes of the grid" if watched else None


def _described(lines: _Lines) -> str:
    """One sentence on the grids."""
    nodes, steps = len(lines.grid), len(lines.line)
    return (
        f"Backward on {nodes:,} prices and {steps:,} instants, and on half as many, extrapolated; "
        "the bias is how far that moved the value."
    )
