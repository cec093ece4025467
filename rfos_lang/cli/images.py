"""What lies beside a journal for recovery to begin with, and how it goes with it: snapshots, which
are images of the world, and images of the fast kernel. They are only read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rfos_lang.cli.journals import journal_failure
from rfos_lang.cli.machine_code import made_ready
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.disk import CannotRead, Folder, reason
from rfos_runtime.journal.log import FILE as LOG
from rfos_runtime.node import kept, snapshot

FITS = "has the root of its block"
UNREADABLE = "cannot be read, and is passed over"
DIFFERS = "has another root than its block"
NEWER = "is newer than the journal, which has lost blocks that counted"
REFUTED = (DIFFERS, NEWER)
SNAPSHOT, IMAGE = "snapshot", "image"

Fits = Callable[[bytes, bytes], bool]
"""Whether an image goes with a block, which leads from one root to another."""


@dataclass(frozen=True, slots=True)
class Image:
    """A snapshot or an image, which is named for a block. `held_against`: the block whose roots say
    whether it `fits`, which is None for one that cannot be read."""

    kind: str
    number: int
    held_against: int = 0
    fits: Fits | None = None

    @property
    def state_alone(self) -> str:
        """How it is as long as no block shows that it goes with the journal."""
        return UNREADABLE if self.fits is None else NEWER

    def state_at(self, number: int, before: bytes, root: bytes) -> str | None:
        """How it goes with a block that leads from one root to another; None if nothing is known
        by that block."""
        if self.fits is None or self.held_against != number:
            return None
        return FITS if self.fits(before, root) else DIFFERS

    @property
    def words(self) -> str:
        """What it is."""
        return "an image" if self.kind == IMAGE else "a snapshot"


def images_in(folder: Path, quiet: bool) -> list[Image]:
    """All that can be begun with beside a journal, if there is a folder, the newest first. `quiet`:
    without a bar while machine code is made. Raises Failure."""
    if not folder.is_dir():
        return []
    is_log, disk = (folder / LOG).is_file(), Folder(folder)
    try:
        snapshots = () if is_log else _snapshots(disk)
        return [*snapshots, *_images(disk, is_log, quiet)]
    except OSError as failure:
        problem = CannotRead(f"a snapshot cannot be read: {reason(failure)}")
        raise journal_failure(folder, problem) from None


def _snapshots(disk: Folder) -> Iterator[Image]:
    """The world after a block each."""
    for number, world in snapshot.kept(disk, WasmExecutor()):
        fits = None if world is None else partial(snapshot.fits, world)
        yield Image(SNAPSHOT, number, number, fits)


def _images(disk: Folder, is_log: bool, quiet: bool) -> Iterator[Image]:
    """The fast kernel as a block each found it. That of a log begins with the root of just that;
    otherwise the block before leads to it."""
    if not kept.numbers(disk, kept.IMAGE):
        return
    from rfos_runtime.node import fast, images  # which load machine code

    made_ready(quiet)
    for number, kernel in images.kept(disk, WasmExecutor()):
        if kernel is None:
            yield Image(IMAGE, number)
        elif is_log:
            yield Image(IMAGE, number, number, partial(_is_found, kernel.root()))
        else:
            yield Image(IMAGE, number, number - 1, partial(fast.fits, kernel))


def _is_found(root: bytes, before: bytes, _: bytes) -> bool:
    return root == before
