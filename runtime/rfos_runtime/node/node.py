"""The loop: a block is applied, its invariants are checked, it is appended to the journal, and only
then do its effects count. Killed at any moment, a node recovers to the last block that was
appended.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Self

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.frames import Reading
from rfos_runtime.journal.journal import open_journal, open_on, read_journal
from rfos_runtime.node import snapshot
from rfos_runtime.node.clock import LONGEST_STEP, on_the_way, require_in_reach
from rfos_runtime.node.refusals import BlockDiffers, RootDiffers, Settled, Unreadable
from rfos_runtime.records.block import Block, Report
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.forms import read
from rfos_runtime.reference.block import Applied, Begun, OutOfOrder, apply, begin, chains
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.world import World, genesis

READ_LATELY = 256
"""So many blocks are kept as they were read."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A block that counts, with its bytes, what it did, the world after it."""

    block: Block
    data: bytes
    applied: Applied
    world: World


Engine = Callable[[World, Block], tuple[World, Applied]]
"""A kernel that has applied all blocks so far: the world after the next one, and what it did."""


@dataclass(slots=True)
class Node:
    """A running kernel on a journal. `base` is the world that it began with: the empty one, or that
    of a snapshot; `history` holds every block after it. `engine`: another kernel than the
    reference, which takes whole blocks only. `longest_step`: a new block lies so many nanoseconds
    after the last at most, see `clock`. `keep`: is shown the world after each new block that
    counts, to take a snapshot of it or not; it may raise CannotWrite."""

    executor: Executor
    journal: Adapter[bytes]
    base: World = field(default_factory=genesis)
    history: list[Sealed] = field(default_factory=list)
    engine: Engine | None = None
    longest_step: int = LONGEST_STEP
    keep: Callable[[World], None] | None = None
    _watchers: list[Callable[[World], None]] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The world as it stands."""
        return self.history[-1].world if self.history else self.base

    def submit(self, block: Block) -> Applied:
        """Applies a block, durably. One that the journal holds already gives what it did then, so a
        driver may begin again from the first block. Raises BlockDiffers, Settled, OutOfOrder,
        TooFarAhead, CannotWrite."""
        place = block.number - self.base.number - 1
        if 1 <= block.number <= self.base.number:
            self.compare(block)
            raise Settled(block.number)
        if not 0 <= place < len(self.history):
            if self.engine is not None:
                self._require_in_reach(block.time)
                return self._record(block, *self.engine(self.world, block))
            begun = self.begin(block.time, block.reports, block.evidence, block.number)
            for chain in chains(block.commands):
                begun.carry_out(chain)
            return self.seal(begun)
        sealed = self.history[place]
        if sealed.data != encode(block):
            raise BlockDiffers(block.number)
        self._show(sealed.world)
        return sealed.applied

    def begin(
        self,
        time: int,
        reports: tuple[Report, ...] = (),
        evidence: bytes = b"",
        number: int | None = None,
    ) -> Begun:
        """Begins the next block, to which commands are added as they come. Nothing of it counts
        before it is sealed. Raises OutOfOrder, TooFarAhead."""
        self._require_in_reach(time)
        following = self.world.number + 1
        block = Block(following if number is None else number, time, reports, (), evidence)
        return begin(self.world, block, self.executor)

    def catch_up(self, time: int) -> Iterator[Applied]:
        """Empty blocks, one after the other, until one at `time` is in reach: for a node that stood
        still for longer. Raises CannotWrite."""
        for between in on_the_way(self.world.time, time, self.longest_step):
            yield self.submit(Block(self.world.number + 1, between))

    def _require_in_reach(self, time: int) -> None:
        require_in_reach(self.world.time, time, self.longest_step)

    def seal(self, begun: Begun, is_sound: bool = False) -> Applied:
        """Seals a block that was begun, and makes it durable. `is_sound`: whether the invariants of
        the world after it were looked at already. Raises CannotWrite."""
        return self._record(begun.block, *begun.seal(), is_sound)

    def _record(
        self, block: Block, world: World, applied: Applied, is_sound: bool = False
    ) -> Applied:
        if not is_sound:
            _require_sound(world)
        data = encode(block)
        self.journal.wait(self.journal.append(encode((data, applied.root))))
        self.history.append(Sealed(block, data, applied, world))
        if self.keep is not None:
            self.keep(world)
        self._show(world)
        return applied

    def settled(self, number: int) -> Block:
        """A block that the journal held when it was opened. Raises Unreadable."""
        data, _ = _unpacked(number, self.journal.reading.payloads[number - 1])
        return _block(number, data)

    def compare(self, block: Block) -> None:
        """Raises BlockDiffers if the journal held another block of this number when it was
        opened."""
        data, _ = _unpacked(block.number, self.journal.reading.payloads[block.number - 1])
        if data != encode(block):
            raise BlockDiffers(block.number)

    def _show(self, world: World) -> None:
        for note in self._watchers:
            note(world)

    def watch(self, note: Callable[[World], None]) -> None:
        """Shows `note` the world after every block that is submitted from now on, also after one
        that the journal holds already. It must leave the world as it is."""
        self._watchers.append(note)

    def close(self) -> None:
        """Gives the journal free."""
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_sound(world: World) -> None:
    """An invariant that fails is our bug, and stops the node before anything is written."""
    problems = violations(world)
    assert not problems, "\n".join(problems)


def recover(directory: Path, executor: Executor, engine: Engine | None = None) -> Node:
    """Opens a journal, replays it, and is ready for the next block; by another kernel than the
    reference if one is given. Raises JournalError."""
    return recover_on(open_journal(directory), executor, engine=engine)


def recover_on(
    journal: Adapter[bytes],
    executor: Executor,
    base: World | None = None,
    engine: Engine | None = None,
) -> Node:
    """A node on an open journal, which is replayed, from `base` on if there is one; that is closed
    if it cannot be. Raises JournalError."""
    node = Node(executor, journal, base or genesis(), engine=engine)
    try:
        node.history.extend(replayed(journal.reading, executor, base, engine))
    except BaseException:
        node.close()
        raise
    return node


def resume(disk: Disk, executor: Executor, engine: Engine | None = None) -> Node:
    """Recovers from the newest snapshot on a disk and the blocks after it. Raises JournalError."""
    journal = open_on(disk)
    try:
        base = snapshot.newest(disk, len(journal.reading.payloads), executor)
    except BaseException:
        journal.close()
        raise
    return recover_on(journal, executor, base, engine)


def replay(directory: Path, executor: Executor) -> bytes:
    """The state root at the end of a journal, which is only read. Raises JournalError."""
    root = genesis().root
    for sealed in replayed(read_journal(directory), executor):
        root = sealed.applied.root
    return root


def replayed(
    reading: Reading[bytes],
    executor: Executor,
    base: World | None = None,
    engine: Engine | None = None,
) -> Iterator[Sealed]:
    """The blocks of a journal, applied one after the other, from the first one or from those after
    the world `base`. Raises JournalError."""
    world = base or genesis()
    if base is not None and root_after(reading, base.number) != base.root:
        raise RootDiffers(base.number)
    for number in range(world.number + 1, len(reading.payloads) + 1):
        payload = reading.payloads[number - 1]
        sealed = _replayed(world, number, payload, engine or partial(_by_reference, executor))
        world = sealed.world
        yield sealed


def root_after(reading: Reading[bytes], number: int) -> bytes:
    """The state root that a journal has after a block, or, after none, that of the empty world.
    Raises Unreadable."""
    if not number:
        return genesis().root
    _, root = _unpacked(number, reading.payloads[number - 1])
    return root


def blocks_in(reading: Reading[bytes]) -> Iterator[Block]:
    """The blocks of a journal as they were submitted. Raises Unreadable."""
    for number, payload in enumerate(reading.payloads, 1):
        data, _ = _unpacked(number, payload)
        yield _block(number, data)


@lru_cache(READ_LATELY)
def _block(number: int, data: bytes) -> Block:
    """A block from its bytes. One that was read lately is not read again: a journal is replayed
    more than once where it is compared, or where a disk goes wrong again and again."""
    try:
        return read(data, Block)
    except NotCanonical:
        raise Unreadable(number) from None


def _by_reference(executor: Executor, world: World, block: Block) -> tuple[World, Applied]:
    return apply(world, block, executor)


def _replayed(world: World, number: int, payload: bytes, engine: Engine) -> Sealed:
    data, root = _unpacked(number, payload)
    block = _block(number, data)
    try:
        after, applied = engine(world, block)
    except (NotCanonical, OutOfOrder):
        raise Unreadable(number) from None
    if applied.root != root:
        raise RootDiffers(number)
    return Sealed(block, data, applied, after)


def _unpacked(number: int, payload: bytes) -> tuple[bytes, bytes]:
    """A block's bytes and the root after it. Raises Unreadable."""
    try:
        value = decode(payload)
    except NotCanonical:
        raise Unreadable(number) from None
    match value:
        case (bytes() as data, bytes() as root):
            return data, root
        case _:
            raise Unreadable(number)
