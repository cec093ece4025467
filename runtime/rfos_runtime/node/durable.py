"""The fast kernel on a log: blocks are executed while those before are written; what a block did
counts once it is durable.

Now and then a block begins with the state root before it (SEAL), which replay must find again, and
which breaks ties from then on. Then, where they are wanted and one is due, an image is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.batches import Batch
from rfos_runtime.journal.disk import Folder
from rfos_runtime.journal.frames import Reading
from rfos_runtime.journal.log import open_log
from rfos_runtime.kernel.block import Applied, Kernel, OutOfOrder
from rfos_runtime.kernel.state import NoContracts
from rfos_runtime.node.clock import LONGEST_STEP, require_in_reach
from rfos_runtime.node.images import Images
from rfos_runtime.node.refusals import NotWhole, RootDiffers, Unreadable
from rfos_runtime.records.commands import HASH
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.wire import SIZE, in_words
from rfos_runtime.reference.executor import Executor


@dataclass(slots=True)
class Durable:
    """A kernel and its log. `seal_after`: so many nanoseconds lie between state roots at least.
    `longest_step`: a block lies so many after the last at most, see `clock`. `images`: where they
    are placed, if any are taken."""

    kernel: Kernel
    log: Adapter[Batch]
    seal_after: int = 250_000_000
    longest_step: int = LONGEST_STEP
    images: Images | None = None
    _sealed: int = 0

    def submit(self, time: int, records: bytes) -> tuple[int, Applied]:
        """Executes a block and hands it to be written. Returns its number, for `wait`, and what it
        did, which counts once that returns. Raises OutOfOrder, TooFarAhead, NotWhole, CannotWrite.
        """
        self._require_next(time, records)
        seal = b""
        if time - self._sealed >= self.seal_after:
            seal, self._sealed = _seal(self.kernel), time
            if self.images is not None:
                self.images.take(self.log.number + 1, self.kernel)
        applied = self.kernel.apply(time, records)
        return self.log.append(Batch(time, seal + records)), applied

    def _require_next(self, time: int, records: bytes) -> None:
        """That a block can be carried out, before its seal: that changes how ties are broken."""
        require_in_reach(self.kernel.time, time, self.longest_step)
        self.kernel.require_next(time)
        if len(records) % SIZE:
            raise NotWhole(len(records))

    def wait(self, number: int) -> None:
        """Returns once a block is durable, and an image if one was taken for it or before. Raises
        CannotWrite."""
        self.log.wait(number)
        if self.images is not None:
            self.images.place(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()


@dataclass(frozen=True, slots=True)
class Again:
    """A block of a log that was carried out again: its records without a seal, what they did."""

    number: int
    time: int
    is_sealed: bool
    records: memoryview
    applied: Applied


def recover(directory: Path, executor: Executor | None = None, image_every: int = 0) -> Durable:
    """Opens a log, replays it, and is ready for the next block; without an executor, of a ledger
    that has no contracts. `image_every`: an image is taken when so many blocks have come since the
    last, and recovery begins with the newest; 0: none is taken, none used. Raises JournalError."""
    images = Images(Folder(directory), image_every) if image_every else None
    return recover_on(open_log(directory), executor, images)


def recover_on(
    log: Adapter[Batch], executor: Executor | None = None, images: Images | None = None
) -> Durable:
    """A node on an open log, which is replayed from the newest image, or from the first block; that
    is closed if it cannot be. Raises JournalError."""
    executor, sealed = executor or NoContracts(), 0
    try:
        found = images.found(len(log.reading.payloads), executor) if images else None
        kernel = found or Kernel(executor)
        for again in replayed(log.reading, kernel):
            if again.is_sealed:
                sealed = again.time
    except BaseException:
        log.close()
        raise
    return Durable(kernel, log, images=images, _sealed=sealed)


def replayed(found: Reading[Batch], kernel: Kernel) -> Iterator[Again]:
    """The blocks of a log, carried out one after the other by a new kernel, or those that come
    after it by one out of an image, of which the first must have the seal. Raises RootDiffers,
    Unreadable."""
    before = kernel.number
    for number, batch in enumerate(found.payloads[before:], before + 1):
        records, is_sealed = memoryview(batch.records), begins_with_seal(batch)
        if before and number == before + 1 and not is_sealed:
            raise RootDiffers(number)
        if is_sealed:
            if bytes(records[:SIZE]) != _seal(kernel):
                raise RootDiffers(number)
            records = records[SIZE:]
        try:
            applied = kernel.apply(batch.time, records)
        except OutOfOrder:
            raise Unreadable(number) from None
        yield Again(number, batch.time, is_sealed, records, applied)


def begins_with_seal(batch: Batch) -> bool:
    """Whether the first record of a block is the state root before it."""
    first = batch.records[:SIZE]
    return bool(first) and COMMAND.unpacked(first)["op"] == Op.SEAL


def _seal(kernel: Kernel) -> bytes:
    """The record of the state as it is, whose root breaks ties until the next one."""
    root = kernel.salt = kernel.root()
    return COMMAND.packed({"op": Op.SEAL, **in_words(root, HASH)})
