"""A price in one currency, payments in another: the same as a price in the currency that is paid,
with another carry.

Under the measure of the currency d that is paid, the price of an asset in a currency c drifts by
r_c - q - ρ σ σ_x, where σ_x is the volatility of c in d and ρ its correlation with the price. A
price in d would drift by r_d - q'. So with

    q'τ = qτ + (r_d - r_c)τ + ρ ∫ σ σ_x dt

the contract is one on a price in d, with the same number, the same volatility and the yield q'
(Hull, Options, Futures, and Other Derivatives, ch. 30). Volatilities change at the knots of their
curves only, so that the integral is a sum. Greeks are differences by what the market says.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Program, Transfer
from rfos_lang.valuation.bends import shared_variances
from rfos_lang.valuation.bumping import bumped, by_rate, by_volatility
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.curve import Knots, RateCurve, flat_rate
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.result import Greek, Valuation

FARTHEST = 200.0
"""Years to which the carry is told; beyond, it is flat."""


def by_quanto(
    figures: Callable[[Program, Market], Figures],
    program: Program,
    market: Market,
    reporting: int,
    value: Callable[[Figures], Valuation],
    greeks: bool,
) -> Valuation:
    """The value of a contract on one price in a currency that it does not pay. `figures` makes the
    instance of a program on a market, `value` values it. Raises NoClosedForm; Refused for what the
    market lacks."""
    feed = _foreign(program, reporting)
    here = figures(program, market)
    quanto = _Quanto(here, feed, program, reporting, figures, value)
    found = quanto.valued(market)
    note = "Its price is in another currency than it pays: its drift is adjusted for that."
    measures = tuple(quanto.greeks(found.asset)) if greeks else ()
    return replace(found, greeks=measures, notes=(note, *found.notes))


def _foreign(program: Program, reporting: int) -> int:
    """The slot of the one price, which is in another currency than all that is paid."""
    actions = (action for clause in program.clauses for action in actions_of(clause))
    paid = {action.asset for action in actions if isinstance(action, Transfer)}
    feeds = [slot for slot, feed in enumerate(program.feeds) if feed.kind == "spot"]
    if len(feeds) != 1 or paid != {reporting} or reporting in program.feeds[feeds[0]].assets:
        raise NoClosedForm("it is not on one price in a currency that it does not pay")
    return feeds[0]


@dataclass(frozen=True, slots=True)
class _Quanto:
    """The value as a function of the market."""

    figures: Figures
    feed: int
    program: Program
    reporting: int
    made: Callable[[Program, Market], Figures]
    value_of: Callable[[Figures], Valuation]

    @property
    def feeds(self) -> tuple[int, ...]:
        """The one price."""
        return (self.feed,)

    @property
    def numeraire(self) -> int:
        """The asset slot that is paid."""
        return self.reporting

    @property
    def exchange(self) -> Pair:
        """The currency of the price in the one that is paid."""
        tickers = self.figures.ahead.terms.assets
        return self.figures.pair(self.feed)[1], tickers[self.reporting]

    def value(self, market: Market) -> float:
        """The value on a market."""
        return self.valued(market).value

    def valued(self, market: Market) -> Valuation:
        """The valuation on a market, as of a price in the currency that is paid."""
        slot = self.program.feeds[self.feed]
        told = replace(slot, assets=(slot.assets[0], self.reporting))
        feeds = tuple(told if each is slot else each for each in self.program.feeds)
        return self.value_of(self.made(replace(self.program, feeds=feeds), self._told(market)))

    def _told(self, market: Market) -> Market:
        """A market where the price is in the currency that is paid."""
        price, exchange = self.figures.pair(self.feed), self.exchange
        pair = (price[0], exchange[1])
        curve = market.volatility_curve(*price)
        return replace(
            market,
            spots={**market.spots, pair: market.spot(*price)},
            volatilities={**market.volatilities, pair: curve},
            yields={**market.yields, price[0]: adjusted_carry(market, price, exchange)},
        )

    def greeks(self, asset: str) -> Iterator[Greek]:
        """All Greeks, those by the currency of the price too."""
        yield from bumped(self, asset)
        yield by_volatility(self, self.exchange, asset)
        yield by_rate(self, self.exchange[0], asset)


def adjusted_carry(market: Market, price: Pair, exchange: Pair) -> RateCurve:
    """q', the carry that a price in the currency of the payments would have."""
    asset, (local, paid) = price[0], exchange
    correlation = market.correlation(price, exchange)
    volatilities = (market.volatility_curve(*price), market.volatility_curve(*exchange))
    held = market.carry_curve(asset)
    even = replace(held, steps=())
    curves = (even, market.rate_curve(paid), market.rate_curve(local))
    every = (knots for curve in (*volatilities, *curves) for knots in curve.knots)
    times = sorted({years for years, _ in every} | {FARTHEST})
    if all(curve.is_flat for curve in (*volatilities, *curves)):
        times = times[:1]
    moved = shared_variances(times, *volatilities)
    knots: Knots = tuple(
        (
            years,
            even.rate(years)
            + market.rate(paid, years)
            - market.rate(local, years)
            + correlation * shared / years,
        )
        for years, shared in zip(times, moved, strict=True)
    )
    rates = RateCurve(knots) if len(knots) > 1 else flat_rate(knots[0][1])
    return replace(rates, steps=held.steps)
