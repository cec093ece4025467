"""Invariant 7: the reference on the journal, block after block, does what it did live.

Each block is carried out a second time, as it was read of the disk, from a world that is equal to
the one before it; and the codes, the events and the whole world after it are compared with what was
live, table by table. Where that happens does not matter: the empty world is the first of both, and
if what comes of each block is equal, a replay from the first block to the last comes to the same.
So what a recovery has replayed after a fault (`Again.recovered`) is not replayed once more: by the
next recovery neither, if it is at a world that is equal (`Again.resumed`), nor at the end
(`Again.ended`). What is left there are runs of blocks: each begins from the world before it,
its tables in the order of their keys, for no other order is in the root; and each block of it goes
on from the world that was found anew. A root is hashed after the last block, and stands on all
before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.journal import open_on
from rfos_runtime.node.node import Node, Sealed, recover_on, resume
from rfos_runtime.node.refusals import RootDiffers
from rfos_runtime.records.block import Block
from rfos_runtime.reference.block import Applied, Begun, carried_out
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.world import World, genesis
from rfos_runtime.simulation.checks.alike import (
    Differs,
    Done,
    in_order_of_keys,
    is_alike,
    require_alike,
)
from rfos_runtime.simulation.checks.invariants import Violation

REPLAYED = 7


@dataclass(slots=True)
class Again:
    """What was `done` live, and which blocks were carried out again, as they were read."""

    executor: Executor
    done: list[Done] = field(default_factory=list)
    replayed: dict[int, Block] = field(default_factory=dict)

    def resumed(self, disk: Disk) -> Node:
        """A node recovered from the newest snapshot on a disk. Raises JournalError."""
        node = resume(disk, self.executor, engine=self._resumed)
        node.engine = None
        return node

    def recovered(self, history: Iterable[Sealed]) -> Violation | None:
        """Compares what a recovery has replayed, each block the first time only; the first one that
        does not do what was done."""
        for sealed in history:
            block, found = sealed.block, sealed.applied
            if block.number in self.replayed:
                continue
            codes = *found.reports, *found.results
            try:
                require_alike(block, sealed.world, codes, *self.done[block.number - 1])
            except Differs as difference:
                return Violation(REPLAYED, str(difference))
            self.replayed[block.number] = block
        return None

    def ended(self, disk: Disk) -> Node | Violation:
        """A node recovered from all of the journal on a disk, or the first block that does not do
        what was done. Raises JournalError."""
        try:
            node = recover_on(open_on(disk), self.executor, engine=self._apply)
        except (Differs, RootDiffers) as difference:
            return Violation(REPLAYED, str(difference))
        node.engine = None  # what comes after was never done
        return node

    def _resumed(self, before: World, block: Block) -> Done:
        """The world after a block, as the kernel finds it unless it has found it before."""
        was_replayed = self.replayed.get(block.number) == block
        if was_replayed and is_alike(before, self._live(block.number - 1)):
            return self.done[block.number - 1]
        begun = carried_out(before, block, self.executor)
        found = begun.closed()
        return self._sealed(begun, found, is_alike(found, self._live(block.number)))

    def _live(self, number: int) -> World:
        """The world after a block, as it was live."""
        return self.done[number - 1][0] if number else genesis()

    def _apply(self, before: World, block: Block) -> Done:
        """The world after a block, found anew unless it was before. Raises Differs."""
        live, applied = self.done[block.number - 1]
        if self.replayed.get(block.number) == block:
            return live, applied
        is_live = before is self._live(block.number - 1)
        begun = carried_out(in_order_of_keys(before) if is_live else before, block, self.executor)
        found = begun.closed()
        require_alike(block, found, begun.codes, live, applied)
        self.replayed[block.number] = block
        return self._sealed(begun, found, is_as_live=True)

    def _sealed(self, begun: Begun, found: World, is_as_live: bool) -> Done:
        """The world after a block that was found anew, with its root, which is hashed if it is
        another than it was live, or the last one."""
        is_known = is_as_live and found.number < len(self.done)
        found.root = self._live(found.number).root if is_known else state_root(found)
        results = begun.codes[len(begun.reports) :]
        return found, Applied(begun.reports, results, tuple(found.events), found.root)
