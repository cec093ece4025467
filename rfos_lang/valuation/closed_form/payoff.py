"""Payoffs as functions of one price: polynomials on intervals, closed under what contracts say.

A payoff is a sum of polynomial × 1{price inside an interval}. The ends of intervals are formulas of
terms and known state, whose order need not be known: the lower end is the greatest of a set, the
upper end the least of one. Maxima, comparisons and choices split a payoff at cut points that are
solved for where it is linear in the price, or in one whole power of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Number
from rfos_lang.valuation.closed_form.polynomial import (
    Polynomial,
    constant,
    letter,
    raised,
)
from rfos_lang.valuation.constructors import (
    ZERO,
    less,
    maximum,
    minimum,
    multiply,
    number,
    power,
    product,
    total,
)
from rfos_lang.valuation.no_value import NoValue

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
        return gathered([*self.pieces.items(), *other.pieces.items()])

    def __neg__(self) -> "Payoff":
        return gathered([(interval, -polynomial) for interval, polynomial in self.pieces.items()])

    def __sub__(self, other: "Payoff") -> "Payoff":
        return self + -other

    def __mul__(self, other: "Payoff") -> "Payoff":
        pairs = [
            (inside, first * second)
            for one, first in self.pieces.items()
            for two, second in other.pieces.items()
            if (inside := common(one, two)) is not None
        ]
        return gathered(pairs)

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


def gathered(pieces: list[tuple[Interval, Polynomial]]) -> Payoff:
    """The sum of pieces. Raises NoClosedForm if they are too many."""
    result: dict[Interval, Polynomial] = {}
    for interval, part in pieces:
        result[interval] = result[interval] + part if interval in result else part
    if len(result) > PIECES_MAX:
        raise NoClosedForm(f"its payoff has more than {PIECES_MAX} pieces")
    return Payoff(MappingProxyType({at: part for at, part in result.items() if part}))


def beyond(price: Formula, cut: Formula) -> Truth:
    """Whether the price lies above a cut point; all prices lie above zero."""
    if cut is ZERO:
        return Truth(literal(1), literal(0))
    one = constant(1)
    over = Payoff(MappingProxyType({Interval(price, above=frozenset({cut})): one}))
    under = Payoff(MappingProxyType({Interval(price, below=frozenset({cut})): one}))
    return Truth(over, under)


def restricted(payoff: Payoff, cut: Formula, upward: bool) -> Payoff:
    """The payoff on one side of a cut point, without mention of it."""
    kept = []
    for at, part in payoff.pieces.items():
        if cut in (at.below if upward else at.above):
            continue
        inside = replace(at, above=at.above - {cut}, below=at.below - {cut})
        kept.append((inside if inside.above or inside.below else EVERYWHERE, part))
    return gathered(kept)


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
