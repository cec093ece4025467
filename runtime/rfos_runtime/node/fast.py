"""The fast kernel where the reference could stand: a block in, the world and what was done out, in
the words of the reference. So both write the same journal, with the same state roots; and a node on
either takes the snapshots with which one on the reference begins. One on the fast kernel begins
with an image of that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from rfos_runtime.journal.disk import Disk
from rfos_runtime.journal.frames import Reading
from rfos_runtime.journal.journal import open_on
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.node.images import Images
from rfos_runtime.node.node import Node, recover_on, root_after
from rfos_runtime.node.snapshot import newest, take_now_and_then
from rfos_runtime.node.translated.events import happening
from rfos_runtime.node.translated.world import Read, world_of
from rfos_runtime.records import reports
from rfos_runtime.records.block import Block, Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import OpenAccount, RegisterAsset
from rfos_runtime.records.reports import encode_report, has_record
from rfos_runtime.records.wire import Names, NoCommand, encode, malformed
from rfos_runtime.reference.block import Applied, OutOfOrder, chains
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.world import World


@dataclass(slots=True)
class Fast:
    """A fast kernel after the blocks that it was given: a new one, or one out of an image."""

    kernel: Kernel
    _read: Read = field(default_factory=Read)

    def __post_init__(self) -> None:
        self.kernel.world.dirty[:] = True  # nothing of it was read

    def world(self, before: bytes) -> World:
        """The world as it stands between two blocks; `before`: the root of the last but one."""
        world = world_of(self.kernel, before, (), self._read)
        world.root = state_root(world)
        return world

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
        self.kernel.salt = world.root
        done = self.kernel.apply_parts(block.time, parts_of(block, self.kernel))
        told = [happening(self.kernel, row) for row in done.events]
        codes = tuple(Code(code) for code in done.results["code"].tolist())
        return world_of(self.kernel, world.root, told, self._read), codes


def recover(disk: Disk, executor: Executor, every: int = 0) -> Node:
    """A node on the fast kernel. `every`: it begins with the newest image on the disk, and takes
    one, and a snapshot, when so many blocks have come since the last; 0: it replays from the first
    block, and takes none. Raises JournalError."""
    journal, images = open_on(disk), Images(disk, every)
    try:
        if every:  # it tells, as the images do, whether the journal has lost blocks
            newest(disk, len(journal.reading.payloads), executor)
        fast, base = _begun(journal.reading, executor, images)
    except BaseException:
        journal.close()
        raise
    node = recover_on(journal, executor, base, fast.apply)
    if every:
        node.keep = partial(_keep, images, fast.kernel)
    return node


def _begun(
    reading: Reading[bytes], executor: Executor, images: Images
) -> tuple[Fast, World | None]:
    """A fast kernel, and the world after the blocks that it needs not replay."""
    kernel = images.found(len(reading.payloads), executor) if images.every else None
    if kernel is None:
        return Fast(Kernel(executor)), None
    fast = Fast(kernel)
    return fast, fast.world(root_after(reading, kernel.number - 1))


def fits(kernel: Kernel, before: bytes, root: bytes) -> bool:
    """Whether a kernel out of an image has the root that a journal of blocks has for the last block
    that it carried out; `before`: the root of the block before that. It is worked out anew."""
    return Fast(kernel).world(before).root == root


def _keep(images: Images, kernel: Kernel, world: World) -> None:
    """After a block that counts: an image is for the one that follows, and waits for it."""
    images.place(world.number)
    images.take(world.number + 1, kernel)
    take_now_and_then(images.disk, images.every, world)


def parts_of(block: Block, kernel: Kernel) -> Iterator[bytes]:
    """The records of a block, part by part: names that it makes known have their handles once the
    part that does so is carried out. What has no records is malformed in its place."""
    names = names_of(kernel)
    part = [
        encode_report(each, names) if has_record(each) else reports.MALFORMED
        for each in block.reports
    ]
    waits = False
    for chain in chains(block.commands):
        if waits and not _only_names(chain, names):
            yield b"".join(part)
            part, waits, names = [], False, names_of(kernel)
        within = names_within(names, chain)
        part.extend(_asked(each, within) for each in chain)
        waits |= within is not names
    yield b"".join(part)


def names_of(kernel: Kernel) -> Names:
    """All names that a kernel knows."""
    feeds = {each.feed: each.reporters for each in kernel.feeds.registered}
    return Names(list(kernel.accounts), list(kernel.assets), feeds)


def names_within(names: Names, chain: Sequence[Signed]) -> Names:
    """Names by handle within commands that all go well: with those that they make known."""
    accounts = [e.command.account for e in chain if isinstance(e.command, OpenAccount)]
    assets = [e.command.asset for e in chain if isinstance(e.command, RegisterAsset)]
    if not accounts and not assets:
        return names
    accounts, assets = [*names.accounts, *accounts], [*names.assets, *assets]
    return Names(list(dict.fromkeys(accounts)), list(dict.fromkeys(assets)), names.feeds)


def _only_names(chain: Sequence[Signed], names: Names) -> bool:
    """Whether commands make names known and use none but those that are."""
    return all(
        isinstance(each.command, OpenAccount | RegisterAsset)
        and all(signer.account in names.accounts for signer in each.signers)
        for each in chain
    )


def _asked(signed: Signed, names: Names) -> bytes:
    try:
        return encode(signed, names)
    except NoCommand:
        return malformed(signed.linked)
