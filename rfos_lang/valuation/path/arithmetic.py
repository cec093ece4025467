"""What fused kernels are made of, on vectors of paths: smooth steps, comparisons, random numbers.

Straight lines without a branch. Products and sums may be rounded once or twice, as a processor has
it; nothing depends on the number of threads.
"""

from rfos_lang.core.philox import KEY_STEPS, LOW_WORD, MULTIPLIERS, ROUNDS
from rfos_lang.path.program import EQUAL_WITHIN, TIE_WITHIN
from rfos_lang.path.smoothing import KERNEL, RAMP_AT_0, RAMP_SLOPE, STEP_AT_0, STEP_SLOPE
from rfos_lang.valuation.path.code import Lines
from rfos_lang.valuation.rows.elementary import (
    EXP_TAIL,
    FRACTION,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    TO_WHOLE,
    exp,
    log_within,
)
from rfos_lang.valuation.rows.vectors import BITS, REALS, WIDTH, Bits, Number, Reals, Truths

SHARP = 1e300
"""What a difference is multiplied by where there is no width."""
EXP_MOST = 708.0


def least(left: Reals, right: Reals) -> Reals:
    """The smaller of two, NaN if either is."""
    return left.is_not(left).choose(left, (left < right).choose(left, right))


def greatest(left: Reals, right: Reals) -> Reals:
    """The greater of two, NaN if either is."""
    return left.is_not(left).choose(left, (left > right).choose(left, right))


def less(left: Reals, right: Reals) -> Reals:
    """1 if a number is smaller, and not only by rounding."""
    return (left - right < -EQUAL_WITHIN * abs(right)).choose(1.0, 0.0)


def less_or_equal(left: Reals, right: Reals) -> Reals:
    """1 if a number is not greater, but for rounding."""
    return (left - right <= EQUAL_WITHIN * abs(right)).choose(1.0, 0.0)


def equal(left: Reals, right: Reals) -> Reals:
    """1 if two numbers are the same, but for rounding."""
    return (abs(left - right) <= EQUAL_WITHIN * abs(right)).choose(1.0, 0.0)


def same(left: Reals, right: Reals) -> Reals:
    """1 if two numbers are the same, in a smooth program."""
    return left.is_not(right).choose(0.0, 1.0)


def rounded(x: Reals) -> Reals:
    """The nearest whole number, half-even."""
    return Reals(x.text, x.text.put(f"call {REALS} @llvm.roundeven.v{WIDTH}f64({REALS} {x.name})"))


def nearest(x: Reals) -> Reals:
    """The nearest whole number, half-even; what lies within rounding of a tie is one."""
    halves = rounded(2.0 * x) * 0.5
    size = abs(x)
    near = abs(x - halves) <= TIE_WITHIN * (size > 1.0).choose(size, 1.0)
    return rounded(near.choose(halves, x))


def raised(base: Reals, exponent: Reals) -> Reals:
    """base^exponent as the C library has it."""
    operands = f"{REALS} {base.name}, {REALS} {exponent.name}"
    text = base.text
    return Reals(text, text.put(f"call {REALS} @llvm.pow.v{WIDTH}f64({operands})"))


def raised_smoothly(base: Reals, exponent: Reals) -> Reals:
    """The same in a smooth program, where a positive part may be below 0 by a little."""
    found = raised(base, exponent)
    return (found.is_not(found) & (exponent > 0.0)).choose(0.0, found)


def whole_power(base: Reals, exponent: int) -> Reals:
    """A power from 1 on by multiplication."""
    found: Reals | None = None
    square = base
    while exponent:
        if exponent & 1:
            found = square if found is None else found * square
        exponent >>= 1
        square = square * square if exponent else square
    assert found is not None
    return found


def mixed(weight: Reals, chosen: Reals, otherwise: Reals) -> Reals:
    """A blend by a fractional weight, of which only what is taken is seen."""
    between = weight * chosen + (1.0 - weight) * otherwise
    return _is(weight, 0.0, otherwise, _is(weight, 1.0, chosen, between))


