"""Units form a free abelian group, and are written as the language writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.unit import ONE, TIME, Unit, base

factors = st.dictionaries(st.sampled_from(["BTC", "EUR", "USD", "y"]), st.integers(-3, 3))
units = factors.map(
    lambda exponents: Unit(tuple(sorted((name, n) for name, n in exponents.items() if n)))
)


@given(units, units, units)
def test_multiplication_is_an_abelian_group(a: Unit, b: Unit, c: Unit) -> None:
    assert (a * b) * c == a * (b * c)
    assert a * b == b * a
    assert a * ONE == a
    assert a * (ONE / a) == ONE
    assert a / b == a * (ONE / b)


@given(units, units, st.integers(-4, 4), st.integers(-4, 4))
def test_powers_are_repeated_products(a: Unit, b: Unit, m: int, n: int) -> None:
    assert a**m * a**n == a ** (m + n)
    assert (a**m) ** n == a ** (m * n)
    assert (a * b) ** n == a**n * b**n
    assert a**0 == ONE


@given(units, units)
def test_equal_units_print_alike_and_unequal_ones_do_not(a: Unit, b: Unit) -> None:
    assert (str(a) == str(b)) == (a == b)


USD, BTC = base("USD"), base("BTC")


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (USD / BTC, "USD/BTC"),
        (base("cash") / base("underlying"), "cash/underlying"),
        (USD / TIME, "USD/y"),
        (ONE / TIME, "1/y"),
        (USD * BTC, "BTC*USD"),
        (USD**2 / BTC**3, "USD^2/BTC^3"),
        (USD / BTC / TIME, "USD/BTC/y"),
        (ONE, "Number"),
    ],
)
def test_printing(unit: Unit, text: str) -> None:
    assert str(unit) == text


def test_factors_out_of_order_are_our_bug() -> None:
    with pytest.raises(AssertionError):
        Unit((("USD", 1), ("BTC", 1)))
    with pytest.raises(AssertionError):
        Unit((("USD", 0),))
