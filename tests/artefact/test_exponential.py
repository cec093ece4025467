"""Logarithms, roots and powers: WebAssembly ≡ Python integers, at the edges too."""

from collections.abc import Callable

import pytest
import wasmtime
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact import exponential
from rfos_lang.artefact.assembly import I32, I64, Writer
from rfos_lang.artefact.settlement import Settlement, Wide
from rfos_lang.artefact.webassembly import module
from rfos_lang.base import exponential as exact
from rfos_lang.base import fixed
from rfos_lang.base.fixed import HIGHEST, LOWEST, ONE
from rfos_lang.core.meaning import Status

WORD = 1 << 64
UNARY = {
    "logarithm": (exponential.logarithm, exact.logarithm),
    "exponential": (exponential.exponential, exact.exponential),
    "square root": (exponential.square_root, exact.square_root),
}
BINARY = {
    "raised": (exponential.raised, exact.raised),
    "rounded": (exponential.rounded_to, fixed.rounded_to),
}


def functions() -> bytes:
    """A module that exports each function by itself."""
    writer = Writer()
    library = Settlement(writer)
    for name, (write, _) in UNARY.items():
        made = writer.begin((I64,) * 2, (I64, I64, I32), name)
        result, status = write(library, made, Wide(*made.parameters()))
        made.give(result.low, result.high, status)
    for name, (write_two, _) in BINARY.items():
        made = writer.begin((I64,) * 4, (I64, I64, I32), name)
        words = made.parameters()
        result, status = write_two(library, made, Wide(*words[:2]), Wide(*words[2:]))
        made.give(result.low, result.high, status)
    return module(writer.definitions(), 0)


Call = Callable[..., int | Status]


@pytest.fixture(scope="module")
def call() -> Call:
    store = wasmtime.Store()
    loaded = wasmtime.Module(store.engine, functions())
    found = wasmtime.Instance(store, loaded, []).exports(store)

    def called(name: str, *operands: int) -> int | Status:
        split = [w for value in operands for w in (_signed(value % WORD), value >> 64)]
        low, high, status = found[name](store, *split)
        return Status(status) if status else (high << 64) + low % WORD

    return called


def _signed(low: int) -> int:
    return low - WORD if low >> 63 else low


def expected(function: Callable[..., int], *operands: int) -> int | Status:
    try:
        return function(*operands)
    except exact.Undefined:
        return Status.UNDEFINED
    except fixed.DivisionByZero:
        return Status.DIVISION_BY_ZERO
    except fixed.Overflow:
        return Status.OVERFLOW


sizes = st.integers(0, 127).flatmap(lambda bits: st.integers(-(1 << bits), (1 << bits) - 1))
edges = st.sampled_from((0, 1, -1, ONE, -ONE, ONE + 1, ONE - 1, HIGHEST, LOWEST, HIGHEST - 1))
wide = st.one_of(sizes, edges, st.integers(-60 * ONE, 60 * ONE), st.integers(0, 200 * ONE))
wholes = st.integers(-70, 70).map(lambda whole: whole * ONE)


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=300, deadline=None)
@given(value=wide)
@example(value=47 * ONE)
@example(value=-43 * ONE)
@example(value=46_583_109_876_543_210_123)
@example(value=-42_140_000_000_000_000_000)
def test_functions_of_one_number(call: Call, name: str, value: int) -> None:
    assert call(name, value) == expected(UNARY[name][1], value)


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=300, deadline=None)
@given(left=wide, right=st.one_of(wide, wholes))
@example(left=LOWEST, right=1)
@example(left=LOWEST, right=LOWEST)
@example(left=HIGHEST, right=2)
@example(left=HIGHEST, right=HIGHEST)
@example(left=ONE + 1, right=HIGHEST)
@example(left=ONE - 1, right=HIGHEST)
@example(left=2 * ONE, right=64 * ONE)
@example(left=2 * ONE, right=-65 * ONE)
@example(left=-2 * ONE, right=3 * ONE)
@example(left=5 * ONE, right=2 * ONE)
@example(left=0, right=ONE // 2)
@example(left=0, right=-ONE // 2)
def test_functions_of_two_numbers(call: Call, name: str, left: int, right: int) -> None:
    assert call(name, left, right) == expected(BINARY[name][1], left, right)
