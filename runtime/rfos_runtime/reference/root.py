"""The state root: a hash of the whole world, the root of the block before included."""

from hashlib import sha256
from operator import attrgetter

from rfos_runtime.records.canonical import Table, encode
from rfos_runtime.reference.world import ROWS, World

LAYOUT = 15
"""Raised whenever the same state would get another root."""
_NAMES = sorted(ROWS, key=encode)
"""In the order in which they are written: they are sorted again all the sooner."""
_rows = attrgetter(*_NAMES)


def state_root(world: World) -> bytes:
    """The SHA-256 of the canonical bytes of the world."""
    return sha256(encode(state_of(world))).digest()


def state_of(world: World) -> dict[str, object]:
    """What the root takes in: everything but events. Definitions stand there by their content
    hash; assets and feeds in the order in which they were registered too, by which ties are broken.
    """
    tables = {name: Table(name, rows) for name, rows in zip(_NAMES, _rows(world), strict=True)}
    return tables | {
        "layout": LAYOUT,
        "number": world.number,
        "time": world.time,
        "parent": world.root,
        "registered": (tuple(world.assets), tuple(world.feeds)),
        "definitions": tuple(sorted(world.definitions)),
        "policies": {name: each.feeds for name, each in world.policies.items()},
        "counter": world.counter,
        "reserved": world.reserved,
    }
