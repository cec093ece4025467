"""Whatever bytes lie where a journal should be: what was written comes back, or one documented
error says what is wrong. Records with the right hashes and the wrong content too.
"""

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal import batches, frames
from rfos_runtime.journal.frames import GENESIS_HASH, HEADER, JournalError, chained, frame
from rfos_runtime.journal.journal import FILE
from rfos_runtime.node.node import replayed
from rfos_runtime.node.refusals import Unreadable
from rfos_runtime.records.block import Block, Signed, Signer
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.commands import INSTANT_MAX, Transfer
from rfos_runtime.records.forms import read
from rfos_runtime.records.wire import SIZE
from tests.simulation.made import executor, played

Alter = tuple[str, int, bytes]

alterations: st.SearchStrategy[list[Alter]] = st.lists(
    st.tuples(
        st.sampled_from(("put", "insert", "cut")),
        st.integers(0, 2**20),
        st.binary(min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=4,
)


def altered(data: bytes, changes: list[Alter]) -> bytes:
    """The bytes with changes: some put in place of others, some more, some fewer."""
    made = bytearray(data)
    for kind, at, new in changes:
        at %= len(made) + 1
        match kind:
            case "put":
                made[at : at + len(new)] = new
            case "insert":
                made[at:at] = new
            case _:
                del made[at : at + len(new)]
    return bytes(made)


def journal(payloads: list[bytes]) -> bytes:
    """A journal with these payloads, every hash right."""
    data, previous = HEADER, GENESIS_HASH
    for payload in payloads:
        data += frame(previous, payload)
        previous = chained(previous, payload)
    return data


def log(bodies: list[bytes]) -> bytes:
    """A log with these records, every hash right."""
    data, previous = b"", batches.GENESIS
    for number, records in enumerate(bodies, 1):
        head, previous = batches.sealed(previous, number, batches.Batch(number * 10, records))
        data += head + records + previous
    return data


PAYLOADS = [b"first", b"\0" * 20, bytes(range(200)), b"last"]
BODIES = [bytes([number + 1]) * (SIZE * number) for number in range(4)]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_journal_or_refused(data: bytes) -> None:
    for prefix in (b"", HEADER):
        try:
            assert frames.read(prefix + data).payloads == ()
        except JournalError as problem:
            assert str(problem)


@given(alterations, st.booleans())
def test_an_altered_journal_holds_the_first_of_what_was_written_or_is_refused(
    changes: list[Alter], padded: bool
) -> None:
    whole = journal(PAYLOADS)
    try:
        found = frames.read(altered(whole + b"\0" * 99 * padded, changes))
    except JournalError:
        return
    assert list(found.payloads) == PAYLOADS[: len(found.payloads)]
    assert found.end + found.torn <= len(whole) + 99 + 4 * 9


@given(st.binary(max_size=300))
def test_any_bytes_are_a_log_or_refused(data: bytes) -> None:
    for prefix in (b"", batches.MAGIC):
        try:
            assert batches.read(memoryview(prefix + data)).payloads == ()
        except JournalError as problem:
            assert str(problem)


@given(alterations, st.booleans())
def test_an_altered_log_holds_the_first_of_what_was_written_or_is_refused(
    changes: list[Alter], padded: bool
) -> None:
    whole = log(BODIES)
    try:
        found = batches.read(memoryview(altered(whole + b"\0" * 2000 * padded, changes)))
    except JournalError:
        return
    assert [bytes(each.records) for each in found.payloads] == BODIES[: len(found.payloads)]


# --- the hashes fit, the content does not --------------------------------------------------------


@cache
def recorded() -> tuple[tuple[bytes, bytes], ...]:
    """The blocks of a small world, as the journal has them, each with its root."""
    found = frames.read(played(2, 60).machine.disk.read(FILE))
    return tuple(decode(payload) for payload in found.payloads)


def replay(blocks: list[tuple[bytes, bytes]]) -> int:
    """How many blocks a journal of these holds that a node can replay. Raises JournalError."""
    found = frames.read(journal([encode(each) for each in blocks]))
    return sum(1 for _ in replayed(found, executor()))


def test_what_was_recorded_is_replayed() -> None:
    assert replay([*recorded()]) == len(recorded())


@settings(max_examples=40)
@given(st.data(), alterations)
def test_any_bytes_under_a_right_hash_are_a_block_or_refused(
    data: st.DataObject, changes: list[Alter]
) -> None:
    number = data.draw(st.integers(0, 2))
    blocks = [*recorded()[:3]]
    body, root = blocks[number]
    blocks[number] = altered(body, changes), root
    try:
        replay(blocks)
    except JournalError as problem:
        assert str(problem)


EXTREME = (0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 2**127, 2**200, -(2**200))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the single values of a record lie in it."""
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
        return [way for name in names for way in places(getattr(value, name), (*path, name))]
    if isinstance(value, tuple):
        return [way for place, each in enumerate(value) for way in places(each, (*path, place))]
    return [path]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A record with another single value at a place."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(head, str):
        return replace(value, **{head: put(getattr(value, head), rest, new)})
    parts = [put(each, rest, new) if place == head else each for place, each in enumerate(value)]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


@settings(max_examples=60)
@given(st.data())
def test_a_block_with_any_value_in_any_field_is_applied_or_refused(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 2))
    blocks = [*recorded()[:3]]
    block = read(blocks[number][0], Block)
    at = data.draw(st.sampled_from(places(block)))
    new = data.draw(st.sampled_from((*EXTREME, True, None, "", "x" * 300, b"", b"\0" * 40, ("a",))))
    blocks[number] = encode(put(block, at, new)), blocks[number][1]
    try:
        replay(blocks)
    except JournalError as problem:
        assert str(problem)


@pytest.mark.parametrize(
    "wrong",
    [
        Block(2, 5),
        Block(1, 0),
        Block(1, -5),
        Block(1, INSTANT_MAX + 1),
        Block(1, 2**70),
        ("no", "block"),
        Signer("operator", 1),
        Block("1", 5),  # type: ignore[arg-type]
        Block(1, 5, commands=Signed(Transfer("a", "b", "USD", 1), ())),  # type: ignore[arg-type]
        Block(1, 5, commands=(Signed(Transfer("a", "b", 7, 1), ()),)),  # type: ignore[arg-type]
        Block(1, 5, commands=(Signed(Signer("a", 1), ()),)),  # type: ignore[arg-type]
    ],
)
def test_a_record_that_is_no_next_block_is_told(wrong: object) -> None:
    with pytest.raises(Unreadable, match="block 1"):
        replay([(encode(wrong), bytes(32))])


@pytest.mark.parametrize("payload", [b"", b"N", encode((b"", 5)), encode((b"",)), encode({})])
def test_a_payload_of_another_form_is_told(payload: bytes) -> None:
    found = frames.read(journal([payload]))
    with pytest.raises(Unreadable, match="block 1"):
        list(replayed(found, executor()))


def test_a_dict_is_no_key() -> None:
    with pytest.raises(NotCanonical):
        decode(b"d" + (1).to_bytes(4, "big") + encode({}) + b"N")
