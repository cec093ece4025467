"""Logarithm, exponential, square root, powers and rounding in WebAssembly: what
`base.exponential` and `fixed.rounded_to` say, bit for bit.

Numbers and statuses as in `settlement`; names are those of `base.exponential`. Words that are read
as unsigned are called so.
"""

from rfos_lang.artefact import settlement
from rfos_lang.artefact.assembly import I32, I64, Function, Value
from rfos_lang.artefact.settlement import (
    DIVISION_BY_ZERO,
    OVERFLOW,
    Settlement,
    Wide,
    magnitude,
    select_wide,
    set_wide,
    wide_constant,
    wide_variable,
)
from rfos_lang.base import exponential as exact
from rfos_lang.base.fixed import ONE

UNDEFINED = 12

Words = tuple[Value, Value, Value, Value]
"""The 256 bits of a product, the lowest word first."""


def logarithm(library: Settlement, function: Function, value: Wide) -> tuple[Wide, Value]:
    """The natural logarithm, and its status."""
    return _called(library, function, _write_logarithm, value)


def exponential(library: Settlement, function: Function, value: Wide) -> tuple[Wide, Value]:
    """e to the value, and its status."""
    return _called(library, function, _write_exponential, value)


def square_root(library: Settlement, function: Function, value: Wide) -> tuple[Wide, Value]:
    """The square root, and its status."""
    return _called(library, function, _write_square_root, value)


def raised(
    library: Settlement, function: Function, base: Wide, exponent: Wide
) -> tuple[Wide, Value]:
    """base to the power of a number, and its status."""
    return _called(library, function, _write_raised, base, exponent)


def rounded_to(
    library: Settlement, function: Function, value: Wide, unit: Wide
) -> tuple[Wide, Value]:
    """The multiple of a unit that is nearest to the value, and its status."""
    return _called(library, function, _write_rounded, value, unit)


def _called(
    library: Settlement, function: Function, write: settlement.Write, *operands: Wide
) -> tuple[Wide, Value]:
    words = [word for operand in operands for word in (operand.low, operand.high)]
    low, high, *status = function.call(library.shared(write), *words)
    return Wide(low, high), status[0]


def _begun(library: Settlement, operands: int) -> tuple[Function, list[Wide]]:
    made = library.writer.begin((I64, I64) * operands, (I64, I64, I32))
    words = made.parameters()
    return made, [Wide(*words[k : k + 2]) for k in range(0, 2 * operands, 2)]


def _give(made: Function, result: Wide, status: Value | int = 0) -> None:
    made.give(result.low, result.high, status)


def _give_if(made: Function, condition: Value, status: int) -> None:
    with made.when(condition):
        made.give(0, 0, status)


# --- products of unsigned numbers ----------------------------------------------------------------


def _product(library: Settlement, function: Function, left: Wide, right: Wide) -> Words:
    written = library.shared(_write_product)
    lowest, low, high, highest = function.call(written, left.low, left.high, right.low, right.high)
    return lowest, low, high, highest


def _write_product(library: Settlement) -> Function:
    made = library.writer.begin((I64,) * 4, (I64,) * 4)
    words = made.parameters()
    left, right = Wide(*words[:2]), Wide(*words[2:])
    lowest, highest = (
        settlement.word_product(left.low, right.low),
        settlement.word_product(left.high, right.high),
    )
    first = settlement.word_product(left.low, right.high)
    second = settlement.word_product(left.high, right.low)
    low, carry = _summed(lowest.high, first.low, second.low)
    high, upper = _summed(first.high, second.high, highest.low, carry)
    made.give(lowest.low, low, high, highest.high + upper)
    return made


def _summed(first: Value, *others: Value) -> tuple[Value, Value]:
    """A sum of unsigned words, and what it carries."""
    total, carry = first, first.function.constant(I64, 0)
    for other in others:
        total = total + other
        carry = carry + total.below(other).unary("widen")
    return total, carry


def _middle(words: Words, places: int) -> Wide:
    """Words >> places, 64 < places < 128, of which nothing is left above 128 bits."""
    _, low, high, highest = words
    right, left = places - 64, 128 - places
    return Wide((low >> right) | (high << left), (high >> right) | (highest << left))


