"""exp, log and the normal distribution function as straight lines, on vectors.

No branch and no conversion between floats and whole numbers: numbers are rounded by adding and
taking away a great one, exponents are read and made from bits, and what holds at the limits is
blended in at the end. Relative errors against many digits: exp and log below 4e-16, the normal
distribution below 1e-14, in its lower tail x² / 2 units in the last place more; what is below
3e-308 is 0.

Bits may differ between machines: some round a product and a sum once, some twice. The risk
arithmetic has functions of its own (`core.elementary`), which pay for the same bits everywhere.
"""

from collections.abc import Sequence
from math import inf, nan

from rfos_lang.valuation.rows.vectors import Reals

# Coefficients, lowest power first, interpolated in 60 digits at Chebyshev nodes.
EXP_TAIL = (  # of (e^r - 1 - r) / r², |r| <= ln 2 / 2; relative error of e^r 2e-17
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
LOG_TAIL = (  # of (2 artanh s - 2 s) / s³ in s², √½ < (1 + s) / (1 - s) < √2; 5e-18
    0.666666666666667,
    0.39999999999899444,
    0.2857142862600327,
    0.22222211130259878,
    0.18182889455674947,
    0.15331710618210773,
    0.14616585424888623,
)
SHIFT = 0.8125  # (y + SHIFT) e^(y²/2) Φ(-y), y in 0 ... 38.7, is a quotient of these; 4e-15
NORMAL_NUMERATOR = (
    15569.733037007794,
    42106.82213412204,
    44881.14539990233,
    28070.63817686491,
    11696.426912800616,
    3411.8347106672613,
    703.3519377094977,
    99.82386619735871,
    8.974920394207302,
    0.39894228040563456,
)
NORMAL_DENOMINATOR = (
    38325.49670648088,
    87057.04218318721,
    91264.34702110551,
    58160.72382436615,
    24939.742925378556,
    7503.8865734597175,
    1595.7363449267616,
    233.60284031761972,
    21.684289224746962,
    1.0,
)

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471805592082, 7.371002565167799e-13
TO_WHOLE = 1.5 * 2.0**52  # added and taken away again, it rounds to the nearest whole number
EXP_LOWEST, EXP_HIGHEST = -708.0, 709.782712893384
LOWEST_NORMAL = 2.2250738585072014e-308

FRACTION = 52  # bits; an exponent stands before them, 1023 more than it is
EXPONENT, OF_2, OF_2_TO_52 = 0xFFF << FRACTION, 1024 << FRACTION, (1023 + 52) << FRACTION
ABOVE_ROOT_HALF = OF_2 - 0x3FE6A09E667F3BCD  # carries the bits of √½ into the next exponent


def exp(x: Reals) -> Reals:
    """e^x = 2 · 2^(k - 1) · e^r, where x = k ln 2 + r."""
    k = (x * LOG2_E + TO_WHOLE) - TO_WHOLE
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    twice = 2.0 + (r + (r * r) * polynomial(r, EXP_TAIL)) * 2.0
    found = twice * ((k + (TO_WHOLE + 1022)).bits() << FRACTION).as_reals()
    return (x < EXP_LOWEST).choose(0.0, (x > EXP_HIGHEST).choose(inf, found))


def log(x: Reals) -> Reals:
    """The natural logarithm; -inf at 0, nan below."""
    small = x < LOWEST_NORMAL
    away = small.choose(2.0**52 + 1024 + 54, x.text.constant(2.0**52 + 1024))
    found = _log(small.choose(x * 2.0**54, x), away)
    limit = x.is_not(0.0).choose((x > 0.0).choose(x, nan), -inf)
    return ((x > 0.0) & (x < inf)).choose(found, limit)


def log_within(x: Reals) -> Reals:
    """The same of numbers from `LOWEST_NORMAL` on that are finite."""
    return _log(x, x.text.constant(2.0**52 + 1024))


def _log(x: Reals, away: Reals) -> Reals:
    """With x = 2^e (1 + f), √½ <= 1 + f < √2, and s = f / (2 + f), log(1 + f) is 2 artanh s, and
    that is f - (f²/2 - s (f²/2 + tail))."""
    bits = x.bits()
    raised = bits + ABOVE_ROOT_HALF
    e = ((raised >> FRACTION) | OF_2_TO_52).as_reals() - away
    f = (bits - ((raised & EXPONENT) - OF_2)).as_reals() - 1.0
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    tail = z * polynomial(z, LOG_TAIL)
    return e * LN2_HIGH - ((half - (s * (half + tail) + e * LN2_LOW)) - f)


def normal(x: Reals, sign: int = 1) -> Reals:
    """Φ(x), or Φ(-x) for a `sign` of -1; either shares its work with the other, and with the
    density at x."""
    y = abs(x)
    near = (y < 40.0).choose(y, 40.0)
    above = polynomial(near, NORMAL_NUMERATOR)
    below = polynomial(near, NORMAL_DENOMINATOR) * (near + SHIFT)
    lower = bell(x) * (above / below)
    upper = 1.0 - lower
    return (x < 0.0).choose(lower, upper) if sign > 0 else (x > 0.0).choose(lower, upper)


def bell(x: Reals) -> Reals:
    """e^(-x²/2)."""
    return exp(-0.5 * (x * x))


def polynomial(x: Reals, coefficients: Sequence[float]) -> Reals:
    """Σ coefficients[k] x^k, even and odd powers apart, so that neither waits for the other."""
    square = x * x
    return _nested(square, coefficients[0::2]) + x * _nested(square, coefficients[1::2])


def _nested(x: Reals, coefficients: Sequence[float]) -> Reals:
    total: Reals | float = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    assert isinstance(total, Reals)
    return total
