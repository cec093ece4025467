"""How far a block may lie after the one before it.

Everything that falls due in between is lived through before the first command, and no block can lie
before it afterwards. So a clock that runs away would stop a venue twice: for as long as that takes,
and until all other clocks have come there too. A node refuses such a block while nothing has been
done. No kernel does: what a journal holds is replayed however long its steps are.
"""

from collections.abc import Iterator

from rfos_runtime.node.refusals import TooFarAhead
from rfos_runtime.records.commands import DAY

LONGEST_STEP = DAY
"""Longer than a venue that runs stands still, and no more than seconds of work: the fast kernel
lives a day of a hundred contracts that pay every hour through in one or two."""


def require_in_reach(before: int, time: int, longest: int) -> None:
    """That a block at `time` may follow one at `before`; the first block, after 0, may lie
    anywhere. Raises TooFarAhead."""
    if before and time - before > longest:
        raise TooFarAhead(time, longest)


def on_the_way(before: int, time: int, longest: int) -> Iterator[int]:
    """The times of empty blocks after which one at `time` is in reach: as few as can be."""
    yield from range(before + longest, time, longest)
