"""Both kernels on the same blocks, and what each says in the words of the reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.oracle import feeds
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.positions.links import link, unlink
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import one_more
from rfos_runtime.node.fast import parts_of
from rfos_runtime.node.translated.events import happening
from rfos_runtime.node.translated.world import Read, world_of
from rfos_runtime.records.block import Block, Report, Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.events import Happening
from rfos_runtime.reference import block as reference
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.feeds import fresh
from rfos_runtime.reference.positions import change, open_lots
from rfos_runtime.reference.world import World, genesis
from tests.executors.scripted_executor import ScriptedExecutor


@dataclass
class Both:
    """The reference and the fast kernel after the same blocks."""

    executor: Executor = field(default_factory=ScriptedExecutor)
    world: World = field(default_factory=genesis)
    kernel: Kernel = field(init=False)
    read: Read = field(default_factory=Read)
    said: list[tuple[Code, ...]] = field(default_factory=list)
    heard: list[tuple[Code, ...]] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.executor)

    def sequences_after(self, time: int, commands: Sequence[Signed]) -> dict[str, int]:
        """The number of each account after commands, of which the last is linked to none."""
        tried = (*commands[:-1], replace(commands[-1], linked=False))
        block = Block(self.world.number + 1, time, (), tried)
        return reference.apply(self.world, block, self.executor)[0].sequences()

    def apply(
        self, time: int, commands: Sequence[Signed], reports: Sequence[Report] = ()
    ) -> tuple[Code, ...]:
        """A block on both, which must say the same. Returns how the commands went."""
        before = self.world
        block = Block(before.number + 1, time, tuple(reports), tuple(commands))
        self.world, said = reference.apply(before, block, self.executor)
        self.kernel.salt = before.root
        done = self.kernel.apply_parts(time, parts_of(block, self.kernel))
        codes = [Code(code) for code in done.results["code"]]
        assert codes == [*said.reports, *said.results]
        assert [happening(self.kernel, row) for row in done.events] == list(said.events)
        self.check()
        self.said.append(said.results)
        self.told.extend(said.events)
        self.heard.append(said.reports)
        return said.results

    def check(self) -> None:
        """Both are in the same state: seen alike, and with one root."""
        expected, kernel = self.world, self.kernel
        for read in (None, self.read):
            found = world_of(kernel, expected.root, expected.events, read)
            for each in fields(expected):
                assert getattr(found, each.name) == getattr(expected, each.name), each.name
        for handle, name in enumerate(expected.feeds, 1):
            assert feeds.fresh(kernel.world, handle) == fresh(expected, name)
        assert kernel.world.totals[0]["debts"] == len(expected.debts)

    def give(self, handle: int, lots: dict[str, int]) -> None:
        """Signed lots of an instrument to accounts, in both, as if they had been traded."""
        assert sum(lots.values()) == 0
        self.kernel.make_room({Of.POSITIONS: len(lots)})
        tables = self.kernel.world
        for account, held in lots.items():
            change(self.world, handle, account, held)
            at = place_of_pair(tables.positions, handle, self.kernel.account(account))
            row = self.kernel.touched(Of.POSITIONS, at)
            if row["account"] == 0:
                one_more(tables, Of.POSITIONS)
            row["instrument"], row["account"] = handle, self.kernel.account(account)
            had = int(row["lots"])
            row["lots"] = had + held
            if held and had == 0:
                link(tables, at)
            elif had + held == 0:
                unlink(tables, at)
        row = self.kernel.touched(Of.INSTRUMENTS, handle)
        row["lots"] = open_lots(self.world, handle)
