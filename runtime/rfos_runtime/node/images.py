"""Images of the fast kernel beside its journal, so that recovery need not begin with the first
block.

`image-<number>` is the kernel as the block of this number found it. In a log of records that block
begins with a seal, which has the root of just that state; another journal has the root of each
block: so an image is held against what any replay is held against. It is placed whole or not at
all, once its block is durable; a journal that ends before that block has lost what counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rfos_runtime.journal.disk import CannotRead, Disk, reason
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.image import NotAnImage, image, restored
from rfos_runtime.node.kept import IMAGE, BlocksLost, numbers, place_or_stop
from rfos_runtime.reference.executor import Executor


@dataclass(slots=True)
class Images:
    """Where images are placed, and that `every` so many blocks lie between them at least. `newest`:
    the block of the newest, 0 if there is none."""

    disk: Disk
    every: int
    newest: int = 0
    _waiting: tuple[int, bytes] | None = None

    def take(self, number: int, kernel: Kernel) -> None:
        """Takes an image for a block that is to come, if one is due: never for the first block, nor
        while another waits for its block. In a log it has to begin with a seal."""
        if self._waiting is None and number - max(self.newest, 1) >= self.every:
            self._waiting = number, image(kernel)

    def place(self, durable: int) -> None:
        """Places what was taken for a block, if those up to `durable` survive a crash. Raises
        CannotWrite."""
        if self._waiting is None or self._waiting[0] > durable:
            return
        (number, data), self._waiting = self._waiting, None
        place_or_stop(self.disk, IMAGE, number, data)
        self.newest = number

    def found(self, last: int, executor: Executor) -> Kernel | None:
        """The kernel of the newest image that can be read, for a journal of `last` blocks. Raises
        BlocksLost, CannotRead."""
        try:
            for number, kernel in kept(self.disk, executor):
                if kernel is None:
                    continue
                if number > last:
                    raise BlocksLost(last, number)
                self.newest = number
                return kernel
        except OSError as failure:
            raise CannotRead(f"an image cannot be read: {reason(failure)}") from failure
        return None


def kept(disk: Disk, executor: Executor) -> Iterator[tuple[int, Kernel | None]]:
    """The images on a disk, the newest first: of which block, and the kernel as that found it, None
    if it cannot be read. Raises OSError."""
    for number in numbers(disk, IMAGE):
        try:
            kernel = restored(disk.read(f"{IMAGE}{number}"), executor)
        except NotAnImage:
            yield number, None
            continue
        yield number, kernel if kernel.number + 1 == number else None
