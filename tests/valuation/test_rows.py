"""Formulas as machine code for many rows: near the exact number, near the reading of one row, and
the same bits wherever a row stands."""

from math import inf, nan
from multiprocessing import get_context

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rfos_lang.core.formula import Call, Formula, Function, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.rows.compiled import STRETCH, Numbers, compiled
from rfos_lang.valuation.rows.room import KEPT_MOST, LEAST
from tests.generators import handmade
from tests.valuation.test_greeks import FORMULAS, POINTS, X, Y

EXP, LOG, NORMAL = (
    compiled((Call(function, (X,)),), (X,))
    for function in (Function.EXP, Function.LOG, Function.NORMAL)
)
OPPOSITE = compiled((Call(Function.NORMAL, (Call(Function.NEGATE, (X,)),)),), (X,))


def exactly(function: str, x: float) -> mpmath.mpf:
    with mpmath.workdps(60):
        return getattr(mpmath, function)(mpmath.mpf(x))


def apart(found: float, exact: mpmath.mpf) -> float:
    """The relative difference."""
    return float(abs(mpmath.mpf(found) / exact - 1))


@given(st.lists(st.floats(-707, 709), min_size=1, max_size=20))
def test_exp_is_exact(numbers: list[float]) -> None:
    (found,) = EXP(np.array(numbers))
    for x, y in zip(numbers, found, strict=True):
        assert apart(y, exactly("exp", x)) < 4e-16


@given(st.lists(st.floats(5e-324, 1.7e308) | st.floats(0.5, 2), min_size=1, max_size=20))
def test_log_is_exact(numbers: list[float]) -> None:
    (found,) = LOG(np.array(numbers))
    for x, y in zip(numbers, found, strict=True):
        assert y == 0 if x == 1 else apart(y, exactly("log", x)) < 4e-16


@given(st.lists(st.floats(-37, 37), min_size=1, max_size=20))
def test_normal_is_exact(numbers: list[float]) -> None:
    found, opposite = NORMAL(np.array(numbers))[0], OPPOSITE(-np.array(numbers))[0]
    assert (found == opposite).all()
    for x, y in zip(numbers, found, strict=True):
        assert apart(y, exactly("ncdf", x)) < 1e-14 + 1.2e-16 * x * x


def test_limits_are_those_of_one_row() -> None:
    numbers = [inf, -inf, nan, 0.0, -0.0, -1.0, 1e300, -1e300, 710.0, -800.0, 41.0, -41.0, 5e-324]
    for function, found in ((Function.EXP, EXP), (Function.LOG, LOG), (Function.NORMAL, NORMAL)):
        expected = [evaluated([Call(function, (X,))], {X: x})[0] for x in numbers]
        np.testing.assert_allclose(found(np.array(numbers))[0], expected, rtol=1e-14, atol=1e-300)


SPECIAL = st.sampled_from([0.0, 1.0, -1.0, inf, -inf, nan])


@given(
    st.sampled_from([f for f in Function if f is not Function.SELECT]),
    SPECIAL | POINTS,
    SPECIAL | POINTS,
)
@settings(max_examples=60)
def test_each_function_is_that_of_one_row(function: Function, x: float, y: float) -> None:
    one = {"neg", "abs", "sqrt", "exp", "log", "normal"}
    formula = Call(function, (X,) if function.value in one else (X, Y))
    (expected,) = evaluated([formula], {X: x, Y: y})
    found = compiled((formula,), (X, Y))(x, y)[0, 0]
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-300, nan_ok=True)


@given(FORMULAS, st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=20))
@settings(max_examples=60)
def test_rows_are_the_same_numbers(formula: Formula, points: list[tuple[float, float]]) -> None:
    xs, ys = (np.array(column) for column in zip(*points, strict=True))
    found = compiled.__wrapped__((formula,), (X, Y))(xs, ys)[0]
    one_by_one = [evaluated([formula], {X: x, Y: y})[0] for x, y in points]
    assume(all(abs(each) < 1e6 for each in one_by_one))
    assert found == pytest.approx(one_by_one, rel=1e-12, abs=1e-12)


# --- of contracts --------------------------------------------------------------------------------

RELATIVE, CANCELLED, NOTHING = 1e-12, 1e-14, 1e-60
SHAPES = ("european_call", "digital_put", "down_and_out_put", "absolute_move")


