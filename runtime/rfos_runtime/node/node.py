"""The loop: a block is applied, its invariants are checked, it is appended to the journal, and only
then do its effects count. Killed at any moment, a node recovers to the last block that was
appended.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rfos_runtime.journal.frames import JournalError, Reading
from rfos_runtime.journal.journal import Journal, open_journal, read_journal
from rfos_runtime.records.canonical import NotCanonical, decode, encode
from rfos_runtime.records.commands import RECORDS, Block
from rfos_runtime.reference.block import Applied, apply
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.world import World, genesis


class BlockDiffers(JournalError):
    """A block was given again, and is not the one in the journal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"block {number} is not the one that the journal holds")
        self.number = number


class RootDiffers(JournalError):
    """Replaying a block gives another root than the one that was journaled with it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"replaying block {number} gives another state root")
        self.number = number


class Unreadable(JournalError):
    """A frame is whole but holds no block."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the record of block {number} is no block")
        self.number = number


@dataclass(frozen=True, slots=True)
class Sealed:
    """A block that counts, with its bytes, what it did, the world after it."""

    block: Block
    data: bytes
    applied: Applied
    world: World


@dataclass(slots=True)
class Node:
    """A running kernel on a journal. `history` holds every block, from the first."""

    executor: Executor
    journal: Journal
    history: list[Sealed] = field(default_factory=list)
    _watchers: list[Callable[[World], None]] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The world as it stands."""
        return self.history[-1].world if self.history else genesis()

    def submit(self, block: Block) -> Applied:
        """Applies a block, durably. One that the journal holds already gives what it did then, so a
        driver may begin again from the first block. Raises BlockDiffers, OutOfOrder, OSError."""
        data = encode(block)
        if not 1 <= block.number <= len(self.history):
            world, applied = checked(self.world, block, self.executor)
            self.journal.append(encode((data, applied.root)))
            self.history.append(Sealed(block, data, applied, world))
        sealed = self.history[block.number - 1]
        if sealed.data != data:
            raise BlockDiffers(block.number)
        for note in self._watchers:
            note(sealed.world)
        return sealed.applied

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


def checked(world: World, block: Block, executor: Executor) -> tuple[World, Applied]:
    """Applies a block and checks every invariant: one that fails is our bug, and stops the node
    before anything is written.
    """
    after, applied = apply(world, block, executor)
    problems = violations(after)
    assert not problems, "\n".join(problems)
    return after, applied


def recover(directory: Path, executor: Executor) -> Node:
    """Opens a journal, replays it, and is ready for the next block. Raises JournalError."""
    journal = open_journal(directory)
    node = Node(executor, journal)
    try:
        node.history.extend(replayed(journal.reading, executor))
    except BaseException:
        node.close()
        raise
    return node


def replay(directory: Path, executor: Executor) -> bytes:
    """The state root at the end of a journal, which is only read. Raises JournalError."""
    root = genesis().root
    for sealed in replayed(read_journal(directory), executor):
        root = sealed.applied.root
    return root


def replayed(reading: Reading, executor: Executor) -> Iterator[Sealed]:
    """The blocks of a journal, applied one after the other. Raises JournalError."""
    world = genesis()
    for number, payload in enumerate(reading.payloads, 1):
        sealed = _replayed(world, number, payload, executor)
        world = sealed.world
        yield sealed


def _replayed(world: World, number: int, payload: bytes, executor: Executor) -> Sealed:
    try:
        data, root = decode(payload)
        block = decode(data, RECORDS)
    except (NotCanonical, ValueError, TypeError):
        raise Unreadable(number) from None
    if not isinstance(block, Block):
        raise Unreadable(number)
    after, applied = apply(world, block, executor)
    if applied.root != root:
        raise RootDiffers(number)
    return Sealed(block, data, applied, after)
