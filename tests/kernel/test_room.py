"""When tables grow, every byte of the world is one that the kernel wrote: the state root takes
all of them in."""

import numpy as np
import pytest

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.room import with_room
from rfos_runtime.kernel.tables import LAYOUTS, Of
from rfos_runtime.kernel.world import WORDS, World
from rfos_runtime.records.wire import encode
from tests.runtime.committing import NAMES, commands


def behind_columns(world: World) -> dict[Of, int]:
    """How many bytes behind the columns of each table are not zero."""
    used = {table: sum(column.size for column in LAYOUTS[table].columns) for table in Of}
    found = {
        table: np.count_nonzero(
            world.table(table).view(np.uint8).reshape(-1, 8 * WORDS)[:, used[table] :]
        )
        for table in Of
    }
    return {table: count for table, count in found.items() if count}


@pytest.mark.parametrize("size", [2, 3, 4, 8, 64])
def test_what_lay_in_memory_is_not_taken_over(size: int) -> None:
    kernel = Kernel()
    for number in (1, 2):
        kernel.apply(number, b"".join(encode(each, NAMES) for each in commands(number)))
    for rows in range(1, 65):  # what is free now is full of ones
        np.full(rows * WORDS, -1, np.int64)
    grown = with_room(kernel.world, dict.fromkeys(Of, 100 * size))
    assert len(grown.memory) > len(kernel.world.memory)
    assert behind_columns(grown) == {}
