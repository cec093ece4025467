"""What fused kernels are made of: elementary functions, random numbers, smooth steps.

Plain functions of numbers. `numba_printer` copies their text into the kernels that it prints, where
they are compiled; each is straight-line code without calls of a library, so that a compiler makes
one instruction serve many paths. Nothing is contracted or reordered: the bits are the same whatever
the number of threads.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rfos_lang.core import philox as philox_numbers
from rfos_lang.path.program import EQUAL_WITHIN, TIE_WITHIN

Floats = NDArray[np.float64]

LOW_WORD = philox_numbers.LOW_WORD
FRACTION = 0xFFFFFFFFFFFFF
HALF_EXPONENT = 0x3FE0000000000000
LOW_BUMP, HIGH_BUMP = philox_numbers.KEY_STEPS
ONE_FACTOR, TWO_FACTOR = philox_numbers.MULTIPLIERS


def exponential(x: float) -> float:
    """e^x to 1 ulp, from Cody and Waite's reduction and the series on |r| < ln 2 / 2."""
    y = min(max(x, -745.2), 709.79)
    k = np.floor(y * 1.4426950408889634 + 0.5)
    r = (y - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    whole = np.int64(k)
    half = whole >> 1
    low = np.int64((half + 1023) << 52).view(np.float64)
    high = np.int64((whole - half + 1023) << 52).view(np.float64)
    found = p * low * high
    return x if x != x else (math.inf if x > 709.79 else found)


def logarithm(x: float) -> float:
    """The natural logarithm to 1 ulp: log 2^e (1 + f), s = f / (2 + f), a series in s^2."""
    bits = np.float64(x).view(np.int64)
    fraction = np.int64((bits & FRACTION) | HALF_EXPONENT).view(np.float64)
    exponent = float((bits >> 52) - 1022)
    low = fraction < 0.7071067811865476
    f = (2.0 * fraction if low else fraction) - 1.0
    e = exponent - 1.0 if low else exponent
    s = f / (2.0 + f)
    z = s * s
    p = 0.08
    p = p * z + 0.08695652173913043
    p = p * z + 0.09523809523809523
    p = p * z + 0.10526315789473684
    p = p * z + 0.11764705882352941
    p = p * z + 0.13333333333333333
    p = p * z + 0.15384615384615385
    p = p * z + 0.18181818181818182
    p = p * z + 0.2222222222222222
    p = p * z + 0.2857142857142857
    p = p * z + 0.4
    p = p * z + 0.6666666666666666
    square = 0.5 * f * f
    tail = s * (square + z * p) + e * 1.9082149292705877e-10
    found = e * 0.6931471803691238 - ((square - tail) - f)
    positive = math.inf if x == math.inf else found
    return positive if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


def power(base: float, exponent: float) -> float:
    """base^exponent as the C library has it."""
    return base**exponent


def nearest(scaled: float) -> float:
    """The nearest whole number, half-even; what lies within rounding of a tie is one."""
    halves = np.rint(2.0 * scaled) / 2.0
    near = abs(scaled - halves) <= TIE_WITHIN * max(1.0, abs(scaled))
    return np.rint(halves if near else scaled)


def least(left: float, right: float) -> float:
    """The smaller of two, NaN if either is."""
    found = left if left < right else right
    return left if left != left else found


def greatest(left: float, right: float) -> float:
    """The greater of two, NaN if either is."""
    found = left if left > right else right
    return left if left != left else found


def less(left: float, right: float) -> float:
    """1 if a number is smaller, and not only by rounding."""
    return 1.0 if left - right < -EQUAL_WITHIN * abs(right) else 0.0


def less_or_equal(left: float, right: float) -> float:
    """1 if a number is not greater, but for rounding."""
    return 1.0 if left - right <= EQUAL_WITHIN * abs(right) else 0.0


def equal(left: float, right: float) -> float:
    """1 if two numbers are the same, but for rounding."""
    return 1.0 if abs(left - right) <= EQUAL_WITHIN * abs(right) else 0.0


def mixed(weight: float, chosen: float, otherwise: float) -> float:
    """A blend by a fractional weight, of which only what is taken is seen."""
    between = weight * chosen + (1.0 - weight) * otherwise
    return otherwise if weight == 0.0 else (chosen if weight == 1.0 else between)


def touched(now: float, before: float, variance: float) -> float:
    """Chance that a bridge between two distances from a level, in logarithms, came to 0."""
    beyond = now <= EQUAL_WITHIN or (before <= EQUAL_WITHIN and variance > 0.0)
    if variance == 0.0:
        return 1.0 if beyond else 0.0
    return 1.0 if beyond else exponential(-2.0 * now * before / variance)


def divisor(x: float) -> float:
    """A divisor of 0 stands only where the quotient is not taken."""
    return 1.0 if x == 0.0 else x


def above_0(x: float) -> float:
    """An operand of 0 or less stands only where the result is not taken, or is 0."""
    return x if x > 0.0 else 1.0


def raised(base: float, exponent: float) -> float:
    """base^exponent in a smooth program."""
    return power(0.0, exponent) if base == 0.0 else power(divisor(base), exponent)


def within(difference: float, width: float) -> float:
    """A difference as a part of a width, at most 1 either way."""
    return min(max(difference / divisor(width), -1.0), 1.0)


def step(difference: float, width: float, at_0: float) -> float:
    """The truth that a difference is positive, over a width."""
    x = within(difference, width)
    sharp = at_0 if difference == 0.0 else (1.0 if difference > 0.0 else 0.0)
    return 0.5 + 0.25 * x * (3.0 - x * x) if width > 0.0 else sharp


def ramp(difference: float, width: float) -> float:
    """The positive part of a difference, over a width."""
    x = within(difference, width)
    inside = width * (0.1875 + x / 2.0 + x * x * (6.0 - x * x) / 16.0)
    return difference if difference >= width else (inside if width > 0.0 else 0.0)


def bump(difference: float, width: float) -> float:
    """The derivative of `step`."""
    x = within(difference, width)
    return 0.75 / width * (1.0 - x * x) if width > 0.0 else 0.0


def bridge(before: float, now: float, precision: float) -> float:
    """Chance that a bridge between two rounded distances from a level came to 0."""
    if precision == 0.0:
        return 0.0 if now > 0.0 else 1.0
    return exponential(-2.0 * precision * (before * now))


def total(values: Floats, at: int, count: int) -> float:
    """The sum of `count` numbers from a place on, a multiple of 8 of them, in an order that is
    always the same."""
    a = b = c = d = e = f = g = h = 0.0
    for k in range(0, count, 8):
        a += values[at + k]
        b += values[at + k + 1]
        c += values[at + k + 2]
        d += values[at + k + 3]
        e += values[at + k + 4]
        f += values[at + k + 5]
        g += values[at + k + 6]
        h += values[at + k + 7]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


def stirred(a: int, b: int, c: int, d: int, low: int, high: int) -> tuple[int, int, int, int]:
    """One round of Philox."""
    one, two = ONE_FACTOR * a, TWO_FACTOR * c
    return (
        ((two >> 32) ^ b ^ low) & LOW_WORD,
        two & LOW_WORD,
        ((one >> 32) ^ d ^ high) & LOW_WORD,
        one & LOW_WORD,
    )


def philox(a: int, b: int, c: int, d: int, low: int, high: int) -> tuple[int, int, int, int]:
    """Four random words of 32 bits for a counter of four and a key of two: Philox 4x32-10."""
    a, b, c, d = stirred(a, b, c, d, low + 0 * LOW_BUMP, high + 0 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 1 * LOW_BUMP, high + 1 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 2 * LOW_BUMP, high + 2 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 3 * LOW_BUMP, high + 3 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 4 * LOW_BUMP, high + 4 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 5 * LOW_BUMP, high + 5 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 6 * LOW_BUMP, high + 6 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 7 * LOW_BUMP, high + 7 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 8 * LOW_BUMP, high + 8 * HIGH_BUMP)
    a, b, c, d = stirred(a, b, c, d, low + 9 * LOW_BUMP, high + 9 * HIGH_BUMP)
    return a, b, c, d


def turned(quarters: float) -> tuple[float, float]:
    """Cosine and sine of an angle in quarters of a turn, from 0 to 4."""
    nearest_quarter = np.floor(quarters + 0.5)
    x = (quarters - nearest_quarter) * 1.5707963267948966
    z = x * x
    s = 2.8114572543455206e-15
    s = s * z - 7.647163731819816e-13
    s = s * z + 1.6059043836821613e-10
    s = s * z - 2.505210838544172e-08
    s = s * z + 2.7557319223985893e-06
    s = s * z - 0.0001984126984126984
    s = s * z + 0.008333333333333333
    s = s * z - 0.16666666666666666
    sine = x + x * (z * s)
    c = 4.779477332387385e-14
    c = c * z - 1.1470745597729725e-11
    c = c * z + 2.08767569878681e-09
    c = c * z - 2.755731922398589e-07
    c = c * z + 2.48015873015873e-05
    c = c * z - 0.001388888888888889
    c = c * z + 0.041666666666666664
    cosine = 1.0 - 0.5 * z + z * z * c
    quarter = np.int64(nearest_quarter) & 3
    odd = (quarter & 1) == 1
    across = sine if odd else cosine
    along = cosine if odd else sine
    return (
        -across if quarter == 1 or quarter == 2 else across,
        -along if quarter >= 2 else along,
    )


def draw(seed: int, block: int, normals: Floats) -> None:
    """Independent normals for a block of paths, `normals[steps, spots, paths]`, an even number of
    paths: Box and Muller of random words, whose counter is path, number along the path and block.
    """
    steps, spots, paths = normals.shape
    half = paths // 2
    low, high = seed & LOW_WORD, (seed >> 32) & LOW_WORD
    for at in range(steps):
        for spot in range(spots):
            row = normals[at, spot]
            number = at * spots + spot
            for path in range(half):
                a, b, c, d = philox(path, number, block, 0, low, high)
                first = (float((a << 21) ^ (b >> 11)) + 0.5) * 1.1102230246251565e-16
                radius = np.sqrt(-2.0 * logarithm(first))
                cosine, sine = turned(float((c << 21) ^ (d >> 11)) * 4.440892098500626e-16)
                row[path] = radius * cosine
                row[half + path] = radius * sine
