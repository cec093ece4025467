"""exp, log and the normal distribution function, with the same bits on every host.

They are built on nothing but what IEEE 754 rounds correctly (+ − × ÷), comparisons, and exact
scaling by powers of two. Each is stated once, for a `Machine`: on floats it gives a number, on a
machine that writes WebAssembly it gives code with the same operations in the same order.
`ELEMENTARY` is the first reading.

Errors, in units in the last place, on samples against many digits: exp and log below 1, normal
below 4 in its lower tail, down to the subnormal numbers.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import factorial, frexp, inf, ldexp, nan, sqrt
from typing import Any, Protocol, TypeAlias

from rfos_lang.core.formula import Elementary

Real: TypeAlias = Any
"""A float, or what stands for one on the machine; + − × ÷, abs and comparisons work on both."""


class Machine(Protocol):
    """What an algorithm needs beside Python's operators."""

    def choose(
        self, condition: Any, chosen: Callable[[], Real], otherwise: Callable[[], Real]
    ) -> Real:
        """One of two values; only that one is evaluated."""

    def exponent(self, x: Real) -> Real:
        """The whole e with 2^e <= x < 2^(e + 1), of a positive normal number."""

    def root(self, x: Real) -> Real:
        """The square root, rounded correctly."""

    def scaled(self, x: Real, exponent: Real) -> Real:
        """x × 2^exponent, rounded once, for a whole exponent of -1100 to 1100 and x near 1 or
        the result normal."""


# --- exp -----------------------------------------------------------------------------------------

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471805592082  # the first 40 bits: a product with a whole number < 2^13 is exact
LN2_LOW = 7.371002565167799e-13
TO_WHOLE = 1.5 * 2.0**52  # added and taken away again, it rounds to the nearest whole number
EXP_LOWEST, EXP_HIGHEST = -746.0, 710.0  # beyond them 0 and inf
EXP_TAIL = tuple(1 / factorial(n) for n in range(2, 14))  # of (e^r - 1 - r) / r², |r| <= ln 2 / 2


def exp(machine: Machine, x: Real) -> Real:
    """e^x."""
    return machine.choose(
        x <= EXP_HIGHEST,
        lambda: machine.choose(x >= EXP_LOWEST, lambda: _exp(machine, x), lambda: 0.0),
        lambda: machine.choose(x > EXP_HIGHEST, lambda: inf, lambda: x),
    )


def _exp(machine: Machine, x: Real, beyond: Real = 0.0) -> Real:
    """e^(x + beyond) for a small `beyond`: 2^k · e^r, where x + beyond = k ln 2 + r + rest and the
    rest is what r loses in rounding."""
    k = (x * LOG2_E + TO_WHOLE) - TO_WHOLE
    high, low = x - k * LN2_HIGH, k * LN2_LOW - beyond
    r = high - low
    rest = (high - r) - low
    return machine.scaled(1.0 + (r + (r * r * polynomial(r, EXP_TAIL) + rest)), k)


# --- log -----------------------------------------------------------------------------------------

HIGHEST = 1.7976931348623157e308
LOWEST_NORMAL = 2.2250738585072014e-308
SQRT_2 = 1.4142135623730951
LOG_TAIL = tuple(2 / (2 * n + 1) for n in range(1, 12))  # of (2 artanh s - 2 s) / s³, in s²


def log(machine: Machine, x: Real) -> Real:
    """The natural logarithm; -inf at 0, nan below."""
    return machine.choose(
        x > 0.0,
        lambda: machine.choose(x <= HIGHEST, lambda: _log(machine, x), lambda: x),
        lambda: machine.choose(x < 0.0, lambda: nan, lambda: _log_of_nothing(machine, x)),
    )


def _log_of_nothing(machine: Machine, x: Real) -> Real:
    return machine.choose(x <= 0.0, lambda: -inf, lambda: x)


def _log(machine: Machine, x: Real) -> Real:
    """e ln 2 + log(1 + f), x = 2^e (1 + f), √½ < 1 + f < √2. With s = f / (2 + f), log(1 + f) is
    2 artanh s, and that is f - (f²/2 - s (f²/2 + tail))."""
    small = x < LOWEST_NORMAL
    y = machine.choose(small, lambda: x * 2.0**54, lambda: x)
    e = machine.exponent(y)
    m = machine.scaled(y, -e)
    e = machine.choose(small, lambda: e - 54.0, lambda: e)
    large = m > SQRT_2
    m = machine.choose(large, lambda: m * 0.5, lambda: m)
    e = machine.choose(large, lambda: e + 1.0, lambda: e)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    tail = z * polynomial(z, LOG_TAIL)
    return e * LN2_HIGH - ((half - (s * (half + tail) + e * LN2_LOW)) - f)


# --- normal --------------------------------------------------------------------------------------

NORMAL_LIMIT = 38.7  # Φ(-38.7) is less than half the lowest subnormal number
HALVES = 2.0**27 + 1.0  # times y, it parts the leading 26 bits of y from the rest

# (y + SHIFT) e^(y²/2) Φ(-y) lies between 0.39 and 0.48 for all y >= 0, so that its rounding errors
# stay small. Less LEVEL it is a quotient of polynomials in y, lowest power first, on 0 ... 38.7:
# interpolated in 60 digits at the Chebyshev nodes of (y - 4) / (y + 4), and exact at 0, where it is
# 1/32; relative error 1.4e-18 before rounding. All coefficients are positive, so that no digit
# cancels.
SHIFT, LEVEL = 0.8125, 0.375
NORMAL_NUMERATOR = (
    77011.15787855942,
    622464.5766878154,
    798736.7311848326,
    541902.6132452503,
    240053.7910289621,
    75262.9911797731,
    17257.664004203576,
    2909.8153702745303,
    354.0601139355843,
    29.52266021459777,
    1.499936684462851,
    0.033666264456980566,
)
NORMAL_DENOMINATOR = (
    2464357.0521139014,
    6050695.3946231445,
    6951321.0395819815,
    4942559.983904908,
    2422423.391952419,
    861728.828598946,
    227799.2212301054,
    44935.80525865578,
    6516.095009459167,
    666.0814174620461,
    43.611080574650906,
    1.406142768875371,
)


