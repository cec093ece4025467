"""Logarithms, roots and powers of the settlement arithmetic against arbitrary precision."""

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rfos_lang.base import exponential
from rfos_lang.base.exponential import Undefined, logarithm, raised, square_root
from rfos_lang.base.fixed import HIGHEST, ONE, DivisionByZero, Overflow, power, rounded_to

mpmath.mp.dps = 80

above_zero = st.integers(0, 127).flatmap(lambda bits: st.integers(1, 1 << bits))


def exact(value: int) -> mpmath.mpf:
    return mpmath.mpf(value) / ONE


def error(found: int, true: mpmath.mpf) -> mpmath.mpf:
    """In units of the last place."""
    return abs(found - true * ONE)


@given(value=above_zero)
@example(value=1)
@example(value=ONE + 1)
@example(value=HIGHEST)
def test_a_logarithm_is_within_one_unit(value: int) -> None:
    assert error(logarithm(min(value, HIGHEST)), mpmath.log(exact(min(value, HIGHEST)))) < 0.51


@given(value=st.integers(-45 * ONE, 46 * ONE))
def test_an_exponential_is_within_one_unit_or_34_digits(value: int) -> None:
    true = mpmath.exp(exact(value))
    assert error(exponential.exponential(value), true) < max(1, true * ONE / mpmath.mpf(10) ** 34)


@given(value=st.integers(0, HIGHEST))
@example(value=2 * ONE)
def test_a_square_root_is_correctly_rounded(value: int) -> None:
    assert error(square_root(value), mpmath.sqrt(exact(value))) <= 0.5


@given(base=st.integers(ONE // 100, 100 * ONE), exponent=st.integers(-8 * ONE, 8 * ONE))
def test_a_power_is_within_one_unit(base: int, exponent: int) -> None:
    if exponent % ONE:
        true = exact(base) ** exact(exponent)
        assert error(raised(base, exponent), true) < 1


@given(months=st.integers(65, 480))
def test_compounding_over_many_periods_is_within_one_unit(months: int) -> None:
    base = ONE + ONE * 5 // 1200
    assert error(raised(base, months * ONE), exact(base) ** months) < 1


@given(base=st.integers(-4 * ONE, 4 * ONE), exponent=st.integers(-64, 64))
def test_a_small_whole_power_is_taken_by_squaring(base: int, exponent: int) -> None:
    try:
        squared: int | type[Exception] = power(base, exponent)
    except (DivisionByZero, Overflow) as problem:
        squared = type(problem)
    try:
        found: int | type[Exception] = raised(base, exponent * ONE)
    except (DivisionByZero, Overflow) as problem:
        found = type(problem)
    assert found == squared


@given(value=above_zero)
def test_what_is_exact_is_found_exactly(value: int) -> None:
    assert logarithm(ONE) == 0 and exponential.exponential(0) == ONE
    assert square_root(ONE) == ONE and raised(min(value, HIGHEST), ONE) == min(value, HIGHEST)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: logarithm(0), Undefined),
        (lambda: logarithm(-ONE), Undefined),
        (lambda: square_root(-1), Undefined),
        (lambda: raised(-ONE, ONE // 2), Undefined),
        (lambda: raised(0, -ONE // 2), DivisionByZero),
        (lambda: raised(2 * ONE, HIGHEST), Overflow),
        (lambda: exponential.exponential(47 * ONE), Overflow),
        (lambda: exponential.exponential(HIGHEST), Overflow),
        (lambda: rounded_to(ONE, 0), DivisionByZero),
        (lambda: rounded_to(HIGHEST, HIGHEST - 1), None),
        (lambda: rounded_to(HIGHEST, 2), Overflow),
    ],
)
def test_what_has_no_value_is_refused(call, problem) -> None:
    if problem is None:
        assert call() == HIGHEST - 1
    else:
        with pytest.raises(problem):
            call()


def test_what_is_too_small_is_zero() -> None:
    assert exponential.exponential(-HIGHEST) == 0
    assert raised(ONE // 2, HIGHEST) == 0


@pytest.mark.parametrize(
    ("value", "unit", "rounded"), [(25, 10, 20), (35, 10, 40), (-25, 10, -20), (26, -10, 30)]
)
def test_rounding_takes_ties_to_the_even_multiple(value: int, unit: int, rounded: int) -> None:
    assert rounded_to(value, unit) == rounded


def test_the_constants_are_the_nearest() -> None:
    unit = mpmath.mpf(exponential.UNIT)
    ln_2 = mpmath.log(2)
    assert int(mpmath.nint(ln_2 * unit)) == exponential.LN_2
    assert int(mpmath.nint(unit / ln_2)) == exponential.LOG2_E
    assert int(mpmath.nint(mpmath.log(ONE) / ln_2 * unit)) == exponential.LOG2_ONE
    per_one = unit * mpmath.mpf(2) ** exponential.PER_ONE_BITS / ONE
    assert int(mpmath.nint(per_one)) == exponential.PER_ONE
