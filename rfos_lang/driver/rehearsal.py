"""A scenario run on a node, with what is worth remembering of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.blocks import Attest, Plan, blocks
from rfos_lang.driver.failure import Failure
from rfos_runtime.node.node import Node
from rfos_runtime.node.refusals import Settled
from rfos_runtime.records.block import Block
from rfos_runtime.records.codes import Code
from rfos_runtime.records.holdings import Purpose
from rfos_runtime.reference.block import Applied
from rfos_runtime.reference.margin import margin_of
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.recipe import LONGEST_STEP

_OF_ACCOUNTS = (Purpose.FREE, Purpose.RESERVED, Purpose.COLLATERAL, Purpose.PLEDGED)


@dataclass(frozen=True, slots=True)
class Mark:
    """A margined position at an instant, in minor units of its collateral asset. Not `is_known`
    while what it is valued by is missing or too old."""

    instant: int
    equity: int
    maintenance: int
    is_known: bool


@dataclass(slots=True)
class Rehearsal:
    """What a run showed. `settled`: so many blocks were only compared with the journal, since they
    lie before the snapshot with which the node began; nothing is told of them. `blocks`, `marks`:
    from then on; `marks` by (instrument handle, account), while it has a position."""

    plan: Plan
    world: World
    settled: int = 0
    blocks: list[tuple[Block, Applied]] = field(default_factory=list)
    marks: dict[tuple[int, str], list[Mark]] = field(default_factory=dict)

    def holdings(self) -> dict[str, dict[str, int]]:
        """By account and asset: what is free, reserved and posted, in minor units."""
        found: dict[str, dict[str, int]] = {}
        for (asset, holding), units in self.world.balances.items():
            if holding.purpose in _OF_ACCOUNTS and holding.account:
                of_account = found.setdefault(holding.account, {})
                of_account[asset] = of_account.get(asset, 0) + units
        return found

    def fund(self) -> dict[str, int]:
        """The insurance fund, by asset."""
        return {
            asset: units
            for (asset, holding), units in self.world.balances.items()
            if holding.purpose == Purpose.FUND
        }

    def conserved(self) -> Mapping[str, tuple[int, int]]:
        """By asset: what came in from outside or was issued, and what all holdings come to."""
        totals: dict[str, tuple[int, int]] = dict.fromkeys(self.world.assets, (0, 0))
        for (asset, holding), units in self.world.balances.items():
            came, held = totals[asset]
            outside = holding.purpose in (Purpose.OUTSIDE, Purpose.ISSUED)
            totals[asset] = (came - units, held) if outside else (came, held + units)
        return totals

    def below_maintenance(self) -> list[tuple[int, str]]:
        """The positions that are below maintenance at the end."""
        world = self.world
        return [
            (handle, account)
            for handle, account in world.positions
            if margin_of(world, handle, account).in_breach
        ]


def rehearse(plan: Plan, node: Node, attest: Attest) -> Iterator[Rehearsal]:
    """Submits every block; yields after each, the same object.

    On a journal that holds the first blocks already, those are compared and not applied again: the
    run goes on after them. Raises JournalError, Failure.
    """
    run = Rehearsal(plan, node.base)
    node.watch(_watch(run))
    for block in blocks(plan, attest, lambda account: _last_sequence(run, node, account)):
        _submit(run, node, block)
        yield run
    _require_known(run, node)


def recorded(plan: Plan, node: Node, given: Iterable[Block]) -> Rehearsal:
    """The same of blocks that are known already, as those of a scenario with steps. Raises
    JournalError."""
    run = Rehearsal(plan, node.base)
    node.longest_step = LONGEST_STEP
    node.watch(_watch(run))
    for block in given:
        _submit(run, node, block, is_checked=False)
    _require_known(run, node)
    return run


def _submit(run: Rehearsal, node: Node, block: Block, is_checked: bool = True) -> None:
    if block.number <= node.base.number:
        node.compare(block)
        run.settled = block.number
        return
    applied = node.submit(block)
    if block.number == 1 and is_checked:
        _require_accepted(run.plan, block, applied)
    run.blocks.append((block, applied))


def _require_known(run: Rehearsal, node: Node) -> None:
    """A run that ends before the snapshot ends in a world that is not at hand. Raises Settled."""
    if run.settled < node.base.number:
        raise Settled(run.settled)


def _last_sequence(run: Rehearsal, node: Node, account: str) -> int:
    """An account's last sequence number before the block that is to be made. What the world was
    before a settled block is not known: there the journal is believed, whose root holds it."""
    following = run.settled + 1
    if run.blocks or following > node.base.number:
        return run.world.sequences().get(account, 0)
    signers = (each for signed in node.settled(following).commands for each in signed.signers)
    first = next((each.sequence for each in signers if each.account == account), 1)
    return first - 1


def _require_accepted(plan: Plan, genesis_block: Block, applied: Applied) -> None:
    """A scenario whose accounts, feeds or instruments the kernel refuses cannot go on."""
    for signed, code in zip(genesis_block.commands, applied.results, strict=True):
        if code != Code.ACCEPTED:
            name, place = type(signed.command).__name__, Span(plan.source, 0, 0)
            raise Failure([report("E0811", place, command=name, reason=code.words)], {})


def _watch(run: Rehearsal) -> Callable[[World], None]:
    """Notes the world and the margin of every position with a rule, block by block."""

    def note(world: World) -> None:
        run.world = world
        for handle, account in world.positions:
            margin = margin_of(world, handle, account)
            if margin.maintenance or (handle, account) in run.marks:
                is_known = world.instruments[handle].mark is not None
                mark = Mark(world.time, margin.equity, margin.maintenance, is_known)
                run.marks.setdefault((handle, account), []).append(mark)

    return note
