"""Bounds that keep a formula finite at its limits. Elsewhere they change nothing, so derivatives
and what people read go through them."""

from rfos_lang.core.formula import Call, Formula, Function, Number

SHORTEST_YEARS = Number(1e-9)
LOWEST_VOLATILITY = Number(1e-7)
"""Below these a formula would divide by zero; the value has reached its limit before."""
LOWEST_LEVEL = Number(1e-300)
"""What a cut point is kept above where its sign is not known: every price lies above it."""
HIGHEST_EXPONENT = Number(700.0)
"""e to more than this overflows; what it would multiply has underflowed to zero by then."""

FLOORS = (SHORTEST_YEARS, LOWEST_VOLATILITY, LOWEST_LEVEL, HIGHEST_EXPONENT)


def without_floor(formula: Formula) -> Formula:
    """What a bound is laid on, or the formula itself if it is none of these bounds."""
    match formula:
        case Call(function=Function.MAXIMUM | Function.MINIMUM, arguments=(inner, bound)):
            return inner if bound in FLOORS else formula
        case _:
            return formula
