"""The state root: a tree of hashes over the pages of the world's memory.

Only pages that were written since are hashed anew, and what stands above them. A node of the tree
is the SHA-256 of up to 64 nodes below; the root takes in how the memory is divided into tables, and
the names that handles stand for.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.world import ROWS, WORDS, World

PAGE = ROWS * WORDS * 8
FAN = 64
HASH = 32


@dataclass(slots=True)
class Roots:
    """The hashes of all pages, and of all nodes above them, level by level up to one."""

    levels: list[NDArray[np.uint8]] = field(default_factory=list)

    def root(self, world: World, names: bytes) -> bytes:
        """The root of a world, which has no dirty page afterwards. `names`: a hash of all names in
        the order of their handles."""
        pages = len(world.dirty)
        if not self.levels or len(self.levels[0]) != pages:
            self.levels = _empty(pages)
            world.dirty[:] = True
        changed = np.flatnonzero(world.dirty)
        _hash_nodes(world.memory.reshape(-1).view(np.uint8), PAGE, self.levels[0], changed)
        for below, above in pairwise(self.levels):
            changed = np.unique(changed // FAN)
            _hash_nodes(below.reshape(-1), FAN * HASH, above, changed)
        world.dirty[:] = False
        return sha256(self.levels[-1].tobytes() + world.begins.tobytes() + names).digest()


def _empty(pages: int) -> list[NDArray[np.uint8]]:
    counts = [pages]
    while counts[-1] > 1:
        counts.append(-(-counts[-1] // FAN))
    return [np.zeros((count, HASH), np.uint8) for count in counts]


def _hash_nodes(
    below: NDArray[np.uint8], size: int, above: NDArray[np.uint8], changed: NDArray[np.int64]
) -> None:
    """Hashes those nodes of a level that changed, each from so many bytes below."""
    for node in changed.tolist():
        digest = sha256(below[node * size : (node + 1) * size].data).digest()
        above[node] = np.frombuffer(digest, np.uint8)
