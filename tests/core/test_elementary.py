"""exp, log and the normal distribution function against many digits."""

import math
import random
from collections.abc import Callable, Iterator

import pytest
from mpmath import mp, mpf

from rfos_lang.core.elementary import (
    ELEMENTARY,
    HIGHEST,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    LOWEST_NORMAL,
    NORMAL_DENOMINATOR,
    NORMAL_NUMERATOR,
    SQRT_2,
    Floats,
    quantile,
)

SAMPLES = 4_000
LOWEST_SUBNORMAL = 5e-324


@pytest.fixture(autouse=True)
def many_digits() -> Iterator[None]:
    with mp.workdps(50):
        yield


def ulps(found: float, exact: mpf) -> float:
    """The error in units of the last place that floats of this size have."""
    size = max(math.frexp(float(exact))[1] - 53, -1074)
    return float(abs(mpf(found) - exact) / mpf(2) ** size)


def lower_tail(x: float) -> mpf:
    return mp.erfc(-mpf(x) / mp.sqrt(2)) / 2


def worst(
    function: Callable[[float], float],
    exact: Callable[[mpf], mpf],
    arguments: Iterator[float],
) -> float:
    return max(ulps(function(x), exact(mpf(x))) for x in arguments)


def uniform(low: float, high: float) -> Iterator[float]:
    source = random.Random(f"{low} {high}")
    return (source.uniform(low, high) for _ in range(SAMPLES))


@pytest.mark.parametrize(
    ("low", "high"), [(-744.4, 709.78), (-709, -700), (-1, 1), (-1e-8, 1e-8), (-744.4, -708)]
)
def test_exp(low: float, high: float) -> None:
    assert worst(ELEMENTARY.exp, mp.exp, uniform(low, high)) <= 1.0


@pytest.mark.parametrize(("low", "high"), [(0.5, 2.0), (0.999, 1.001), (1.0, 1e308), (0.0, 1e-300)])
def test_log(low: float, high: float) -> None:
    assert worst(ELEMENTARY.log, mp.log, uniform(low, high)) <= 1.0


def test_log_over_all_exponents() -> None:
    source = random.Random(1)
    every = (math.ldexp(source.uniform(1, 2), e) for e in range(-1074, 1024) for _ in range(2))
    assert worst(ELEMENTARY.log, mp.log, every) <= 1.0


@pytest.mark.parametrize(
    ("low", "high"),
    [(-38.45, -37), (-37, -20), (-20, -8), (-8, -3), (-3, -1), (-1, 0), (0, 1), (1, 9)],
)
def test_normal(low: float, high: float) -> None:
    assert worst(ELEMENTARY.normal, lower_tail, uniform(low, high)) <= 4.0


def test_normal_is_symmetric() -> None:
    assert ELEMENTARY.normal(0.0) == ELEMENTARY.normal(-0.0) == 0.5
    for x in uniform(0.0, 9.0):
        assert ELEMENTARY.normal(x) == 1.0 - ELEMENTARY.normal(-x)


def test_log_undoes_exp() -> None:
    for x in uniform(-700.0, 700.0):
        assert ELEMENTARY.log(ELEMENTARY.exp(x)) == pytest.approx(x, rel=4e-16, abs=4e-16)


def test_ends() -> None:
    exp, log, normal = ELEMENTARY.exp, ELEMENTARY.log, ELEMENTARY.normal
    inf = math.inf
    assert (exp(0.0), exp(-0.0), exp(inf), exp(-inf)) == (1.0, 1.0, inf, 0.0)
    assert exp(709.782712893384) == pytest.approx(HIGHEST, rel=1e-12)
    assert (exp(709.782712893385), exp(HIGHEST), exp(-HIGHEST)) == (inf, inf, 0.0)
    assert (exp(-745.1332191019411), exp(-745.1332191019413)) == (LOWEST_SUBNORMAL, 0.0)
    assert (log(1.0), log(0.0), log(-0.0), log(inf)) == (0.0, -inf, -inf, inf)
    assert log(LOWEST_SUBNORMAL) == math.log(LOWEST_SUBNORMAL)
    assert log(LOWEST_NORMAL) == math.log(LOWEST_NORMAL)
    assert (normal(inf), normal(-inf), normal(HIGHEST), normal(-HIGHEST)) == (1.0, 0.0, 1.0, 0.0)
    assert (normal(-38.5), normal(-38.8), normal(9.0)) == (0.0, 0.0, 1.0)
    undefined = (exp(math.nan), log(math.nan), log(-1.0), log(-inf), normal(math.nan))
    assert all(map(math.isnan, undefined))


def test_constants_are_the_nearest_floats() -> None:
    ln2 = mp.log(2)
    assert mpf(LN2_HIGH) * 2**40 == mp.floor(ln2 * 2**40)
    assert float(ln2 - LN2_HIGH) == LN2_LOW
    assert (float(1 / ln2), float(mp.sqrt(2))) == (LOG2_E, SQRT_2)
    assert math.nextafter(LOWEST_NORMAL, 0.0) < LOWEST_NORMAL == 2.0**-1022


def test_no_digit_cancels_in_the_tail() -> None:
    assert min(*NORMAL_NUMERATOR, *NORMAL_DENOMINATOR) > 0.0
    assert NORMAL_NUMERATOR[0] * 32 == NORMAL_DENOMINATOR[0]


def test_scaling_is_exact_or_rounds_once() -> None:
    floats = Floats()
    for exponent in range(-1080, 1025):
        assert floats.scaled(1.375, float(exponent)) == math.ldexp(1.375, min(exponent, 1023)) * (
            2.0 if exponent == 1024 else 1.0
        )
        if -1022 <= exponent <= 1023:
            assert floats.exponent(math.ldexp(1.99, exponent)) == exponent


def test_quantile_undoes_normal() -> None:
    source = random.Random(3)
    for x in [*(source.uniform(-37, 5) for _ in range(400)), 0.0]:
        p = float(mp.ncdf(mpf(x)))
        found = quantile(Floats(), p)
        # What p has lost by being a float is not the function's to know.
        lost = abs(mpf(p) - mp.ncdf(mpf(x))) / mp.npdf(mpf(x))
        assert abs(found - x) <= 4e-16 * abs(x) + 4e-16 + float(lost)
