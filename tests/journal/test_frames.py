"""The bytes of a journal: whatever is altered is told, whatever was cut short is left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal.frames import GENESIS_HASH, HEADER, JournalError, chained, frame, read

PAYLOADS = (b"one", b"", b"\0" * 40, b"the last one, which ends in zeros\0\0\0")


def journal(payloads: tuple[bytes, ...]) -> bytes:
    data, previous = HEADER, GENESIS_HASH
    for payload in payloads:
        data += frame(previous, payload)
        previous = chained(previous, payload)
    return data


WHOLE = journal(PAYLOADS)


def test_every_bit_that_turns_is_told() -> None:
    for bit in range(8 * len(WHOLE)):
        data = bytearray(WHOLE)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(JournalError):
            read(bytes(data))


def test_a_journal_cut_at_any_byte_has_every_block_before() -> None:
    ends = [len(journal(PAYLOADS[:count])) for count in range(len(PAYLOADS) + 1)]
    for cut in range(len(WHOLE) + 1):
        found = read(WHOLE[:cut])
        count = sum(end <= cut for end in ends[1:])
        assert found.payloads == PAYLOADS[:count]
        assert found.end + found.torn == cut


def test_a_last_block_that_ends_in_zeros_was_never_written_whole() -> None:
    before = journal(PAYLOADS[:-1])
    for lost in range(1, len(WHOLE) - len(before)):
        found = read(WHOLE[:-lost] + bytes(lost))
        assert found.payloads == PAYLOADS[:-1]


def test_zeros_before_the_last_block_are_no_torn_write() -> None:
    begin, end = (len(journal(PAYLOADS[:count])) for count in (1, 2))
    for lost in range(1, end - begin):
        data = WHOLE[: end - lost] + bytes(lost) + WHOLE[end:]
        if data != WHOLE:
            with pytest.raises(JournalError):
                read(data)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for text in (data, HEADER + data, WHOLE + data):
        try:
            found = read(text)
        except JournalError:
            continue
        assert found.end + found.torn == len(text)
