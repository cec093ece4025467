"""Payoffs as functions of one price: polynomials on intervals, closed under what contracts say.

A payoff is a sum of polynomial × 1{price inside an interval}. The ends of intervals are formulas of
terms and known state, whose order need not be known: the lower end is the greatest of a set, the
upper end the least of one. Maxima, comparisons and choices split a payoff at cut points that are
solved for where it is linear in the price, or in one whole power of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Number
from rfos_lang.valuation.closed_form.polynomial import (
    Polynomial,
    constant,
    expanded,
    letter,
    raised,
)
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
    power,
    product,
    select,
    total,
)
from rfos_lang.valuation.floors import LOWEST_LEVEL
from rfos_lang.valuation.no_value import NoValue

CUT_POINTS_MAX = 6
PIECES_MAX = 200


class NoClosedForm(NoValue):
    """What was read has no closed form."""


@dataclass(frozen=True)
class Interval:
    """Where `price` lies above all of `above` and below all of `below`; everywhere if both are
    empty, and then `price` is None. `ordered`: the lower end is known to lie below the upper."""

    price: Formula | None = None
    above: frozenset[Formula] = frozenset()
    below: frozenset[Formula] = frozenset()
    ordered: bool = False

    def lower(self) -> Formula | None:
        """The lower end, None if there is none."""
        return _folded(self.above, maximum)

    def upper(self) -> Formula | None:
        """The upper end, None if there is none."""
        return _folded(self.below, minimum)


EVERYWHERE = Interval()


@dataclass(frozen=True)
class Payoff:
    """Polynomials, none of them zero, by interval."""

    pieces: Mapping[Interval, Polynomial]

    def __add__(self, other: "Payoff") -> "Payoff":
        return _gathered([*self.pieces.items(), *other.pieces.items()])

    def __neg__(self) -> "Payoff":
        return _gathered([(interval, -polynomial) for interval, polynomial in self.pieces.items()])

    def __sub__(self, other: "Payoff") -> "Payoff":
        return self + -other

    def __mul__(self, other: "Payoff") -> "Payoff":
        pairs = [
            (inside, first * second)
            for one, first in self.pieces.items()
            for two, second in other.pieces.items()
            if (inside := common(one, two)) is not None
        ]
        return _gathered(pairs)

    @property
    def whole(self) -> Polynomial | None:
        """The polynomial if it is the same everywhere."""
        if not self.pieces:
            return constant(0)
        return self.pieces.get(EVERYWHERE) if len(self.pieces) == 1 else None

    @property
    def cuts(self) -> frozenset[Formula]:
        """Every end of an interval."""
        return frozenset(cut for at in self.pieces for cut in at.above | at.below)


@dataclass(frozen=True)
class Truth:
    """A condition on the price, with its opposite: 1 where it holds, 1 where it does not."""

    yes: Payoff
    no: Payoff


def polynomial(whole: Polynomial) -> Payoff:
    """The same polynomial everywhere."""
    return Payoff(MappingProxyType({EVERYWHERE: whole} if whole else {}))


def literal(value: Fraction | float) -> Payoff:
    """A constant."""
    return polynomial(constant(value))


def truth_of(condition: Formula) -> Truth:
    """A condition that does not depend on the price: a formula of 0 or 1."""
    chance = letter(condition)
    return Truth(polynomial(chance), polynomial(constant(1) - chance))


def negation(truth: Truth) -> Truth:
    """not."""
    return Truth(truth.no, truth.yes)


def both(left: Truth, right: Truth) -> Truth:
    """and."""
    return Truth(left.yes * right.yes, left.no + left.yes * right.no)


def either(left: Truth, right: Truth) -> Truth:
    """or."""
    return negation(both(negation(left), negation(right)))


def same(left: Truth, right: Truth) -> Truth:
    """Whether two truths are equal."""
    agree = left.yes * right.yes + left.no * right.no
    return Truth(agree, left.yes * right.no + left.no * right.yes)


def choice(condition: Truth, chosen: Payoff, otherwise: Payoff) -> Payoff:
    """if condition then chosen else otherwise."""
    return condition.yes * chosen + condition.no * otherwise


def quotient(left: Payoff, right: Payoff) -> Payoff:
    """left ÷ right, where right is the same everywhere. Raises NoClosedForm."""
    if right.whole is None:
        raise NoClosedForm("it divides by an amount that has a kink")
    return left * polynomial(right.whole.inverse())


def powered(base: Payoff, exponent: int) -> Payoff:
    """A whole power."""
    if base.whole is not None:
        return polynomial(raised(base.whole, exponent))
    if exponent < 0:
        raise NoClosedForm("it divides by an amount that has a kink")
    result = literal(1)
    for _ in range(exponent):
        result = result * base
    return result


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
        over = self.above_zero(_restricted(difference, cuts[0], upward=True))
        under = self.above_zero(_restricted(difference, cuts[0], upward=False))
        side = _beyond(price, cuts[0])
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
        return _gathered(
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
        side = _beyond(price, self._cut(ratio, exponent))
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


def at_price(payoff: Payoff, price: Formula, level: Formula) -> Formula:
    """The payoff at one level of the price."""
    amounts = []
    for at, whole in payoff.pieces.items():
        inside = [less(cut, level) for cut in sorted(at.above, key=repr)]
        inside += [less(level, cut) for cut in sorted(at.below, key=repr)]
        terms = [
            multiply(part.formula(), power(level, exponent))
            for exponent, part in whole.by_power(price).items()
        ]
        amounts.append(product(*inside, total(terms)))
    return total(amounts)


def common(first: Interval, second: Interval) -> Interval | None:
    """Where both hold; None if that is nowhere. Raises NoClosedForm if their prices differ."""
    prices = {at.price for at in (first, second)} - {None}
    if len(prices) > 1:
        raise NoClosedForm("it depends on prices of several assets at once")
    above, below = first.above | second.above, first.below | second.below
    if above & below:
        return None
    above, below = _tightened(above, max), _tightened(below, min)
    lows = [cut.value for cut in above if isinstance(cut, Number)]
    highs = [cut.value for cut in below if isinstance(cut, Number)]
    if lows and highs and lows[0] >= highs[0]:
        return None
    return Interval(next(iter(prices), None), above, below)


def _gathered(pieces: list[tuple[Interval, Polynomial]]) -> Payoff:
    result: dict[Interval, Polynomial] = {}
    for interval, part in pieces:
        result[interval] = result[interval] + part if interval in result else part
    if len(result) > PIECES_MAX:
        raise NoClosedForm(f"its payoff has more than {PIECES_MAX} pieces")
    return Payoff(MappingProxyType({at: part for at, part in result.items() if part}))


def _beyond(price: Formula, cut: Formula) -> Truth:
    """Whether the price lies above a cut point; all prices lie above zero."""
    if cut is ZERO:
        return Truth(literal(1), literal(0))
    one = constant(1)
    over = Payoff(MappingProxyType({Interval(price, above=frozenset({cut})): one}))
    under = Payoff(MappingProxyType({Interval(price, below=frozenset({cut})): one}))
    return Truth(over, under)


def _restricted(payoff: Payoff, cut: Formula, upward: bool) -> Payoff:
    """The payoff on one side of a cut point, without mention of it."""
    kept = []
    for at, part in payoff.pieces.items():
        if cut in (at.below if upward else at.above):
            continue
        inside = replace(at, above=at.above - {cut}, below=at.below - {cut})
        kept.append((inside if inside.above or inside.below else EVERYWHERE, part))
    return _gathered(kept)


def _tightened(cuts: frozenset[Formula], best: Callable[..., float]) -> frozenset[Formula]:
    literals = [cut for cut in cuts if isinstance(cut, Number)]
    if len(literals) < 2:
        return cuts
    return cuts.difference(literals) | {number(best(cut.value for cut in literals))}


def _folded(
    cuts: frozenset[Formula], fold: Callable[[Formula, Formula], Formula]
) -> Formula | None:
    result: Formula | None = None
    for cut in sorted(cuts, key=repr):
        result = cut if result is None else fold(result, cut)
    return result
