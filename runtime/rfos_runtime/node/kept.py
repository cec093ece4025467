"""Files beside a journal that are named for a block each; the newest of them stay."""

from rfos_runtime.journal.disk import CannotWrite, Disk, reason
from rfos_runtime.journal.frames import JournalError

SNAPSHOT, IMAGE = "snapshot-", "image-"
"""How the names of those begin that are of the world, and of the fast kernel."""
KEPT = 2
"""So many of the newest stay; the older ones go."""


class BlocksLost(JournalError):
    """The journal ends before a block of which there is a snapshot: what counted is gone."""

    def __init__(self, last: int, number: int) -> None:
        super().__init__(
            f"the journal ends with block {last}, and there is a snapshot of block {number}: "
            "the disk has lost blocks that counted"
        )
        self.number = number


def place(disk: Disk, prefix: str, number: int, data: bytes) -> None:
    """Places a file of a block, durably, and removes those that are too old. Raises OSError."""
    disk.place(f"{prefix}{number}", data)
    for old in numbers(disk, prefix)[KEPT:]:
        disk.remove(f"{prefix}{old}")


def place_or_stop(disk: Disk, prefix: str, number: int, data: bytes) -> None:
    """The same for a node that cannot go on without. Raises CannotWrite."""
    try:
        place(disk, prefix, number, data)
    except OSError as failure:
        raise CannotWrite(f"a snapshot cannot be written: {reason(failure)}") from failure


def numbers(disk: Disk, prefix: str) -> list[int]:
    """The blocks of which there are files, the newest first. Raises OSError."""
    ends = (name.removeprefix(prefix) for name in disk.names() if name.startswith(prefix))
    return sorted((int(end) for end in ends if end.isdecimal()), reverse=True)
