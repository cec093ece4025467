"""An instance on a grid: what is found there in one market."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program, Terms, Watch
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.dynamics.chosen import lognormally, movers
from rfos_lang.valuation.dynamics.mover import Mover
from rfos_lang.valuation.finite_differences.axis import Axis
from rfos_lang.valuation.finite_differences.grid import Grid
from rfos_lang.valuation.finite_differences.induction import Induction, Space
from rfos_lang.valuation.finite_differences.motions import course, line, with_variances
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance, Told
from rfos_lang.valuation.finite_differences.plane import plane
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import Numbers
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.numpy_printer import evaluated_setup
from rfos_lang.valuation.path.timeline import Floats, Timeline
from rfos_lang.valuation.result import LOGNORMAL

PRICES_MOST = 2
BY_STEP = tuple(name for name in Numbers._fields if name not in ("factor", "quanto"))
"""What of a market in numbers has a row for each step."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A contract on the nodes and instants of one grid: its timeline, which steps of it are events,
    and the nodes of each price (of two: in independent coordinates of some root, see `plane`) and
    of the variance, where that moves as well; the axis of what is remembered, if it has one."""

    line: Timeline
    events: frozenset[int]
    fineness: int
    grids: tuple[Grid, ...]
    root: Floats | None = None
    variances: Floats | None = None
    axis: Axis | None = None


@dataclass(frozen=True, slots=True)
class Moving:
    """A market on the timeline of a grid: its curves, and by which model each price moves."""

    model: Lognormal
    rows: Rows
    name: str
    movers: tuple[Mover, ...]

    def thinned(self, steps: NDArray[np.int64]) -> "Moving":
        """The same on the timeline that has those steps alone, see `instants.thinned`."""
        numbers = self.model.numbers
        some = {name: _rows(getattr(numbers, name), steps) for name in BY_STEP}
        model = replace(self.model, numbers=numbers._replace(**some))
        return replace(self, model=model, rows=model_lognormal.rows(model.numbers, model.unmoved))


def _rows(table: Floats, steps: NDArray[np.int64]) -> Floats:
    """Some rows, lying in memory as all of them do: in that order products are summed."""
    found = np.empty_like(table, shape=(len(steps), *table.shape[1:]))
    found[...] = table[steps]
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """The value, and its first and second derivatives by each price."""

    value: float
    deltas: Floats
    gammas: Floats

    def __add__(self, other: "Found") -> "Found":
        return Found(
            self.value + other.value, self.deltas + other.deltas, self.gammas + other.gammas
        )

    def __mul__(self, times: float) -> "Found":
        return Found(self.value * times, self.deltas * times, self.gammas * times)

    def __sub__(self, other: "Found") -> "Found":
        return self + other * -1.0


Pick = Callable[[Found], float]
"""One number of what was found."""


def value_of(found: Found) -> float:
    """The value."""
    return found.value


def delta_of(which: int, found: Found) -> float:
    """The first derivative by one price."""
    return float(found.deltas[which])


def gamma_of(which: int, found: Found) -> float:
    """The second derivative by one price."""
    return float(found.gammas[which])


LEFT = 3e-6
"""What is left where both grids happen to agree, as a part of the value."""


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """What two grids tell together, and its `errors`, each of a kind of its own: sizes count, so
    that none hides another one."""

    found: Found
    errors: tuple[Found, ...]

    def told(self, pick: Pick, left: float = LEFT) -> float:
        """By how much a number is off at most."""
        return sum(abs(pick(error)) for error in self.errors) + left * abs(self.found.value)


@dataclass(frozen=True, slots=True)
class Task:
    """An instance to be valued on grids that stay as they are when the market moves."""

    origin: Program
    program: PathProgram
    terms: Terms
    reporting: int

    def model(self, line: Timeline, market: Market, passed: float = 0.0) -> Lognormal:
        """The market on a timeline. Raises NoGrid if it is of too many prices, or none."""
        model = model_lognormal.prepared(
            self.origin, self.terms, self.program, line, lognormally(market), self.reporting, passed
        )
        count = prices_of(model)
        if not 0 < count <= PRICES_MOST:
            raise NoGrid(f"it depends on {count} prices" if count else "it depends on no price")
        if count > 1 and any(isinstance(c, Watch) and c.feeds for c in self.origin.clauses):
            raise NoGrid("it watches one of two prices all the time")
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
            dict(model.feeds),
            dict(model.quotes),
        )

    def told(self) -> Told:
        """Between two parties one gains what the other one loses, so that one value tells both."""
        program, slots = self.program, self.program.values
        if len(self.origin.parties) == 2 and self.origin.escrow is None:
            own = program.parties.index(0)
            return Told((slots[own],), {0: (0, 1.0), 1: (0, -1.0)})
        return Told(slots, {party: (n, 1.0) for n, party in enumerate(program.parties)})

    def moving(self, line: Timeline, market: Market, passed: float = 0.0) -> Moving:
        """The same, and how its prices move from step to step."""
        model = self.model(line, market, passed)
        name, every = movers(market, model)
        if name and prices_of(model) > 1:
            raise NoGrid(f"one of its prices moves by a model of its own, {name}")
        rows = model_lognormal.rows(model.numbers, model.unmoved)
        return Moving(model, rows, name or LOGNORMAL, tuple(every))

    def on(self, lines: Lines, moving: Moving) -> Found:
        """What is found on one grid. Raises NoGrid."""
        model, rows = moving.model, moving.rows
        instance = replace(self.instance(lines.line, model, rows), axis=lines.axis)
        space = space_of(lines, moving)
        worth = Induction(instance, space, lines.events, lines.fineness).worth()
        column = instance.told.slots.index(self.program.values[self.program.parties.index(0)])
        return Found(*space.told(worth.values[column], worth.moved))


def space_of(lines: Lines, moving: Moving) -> Space:
    """The nodes of a grid and how values move on them."""
    model, rows = moving.model, moving.rows
    if lines.root is not None:
        along, across = lines.grids
        return plane(along, across, model, rows, lines.root)
    price, (mover, *_) = course(rows, model.numbers.years), moving.movers
    if lines.variances is None:
        return line(lines.grids[0], price, mover)
    return with_variances(lines.grids[0], lines.variances, price, mover)


def prices_of(model: Lognormal) -> int:
    """How many prices a contract observes or is paid in: the first ones of the model's."""
    return len({pair for _, pair in (*model.feeds, *model.quotes)})
