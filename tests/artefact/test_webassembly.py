"""The encoder, against a host: numbers, operators, structured control, features."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest
import wasmtime
from hypothesis import example, given
from hypothesis import strategies as st

from rfos_lang.artefact.assembly import F64, I32, I64, Writer
from rfos_lang.artefact.container import sections_of
from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.webassembly import MAGIC, Section, module, signed, unsigned
from tests.generators import handmade
from tests.generators.formulas import black_scholes_call


def loaded(writer: Writer) -> tuple[wasmtime.Store, Any]:
    store = wasmtime.Store()
    made = wasmtime.Module(store.engine, module(writer.definitions(), 1))
    return store, wasmtime.Instance(store, made, []).exports(store)


@given(number=st.integers(0, 2**64))
@example(number=127)
@example(number=128)
def test_unsigned_numbers(number: int) -> None:
    data = unsigned(number)
    assert sum((byte & 127) << 7 * place for place, byte in enumerate(data)) == number
    assert all(byte >= 128 for byte in data[:-1]) and data[-1] < 128


@given(number=st.integers(-(2**63), 2**63 - 1))
@example(number=-64)
@example(number=-65)
@example(number=63)
@example(number=64)
def test_signed_numbers(number: int) -> None:
    data = signed(number)
    whole = sum((byte & 127) << 7 * place for place, byte in enumerate(data))
    assert whole - (data[-1] >> 6 & 1) * (1 << 7 * len(data)) == number


def two(operate: str) -> tuple[wasmtime.Store, Any]:
    writer = Writer()
    made = writer.begin((I64, I64), (I64,), "it")
    left, right = made.parameters()
    made.give(getattr(left, operate)(right))
    return loaded(writer)


def word(value: int) -> int:
    return struct.unpack("<q", struct.pack("<Q", value % 2**64))[0]


words = st.integers(-(2**63), 2**63 - 1)


@given(left=words, right=words)
def test_integer_operators(left: int, right: int) -> None:
    lows, highs = left % 2**64, right % 2**64
    shift = right % 64
    for name, exact in {
        "__add__": left + right,
        "__sub__": left - right,
        "__mul__": left * right,
        "__and__": left & right,
        "__or__": left | right,
        "__xor__": left ^ right,
        "__lshift__": left << shift,
        "__rshift__": lows >> shift,
        "sign_filled": left >> shift,
        **({"__floordiv__": lows // highs} if right else {}),
    }.items():
        store, exports = OPERATORS[name]
        assert exports["it"](store, left, right) == word(exact), name


@pytest.fixture(autouse=True, scope="module")
def operators() -> Iterator[None]:
    names = ["add", "sub", "mul", "and", "or", "xor", "lshift", "rshift", "floordiv"]
    OPERATORS.update({f"__{name}__": two(f"__{name}__") for name in names})
    OPERATORS["sign_filled"] = two("sign_filled")
    yield
    OPERATORS.clear()


OPERATORS: dict[str, tuple[wasmtime.Store, Any]] = {}


def test_loops_blocks_and_branches() -> None:
    """The Collatz length of a number: a loop, a block to leave it, two branches inside."""
    writer = Writer()
    made = writer.begin((I64,), (I32,), "collatz")
    (first,) = made.parameters()
    value, steps = made.variable(I64, first), made.variable(I32)
    with made.block() as done, made.loop() as again:
        made.branch_if(value.equals(1), done)
        made.branches(
            (value & 1).equals(0),
            lambda: made.set(value, value >> 1),
            lambda: made.set(value, value * 3 + 1),
        )
        made.set(steps, steps + 1)
        made.branch(again)
    made.give(steps)
    store, exports = loaded(writer)
    assert [exports["collatz"](store, n) for n in (1, 6, 27)] == [0, 8, 111]


def test_memory_calls_and_several_results() -> None:
    writer = Writer()
    swapped = writer.begin((I64, I64), (I64, I64))
    left, right = swapped.parameters()
    swapped.give(right, left)
    made = writer.begin((I32,), (F64, I64), "it")
    (address,) = made.parameters()
    made.store(address, 8, I64, -5)
    made.store(address, 300, F64, 2.5)
    low, high = made.call(swapped, made.load(I64, address, 8), 7)
    made.give(made.load(F64, address, 300) * 2.0, low * 100 + high)
    store, exports = loaded(writer)
    assert exports["it"](store, 64) == [5.0, 695]


def test_scratch_variables_are_used_again_and_results_are_not() -> None:
    writer = Writer()
    made = writer.begin((I64,), (I64,), "it")
    (x,) = made.parameters()
    total = x
    for k in range(100):
        kept: list = []
        with made.scratch(kept):
            total = (total + k) * (x + 1) - (total & k)
            kept.append(total)
    made.give(total)
    assert len(made.variables) <= 100 + 4
    store, exports = loaded(writer)
    exact = 3
    for k in range(100):
        exact = (exact + k) * 4 - (exact & k)
    assert exports["it"](store, 3) == word(exact)


def test_operands_of_other_functions_are_our_bug() -> None:
    writer = Writer()
    one, other = writer.begin((I64,)), writer.begin((I64,))
    with pytest.raises(AssertionError):
        other.set(other.parameters()[0], one.parameters()[0])


@pytest.mark.parametrize("make", handmade.EVERY, ids=lambda make: make.__name__)
def test_artefacts_use_core_features_only(make: object) -> None:
    """A host takes them with every later feature that it can do without switched off."""
    config = wasmtime.Config()
    config.wasm_relaxed_simd = config.wasm_simd = config.wasm_threads = False
    config.wasm_tail_call = config.wasm_bulk_memory = config.wasm_memory64 = False
    engine = wasmtime.Engine(config)
    data = compile(make().program, None, "")  # type: ignore[operator]
    assert wasmtime.Module(engine, data).imports == []


def test_a_module_with_risk_is_valid_too() -> None:
    data = compile(handmade.european_call().program, black_scholes_call(), "")
    made = wasmtime.Module(wasmtime.Engine(), data)
    assert {each.name for each in made.exports} == {"memory", "start", "fire", "risk", "trigger"}
    assert data.startswith(MAGIC)
    kinds = [kind for kind, _, _ in sections_of(data)]
    assert kinds == [*sorted(set(Section) - {Section.CUSTOM}), Section.CUSTOM]