def _times(library: Settlement, function: Function, left: Wide, right: Wide) -> Wide:
    """The product of two numbers in binary fixed point, rounded down."""
    return _middle(_product(library, function, left, right), exact.BITS)


def _signed(value: Wide, negative: Value) -> Wide:
    return select_wide(negative, settlement.negated(value), value)


def _over_word(value: Wide, divisor: Value) -> Wide:
    """An unsigned number over an unsigned one of 32 bits, rounded down."""
    high = value.high // divisor
    rest = value.high - high * divisor
    upper = (rest << 32) | (value.low >> 32)
    digit = upper // divisor
    lower = ((upper - digit * divisor) << 32) | (value.low & 0xFFFFFFFF)
    return Wide((digit << 32) | (lower // divisor), high)


# --- logarithm -----------------------------------------------------------------------------------


def _write_natural_logarithm(library: Settlement) -> Function:
    """`natural_logarithm` of a number above zero, in binary fixed point."""
    made = library.writer.begin((I64, I64), (I64, I64))
    value = Wide(*made.parameters())
    places = made.select(
        value.high.differs(0),
        value.high.unary("count leading zeros"),
        value.low.unary("count leading zeros") + 64,
    )
    mantissa, digits = wide_variable(made), wide_variable(made)
    set_wide(mantissa, _moved_up(made, value, places))
    left = made.variable(I64, exact.BITS)
    with made.loop() as again:
        *_, low, high = _product(library, made, mantissa, mantissa)
        digit = high >> 63
        up = digit ^ 1
        set_wide(mantissa, Wide(low << up, settlement.shifted_in(high, low, up)))
        set_wide(digits, Wide((digits.low << 1) | digit, (digits.high << 1) | (digits.low >> 63)))
        made.set(left, left - 1)
        made.branch_if(left.differs(0), again)
    whole = made.constant(I64, 127) - places
    offset = wide_constant(made, exact.LOG2_ONE)
    binary = settlement.difference(
        Wide(digits.low, digits.high + (whole << (exact.BITS - 64))), offset
    )
    size = _times(library, made, magnitude(binary), wide_constant(made, exact.LN_2))
    result = _signed(size, binary.high < 0)
    made.give(result.low, result.high)
    return made


def _moved_up(made: Function, value: Wide, places: Value) -> Wide:
    """value << places, for 0 <= places < 128."""
    far = (places >> 6).unary("narrow")
    zero, near = made.constant(I64, 0), places & 63
    high = made.select(far, value.low, value.high)
    low = made.select(far, zero, value.low)
    return Wide(low << near, settlement.shifted_in(high, low, near))


def _natural_logarithm(library: Settlement, made: Function, value: Wide) -> Wide:
    return Wide(*made.call(library.shared(_write_natural_logarithm), value.low, value.high))


def _write_logarithm(library: Settlement) -> Function:
    made, (value,) = _begun(library, 1)
    _give_if(made, _is_not_positive(value), UNDEFINED)
    binary = _natural_logarithm(library, made, value)
    words = _product(library, made, magnitude(binary), wide_constant(made, ONE))
    half = made.constant(I64, 1 << (exact.BITS - 65))
    low, carry = _summed(words[1], half)
    high, upper = _summed(words[2], carry)
    rounded = _middle((words[0], low, high, words[3] + upper), exact.BITS)
    _give(made, _signed(rounded, binary.high < 0))
    return made


def _is_not_positive(value: Wide) -> Value:
    return (value.high < 0) | (value.high | value.low).equals(0)


# --- exponential ---------------------------------------------------------------------------------


def _write_exponential(library: Settlement) -> Function:
    made, (value,) = _begun(library, 1)
    highest = wide_constant(made, exact.HIGHEST_EXPONENT * ONE)
    lowest = wide_constant(made, exact.LOWEST_EXPONENT * ONE)
    _give_if(made, settlement.less(value, highest).equals(0), OVERFLOW)
    _give_if(made, settlement.less(lowest, value).equals(0), 0)
    words = _product(library, made, magnitude(value), wide_constant(made, exact.PER_ONE))
    binary = _middle(words, exact.PER_ONE_BITS)
    _give_exponential(library, made, _signed(binary, value.high < 0))
    return made


def _give_exponential(library: Settlement, made: Function, binary: Wide) -> None:
    made.give(*made.call(library.shared(_write_binary_exponential), binary.low, binary.high))


def _write_binary_exponential(library: Settlement) -> Function:
    """`_exponential` of `base.exponential`."""
    made, (value,) = _begun(library, 1)
    size = _times(library, made, magnitude(value), wide_constant(made, exact.LOG2_E))
    twos = _signed(size, value.high < 0)
    whole = twos.high.sign_filled(exact.BITS - 64)
    fraction = Wide(twos.low, twos.high & ((1 << (exact.BITS - 64)) - 1))
    x = _times(library, made, fraction, wide_constant(made, exact.LN_2))
    total = wide_variable(made)
    set_wide(total, wide_constant(made, exact.UNIT))
    n = made.variable(I64, exact.TERMS)
    with made.loop() as again:
        term = _over_word(_times(library, made, x, total), n)
        set_wide(total, Wide(term.low, term.high + (1 << (exact.BITS - 64))))
        made.set(n, n - 1)
        made.branch_if(n.differs(0), again)
    words = _product(library, made, total, wide_constant(made, ONE))
    scaled = _moved_down(made, words[:3], made.constant(I64, exact.BITS - 1) - whole)
    low, carry = _summed(scaled[0], made.constant(I64, 1))
    high, upper = _summed(scaled[1], carry)
    top = scaled[2] + upper
    result = Wide((low >> 1) | (high << 63), (high >> 1) | (top << 63))
    too_large = (top >> 1).differs(0) | (result.high < 0)
    _give_if(made, too_large, OVERFLOW)
    _give(made, result)
    return made


def _moved_down(made: Function, words: tuple[Value, ...], places: Value) -> tuple[Value, ...]:
    """Three words >> places, for 0 <= places < 192."""
    low, middle, high = words
    zero = made.constant(I64, 0)
    for _ in range(2):
        far = places.below(64).equals(0)
        low, middle = made.select(far, middle, low), made.select(far, high, middle)
        high, places = made.select(far, zero, high), made.select(far, places - 64, places)
    up = places ^ 63
    return (
        (low >> places) | ((middle << 1) << up),
        (middle >> places) | ((high << 1) << up),
        high >> places,
    )


# --- square root ---------------------------------------------------------------------------------


def _write_square_root(library: Settlement) -> Function:
    """Two binary digits of value × 10^18 at a time give one of the root."""
    made, (value,) = _begun(library, 1)
    _give_if(made, value.high < 0, UNDEFINED)
    low, middle, high, _ = _product(library, made, value, wide_constant(made, ONE))
    words = [made.variable(I64, word) for word in (low, middle, high)]
    root, rest = wide_variable(made), wide_variable(made)
    left = made.variable(I64, 96)
    with made.loop() as again:
        pair = words[2] >> 62
        made.set(words[2], (words[2] << 2) | (words[1] >> 62))
        made.set(words[1], (words[1] << 2) | (words[0] >> 62))
        made.set(words[0], words[0] << 2)
        set_wide(rest, Wide((rest.low << 2) | pair, (rest.high << 2) | (rest.low >> 62)))
        trial = Wide((root.low << 2) | 1, (root.high << 2) | (root.low >> 62))
        fits = settlement.below(rest, trial).equals(0)
        set_wide(rest, select_wide(fits, settlement.difference(rest, trial), rest))
        digit = fits.unary("widen")
        set_wide(root, Wide((root.low << 1) | digit, (root.high << 1) | (root.low >> 63)))
        made.set(left, left - 1)
        made.branch_if(left.differs(0), again)
    up = settlement.below(root, rest).unary("widen")
    _give(made, settlement.incremented(root, up))
    return made


# --- powers --------------------------------------------------------------------------------------


def _write_raised(library: Settlement) -> Function:
    made, (base, exponent) = _begun(library, 2)
    size = magnitude(exponent)
    whole, status = library.minor_units(made, size, made.constant(I64, ONE))
    is_whole = settlement.equal(settlement.word_product(whole, made.constant(I64, ONE)), size)
    small = whole.below(exact.WHOLE_MAX + 1) & status.equals(0)
    with made.when(is_whole & small):
        _give_whole_power(library, made, base, whole, exponent.high < 0)
    with made.when((base.low | base.high).equals(0)):
        status = made.select(exponent.high < 0, made.constant(I32, DIVISION_BY_ZERO), 0)
        made.give(0, 0, status)
    _give_if(made, base.high < 0, UNDEFINED)
    binary = _natural_logarithm(library, made, base)
    product, status = library.multiply(made, exponent, binary)
    with made.when(status):
        same = ((exponent.high ^ binary.high) < 0).equals(0)
        made.give(0, 0, made.select(same, status, 0))
    highest = wide_constant(made, exact.HIGHEST_EXPONENT * exact.UNIT)
    lowest = wide_constant(made, exact.LOWEST_EXPONENT * exact.UNIT)
    _give_if(made, settlement.less(product, highest).equals(0), OVERFLOW)
    _give_if(made, settlement.less(lowest, product).equals(0), 0)
    _give_exponential(library, made, product)
    return made


def _give_whole_power(
    library: Settlement, made: Function, base: Wide, whole: Value, negative: Value
) -> None:
    """`fixed.power` for exponents of 7 binary digits; products with 1 are exact."""
    one = wide_constant(made, ONE)
    result = wide_variable(made)
    set_wide(result, one)
    left = made.variable(I64, exact.WHOLE_MAX.bit_length())
    with made.loop() as again:
        made.set(left, left - 1)
        _multiply_into(library, made, result, result)
        with made.when(((whole >> left) & 1).unary("narrow")):
            _multiply_into(library, made, result, base)
        made.branch_if(left.differs(0), again)
    with made.when(negative):
        quotient, status = library.divide(made, one, result)
        _give(made, quotient, status)
    _give(made, result)


def _multiply_into(library: Settlement, made: Function, result: Wide, by: Wide) -> None:
    product, status = library.multiply(made, result, by)
    with made.when(status):
        made.give(0, 0, status)
    set_wide(result, product)


# --- rounding ------------------------------------------------------------------------------------


def _write_rounded(library: Settlement) -> Function:
    """The quotient of the magnitudes by long division, one binary digit at a time."""
    made, (value, unit) = _begun(library, 2)
    _give_if(made, (unit.low | unit.high).equals(0), DIVISION_BY_ZERO)
    size, divisor = magnitude(value), magnitude(unit)
    upper, quotient, rest = wide_variable(made), wide_variable(made), wide_variable(made)
    set_wide(upper, size)
    left = made.variable(I64, 128)
    with made.loop() as again:
        digit = upper.high >> 63
        set_wide(upper, Wide(upper.low << 1, (upper.high << 1) | (upper.low >> 63)))
        set_wide(rest, Wide((rest.low << 1) | digit, (rest.high << 1) | (rest.low >> 63)))
        fits = settlement.below(rest, divisor).equals(0)
        set_wide(rest, select_wide(fits, settlement.difference(rest, divisor), rest))
        found = fits.unary("widen")
        next_ = Wide((quotient.low << 1) | found, (quotient.high << 1) | (quotient.low >> 63))
        set_wide(quotient, next_)
        made.set(left, left - 1)
        made.branch_if(left.differs(0), again)
    up = settlement.wide_rounds_up(rest, divisor, quotient.low)
    low, high, *_ = _product(library, made, settlement.incremented(quotient, up), divisor)
    negative = value.high < 0
    lowest = negative & high.equals(settlement.LOWEST_WORD) & low.equals(0)
    _give_if(made, (high < 0) & lowest.equals(0), OVERFLOW)
    _give(made, _signed(Wide(low, high), negative))
    return made
