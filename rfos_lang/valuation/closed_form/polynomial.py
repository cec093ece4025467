"""Polynomials whose letters are formulas: sums of coefficient × product of whole powers.

A letter is any formula that is not taken apart further: the spot, a term, a truth. Two polynomials
that say the same are equal, so what cancels is seen to cancel. Powers may be negative.
"""

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Number, Source
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    divide,
    multiply,
    number,
    power,
)
from rfos_lang.valuation.floors import without_floor

Monomial = frozenset[tuple[Formula, int]]
"""Letters with their powers, none of them zero."""

UNIT: Monomial = frozenset()
_TRUTHS = (Function.LESS, Function.LESS_OR_EQUAL)


@dataclass(frozen=True)
class Polynomial:
    """Coefficients, exact and none of them zero, by monomial."""

    terms: Mapping[Monomial, Fraction]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: "Polynomial") -> "Polynomial":
        return _summed([*self.terms.items(), *other.terms.items()])

    def __neg__(self) -> "Polynomial":
        return _summed((monomial, -value) for monomial, value in self.terms.items())

    def __sub__(self, other: "Polynomial") -> "Polynomial":
        return self + -other

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        return _summed(
            (_joined(first, second), a * b)
            for first, a in self.terms.items()
            for second, b in other.terms.items()
        )

    @property
    def literal(self) -> Fraction | None:
        """Its value if it has no letters."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(UNIT) if len(self.terms) == 1 else None

    @property
    def letters(self) -> frozenset[Formula]:
        """The letters that occur."""
        return frozenset(letter for monomial in self.terms for letter, _ in monomial)

    def inverse(self) -> "Polynomial":
        """1 ÷ itself: exact for one term, otherwise a letter of its own."""
        if len(self.terms) == 1:
            ((monomial, value),) = self.terms.items()
            if value:
                inverted = frozenset((letter, -exponent) for letter, exponent in monomial)
                return Polynomial(MappingProxyType({inverted: 1 / value}))
        return letter(divide(ONE, self.formula()))

    def by_power(self, wanted: Formula) -> dict[int, "Polynomial"]:
        """What each power of a letter is multiplied by."""
        found: dict[int, dict[Monomial, Fraction]] = {}
        for monomial, value in self.terms.items():
            exponent = next((e for letter, e in monomial if letter is wanted), 0)
            rest = frozenset(pair for pair in monomial if pair[0] is not wanted)
            found.setdefault(exponent, {})[rest] = value
        return {exponent: Polynomial(MappingProxyType(rest)) for exponent, rest in found.items()}

    def formula(self) -> Formula:
        """The polynomial as a formula, the same for equal polynomials."""
        terms = sorted(self.terms.items(), key=lambda term: _monomial_order(term[0]))
        positive = [term for term in terms if term[1] > 0]
        negative = [term for term in terms if term[1] <= 0]
        result: Formula = ZERO
        for monomial, value in (*positive, *negative):
            result = add(result, _term(monomial, value))
        return result

    def ratio(self, other: "Polynomial") -> Fraction | None:
        """The number that the other, which is not zero, must be multiplied with to give this."""
        monomial, value = next(iter(other.terms.items()))
        factor = self.terms.get(monomial, Fraction(0)) / value
        return factor if other * constant(factor) == self else None

    def sign(self, positive: Collection[Formula] = ()) -> int | None:
        """1, 0 or -1 if that is the sign whenever the letters in `positive` are; None if it
        depends on the others."""
        if not self.terms:
            return 0
        signs: set[int | None] = {
            (1 if value > 0 else -1)
            if all(letter in positive or exponent % 2 == 0 for letter, exponent in monomial)
            else None
            for monomial, value in self.terms.items()
        }
        return signs.pop() if len(signs) == 1 else None


def constant(value: Fraction | float) -> Polynomial:
    """A polynomial without letters."""
    return Polynomial(MappingProxyType({UNIT: Fraction(value)} if value else {}))


def letter(formula: Formula) -> Polynomial:
    """A polynomial of one letter; a literal stays a literal."""
    if isinstance(formula, Number):
        return constant(formula.value)
    return Polynomial(MappingProxyType({frozenset({(formula, 1)}): Fraction(1)}))


def raised(base: Polynomial, exponent: int) -> Polynomial:
    """A whole power."""
    if exponent < 0:
        return raised(base, -exponent).inverse()
    result = constant(1)
    for _ in range(exponent):
        result = result * base
    return result


def expanded(cut: Formula) -> Polynomial:
    """A formula as a polynomial; bounds that only matter at a limit are taken off."""
    match without_floor(cut):
        case Call(function=Function.ADD, arguments=(left, right)):
            return expanded(left) + expanded(right)
        case Call(function=Function.SUBTRACT, arguments=(left, right)):
            return expanded(left) - expanded(right)
        case Call(function=Function.MULTIPLY, arguments=(left, right)):
            return expanded(left) * expanded(right)
        case Call(function=Function.DIVIDE, arguments=(left, right)):
            return expanded(left) * expanded(right).inverse()
        case Call(function=Function.NEGATE, arguments=(inner,)):
            return -expanded(inner)
        case other:
            return letter(other)


def is_truth(formula: Formula) -> bool:
    """Whether a letter is a comparison, 0 or 1, so that its powers are itself."""
    return isinstance(formula, Call) and formula.function in _TRUTHS


def _summed(terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
    result: dict[Monomial, Fraction] = {}
    for monomial, value in terms:
        result[monomial] = result.get(monomial, Fraction(0)) + value
    return Polynomial(MappingProxyType({m: value for m, value in result.items() if value}))


def _joined(first: Monomial, second: Monomial) -> Monomial:
    powers: dict[Formula, int] = {}
    for formula, exponent in (*first, *second):
        powers[formula] = powers.get(formula, 0) + exponent
    return frozenset(
        (formula, 1 if is_truth(formula) else exponent)
        for formula, exponent in powers.items()
        if exponent
    )


def _term(monomial: Monomial, value: Fraction) -> Formula:
    above: Formula = number(float(value))
    below: Formula = ONE
    for formula, exponent in sorted(monomial, key=_letter_order):
        if exponent > 0:
            above = multiply(above, power(formula, exponent))
        else:
            below = multiply(below, power(formula, -exponent))
    return divide(above, below)


_SOURCES = (Source.TERM, Source.STATE, Source.SPOT)


def _letter_order(pair: tuple[Formula, int]) -> tuple[int, int, str, int]:
    formula, exponent = pair
    match formula:
        case Input(source=source, slot=slot, name=name):
            place = _SOURCES.index(source) if source in _SOURCES else len(_SOURCES)
            return (place, slot, name, exponent)
        case _:
            return (len(_SOURCES) + 1, 0, repr(formula), exponent)


def _monomial_order(monomial: Monomial) -> list[tuple[int, int, str, int]]:
    return sorted(_letter_order(pair) for pair in monomial)
