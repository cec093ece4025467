"""What a journal needs of a disk, and the disk of this machine: a folder with a few files.

Whoever writes has the folder to itself. Other disks are those of the simulator, on which writes are
torn, lost and altered.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rfos_runtime.journal.frames import JournalError

LOCK = "lock"


class Locked(JournalError):
    """Another process writes this journal."""


class CannotRead(JournalError):
    """The disk does not give what it holds."""


class CannotWrite(JournalError):
    """The disk refused what was to be written; it does not count, and nothing can follow it until
    the journal is opened anew."""


class Disk(Protocol):
    """A folder of files. Every call may raise OSError."""

    def lock(self) -> None:
        """Takes the folder for oneself. Raises Locked."""

    def unlock(self) -> None:
        """Gives it free."""

    def names(self) -> list[str]:
        """The files that there are."""

    def read(self, name: str) -> bytes:
        """All bytes of a file; none if there is no such file."""

    def append(self, name: str, data: bytes) -> None:
        """Bytes behind those that a file has. They may be lost until `sync` has returned."""

    def sync(self, name: str) -> None:
        """When this returns, all bytes of the file survive a crash, and so does its name."""

    def cut(self, name: str, size: int) -> None:
        """Leaves the first bytes of a file, durably."""

    def place(self, name: str, data: bytes) -> None:
        """A file with these bytes, durably; after a crash it is there whole or not at all."""

    def remove(self, name: str) -> None:
        """No such file any more."""


@dataclass(slots=True)
class Folder:
    """A folder of this machine."""

    path: Path
    _lock: int | None = None
    _open: dict[str, int] = field(default_factory=dict)

    def lock(self) -> None:
        """Takes the folder, which is made if it is missing. Raises Locked."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.path / LOCK)

    def unlock(self) -> None:
        """Gives the folder free, and closes its files."""
        for file in (*self._open.values(), *(() if self._lock is None else (self._lock,))):
            os.close(file)
        self._open.clear()
        self._lock = None

    def names(self) -> list[str]:
        """The files that there are."""
        return sorted(os.listdir(self.path)) if self.path.exists() else []

    def read(self, name: str) -> bytes:
        """All bytes of a file; none if there is no such file."""
        path = self.path / name
        return path.read_bytes() if path.exists() else b""

    def append(self, name: str, data: bytes) -> None:
        """Bytes at the end."""
        file = self._file(name)
        while data:
            data = data[os.write(file, data) :]

    def sync(self, name: str) -> None:
        """Waits for the disk."""
        os.fsync(self._file(name))

    def cut(self, name: str, size: int) -> None:
        """Leaves the first bytes."""
        os.ftruncate(self._file(name), size)
        self.sync(name)

    def place(self, name: str, data: bytes) -> None:
        """Writes beside, then puts it there."""
        beside = self.path / f"{name}.part"
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / name)
        sync_directory(self.path)

    def remove(self, name: str) -> None:
        """No such file any more."""
        with suppress(FileNotFoundError):
            (self.path / name).unlink()

    def _file(self, name: str) -> int:
        if name not in self._open:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._open[name] = os.open(self.path / name, flags, 0o644)
            sync_directory(self.path)
        return self._open[name]


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


def reason(failure: OSError) -> str:
    """Why a disk refuses, in words."""
    return (failure.strerror or str(failure)).lower()


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable."""
    opened = os.open(directory, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)
