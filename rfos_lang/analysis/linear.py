"""Values of the settlement arithmetic as terms of linear real arithmetic, for the prover.

A number is a linear term with the interval it lies in; one that is known has no term. What an
operator rounds is a variable of its own, at most half a unit in the last place, and a product or a
quotient of two unknowns is bounded by planes that touch it (McCormick). So every true value is one
that the terms allow: what is proved of the terms holds of the contract.
"""

from collections.abc import Iterator
from dataclasses import field
from fractions import Fraction
from itertools import product as pairs
from typing import Any

import z3

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Binary

ULP = Fraction(1, fixed.ONE)
End = Fraction | None
Truth = Any
"""A python truth, or a term of the prover."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `low` and `high` (None: no bound). `term` is None where it is known."""

    low: End
    high: End
    term: Any = None

    @property
    def known(self) -> Fraction | None:
        """Its value, if that is known."""
        return self.low if self.term is None else None

    @property
    def z3(self) -> Any:
        """As a term."""
        if self.term is not None:
            return self.term
        assert self.low is not None, "what is known has a value"
        return z3.RealVal(str(self.low))


def known(value: int) -> Number:
    """A number in fixed point."""
    exact = Fraction(value, fixed.ONE)
    return Number(exact, exact)


def both(left: Truth, right: Truth) -> Truth:
    """left and right."""
    if left is False or right is False:
        return False
    if left is True:
        return right
    return left if right is True else z3.And(left, right)


def either(left: Truth, right: Truth) -> Truth:
    """left or right."""
    if left is True or right is True:
        return True
    if left is False:
        return right
    return left if right is False else z3.Or(left, right)


def negated(truth: Truth) -> Truth:
    """not truth."""
    if isinstance(truth, bool):
        return not truth
    return truth.arg(0) if z3.is_not(truth) else z3.Not(truth)


def where(condition: Truth, chosen: Any, otherwise: Any) -> Any:
    """A value of two, numbers or truths."""
    if isinstance(condition, bool):
        return chosen if condition else otherwise
    if isinstance(chosen, Number):
        if chosen == otherwise:
            return chosen
        term = z3.If(condition, chosen.z3, otherwise.z3)
        low, high = _least(chosen.low, otherwise.low), _most(chosen.high, otherwise.high)
        return Number(low, high, term)
    return either(both(condition, chosen), both(negated(condition), otherwise))


