"""`rfos replay`: a journal from its first block to its state root; the journal is only read."""

from pathlib import Path

from rfos_lang.cli.console import OK, print_json
from rfos_lang.cli.run import journal_failure, torn_record
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.frames import JournalError, NotAJournal
from rfos_runtime.journal.journal import FILE, read_journal
from rfos_runtime.node.node import replay


def run(folder: Path, as_json: bool) -> int:
    """Prints the state root at the end of a journal; the exit code. Raises Failure."""
    try:
        if not (folder / FILE).is_file():
            raise NotAJournal(f"it has no file {FILE}")
        reading = read_journal(folder)
        root = replay(folder, WasmExecutor())
    except JournalError as problem:
        raise journal_failure(folder, problem) from None
    torn = torn_record(reading)
    blocks = len(reading.payloads)
    if as_json:
        print_json({"ok": True, "blocks": blocks, "state_root": root.hex(), "torn": torn})
    else:
        print(*([torn] if torn else []), f"blocks {blocks:,}, state root {root.hex()}", sep="\n")
    return OK
