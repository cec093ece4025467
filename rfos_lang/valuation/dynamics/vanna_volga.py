"""Contracts that watch a price with three quotes, by vanna-volga: an approximation.

What is paid whether or not a level was touched is valued on the smile. The rest - what a touch
takes away, or minus what it brings - is worth what it is at the volatility at the money, plus the
chance that no level is touched times two corrections: the cost of the quoted options that have its
vega, vanna and volga; and what the smile says of the same payments without levels beyond what that
costs for them (Castagna and Mercurio 2007; Wystup, FX Options and Structured Products, 2006). It is
kept between nothing and the same payments without levels. What a touch itself pays has the first
correction alone.
"""

from collections.abc import Callable
from dataclasses import replace
from math import exp, inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import Transfer, Watch
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.by_formula import by_closed_form
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, at_price
from rfos_lang.valuation.closed_form.recognise import Watched, payments, watched
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.dynamics.chosen import VANNA_VOLGA
from rfos_lang.valuation.dynamics.european import by_law
from rfos_lang.valuation.dynamics.vanna_volga_smile import VannaVolga, sensitivities, smile_at
from rfos_lang.valuation.evaluation import evaluated, vectorised
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.moved_market import with_spot
from rfos_lang.valuation.result import Valuation

IMAGES = 20
MOVED = 1e-4
"""How far the volatility, and the spot as a part of itself, are moved for vega, vanna and volga."""
PRICES = np.exp(np.linspace(-3.0, 3.0, 601))
"""Prices over the spot at which the sign of payments is looked at."""

METHOD = "vanna-volga, an approximation"
Value = Callable[[Market], float]


