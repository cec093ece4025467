"""Logarithm, exponential, square root and powers of the settlement arithmetic, in integers alone.

Inside, a number is binary fixed point with 120 fractional bits in 128 bits, so that what is rounded
to 18 decimals in the end has some sixty guard bits. Every step is a whole-number operation that
other hosts repeat bit for bit.

Errors: a square root is correctly rounded. A logarithm is within one unit in the last place. An
exponential or a power is too while its value is below 10^16 (for a power: and its exponent below
1000 in size); beyond that it is within 10^-34 of its value (times the exponent, if that is larger).
A whole power up to 64 is not taken by logarithm but by squaring, see `fixed.power`.

Sources: the binary logarithm digit by digit, by squaring: D. Knuth, The Art of Computer
Programming, volume 1, 1.2.2, exercise 25. The square root digit by digit is the schoolbook's.
"""

from math import isqrt

from rfos_lang.base.fixed import (
    ONE,
    DivisionByZero,
    Overflow,
    SettlementError,
    checked,
    multiply,
    power,
)

BITS = 120
UNIT = 1 << BITS
"""1 in binary fixed point."""

LN_2 = 0xB17217F7D1CF79ABC9E3B39803F2F7
LOG2_E = 0x171547652B82FE1777D0FFDA0D23A7D
LOG2_ONE = 0x3BCB71D551AFBF1784945D77CDD975AE
"""ln 2, 1 / ln 2 and the binary logarithm of 10^18, to the nearest."""

PER_ONE = 0x49C97747490EAE839D7F99173121CFE8
PER_ONE_BITS = 66
"""2^{BITS + PER_ONE_BITS} / 10^18, to the nearest: what takes decimal to binary fixed point."""

TERMS = 32
"""Of the series of e^x for x below ln 2; those left out are smaller than 2^-130."""

HIGHEST_EXPONENT = 47
LOWEST_EXPONENT = -43
"""Beyond these e^x does not fit, or is nearest to 0."""

WHOLE_MAX = 64
"""The largest whole exponent that is taken by squaring."""


class Undefined(SettlementError):
    """A logarithm of what is not above zero, a square root or a broken power of what is below."""


def logarithm(value: int) -> int:
    """The natural logarithm. Raises Undefined unless the value is above zero."""
    exact = natural_logarithm(value)
    rounded = (abs(exact) * ONE + UNIT // 2) >> BITS
    return rounded if exact >= 0 else -rounded


def exponential(value: int) -> int:
    """e to the value. Raises Overflow."""
    if value >= HIGHEST_EXPONENT * ONE:
        raise Overflow
    if value <= LOWEST_EXPONENT * ONE:
        return 0
    binary = (abs(value) * PER_ONE) >> PER_ONE_BITS
    return _exponential(binary if value >= 0 else -binary)


def square_root(value: int) -> int:
    """The square root, correctly rounded. Raises Undefined below zero."""
    if value < 0:
        raise Undefined
    root = isqrt(value * ONE)
    return root + (value * ONE - root * root > root)


def raised(base: int, exponent: int) -> int:
    """base to the power of a number; 0 to a positive one is 0.

    Raises Undefined for a broken power of a negative number; DivisionByZero, Overflow.
    """
    whole, rest = divmod(exponent, ONE)
    if rest == 0 and -WHOLE_MAX <= whole <= WHOLE_MAX:
        return power(base, whole)
    if base == 0:
        if exponent < 0:
            raise DivisionByZero
        return 0
    logarithm_of_base = natural_logarithm(base)
    try:
        product = multiply(exponent, logarithm_of_base)
    except Overflow:
        if (exponent > 0) == (logarithm_of_base > 0):
            raise
        return 0
    if product >= HIGHEST_EXPONENT * UNIT:
        raise Overflow
    return 0 if product <= LOWEST_EXPONENT * UNIT else _exponential(product)


# --- binary fixed point --------------------------------------------------------------------------


def natural_logarithm(value: int) -> int:
    """The natural logarithm of a settlement number, in binary fixed point. Raises Undefined."""
    if value <= 0:
        raise Undefined
    binary = _binary_logarithm(value)
    size = (abs(binary) * LN_2) >> BITS
    return size if binary >= 0 else -size


def _binary_logarithm(value: int) -> int:
    """log2(value / 10^18). The mantissa lies in [1, 2), with 127 fractional bits; its square says
    the next binary digit of its logarithm."""
    length = value.bit_length()
    mantissa = value << (128 - length)
    digits = 0
    for _ in range(BITS):
        square = (mantissa * mantissa) >> 128
        digit = square >> 127
        mantissa = square if digit else square << 1
        digits = 2 * digits + digit
    return ((length - 1) << BITS) + digits - LOG2_ONE


def _exponential(value: int) -> int:
    """e to a number in binary fixed point, as a settlement number: a power of two times e^x, x in
    [0, ln 2). Raises Overflow."""
    size = (abs(value) * LOG2_E) >> BITS
    twos = size if value >= 0 else -size
    whole, fraction = twos >> BITS, twos % UNIT
    x = (fraction * LN_2) >> BITS
    total = UNIT
    for n in range(TERMS, 0, -1):
        total = UNIT + ((x * total) >> BITS) // n
    return checked(((total * ONE >> (BITS - 1 - whole)) + 1) >> 1)
