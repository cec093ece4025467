"""What a node needs of a journal. A file is one, a replicated log would be another; whatever it is,
it passes `tests/journal/conformance.py`.
"""

from typing import Protocol

from rfos_runtime.journal.frames import Reading


class Adapter(Protocol):
    """An ordered log of payloads, of one writer. Opening it raises Locked or another JournalError.

    `reading` is what it held when it was opened: every payload of which `append` has ever returned,
    in order, and after them at most payloads whose append had not returned when the writer ended.
    """

    @property
    def reading(self) -> Reading: ...

    def append(self, payload: bytes) -> None:
        """Adds a payload; when this returns, it survives a crash. Raises CannotWrite: then it may
        survive or not, and nothing can be appended until the journal is opened anew."""

    def close(self) -> None:
        """Gives the journal free for another writer."""
