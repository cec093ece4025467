"""Invariant 8: the fast kernel on the journal that the reference has written.

At the end of a world a node recovers from its journal by a fast kernel. After every block the
codes, the events and the whole world are compared with those of the reference, table by table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.journal import open_on
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.node.fast import Fast
from rfos_runtime.node.node import recover_on
from rfos_runtime.records.block import Block
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.alike import Differs, Done, require_alike
from rfos_runtime.simulation.checks.invariants import COMPARED, Violation


def compared(disk: Disk, executor: Executor, done: Sequence[Done]) -> Iterator[Violation]:
    """Recovers by a fast kernel from the journal on a disk, up to the first block that does not do
    what the reference has `done`. A fast kernel that breaks off is told like any difference."""
    beside = _Beside(Fast(Kernel(executor)), done)
    try:
        recover_on(open_on(disk), executor, engine=beside.apply).close()
    except Differs as difference:
        yield Violation(COMPARED, str(difference))
    except Exception as failure:
        words = f"the fast kernel breaks off: {type(failure).__name__}: {failure}"
        yield Violation(COMPARED, words)


@dataclass(frozen=True, slots=True)
class _Beside:
    """A fast kernel, and what the reference has done."""

    fast: Fast
    done: Sequence[Done]

    def apply(self, before: World, block: Block) -> Done:
        """What the reference has done in a block, once the fast kernel has done it too. Raises
        Differs."""
        after, applied = self.done[block.number - 1]
        found, codes = self.fast.carried_out(before, block)
        require_alike(block, found, codes, after, applied)
        return after, applied
