"""A journal in memory, for worlds that need none on disk. What it keeps outlives its writers."""

from dataclasses import dataclass, field

from rfos_runtime.journal.disk import CannotWrite, Locked
from rfos_runtime.journal.frames import GENESIS_HASH, HEADER, Reading, chained


@dataclass(slots=True)
class Memory:
    """What a journal in memory keeps."""

    payloads: list[bytes] = field(default_factory=list)
    is_open: bool = False

    def open(self) -> "MemoryJournal":
        """Opens it to continue it. Raises Locked."""
        if self.is_open:
            raise Locked("this journal is in use")
        self.is_open = True
        return MemoryJournal(_reading(self.payloads), self)


@dataclass(slots=True)
class MemoryJournal:
    """An open journal; `reading` is what it held when it was opened."""

    reading: Reading[bytes]
    _kept: Memory

    @property
    def number(self) -> int:
        """That of the newest payload."""
        return len(self._kept.payloads)

    def append(self, payload: bytes) -> int:
        """Adds a payload, and returns its number. Raises CannotWrite once it is closed."""
        if not self._kept.is_open:
            raise CannotWrite("the journal is closed: open it anew")
        self._kept.payloads.append(payload)
        return self.number

    def wait(self, number: int) -> None:
        """Returns: what was appended is kept already."""

    def close(self) -> None:
        """Gives the journal free for another writer."""
        self._kept.is_open = False


def _reading(payloads: list[bytes]) -> Reading[bytes]:
    last = GENESIS_HASH
    for payload in payloads:
        last = chained(last, payload)
    return Reading(tuple(payloads), len(HEADER) + sum(map(len, payloads)), last, 0)
