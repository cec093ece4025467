"""A form takes exactly the bytes that are canonical and of which each field is what its annotation
says: it is held against reading whatever the bytes are, and then looking at every field."""

from dataclasses import replace
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rfos_runtime.records import forms
from rfos_runtime.records.block import RECORDS, Block, Report, Signed, Signer
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.commands import Choose, Command
from tests.journal.test_any_bytes import Alter, alterations, altered, places, put
from tests.kernel.test_any_values import COMMANDS, VALUES

SIGNERS = Signer("ann", 1), Signer("bob", 300)
BLOCK = Block(
    2,
    10**18,
    (Report("spot", 1, -5, "r"), Report("spot", 1, 2**70, "r", 0)),
    tuple(Signed(each, SIGNERS[place % 3 :], place == 1) for place, each in enumerate(COMMANDS)),
    b"\1" * 32,
)
SHORT = Block(1, 2, (Report("s", 1, 2, "r", 3),), (Signed(Choose(1, "a", 0, 1, (5,)), SIGNERS),))


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value is what an annotation says, all the way down."""
    parts = get_args(annotation)
    if isinstance(annotation, UnionType):
        return any(fits(value, each) for each in parts)
    if annotation in RECORDS:
        return type(value) is annotation and all(
            fits(getattr(value, name), hint) for name, hint in get_type_hints(annotation).items()
        )
    if get_origin(annotation) is tuple:
        if type(value) is not tuple:
            return False
        each = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        return len(value) == len(each) and all(map(fits, value, each))
    return value is None if annotation is None else type(value) is annotation


def held(data: bytes) -> None:
    """Reads a block both ways."""
    try:
        expected = decode(data, RECORDS)
        if not fits(expected, Block):
            raise NotCanonical
    except NotCanonical:
        with pytest.raises(NotCanonical):
            forms.read(data, Block)
        return
    found = forms.read(data, Block)
    assert repr(found) == repr(expected)
    assert encode(found) == data


def test_a_block_with_every_command_is_read() -> None:
    assert forms.read(encode(BLOCK), Block) == BLOCK


@settings(max_examples=300)
@given(alterations, st.sampled_from([encode(BLOCK), encode(SHORT)]))
@example([], encode(BLOCK))
@example([], encode(SIGNERS[0]))
@example([("put", 0, b"")], encode(SHORT) + b"N")
def test_altered_bytes_are_a_block_where_reading_and_looking_says_so(
    changes: list[Alter], data: bytes
) -> None:
    held(altered(data, changes))


@pytest.mark.parametrize("command", COMMANDS)
def test_any_value_in_any_field_is_refused_unless_it_fits(command: Command) -> None:
    block = replace(SHORT, commands=(Signed(command, SIGNERS),))
    for place in places(block):
        for value in (*VALUES, SIGNERS[0], ({},), {}):
            held(encode(put(block, place, value)))


def test_bytes_that_are_cut_are_refused() -> None:
    data = encode(SHORT)
    for size in range(len(data)):
        held(data[:size])
