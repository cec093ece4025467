"""Settlement arithmetic in WebAssembly: what `base.fixed` says, bit for bit.

A number is a signed 128-bit integer in two I64 halves, the value times 10^18. What can trap gives a
status beside its result (0 if it went well), never a trap of the host, so that other rows go on.

Sources: D. Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D (division in
digits); N. Möller and T. Granlund, Improved Division by Invariant Integers, IEEE Transactions on
Computers 60 (2011) (quotients of two or three words by one or two with a reciprocal).
"""

from collections.abc import Callable
from dataclasses import field

from rfos_lang.artefact.assembly import I32, I64, Function, Value, Writer
from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass

OVERFLOW = 2
DIVISION_BY_ZERO = 3

LOWEST_WORD = -(1 << 63)
_LOW_HALF = (1 << 32) - 1
ONE_SHIFT = 64 - ONE.bit_length()
_ONE_RECIPROCAL = ((1 << 128) - 1) // (ONE << ONE_SHIFT) - (1 << 64)


@dataclass(frozen=True, slots=True)
class Wide:
    """A 128-bit integer as two I64 words."""

    low: Value
    high: Value


# --- in line -----------------------------------------------------------------------------------


def wide_constant(function: Function, value: int) -> Wide:
    """A literal."""
    low, high = value & ((1 << 64) - 1), value >> 64
    return Wide(function.constant(I64, low), function.constant(I64, high))


def wide_variable(function: Function) -> Wide:
    """A variable of two words, 0 at first."""
    return Wide(function.variable(I64), function.variable(I64))


def set_wide(variable: Wide, value: Wide) -> None:
    """variable := value."""
    variable.low.function.set(variable.low, value.low)
    variable.low.function.set(variable.high, value.high)


def load_wide(address: Value, offset: int = 0) -> Wide:
    """The 16 bytes at an address, little-endian."""
    function = address.function
    return Wide(function.load(I64, address, offset), function.load(I64, address, offset + 8))


def store_wide(address: Value, offset: int, value: Wide) -> None:
    """Writes 16 bytes, little-endian."""
    address.function.store(address, offset, I64, value.low)
    address.function.store(address, offset + 8, I64, value.high)


def select_wide(condition: Value, chosen: Wide, otherwise: Wide) -> Wide:
    """`chosen` if the condition is not 0."""
    select = condition.function.select
    return Wide(
        select(condition, chosen.low, otherwise.low), select(condition, chosen.high, otherwise.high)
    )


def add(left: Wide, right: Wide) -> tuple[Wide, Value]:
    """left + right, and whether it overflows."""
    low = left.low + right.low
    high = left.high + right.high + low.below(left.low).unary("widen")
    return Wide(low, high), ((left.high ^ high) & (right.high ^ high)) < 0


def subtract(left: Wide, right: Wide) -> tuple[Wide, Value]:
    """left - right, and whether it overflows."""
    high = left.high - right.high - left.low.below(right.low).unary("widen")
    difference = Wide(left.low - right.low, high)
    return difference, ((left.high ^ right.high) & (left.high ^ high)) < 0


def negate(value: Wide) -> tuple[Wide, Value]:
    """-value, and whether it overflows."""
    opposite = negated(value)
    return opposite, (value.high & opposite.high) < 0


def absolute(value: Wide) -> tuple[Wide, Value]:
    """|value|, and whether it overflows."""
    size = magnitude(value)
    return size, size.high < 0


def less(left: Wide, right: Wide) -> Value:
    """left < right."""
    select = left.high.function.select
    same, below = left.high.equals(right.high), left.low.below(right.low)
    return select(same, below, left.high < right.high)


def equal(left: Wide, right: Wide) -> Value:
    """left = right."""
    return ((left.low ^ right.low) | (left.high ^ right.high)).equals(0)


def negated(value: Wide) -> Wide:
    low = 0 - value.low
    return Wide(low, 0 - value.high - value.low.differs(0).unary("widen"))


def magnitude(value: Wide) -> Wide:
    """|value| as an unsigned number."""
    return select_wide(value.high < 0, negated(value), value)


def incremented(value: Wide, by: Value) -> Wide:
    low = value.low + by
    return Wide(low, value.high + low.below(by).unary("widen"))


