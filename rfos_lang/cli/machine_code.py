"""The machine code of the fast kernel, made before it is needed, with a bar while one waits."""

from collections import deque

from rfos_lang.cli.console import progress


def made_ready(quiet: bool) -> None:
    """Makes what is not kept."""
    from rfos_runtime.kernel.machine import ENTRIES
    from rfos_runtime.kernel.preparing import prepared

    deque(
        progress(prepared(), "machine code, kept for the next run", len(ENTRIES), quiet), maxlen=0
    )
