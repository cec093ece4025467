"""Journals on the command line: read, replayed, and what is wrong with them in words."""

from collections.abc import Iterator
from pathlib import Path

from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.disk import CannotRead, CannotWrite, Locked
from rfos_runtime.journal.frames import Altered, JournalError, NotAJournal, Reading
from rfos_runtime.journal.journal import FILE, read_journal
from rfos_runtime.node.node import Sealed, replayed
from rfos_runtime.node.refusals import BlockDiffers, RootDiffers, Unreadable


def reading_of(folder: Path) -> Reading:
    """What a journal holds; it is only read. Raises Failure."""
    try:
        if not (folder / FILE).is_file():
            raise NotAJournal(f"it has no file {FILE}")
        return read_journal(folder)
    except JournalError as problem:
        raise journal_failure(folder, problem) from None


def blocks_of(folder: Path, reading: Reading) -> Iterator[Sealed]:
    """The blocks of a journal, applied one after the other. Raises Failure."""
    try:
        yield from replayed(reading, WasmExecutor())
    except JournalError as problem:
        raise journal_failure(folder, problem) from None


def torn_record(reading: Reading, more: str = "") -> str | None:
    """Says that a journal's last record is not whole; None if it is."""
    if not reading.torn:
        return None
    whole = len(reading.payloads)
    return f"the journal's last record is torn: recovered to block {whole:,}{more}"


def journal_failure(folder: Path | None, problem: JournalError) -> Failure:
    """A journal's error as a diagnostic."""
    place = Span(str(folder), 0, 0)
    match problem:
        case Altered(number=block, offset=offset):
            found = report("E0821", place, folder=folder, block=block, offset=offset)
        case BlockDiffers(number=block):
            found = report("E0822", place, block=block)
        case Locked():
            found = report("E0831", place, folder=folder)
        case CannotRead() | CannotWrite():
            found = report("E0832", place, folder=folder, problem=problem)
        case RootDiffers(number=block):
            found = report("E0833", place, folder=folder, block=block)
        case Unreadable(number=block):
            found = report("E0834", place, folder=folder, block=block)
        case _:
            found = report("E0820", place, folder=folder, problem=problem)
    return Failure([found], {})
