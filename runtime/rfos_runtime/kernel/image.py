"""An image of a kernel after a block: the bytes out of which it comes back as it was.

    image  =  MAGIC  version (4)  hash (32)  size (8)  head  page*
    head   =  the canonical bytes of `_Head`, of so many bytes; hash = sha256(head)
    page   =  4 KiB of the world's memory, of those in which anything lies

Every row keeps its place, so the state root is the same; it stands in the head, and covers the
pages. What hangs on rows and names alone is not in it: it is worked out again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.block import BESIDE, Kernel
from rfos_runtime.kernel.deriving import derive
from rfos_runtime.kernel.tables import LAYOUTS
from rfos_runtime.kernel.world import OPEN, ROWS, WORDS, World, laid_out
from rfos_runtime.records import canonical
from rfos_runtime.records.appraisals import Ageing, Price, Scenarios
from rfos_runtime.records.commands import Breaker, RegisterFeed
from rfos_runtime.records.interventions import Payment
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.world import Appraisal, Panel, Resolution, Stand, Standstill

MAGIC, VERSION = b"RFOSROWS", 1

_HASH, _SIZE = 32, 8
_PAGE = ROWS * WORDS
_TABLES = canonical.encode(
    tuple(
        (table.name, tuple((column.name, column.size) for column in LAYOUTS[table].columns))
        for table in LAYOUTS
    )
)
"""What the tables are and how their rows lie: an image of others is none."""


class NotAnImage(ValueError):
    """These bytes are not an image of a kernel, as this one writes it, or not all of one."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What there is beside pages. `tables`: a hash of how they lie; `begins`: at which row each
    does; `pages`: a bit for each page, set if it follows; `beside`: the keys and values of each
    dict."""

    tables: bytes
    root: bytes
    salt: bytes
    begins: tuple[int, ...]
    pages: bytes
    assets: tuple[str, ...]
    issuers: tuple[tuple[str, str], ...]
    feeds: tuple[RegisterFeed, ...]
    reasons: tuple[str, ...]
    beside: tuple[tuple[tuple[Any, Any], ...], ...]


_RECORDS = (
    _Head,
    Ageing,
    Appraisal,
    Breaker,
    Panel,
    Payment,
    Price,
    RegisterFeed,
    Resolution,
    Scenarios,
    Stand,
    Standstill,
)


def image(kernel: Kernel) -> bytes:
    """The bytes of a kernel between two blocks, which stays as it is."""
    assert not kernel.world.chain[OPEN], "a block is being carried out"
    pages = kernel.world.memory.reshape(-1, _PAGE)
    lying = pages.any(axis=1)
    head = canonical.encode(
        _Head(
            sha256(_TABLES).digest(),
            kernel.root_anew(),
            kernel.salt,
            tuple(kernel.world.begins.tolist()),
            np.packbits(lying).tobytes(),
            tuple(kernel.assets),
            tuple(kernel.issuers.items()),
            tuple(kernel.feeds.registered),
            tuple(kernel.reasons),
            tuple(tuple(getattr(kernel, name).items()) for name in BESIDE),
        )
    )
    front = (MAGIC, _number(VERSION, 4), sha256(head).digest(), _number(len(head), _SIZE))
    return b"".join((*front, head, pages[lying].data))


def restored(data: bytes | memoryview, executor: Executor) -> Kernel:
    """The kernel of an image, with an executor that takes the same artefacts. All its pages count
    as written, and all its rows as changed. Raises NotAnImage."""
    head, pages = _divided(memoryview(data))
    try:
        kernel = _named(_laid(head, pages), head, executor)
        if kernel.root_anew() != head.root:
            raise ValueError("its rows are not those of its root")
        derive(kernel)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as failure:
        raise NotAnImage(f"an image that cannot be used: {failure}") from failure
    return kernel


def _divided(data: memoryview) -> tuple[_Head, memoryview]:
    """The head of an image, and its pages. Raises NotAnImage."""
    begin = MAGIC + _number(VERSION, 4)
    if bytes(data[: len(begin)]) != begin:
        raise NotAnImage(f"these bytes are no image of version {VERSION}")
    rest = data[len(begin) :]
    expected, size = bytes(rest[:_HASH]), int.from_bytes(rest[_HASH : _HASH + _SIZE], "big")
    head, pages = rest[_HASH + _SIZE :][:size], rest[_HASH + _SIZE :][size:]
    if len(head) != size or sha256(head).digest() != expected:
        raise NotAnImage("the head of an image is not whole, or altered")
    try:
        found = canonical.decode(bytes(head), _RECORDS)
    except canonical.NotCanonical as failure:
        raise NotAnImage(f"the head of an image cannot be read: {failure}") from failure
    if not isinstance(found, _Head) or found.tables != sha256(_TABLES).digest():
        raise NotAnImage("an image of other tables")
    return found, pages


def _laid(head: _Head, pages: memoryview) -> World:
    """A world of which all rows lie where they lay. Raises ValueError."""
    world = laid_out([end - begin for begin, end in pairwise(head.begins)], 0)
    memory = world.memory.reshape(-1, _PAGE)
    lying: NDArray[np.bool_] = np.unpackbits(
        np.frombuffer(head.pages, np.uint8), count=len(memory)
    ).view(np.bool_)
    memory[lying] = np.frombuffer(pages, np.int64).reshape(-1, _PAGE)
    return world


def _named(world: World, head: _Head, executor: Executor) -> Kernel:
    """A kernel that knows rows and names."""
    kernel = Kernel(executor, world)
    kernel.salt = head.salt
    kernel.assets = _handles(head.assets)
    kernel.issuers = dict(head.issuers)
    kernel.feeds.registered = list(head.feeds)
    kernel.feeds.handles = _handles(each.feed for each in head.feeds)
    kernel.reasons = list(head.reasons)
    for name, rows in zip(BESIDE, head.beside, strict=True):
        setattr(kernel, name, dict(rows))
    return kernel


def _handles(names: Iterable[str]) -> dict[str, int]:
    return {name: handle for handle, name in enumerate(names, 1)}


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")
