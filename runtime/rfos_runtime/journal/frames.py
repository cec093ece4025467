"""The bytes of a journal: a header, then frames, each chained to the one before by its hash.

    journal  =  MAGIC  version (4 bytes)  frame*
    frame    =  length (4)  check (4)  payload  hash (32)  END (1)
    check    =  first 4 bytes of sha256(previous hash, length)
    hash     =  sha256(previous hash, payload)

Numbers are big-endian; the first frame's previous hash is that of the header. The check tells an
altered length from a journal that simply ends early; END, no bit of which leads to zero, tells an
altered last frame from one whose last bytes were never written. Pure: bytes in, bytes out.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

Entry = TypeVar("Entry")

MAGIC = b"RFOSJRNL"
VERSION = 2
HEADER = MAGIC + VERSION.to_bytes(4, "big")
GENESIS_HASH = sha256(HEADER).digest()
HASH_SIZE = 32
HEAD_SIZE = 8
END = b"\xa5"
AROUND = HEAD_SIZE + HASH_SIZE + len(END)
"""So many bytes a frame has around its payload."""


class JournalError(Exception):
    """The journal cannot be used; the message says why and where."""


class NotAJournal(JournalError):
    """The file begins with something else, or with another version."""


class Altered(JournalError):
    """A byte was changed in the frame of this number (from 1), which begins at this offset."""

    def __init__(self, number: int, offset: int) -> None:
        super().__init__(f"block {number} was altered, in the frame at byte {offset}")
        self.number = number
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Reading(Generic[Entry]):
    """What a journal holds. `end`: where the last whole entry ends; `last_hash`: its hash, which
    fixes all before it; `torn`: how many bytes of an unfinished one follow.
    """

    payloads: tuple[Entry, ...]
    end: int
    last_hash: bytes
    torn: int


def frame(previous: bytes, payload: bytes) -> bytes:
    """The frame of a payload after the frame with hash `previous`."""
    length = len(payload).to_bytes(4, "big")
    return length + _check(previous, length) + payload + chained(previous, payload) + END


def hash_of(framed: bytes) -> bytes:
    """The hash in a whole frame."""
    return framed[-len(END) - HASH_SIZE : -len(END)]


def chained(previous: bytes, payload: bytes) -> bytes:
    """The hash of a frame."""
    return sha256(previous + payload).digest()


def read(data: bytes) -> Reading[bytes]:
    """The frames of a journal. A torn last record is left out and counted; raises NotAJournal,
    Altered.

    Torn: the record was cut short, or ends in zeros, as some file systems leave what was lost of a
    write. Anything else that does not fit was altered.
    """
    if len(data) < len(HEADER) and HEADER.startswith(data):
        return Reading((), 0, GENESIS_HASH, len(data))
    if not data.startswith(HEADER):
        known = data.startswith(MAGIC)
        raise NotAJournal("another version of the journal" if known else "this is no journal")
    payloads: list[bytes] = []
    offset, previous = len(HEADER), GENESIS_HASH
    while offset < len(data):
        found = _frame_at(data, offset, previous)
        if found is None:
            if _is_torn(data, offset, previous):
                break
            raise Altered(len(payloads) + 1, offset)
        payload, previous = found
        payloads.append(payload)
        offset += AROUND + len(payload)
    return Reading(tuple(payloads), offset, previous, len(data) - offset)


def _check(previous: bytes, length: bytes) -> bytes:
    return sha256(previous + length).digest()[:4]


def _length_at(data: bytes, offset: int, previous: bytes) -> int | None:
    """The length of a frame; None if its head is not whole or not right."""
    length, check = data[offset : offset + 4], data[offset + 4 : offset + HEAD_SIZE]
    return int.from_bytes(length, "big") if check == _check(previous, length) else None


def _frame_at(data: bytes, offset: int, previous: bytes) -> tuple[bytes, bytes] | None:
    """The payload and the hash of a frame; None if it is not whole or not right."""
    length = _length_at(data, offset, previous)
    if length is None:
        return None
    begin = offset + HEAD_SIZE
    end = begin + length
    payload, rest = data[begin:end], data[end : end + HASH_SIZE + len(END)]
    found = chained(previous, payload)
    return (payload, found) if rest == found + END else None


def _is_torn(data: bytes, offset: int, previous: bytes) -> bool:
    """Whether what begins here is a last record that was not written to its end."""
    rest = len(data) - offset
    length = _length_at(data, offset, previous)
    if length is None:
        return rest < HEAD_SIZE or _is_begun_head(data[offset:].rstrip(b"\0"), previous)
    whole = AROUND + length
    return rest < whole or (rest == whole and data[-1] == 0)


def _is_begun_head(written: bytes, previous: bytes) -> bool:
    """Whether these are the first bytes of the head of a frame, and not all of them."""
    length = written[:4]
    whole = length + _check(previous, length)
    return len(written) <= len(length) or (len(written) < HEAD_SIZE and whole.startswith(written))
