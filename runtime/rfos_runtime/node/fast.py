"""The fast kernel where the reference could stand: a block in, the world and what was done out, in
the words of the reference. So both write the same journal, with the same state roots.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.node.translated.events import happening
from rfos_runtime.node.translated.world import Read, world_of
from rfos_runtime.records import reports
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Block, OpenAccount, RegisterAsset, Signed
from rfos_runtime.records.holdings import is_name, is_own
from rfos_runtime.records.reports import encode_report, has_record
from rfos_runtime.records.wire import Names, NoCommand, encode, malformed
from rfos_runtime.reference.block import Applied, OutOfOrder
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.world import World


@dataclass(slots=True)
class Fast:
    """A fast kernel after the blocks that it was given."""

    executor: Executor
    kernel: Kernel = field(init=False)
    _read: Read = field(default_factory=Read)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.executor)

    def apply(self, world: World, block: Block) -> tuple[World, Applied]:
        """The world after a block, and what it did; `world` is that after the block before. Raises
        OutOfOrder."""
        after, codes = self.carried_out(world, block)
        after.root = state_root(after)
        count = len(block.reports)
        return after, Applied(codes[:count], codes[count:], tuple(after.events), after.root)

    def carried_out(self, world: World, block: Block) -> tuple[World, tuple[Code, ...]]:
        """The world after a block, still with the root of the one before, and how each report and
        command went; `world` is that after the block before. Raises OutOfOrder."""
        if block.number != world.number + 1 or block.time <= world.time:
            raise OutOfOrder(f"block {block.number} at {block.time} after block {world.number}")
        names = names_within(world, block.commands)
        self.kernel.salt = world.root
        done = self.kernel.apply(block.time, records_of(block, names))
        accounts, assets = list(self.kernel.accounts), list(self.kernel.assets)
        foreseen = list(names.accounts[: len(accounts)]), list(names.assets[: len(assets)])
        assert foreseen == (accounts, assets), (
            "an account or an asset has another handle than its commands were given"
        )
        told = [happening(self.kernel, row) for row in done.events]
        codes = tuple(Code(code) for code in done.results["code"].tolist())
        return world_of(self.kernel, world.root, told, self._read), codes


def records_of(block: Block, names: Names) -> bytes:
    """The records of a block; what has none is malformed in its place."""
    said = (
        encode_report(each, names) if has_record(each) else reports.MALFORMED
        for each in block.reports
    )
    return b"".join((*said, *(_asked(each, names) for each in block.commands)))


def _asked(signed: Signed, names: Names) -> bytes:
    try:
        return encode(signed, names)
    except NoCommand:
        return malformed(signed.linked)


def names_within(before: World, commands: Sequence[Signed]) -> Names:
    """Names by handle, if every command of a block that opens or registers goes well."""
    accounts, assets = list(before.accounts), list(before.assets)
    for signed in commands:
        match signed.command:
            case RegisterAsset(asset=asset) if asset not in assets:
                assets.append(asset)
            case OpenAccount(account=account) if account not in accounts and _may_be(account):
                accounts.append(account)
    known = {name: feed.reporters for name, feed in before.feeds.items()}
    return Names(accounts, assets, known)


def _may_be(account: str) -> bool:
    return is_name(account) and not is_own(account)