@dataclass(slots=True)
class Arithmetic:
    """Operators on numbers. `laws`: what holds of the variables that they made. Without `rounds`
    results are exact: right for finding a path, which is lived afterwards, not for a proof."""

    rounds: bool = True
    laws: list[Any] = field(default_factory=list)
    made: dict[tuple[object, ...], Number] = field(default_factory=dict)
    truths: dict[tuple[object, ...], Any] = field(default_factory=dict)
    grains: dict[int, Fraction] = field(default_factory=dict)

    def variable(self, low: End, high: End, name: str) -> Number:
        """A new unknown between two ends."""
        term = z3.Real(f"{name} #{len(self.laws)}")
        inside = [] if low is None else [term >= z3_of(low)]
        inside += [] if high is None else [term <= z3_of(high)]
        self.laws.append(z3.And(*inside) if inside else z3.BoolVal(True))
        return Number(low, high, term)

    def combined(self, operator: Binary, x: Number, y: Number) -> Number:
        """An operator that gives a number."""
        match operator:
            case Binary.ADD:
                return _sum(x, y)
            case Binary.SUBTRACT:
                return _sum(x, minus(y))
            case Binary.MINIMUM | Binary.MAXIMUM:
                return self.extreme(operator is Binary.MAXIMUM, x, y)
            case Binary.MULTIPLY:
                return self.once(("*", *sorted((key_of(x), key_of(y)))), lambda: self.product(x, y))
            case _:
                return self.once(("/", key_of(x), key_of(y)), lambda: self.quotient(x, y))

    def once(self, key: tuple[object, ...], make: Any) -> Number:
        """The same operation on the same values has the same result, rounding and all."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def extreme(self, largest: bool, x: Number, y: Number) -> Number:
        """max or min."""
        upper, lower = (x, y) if largest else (y, x)
        if upper.low is not None and lower.high is not None and upper.low >= lower.high:
            return x
        if lower.low is not None and upper.high is not None and lower.low >= upper.high:
            return y
        condition = x.z3 >= y.z3 if largest else x.z3 <= y.z3
        term = z3.If(condition, x.z3, y.z3)
        if largest:
            return Number(_tighter(max, x.low, y.low), _most(x.high, y.high), term)
        return Number(_least(x.low, y.low), _tighter(min, x.high, y.high), term)

    def compared(self, operator: Binary, x: Number, y: Number) -> Truth:
        """`<`, `<=` or `==`. Values are whole units in the last place: what is not at most a number
        is above it by one unit at least, and so no bound is only approached."""
        if operator is Binary.EQUAL:
            if x.known is not None and y.known is not None:
                return x.known == y.known
            less, more = (self.compared(Binary.LESS_OR_EQUAL, *pair) for pair in ((x, y), (y, x)))
            return both(less, more)
        if operator is Binary.LESS:
            return negated(self.compared(Binary.LESS_OR_EQUAL, y, x))
        if x.high is not None and y.low is not None and x.high <= y.low:
            return True
        if x.low is not None and y.high is not None and x.low > y.high:
            return False
        key = ("<=", key_of(x), key_of(y))
        if key not in self.truths:
            truth = self.truths[key] = z3.Bool(f"comparison {len(self.truths)}")
            self.laws.append(z3.If(truth, x.z3 <= y.z3, x.z3 >= y.z3 + z3_of(ULP)))
        return self.truths[key]

    def product(self, x: Number, y: Number) -> Number:
        """x × y, rounded."""
        if x.known is not None and y.known is not None:
            scaled = fixed.multiply(_scaled(x.known), _scaled(y.known))
            return known(scaled)
        if x.known is not None or y.known is not None:
            factor, other = (x, y) if x.known is not None else (y, x)
            return self.rounded(
                _times(other, factor.known or Fraction(0)),
                (factor.known or Fraction(0)).denominator == 1,
            )
        low, high = _product_ends(x, y)
        w = self.variable(_down(low), _up(high), "product")
        self.laws += list(_planes(w.term, x, y, ULP))
        return w

    def quotient(self, x: Number, y: Number) -> Number:
        """x ÷ y, rounded; the divisor is not zero."""
        divisor = y.known
        if divisor is not None and divisor != 0:
            if x.known is not None:
                return known(fixed.divide(_scaled(x.known), _scaled(divisor)))
            return self.rounded(_times(x, 1 / divisor), (1 / divisor).denominator == 1)
        if y.low is None or y.low <= 0:
            return self.variable(None, None, "quotient")
        reciprocal = Number(0 if y.high is None else 1 / y.high, 1 / y.low)  # type: ignore[arg-type]
        low, high = _product_ends(x, Number(reciprocal.low, reciprocal.high))
        q = self.variable(_down(low), _up(high), "quotient")
        slack = None if y.high is None else ULP * y.high
        if slack is not None:
            self.laws += list(_planes(x.z3, q, y, slack))
        return q

    def rounded(self, exact: Number, is_exact: bool) -> Number:
        """An exact linear result as it is after rounding."""
        if is_exact or not self.rounds:
            return exact
        error = self.variable(-ULP / 2, ULP / 2, "rounding")
        return Number(_down(exact.low), _up(exact.high), exact.z3 + error.term)

    def grained(self, number: Number, grain: Fraction) -> Number:
        """The same number, which is known to be a multiple of something."""
        if number.term is not None:
            self.grains[number.term.get_id()] = grain
        return number

    def whole(self, term: Any, unit: Fraction) -> bool:
        """Whether a term is known to be a multiple of a unit."""
        if z3.is_rational_value(term):
            return bool((Fraction(term.as_fraction()) / unit).denominator == 1)
        grain = self.grains.get(term.get_id())
        if grain is not None:
            return (grain / unit).denominator == 1
        parts = term.children()
        if z3.is_app_of(term, z3.Z3_OP_ITE):
            return all(self.whole(part, unit) for part in parts[1:])
        if z3.is_add(term) or z3.is_sub(term) or z3.is_app_of(term, z3.Z3_OP_UMINUS):
            return all(self.whole(part, unit) for part in parts)
        return False

    def units(self, amount: Number, places: int) -> Number:
        """An amount rounded to the minor unit."""
        if amount.term is not None and self.whole(amount.term, Fraction(1, 10**places)):
            return amount
        if amount.known is not None:
            units = fixed.to_minor_units(_scaled(amount.known), places)
            return known(fixed.from_minor_units(units, places))
        half = Fraction(1, 2 * 10**places)

        def make() -> Number:
            error = self.variable(-half, half, "minor unit")
            low = None if amount.low is None else amount.low - half
            high = None if amount.high is None else amount.high + half
            return Number(low, high, amount.z3 + error.term)

        return self.once(("units", key_of(amount), places), make)


def z3_of(value: Fraction) -> Any:
    """An exact number as a term."""
    return z3.RealVal(str(value))


def minus(x: Number) -> Number:
    """-x."""
    low = None if x.high is None else -x.high
    high = None if x.low is None else -x.low
    return Number(low, high, None if x.term is None else -x.term)


# --- ends ----------------------------------------------------------------------------------------


def key_of(x: Number) -> str:
    return str(x.known) if x.term is None else f"#{x.term.get_id()}"


def _scaled(x: Fraction) -> int:
    value = x * fixed.ONE
    assert value.denominator == 1, "what is known is a number of the settlement arithmetic"
    return value.numerator


def _sum(x: Number, y: Number) -> Number:
    low = None if x.low is None or y.low is None else x.low + y.low
    high = None if x.high is None or y.high is None else x.high + y.high
    if x.term is None and y.term is None:
        return Number(low, high)
    if x.known == 0 or y.known == 0:
        return y if x.known == 0 else x
    return Number(low, high, x.z3 + y.z3)


def _times(x: Number, factor: Fraction) -> Number:
    if factor == 1:
        return x
    ends = [None if end is None else end * factor for end in (x.low, x.high)]
    low, high = ends if factor >= 0 else reversed(ends)
    if factor == 0:
        return Number(Fraction(0), Fraction(0))
    return Number(low, high, x.z3 * z3_of(factor))


def _product_ends(x: Number, y: Number) -> tuple[End, End]:
    if None in (x.low, x.high, y.low, y.high):
        signed = x.low is not None and x.low >= 0 and y.low is not None and y.low >= 0
        return (x.low * y.low if signed else None), None  # type: ignore[operator]
    ends = [a * b for a, b in pairs((x.low, x.high), (y.low, y.high))]  # type: ignore[operator]
    return min(ends), max(ends)


def _planes(w: Any, x: Number, y: Number, slack: Fraction) -> Iterator[Any]:
    """What w = x × y, up to `slack`, implies: the planes through the corners of the two ranges."""
    s = z3_of(slack)
    for a, b in ((x.low, y.low), (x.high, y.high)):
        if a is not None and b is not None:
            yield w >= z3_of(a) * y.z3 + z3_of(b) * x.z3 - z3_of(a * b) - s
    for a, b in ((x.high, y.low), (x.low, y.high)):
        if a is not None and b is not None:
            yield w <= z3_of(a) * y.z3 + z3_of(b) * x.z3 - z3_of(a * b) + s


def _down(x: End) -> End:
    """A lower end less what rounding may take; what is not negative does not become so."""
    return None if x is None else x - ULP if x < 0 else max(x - ULP, Fraction(0))


def _up(x: End) -> End:
    """An upper end with what rounding may add; what is not positive does not become so."""
    return None if x is None else x + ULP if x > 0 else min(x + ULP, Fraction(0))


def _least(x: End, y: End) -> End:
    return None if x is None or y is None else min(x, y)


def _most(x: End, y: End) -> End:
    return None if x is None or y is None else max(x, y)


def _tighter(better: Any, x: End, y: End) -> End:
    """The better of two ends; one that is not there says nothing."""
    ends = [end for end in (x, y) if end is not None]
    return better(ends) if ends else None
