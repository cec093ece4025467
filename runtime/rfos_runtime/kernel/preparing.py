"""All machine code of the kernel, made before the first block where it is not kept: it takes some
seconds once for each state of the sources, and whoever waits should be told."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numba
import numpy as np
from numba import types

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.bundle import Bundle
from rfos_runtime.kernel.envelope import block_of
from rfos_runtime.kernel.machine import ENTRIES
from rfos_runtime.kernel.room import BY_KEY


def prepared() -> Iterator[tuple[int, int]]:
    """Makes what is not kept, function by function; tells how many are made, of how many. What is
    kept is fetched when it is called."""
    missing = [] if numba.config.DISABLE_JIT else list(_missing())
    for count, (entry, kinds) in enumerate(missing, 1):
        _make(entry, kinds)
        yield count, len(missing)


def _make(entry: Any, kinds: tuple[Any, ...]) -> None:
    collects = gc.isenabled()
    gc.disable()  # nothing of what the compiler builds is garbage before it is done
    try:
        entry.compile(kinds)
    finally:
        if collects:
            gc.enable()


def _missing() -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for entry, kinds in _signatures():
        name = f"{Path(entry.py_func.__code__.co_filename).stem}.{entry.__qualname__}-*.nbi"
        if not any(Path(entry.stats.cache_path).glob(name)):
            yield entry, kinds


def _signatures() -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Each function that Python calls, with the types of what it is given."""
    world = Kernel().world
    block_of(b"")
    for entry in ENTRIES:
        hints = get_type_hints(getattr(entry, "py_func", entry), include_extras=True)
        hints.pop("return")
        if entry not in BY_KEY.values():
            yield entry, tuple(_kind(hint) for hint in hints.values())
    for table, entry in BY_KEY.items():
        rows = world.table(table)
        yield entry, (numba.typeof(rows[:0].copy()), numba.typeof(rows))


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
