"""The reader refuses while it reads exactly what writing again would refuse: it is held against one
that takes whatever can be made out, and then compares."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rfos_runtime.records.block import Signer
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.commands import Deposit
from rfos_runtime.records.holdings import Holding

CLASSES = Deposit, Signer, Holding
RECORDS = {each.__name__.encode(): each for each in CLASSES}


# --- what takes anything ------------------------------------------------------------------------


def taken(data: bytes) -> Any:
    """The value of bytes that are written again as they are. Raises ValueError, TypeError."""
    place = iter(data)
    value = _value(place)
    if next(place, None) is not None or encode(value) != data:
        raise ValueError("written in another way")
    return value


def _value(place: Iterator[int]) -> Any:
    match chr(_byte(place)):
        case "N":
            return None
        case "T":
            return True
        case "F":
            return False
        case "i":
            return int.from_bytes(_bytes(place), "big", signed=True)
        case "s":
            return _bytes(place).decode()
        case "b":
            return _bytes(place)
        case "t":
            return tuple(_value(place) for _ in range(_count(place)))
        case "d":
            return {_value(place): _value(place) for _ in range(_count(place))}
        case "o":
            kind = RECORDS.get(_bytes(place))
            if kind is None:
                raise ValueError("an unknown record")
            return kind(*[_value(place) for _ in range(_count(place))])
        case _:
            raise ValueError("an unknown kind")


def _byte(place: Iterator[int]) -> int:
    try:
        return next(place)
    except StopIteration:
        raise ValueError("too early an end") from None


def _count(place: Iterator[int]) -> int:
    return int.from_bytes([_byte(place) for _ in range(4)], "big")


def _bytes(place: Iterator[int]) -> bytes:
    return bytes([_byte(place) for _ in range(_count(place))])


# --- bytes that are nearly canonical ------------------------------------------------------------


def counted(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def several(kind: bytes, parts: list[bytes], each_has: int = 1) -> bytes:
    return kind + (len(parts) // each_has).to_bytes(4, "big") + b"".join(parts)


def record(name: str, fields: list[bytes]) -> bytes:
    return several(b"o" + counted(name.encode()), fields)


def dict_of(entries: list[tuple[bytes, bytes]]) -> bytes:
    return several(b"d", [part for entry in entries for part in entry], 2)


integers = st.sampled_from(
    [b"", *(bytes([high, low]) for high in (0, 1, 127, 128, 255) for low in (0, 1, 127, 128, 255))]
)
"""Of few bytes, with one too many or without any."""
leaves = (
    st.sampled_from([b"N", b"T", b"F"])
    | (integers | st.binary(min_size=1, max_size=1)).map(lambda data: b"i" + counted(data))
    | st.sampled_from([b"", b"a", b"b", "ä".encode(), b"\xff", b"\xed\xa0\x80"]).map(
        lambda data: b"s" + counted(data)
    )
    | st.binary(max_size=2).map(lambda data: b"b" + counted(data))
)
names = st.sampled_from([each.__name__ for each in CLASSES] + ["Other"])
written = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: several(b"t", parts))
        | st.lists(st.tuples(inner, inner), max_size=3).map(dict_of)
        | st.lists(st.tuples(inner, inner), max_size=3).map(sorted).map(dict_of)
        | st.builds(record, names, st.lists(inner, max_size=5))
    ),
    max_leaves=10,
)

ONE, TRUE, NOTHING = encode(1), encode(True), encode(None)


@given(written)
@settings(max_examples=400)
@example(dict_of([(TRUE, NOTHING), (ONE, NOTHING)]))
@example(dict_of([(ONE, NOTHING), (ONE, TRUE)]))
@example(dict_of([(ONE, NOTHING), (TRUE, NOTHING)]))
@example(dict_of([(encode({}), NOTHING)]))
@example(dict_of([(encode(Holding("free")), NOTHING), (encode(("free", "", 0, "")), NOTHING)]))
@example(record("Holding", [encode("free")]))
@example(record("Holding", [encode("free")] * 5))
@example(record("Signer", [encode("ann"), ONE]) + b"N")
def test_what_is_refused_is_what_writing_again_would_refuse(data: bytes) -> None:
    try:
        expected = taken(data)
    except (ValueError, TypeError):
        with pytest.raises(NotCanonical):
            decode(data, CLASSES)
        return
    found = decode(data, CLASSES)
    assert found == expected
    assert encode(found) == data


@given(written, st.data())
def test_what_is_cut_is_refused(data: bytes, draw: st.DataObject) -> None:
    with pytest.raises(NotCanonical):
        decode(data[: draw.draw(st.integers(0, len(data) - 1))], CLASSES)
