"""Canonical bytes: one way to write a value, and nothing else is read."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_runtime.records.block import RECORDS, Block, Signed, Signer
from rfos_runtime.records.canonical import NotCanonical, Table, decode, encode
from rfos_runtime.records.commands import Deposit
from rfos_runtime.records.holdings import Holding

Rows = dict[object, object]
scalars = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_again(value: object) -> None:
    assert decode(encode(value)) == value


@given(values, values)
def test_different_values_have_different_bytes(first: object, second: object) -> None:
    assert (encode(first) == encode(second)) == (repr(first) == repr(second) or first == second)


rows = st.dictionaries(st.tuples(st.integers(), st.text()) | st.text(), values, max_size=6)


@given(rows, rows)
def test_a_table_has_the_bytes_of_its_dict_whatever_was_kept(first: Rows, then: Rows) -> None:
    for each in (first, first | then, dict(first), then):
        for name in ("rows", "rows", str(len(each))):
            assert encode(Table(name, each)) == encode(each)


@given(st.binary(max_size=60))
def test_nothing_else_is_read_and_nothing_crashes(data: bytes) -> None:
    try:
        value = decode(data, RECORDS)
    except NotCanonical:
        return
    assert encode(value) == data


@given(values, st.data())
def test_an_altered_byte_is_another_value_or_none(value: object, data: st.DataObject) -> None:
    written = bytearray(encode(value))
    written[data.draw(st.integers(0, len(written) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(NotCanonical):
        assert encode(decode(bytes(written))) == bytes(written)


def test_the_order_of_a_dict_does_not_matter() -> None:
    assert encode({"a": 1, "b": 2}) == encode({"b": 2, "a": 1})


def test_blocks_and_named_tuples_are_records() -> None:
    command = Deposit("ann", "USD", 5)
    block = Block(1, 2, commands=(Signed(command, (Signer("operator", 1),)),))
    assert decode(encode(block), RECORDS) == block
    assert decode(encode(Holding("free", "ann")), (Holding,)) == Holding("free", "ann")
    for classes in ((), (Block,)):
        with pytest.raises(NotCanonical):
            decode(encode(block), classes)


def test_floats_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        encode(1.5)