def below(left: Wide, right: Wide) -> Value:
    """left < right, both unsigned."""
    select = left.high.function.select
    same, below = left.high.equals(right.high), left.low.below(right.low)
    return select(same, below, left.high.below(right.high))


def word_product(left: Value, right: Value) -> Wide:
    """The 128 bits of a product of unsigned words."""
    left_low, left_high = left & _LOW_HALF, left >> 32
    right_low, right_high = right & _LOW_HALF, right >> 32
    middle = left_high * right_low + ((left_low * right_low) >> 32)
    other = left_low * right_high + (middle & _LOW_HALF)
    return Wide(left * right, left_high * right_high + (middle >> 32) + (other >> 32))


def shifted_in(high: Value, low: Value, places: Value) -> Value:
    """The high word of (high, low) << places, for 0 <= places < 64."""
    return (high << places) | ((low >> 1) >> (places ^ 63))


def _rounds_up(remainder: Value, divisor: Value, quotient: Value) -> Value:
    """1 if half-even takes the quotient one up; 0 <= remainder < divisor."""
    rest = divisor - remainder
    tie = remainder.equals(rest) & quotient.unary("narrow")
    return (rest.below(remainder) | tie & 1).unary("widen")


def _signed(before: Wide, rounded: Wide, negative: Value) -> tuple[Wide, Value]:
    """A rounded magnitude with its sign, and its status. Rounding may have wrapped it to 0, which
    `before` tells from a small one."""
    select = negative.function.select
    large = (before.high | rounded.high) < 0
    lowest = negative & rounded.high.equals(LOWEST_WORD) & rounded.low.equals(0)
    status = select(large & lowest.equals(0), negative.function.constant(I32, OVERFLOW), 0)
    return select_wide(negative, negated(rounded), rounded), status


# --- words by words ----------------------------------------------------------------------------


def _two_by_one(high: Value, low: Value, divisor: Value, reciprocal: Value) -> tuple[Value, Value]:
    """Quotient and remainder of (high, low) by a divisor with its top bit set; high < divisor.

    Möller and Granlund, algorithm 4.
    """
    select = high.function.select
    estimate = word_product(reciprocal, high)
    fraction = estimate.low + low
    quotient = estimate.high + high + fraction.below(low).unary("widen") + 1
    remainder = low - quotient * divisor
    too_large = fraction.below(remainder)
    quotient = select(too_large, quotient - 1, quotient)
    remainder = select(too_large, remainder + divisor, remainder)
    too_small = remainder.below(divisor).equals(0)
    return (
        select(too_small, quotient + 1, quotient),
        select(too_small, remainder - divisor, remainder),
    )


def over_shifted_one(high: Value, low: Value) -> tuple[Value, Value]:
    """Quotient and remainder of (high, low) by 10^18 × 2^ONE_SHIFT; high is below that."""
    function = high.function
    divisor = function.constant(I64, ONE << ONE_SHIFT)
    return _two_by_one(high, low, divisor, function.constant(I64, _ONE_RECIPROCAL))


def _three_by_two(upper: Wide, low: Value, divisor: Wide, reciprocal: Value) -> tuple[Value, Wide]:
    """Quotient and remainder of (upper, low) by a divisor with its top bit set; upper < divisor.

    Möller and Granlund, algorithm 5.
    """
    select = low.function.select
    estimate = word_product(reciprocal, upper.high)
    fraction = estimate.low + upper.low
    quotient = estimate.high + upper.high + fraction.below(upper.low).unary("widen")
    partial = Wide(low, upper.low - quotient * divisor.high)
    taken = word_product(quotient, divisor.low)
    remainder = difference(difference(partial, taken), divisor)
    quotient = quotient + 1
    too_large = remainder.high.below(fraction).equals(0)
    quotient = select(too_large, quotient - 1, quotient)
    remainder = select_wide(too_large, _sum(remainder, divisor), remainder)
    too_small = below(remainder, divisor).equals(0)
    return (
        select(too_small, quotient + 1, quotient),
        select_wide(too_small, difference(remainder, divisor), remainder),
    )


def _sum(left: Wide, right: Wide) -> Wide:
    low = left.low + right.low
    return Wide(low, left.high + right.high + low.below(left.low).unary("widen"))


def difference(left: Wide, right: Wide) -> Wide:
    borrow = left.low.below(right.low).unary("widen")
    return Wide(left.low - right.low, left.high - right.high - borrow)


