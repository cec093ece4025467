"""Disks of this machine that refuse: a file that may not grow, no rights to write, no room."""

import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfos_runtime.journal.disk import Folder

NOBODY = 65534


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The system lets no file grow beyond so many bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def without_rights() -> Iterator[None]:
    """Who may do everything is somebody who may do nothing, meanwhile."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if before == 0:
            os.seteuid(before)


class FullFolder(Folder):
    """A folder whose files are on a device without room, so many writes from now on: `/dev/full`
    says so to each."""

    left = 3

    def append(self, name: str, data: bytes) -> None:
        """Bytes at the end, as long as there is room; else a part of them, and the device's no."""
        self.left -= 1
        if self.left >= 0:
            super().append(name, data)
            return
        super().append(name, data[: len(data) // 2])
        full = os.open("/dev/full", os.O_WRONLY)
        try:
            os.write(full, data[len(data) // 2 :])
        finally:
            os.close(full)


class FailingSync(Folder):
    """A folder on a device that fails when it is asked to write for good."""

    left = 3

    def sync(self, name: str) -> None:
        """Waits for the disk, or hears that it has failed."""
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(name)