def normal(machine: Machine, x: Real) -> Real:
    """Φ(x), the probability that a standard normal variable is at most x."""
    y = abs(x)
    lower = machine.choose(
        y < NORMAL_LIMIT,
        lambda: _lower_tail(machine, y),
        lambda: machine.choose(y >= NORMAL_LIMIT, lambda: 0.0, lambda: y),
    )
    return machine.choose(x < 0.0, lambda: lower, lambda: 1.0 - lower)


def _lower_tail(machine: Machine, y: Real) -> Real:
    """Φ(-y), y >= 0. The square is split: y² = h² + (y - h)(y + h), and h², of the leading bits of
    y, is exact."""
    shifted = y * HALVES
    h = shifted - (shifted - y)
    density = _exp(machine, -0.5 * (h * h), -0.5 * ((y - h) * (y + h)))
    above = polynomial(y, NORMAL_NUMERATOR) / polynomial(y, NORMAL_DENOMINATOR)
    return density * ((LEVEL + above) / (y + SHIFT))


# --- quantile ------------------------------------------------------------------------------------

# Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, Applied Statistics 37
# (1988): three quotients of polynomials, in the middle, in the tails, and far out in them.
CENTRE, CENTRE_SQUARE = 0.425, 0.180625
TAIL, TAIL_SHIFT, FAR_SHIFT = 5.0, 1.6, 5.0
MIDDLE_NUMERATOR = (
    3.3871328727963666080,
    133.14166789178437745,
    1971.5909503065514427,
    13731.693765509461125,
    45921.953931549871457,
    67265.770927008700853,
    33430.575583588128105,
    2509.0809287301226727,
)
MIDDLE_DENOMINATOR = (
    1.0,
    42.313330701600911252,
    687.18700749205790830,
    5394.1960214247511077,
    21213.794301586595867,
    39307.895800092710610,
    28729.085735721942674,
    5226.4952788528545610,
)
TAIL_NUMERATOR = (
    1.42343711074968357734,
    4.63033784615654529590,
    5.76949722146069140550,
    3.64784832476320460504,
    1.27045825245236838258,
    0.241780725177450611770,
    0.0227238449892691845833,
    7.74545014278341407640e-4,
)
TAIL_DENOMINATOR = (
    1.0,
    2.05319162663775882187,
    1.67638483018380384940,
    0.689767334985100004550,
    0.148103976427480074590,
    0.0151986665636164571966,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
FAR_NUMERATOR = (
    6.65790464350110377720,
    5.46378491116411436990,
    1.78482653991729133580,
    0.296560571828504891230,
    0.0265321895265761230930,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
FAR_DENOMINATOR = (
    1.0,
    0.599832206555887937690,
    0.136929880922735805310,
    0.0148753612908506148525,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)


def quantile(machine: Machine, p: Real) -> Real:
    """The x with Φ(x) = p, for 0 < p < 1; relative error about 1e-16."""
    q = p - 0.5
    return machine.choose(
        abs(q) <= CENTRE, lambda: _in_the_middle(q), lambda: _in_a_tail(machine, p, q)
    )


def _in_the_middle(q: Real) -> Real:
    r = CENTRE_SQUARE - q * q
    return q * polynomial(r, MIDDLE_NUMERATOR) / polynomial(r, MIDDLE_DENOMINATOR)


def _in_a_tail(machine: Machine, p: Real, q: Real) -> Real:
    below = machine.choose(q < 0.0, lambda: p, lambda: 1.0 - p)
    r = machine.root(-log(machine, below))
    size = machine.choose(r <= TAIL, lambda: _near(r - TAIL_SHIFT), lambda: _far(r - FAR_SHIFT))
    return machine.choose(q < 0.0, lambda: -size, lambda: size)


def _near(r: Real) -> Real:
    return polynomial(r, TAIL_NUMERATOR) / polynomial(r, TAIL_DENOMINATOR)


def _far(r: Real) -> Real:
    return polynomial(r, FAR_NUMERATOR) / polynomial(r, FAR_DENOMINATOR)


def polynomial(x: Real, coefficients: Sequence[float]) -> Real:
    """Σ coefficients[k] x^k, even and odd powers apart, each from the highest down."""
    square = x * x
    return _nested(square, coefficients[0::2]) + x * _nested(square, coefficients[1::2])


def _nested(x: Real, coefficients: Sequence[float]) -> Real:
    total: Real = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


# --- on floats -----------------------------------------------------------------------------------


class Floats:
    """The machine whose reals are floats."""

    def choose(
        self, condition: bool, chosen: Callable[[], float], otherwise: Callable[[], float]
    ) -> float:
        return chosen() if condition else otherwise()

    def exponent(self, x: float) -> float:
        return float(frexp(x)[1] - 1)

    def root(self, x: float) -> float:
        return sqrt(x) if x >= 0.0 else nan

    def scaled(self, x: float, exponent: float) -> float:
        """In two steps, since 2^exponent itself may be no number; the first one is exact."""
        half = int(exponent) >> 1
        return x * ldexp(1.0, half) * ldexp(1.0, int(exponent) - half)


ELEMENTARY = Elementary(partial(exp, Floats()), partial(log, Floats()), partial(normal, Floats()))
