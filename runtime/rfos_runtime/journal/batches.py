"""The bytes of a log of records: blocks, each a header of 128 bytes, its records, and a trailer.

    header    =  MAGIC  check  number  time  count  previous  body  evidence
    check     =  first 4 bytes of sha256(the rest of the header)
    body      =  sha256(records)
    previous  =  sha256(header of the block before); that of the first is GENESIS
    trailer   =  sha256(header)

So the hash of a header fixes every record before it. The file is longer than what is written: what
is still free is zero. Pure: bytes in, bytes out.
"""

from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from rfos_runtime.journal.frames import Altered, JournalError, Reading

MAGIC = b"RFO\x01"
"""The last byte is the version."""
GENESIS = sha256(b"rfos genesis").digest()
RECORD = 128
SECTOR = 512
"""What a disk writes whole or not at all, at the least."""

_REST = Struct("<qqq32s32s32s")
HEAD, TAIL = 8 + _REST.size, 32


class NotALog(JournalError):
    """The file begins with something else, or with another version."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the records of a block. `evidence`: hash of the signatures checked."""

    number: int
    time: int
    count: int
    previous: bytes
    body: bytes
    evidence: bytes

    @property
    def size(self) -> int:
        """How many bytes the block has, header and trailer included."""
        return HEAD + self.count * RECORD + TAIL


@dataclass(frozen=True, slots=True)
class Batch:
    """A block of a log: its time, its records, the hash of the signatures that were checked."""

    time: int
    records: bytes | memoryview
    evidence: bytes = bytes(32)

    @property
    def size(self) -> int:
        """How many bytes it has in a log."""
        return HEAD + len(self.records) + TAIL


def sealed(previous: bytes, number: int, batch: Batch) -> tuple[bytes, bytes]:
    """The header and the trailer of the block after the one whose header has the hash
    `previous`."""
    body, count = sha256(batch.records).digest(), len(batch.records) // RECORD
    rest = _REST.pack(number, batch.time, count, previous, body, batch.evidence)
    head = MAGIC + _check(rest) + rest
    return head, sha256(head).digest()


def read(data: memoryview) -> Reading[Batch]:
    """The blocks of a log. Raises NotALog, Altered.

    A block that was being written when the power went, and so was never acknowledged, ends in
    zeros or lacks a sector; one that does neither, or is followed by others, was altered.
    """
    blocks: list[Batch] = []
    offset, previous = 0, GENESIS
    while (block := _block(data[offset:], len(blocks) + 1, previous)) is not None:
        blocks.append(block)
        previous = sha256(data[offset : offset + HEAD]).digest()
        offset += block.size
    rest = data[offset:]
    torn = _written(rest)
    if torn:
        _check_first(rest[:HEAD], offset)
        if not _is_torn(rest, _header(rest, len(blocks) + 1, previous)):
            raise Altered(len(blocks) + 1, offset)
    return Reading(tuple(blocks), offset, previous, torn)


def _block(data: memoryview, number: int, previous: bytes) -> Batch | None:
    """The block with which these bytes begin; None if none does, or not a whole one."""
    header = _header(data, number, previous)
    if header is None or header.size > len(data):
        return None
    records, trailer = data[HEAD : header.size - TAIL], data[header.size - TAIL : header.size]
    fits = sha256(records).digest() == header.body
    whole = fits and sha256(data[:HEAD]).digest() == trailer
    return Batch(header.time, records, header.evidence) if whole else None


def _header(data: memoryview, number: int, previous: bytes) -> Header | None:
    """The header of block `number`, if these bytes begin with it."""
    rest = data[8:HEAD]
    if len(data) < HEAD or data[:8] != MAGIC + _check(rest):
        return None
    header = Header(*_REST.unpack(rest))
    return header if (header.number, header.previous) == (number, previous) else None


def _check(rest: bytes | memoryview) -> bytes:
    return sha256(rest).digest()[:4]


def _check_first(head: memoryview, offset: int) -> None:
    """Raises NotALog if a file does not even begin as a log."""
    begin = bytes(head[:4])
    if offset == 0 and begin.strip(b"\0") and not MAGIC.startswith(begin.rstrip(b"\0")):
        known = begin[:3] == MAGIC[:3]
        raise NotALog("another version of the log" if known else "this is no log")


def _is_torn(data: memoryview, header: Header | None) -> bool:
    """Whether these bytes begin with a block that was not written to its end, and no more."""
    if header is None:
        followed = MAGIC in bytes(data[1:])
        unfinished = len(data) < HEAD or _is_zero(data[HEAD - 1 :]) or _is_zero(data[:HEAD])
        return unfinished and not followed
    if header.size > len(data):
        return True
    if not _is_zero(data[header.size :]):
        return False
    expected = sha256(data[:HEAD]).digest()
    written = bytes(data[header.size - TAIL : header.size]).rstrip(b"\0")
    cut_short = len(written) < TAIL and expected.startswith(written)
    return cut_short or _lacks_a_sector(data[: header.size])


def _lacks_a_sector(block: memoryview) -> bool:
    """Whether as many bytes as a sector at least are zero; no record and no header is."""
    zeros = bytes(SECTOR)
    return zeros in bytes(block)


def _is_zero(data: memoryview) -> bool:
    return _written(data) == 0


def _written(data: memoryview) -> int:
    """How many bytes there are before nothing but zeros."""
    return len(bytes(data).rstrip(b"\0"))
