"""All machine code of the kernel, made before the first block where it is not kept: it takes some
seconds once for each state of the sources, and whoever waits should be told."""

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numba
import numpy as np
from numba import types

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.commands import run
from rfos_runtime.kernel.envelope import block_of
from rfos_runtime.kernel.machine import ENTRIES
from rfos_runtime.kernel.portfolio.measuring import measure
from rfos_runtime.kernel.room import BY_KEY

_LARGEST = (run, measure)
"""What takes longest to make."""
_PROCESSES = 4
"""More would make more drafts anew than they save."""


def prepared() -> Iterator[tuple[int, int]]:
    """Makes what is not kept, function by function, on several cores where there are; tells how
    many are made, of how many. What is kept is fetched when it is called."""
    missing = [] if numba.config.DISABLE_JIT else _missing()
    processes = min(os.cpu_count() or 1, _PROCESSES, len(missing))
    if processes < 2 or not _can_begin_anew():
        for count, name in enumerate(missing, 1):
            _make(name)
            yield count, len(missing)
        return
    # Processes begin anew: a copy of one that has made machine code could wait for ever.
    with get_context("spawn").Pool(processes) as pool:
        for count, _ in enumerate(pool.imap_unordered(_make, missing), 1):
            yield count, len(missing)


def _can_begin_anew() -> bool:
    """Whether a process can be begun anew from here: it reads the program that was begun, which
    cannot be if that came from standard input. One that was itself begun so begins no more: where
    the program asks for machine code as it is read, each would begin others without end."""
    if current_process().name != "MainProcess":  # known while the program is read, its parent not
        return False
    program = getattr(sys.modules["__main__"], "__file__", None)
    return program is None or Path(program).is_file()


def _make(name: str) -> None:
    entry, kinds = _signatures()[name]
    collects = gc.isenabled()
    gc.disable()  # nothing of what the compiler builds is garbage before it is done
    try:
        entry.compile(kinds)
    finally:
        if collects:
            gc.enable()


def _missing() -> list[str]:
    """Which functions are not kept. What takes long comes first, so that nobody waits for it."""
    signatures = _signatures()
    found = [name for name, (entry, _) in signatures.items() if not _is_kept(entry)]
    return sorted(found, key=lambda name: signatures[name][0] not in _LARGEST)


def _is_kept(entry: Any) -> bool:
    name = f"{Path(entry.py_func.__code__.co_filename).stem}.{entry.__qualname__}-*.nbi"
    try:
        return any(Path(entry.stats.cache_path).glob(name))
    except PermissionError:
        return True  # as far as can be seen: otherwise it is made when it is called


@cache
def _signatures() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Each function that Python calls, with the types of what it is given, by a name that every
    process gives it."""
    world = Kernel().world
    block_of(b"")
    found = {}
    for entry in ENTRIES:
        hints = get_type_hints(getattr(entry, "py_func", entry), include_extras=True)
        hints.pop("return")
        if entry not in BY_KEY.values():
            kinds = tuple(_kind(hint) for hint in hints.values())
            found[f"{entry.__module__}.{entry.__qualname__}"] = entry, kinds
    for table, entry in BY_KEY.items():
        rows = world.table(table)
        found[f"places of {table.name}"] = (
            entry,
            (numba.typeof(rows[:0].copy()), numba.typeof(rows)),
        )
    return found


def _kind(hint: Any, axes: int = 1) -> Any:
    if hint is int or hint is bool:
        return types.int64 if hint is int else types.boolean
    if hasattr(hint, "__metadata__"):
        return _kind(hint.__origin__, *hint.__metadata__)
    if get_origin(hint) is np.ndarray:
        dtype: np.dtype[Any] = np.dtype(get_args(get_args(hint)[1])[0])
        return types.Array(numba.from_dtype(dtype), axes, "C")
    if issubclass(hint, Bundle):
        return hint._numba_type_
    fields = get_type_hints(hint, include_extras=True).values()
    return types.BaseTuple.from_types([_kind(field) for field in fields], hint)
