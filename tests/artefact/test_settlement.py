"""Settlement arithmetic: WebAssembly ≡ Python integers, at the edges too."""

from collections.abc import Callable

import pytest
import wasmtime
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact import settlement
from rfos_lang.artefact.assembly import I32, I64, Function, Value, Writer
from rfos_lang.artefact.settlement import Settlement, Wide
from rfos_lang.artefact.webassembly import module
from rfos_lang.base import fixed
from rfos_lang.base.fixed import DECIMALS, HIGHEST, LOWEST, ONE
from rfos_lang.core.meaning import HIGHEST_UNITS, Status

WORD = 1 << 64
Binary = Callable[[Function, Wide, Wide], tuple[Wide, Value]]
Unary = Callable[[Wide], tuple[Wide, Value]]


def arithmetic() -> bytes:
    """A module that exports each operation by itself."""
    writer = Writer()
    library = Settlement(writer)
    binary: dict[str, Binary] = {
        "multiply": library.multiply,
        "divide": library.divide,
        "add": lambda _, left, right: settlement.add(left, right),
        "subtract": lambda _, left, right: settlement.subtract(left, right),
    }
    unary: dict[str, Unary] = {"negate": settlement.negate, "absolute": settlement.absolute}
    for name, operation in binary.items():
        made = writer.begin((I64,) * 4, (I64, I64, I32), name)
        low, high, right_low, right_high = made.parameters()
        result, status = operation(made, Wide(low, high), Wide(right_low, right_high))
        made.give(result.low, result.high, status)
    for name, change in unary.items():
        made = writer.begin((I64,) * 2, (I64, I64, I32), name)
        low, high = made.parameters()
        result, status = change(Wide(low, high))
        made.give(result.low, result.high, status)
    for name, test in {"less": settlement.less, "equal": settlement.equal}.items():
        made = writer.begin((I64,) * 4, (I32,), name)
        low, high, right_low, right_high = made.parameters()
        made.give(test(Wide(low, high), Wide(right_low, right_high)))
    made = writer.begin((I64,) * 3, (I64, I32), "units")
    low, high, divisor = made.parameters()
    made.give(*library.minor_units(made, Wide(low, high), divisor))
    return module(writer.definitions(), 0)


Exports = Callable[..., tuple[int, ...]]


@pytest.fixture(scope="module")
def exports() -> Exports:
    store = wasmtime.Store()
    loaded = wasmtime.Module(store.engine, arithmetic())
    found = wasmtime.Instance(store, loaded, []).exports(store)
    return lambda name, *arguments: found[name](store, *arguments)


def words(value: int) -> tuple[int, int]:
    low = value % WORD
    return (low - WORD if low >> 63 else low), value >> 64


def whole(low: int, high: int) -> int:
    return (high << 64) + low % WORD


def expected(operation: Callable[..., int], *operands: int) -> int | Status:
    try:
        return operation(*operands)
    except fixed.DivisionByZero:
        return Status.DIVISION_BY_ZERO
    except fixed.Overflow:
        return Status.OVERFLOW


def near(*values: int) -> st.SearchStrategy[int]:
    return st.builds(lambda value, off: value + off, st.sampled_from(values), st.integers(-2, 2))


edges = near(0, ONE, ONE // 2, LOWEST, HIGHEST, *(1 << k for k in range(126)), 5 * 10**37)
sizes = st.integers(1, 127).flatmap(lambda bits: st.integers(0, (1 << bits) - 1))
ties = st.integers(-(10**6), 10**6).map(lambda half: half * ONE // 2)
numbers = st.one_of(edges, edges.map(lambda n: -n), sizes, sizes.map(lambda n: -n), ties).map(
    lambda n: max(LOWEST, min(HIGHEST, n))
)
many = settings(max_examples=400, deadline=None)


@many
@given(left=numbers, right=numbers)
@example(left=LOWEST, right=ONE)
@example(left=LOWEST, right=-ONE)
@example(left=LOWEST, right=LOWEST)
@example(left=HIGHEST, right=1)
@example(left=1, right=HIGHEST)
@example(left=ONE // 2, right=1)
@example(left=ONE // 2, right=3)
@example(left=LOWEST, right=1)
@example(left=0, right=0)
def test_two_operands(exports: Exports, left: int, right: int) -> None:
    operations = {
        "multiply": (fixed.multiply, 1),
        "divide": (fixed.divide, 1),
        "add": (fixed.add, Status.OVERFLOW),
        "subtract": (fixed.subtract, Status.OVERFLOW),
    }
    for name, (operation, scale) in operations.items():
        low, high, status = exports(name, *words(left), *words(right))
        found = Status(status * scale) if status else whole(low, high)
        assert found == expected(operation, left, right), name
    assert exports("less", *words(left), *words(right)) == (left < right)
    assert exports("equal", *words(left), *words(right)) == (left == right)
    assert exports("equal", *words(left), *words(left)) == 1


@many
@given(value=numbers)
@example(value=LOWEST)
def test_one_operand(exports: Exports, value: int) -> None:
    for name, operation in (("negate", fixed.negate), ("absolute", fixed.absolute)):
        low, high, overflows = exports(name, *words(value))
        found = Status.OVERFLOW if overflows else whole(low, high)
        assert found == expected(operation, value), name


@many
@given(amount=numbers, places=st.integers(0, DECIMALS))
@example(amount=HIGHEST_UNITS * ONE + ONE // 2 - 1, places=0)
@example(amount=HIGHEST_UNITS * ONE + ONE // 2, places=0)
@example(amount=-HIGHEST_UNITS * ONE - ONE // 2, places=0)
@example(amount=LOWEST, places=18)
@example(amount=(WORD - 1) * ONE + ONE // 2, places=0)
def test_minor_units(exports: Exports, amount: int, places: int) -> None:
    units, status = exports("units", *words(amount), 10 ** (DECIMALS - places))
    exact = fixed.to_minor_units(amount, places)
    fits = abs(exact) <= HIGHEST_UNITS
    assert (units if status == 0 else Status(status)) == (exact if fits else Status.OVERFLOW)


@many
@given(quotient=numbers, right=numbers)
def test_quotients_at_a_tie(exports: Exports, quotient: int, right: int) -> None:
    """A numerator for which the exact quotient lies half way between two numbers, or just off."""
    for off in (-1, 0, 1):
        left = (2 * quotient + 1) * right // (2 * ONE) + off
        if LOWEST <= left <= HIGHEST:
            low, high, status = exports("divide", *words(left), *words(right))
            found = Status(status) if status else whole(low, high)
            assert found == expected(fixed.divide, left, right)
