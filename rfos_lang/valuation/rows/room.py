"""Room for results, used again once nobody holds the result that was there.

The system gives a large array as pages that are cleared when they are touched first, which takes
longer than the arithmetic that fills them; and it takes them back as soon as the array is gone.
"""

from threading import Lock
from weakref import finalize

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

LEAST, MOST = 1 << 17, 1 << 25
"""From 1 MiB to 256 MiB of numbers are kept; of fewer the allocator takes care."""
KEPT_MOST = 2


class _Lent:
    """What all views of some room hold; once it is gone, so are they."""

    def __init__(self, room: Numbers, shape: tuple[int, int]) -> None:
        self.__array_interface__ = {**room.__array_interface__, "shape": shape}


_spare: list[Numbers] = []
_lock = Lock()


def empty(rows: int, columns: int) -> Numbers:
    """An array of any numbers."""
    size = rows * columns
    if not LEAST <= size <= MOST:
        return np.empty((rows, columns))
    room = _fitting(size)
    lent = _Lent(room, (rows, columns))
    finalize(lent, _returned, room).atexit = False
    return np.asarray(lent)


def _fitting(size: int) -> Numbers:
    with _lock:
        for at, room in enumerate(_spare):
            if size <= room.size <= 2 * size:
                return _spare.pop(at)
    return np.empty(size)


def _returned(room: Numbers) -> None:
    with _lock:
        _spare.append(room)
        del _spare[:-KEPT_MOST]
