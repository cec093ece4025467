"""The fast kernel on a log: blocks are executed while those before are written; what a block did
counts once it is durable.

Now and then a block begins with the state root before it (SEAL), which replay must find again, and
which breaks ties from then on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rfos_runtime.journal.batches import Found
from rfos_runtime.journal.log import Log, open_log, reading, taken
from rfos_runtime.kernel.block import Applied, Kernel, OutOfOrder
from rfos_runtime.node.refusals import RootDiffers, Unreadable
from rfos_runtime.records.commands import HASH
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.wire import SIZE, in_words


@dataclass(slots=True)
class Durable:
    """A kernel and its log. `seal_after`: so many nanoseconds lie between state roots at least."""

    kernel: Kernel
    log: Log
    seal_after: int = 250_000_000
    _sealed: int = 0

    def submit(self, time: int, records: bytes) -> tuple[int, Applied]:
        """Executes a block and hands it to be written. Returns its number, for `wait`, and what it
        did, which counts once that returns. Raises OutOfOrder, CannotWrite."""
        seal = b""
        if time - self._sealed >= self.seal_after:
            seal, self._sealed = _seal(self.kernel), time
        applied = self.kernel.apply(time, records)
        return self.log.append(time, seal + records), applied

    def wait(self, number: int) -> None:
        """Returns once a block is durable. Raises CannotWrite."""
        self.log.wait(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()


def recover(directory: Path) -> Durable:
    """Opens a log, replays it, and is ready for the next block. Raises JournalError."""
    with taken(directory) as lock, reading(directory) as found:
        kernel, sealed = _replayed(found)
        return Durable(kernel, open_log(directory, found, lock), _sealed=sealed)


def _replayed(found: Found) -> tuple[Kernel, int]:
    """The kernel after the blocks of a log, and the time of the last one that has a root. Raises
    RootDiffers, Unreadable."""
    kernel, sealed = Kernel(), 0
    for block in found.blocks:
        records = block.records
        if records[:SIZE] and COMMAND.unpacked(records[:SIZE])["op"] == Op.SEAL:
            if bytes(records[:SIZE]) != _seal(kernel):
                raise RootDiffers(block.header.number)
            records, sealed = records[SIZE:], block.header.time
        try:
            kernel.apply(block.header.time, records)
        except OutOfOrder:
            raise Unreadable(block.header.number) from None
    return kernel, sealed


def _seal(kernel: Kernel) -> bytes:
    """The record of the state as it is, whose root breaks ties until the next one."""
    root = kernel.salt = kernel.root()
    return COMMAND.packed({"op": Op.SEAL, **in_words(root, HASH)})
