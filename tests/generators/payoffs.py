"""Payoffs of one price: random core expressions with kinks and jumps, and their values."""

from collections.abc import Callable

from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.core.program import (
    Apply,
    Binary,
    Combine,
    Constant,
    Expression,
    Feed,
    Power,
    Select,
    Sort,
    Term,
    Unary,
)
from tests.generators.handmade import Instance, S, _at_expiry, _program, _terms, combine, number

STRIKES = ("80", "95.5", "100", "120")
"""The terms of a random payoff."""

_LEAVES = st.sampled_from([S, S, *(Term(slot) for slot in range(len(STRIKES))), number("7.5")])
_COMPARISONS = st.sampled_from([Binary.LESS, Binary.LESS_OR_EQUAL])


def _linear(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Kinks, jumps, sums and multiples: pieces stay linear in the price."""
    scale = st.sampled_from([number("-2"), number("0.25"), number("1.5")])
    return st.one_of(
        st.builds(combine, st.sampled_from([Binary.ADD, Binary.SUBTRACT]), inner, inner),
        st.builds(combine, st.sampled_from([Binary.MAXIMUM, Binary.MINIMUM]), inner, inner),
        st.builds(combine, st.just(Binary.MULTIPLY), scale, inner),
        st.builds(Apply, st.sampled_from([Unary.ABSOLUTE, Unary.NEGATE]), inner),
        st.builds(Select, st.builds(combine, _COMPARISONS, inner, inner), inner, inner),
    )


LINEAR: st.SearchStrategy[Expression] = st.recursive(_LEAVES, _linear, max_leaves=5)

PAYOFFS: st.SearchStrategy[Expression] = st.one_of(
    LINEAR,
    st.builds(combine, st.just(Binary.MULTIPLY), LINEAR, LINEAR),
    st.builds(Power, LINEAR, st.integers(2, 3)),
    st.builds(combine, st.just(Binary.DIVIDE), LINEAR, st.sampled_from([S, Term(2)])),
)


def paying(payoff: Expression, days: int = 182) -> Instance:
    """writer pays holder net the payoff at expiry."""
    from dataclasses import replace

    clause = _at_expiry(payoff)
    (transfer,) = clause.actions
    signed = replace(clause, actions=(replace(transfer, net=True),))  # type: ignore[type-var]
    program = _program("Payoff", ("K1", "K2", "K3", "K4"), clauses=(signed,))
    expiry = _terms((), ()).start + days * 86_400 * 10**9
    return Instance(program, _terms(STRIKES, (expiry,)))


def in_floats(expression: Expression, price: float) -> float:
    """The value of a payoff at a price."""
    match expression:
        case Constant(value=value, sort=sort):
            return value / fixed.ONE if sort is Sort.NUMBER else float(value)
        case Term(slot=slot):
            return float(STRIKES[slot])
        case Feed():
            return price
        case Apply(operator=operator, operand=operand):
            return _UNARY[operator](in_floats(operand, price))
        case Combine(operator=operator, left=left, right=right):
            return _BINARY[operator](in_floats(left, price), in_floats(right, price))
        case Power(base=base, exponent=exponent):
            return in_floats(base, price) ** exponent
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            return in_floats(chosen if in_floats(condition, price) else otherwise, price)
        case _:
            raise AssertionError(expression)


_UNARY: dict[Unary, Callable[[float], float]] = {
    Unary.NEGATE: lambda a: -a,
    Unary.ABSOLUTE: abs,
    Unary.NOT: lambda a: 1 - a,
}
_BINARY: dict[Binary, Callable[[float, float], float]] = {
    Binary.ADD: lambda a, b: a + b,
    Binary.SUBTRACT: lambda a, b: a - b,
    Binary.MULTIPLY: lambda a, b: a * b,
    Binary.DIVIDE: lambda a, b: a / b,
    Binary.MINIMUM: min,
    Binary.MAXIMUM: max,
    Binary.LESS: lambda a, b: float(a < b),
    Binary.LESS_OR_EQUAL: lambda a, b: float(a <= b),
    Binary.EQUAL: lambda a, b: float(a == b),
    Binary.AND: lambda a, b: a * b,
    Binary.OR: max,
}