def _digit(high: Value, next_half: Value, divisor: Value) -> tuple[Value, Value]:
    """One 32-bit digit of (high, next_half) by the divisor, and what is left. Algorithm D, D3-D4;
    high < divisor, whose top bit is set."""
    select = high.function.select
    divisor_high, divisor_low = divisor >> 32, divisor & _LOW_HALF
    digit = high // divisor_high
    rest = high - digit * divisor_high
    for _ in range(2):
        reach = (rest << 32) | next_half
        too_large = (digit >> 32).differs(0) | reach.below(digit * divisor_low)
        too_large = too_large & (rest >> 32).equals(0)
        digit = select(too_large, digit - 1, digit)
        rest = select(too_large, rest + divisor_high, rest)
    return digit, ((high << 32) | next_half) - digit * divisor


# --- functions ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Settlement:
    """The functions of the settlement arithmetic in one module, each written when first needed."""

    writer: Writer
    _written: dict["Write", Function] = field(default_factory=dict)

    def multiply(self, function: Function, left: Wide, right: Wide) -> tuple[Wide, Value]:
        """left × right, rounded half-even, and its status."""
        return self._called(function, _write_multiply, left, right)

    def divide(self, function: Function, left: Wide, right: Wide) -> tuple[Wide, Value]:
        """left ÷ right, rounded half-even, and its status."""
        return self._called(function, _write_divide, left, right)

    def minor_units(self, function: Function, amount: Wide, divisor: Value) -> tuple[Value, Value]:
        """The amount over the divisor (10^0 ... 10^18), half-even, as I64; and its status: OVERFLOW
        if the magnitude exceeds 2^63 - 1."""
        called = self.shared(_write_minor_units)
        units, status = function.call(called, amount.low, amount.high, divisor)
        return units, status

    def quotient_by_word(self, function: Function, high: Value, low: Value, divisor: Value) -> Wide:
        """Quotient (`low`) and remainder (`high`) of an unsigned (high, low) by a divisor with its
        top bit set; high < divisor."""
        quotient, remainder = function.call(self.shared(_write_quotient), high, low, divisor)
        return Wide(quotient, remainder)

    def _called(
        self, function: Function, write: "Write", left: Wide, right: Wide
    ) -> tuple[Wide, Value]:
        words = left.low, left.high, right.low, right.high
        low, high, status = function.call(self.shared(write), *words)
        return Wide(low, high), status

    def shared(self, write: "Write") -> Function:
        """What `write` writes, once."""
        if write not in self._written:
            self._written[write] = write(self)
        return self._written[write]


Write = Callable[[Settlement], Function]
"""Writes a function of the settlement arithmetic."""


def _write_quotient(library: Settlement) -> Function:
    made = library.writer.begin((I64, I64, I64), (I64, I64))
    high, low, divisor = made.parameters()
    first, rest = _digit(high, low >> 32, divisor)
    second, remainder = _digit(rest, low & _LOW_HALF, divisor)
    made.give((first << 32) | second, remainder)
    return made


def _write_minor_units(library: Settlement) -> Function:
    made = library.writer.begin((I64, I64, I64), (I64, I32))
    low, high, divisor = made.parameters()
    negative = high < 0
    size = magnitude(Wide(low, high))
    with made.when(size.high.below(divisor).equals(0)):
        made.give(0, OVERFLOW)
    places = divisor.unary("count leading zeros")
    upper = shifted_in(size.high, size.low, places)
    scaled = divisor << places
    result = library.quotient_by_word(made, upper, size.low << places, scaled)
    units = result.low + _rounds_up(result.high, scaled, result.low)
    large = (result.low | units) < 0
    status = made.select(large, made.constant(I32, OVERFLOW), 0)
    made.give(made.select(negative, 0 - units, units), status)
    return made


