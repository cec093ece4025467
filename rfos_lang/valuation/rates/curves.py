"""What a market says of the dates of a course: discounting, and the law of each fixing."""

from math import exp, sqrt

import numpy as np

from rfos_lang.base.day_count import year_fraction
from rfos_lang.base.records import dataclass
from rfos_lang.path.program import Node
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.path.numpy_printer import Value
from rfos_lang.valuation.rates.hull_white import STILL, Factor, HullWhite
from rfos_lang.valuation.rates.reading import Course, Flow


@dataclass(frozen=True, slots=True)
class Fixing:
    """An index at one step: scale × exp(tilt u - lag v) - shift, v the variance of the factor u
    then."""

    scale: float
    shift: float
    tilt: float
    lag: float

    def at(self, factor: Value, variance: float) -> Value:
        """What is fixed where the factor stands at a value."""
        return self.scale * np.exp(self.tilt * factor - self.lag * variance) - self.shift


class Curves:
    """A course on a market, once some years have `passed`, curves keeping their shape; told in an
    asset whose rates may move by a factor."""

    def __init__(
        self,
        course: Course,
        market: Market,
        told_in: str,
        model: HullWhite = STILL,
        passed: float = 0.0,
    ) -> None:
        self.course, self.market, self.told_in, self.passed = course, market, told_in, passed
        self.model = model
        self._laws: dict[Node, Fixing] = {}
        self._variances: dict[int, float] = {}
        self.factor: Factor = model.until(self._horizon())

    def on(self, market: Market, passed: float) -> "Curves":
        """The same course and factor on another market."""
        return Curves(self.course, market, self.told_in, self.model, passed)

    def ahead(self, years: float) -> float:
        """Years to what is so many years after the market's own date; that date stands still."""
        return max(years - self.passed, 0.0) if years > 0.0 else years

    def years(self, instant: int) -> float:
        """Years to an instant."""
        return self.ahead(self.market.years(instant))

    def _horizon(self) -> float:
        """The last date that matters."""
        dates = [0.0, self.course.last]
        for index in self.course.indices.values():
            curve = self.market.index_curve(index)
            dates += [self.market.years(curve.period(t)[1]) for t in self.course.line.instants[-1:]]
        return max(self.ahead(years) for years in dates)

    @property
    def deviation(self) -> float:
        """The greatest standard deviation of the logarithm of a bond, counted in those of the last
        date, at any step."""
        steps = range(len(self.course.line))
        dates = (self.ahead(float(years)) for years in self.course.line.years)
        exposures = map(self.factor.exposure, dates)
        known = zip(exposures, map(self.variance, steps), strict=True)
        return max((exposure * sqrt(variance) for exposure, variance in known), default=0.0)

    # --- payments

    def worth(self, asset: int, years: float) -> float:
        """What one unit of an asset, paid so many years after the market's date, is worth now."""
        ticker, ahead = self.course.terms.assets[asset], self.ahead(years)
        if ticker == self.told_in:
            return exp(-self.market.rate_curve(ticker).total(ahead))
        spot = self.market.spot(ticker, self.told_in)
        return spot * exp(-self.market.carry_curve(ticker).total(ahead))

    def exposure(self, flow: Flow) -> float:
        """How the worth of a payment moves with the factor."""
        return round(self.factor.exposure(self.ahead(flow.years)), 12)

    # --- fixings

    def variance(self, step: int) -> float:
        """The variance of the factor at a step."""
        if step not in self._variances:
            years = self.ahead(float(self.course.line.years[step]))
            self._variances[step] = self.factor.variance(max(years, 0.0))
        return self._variances[step]

    def fixing(self, node: Node) -> Fixing:
        """The law of a fixing."""
        if node not in self._laws:
            self._laws[node] = self._fixing(node)
        return self._laws[node]

    def forward(self, node: Node) -> float:
        """The projected fixing."""
        law = self.fixing(node)
        return law.scale - law.shift

    def _fixing(self, node: Node) -> Fixing:
        index = self.course.indices[node.slot]
        curve, instant = self.market.index_curve(index), self.course.line.instants[node.offset]
        begins, ends = curve.period(instant)
        fraction = float(year_fraction(begins, ends, curve.day_count))
        projecting, first, last = (
            self.market.projecting(index),
            self.years(begins),
            self.years(ends),
        )
        growth = exp(projecting.total(last) - projecting.total(first))
        sooner, later = self.factor.exposure(first), self.factor.exposure(last)
        lag = (sooner**2 - later**2) / 2
        return Fixing(growth / fraction, 1.0 / fraction, sooner - later, lag)
