"""What a node needs of a journal, whichever kernel it runs. A file is one, a replicated log would
be another; whatever it is, it passes `tests/journal/conformance.py`.
"""

from typing import Protocol, TypeVar

from rfos_runtime.journal.frames import Reading

Entry = TypeVar("Entry")


class Adapter(Protocol[Entry]):
    """An ordered log of entries, of one writer. Opening it raises Locked or another JournalError.

    `reading` is what it held when it was opened: every entry for whose number `wait` has ever
    returned, in order, and after them at most entries that were appended when the writer ended.
    """

    @property
    def reading(self) -> Reading[Entry]: ...

    @property
    def number(self) -> int:
        """That of the newest entry; the first one has 1."""

    def append(self, entry: Entry) -> int:
        """Hands an entry over to be written, and returns its number. Raises CannotWrite: then it
        may survive or not, and nothing can be appended until the journal is opened anew."""

    def wait(self, number: int) -> None:
        """When this returns, the entry of this number survives a crash, and so do all before it.
        Raises CannotWrite, as `append` does."""

    def close(self) -> None:
        """Waits for what was appended, and gives the journal free for another writer. Raises
        CannotWrite if it was not all written."""
