"""Numbers for people: as many digits as mean something."""

from math import ceil, floor, isfinite, log10

DIGITS = 6
DECIMALS_MOST = 8


def amount(value: float, places: int) -> str:
    """An amount of an asset with two decimals more than its minor unit has."""
    return f"{value:,.{min(places + 2, DECIMALS_MOST)}f}"


def significant(value: float, digits: int = DIGITS) -> str:
    """A number with so many significant digits; an exponent only where zeros would hide them."""
    if not isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    exponent = _exponent(value)
    if -4 <= exponent < 9:
        return f"{value:,.{max(0, digits - 1 - exponent)}f}"
    return f"{value:.{digits - 1}e}"


def with_error(value: float, error: float) -> tuple[str, str]:
    """A number and its standard error, both to the second significant digit of the error."""
    if not (isfinite(value) and isfinite(error)) or error <= 0 or value == 0:
        return significant(value), significant(error)
    decimals = 1 - _exponent(error)
    if decimals > DECIMALS_MOST:
        digits = _exponent(value) + decimals + 1
        return significant(value, max(1, digits)), significant(error, 2)
    decimals = max(0, decimals)
    return f"{value:,.{decimals}f}", f"{error:,.{decimals}f}"


def plain(value: float) -> str:
    """A round number as an axis shows it, without trailing zeros."""
    if abs(value) < 1:
        return f"{value:.4g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def round_numbers(low: float, high: float, most: int = 8) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten in [low, high], at most so many."""
    if not low < high:
        return [low]
    power: float = 10.0 ** floor(log10((high - low) / most))
    step = next(m * power for m in (1, 2, 5, 10, 20) if (high - low) / (m * power) <= most - 1)
    return [k * step for k in range(ceil(low / step), floor(high / step) + 1)]


def _exponent(value: float) -> int:
    """The decimal exponent of the first digit, once rounded to DIGITS digits."""
    return floor(log10(float(f"{abs(value):.{DIGITS - 1}e}")))


def shift(fraction: float) -> str:
    """By how much something moves, in percent with its sign."""
    return f"{100 * fraction:+.4g}%" if fraction else "0%"
