"""`rfos replay`: a journal from its first block to its state root; the journal is only read."""

from pathlib import Path

from rfos_lang.cli.console import OK, print_json, progress
from rfos_lang.cli.journals import opened
from rfos_runtime.reference.world import genesis


def run(folder: Path, as_json: bool) -> int:
    """Prints the state root at the end of a journal; the exit code. Raises Failure."""
    root = genesis().root
    with opened(folder, as_json) as journal:
        for block in progress(journal.blocks, "blocks", journal.count, as_json):
            root = block.root
    blocks, torn = journal.count, journal.torn
    if as_json:
        print_json({"ok": True, "blocks": blocks, "state_root": root.hex(), "torn": torn})
    else:
        print(*([torn] if torn else []), f"blocks {blocks:,}, state root {root.hex()}", sep="\n")
    return OK
