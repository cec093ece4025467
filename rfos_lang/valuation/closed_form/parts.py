"""The parts of a closed form: for each date and asset of payment, the value and its derivatives."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.valuation.closed_form.barrier import Barrier, touch_value, untouched_value
from rfos_lang.valuation.closed_form.comparison import Comparison
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.lognormal import Lognormal, delta, gamma, present_value
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Payoff, at_price, literal
from rfos_lang.valuation.closed_form.reading import Occasion
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    divide,
    less,
    maximum,
    multiply,
    negate,
    number,
    power,
    product,
    select,
    subtract,
    total,
)
from rfos_lang.valuation.differentiation import derivative
from rfos_lang.valuation.floors import LOWEST_VOLATILITY, SHORTEST_YEARS


@dataclass(frozen=True, slots=True)
class Measures:
    """A value in the reporting asset and its derivatives: delta and gamma by the spot, vega by the
    volatility, rho by the rate of the numeraire, carry by that of the priced asset, theta by
    the passing of time in years."""

    value: Formula = ZERO
    delta: Formula = ZERO
    gamma: Formula = ZERO
    vega: Formula = ZERO
    theta: Formula = ZERO
    rho: Formula = ZERO
    carry: Formula = ZERO

    def each(self, change: Callable[[Formula], Formula]) -> "Measures":
        """All of them, changed in the same way."""
        return Measures(*(change(getattr(self, entry.name)) for entry in fields(self)))


@dataclass(frozen=True, slots=True)
class Deferral:
    """A payment in `asset`, fixed at the instant of one schedule and owed at that of another.
    `is_cash`: it is in the numeraire."""

    asset: int
    fixed: int
    owed: int
    is_cash: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What is paid at the instant of `schedule` (or at a touch until then), out of the price `feed`
    (None: no price matters). `deferral` says when it is owed, if later."""

    feed: int | None
    schedule: int
    measures: Measures
    deferral: Deferral | None = None
    barrier: bool = False


@dataclass(frozen=True, slots=True)
class Touch:
    """A barrier, whether it is `known` to have been touched before, and what the first touch of
    each level pays, if before the instant of `schedule`."""

    barrier: Barrier
    known: Formula
    paid: Mapping[Formula, Payoff]
    schedule: int | None

    @property
    def has_been(self) -> Formula:
        """Whether the level has been touched by now."""
        hit = self.barrier.is_hit
        return hit if self.known is ZERO else maximum(self.known, hit)


@dataclass(frozen=True, slots=True)
class _Maker:
    letters: Letters
    numeraire: int
    comparison: Comparison
    derivatives: bool

    def model(self, feed: int | None, schedule: int) -> Lognormal:
        """The dynamics of a price up to a date; without a price, only the rate is used."""
        years = maximum(self.letters.years(schedule), SHORTEST_YEARS)
        rate = self.letters.rate(self.numeraire)
        if feed is None:
            return Lognormal(ONE, ONE, ONE, rate, ZERO, years)
        if self.letters.program.feeds[feed].assets[1] != self.numeraire:
            raise NoClosedForm("it depends on a price in another currency than it is paid in")
        volatility = maximum(self.letters.volatility(feed), LOWEST_VOLATILITY)
        spot, carry = self.letters.spot(feed), self.letters.carry(feed)
        return Lognormal(spot, spot, volatility, rate, carry, years)

    def terminal(self, payoff: Payoff, model: Lognormal) -> Measures:
        """Measures of a payment at a date. Theta is what the Black-Scholes equation leaves; vega
        and rho follow from gamma and delta, as they do for all payments at one date."""
        value = present_value(payoff, model)
        if not self.derivatives:
            return Measures(value)
        slope, bend = delta(payoff, model), gamma(payoff, model)
        variance = power(model.volatility, 2)
        curvature = multiply(power(model.spot, 2), bend)
        exposure = multiply(model.spot, slope)
        drift = multiply(subtract(model.rate, model.carry), exposure)
        theta = subtract(
            subtract(multiply(model.rate, value), drift),
            divide(multiply(variance, curvature), number(2)),
        )
        return Measures(
            value,
            slope,
            bend,
            vega=product(curvature, model.volatility, model.years),
            theta=theta,
            rho=multiply(model.years, subtract(exposure, value)),
            carry=negate(multiply(model.years, exposure)),
        )

    def differentiated(self, value: Formula, feed: int, schedule: int) -> Measures:
        """Measures by the rules of differentiation."""
        if not self.derivatives:
            return Measures(value)
        spot = self.letters.spot(feed)
        slope = derivative(value, spot)
        return Measures(
            value,
            slope,
            derivative(slope, spot),
            vega=derivative(value, self.letters.volatility(feed)),
            theta=negate(derivative(value, self.letters.years(schedule))),
            rho=derivative(value, self.letters.rate(self.numeraire)),
            carry=derivative(value, self.letters.carry(feed)),
        )

    def feed_of(self, *payoffs: Payoff) -> int | None:
        """The one price that payoffs depend on. Raises NoClosedForm if there are several."""
        known = {self.letters.spot(feed): feed for feed in self.letters.feeds}
        prices = {price: feed for price, feed in known.items() if price in self.comparison.prices}
        found = {
            prices[letter]
            for payoff in payoffs
            for at, whole in payoff.pieces.items()
            for letter in (*whole.letters, at.price)
            if isinstance(letter, Input) and letter in prices
        }
        if len(found) > 1:
            raise NoClosedForm("it depends on prices of several assets at once")
        return next(iter(found), None)

    def dated(self, payoff: Payoff, schedule: int) -> tuple[int | None, Measures]:
        """A payment at a date, whatever happened before."""
        feed = self.feed_of(payoff)
        return feed, self.terminal(payoff, self.model(feed, schedule))

    def watched(
        self, before: Payoff, after: Payoff, touch: Touch, schedule: int
    ) -> tuple[int, Measures]:
        """A payment at a date that depends on whether a level was touched."""
        feed = self._watched_feed(touch, before, after)
        model = self.model(feed, schedule)
        surely = present_value(after, model)
        surviving = self.comparison.tidied((before - after) * touch.barrier.alive)
        lost = untouched_value(surviving, touch.barrier, model)
        value = select(touch.has_been, surely, add(surely, lost))
        return feed, self.differentiated(value, feed, schedule)

    def touched(self, touch: Touch, schedule: int) -> tuple[int, Measures]:
        """A payment at the first touch."""
        feed = self._watched_feed(touch, *touch.paid.values())
        barrier, model = touch.barrier, self.model(feed, schedule)
        value: Formula = ZERO
        for level, amount in touch.paid.items():
            later = multiply(
                at_price(amount, barrier.price, level), touch_value(level, barrier, model)
            )
            now = at_price(amount, barrier.price, barrier.price)
            value = add(value, select(barrier.is_hit, _if_beyond(level, barrier, now), later))
        value = select(touch.known, ZERO, value)
        return feed, self.differentiated(value, feed, schedule)

    def _watched_feed(self, touch: Touch, *payoffs: Payoff) -> int:
        watched = next(
            feed for feed in self.letters.feeds if self.letters.spot(feed) is touch.barrier.price
        )
        if self.feed_of(*payoffs) not in (None, watched):
            raise NoClosedForm("it watches one price and pays by another")
        return watched


