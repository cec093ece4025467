"""The journal on a disk: one file of frames, one writer, every append synced before it counts."""

from dataclasses import dataclass
from pathlib import Path

from rfos_runtime.journal.disk import CannotRead, CannotWrite, Disk, Folder, reason
from rfos_runtime.journal.frames import HEADER, Reading, frame, hash_of, read

FILE = "blocks.journal"


@dataclass(slots=True)
class Journal:
    """An open journal. `reading` is what it held when it was opened, `number` that of its newest
    payload."""

    reading: Reading[bytes]
    number: int
    _disk: Disk
    _last_hash: bytes
    _is_broken: bool = False

    def append(self, payload: bytes) -> int:
        """Writes a frame; when this returns, it survives a crash. Its number. Raises CannotWrite.

        What a disk that has refused once has of it nobody knows, so nothing is written behind it.
        """
        if self._is_broken:
            raise CannotWrite("the journal could not be written before: open it anew")
        data = frame(self._last_hash, payload)
        try:
            self._disk.append(FILE, data)
            self._disk.sync(FILE)
        except OSError as failure:
            self._is_broken = True
            raise _cannot_write(failure) from failure
        self._last_hash = hash_of(data)
        self.number += 1
        return self.number

    def wait(self, number: int) -> None:
        """Returns: what was appended is durable already."""

    def close(self) -> None:
        """Gives the journal free for another writer; nothing can be appended any more."""
        self._is_broken = True
        self._disk.unlock()


def read_journal(directory: Path) -> Reading[bytes]:
    """What a journal holds, without touching it; nothing if there is none. Raises JournalError."""
    return read(_bytes(Folder(directory)))


def open_journal(directory: Path) -> Journal:
    """Opens the journal of a folder to continue it, or begins one. Raises JournalError."""
    return open_on(Folder(directory))


def open_on(disk: Disk) -> Journal:
    """Opens the journal of a disk to continue it, or begins one. Raises JournalError.

    The bytes of a torn last record are kept aside in `torn-<offset>` before the file is cut to its
    last whole frame: they were never acknowledged, and nothing is thrown away.
    """
    try:
        disk.lock()
    except OSError as failure:
        raise _cannot_write(failure) from failure
    try:
        return _opened(disk)
    except OSError as failure:
        disk.unlock()
        raise _cannot_write(failure) from failure
    except BaseException:
        disk.unlock()
        raise


def _opened(disk: Disk) -> Journal:
    data = _bytes(disk)
    reading = read(data)
    if reading.torn:
        disk.place(torn_file(reading), data[reading.end :])
    disk.cut(FILE, reading.end)
    if reading.end == 0:
        disk.append(FILE, HEADER)
        disk.sync(FILE)
    return Journal(reading, len(reading.payloads), disk, reading.last_hash)


def _bytes(disk: Disk) -> bytes:
    try:
        return disk.read(FILE)
    except OSError as failure:
        raise CannotRead(f"the journal cannot be read: {reason(failure)}") from failure


def torn_file(reading: Reading[bytes]) -> str:
    """Where the bytes of a torn last record are kept."""
    return f"torn-{reading.end}"


def _cannot_write(failure: OSError) -> CannotWrite:
    return CannotWrite(f"the journal cannot be written: {reason(failure)}")
