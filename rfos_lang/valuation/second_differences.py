"""Second derivatives by central differences of two step widths: extrapolated, with their error.

What a difference is off by goes with the square of its width. So a third of what the narrow one and
the one of twice its width differ by is what the narrow one is off by, and more than what is left
once that is taken off. To that comes what the rounding of the value makes of it.
"""

from collections.abc import Callable

from rfos_lang.base.records import dataclass

NOISE = 1e-11
"""What a value may be off by without smoothness, as a part of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A derivative and what it is off by at most."""

    value: float
    error: float


def slope(value: Callable[[float], float], step: float) -> Difference:
    """The first derivative at 0, for a value that is a derivative itself."""
    narrow, wide = ((value(h) - value(-h)) / (2 * h) for h in (step, 2 * step))
    return _extrapolated(narrow, wide, 0.0)


def curvature(value: Callable[[float], float], step: float) -> Difference:
    """The second derivative at 0."""
    middle = value(0.0)

    def at(h: float) -> float:
        return (value(h) - 2 * middle + value(-h)) / h**2

    return _extrapolated(at(step), at(2 * step), 4 * NOISE * abs(middle) / step**2)


def twist(value: Callable[[float, float], float], first: float, second: float) -> Difference:
    """The derivative by both arguments at 0, 0, from a step of each."""

    def at(h: float, k: float) -> float:
        return (value(h, k) - value(h, -k) - value(-h, k) + value(-h, -k)) / (4 * h * k)

    noise = NOISE * abs(value(0.0, 0.0)) / (first * second)
    return _extrapolated(at(first, second), at(2 * first, 2 * second), noise)


def _extrapolated(narrow: float, wide: float, noise: float) -> Difference:
    correction = (narrow - wide) / 3
    return Difference(narrow + correction, abs(correction) + noise)
