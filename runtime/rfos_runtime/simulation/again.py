"""Invariant 7: the reference on the whole journal, from the first block, does what it did live.

After every block the codes, the events and the whole world are compared, table by table. Each block
goes on from the world that was found anew; the root is hashed after the last one, and stands on all
before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.journal import open_on
from rfos_runtime.node.node import Node, recover_on
from rfos_runtime.node.refusals import RootDiffers
from rfos_runtime.records.commands import Block
from rfos_runtime.reference.block import Applied, carried_out
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.alike import Differs, Done, require_alike
from rfos_runtime.simulation.checks.invariants import Violation

REPLAYED = 7


def again(disk: Disk, executor: Executor, done: Sequence[Done]) -> Node | Violation:
    """A node recovered from all of the journal on a disk, or the first block that does not do what
    was `done`. Raises JournalError."""
    live = _Live(executor, done)
    try:
        node = recover_on(open_on(disk), executor, engine=live.apply)
    except (Differs, RootDiffers) as difference:
        return Violation(REPLAYED, str(difference))
    node.engine = None  # what comes after was never done
    return node


@dataclass(frozen=True, slots=True)
class _Live:
    """What was done live."""

    executor: Executor
    done: Sequence[Done]

    def apply(self, before: World, block: Block) -> Done:
        """The world after a block, found anew. Raises Differs."""
        live, applied = self.done[block.number - 1]
        begun = carried_out(before, block, self.executor)
        found = begun.closed()
        require_alike(block, found, begun.codes, live, applied)
        is_last = block.number == len(self.done)
        root = state_root(found) if is_last else live.root
        found.root = root
        return found, Applied(applied.reports, applied.results, tuple(found.events), root)
