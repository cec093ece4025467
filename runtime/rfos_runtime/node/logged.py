"""A log of records, block by block in the words of the reference."""

from collections.abc import Callable, Iterator

from rfos_runtime.journal.batches import Batch
from rfos_runtime.journal.frames import Reading
from rfos_runtime.kernel.block import Applied, Kernel
from rfos_runtime.kernel.envelope import SHAPE, behind, behind_consents, block_of
from rfos_runtime.node.durable import Again, begins_with_seal, replayed
from rfos_runtime.node.fast import names_of
from rfos_runtime.node.looking import Asked, Looked, Reported
from rfos_runtime.node.translated.events import happening
from rfos_runtime.node.translated.world import world_of
from rfos_runtime.records.codes import Code
from rfos_runtime.records.operations import OPERATIONS
from rfos_runtime.records.reports import decode_reports, reports_end
from rfos_runtime.records.wire import SIZE, Names, NoCommand, decode
from rfos_runtime.reference.executor import Executor


def looked_into(found: Reading[Batch], executor: Executor) -> Iterator[Looked]:
    """The blocks of a log, carried out one after the other; with the world where its root stands in
    the log, and after the last. Raises RootDiffers, Unreadable."""
    kernel = Kernel(executor)
    for again in replayed(found, kernel):
        following = found.payloads[again.number : again.number + 1]
        root = kernel.root()
        is_whole = not following or begins_with_seal(following[0])
        yield _looked(kernel, again, root, is_whole)


def _looked(kernel: Kernel, again: Again, root: bytes, is_whole: bool) -> Looked:
    names = names_of(kernel)
    told = tuple(happening(kernel, row) for row in again.applied.events)
    end = reports_end(again.records)
    count = end // SIZE
    said = tuple(_reported(again.records[:end], again.applied, names))
    asked = tuple(_asked(again.records[end:], again.applied, count, lambda: names))
    world = world_of(kernel, root, told) if is_whole else None
    return Looked(again.number, again.time, said, asked, told, root, world)


def _reported(records: memoryview, applied: Applied, names: Names) -> Iterator[Reported]:
    """The reports with which a block begins, each with its result."""
    for at, result in zip(range(0, len(records), SIZE), applied.results, strict=False):
        code = Code(result["code"])
        try:
            yield Reported(next(decode_reports(records[at : at + SIZE], names)), code)
        except NoCommand:
            yield Reported(None, code)


def _asked(
    records: memoryview, applied: Applied, reports: int, names: Callable[[], Names]
) -> Iterator[Asked]:
    """The commands of a block, each with its result."""
    rows, at = block_of(records).records, 0
    for result in applied.results[reports:]:
        op, begin = int(result["op"]), at
        at = behind(SHAPE, rows, behind_consents(rows, at))
        code, known = Code(result["code"]), OPERATIONS.get(op)  # type: ignore[call-overload]
        name = f"Op{op}" if known is None else known.kind.__name__
        try:
            signed = next(decode(records[begin * SIZE : at * SIZE], names))
            yield Asked(name, signed.command, signed.signers, code)
        except NoCommand:
            yield Asked(name, None, (), code)
