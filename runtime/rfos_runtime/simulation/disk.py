"""A disk that does what disks do: loses what was not synced, tears a write, turns a bit, is full.

Faults are armed beforehand and strike the next write; `crash` is the power that goes. Until then
everything is read as it was written, as a machine's memory shows it.
"""

import errno
from dataclasses import dataclass, field

from rfos_runtime.journal.disk import Locked


class PowerGone(Exception):
    """The machine went down in the middle of a write."""


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    pending: bytes = b""  # appended, not synced


@dataclass(slots=True)
class SimulatedDisk:
    """Files in memory. `room`: how many bytes more it takes; None: any number.

    `tear`: the next append breaks off after so many bytes, and the power goes. `lies`: so many
    syncs return and have done nothing. `tear_place`: the power goes while the next whole file is
    placed, when so many of its bytes have been written.
    """

    room: int | None = None
    tear: int | None = None
    tear_place: int | None = None
    lies: int = 0
    _files: dict[str, _File] = field(default_factory=dict)
    _is_locked: bool = False

    # --- what goes wrong

    def crash(self, kept: int = 0, zeros: int = 0) -> None:
        """The power goes. Of what was not synced the first bytes are kept, and so many zeros follow
        where the file was already longer but its bytes had not been written."""
        for file in self._files.values():
            rest = file.pending[:kept]
            lost = len(file.pending) - len(rest)
            file.durable, file.pending = file.durable + rest + bytes(min(zeros, lost)), b""
        self.tear = self.tear_place = self.room = None
        self.lies = 0
        self._is_locked = False

    def flip(self, name: str, bit: int) -> None:
        """Turns a bit of a file."""
        data = bytearray(self._files[name].durable)
        data[bit // 8] ^= 1 << bit % 8
        self._files[name].durable = bytes(data)

    def put(self, name: str, data: bytes) -> None:
        """Makes a file these bytes, whatever it was."""
        self._files[name] = _File(data)

    # --- what a journal needs of a disk

    def lock(self) -> None:
        """Takes the disk. Raises Locked."""
        if self._is_locked:
            raise Locked("the disk is in use")
        self._is_locked = True

    def unlock(self) -> None:
        """Gives it free."""
        self._is_locked = False

    def names(self) -> list[str]:
        """The files that there are."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """All bytes of a file; none if there is no such file."""
        file = self._files.get(name, _File())
        return file.durable + file.pending

    def append(self, name: str, data: bytes) -> None:
        """Bytes at the end, as far as there is room."""
        file = self._files.setdefault(name, _File())
        if self.tear is not None:
            file.pending += data[: self.tear]
            raise PowerGone
        fits = data if self.room is None else data[: self.room]
        file.pending += fits
        if self.room is not None:
            self.room -= len(fits)
        if len(fits) < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, name: str) -> None:
        """Makes a file durable, unless the disk lies."""
        if self.lies:
            self.lies -= 1
            return
        file = self._files.setdefault(name, _File())
        file.durable, file.pending = file.durable + file.pending, b""

    def cut(self, name: str, size: int) -> None:
        """Leaves the first bytes."""
        self._files[name] = _File(self.read(name)[:size])

    def place(self, name: str, data: bytes) -> None:
        """A file whole or not at all; what was written beside it may stay."""
        if self.tear_place is not None:
            self._files[f"{name}.part"] = _File(data[: self.tear_place])
            raise PowerGone
        if self.room is not None and self.room < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        self._files[name] = _File(data)

    def remove(self, name: str) -> None:
        """No such file any more."""
        self._files.pop(name, None)