def _is(x: Reals, number: float, then: Reals, otherwise: Reals) -> Reals:
    return x.is_not(number).choose(otherwise, then)


def inverse(x: Reals) -> Reals:
    """1 / x; 1 where x is 0, as a divisor of 0 stands only where the quotient is not taken."""
    return 1.0 / x.is_not(0.0).choose(x, 1.0)


def above_0(x: Reals) -> Reals:
    """An operand of 0 or less stands only where the result is not taken, or is 0."""
    return (x > 0.0).choose(x, 1.0)


def root_above_0(x: Reals) -> Reals:
    """The square root, 0 where there is none."""
    return (x > 0.0).choose(above_0(x).root(), 0.0)


# --- levels ---------------------------------------------------------------------------------------


def clamped(x: Reals, by: float) -> Reals:
    """At most `by` either way."""
    above = (x > -by).choose(x, -by)
    return (above < by).choose(above, by)


def within(difference: Reals, width: Reals, leaning: Number = 0.0) -> Reals:
    """A difference as a part of a width, at most 1 either way; without one its sign, or what it is
    `leaning` to."""
    steep = (width > 0.0).choose(1.0 / width, SHARP)
    lean = _or(width, leaning)
    return clamped(difference * steep if lean is None else difference * steep + lean, 1.0)


def _or(width: Reals, leaning: Number) -> Reals | None:
    return (width > 0.0).choose(0.0, leaning) if leaning != 0.0 else None


def step(difference: Reals, width: Reals, at_0: float) -> Reals:
    """The truth that a difference is positive, over a width; `at_0` is what 0 gives without."""
    x = within(difference, width, 2.0 * at_0 - 1.0)
    return STEP_AT_0 + x * polynomial_of(x * x, STEP_SLOPE)


def ramp(difference: Reals, width: Reals) -> Reals:
    """The positive part of a difference, over a width: the integral of `step`."""
    x = within(difference, width)
    square = x * x
    inside = (RAMP_AT_0 + 0.5 * x) + square * polynomial_of(square, RAMP_SLOPE)
    beyond = difference - width
    return inside * width + (beyond > 0.0).choose(beyond, 0.0)


def bump(difference: Reals, width: Reals) -> Reals:
    """The derivative of `step`."""
    x = within(difference, width)
    return polynomial_of(x * x, KERNEL) * (width > 0.0).choose(1.0 / width, 0.0)


def bridge(before: Reals, now: Reals, precision: Reals) -> Reals:
    """Chance that a bridge between two rounded distances from a level came to 0."""
    passed = exp(-2.0 * precision * (before * now))
    return precision.is_not(0.0).choose(passed, (now > 0.0).choose(0.0, 1.0))


def touched(now: Reals, before: Reals, variance: Reals) -> Reals:
    """Chance that a bridge between two distances from a level, in logarithms, came to 0."""
    rate = Reals(now.text, (variance > 0.0).choose(-2.0 / variance, 0.0).name)
    moves = rate < 0.0
    here = (now <= EQUAL_WITHIN).choose(1.0, moves.choose(exp(now * before * rate), 0.0))
    return (moves & (before <= EQUAL_WITHIN)).choose(1.0, here)


# --- elementary -----------------------------------------------------------------------------------


def exponentials(x: Reals) -> tuple[Reals, Reals]:
    """e^x and e^-x, which share their work: the even powers of a series and the odd ones."""
    x = clamped(x, EXP_MOST)
    k = (x * LOG2_E + TO_WHOLE) - TO_WHOLE
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    square = r * r
    even = square * polynomial_of(square, EXP_TAIL[0::2])
    odd = r + (r * square) * polynomial_of(square, EXP_TAIL[1::2])
    up, down = ((1.0 + even) + odd, (1.0 + even) - odd)
    return up * _two_to(k), down * _two_to(-k)


def _two_to(k: Reals) -> Reals:
    return ((k + (TO_WHOLE + 1023)).bits() << FRACTION).as_reals()


