"""Greeks by central differences of a value that is precise enough for them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol

from rfos_lang.base.records import dataclass
from rfos_lang.base.unit import TIME, Unit, base
from rfos_lang.valuation.curve import YEAR, RateCurve, VolatilityCurve
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.result import Greek


class Integral(Protocol):
    """A value as a function of the market. `feeds` are the prices that it depends on, `numeraire`
    the asset slot that they are in."""

    @property
    def figures(self) -> Figures: ...

    @property
    def feeds(self) -> tuple[int, ...]: ...

    @property
    def numeraire(self) -> int: ...

    def value(self, market: Market) -> float:
        """The value on a market."""


def bumped(integral: Integral, asset: str) -> tuple[Greek, ...]:
    """All Greeks of a value that is told in an asset."""
    return tuple(bump.greek(integral) for bump in _bumps(integral, asset))


def by_volatility(integral: Integral, pair: Pair, asset: str) -> Greek:
    """Vega by the volatility of one more price."""
    moved = partial(_with_volatility, integral.figures.market, pair)
    return _Bump("vega", spot_name(*pair), base(asset), moved, 1e-4).greek(integral)


def by_rate(integral: Integral, cash: str, asset: str) -> Greek:
    """Rho by the rate of one more currency."""
    moved = partial(_with_rate, integral.figures.market, cash)
    return _Bump("rho", cash, base(asset), moved, 1e-4).greek(integral)


@dataclass(frozen=True, slots=True)
class _Bump:
    """One Greek by central differences: the market as a function of how far an input is moved."""

    measure: str
    subject: str
    unit: Unit
    moved: Callable[[float], Market]
    step: float

    def greek(self, integral: Integral) -> Greek:
        """The first difference, or for gamma the second one."""
        up, down = (integral.value(self.moved(h)) for h in (self.step, -self.step))
        if self.measure == "gamma":
            here = integral.value(integral.figures.market)
            found = (up - 2 * here + down) / self.step**2
        else:
            found = (up - down) / (2 * self.step)
        return Greek(self.measure, self.subject, found, str(self.unit), "bump")


def _bumps(integral: Integral, asset: str) -> Iterator[_Bump]:
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
    cash = terms.assets[integral.numeraire]
    yield _Bump("rho", cash, told, partial(_with_rate, market, cash), 1e-4)
    for _, (held, _) in prices:
        yield _Bump("carry", held, told, partial(_with_carry, market, held), 1e-4)
    yield _Bump("theta", "", told / TIME, partial(_later, market), 1e-4)


def _with_spot(market: Market, pair: Pair, change: float) -> Market:
    others = {known: spot for known, spot in market.spots.items() if known != pair[::-1]}
    return replace(market, spots=others | {pair: market.spot(*pair) + change})


def _with_volatility(market: Market, pair: Pair, change: float) -> Market:
    if pair in market.heston:
        return replace(market, heston={**market.heston, pair: market.heston[pair].raised(change)})
    if pair in market.smiles:
        return replace(market, smiles={**market.smiles, pair: market.smiles[pair].raised(change)})
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
