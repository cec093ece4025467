"""Invariant 8: a fast kernel beside the reference, given each block that the reference has sealed.

After every block the codes, the events and the whole world are compared, table by table. Two worlds
that are equal have one root, which is a function of the world, so it is not hashed a second time.
"""

from collections.abc import Iterator
from dataclasses import fields

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

_TABLES = tuple(each.name for each in fields(World) if each.name != "root")


class Beside:
    """A fast kernel after the blocks that were sealed."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._fast = Fast(executor)

    def sealed(
        self, before: World, block: Block, after: World, applied: Applied
    ) -> Iterator[Violation]:
        """Carries out a block that the reference has sealed, and looks at what differs. A fast
        kernel that breaks off says nothing more, and is told too."""
        try:
            found, codes = self._fast.carried_out(before, block)
        except Exception as failure:
            yield Violation(
                COMPARED, f"the fast kernel breaks off: {type(failure).__name__}: {failure}"
            )
            return
        yield from _answers(block, codes, (*applied.reports, *applied.results))
        for name in _TABLES:
            here, there = getattr(found, name), getattr(after, name)
            if here != there:
                yield Violation(
                    COMPARED, f"{name} after block {block.number}: {_difference(here, there)}"
                )

    def recovered(self, disk: Disk, root: bytes) -> Iterator[Violation]:
        """Recovers from a journal by a new fast kernel: it must come to the root of the last
        block."""
        with recover_on(open_on(disk), self._executor, engine=Fast(self._executor).apply) as node:
            if node.world.root != root:
                yield Violation(COMPARED, "recovery by the fast kernel leads to another root")


def _answers(
    block: Block, codes: tuple[Code, ...], expected: tuple[Code, ...]
) -> Iterator[Violation]:
    asked = [*block.reports, *(signed.command for signed in block.commands)]
    for each, code, wanted in zip(asked, codes, expected, strict=True):
        if code is not wanted:
            words = f"{type(each).__name__} is answered {code.words}, not {wanted.words}"
            yield Violation(COMPARED, f"{words}, in block {block.number}")


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
