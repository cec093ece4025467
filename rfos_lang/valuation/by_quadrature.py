"""Payments that depend on two prices of one date: a closed form in one, integrated over the other.

Let the normal z drive the first price. Given z the second price is lognormal again, from
S exp(ρσ√τ z - ρ²σ²τ/2) and with the volatility σ√(1 - ρ²). So the closed form of the payment, with
the first price fixed, is integrated over z, panel by panel, halving those that are not accurate
yet. Greeks are central differences of that value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.unit import TIME, Unit, base
from rfos_lang.core.formula import Call, Formula, Function, Input, ordered
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Part
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.constructors import subtract
from rfos_lang.valuation.curve import YEAR, RateCurve, VolatilityCurve
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.floors import SHORTEST_YEARS
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.result import Greek, Valuation

Floats = NDArray[np.float64]

MODEL = "Black-Scholes"
REACH = 10.0
"""Normals beyond this are left out; they have a probability of 1e-23."""
PANELS = 20
ORDER = 12
PRECISION = 1e-13
HALVINGS_MAX = 40
GRID = 2_001


def by_quadrature(figures: Figures, greeks: bool = True) -> Valuation:
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
    bumps = _bumps(integral, asset) if greeks else ()
    found = tuple(bump.greek(integral) for bump in bumps)
    if not all(map(isfinite, (value, *(greek.value for greek in found)))):
        raise NoClosedForm("the integral has no finite value for these numbers")
    return Valuation(value, asset, "quadrature", MODEL, greeks=found)


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
            formulas = [part.measures.value, *_sides(part.measures.value)]
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

        total = integrated(integrand, crossings(lambda z: values(z)[1:]))
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


# --- integration ---------------------------------------------------------------------------------


def _sides(formula: Formula) -> Iterator[Formula]:
    """The differences whose signs a formula depends on."""
    for node in ordered(formula):
        match node:
            case Call(function=function, arguments=(left, right)) if function in _COMPARING:
                yield subtract(left, right)
            case Call(function=Function.ABSOLUTE, arguments=(operand,)):
                yield operand
            case _:
                pass


_COMPARING = (Function.LESS, Function.LESS_OR_EQUAL, Function.MINIMUM, Function.MAXIMUM)


def crossings(sides: Callable[[Floats], Floats]) -> Floats:
    """Where any of some functions changes sign: searched on a grid, narrowed down by bisection."""
    grid = np.linspace(-REACH, REACH, GRID)
    signs = np.sign(sides(grid))
    which, at = np.nonzero(signs[:, 1:] != signs[:, :-1])
    low, high, before = grid[at], grid[at + 1], signs[which, at]
    for _ in range(60 if len(at) else 0):
        middle = (low + high) / 2
        same = np.sign(sides(middle))[which, np.arange(len(at))] == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high


def integrated(integrand: Callable[[Floats], Floats], breaks: Floats | None = None) -> float:
    """The integral over the whole line of a function that falls off like the normal density.

    Gauss-Legendre on panels between `breaks`, which should hold all kinks and jumps; a panel whose
    halves say something else is halved.
    """
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    edges = np.linspace(-REACH, REACH, PANELS + 1)
    if breaks is not None:
        edges = np.unique(np.concatenate([edges, breaks]))
    low, high = edges[:-1], edges[1:]
    whole = _panels(integrand, low, high, nodes, weights)
    scale = float(np.abs(whole).sum()) or 1.0
    total = 0.0
    for _ in range(HALVINGS_MAX):
        middle = (low + high) / 2
        left = _panels(integrand, low, middle, nodes, weights)
        right = _panels(integrand, middle, high, nodes, weights)
        rough = np.abs(left + right - whole) > PRECISION * scale
        total += float((left + right)[~rough].sum())
        if not rough.any():
            return total
        low, high = (
            np.concatenate([low[rough], middle[rough]]),
            np.concatenate([middle[rough], high[rough]]),
        )
        whole = np.concatenate([left[rough], right[rough]])
    return total + float(whole.sum())


def _panels(
    integrand: Callable[[Floats], Floats], low: Floats, high: Floats, nodes: Floats, weights: Floats
) -> Floats:
    """The integral over each panel."""
    half = (high - low)[:, None] / 2
    points = (low + high)[:, None] / 2 + half * nodes
    values = integrand(points.ravel()).reshape(points.shape)
    return np.asarray((values * weights * half).sum(axis=1))


# --- Greeks --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bump:
    """One Greek by central differences: the market as a function of how far an input is moved."""

    measure: str
    subject: str
    unit: Unit
    moved: Callable[[float], Market]
    step: float

    def greek(self, integral: _Integral) -> Greek:
        """The first difference, or for gamma the second one."""
        up, down = (integral.value(self.moved(h)) for h in (self.step, -self.step))
        if self.measure == "gamma":
            here = integral.value(integral.figures.market)
            found = (up - 2 * here + down) / self.step**2
        else:
            found = (up - down) / (2 * self.step)
        return Greek(self.measure, self.subject, found, str(self.unit), "bump")


def _bumps(integral: _Integral, asset: str) -> Iterator[_Bump]:
    figures, told = integral.figures, base(asset)
    market, terms = figures.market, figures.ahead.terms
    prices = [(terms.feeds[feed], figures.pair(feed)) for feed in integral.feeds]
    for measure, power, relative in (("delta", 1, 1e-4), ("gamma", 2, 1e-3)):
        for name, pair in prices:
            unit = told / (base(pair[1]) / base(pair[0])) ** power
            step = relative * market.spot(*pair)
            yield _Bump(measure, name, unit, partial(_with_spot, market, pair), step)
    for name, pair in prices:
        yield _Bump("vega", name, told, partial(_with_volatility, market, pair), 1e-4)
    cash = terms.assets[integral.form.numeraire]
    yield _Bump("rho", cash, told, partial(_with_rate, market, cash), 1e-4)
    for _, (held, _) in prices:
        yield _Bump("carry", held, told, partial(_with_carry, market, held), 1e-4)
    yield _Bump("theta", "", told / TIME, partial(_later, market), 1e-4)


def _with_spot(market: Market, pair: Pair, change: float) -> Market:
    others = {known: spot for known, spot in market.spots.items() if known != pair[::-1]}
    return replace(market, spots=others | {pair: market.spot(*pair) + change})


def _with_volatility(market: Market, pair: Pair, change: float) -> Market:
    curve = market.volatility_curve(*pair)
    moved = VolatilityCurve(tuple((years, known + change) for years, known in curve.knots))
    return replace(market, volatilities={**market.volatilities, pair: moved})


def _with_rate(market: Market, cash: str, change: float) -> Market:
    rates = {**market.rates, cash: _raised(market.rate_curve(cash), change)}
    return replace(market, rates=rates)


def _with_carry(market: Market, asset: str, change: float) -> Market:
    yields = {**market.yields, asset: _raised(market.carry_curve(asset), change)}
    return replace(market, yields=yields)


def _raised(curve: RateCurve, change: float) -> RateCurve:
    return RateCurve(tuple((years, rate + change) for years, rate in curve.knots))


def _later(market: Market, years: float) -> Market:
    return replace(market, as_of=market.as_of + round(years * YEAR))
