"""Division as money is divided."""


def half_even(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, ties to the even one; denominator > 0."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient & 1 == 1))
