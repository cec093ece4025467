"""All machine code of the kernel, made or fetched before the first block: it takes seconds once for
each state of the sources, and whoever waits should be told."""

from collections.abc import Iterator
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
    """Makes or fetches it all, function by function; tells how many there are, of how many."""
    wanted = list(_signatures())
    for count, (entry, kinds) in enumerate(wanted, 1):
        if not numba.config.DISABLE_JIT:
            entry.compile(kinds)
        yield count, len(wanted)


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
