"""Invariant 8: the fast kernel on the journal that the reference has written.

At the end of a world a node recovers from its journal by a fast kernel. After every block the
codes, the events and the whole world are compared with those of the reference, table by table. Two
worlds that are equal have one root, which is a function of the world, so it is not hashed again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.journal import open_on
from rfos_runtime.node.fast import Fast
from rfos_runtime.node.node import recover_on
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Block
from rfos_runtime.reference.block import Applied
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import COMPARED, Violation

Done = tuple[World, Applied]
"""The world after a block, and what it did."""

_TABLES = tuple(each.name for each in fields(World) if each.name != "root")


class _Differs(Exception):
    """The kernels do not do the same."""


def compared(disk: Disk, executor: Executor, done: Sequence[Done]) -> Iterator[Violation]:
    """Recovers by a fast kernel from the journal on a disk, up to the first block that does not do
    what the reference has `done`. A fast kernel that breaks off is told like any difference."""
    beside = _Beside(Fast(executor), done)
    try:
        recover_on(open_on(disk), executor, engine=beside.apply).close()
    except _Differs as difference:
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
        _Differs."""
        after, applied = self.done[block.number - 1]
        found, codes = self.fast.carried_out(before, block)
        for words in _differences(block, found, codes, after, applied):
            raise _Differs(f"block {block.number}: {words}")
        return after, applied


def _differences(
    block: Block, found: World, codes: Sequence[Code], after: World, applied: Applied
) -> Iterator[str]:
    asked = [*block.reports, *(signed.command for signed in block.commands)]
    wanted = (*applied.reports, *applied.results)
    for each, code, other in zip(asked, codes, wanted, strict=True):
        if code is not other:
            yield f"{type(each).__name__} is answered {code.words}, not {other.words}"
    for name in _TABLES:
        here, there = getattr(found, name), getattr(after, name)
        if here != there:
            yield f"{name} differ, {_difference(here, there)}"


def _difference(here: object, there: object) -> str:
    """What differs first, in words."""
    match here, there:
        case dict(), dict():
            keys = [key for key in {**here, **there} if here.get(key) != there.get(key)]
            return f"at {keys[0]}: {here.get(keys[0])}, not {there.get(keys[0])}"
        case list(), list():
            pairs = zip([*here, None], [*there, None], strict=False)
            one, other = next(pair for pair in pairs if pair[0] != pair[1])
            return f"{one}, not {other}"
        case _:
            return f"{here}, not {there}"
