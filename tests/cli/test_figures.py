"""Numbers for people."""

from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.cli.figures import amount, plain, round_numbers, significant, with_error

FINITE = st.floats(-1e15, 1e15).filter(lambda it: it == 0 or abs(it) > 1e-300)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (17_128.19461, "17,128.2"),
        (0.6884022, "0.688402"),
        (-7486.4912, "-7,486.49"),
        (9.98664e-6, "9.98664e-06"),
        (0.000123456789, "0.000123457"),
        (999_999.96, "1,000,000"),
        (1e12, "1.00000e+12"),
        (inf, "inf"),
        (nan, "nan"),
    ],
)
def test_significant_digits(value: float, shown: str) -> None:
    assert significant(value) == shown


@given(FINITE)
def test_six_digits_are_kept(value: float) -> None:
    assert float(significant(value).replace(",", "")) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (11_668.34, 21.4, ("11,668", "21")),
        (0.6675187, 0.000301, ("0.66752", "0.00030")),
        (1.62041e-5, 6.79e-8, ("1.6204e-05", "6.8e-08")),
        (5.0, 0.0, ("5.00000", "0")),
    ],
)
def test_no_more_digits_than_the_error_allows(
    value: float, error: float, shown: tuple[str, str]
) -> None:
    assert with_error(value, error) == shown


def test_amounts_have_two_decimals_more_than_their_asset() -> None:
    assert amount(17_128.194618, 2) == "17,128.1946"
    assert amount(0.123456789123, 8) == "0.12345679"


@given(st.floats(-1000, 1000), st.floats(1e-6, 1e9))
def test_round_numbers_lie_in_their_range(begin: float, length: float) -> None:
    low = begin * length
    marks = round_numbers(low, low + length)
    assert 1 <= len(marks) <= 8
    assert all(low - 1e-9 * length <= mark <= low + length * (1 + 1e-9) for mark in marks)


@given(st.integers(-(10**6), 10**6))
def test_plain_numbers_are_what_they_say(number: int) -> None:
    shown = plain(number / 100)
    assert Decimal(shown.replace(",", "")) == Decimal(number) / 100
    assert not ("." in shown and shown.endswith("0"))
