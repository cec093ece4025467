"""Paths of the factor that moves all rates: exact from step to step, however long.

Values are counted in bonds of the last date (see `hull_white`): the worth of a payment is its
deflated one, so that a path's sum needs no discounting and has the value as its mean.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program, Terms
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import curve_of, shifted
from rfos_lang.valuation.model_lognormal import Lognormal, Rows, Shifts
from rfos_lang.valuation.path.numpy_printer import Tick
from rfos_lang.valuation.path.timeline import Timeline
from rfos_lang.valuation.rates.amounts import fixing
from rfos_lang.valuation.rates.curves import Curves
from rfos_lang.valuation.rates.hull_white import MODEL
from rfos_lang.valuation.rates.reading import Course, projected

SAME = 1e-9
"""Years by which a date and a knot differ that are the same: there both sides are as near."""


@dataclass(frozen=True, slots=True)
class RateMotion:
    """A market whose rates alone move. `model` and `rows` are of what stands still."""

    model: Lognormal
    rows: Rows
    paths: PathProgram
    curves: Curves

    @property
    def name(self) -> str:
        return MODEL

    @property
    def has_adjoint(self) -> bool:
        return False

    @property
    def hidden(self) -> int:
        return 1

    @property
    def is_random(self) -> bool:
        return self.curves.factor.moves

    @property
    def straight(self) -> float:
        """How many years all dates can move until one of them passes a knot of a curve. There the
        forward rate jumps, so that a difference over more than that mixes both sides."""
        market, line = self.curves.market, self.curves.course.line
        knots = {at for curve in self.model.curves for at in curve_of(market, curve).bends}
        knots.update(until for until, _ in self.curves.model.volatility[:-1])
        dates = {*line.years.tolist(), *line.pay_years.ravel().tolist()}
        for index in self.curves.course.indices.values():
            periods = map(market.index_curve(index).period, line.instants)
            dates.update(market.years(date) for period in periods for date in period)
        between = (abs(date - knot) for date in dates for knot in knots)
        return min((gap for gap in between if gap > SAME), default=inf)

    def normals(self, step: int) -> int:
        return 1

    def ticks(self, normals: Iterable[NDArray[np.float64]]) -> Iterator[Tick]:
        """The indices and the worths of payments at each step."""
        factor, before = np.zeros(1), 0.0
        for step, (drawn,) in enumerate(normals):
            variance = self.curves.variance(step)
            factor = factor + np.sqrt(max(variance - before, 0.0)) * drawn
            before = variance
            feeds = dict(enumerate(self.rows.still[step]))
            for slot in self.curves.course.indices:
                feeds[slot] = self.curves.fixing(fixing(slot, step)).at(factor, variance)
            yield Tick(feeds, hidden=[factor], worths=self.worths(step, factor))

    def worths(self, step: int, factor: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
        """What payments that are agreed at a step are worth there, by the factor."""
        variance, found = self.curves.variance(step), {}
        for number, worth in enumerate(self.paths.worths):
            years = float(self.curves.course.line.pay_years[step, number])
            exposure = self.curves.factor.exposure(self.curves.ahead(years))
            grown = np.exp(exposure * factor - exposure**2 * variance / 2)
            found[number] = self.curves.worth(worth.asset, years) * grown
        return found

    def moved(self, shifts: Shifts) -> "RateMotion":
        """The same in a market whose curves are moved, or once some time has passed."""
        market = self.curves.market
        for curve, by in zip(self.model.curves, np.asarray(shifts.curves).tolist(), strict=True):
            market = shifted(market, curve, by) if by else market
        curves = self.curves.on(market, float(shifts.time))
        return replace(self, curves=curves)


def rate_motion(
    program: Program,
    terms: Terms,
    market: Market,
    paths: PathProgram,
    line: Timeline,
    model: Lognormal,
    rows: Rows,
    told_in: str,
) -> RateMotion | None:
    """How rates move, if a market says so and nothing else does."""
    if model.pairs or told_in not in market.hull_white:
        return None
    last = float(np.max(line.pay_years, initial=0.0))
    course = Course(program, terms, line, (), (), projected(program, terms, market), last)
    curves = Curves(course, market, told_in, market.hull_white[told_in])
    return RateMotion(model, rows, paths, curves)