def by_vanna_volga(figures: Figures, greeks: bool) -> Valuation:
    """The value of a contract that watches one price with three quotes. Raises NoClosedForm;
    Refused for what the market lacks."""
    ahead = figures.ahead
    watch = watched(ahead.program, ahead.timing, ahead.reporting)
    if watch is None:
        raise NoClosedForm("it watches no level")
    assert isinstance(watch.barrier.price, Input)
    feed = watch.barrier.price.slot
    if figures.pair(feed) not in figures.market.quotes:
        raise NoClosedForm("it watches a price that has no three quotes")
    split = _Split(figures, watch, feed)
    value = split.value(figures.market)
    if not isfinite(value):
        raise NoClosedForm("vanna-volga has no finite value for these numbers")
    asset = ahead.terms.assets[ahead.reporting]
    return Valuation(
        value,
        asset,
        METHOD,
        VANNA_VOLGA,
        monitoring="continuous",
        greeks=bumped(split, asset, is_smooth=False) if greeks else (),
        notes=(
            "Corrections for the smile are weighted with the chance that no level is touched; how"
            " far that is off is not known.",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Split:
    """A contract parted into what is paid in any case and what depends on a touch."""

    figures: Figures
    watch: Watched
    feed: int

    @property
    def feeds(self) -> tuple[int, ...]:
        return (self.feed,)

    @property
    def numeraire(self) -> int:
        return self.figures.ahead.program.feeds[self.feed].assets[1]

    def value(self, market: Market) -> float:
        """The value on a market with quotes."""
        figures = replace(self.figures, market=market)
        untouched, touched = self._without_levels(figures)
        sure = 0.0 if touched is None else by_law(touched, greeks=False).value
        years = self._years(untouched)
        chance = self._untouched_chance(figures, years)
        if chance <= 0.0:
            return sure
        at = _At(market, figures.pair(self.feed), years)
        here = at.flat(0.0, 0.0)
        without = None if touched is None else _closed(touched)
        whole, unpaid = _closed(figures), _closed(_unpaid(figures))
        rest, same = _difference(unpaid, without), _difference(_closed(untouched), without)
        free = by_law(untouched, greeks=False).value - sure
        correction = at.cost(rest) + free - same(here) - at.cost(same)
        lost = self._bounded(rest(here) + chance * correction, free, untouched, touched)
        rebate = _difference(whole, unpaid)
        paid = rebate(here)
        return sure + lost + (paid + chance * at.cost(rebate) if paid else 0.0)

    def _without_levels(self, figures: Figures) -> tuple[Figures, Figures | None]:
        """The contract as if no level could be touched, and as if one had been; None if it ends
        then."""
        ahead, standing = figures.ahead, figures.standing
        kept = tuple(each for each in ahead.program.clauses if not isinstance(each, Watch))
        blind = replace(ahead, program=replace(ahead.program, clauses=kept))
        untouched = replace(figures, ahead=blind)
        if self.watch.ends:
            return untouched, None
        states = tuple(
            int(slot in self.watch.states) or known for slot, known in enumerate(standing.states)
        )
        return untouched, replace(untouched, standing=replace(standing, states=states))

    def _years(self, untouched: Figures) -> float:
        """The one time at which a price is paid by."""
        ahead = untouched.ahead
        paid = payments(ahead.program, ahead.timing, ahead.reporting).payments
        dates = {untouched.years(each.schedule) for each in paid if each.feed is not None}
        if len(dates) != 1:
            raise NoClosedForm("vanna-volga is for payments by the price of one date")
        (years,) = dates
        if years <= 0.0:
            raise NoClosedForm("vanna-volga needs time to its date")
        return years

    def _untouched_chance(self, figures: Figures, years: float) -> float:
        """The chance that no level is touched, at the volatility at the money; 0 if one was."""
        if any(figures.standing.states[slot] for slot in self.watch.states):
            return 0.0
        market, pair = figures.market, figures.pair(self.feed)
        spot, barrier = market.spot(*pair), self.watch.barrier
        flat = replace(figures, market=_At(market, pair, years).flat(0.0, 0.0))
        lower, upper = (
            None if each is None else _logarithm(each, flat, years) - log(spot)
            for each in (barrier.lower, barrier.upper)
        )
        volatility = market.quotes[pair].atm.volatility(years)
        growth = log(market.forward(*pair, years) / spot) - volatility**2 * years / 2
        return untouched_chance(lower, upper, growth, volatility * sqrt(years))

    def _bounded(
        self, found: float, free: float, untouched: Figures, touched: Figures | None
    ) -> float:
        """Between nothing and the same without levels, where all its payments are on one side."""
        paid = _paid_at(untouched, self.feed)
        if touched is not None:
            paid = paid - _paid_at(touched, self.feed)
        if np.all(paid >= 0.0):
            return min(max(found, 0.0), free)
        return max(min(found, 0.0), free) if np.all(paid <= 0.0) else found


def _unpaid(figures: Figures) -> Figures:
    """The contract without what a touch itself pays."""
    ahead, clauses = figures.ahead, figures.ahead.program.clauses
    silent = tuple(
        replace(each, actions=tuple(a for a in each.actions if not isinstance(a, Transfer)))
        if isinstance(each, Watch)
        else each
        for each in clauses
    )
    return replace(figures, ahead=replace(ahead, program=replace(ahead.program, clauses=silent)))


def _paid_at(figures: Figures, feed: int) -> NDArray[np.float64]:
    """What is paid by the price, at many prices."""
    ahead, spot = figures.ahead, figures.market.spot(*figures.pair(feed))
    total = np.zeros(len(PRICES))
    for payment in payments(ahead.program, ahead.timing, ahead.reporting).payments:
        if payment.price is None:
            continue
        formula = at_price(payment.payoff, payment.price, payment.price)
        years, letters = figures.years(payment.schedule), inputs_of(formula)
        numbers = (
            spot * PRICES if each == payment.price else figures.number(each, years)
            for each in letters
        )
        total = total + vectorised([formula], letters)(*numbers)[0]
    return total


def _logarithm(level: Formula, figures: Figures, years: float) -> float:
    known = {each: figures.number(each, years) for each in inputs_of(level)}
    number = evaluated([level], known)[0]
    return log(number) if number > 0 else -inf


def _closed(figures: Figures) -> Value:
    """The lognormal value on a market whose curves are flat."""
    return lambda market: by_closed_form(replace(figures, market=market), greeks=False).value


def _difference(first: Value, second: Value | None) -> Value:
    if second is None:
        return first
    other = second
    return lambda market: first(market) - other(market)


@dataclass(frozen=True, slots=True)
class _At:
    """A spot with three quotes at a time in years."""

    market: Market
    pair: Pair
    years: float

    @property
    def smile(self) -> VannaVolga:
        return smile_at(self.market.quotes[self.pair], self.years, self._forward)

    @property
    def _forward(self) -> float:
        return self.market.forward(*self.pair, self.years)

    def flat(self, spot: float, volatility: float) -> Market:
        """The market with the volatility at the money and no other, its curves flat, and both
        moved; the spot by a part of itself."""
        market, (asset, cash) = self.market, self.pair
        at_money = market.quotes[self.pair].atm.volatility(self.years)
        flattened = replace(
            market,
            quotes={pair: each for pair, each in market.quotes.items() if pair != self.pair},
            volatilities={
                **market.volatilities,
                self.pair: flat_volatility(at_money + volatility),
            },
            rates={**market.rates, cash: flat_rate(market.rate(cash, self.years))},
            yields={**market.yields, asset: flat_rate(market.carry(asset, self.years))},
        )
        return (
            with_spot(flattened, self.pair, spot * market.spot(*self.pair)) if spot else flattened
        )

    def cost(self, value: Value) -> float:
        """What the quoted options cost over their value at the money's volatility, as many of them
        as have the vega, vanna and volga of a contract."""
        smile, h = self.smile, MOVED
        deviation, spot = smile.atm * sqrt(self.years), self.market.spot(*self.pair)
        yielded = exp(-self.market.carry(self.pair[0], self.years) * self.years)
        rows = [sensitivities(spot, k, deviation, self.years, yielded) for k in smile.strikes]

        def at(up: float, wider: float) -> float:
            return value(self.flat(up * h, wider * h))

        corners = at(1, 1) - at(-1, 1) - at(1, -1) + at(-1, -1)
        wanted = (
            (at(0, 1) - at(0, -1)) / (2 * h),
            corners / (4 * h * h * spot),
            (at(0, 1) - 2 * at(0, 0) + at(0, -1)) / (h * h),
        )
        put, _, call = np.linalg.solve(np.array(rows).T, np.array(wanted))
        unit = self._forward * self.market.discount(self.pair[1], self.years)
        by_put, by_call = smile.costs()
        return float((put * by_put + call * by_call) * unit)


def untouched_chance(
    lower: float | None, upper: float | None, drift: float, deviation: float
) -> float:
    """The chance that a Brownian motion from 0, of this drift and deviation over the whole time,
    stays above `lower` and below `upper`; None: there is no such level."""
    variance = deviation * deviation
    if (lower is not None and lower >= 0.0) or (upper is not None and upper <= 0.0):
        return 0.0
    if lower is None and upper is None:
        return 1.0
    if lower is None or upper is None:
        side = 1.0 if upper is None else -1.0
        far = -side * (lower if upper is None else upper)  # type: ignore[operator]
        tilt = side * drift
        beyond = exp(-2 * tilt * far / variance) * ndtr((tilt - far) / deviation)
        return float(ndtr((far + tilt) / deviation) - beyond)
    low, high, width, total = lower, upper, upper - lower, 0.0

    def image(at: float) -> float:
        mean = drift + at
        inside = float(ndtr((high - mean) / deviation) - ndtr((low - mean) / deviation))
        return exp(drift * at / variance) * inside if inside else 0.0

    for n in range(-IMAGES, IMAGES + 1):
        shift = 2 * n * width
        total += image(shift) - image(2 * lower - shift)
    return min(max(total, 0.0), 1.0)