def measured(name: str) -> tuple[tuple[Formula, ...], tuple[Input, ...]]:
    form = closed_form(getattr(handmade, name)().program)
    assert isinstance(form, ClosedForm)
    formulas = (*greeks.named(form).values(), *greeks.second_order(form, 0).values())
    return formulas, inputs_of(*formulas)


def drawn(inputs: tuple[Input, ...], count: int) -> list[np.ndarray]:
    """Prices a hundred times apart, no time and no volatility among the ordinary."""
    draw = np.random.default_rng(7)
    ranges = {"sigma": (0, 1.5), "r": (-0.1, 0.3), "q": (-0.1, 0.3), "size": (0.5, 2)}
    columns = []
    for each in inputs:
        if each.source is Source.YEARS_TO:
            columns.append(draw.choice([0.0, 1e-9, 0.01, 0.3, 1.0, 10.0], count))
        elif each.name in ranges:
            columns.append(draw.uniform(*ranges[each.name], count))
            if each.name == "sigma":
                columns[-1][::11] = 0
        else:
            columns.append(10 ** draw.uniform(1, 3, count))
    return columns


@pytest.mark.parametrize("name", SHAPES)
def test_closed_forms_far_in_and_far_out(name: str) -> None:
    """A small number among great ones is what they leave when they cancel, in either reading."""
    formulas, inputs = measured(name)
    columns = drawn(inputs, 400)
    found = compiled(formulas, inputs)(*columns)
    for row in range(400):
        known = {each: float(column[row]) for each, column in zip(inputs, columns, strict=True)}
        expected = np.array(evaluated(formulas, known))
        finite = np.abs(expected[np.isfinite(expected)])
        allowed = RELATIVE * np.abs(expected) + CANCELLED * finite.max(initial=NOTHING)
        np.testing.assert_array_equal(np.isfinite(found[:, row]), np.isfinite(expected))
        away = np.abs(found[:, row] - expected)[np.isfinite(expected)]
        assert (away <= allowed[np.isfinite(expected)]).all(), (known, found[:, row], expected)


@given(st.integers(1, 40), st.integers(0, 30))
@settings(max_examples=20)
def test_a_row_has_the_same_bits_wherever_it_stands(count: int, before: int) -> None:
    formulas, inputs = measured("european_call")
    columns, code = drawn(inputs, 100), compiled(formulas, inputs)
    whole = code(*columns)
    part = code(*(column[before : before + count] for column in columns))
    assert part.tobytes() == whole[:, before : before + count].tobytes()


def test_threads_change_no_bit() -> None:
    formulas, inputs = measured("european_call")
    columns, code = drawn(inputs, 3 * STRETCH + 5), compiled(formulas, inputs)
    one = code(*columns)
    assert all(code(*columns, threads=n).tobytes() == one.tobytes() for n in (2, 3, 7))


def test_a_number_counts_for_all_rows() -> None:
    formulas, inputs = measured("european_call")
    columns, code = drawn(inputs, 21), compiled(formulas, inputs)
    for k in range(len(columns)):
        number = float(columns[k][3])
        several = [*columns[:k], np.full(21, number), *columns[k + 1 :]]
        single = [*columns[:k], number, *columns[k + 1 :]]
        assert code(*several).tobytes() == code(*single).tobytes()
    assert code(*(float(column[0]) for column in columns)).shape == (len(formulas), 1)


def test_room_is_used_again_once_all_views_of_a_result_are_gone() -> None:
    column = np.linspace(0.0, 1.0, LEAST)
    first = EXP(column)
    row, place = first[0], first.ctypes.data
    del first
    second = EXP(column * 2.0)
    assert second.ctypes.data != place
    assert np.array_equal(row, EXP(column)[0])
    del row
    later = [EXP(column) for _ in range(KEPT_MOST)]
    assert place in {each.ctypes.data for each in later}


def test_threads_of_a_process_that_was_forked_are_its_own() -> None:
    column = np.linspace(0.0, 1.0, 4 * STRETCH)
    expected = EXP(column, threads=2)
    with get_context("fork").Pool(1) as pool:
        assert pool.apply(_sum_in_threads, (column,)) == float(expected.sum())


def _sum_in_threads(column: Numbers) -> float:
    return float(EXP(column, threads=2).sum())
