"""Greeks by central differences of a value that is precise enough for them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from rfos_lang.base.records import dataclass
from rfos_lang.base.unit import TIME, Unit, base
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.moved_market import (
    later,
    with_carry,
    with_rate,
    with_spot,
    with_volatility,
)
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
    moved = partial(with_volatility, integral.figures.market, pair)
    return _Bump("vega", spot_name(*pair), base(asset), moved, 1e-4).greek(integral)


def by_rate(integral: Integral, cash: str, asset: str) -> Greek:
    """Rho by the rate of one more currency."""
    moved = partial(with_rate, integral.figures.market, cash)
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
            yield _Bump(measure, name, unit, partial(with_spot, market, pair), step)
    for name, pair in prices:
        yield _Bump("vega", name, told, partial(with_volatility, market, pair), 1e-4)
    cash = terms.assets[integral.numeraire]
    yield _Bump("rho", cash, told, partial(with_rate, market, cash), 1e-4)
    for _, (held, _) in prices:
        yield _Bump("carry", held, told, partial(with_carry, market, held), 1e-4)
    yield _Bump("theta", "", told / TIME, partial(later, market), 1e-4)
