"""A node on a simulated disk that is asked things, goes wrong, recovers, and is watched all along.

Blocks are begun, sent orders and sealed as a venue would do it; the same steps again do the same.
"""

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from rfos_runtime.journal.disk import CannotWrite
from rfos_runtime.journal.frames import AROUND, JournalError
from rfos_runtime.journal.journal import FILE, open_on
from rfos_runtime.node import snapshot
from rfos_runtime.node.kept import SNAPSHOT
from rfos_runtime.node.node import Node, recover_on
from rfos_runtime.node.refusals import BlockDiffers, TooFarAhead
from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.canonical import encode
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import consents_needed
from rfos_runtime.reference.block import Applied, Begun, OutOfOrder, third_parties
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.again import Again
from rfos_runtime.simulation.checks import stops
from rfos_runtime.simulation.checks.appraisals import Appraisals
from rfos_runtime.simulation.checks.clauses import Clauses
from rfos_runtime.simulation.checks.clocks import clocks
from rfos_runtime.simulation.checks.closings import closed
from rfos_runtime.simulation.checks.forfeits import forfeited
from rfos_runtime.simulation.checks.invariants import Violation, numbered
from rfos_runtime.simulation.checks.money import money
from rfos_runtime.simulation.checks.orders import Orders
from rfos_runtime.simulation.checks.parameters import Parameters
from rfos_runtime.simulation.checks.portfolios import Portfolios
from rfos_runtime.simulation.checks.resolutions import Resolutions
from rfos_runtime.simulation.checks.sales import paced
from rfos_runtime.simulation.disk import PowerGone, SimulatedDisk
from rfos_runtime.simulation.executor import Remembering
from rfos_runtime.simulation.met import met
from rfos_runtime.simulation.recipe import LONGEST_STEP, Fault, FaultKind, Order, Recipe

SNAPSHOT_EVERY = 6
"""So many blocks lie between snapshots."""


