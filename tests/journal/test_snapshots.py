"""Images of the world: what was taken is what comes back, nothing else does, and recovery from one
is replay from the first block."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal.frames import read
from rfos_runtime.journal.journal import FILE, open_on
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.node import snapshot
from rfos_runtime.node.fast import Fast
from rfos_runtime.node.kept import SNAPSHOT, BlocksLost
from rfos_runtime.node.node import recover_on, replayed, resume
from rfos_runtime.node.refusals import BlockDiffers, RootDiffers, Settled
from rfos_runtime.reference.block import apply
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.disk import SimulatedDisk
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.test_node import scene
from tests.simulation.made import executor, played

STAGE = scene()
EXECUTOR = ScriptedExecutor()


def journaled() -> SimulatedDisk:
    """A disk with the journal of a scene."""
    disk = SimulatedDisk()
    with recover_on(open_on(disk), EXECUTOR) as node:
        for block in STAGE.blocks:
            node.submit(block)
    return disk


def world_after(number: int) -> World:
    with recover_on(open_on(journaled()), EXECUTOR) as node:
        return node.history[number - 1].world


@pytest.mark.parametrize("seed", range(3))
def test_a_world_comes_back_as_it_was(seed: int) -> None:
    world = played(seed, 150).machine.node.world
    again = snapshot.restored(snapshot.snapshot(world), executor())
    assert again is not None
    world.events = []
    assert again == world
    for table in ("assets", "feeds", "accounts", "instruments"):
        assert list(getattr(again, table)) == list(getattr(world, table)), f"order of {table}"


@pytest.mark.parametrize("kernel", ["reference", "fast"])
@pytest.mark.parametrize("seed", [4, 5])
def test_after_a_snapshot_of_any_block_the_next_does_the_same(seed: int, kernel: str) -> None:
    """So does every later one, whichever kernel has told the world that was taken."""
    reading = read(played(seed, 150).machine.disk.read(FILE))
    engine = Fast(Kernel(executor())).apply if kernel == "fast" else None
    for before, following in pairwise(replayed(reading, executor(), engine=engine)):
        again = snapshot.restored(snapshot.snapshot(before.world), executor())
        assert again is not None
        world, applied = apply(again, following.block, executor())
        assert applied == following.applied
        assert snapshot.fits(world, before.world.root, following.world.root)


@pytest.mark.parametrize("number", range(1, len(STAGE.blocks) + 1))
def test_recovery_from_a_snapshot_is_replay(number: int) -> None:
    disk = journaled()
    snapshot.take(disk, world_after(number))
    with resume(disk, EXECUTOR) as node:
        assert node.base.number == number
        assert node.world.root == STAGE.world.root
        again = STAGE.blocks[number - 1]
        with pytest.raises(Settled):
            node.submit(again)


def test_an_older_block_given_again_is_compared_with_the_journal() -> None:
    from dataclasses import replace

    disk = journaled()
    snapshot.take(disk, world_after(2))
    with resume(disk, EXECUTOR) as node, pytest.raises(BlockDiffers):
        node.submit(replace(STAGE.blocks[0], evidence=b"another"))


def test_a_snapshot_that_is_not_whole_is_passed_over() -> None:
    image = snapshot.snapshot(world_after(3))
    assert not any(snapshot.restored(image[:size], EXECUTOR) for size in range(len(image)))
    for size in (0, 1, 20, 40, 52, 53, len(image) // 2, len(image) - 1):
        disk = journaled()
        snapshot.take(disk, world_after(2))
        disk.put("snapshot-3", image[:size])
        with resume(disk, EXECUTOR) as node:
            assert node.base.number == 2
            assert node.world.root == STAGE.world.root


@given(st.data())
@settings(max_examples=60)
def test_an_altered_snapshot_is_passed_over(data: st.DataObject) -> None:
    image = bytearray(snapshot.snapshot(world_after(3)))
    image[data.draw(st.integers(0, len(image) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert snapshot.restored(bytes(image), EXECUTOR) is None


def test_a_snapshot_of_another_journal_is_refused() -> None:
    world = world_after(3).copy()
    world.root = bytes(32)
    disk = journaled()
    snapshot.take(disk, world)
    with pytest.raises(RootDiffers):
        resume(disk, EXECUTOR)


def test_a_journal_that_lost_blocks_that_counted_is_told() -> None:
    disk = journaled()
    snapshot.take(disk, world_after(3))
    whole = disk.read(FILE)
    with recover_on(open_on(disk), EXECUTOR) as node:
        sizes = [len(each.data) for each in node.history]
    disk.put(FILE, whole[: len(whole) - sum(sizes[2:])])
    with pytest.raises(BlocksLost):
        resume(disk, EXECUTOR)


def test_only_the_newest_snapshots_stay() -> None:
    disk = journaled()
    for number in (1, 2, 3, 4):
        snapshot.take(disk, world_after(number))
    kept = [name for name in disk.names() if name.startswith(SNAPSHOT)]
    assert kept == ["snapshot-3", "snapshot-4"]
