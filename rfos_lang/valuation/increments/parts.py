"""Where a payment is a function of a sum, or a product, of independent things.

Each addend may depend on the price at two dates alone, and on their ratio alone; where the spans
between the two do not overlap, the addends are independent. Whether a formula depends on a ratio
alone is tried on numbers: it has to be the same when both prices are scaled.
"""

from collections.abc import Iterator
from functools import reduce
from itertools import pairwise

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Source, inputs, ordered
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.constructors import add, divide, multiply, negate, number, substituted
from rfos_lang.valuation.evaluation import vectorised

TOTAL = Input(Source.STATE, 0, "total")
"""The letter that stands for a sum, or for a product."""
_TOTAL: Formula = TOTAL
SCALES = (0.37, 1.9, 5.3)
PRICES = np.exp(np.linspace(-2.0, 2.0, 41))


@dataclass(frozen=True, slots=True)
class Term:
    """What depends on the price at `end` over that at `begin`; None: the price now, of which it
    depends on the price at `end` itself."""

    formula: Formula
    begin: int | None
    end: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """A payment: `outer` in the letter TOTAL and in what units paid are worth, and the independent
    terms whose sum, or product, that is."""

    outer: Formula
    terms: tuple[Term, ...]
    is_product: bool


def payments(gained: Formula) -> Iterator[Formula]:
    """The addends of what is gained."""
    match gained:
        case Call(function=Function.ADD, arguments=(left, right)):
            yield from payments(left)
            yield from payments(right)
        case Call(function=Function.SUBTRACT, arguments=(left, right)):
            yield from payments(left)
            yield from map(negate, payments(right))
        case Call(function=Function.NEGATE, arguments=(only,)):
            yield from map(negate, payments(only))
        case _:
            yield gained


def gathered(payment: Formula) -> Gathered:
    """A payment as a function of a sum or of a product. Raises NoClosedForm."""
    if not prices_of(payment):
        return Gathered(payment, (), False)
    for node in reversed(ordered(payment)):
        if not prices_of(node):
            continue
        for is_product, split in ((False, _addends), (True, _factors)):
            parts = list(split(node))
            terms = _independent([part for part in parts if prices_of(part)])
            if terms is None:
                continue
            join = multiply if is_product else add
            known = [part for part in parts if not prices_of(part)]
            whole: Formula = reduce(join, known, _TOTAL)
            outer = substituted(payment, {node: whole})
            if not prices_of(outer):
                return Gathered(outer, terms, is_product)
    raise NoClosedForm("it is no function of a sum of what happens between dates")


def prices_of(formula: Formula) -> tuple[int, ...]:
    """The steps whose prices a formula depends on."""
    return tuple(sorted(each.slot for each in inputs(formula) if each.source is Source.SPOT))


def _addends(node: Formula) -> Iterator[Formula]:
    yield from payments(node)


def _factors(node: Formula) -> Iterator[Formula]:
    match node:
        case Call(function=Function.MULTIPLY, arguments=(left, right)):
            yield from _factors(left)
            yield from _factors(right)
        case Call(function=Function.DIVIDE, arguments=(left, right)):
            yield from _factors(left)
            yield from (divide(number(1.0), each) for each in _factors(right))
        case _:
            yield node


def _independent(parts: list[Formula]) -> tuple[Term, ...] | None:
    """Parts that depend on prices, as terms whose spans do not overlap; None if they do, or are no
    such terms."""
    if not parts or any(inputs_but_prices(part) for part in parts):
        return None
    terms = [_term(part) for part in parts]
    if any(term is None for term in terms):
        return None
    found = sorted((term for term in terms if term is not None), key=lambda term: term.end)
    apart = all(
        after.begin is not None and before.end <= after.begin for before, after in pairwise(found)
    )
    return tuple(found) if apart else None


def inputs_but_prices(formula: Formula) -> bool:
    """Whether it depends on more than prices."""
    return any(each.source is not Source.SPOT for each in inputs(formula))


def _term(part: Formula) -> Term | None:
    match prices_of(part):
        case (end,):
            return Term(part, None, end)
        case (begin, end) if _is_of_ratio(part):
            return Term(part, begin, end)
        case _:
            return None


def _is_of_ratio(part: Formula) -> bool:
    letters = sorted(inputs(part), key=lambda letter: letter.slot)
    function = vectorised([part], letters)
    (known,) = function(np.ones_like(PRICES), PRICES)
    for scale in SCALES:
        (scaled,) = function(scale * np.ones_like(PRICES), scale * PRICES)
        if not np.allclose(scaled, known, rtol=1e-12, atol=1e-12, equal_nan=True):
            return False
    return True
