"""Greeks by differences of a value that is precise enough for them."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from rfos_lang.base.unit import base
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.market import Market, Pair, named_pair, spot_name
from rfos_lang.valuation.moved_market import (
    later,
    with_carry,
    with_rate,
    with_spot,
    with_volatility,
)
from rfos_lang.valuation.result import Greek

ESTIMATOR = "bump"
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


def bumped(integral: Integral, asset: str) -> tuple[Greek, ...]:
    """All Greeks of a value that is told in an asset."""
    figures, value = integral.figures, integral.value
    pairs = [figures.pair(feed) for feed in integral.feeds]
    cash = figures.ahead.terms.assets[integral.numeraire]
    curves = [("rate", cash), *(("carry", held) for held, _ in pairs)]
    return tuple(
        Greek(
            measure, subject, difference(measure, subject, figures.market, value), unit, ESTIMATOR
        )
        for measure, subject, unit in names(pairs, curves, asset)
    )


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
