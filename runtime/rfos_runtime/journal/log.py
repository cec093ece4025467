"""The log on disk: one file, one writer, synced in groups while the kernel goes on.

Space is set aside ahead of the blocks, so that a sync has no lengths to write and a full disk is
told before a block is begun. What is appended is durable once `wait` returns.
"""

import mmap
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

from rfos_runtime.journal.batches import Batch, read, sealed
from rfos_runtime.journal.disk import CannotRead, CannotWrite, locked, reason, sync_directory
from rfos_runtime.journal.frames import Reading

FILE, LOCK = "records.log", "lock"
AHEAD = 64 << 20
"""So many bytes are set aside at a time."""


@dataclass(slots=True)
class Log:
    """An open log. `reading` is what it held when it was opened; `number` is that of the newest
    block appended, `durable` of the newest that survives a crash; `end` is where the next one to be
    written begins."""

    reading: Reading[Batch]
    number: int
    durable: int
    _hash: bytes
    _file: int
    _lock: int
    end: int
    _room: int
    _waiting: list[Batch] = field(default_factory=list)
    _failure: OSError | None = None
    _closing: bool = False
    _changed: Condition = field(default_factory=Condition)
    _writer: Thread | None = None

    def append(self, batch: Batch) -> int:
        """Hands a block to be written, and returns its number. Raises CannotWrite."""
        with self._changed:
            self._check()
            if self._closing:
                raise CannotWrite("the log is closed: open it anew")
            self._waiting.append(batch)
            self._changed.notify_all()
        self.number += 1
        return self.number

    def wait(self, number: int) -> None:
        """Returns once a block is durable. Raises CannotWrite."""
        with self._changed:
            while self.durable < number:
                self._check()
                self._changed.wait()

    def close(self) -> None:
        """Waits for what was appended, and gives the log free. Raises CannotWrite."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        assert self._writer is not None
        self._writer.join()
        os.close(self._file)
        os.close(self._lock)
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise _cannot_write(self._failure)

    # --- the thread that writes

    def start(self) -> None:
        """Begins to write."""
        self._writer = Thread(target=self._write, name="log", daemon=True)
        self._writer.start()

    def _write(self) -> None:
        while group := self._next_group():
            try:
                self._set_aside(sum(batch.size for batch in group))
                for number, batch in enumerate(group, self.durable + 1):
                    self._write_batch(number, batch)
                os.fdatasync(self._file)
            except OSError as failure:
                with self._changed:
                    self._failure = failure
                    self._changed.notify_all()
                return
            with self._changed:
                self.durable += len(group)
                self._changed.notify_all()

    def _next_group(self) -> list[Batch]:
        """All blocks that wait; nothing once the log is closed and none does."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            group, self._waiting = self._waiting, []
            return group

    def _set_aside(self, size: int) -> None:
        end = self.end + size
        if end > self._room:
            more = -(-end // AHEAD) * AHEAD
            os.posix_fallocate(self._file, 0, more)
            os.fsync(self._file)
            self._room = more

    def _write_batch(self, number: int, batch: Batch) -> None:
        head, trailer = sealed(self._hash, number, batch)
        _write_all(self._file, [head, batch.records, trailer], self.end)
        self._hash = trailer
        self.end += batch.size


def _write_all(file: int, parts: list[bytes | memoryview], offset: int) -> None:
    """Writes parts one after the other at an offset."""
    left = [memoryview(part) for part in parts if part]
    while left:
        written = os.pwritev(file, left, offset)
        offset += written
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if left:
            left[0] = left[0][written:]


def read_log(directory: Path) -> Reading[Batch]:
    """What a log holds, without touching it; nothing if there is none. Raises JournalError."""
    try:
        data = _mapped(directory / FILE)
    except OSError as failure:
        raise CannotRead(f"the log cannot be read: {reason(failure)}") from failure
    return read(memoryview(data))


def _mapped(path: Path) -> bytes | mmap.mmap:
    if not path.exists() or path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def open_log(directory: Path) -> Log:
    """Opens the log of a folder to continue it, or begins one. Raises JournalError.

    The lock is taken before anything is read: else what another node writes meanwhile would be
    written over. The bytes of a torn last block were never acknowledged; they are kept aside in
    `torn-<offset>`.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = locked(directory / LOCK)
    except OSError as failure:
        raise _cannot_write(failure) from failure
    try:
        found = read_log(directory)
        file = _opened(directory, found)
        room = os.fstat(file).st_size
    except OSError as failure:
        os.close(lock)
        raise _cannot_write(failure) from failure
    except BaseException:
        os.close(lock)
        raise
    number = len(found.payloads)
    log = Log(found, number, number, found.last_hash, file, lock, found.end, room)
    log.start()
    return log


def _opened(directory: Path, found: Reading[Batch]) -> int:
    """The file of a log, with nothing behind the blocks `found`."""
    file = os.open(directory / FILE, os.O_RDWR | os.O_CREAT, 0o644)
    if found.torn:
        _set_torn_aside(directory, file, found.end)
    sync_directory(directory)
    return file


def _cannot_write(failure: OSError) -> CannotWrite:
    return CannotWrite(f"the log cannot be written: {reason(failure)}")


def _set_torn_aside(directory: Path, file: int, end: int) -> None:
    rest = os.pread(file, os.fstat(file).st_size - end, end).rstrip(b"\0")
    (directory / f"torn-{end}").write_bytes(rest)
    _write_all(file, [bytes(len(rest))], end)
    os.fsync(file)
