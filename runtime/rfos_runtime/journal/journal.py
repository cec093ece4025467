"""The journal on disk: one file of frames, one writer, every append synced before it counts."""

import os
from dataclasses import dataclass
from pathlib import Path

from rfos_runtime.journal.frames import HEADER, JournalError, Reading, frame, read

FILE = "blocks.journal"
LOCK = "lock"


class Locked(JournalError):
    """Another process writes this journal."""


@dataclass(slots=True)
class Journal:
    """An open journal. `reading` is what it held when it was opened."""

    reading: Reading
    torn_kept: Path | None
    _file: int
    _lock: int
    _last_hash: bytes

    def append(self, payload: bytes) -> None:
        """Writes a frame; when this returns, it survives a crash. Raises OSError."""
        data = frame(self._last_hash, payload)
        _write_all(self._file, data)
        os.fsync(self._file)
        self._last_hash = data[-len(self._last_hash) :]

    def close(self) -> None:
        """Gives the journal free for another writer."""
        os.close(self._file)
        os.close(self._lock)


def read_journal(directory: Path) -> Reading:
    """What a journal holds, without touching it; nothing if there is none. Raises JournalError."""
    path = directory / FILE
    return read(path.read_bytes() if path.exists() else b"")


def open_journal(directory: Path) -> Journal:
    """Opens a journal to continue it, or begins one. Raises JournalError.

    The bytes of a torn last record are kept aside in `torn-<offset>` before the file is cut to its
    last whole frame: they were never acknowledged, and nothing is thrown away.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = locked(directory / LOCK)
    try:
        reading = read_journal(directory)
        kept = _set_aside(directory, reading)
        file = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except BaseException:
        os.close(lock)
        raise
    os.ftruncate(file, reading.end)
    if reading.end == 0:
        _write_all(file, HEADER)
    os.fsync(file)
    sync_directory(directory)
    return Journal(reading, kept, file, lock, reading.last_hash)


def _set_aside(directory: Path, reading: Reading) -> Path | None:
    if reading.torn == 0:
        return None
    path = directory / f"torn-{reading.end}"
    path.write_bytes((directory / FILE).read_bytes()[reading.end :])
    return path


def locked(path: Path) -> int:
    """The lock of one writer, held until it is closed. Raises Locked."""
    import fcntl

    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise Locked(f"{path.parent} is in use by another process") from None
    return lock


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable."""
    opened = os.open(directory, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)
