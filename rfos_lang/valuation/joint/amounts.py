"""Payoffs of many prices at many dates: sums of lognormals on regions, closed under what contracts
say.

The letters are the logarithms of prices at steps of a timeline, and of discount factors. Any
product of whole or broken powers of prices is e^(w X), which is lognormal as every price is; so the
geometric mean of prices is a letter sum like another, and the arithmetic mean a sum of lognormals.
A payoff is a sum of amounts, each on the region where some conditions hold. Conditions are half
spaces w X > level where that can be said, and else that a sum of several lognormals is above zero.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from math import exp, inf, log, nan
from typing import TypeVar

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.closed_form.payoff import NoClosedForm

Weights = frozenset[tuple[int, float]]
"""Letters with their weights, none of them zero: w of w X. A letter is the logarithm of a price if
it is not negative, and that of a discount factor if it is."""

NOTHING: Weights = frozenset()
PIECES_MAX = 200
PRODUCTS_MAX = 5_000
SPLITS_MAX = 6
SAME_WITHIN = 1e-13


@dataclass(frozen=True)
class Amount:
    """Σ c e^(w X) + Σ b X: sums of lognormals, or of logarithms with a constant."""

    terms: Mapping[Weights, float]
    logarithms: Mapping[int, float]

    def __bool__(self) -> bool:
        return bool(self.terms or self.logarithms)

    @property
    def number(self) -> float | None:
        """Its value if it has no letters."""
        if self.logarithms or len(self.terms) > 1:
            return None
        return self.terms.get(NOTHING) if self.terms else 0.0

    def plus(self, other: "Amount", times: float = 1.0) -> "Amount":
        """self + times × other."""
        return Amount(
            _summed(self.terms, other.terms, times),
            _summed(self.logarithms, other.logarithms, times),
        )

    def scaled(self, by: float) -> "Amount":
        """self × by."""
        if by == 1.0:
            return self
        if by == 0.0:
            return Amount({}, {})
        terms = {weights: c * by for weights, c in self.terms.items()}
        return Amount(terms, {letter: b * by for letter, b in self.logarithms.items()})

    def multiplied(self, other: "Amount") -> "Amount":
        """self × other. Raises NoClosedForm."""
        for one, two in ((self, other), (other, self)):
            if one.number is not None:
                return two.scaled(one.number)
        if self.logarithms or other.logarithms:
            raise NoClosedForm("it multiplies with the logarithm of a price")
        products: dict[Weights, float] = {}
        for first, a in self.terms.items():
            for second, b in other.terms.items():
                key = joined(first, second)
                products[key] = products.get(key, 0.0) + a * b
        return Amount({key: value for key, value in products.items() if value}, {})

    def only_term(self, why: str) -> tuple[Weights, float]:
        """The one lognormal that it is. Raises NoClosedForm."""
        if len(self.terms) != 1 or self.logarithms:
            raise NoClosedForm(why)
        return next(iter(self.terms.items()))


def constant(number: float) -> Amount:
    """An amount without letters."""
    return Amount({NOTHING: number} if number else {}, {})


def price(letter: int) -> Amount:
    """e^X of one letter."""
    return Amount({frozenset({(letter, 1.0)}): 1.0}, {})


def joined(first: Weights, second: Weights, times: float = 1.0) -> Weights:
    """The weights of a product: first + times × second."""
    return frozenset(_summed(dict(first), dict(second), times).items())


@dataclass(frozen=True)
class HalfSpace:
    """direction X > level; the first letter of the direction has weight 1 or more than 0."""

    direction: Weights
    level: float

    @cached_property
    def digest(self) -> int:
        return hash((self.direction, self.level))

    def __hash__(self) -> int:
        return self.digest


@dataclass(frozen=True)
class Excess:
    """That a sum of three lognormals or more, of both signs, is above zero."""

    terms: frozenset[tuple[Weights, float]]

    def __hash__(self) -> int:
        return hash(self.terms)  # which a set keeps


Subject = HalfSpace | Excess
Condition = tuple[Subject, bool]
"""What is asked, and whether it holds."""

Region = frozenset[Condition]
EVERYWHERE: Region = frozenset()


@dataclass(frozen=True)
class Payoff:
    """Amounts, none of them zero, by region; regions may overlap, and then amounts add."""

    pieces: Mapping[Region, Amount]

    @property
    def whole(self) -> Amount | None:
        """The amount if it is the same everywhere."""
        if not self.pieces:
            return Amount({}, {})
        return self.pieces.get(EVERYWHERE) if len(self.pieces) == 1 else None

    @property
    def number(self) -> float | None:
        """Its value if nothing about it is random."""
        return None if self.whole is None else self.whole.number

    @property
    def size(self) -> int:
        """How many terms it has in all."""
        return sum(len(each.terms) + len(each.logarithms) for each in self.pieces.values())

    @property
    def subjects(self) -> frozenset[Subject]:
        """Everything that is asked."""
        return frozenset(subject for region in self.pieces for subject, _ in region)

    def plus(self, other: "Payoff", times: float = 1.0) -> "Payoff":
        """self + times × other."""
        pieces = dict(self.pieces)
        for region, amount in other.pieces.items():
            pieces[region] = pieces.get(region, Amount({}, {})).plus(amount, times)
        return _checked(pieces)

    def times(self, other: "Payoff") -> "Payoff":
        """self × other. Raises NoClosedForm."""
        if len(self.pieces) * len(other.pieces) > PRODUCTS_MAX:
            raise NoClosedForm(f"its payoff has more than {PIECES_MAX} pieces")
        pieces: dict[Region, Amount] = {}
        others = [(two, _negated(two), second) for two, second in other.pieces.items()]
        for one, first in self.pieces.items():
            for two, against, second in others:
                if not against.isdisjoint(one):
                    continue
                region = one | two
                product = first.multiplied(second)
                known = pieces.get(region)
                pieces[region] = product if known is None else known.plus(product)
        return _checked(pieces)

    def each(self, function: Callable[[Amount], "Payoff"]) -> "Payoff":
        """A function of the payoff, region by region. Raises NoClosedForm."""
        if (whole := self.whole) is not None:
            return function(whole)
        subjects = self.subjects
        if len(subjects) > SPLITS_MAX:
            raise NoClosedForm(f"its payoff is compared in more than {SPLITS_MAX} ways")
        subject = min(subjects, key=repr)
        found = NONE
        for holds in (True, False):
            inside = self._where(subject, holds).each(function)
            found = found.plus(_truth((subject, holds)).times(inside))
        return found

    def _where(self, subject: Subject, holds: bool) -> "Payoff":
        """What it is where a condition holds, without mention of it."""
        found = NONE
        for region, amount in self.pieces.items():
            if (subject, not holds) not in region:
                found = found.plus(Payoff({region - {(subject, holds)}: amount}))
        return found


def _negated(region: Region) -> Region:
    """The conditions of which none may hold where all of a region's do."""
    return frozenset((subject, not holds) for subject, holds in region)


