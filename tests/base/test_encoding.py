"""decode ∘ encode = identity; equal values have equal bytes; no bytes crash the decoder."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rfos_lang.base.encoding import NESTING_MAX, DecodingError, content_hash, decode, encode


class Side(Enum):
    LONG = 1
    SHORT = -1


@dataclass(frozen=True, slots=True)
class Leg:
    notional: int
    side: Side
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    left: Any
    right: Any


CLASSES = (Side, Leg, Pair)

plain = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
legs = st.builds(
    Leg, st.integers(), st.sampled_from(Side), st.lists(st.text(), max_size=2).map(tuple)
)
values = st.recursive(
    plain | st.sampled_from(Side) | legs,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.builds(Pair, inner, inner)
    ),
    max_leaves=20,
)


def exact(value: Any) -> Any:
    """The value with every kind named, because True == 1 in Python."""
    if isinstance(value, Pair):
        return "Pair", exact(value.left), exact(value.right)
    if isinstance(value, tuple):
        return tuple(exact(part) for part in value)
    if isinstance(value, dict):
        return {key: exact(part) for key, part in value.items()}
    return type(value).__name__, value


@given(values)
def test_decoding_undoes_encoding(value: Any) -> None:
    assert exact(decode(encode(value), CLASSES)) == exact(value)


@given(values, values)
def test_different_values_have_different_bytes(first: Any, second: Any) -> None:
    assert (encode(first) == encode(second)) == (exact(first) == exact(second))


@given(st.dictionaries(st.text(), plain))
def test_the_order_of_keys_plays_no_part(value: dict[str, Any]) -> None:
    assert encode(dict(reversed(value.items()))) == encode(value)


@given(st.binary(max_size=80))
@example(b"\x00t\xff\xff\xff\xff\x7f")
@example(b"\x00d\x02\x01bN\x01aN")
@example(b"\x01\x03Leg\x00N")
def test_garbage_is_refused_or_is_canonical(data: bytes) -> None:
    try:
        value = decode(data, CLASSES)
    except DecodingError as error:
        assert error.code == "E0790"
    else:
        assert encode(value) == data


@given(values, st.data())
def test_damaged_bytes_are_refused_or_are_canonical(value: Any, data: st.DataObject) -> None:
    encoded = bytearray(encode(value))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        decoded = decode(bytes(encoded), CLASSES)
    except DecodingError:
        return
    assert encode(decoded) == bytes(encoded)
    assert exact(decoded) != exact(value)


@given(values)
def test_every_shorter_part_is_refused(value: Any) -> None:
    encoded = encode(value)
    for length in range(len(encoded)):
        with pytest.raises(DecodingError):
            decode(encoded[:length], CLASSES)


def test_the_bytes_themselves_are_fixed() -> None:
    value = {"b": (1, -1, 128, True, None), "a": Leg(0, Side.LONG)}
    assert encode(value) == (
        b"\x01\x03Leg\x03i\x01\x00e\x04Side\x04LONGt\x00"
        b"d\x02\x01ar\x00\x01bt\x05i\x01\x01i\x01\xffi\x02\x00\x80TN"
    )


def test_the_hash_of_the_empty_bytes_is_the_published_one() -> None:
    assert content_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_list_is_written_as_a_tuple() -> None:
    assert encode([1, [2]]) == encode((1, (2,)))


def test_shared_parts_are_written_once() -> None:
    value: Any = Leg(1, Side.LONG)
    for _ in range(60):
        value = Pair(value, value)
    assert len(encode(value)) < 1000
    equal_but_not_shared = Pair(Leg(1, Side.LONG), Leg(1, Side.LONG))
    shared = Leg(1, Side.LONG)
    assert encode(equal_but_not_shared) == encode(Pair(shared, shared))


def test_records_deeper_than_the_stack() -> None:
    value: Any = None
    for number in range(5000):
        value = Pair(number, value)
    encoded = encode(value)
    assert encode(decode(encoded, CLASSES)) == encoded


def test_containers_nest_to_a_stated_depth() -> None:
    value: Any = ()
    for _ in range(NESTING_MAX - 1):
        value = (value,)
    assert decode(encode(value)) == value
    with pytest.raises(TypeError):
        encode((value,))
    with pytest.raises(DecodingError):
        decode(b"\x00" + b"t\x01" * 10_000 + b"N")


@pytest.mark.parametrize("value", [1.5, {1: 2}, {1, 2}, object(), Leg])
def test_what_has_no_canonical_bytes_is_our_bug(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_classes_that_were_not_named_are_not_made() -> None:
    with pytest.raises(DecodingError):
        decode(encode(Leg(1, Side.LONG)), [Side])
    with pytest.raises(DecodingError):
        decode(encode(Side.LONG), [Leg])
