"""Journals on the command line: read, replayed, and what is wrong with them in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.machine_code import made_ready
from rfos_lang.driver.failure import Failure
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.batches import Batch
from rfos_runtime.journal.disk import CannotRead, CannotWrite, Locked
from rfos_runtime.journal.frames import Altered, JournalError, NotAJournal, Reading
from rfos_runtime.journal.journal import FILE, read_journal
from rfos_runtime.journal.log import FILE as LOG
from rfos_runtime.journal.log import read_log
from rfos_runtime.node.looking import Looked, looked_at
from rfos_runtime.node.node import replayed
from rfos_runtime.node.refusals import BlockDiffers, RootDiffers, TooFarAhead, Unreadable
from rfos_runtime.records.commands import DAY


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal that is only read. `count`: its blocks; `torn`: says that a record behind them is
    not whole; `blocks`: one after the other as they are carried out, which may raise Failure."""

    count: int
    torn: str | None
    blocks: Iterator[Looked]


@contextmanager
def opened(folder: Path, quiet: bool) -> Iterator[Opened]:
    """The journal in a folder: one of blocks, or a log of records. `quiet`: without a bar while
    machine code is made. Raises Failure."""
    executor = WasmExecutor()
    try:
        if (folder / LOG).is_file():
            log = read_log(folder)
            yield _opened(log, _records(log, executor, quiet))
        elif (folder / FILE).is_file():
            journal = read_journal(folder)
            yield _opened(journal, map(looked_at, replayed(journal, executor)))
        else:
            raise NotAJournal(f"it has no file {FILE}")
    except JournalError as problem:
        raise journal_failure(folder, problem) from None


def _opened(reading: Reading[Any], blocks: Iterator[Looked]) -> Opened:
    return Opened(len(reading.payloads), torn_record(reading), blocks)


def _records(found: Reading[Batch], executor: WasmExecutor, quiet: bool) -> Iterator[Looked]:
    """The blocks of a log; machine code is loaded only for it."""
    from rfos_runtime.node.logged import looked_into

    made_ready(quiet)
    return looked_into(found, executor)


def torn_record(reading: Reading[Any], more: str = "") -> str | None:
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
        case TooFarAhead(longest=longest):
            found = report("E0835", place, days=longest // DAY)
        case _:
            found = report("E0820", place, folder=folder, problem=problem)
    return Failure([found], {})
