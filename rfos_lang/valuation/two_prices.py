"""Payments that depend on two prices of one date: a closed form in one, integrated over the other.

Let the normal z drive the first price. Given z the second price is lognormal again, from
S exp(ρσ√τ z - ρ²σ²τ/2) and with the volatility σ√(1 - ρ²). So the closed form of the payment, with
the first price fixed, is integrated over z, panel by panel, halving those that are not accurate
yet. Greeks are central differences of that value.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from math import isfinite, sqrt
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Part
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.floors import SHORTEST_YEARS
from rfos_lang.valuation.integration import Floats, crossings, integrated, sides
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import LOGNORMAL, Valuation

REACH = 10.0
"""Normals beyond this are left out; they have a probability of 1e-23."""


def by_two_prices(figures: Figures, greeks: bool = True) -> Valuation:
    """The value of an instance on two prices. Raises NoClosedForm; Refused for what the market
    lacks."""
    feeds = Letters(figures.ahead.program).feeds
    if len(feeds) != 2:
        raise NoClosedForm(f"it observes {len(feeds)} prices, and two can be integrated over")
    if any(figures.market.jumps_of(*figures.pair(feed)) for feed in feeds):
        raise NoClosedForm("two prices are integrated over only if they do not jump")
    integral = _Integral(_form(figures, feeds), figures, feeds)
    asset = figures.ahead.terms.assets[integral.form.reporting]
    value = integral.value(figures.market)
    found = bumped(integral, asset) if greeks else ()
    if not all(map(isfinite, (value, *(greek.value for greek in found)))):
        raise NoClosedForm("the integral has no finite value for these numbers")
    return Valuation(value, asset, "quadrature", LOGNORMAL, greeks=found)


def _form(figures: Figures, feeds: tuple[int, ...]) -> ClosedForm:
    """The closed form in the second price, the first one given."""
    ahead = figures.ahead
    form = closed_form(ahead.program, ahead.timing, ahead.reporting, False, given=feeds[0])
    if isinstance(form, Unrecognised):
        raise NoClosedForm(form.reason)
    return form


@dataclass(frozen=True)
class _Integral:
    """The parts of a closed form, integrated over the price that it takes as given."""

    form: ClosedForm
    figures: Figures
    feeds: tuple[int, ...]

    @property
    def numeraire(self) -> int:
        """The asset slot that prices are in."""
        return self.form.numeraire

    def value(self, market: Market) -> float:
        """The value on a market."""
        figures = replace(self.figures, market=market)
        return float(sum(self._part(part, figures) for part in self.form.parts))

    @cached_property
    def functions(self) -> Mapping[Part, tuple[tuple[Input, ...], Callable[..., Any]]]:
        """Each part's inputs, and as a function of arrays of them its value, followed by whatever
        changes sign where the value has a kink or a jump."""
        found = {}
        for part in self.form.parts:
            formulas = [part.measures.value, *sides(part.measures.value)]
            known = inputs_of(*formulas)
            found[part] = known, vectorised(formulas, known)
        return found

    def _part(self, part: Part, figures: Figures) -> float:
        inputs, function = self.functions[part]
        years = figures.years(part.schedule)
        numbers = {each: figures.number(each, years) for each in inputs}
        letters, (given, other) = Letters(self.form.program), self.feeds
        horizon = max(years, SHORTEST_YEARS.value)
        driven = _Driven.of(figures, given, other, years, horizon)

        def values(z: Floats) -> Floats:
            moved = {
                letters.spot(given): driven.first(z),
                letters.spot(other): driven.second(z),
                letters.volatility(other): driven.volatility,
            }
            rows = function(*(moved.get(each, numbers[each]) for each in inputs))
            return np.array([np.broadcast_to(row, z.shape) for row in rows])

        def integrand(z: Floats) -> Floats:
            return values(z)[0] * np.exp(-z * z / 2) / sqrt(2 * np.pi)

        total = integrated(
            integrand, crossings(lambda z: values(z)[1:], -REACH, REACH), -REACH, REACH
        )
        return total if part.deferral is None else total * figures.postponement(part.deferral)


@dataclass(frozen=True, slots=True)
class _Driven:
    """Two correlated prices at a horizon, as functions of the normal that drives the first."""

    forward: float
    deviation: float
    spot: float
    shared: float
    volatility: float

    @staticmethod
    def of(figures: Figures, given: int, other: int, years: float, horizon: float) -> "_Driven":
        market, first, second = figures.market, figures.pair(given), figures.pair(other)
        correlation = market.correlation(first, second)
        spread, volatility = (market.volatility(*pair, years) for pair in (first, second))
        return _Driven(
            market.forward(*first, years),
            spread * sqrt(horizon),
            market.spot(*second),
            correlation * volatility * sqrt(horizon),
            volatility * sqrt(1 - correlation**2),
        )

    def first(self, z: Floats) -> Floats:
        """The first price at the horizon."""
        return self.forward * np.exp(self.deviation * z - self.deviation**2 / 2)

    def second(self, z: Floats) -> Floats:
        """Where the second price starts from, given z."""
        return self.spot * np.exp(self.shared * z - self.shared**2 / 2)