@dataclass(slots=True)
class Machine:
    """The node, what it was asked and how it went. `found`: the invariants that do not hold;
    `done`: the commands that went well, by name. `is_compared`: whether a fast kernel must do the
    same in the end."""

    executor: Remembering
    disk: SimulatedDisk = field(default_factory=SimulatedDisk)
    liars: frozenset[str] = frozenset()
    is_compared: bool = False
    found: list[Violation] = field(default_factory=list)
    codes: Counter[Code] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    reports: Counter[Code] = field(default_factory=Counter)
    faults: Counter[FaultKind] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    roots: list[bytes] = field(default_factory=list)
    node: Node = field(init=False)
    _begun: Begun | None = None
    _before: World = field(init=False)
    _copied: World = field(init=False)
    _in_tick: int = 0
    _linked: list[Signed] = field(default_factory=list)
    _orders: Orders = field(default_factory=Orders)
    _clauses: Clauses = field(init=False)
    _parameters: Parameters = field(default_factory=Parameters)
    _resolutions: Resolutions = field(default_factory=Resolutions)
    _appraisals: Appraisals = field(init=False)
    _portfolios: Portfolios = field(init=False)
    _again: Again = field(init=False)

    def __post_init__(self) -> None:
        self.node = recover_on(open_on(self.disk), self.executor)
        self.node.longest_step = LONGEST_STEP
        self._again = Again(self.executor)
        self._clauses = Clauses(self.liars)
        self._appraisals = Appraisals(self.liars)
        self._portfolios = Portfolios(self.executor, self._appraisals)

    @property
    def world(self) -> World:
        """The world as the last command left it."""
        return self.node.world if self._begun is None else self._begun.world

    # --- a block

    def begin(self, time: int, reports: tuple[Report, ...] = ()) -> tuple[Code, ...]:
        """Begins a block; how each report went."""
        self._before = before = self.node.world
        self.executor.calls.clear()
        self.executor.answers.clear()
        self._begun = begun = self.node.begin(time, reports)
        self._copied = begun.world.copy()
        self._in_tick = len(begun.world.events)
        block, world, events = begun.block, begun.world, begun.world.events
        self._note(self._clauses.ticked(before, world, block, events, self.executor.calls))
        self._note(self._parameters.ticked(before, world))
        self._note(self._appraisals.ticked(world))
        self._note(self._portfolios.ticked(before, world))
        self._note(self._resolutions.ticked(before, world, events))
        self._note(stops.sold(before, world, events))
        self._note(clocks(before, world, events))
        self._note(forfeited(before, events))
        self._note(closed(before, world, events, self.executor.answers))
        self._note(paced(before, world, events, self.executor.answers))
        return begun.reports

    def send(self, order: Order) -> tuple[Code, ...]:
        """Sends an order, as often as it says; how it went each time. Linked ones wait for the end
        of their chain."""
        signed = self._signed(order)
        self._linked.append(signed)
        if order.linked:
            return ()
        chain, self._linked = tuple(self._linked), []
        codes = [self._carried_out(chain)]
        for _ in range(order.copies - 1):
            codes.append(self._carried_out(chain))
            if codes[0][-1] is Code.ACCEPTED and codes[-1][-1] is Code.ACCEPTED:
                self._note([Violation(6, f"{type(order.command).__name__} took effect twice")])
        return tuple(each[-1] for each in codes)

    def seal(self, faults: Sequence[Fault] = ()) -> Applied:
        """Seals the block, with what goes wrong in it and after it; what it did."""
        if self._linked:
            self._carried_out(tuple(self._linked))
            self._linked = []
        assert self._begun is not None
        begun, self._begun = self._begun, None
        world, applied = begun.seal()
        self.reports.update(applied.reports)
        self.events.update(type(event).__name__ for event in applied.events)
        self.met.update(met(self._before, applied.events))
        self._note(numbered(violations(world)))
        self._note(self._portfolios.sealed(world))
        self._note(money(self._before, world, world.events))
        self._again.done.append((world, applied))
        writing = next((each for each in faults if each.kind in _WHILE_WRITING), None)
        if self.found:
            return applied  # a node would have stopped; what follows says nothing more
        if writing is None:
            self.node.seal(begun, is_sound=True)  # or it would have been found
            self.roots.append(applied.root)
        else:
            self._fail_to_write(begun, applied, writing)
        for fault in faults:
            if fault.kind not in _WHILE_WRITING:
                self._go_wrong(begun, applied, fault)
        if self.node.world.number % SNAPSHOT_EVERY == 1:
            snapshot.take(self.disk, self.node.world)
        return applied

    def end(self) -> None:
        """Replays everything from the first block by the fast kernel, if both are compared, which
        must do what the reference has done; or by the reference what no recovery has replayed. Then
        begins anew with an image of the end."""
        if self.found or not self.roots:
            return
        self.node.close()
        if self.is_compared:
            from rfos_runtime.simulation.beside import compared  # which loads machine code

            self._note(compared(self.disk, self.executor, self._again.done))
            self._recover(self._again.resumed(self.disk))
        else:
            replayed = self._again.ended(self.disk)
            if isinstance(replayed, Violation):
                self._note([replayed])
                return
            self._recover(replayed)
        snapshot.take(self.disk, self.node.world)
        self.node.close()
        self._recover(self._again.resumed(self.disk))

    def _note(self, problems: Iterable[Violation]) -> None:
        self.found.extend(problems)

    # --- orders

    def _signed(self, order: Order) -> Signed:
        """An order with the next number of each signer, after those of its chain."""
        world = self.world
        names = order.signers
        if names is None:
            names = consents_needed(order.command, third_parties(world, order.command))
        given = [each.account for signed in self._linked for each in signed.signers]
        signers: list[Signer] = []
        off = order.off
        for name in names:
            account = world.accounts.get(name)
            newest = 0 if account is None else account.sequence
            signers.append(Signer(name, newest + given.count(name) + 1 + off))
            off = 0  # only the first one is wrong
        return Signed(order.command, tuple(signers), order.linked)

    def _carried_out(self, chain: tuple[Signed, ...]) -> list[Code]:
        assert self._begun is not None
        before = self._copied  # and what is refused leaves the world as it was
        codes = self._begun.carry_out(chain)
        for code in codes:
            self.codes[code] += 1
        self._note(self._orders.carried_out(before, self._begun.world, chain, codes))
        self._note(self._parameters.commanded(before, self._begun.world))
        if set(codes) == {Code.ACCEPTED}:
            for signed in chain:
                self.done[type(signed.command).__name__] += 1
            self._note(self._appraisals.commanded(self._begun.world, chain))
            self._note(self._resolutions.commanded(before, self._begun.world, chain))
            self._note(stops.opened(before, self._begun.world, chain))
            self._note(clocks(before, self._begun.world))
            self._copied = self._begun.world.copy()
        self._note(self._portfolios.carried_out(before, self._begun.world, chain, codes))
        return codes

    # --- faults

    def _fail_to_write(self, begun: Begun, applied: Applied, fault: Fault) -> None:
        """The block is not written, or only in part; the node recovers, and is asked again."""
        self.faults[fault.kind] += 1
        block = begun.block
        size = len(encode((encode(block), applied.root))) + AROUND
        place = fault.place % (size + 1)
        acknowledged = False
        match fault.kind:
            case FaultKind.TORN | FaultKind.ZEROS:
                self.disk.tear = place if fault.kind is FaultKind.TORN else size
            case FaultKind.LOST:
                self.disk.lies = 1
            case FaultKind.FULL:
                self.disk.room = place
        try:
            self.node.seal(begun)
            acknowledged = True
        except PowerGone:
            pass
        except CannotWrite:
            self._refuses_to_go_on()
        zeros = place if fault.kind is FaultKind.ZEROS else 0
        self.disk.crash(0 if fault.kind is FaultKind.LOST else size - zeros, zeros)
        lost = fault.kind is FaultKind.LOST or not acknowledged
        self._recover(self._again.resumed(self.disk), at_least=len(self.roots) + (not lost))
        if self.found:
            return
        again = self.node.submit(block)
        if again.root != applied.root:
            self._note([Violation(7, f"block {block.number} again leads to another root")])
        self._compare()
        self.roots.append(applied.root)

    def _refuses_to_go_on(self) -> None:
        """A node that could not write writes nothing any more, even if there is room again."""
        self.disk.room = None
        try:
            self.node.journal.append(b"")
        except CannotWrite:
            return
        self._note([Violation(7, "a journal goes on behind a block that it could not write")])

    def _go_wrong(self, begun: Begun, applied: Applied, fault: Fault) -> None:
        self.faults[fault.kind] += 1
        match fault.kind:
            case FaultKind.CRASH:
                self.disk.crash()
                self._recover(self._again.resumed(self.disk))
            case FaultKind.FLIP:
                self._flip(fault.place)
            case FaultKind.TWICE:
                self._twice(begun, applied)
            case FaultKind.HALF_SNAPSHOT:
                self._half_a_snapshot(fault.place)
            case FaultKind.BACK | FaultKind.STILL:
                time = self.node.world.time - fault.place
                self._refused(OutOfOrder, "a block that does not lie after the last one", time)
            case FaultKind.AHEAD:
                time = self.node.world.time + self.node.longest_step + 1 + fault.place
                self._refused(TooFarAhead, "a block beyond the longest step", time)
            case FaultKind.SECOND_WRITER:
                self._second_writer()

    def _recover(self, node: Node, at_least: int | None = None) -> None:
        """Takes over a node that was recovered, which must stand where the last one did."""
        self.node = node
        node.longest_step = LONGEST_STEP
        number = node.world.number
        if number < (len(self.roots) if at_least is None else at_least):
            words = f"{len(self.roots)} blocks counted, and {number} are left"
            self._note([Violation(7, words)])
        elif 0 < number <= len(self.roots) and node.world.root != self.roots[number - 1]:
            self._note([Violation(7, f"recovery leads to another root after block {number}")])
        else:
            self._compare()

    def _compare(self) -> None:
        """What the node has replayed, with what was done live."""
        differs = self._again.recovered(self.node.history)
        self._note([differs] if differs else [])

    def _flip(self, place: int) -> None:
        """A bit of the journal turns while the node is down: it is told, and once it is mended
        everything is there."""
        self.node.close()
        bits = 8 * len(self.disk.read(FILE))
        bit = bits - 1 - place % bits
        self.disk.flip(FILE, bit)
        try:
            node = self._again.resumed(self.disk)
        except JournalError:
            pass
        else:
            node.close()
            self._note([Violation(7, f"bit {bit} of the journal turned and nobody noticed")])
        self.disk.flip(FILE, bit)
        self._recover(self._again.resumed(self.disk))

    def _twice(self, begun: Begun, applied: Applied) -> None:
        """The last block again does what it did; other bytes in its place are refused."""
        block, root = begun.block, self.node.world.root
        if self.node.world.number > self.node.base.number:
            again = self.node.submit(block)
            if again.root != applied.root or self.node.world.root != root:
                self._note([Violation(6, f"block {block.number} took effect twice")])
        try:
            self.node.submit(replace(block, evidence=b"another"))
        except BlockDiffers:
            return
        self._note([Violation(6, f"another block {block.number} was taken for it")])

    def _half_a_snapshot(self, place: int) -> None:
        image = snapshot.snapshot(self.node.world)
        self.disk.tear_place = place % len(image)
        try:
            snapshot.take(self.disk, self.node.world)
        except PowerGone:
            self.disk.crash()
        name = f"{SNAPSHOT}{self.node.world.number}"
        whole = self.disk.read(name) if place % 2 else b""
        if whole == b"":  # a disk that does not even keep whole files whole
            self.disk.put(name, image[: place % len(image)])
        self._recover(self._again.resumed(self.disk))

    def _refused(self, kind: type[Exception], words: str, time: int) -> None:
        root = self.node.world.root
        try:
            self.node.begin(time)
        except kind:
            if self.node.world.root == root:
                return
        self._note([Violation(11, f"{words} was taken")])

    def _second_writer(self) -> None:
        try:
            open_on(self.disk).close()
        except JournalError:
            return
        self._note([Violation(7, "two nodes write one journal")])


_WHILE_WRITING = (FaultKind.TORN, FaultKind.ZEROS, FaultKind.LOST, FaultKind.FULL)


def remembering(executor: Executor) -> Remembering:
    """An executor for machines."""
    return executor if isinstance(executor, Remembering) else Remembering(executor)


@contextmanager
def guarded(machine: Machine) -> Iterator[None]:
    """Whatever breaks off in here is a violation: a kernel answers, whatever it is asked."""
    try:
        yield
    except Exception as failure:
        place = traceback.extract_tb(failure.__traceback__)[-1]
        words = f"{type(failure).__name__}: {failure} ({Path(place.filename).name}:{place.name})"
        machine.found.append(Violation(0, words))


def play(recipe: Recipe, executor: Executor, is_compared: bool = False) -> Machine:
    """Plays a recipe until its end, or until an invariant does not hold. `is_compared`: the fast
    kernel must do the same."""
    machine = Machine(remembering(executor), liars=recipe.liars, is_compared=is_compared)
    with guarded(machine):
        for step in recipe.steps:
            machine.begin(step.time, step.reports)
            for order in step.orders:
                machine.send(order)
            machine.seal(step.faults)
            if machine.found:
                return machine
        machine.end()
    return machine