def polynomial_of(x: Reals, coefficients: tuple[float, ...]) -> Reals:
    """Σ coefficients[k] x^k."""
    total = x.text.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


# --- random numbers -------------------------------------------------------------------------------

UNIT = 1023 << FRACTION
HALF_A_CELL = 2.0**-33
SINE = (  # of sin(x) / x in x²
    1.0,
    -0.16666666666666666,
    0.008333333333333333,
    -0.0001984126984126984,
    2.7557319223985893e-06,
    -2.505210838544172e-08,
    1.6059043836821613e-10,
    -7.647163731819816e-13,
)
COSINE = (  # of cos(x) in x²
    1.0,
    -0.5,
    0.041666666666666664,
    -0.001388888888888889,
    2.48015873015873e-05,
    -2.755731922398589e-07,
    2.08767569878681e-09,
    -1.1470745597729725e-11,
    4.779477332387385e-14,
)
EIGHTH_OF_A_TURN = 0.7853981633974483


def ordered(text: Lines, first: str) -> Bits:
    """A whole number and those after it, one for each path."""
    lanes = ", ".join(f"i64 {lane}" for lane in range(WIDTH))
    return Bits(text, text.put(f"add {BITS} {words(text, first).name}, <{lanes}>"))


def words(text: Lines, name: str | int) -> Bits:
    """A whole number, the same for each path."""
    first = text.put(f"insertelement {BITS} poison, i64 {name}, i64 0")
    alike = f"shufflevector {BITS} {first}, {BITS} poison, <{WIDTH} x i32> zeroinitializer"
    return Bits(text, text.put(alike))


Keys = tuple[tuple[Bits, Bits], ...]
"""Of each round."""


def keys(low: Bits, high: Bits) -> Keys:
    """The keys of all rounds."""
    steps = range(ROUNDS)
    return tuple((low + n * KEY_STEPS[0], high + n * KEY_STEPS[1]) for n in steps)


def philox(a: Bits, b: Bits, c: Bits, d: Bits, keys: Keys) -> tuple[Bits, Bits, Bits, Bits]:
    """Four random words of 32 bits for a counter of four: Philox 4x32-10."""
    for low, high in keys:
        one, two = ((each & LOW_WORD) * by for each, by in zip((a, c), MULTIPLIERS, strict=True))
        a, b, c, d = (two >> 32) ^ b ^ low, two, (one >> 32) ^ d ^ high, one
    return a & LOW_WORD, b & LOW_WORD, c & LOW_WORD, d & LOW_WORD


def normals(one: Bits, other: Bits) -> tuple[Reals, Reals]:
    """Two independent normals from two random words (Box and Muller 1958): a radius, up to 6.76,
    and an angle within an eighth of a turn, which is then mirrored at random."""
    radius = (-2.0 * log_within(_unit(one) + HALF_A_CELL)).root()
    angle = _unit((other << 3) & LOW_WORD) * EIGHTH_OF_A_TURN
    square = angle * angle
    sine, cosine = angle * polynomial_of(square, SINE), polynomial_of(square, COSINE)
    turned = _has_bit(other, 29)
    return (
        _signed(radius * turned.choose(sine, cosine), other, 30),
        _signed(radius * turned.choose(cosine, sine), other, 31),
    )


def _unit(word: Bits) -> Reals:
    """A number from 0 to before 1 of 32 random bits."""
    return ((word << (FRACTION - 32)) | UNIT).as_reals() - 1.0


def _has_bit(word: Bits, bit: int) -> Truths:
    set_ = word & (1 << bit)
    zero = "zeroinitializer"
    return Truths(word.text, word.text.put(f"icmp ne {BITS} {set_.name}, {zero}"))


def _signed(x: Reals, word: Bits, bit: int) -> Reals:
    """A number, its sign turned if a bit is set."""
    sign = (word << (63 - bit)) & (1 << 63)
    return (x.bits() ^ sign).as_reals()