def _write_multiply(library: Settlement) -> Function:
    """The 256 bits of the product of the magnitudes by 10^18."""
    made = library.writer.begin((I64, I64, I64, I64), (I64, I64, I32))
    parameters = made.parameters()
    left, right = Wide(*parameters[:2]), Wide(*parameters[2:])
    negative = (left.high ^ right.high) < 0
    left, right = magnitude(left), magnitude(right)
    lowest = word_product(left.low, right.low)
    cross = word_product(left.low, right.high), word_product(left.high, right.low)
    middle = _sum(incremented(cross[0], lowest.high), cross[1])
    # Two cross products below 2^127 each and a word: their sum does not wrap.
    highest = incremented(word_product(left.high, right.high), middle.high)
    # Beyond this the quotient exceeds 2^127 whatever the lower words are.
    beyond = made.constant(I64, ONE // 2).below(highest.low)
    with made.when(highest.high.differs(0) | beyond):
        made.give(0, 0, OVERFLOW)
    places = made.constant(I64, ONE_SHIFT)
    upper = shifted_in(highest.low, middle.low, places)
    next_ = shifted_in(middle.low, lowest.low, places)
    high, rest = over_shifted_one(upper, next_)
    low, remainder = over_shifted_one(rest, lowest.low << places)
    divisor = made.constant(I64, ONE << ONE_SHIFT)
    quotient = Wide(low, high)
    rounded = incremented(quotient, _rounds_up(remainder, divisor, low))
    result, status = _signed(quotient, rounded, negative)
    made.give(result.low, result.high, status)
    return made


def _write_divide(library: Settlement) -> Function:
    """The 192 bits of |left| × 10^18 by |right|, both shifted so that the divisor's top bit is set.

    A divisor of one word is first moved up by a whole word, and the numerator with it.
    """
    made = library.writer.begin((I64, I64, I64, I64), (I64, I64, I32))
    parameters = made.parameters()
    left, right = Wide(*parameters[:2]), Wide(*parameters[2:])
    with made.when((right.low | right.high).equals(0)):
        made.give(0, 0, DIVISION_BY_ZERO)
    negative = (left.high ^ right.high) < 0
    left, right = magnitude(left), magnitude(right)
    one = made.constant(I64, ONE)
    lowest, upper = word_product(left.low, one), word_product(left.high, one)
    upper = incremented(upper, lowest.high)
    word = right.high.equals(0)
    with made.when(word & (right.low >> 1).below(upper.high)):
        made.give(0, 0, OVERFLOW)
    zero = made.constant(I64, 0)
    limbs = (
        made.select(word, zero, lowest.low),
        made.select(word, lowest.low, upper.low),
        made.select(word, upper.low, upper.high),
        made.select(word, upper.high, zero),
    )
    divisor = select_wide(word, Wide(zero, right.low), right)
    places = divisor.high.unary("count leading zeros")
    divisor = Wide(divisor.low << places, shifted_in(divisor.high, divisor.low, places))
    shifted = [limbs[0] << places]
    shifted += [shifted_in(limbs[k], limbs[k - 1], places) for k in (1, 2, 3)]
    reciprocal = _reciprocal(library, made, divisor)
    high, rest = _three_by_two(Wide(shifted[2], shifted[3]), shifted[1], divisor, reciprocal)
    low, remainder = _three_by_two(rest, shifted[0], divisor, reciprocal)
    quotient = Wide(low, high)
    rounded = incremented(quotient, wide_rounds_up(remainder, divisor, low))
    result, status = _signed(quotient, rounded, negative)
    made.give(result.low, result.high, status)
    return made


def wide_rounds_up(remainder: Wide, divisor: Wide, quotient: Value) -> Value:
    rest = difference(divisor, remainder)
    tie = equal(remainder, rest) & quotient.unary("narrow")
    return (below(rest, remainder) | tie & 1).unary("widen")


def _reciprocal(library: Settlement, made: Function, divisor: Wide) -> Value:
    """floor((2^192 - 1) / divisor) - 2^64. Möller and Granlund, algorithm 6."""
    ones = made.constant(I64, -1)
    reciprocal = library.quotient_by_word(made, divisor.high ^ -1, ones, divisor.high).low
    partial = divisor.high * reciprocal + divisor.low
    wraps = partial.below(divisor.low)
    further = wraps & partial.below(divisor.high).equals(0)
    for again in (wraps, further):
        reciprocal = reciprocal - again.unary("widen")
        partial = partial - made.select(again, divisor.high, made.constant(I64, 0))
    taken = word_product(reciprocal, divisor.low)
    partial = partial + taken.high
    wraps = partial.below(taken.high)
    further = wraps & below(Wide(taken.low, partial), divisor).equals(0)
    reciprocal = reciprocal - wraps.unary("widen") - further.unary("widen")
    return reciprocal
