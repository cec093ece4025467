"""The log on disk: one file, one writer, synced in groups while the kernel goes on.

Space is set aside ahead of the blocks, so that a sync has no lengths to write and a full disk is
told before a block is begun. What is appended is durable once `wait` returns.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

from rfos_runtime.journal.batches import HEAD, TAIL, Found, read, sealed
from rfos_runtime.journal.disk import CannotRead, CannotWrite, locked, reason, sync_directory

FILE, LOCK = "records.log", "lock"
AHEAD = 64 << 20
"""So many bytes are set aside at a time."""


@dataclass(slots=True)
class Log:
    """An open log. `number` is that of the newest block appended, `durable` of the newest that
    survives a crash; `end` is where the next one to be written begins."""

    number: int
    durable: int
    _hash: bytes
    _file: int
    _lock: int
    end: int
    _room: int
    _waiting: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    _failure: OSError | None = None
    _closing: bool = False
    _changed: Condition = field(default_factory=Condition)
    _writer: Thread | None = None

    def append(self, time: int, records: bytes, evidence: bytes = bytes(32)) -> int:
        """Hands a block to be written, and returns its number. Raises CannotWrite."""
        with self._changed:
            self._check()
            self._waiting.append((time, records, evidence))
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
                self._set_aside(sum(HEAD + len(records) + TAIL for _, records, _ in group))
                for number, block in enumerate(group, self.durable + 1):
                    self._write_block(number, *block)
                os.fdatasync(self._file)
            except OSError as failure:
                with self._changed:
                    self._failure = failure
                    self._changed.notify_all()
                return
            with self._changed:
                self.durable += len(group)
                self._changed.notify_all()

    def _next_group(self) -> list[tuple[int, bytes, bytes]]:
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

    def _write_block(self, number: int, time: int, records: bytes, evidence: bytes) -> None:
        head, trailer = sealed(self._hash, number, time, records, evidence)
        _write_all(self._file, [head, records, trailer], self.end)
        self._hash = trailer
        self.end += len(head) + len(records) + len(trailer)


def _write_all(file: int, parts: list[bytes], offset: int) -> None:
    """Writes parts one after the other at an offset."""
    left = [memoryview(part) for part in parts if part]
    while left:
        written = os.pwritev(file, left, offset)
        offset += written
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if left:
            left[0] = left[0][written:]


@contextmanager
def reading(directory: Path) -> Iterator[Found]:
    """What a log holds, without touching it; nothing if there is none. Raises JournalError."""
    try:
        data = _mapped(directory / FILE)
    except OSError as failure:
        raise CannotRead(f"the log cannot be read: {reason(failure)}") from failure
    yield read(memoryview(data))


def _mapped(path: Path) -> bytes | mmap.mmap:
    if not path.exists() or path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@contextmanager
def taken(directory: Path) -> Iterator[int]:
    """The lock of a log's folder, which is made if it is missing: whoever reads a log in order to
    continue it takes it first. It is given free only if what follows fails. Raises Locked,
    CannotWrite."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = locked(directory / LOCK)
    except OSError as failure:
        raise _cannot_write(failure) from failure
    try:
        yield lock
    except BaseException:
        os.close(lock)
        raise


def open_log(directory: Path, found: Found, lock: int) -> Log:
    """Opens a log to continue it behind the blocks `found`, or begins one. The lock of its folder,
    under which they were found, is the log's from now on. Raises CannotWrite.

    The bytes of a torn last block were never acknowledged; they are kept aside in `torn-<offset>`.
    """
    try:
        file = _opened(directory, found)
    except OSError as failure:
        raise _cannot_write(failure) from failure
    number = len(found.blocks)
    log = Log(number, number, found.hash, file, lock, found.end, os.fstat(file).st_size)
    log.start()
    return log


def _opened(directory: Path, found: Found) -> int:
    """The file of a log, behind the blocks `found`."""
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