def _if_beyond(level: Formula, barrier: Barrier, amount: Formula) -> Formula:
    """An amount if the price lies beyond this level, not the other one."""
    own = replace(
        barrier,
        lower=level if level is barrier.lower else None,
        upper=level if level is barrier.upper else None,
    )
    return amount if len(barrier.levels) == 1 else select(own.is_hit, amount, ZERO)


def parts_of(
    letters: Letters,
    comparison: Comparison,
    before: Mapping[Occasion, Payoff],
    after: Mapping[Occasion, Payoff] | None,
    touch: Touch | None,
    deferral: Callable[[Occasion], Deferral | None],
    numeraire: int,
    derivatives: bool,
) -> tuple[Part, ...]:
    """The parts of a value. `before` is paid while the level of `touch` is untouched, `after` once
    it was touched; without a barrier, `before` is paid. Raises NoClosedForm."""
    maker = _Maker(letters, numeraire, comparison, derivatives)
    parts = []
    for occasion in {**before, **(after or {})}:
        first, second = (flows.get(occasion, literal(0)) for flows in (before, after or {}))
        schedule = occasion.schedule
        if touch is None or first == second:
            feed, measures = maker.dated(first, schedule)
        else:
            feed, measures = maker.watched(first, second, touch, schedule)
        is_watched = touch is not None and first != second
        parts.append(Part(feed, schedule, measures, deferral(occasion), is_watched))
    if touch is not None and touch.schedule is not None:
        watched, measures = maker.touched(touch, touch.schedule)
        parts.append(Part(watched, touch.schedule, measures, barrier=True))
    return tuple(parts)


def feed_of(letters: Letters, comparison: Comparison, numeraire: int, payoff: Payoff) -> int | None:
    """The one price, in the numeraire, that a payoff depends on; None if on none. Raises
    NoClosedForm."""
    feed = _Maker(letters, numeraire, comparison, False).feed_of(payoff)
    if feed is not None and letters.program.feeds[feed].assets[1] != numeraire:
        raise NoClosedForm("it depends on a price in another currency than it is paid in")
    return feed


def told_in(part: Part, asset: int, numeraire: int, letters: Letters, derivatives: bool) -> Part:
    """A part in units of another asset, at its price in the numeraire. Raises NoClosedForm."""
    maker = _Maker(letters, numeraire, Comparison((), ()), derivatives)
    for feed in letters.feeds:
        if letters.program.feeds[feed].assets == (asset, numeraire) and part.feed in (None, feed):
            value = divide(part.measures.value, letters.spot(feed))
            return replace(
                part, feed=feed, measures=maker.differentiated(value, feed, part.schedule)
            )
    raise NoClosedForm(f"it is paid in {letters.program.assets[asset]} by another price")


def summed(parts: tuple[Part, ...], letters: Letters, feed: int | None = None) -> Measures:
    """The measures of all parts together, delta, gamma and vega by the price `feed`. A date that
    has passed adds nothing."""
    several = len({part.schedule for part in parts}) > 1
    found = []
    for part in parts:
        assert part.deferral is None, "a deferred payment has two horizons"
        measures = part.measures
        if several:
            measures = _if_ahead(measures, less(ZERO, letters.years(part.schedule)))
        if part.feed != feed:
            measures = Measures(measures.value, theta=measures.theta, rho=measures.rho)
        found.append(measures)
    return Measures(
        *(total([getattr(each, entry.name) for each in found]) for entry in fields(Measures))
    )


def _if_ahead(measures: Measures, ahead: Formula) -> Measures:
    return measures.each(lambda formula: select(ahead, formula, ZERO))
