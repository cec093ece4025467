"""How payoffs are compared: where one is above another, at cut points that are solved for."""

from collections.abc import Collection
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula
from rfos_lang.valuation.closed_form.payoff import (
    Interval,
    NoClosedForm,
    Payoff,
    Truth,
    beyond,
    both,
    choice,
    gathered,
    literal,
    negation,
    polynomial,
    restricted,
    truth_of,
)
from rfos_lang.valuation.closed_form.polynomial import Polynomial, expanded, letter
from rfos_lang.valuation.constructors import (
    ZERO,
    absolute,
    exponential,
    less,
    less_or_equal,
    logarithm,
    maximum,
    minimum,
    multiply,
    number,
    select,
)
from rfos_lang.valuation.floors import LOWEST_LEVEL

CUT_POINTS_MAX = 6


@dataclass(frozen=True)
class Comparison:
    """How payoffs are compared: `prices` are the letters that vary, `positive` those above zero,
    and `facts` other polynomials that are not below zero."""

    prices: Collection[Formula]
    positive: Collection[Formula]
    facts: Collection[Polynomial] = ()

    def above_zero(self, difference: Payoff) -> Truth:
        """Where a payoff is above zero; at zero itself it may be either. Raises NoClosedForm."""
        cuts = sorted(difference.cuts, key=repr)
        if len(cuts) > CUT_POINTS_MAX:
            raise NoClosedForm(f"its payoff is compared at more than {CUT_POINTS_MAX} cut points")
        if not cuts:
            whole = difference.whole
            assert whole is not None, "a payoff without cuts is one polynomial"
            return self._above_zero(whole)
        (price,) = {at.price for at in difference.pieces if at.price is not None}
        assert price is not None
        over = self.above_zero(restricted(difference, cuts[0], upward=True))
        under = self.above_zero(restricted(difference, cuts[0], upward=False))
        side = beyond(price, cuts[0])
        return Truth(choice(side, over.yes, under.yes), choice(side, over.no, under.no))

    def greater(self, left: Payoff, right: Payoff) -> Payoff:
        """max."""
        if known := self._known(left, right):
            return polynomial(letter(maximum(*known)))
        return choice(self.above_zero(left - right), left, right)

    def lesser(self, left: Payoff, right: Payoff) -> Payoff:
        """min."""
        if known := self._known(left, right):
            return polynomial(letter(minimum(*known)))
        return choice(self.above_zero(left - right), right, left)

    def size(self, operand: Payoff) -> Payoff:
        """abs."""
        if known := self._known(operand):
            return polynomial(letter(absolute(*known)))
        return choice(self.above_zero(operand), operand, -operand)

    def chosen(self, condition: Truth, chosen: Payoff, otherwise: Payoff) -> Payoff:
        """if condition then chosen else otherwise; an arm that is not taken may be undefined."""
        if known := self._known(condition.yes, chosen, otherwise):
            return polynomial(letter(select(*known)))
        return choice(condition, chosen, otherwise)

    def equal(self, left: Payoff, right: Payoff) -> Truth:
        """Whether two payoffs are equal; prices hit a single level with probability zero."""
        difference = left - right
        if known := self._known(difference):
            (gap,) = known
            least, most = less_or_equal(ZERO, gap), less_or_equal(gap, ZERO)
            return both(truth_of(least), truth_of(most))
        if difference.whole is None:
            raise NoClosedForm("it asks whether two amounts with kinks are equal")
        return Truth(literal(0), literal(1))

    def is_known(self, payoff: Payoff) -> bool:
        """Whether a payoff is the same at all prices."""
        whole = payoff.whole
        return whole is not None and not any(price in whole.letters for price in self.prices)

    def _known(self, *payoffs: Payoff) -> tuple[Formula, ...]:
        """The payoffs as formulas if none of them depends on a price; else nothing."""
        if not all(self.is_known(payoff) for payoff in payoffs):
            return ()
        return tuple(payoff.whole.formula() for payoff in payoffs if payoff.whole is not None)

    def _above_zero(self, whole: Polynomial) -> Truth:
        found = [price for price in self.prices if price in whole.letters]
        if len(found) > 1:
            raise NoClosedForm("it compares prices of several assets")
        if not found:
            return self._without_price(whole)
        by_power = whole.by_power(found[0])
        if any(price in part.letters for part in by_power.values() for price in self.prices):
            raise NoClosedForm("it compares prices of several assets")
        lowest = min(by_power)
        powers = sorted(exponent - lowest for exponent in by_power)
        if powers == [0]:
            return self._without_price(by_power[lowest])
        if len(powers) > 2:
            raise NoClosedForm("its payoff is curved where it is compared")
        level, slope = by_power[lowest], by_power[lowest + powers[1]]
        return self._binomial(found[0], level, slope, powers[1])

    def tidied(self, payoff: Payoff) -> Payoff:
        """The payoff without ends of intervals that others are known to lie beyond."""
        return gathered(
            [
                (inside, whole)
                for at, whole in payoff.pieces.items()
                if (inside := self._narrowed(at)) is not None
            ]
        )

    def _narrowed(self, at: Interval) -> Interval | None:
        if any(self._is_below(low, high) for low in at.below for high in at.above):
            return None
        above = {a for a in at.above if not any(self._is_below(a, b) for b in at.above - {a})}
        below = {b for b in at.below if not any(self._is_below(a, b) for a in at.below - {b})}
        known = all(self._is_below(low, high) for low in above for high in below)
        ordered = bool(above and below) and known
        return replace(at, above=frozenset(above), below=frozenset(below), ordered=ordered)

    def _is_below(self, low: Formula, high: Formula) -> bool:
        return self._sign(expanded(high) - expanded(low)) == 1

    def _sign(self, whole: Polynomial) -> int | None:
        sign = whole.sign(self.positive)
        if sign is not None:
            return sign
        ratios = (whole.ratio(fact) for fact in self.facts)
        return next(((1 if ratio > 0 else -1) for ratio in ratios if ratio), None)

    def _without_price(self, whole: Polynomial) -> Truth:
        sign = self._sign(whole)
        if sign is not None:
            return Truth(literal(sign > 0), literal(sign <= 0))
        return truth_of(less(ZERO, whole.formula()))

    def _binomial(
        self, price: Formula, level: Polynomial, slope: Polynomial, exponent: int
    ) -> Truth:
        """Where level + slope × price^exponent > 0, exponent > 0."""
        ratio = -level * slope.inverse()
        side = beyond(price, self._cut(ratio, exponent))
        rising = self._sign(slope)
        if rising is not None:
            return side if rising > 0 else negation(side)
        direction = truth_of(less_or_equal(ZERO, slope.formula()))
        return Truth(
            choice(direction, side.yes, side.no),
            choice(direction, side.no, side.yes),
        )

    def _cut(self, ratio: Polynomial, exponent: int) -> Formula:
        """The price at which price^exponent is the ratio, zero if that is not above zero."""
        sign = self._sign(ratio)
        if sign is not None and sign <= 0:
            return ZERO
        level = ratio.formula() if sign else maximum(ratio.formula(), LOWEST_LEVEL)
        if exponent == 1:
            return level
        return exponential(multiply(number(1 / exponent), logarithm(level)))
