"""Settlement arithmetic: signed 128-bit fixed point with 18 decimals.

A number is a Python integer, the value times `ONE`. Every operator rounds once, half to even, and
traps when the result leaves the 128-bit range. Nothing here touches a float.
"""

from decimal import Decimal
from fractions import Fraction

DECIMALS = 18
ONE = 10**DECIMALS
HIGHEST = 2**127 - 1
LOWEST = -(2**127)


class SettlementError(ArithmeticError):
    """An operator of the settlement arithmetic trapped; nothing may change because of it."""


class Overflow(SettlementError):
    """The exact result does not fit 128 bits."""


class DivisionByZero(SettlementError):
    """The divisor is zero."""


def checked(value: int) -> int:
    """`value` itself if it fits 128 bits. Raises Overflow."""
    if LOWEST <= value <= HIGHEST:
        return value
    raise Overflow


def divided_half_even(numerator: int, denominator: int) -> int:
    """The integer nearest to numerator / denominator, ties to the even one; denominator > 0."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def add(left: int, right: int) -> int:
    """left + right, exact. Raises Overflow."""
    return checked(left + right)


def subtract(left: int, right: int) -> int:
    """left - right, exact. Raises Overflow."""
    return checked(left - right)


def multiply(left: int, right: int) -> int:
    """left × right, rounded half-even to 18 decimals. Raises Overflow."""
    return checked(divided_half_even(left * right, ONE))


def divide(left: int, right: int) -> int:
    """left ÷ right, rounded half-even to 18 decimals. Raises DivisionByZero, Overflow."""
    if right == 0:
        raise DivisionByZero
    if right < 0:
        left, right = -left, -right
    return checked(divided_half_even(left * ONE, right))


def negate(value: int) -> int:
    """-value. Raises Overflow for the lowest number."""
    return checked(-value)


def absolute(value: int) -> int:
    """|value|. Raises Overflow for the lowest number."""
    return checked(abs(value))


def power(base: int, exponent: int) -> int:
    """base to a whole power, by squaring from the highest bit; each product rounds once.

    `exponent` is a plain integer; a negative one divides 1 by the positive power.
    Raises DivisionByZero, Overflow.
    """
    if exponent < 0:
        return divide(ONE, power(base, -exponent))
    result = ONE
    for bit in bin(exponent)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, base)
    return result


def rounded_to(value: int, unit: int) -> int:
    """The multiple of a unit that is nearest to the value, ties to the even multiple.

    Raises DivisionByZero, Overflow.
    """
    if unit == 0:
        raise DivisionByZero
    return checked(divided_half_even(value, abs(unit)) * abs(unit))


def to_minor_units(amount: int, places: int) -> int:
    """The amount in whole minor units (10**-places of the asset), rounded half-even."""
    return divided_half_even(amount, 10 ** (DECIMALS - places))


def from_minor_units(units: int, places: int) -> int:
    """The fixed-point amount of a count of minor units. Raises Overflow."""
    return checked(units * 10 ** (DECIMALS - places))


def from_decimal(value: Decimal | Fraction | int | str) -> int:
    """The nearest fixed-point number to an exact decimal or fraction. Raises Overflow."""
    exact = Fraction(value)
    return checked(divided_half_even(exact.numerator * ONE, exact.denominator))


def to_decimal(value: int) -> Decimal:
    """The exact decimal value of a fixed-point number."""
    return Decimal(value).scaleb(-DECIMALS)


def shown(value: int, places: int | None = None) -> str:
    """A fixed-point number for people: thousands separated, trailing zeros dropped.

    With `places`, exactly that many decimals, rounded half-even.
    """
    if places is not None:
        return f"{Decimal(to_minor_units(value, places)).scaleb(-places):,f}"
    text = f"{to_decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