NONE = Payoff({})


def everywhere(amount: Amount) -> Payoff:
    """The same amount everywhere."""
    return Payoff({EVERYWHERE: amount} if amount else {})


def number(value: float) -> Payoff:
    """A constant."""
    return everywhere(constant(value))


def above_zero(payoff: Payoff) -> Payoff:
    """1 where a payoff is above zero; at zero itself it may be either. Raises NoClosedForm."""
    return payoff.each(_above_zero)


def positive_part(payoff: Payoff) -> Payoff:
    """max(payoff, 0)."""
    return payoff.times(above_zero(payoff))


def _above_zero(amount: Amount) -> Payoff:
    known = amount.number
    if known is not None:
        return number(float(known > 0.0))
    if amount.logarithms:
        rest = Amount(amount.terms, {}).number
        if rest is None:
            raise NoClosedForm("it compares a price with the logarithm of a price")
        return half_space(frozenset(amount.logarithms.items()), -rest)
    signs = {c > 0.0 for c in amount.terms.values()}
    if len(signs) == 1:
        return number(float(signs.pop()))
    if len(amount.terms) == 2:
        (plus, a), (minus, b) = sorted(amount.terms.items(), key=lambda term: -term[1])
        return half_space(joined(plus, minus, -1.0), log(-b / a))
    first = min(amount.terms, key=sorted)
    scale = amount.terms[first]
    terms = frozenset((weights, c / abs(scale)) for weights, c in amount.terms.items())
    if scale > 0.0:
        return _truth((Excess(terms), True))
    return _truth((Excess(frozenset((weights, -c) for weights, c in terms)), False))


def half_space(direction: Weights, level: float) -> Payoff:
    """1 where direction X > level; what is asked is turned and scaled, so that the first letter's
    weight is 1."""
    if not direction:
        return number(float(level < 0.0))
    scale = min(direction)[1]
    upright = frozenset((letter, round(weight / scale, 14)) for letter, weight in direction)
    return _truth((HalfSpace(upright, level / scale), scale > 0.0))


def _truth(condition: Condition) -> Payoff:
    return Payoff({frozenset({condition}): constant(1.0)})


# --- functions of one amount ----------------------------------------------------------------------


def logarithm(amount: Amount) -> Payoff:
    """log, of one lognormal."""
    if (known := amount.number) is not None:
        return number(log(known) if known > 0.0 else -inf if known == 0.0 else nan)
    weights, scale = amount.only_term("it takes the logarithm of a sum of prices")
    if scale <= 0.0:
        return number(nan)
    return everywhere(Amount(constant(log(scale)).terms, dict(weights)))


def exponential(amount: Amount) -> Payoff:
    """exp, of logarithms and a constant."""
    rest = Amount(amount.terms, {}).number
    if rest is None:
        raise NoClosedForm("it takes e to the power of a price")
    scale = exp(rest) if rest < 700.0 else inf
    return everywhere(Amount({frozenset(amount.logarithms.items()): scale}, {}))


def raised(amount: Amount, exponent: float) -> Payoff:
    """A power of one lognormal; a whole one of any sum."""
    if exponent == 0.0:
        return number(1.0)
    if (known := amount.number) is not None:
        return number(_power(known, exponent))
    if len(amount.terms) > 1 and not amount.logarithms and exponent in (1.0, 2.0, 3.0):
        result = amount
        for _ in range(int(exponent) - 1):
            result = result.multiplied(amount)
        return everywhere(result)
    weights, scale = amount.only_term("it takes a power of a sum of prices")
    powered = frozenset((letter, weight * exponent) for letter, weight in weights)
    return everywhere(Amount({powered: _power(scale, exponent)}, {}))


def _power(base: float, exponent: float) -> float:
    try:
        found = base**exponent
    except (ZeroDivisionError, OverflowError):
        return inf
    return found if isinstance(found, float) else nan


_K = TypeVar("_K")


def _summed(first: Mapping[_K, float], second: Mapping[_K, float], times: float) -> dict[_K, float]:
    total = dict(first)
    for key, value in second.items():
        found = total.get(key, 0.0) + times * value
        if abs(found) <= SAME_WITHIN * abs(value):
            total.pop(key, None)
        else:
            total[key] = found
    return total


def _checked(pieces: dict[Region, Amount]) -> Payoff:
    if len(pieces) > PIECES_MAX:
        raise NoClosedForm(f"its payoff has more than {PIECES_MAX} pieces")
    return Payoff({region: amount for region, amount in pieces.items() if amount})
