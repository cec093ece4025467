"""Greeks by differences of a value that is precise enough for them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isfinite
from typing import Protocol

from rfos_lang.base.refusal import Refused
from rfos_lang.base.unit import base
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.greek_names import crossed, names, of_second_order
from rfos_lang.valuation.market import Market, Pair, named_pair, spot_name
from rfos_lang.valuation.moved_market import (
    later,
    with_carry,
    with_rate,
    with_spot,
    with_volatility,
)
from rfos_lang.valuation.result import Greek
from rfos_lang.valuation.second_differences import curvature, twist

ESTIMATOR = "bump"
WIDER = 4e-3
"""How far volatilities are moved to see how vega moves."""
ROUNDING = 1e-14
"""What two values of binary64 that are the same may differ by, as a part of them."""


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


def bumped(integral: Integral, asset: str, is_smooth: bool = True) -> tuple[Greek, ...]:
    """All Greeks of a value that is told in an asset; those of second order by volatility only if
    it `is_smooth` in that to about 1e-11 of it."""
    figures, value = integral.figures, integral.value
    pairs = [figures.pair(feed) for feed in integral.feeds]
    cash = figures.ahead.terms.assets[integral.numeraire]
    curves = [("rate", cash), *(("carry", held) for held, _ in pairs)]
    first = (
        Greek(
            measure, subject, difference(measure, subject, figures.market, value), unit, ESTIMATOR
        )
        for measure, subject, unit in names(pairs, curves, asset)
    )
    if not is_smooth:
        return tuple(first)
    twice = _by_volatility_twice(figures.market, value, pairs, asset)
    return (*first, *twice, *_crossed(figures.market, value, pairs, asset))


def _crossed(
    market: Market, value: Callable[[Market], float], pairs: Sequence[Pair], asset: str
) -> Iterator[Greek]:
    """The cross gammas of two prices each."""
    for one, other, (measure, subject, unit) in crossed(pairs, asset):
        first, second = pairs[one], pairs[other]

        def at(up: float, along: float, first: Pair = first, second: Pair = second) -> float:
            return value(with_spot(with_spot(market, first, up), second, along))

        found = twist(at, *(1e-3 * market.spot(*pair) for pair in (first, second)))
        if isfinite(found.value):
            yield Greek(measure, subject, found.value, unit, ESTIMATOR, bias_bound=found.error)


def _by_volatility_twice(
    market: Market, value: Callable[[Market], float], pairs: Sequence[Pair], asset: str
) -> Iterator[Greek]:
    """Vanna and volga of the prices whose volatilities can be moved both ways."""
    for measure, subject, unit in of_second_order(pairs, asset):
        pair = named_pair(subject)
        if not market.model_of(pair) and _lowest_volatility(market, pair) <= 2 * WIDER:
            continue
        spot = 1e-3 * market.spot(*pair)

        def at(up: float, wider: float, pair: Pair = pair) -> float:
            return value(with_spot(with_volatility(market, pair, wider), pair, up))

        try:
            if measure == "vanna":
                found = twist(at, spot, WIDER)
            else:
                found = curvature(partial(at, 0.0), WIDER)
        except Refused:
            continue
        if isfinite(found.value):
            yield Greek(measure, subject, found.value, unit, ESTIMATOR, bias_bound=found.error)


def _lowest_volatility(market: Market, pair: Pair) -> float:
    curve = market.volatility_curve(*pair)
    return min(curve.volatility(years) for years, _ in curve.knots)


def by_volatility(integral: Integral, pair: Pair, asset: str) -> Greek:
    """Vega by the volatility of one more price."""
    subject, market = spot_name(*pair), integral.figures.market
    found = difference("vega", subject, market, integral.value)
    return Greek("vega", subject, found, str(base(asset)), ESTIMATOR)


def by_rate(integral: Integral, cash: str, asset: str) -> Greek:
    """Rho by the rate of one more currency."""
    found = difference("rho", cash, integral.figures.market, integral.value)
    return Greek("rho", cash, found, str(base(asset)), ESTIMATOR)


def difference(
    measure: str,
    subject: str,
    market: Market,
    value: Callable[[Market], float],
    ahead: bool = False,
) -> float:
    """A Greek of a value as a function of the market: a central difference, for gamma the second
    one; for theta one that only looks `ahead`, if told to."""
    moved, step = _moved(measure, subject, market)
    up, down = value(moved(step)), value(market if ahead and measure == "theta" else moved(-step))
    if measure == "gamma":
        change, over = (up - 2 * value(market) + down), step**2
    else:
        change, over = up - down, step if ahead and measure == "theta" else 2 * step
    return change / over if abs(change) > ROUNDING * max(abs(up), abs(down)) else 0.0


def _moved(measure: str, subject: str, market: Market) -> tuple[Callable[[float], Market], float]:
    """The market as a function of how far what a Greek is by is moved, and how far to move it."""
    match measure:
        case "delta" | "gamma":
            pair, part = named_pair(subject), 1e-4 if measure == "delta" else 1e-3
            return partial(with_spot, market, pair), part * market.spot(*pair)
        case "vega":
            return partial(with_volatility, market, named_pair(subject)), 1e-4
        case "rho":
            return partial(with_rate, market, subject), 1e-4
        case "carry":
            return partial(with_carry, market, subject), 1e-4
        case "theta":
            return partial(later, market), 1e-4
        case _:
            raise AssertionError(measure)
