"""A kernel comes back out of its image as it was, and does the same from then on; other bytes than
those of an image give none."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal.frames import read
from rfos_runtime.journal.journal import FILE
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.image import MAGIC, NotAnImage, image, restored
from rfos_runtime.kernel.state import NoContracts
from rfos_runtime.kernel.tables import Of
from rfos_runtime.node.fast import parts_of
from rfos_runtime.node.node import Sealed, replayed
from rfos_runtime.node.translated.world import Read, world_of
from rfos_runtime.reference.world import World, genesis
from tests.simulation.made import executor, played

SEEDS = range(6)


@dataclass(frozen=True)
class Told:
    """What can be seen of a kernel after a block: what that did, and how it left everything."""

    results: bytes
    events: bytes
    root: bytes
    world: World


def carried_out(kernel: Kernel, before: World, sealed: Sealed) -> Told:
    """A block on a kernel that has the world before it."""
    kernel.salt = before.root
    done = kernel.apply_parts(sealed.block.time, parts_of(sealed.block, kernel))
    seen = world_of(kernel, before.root, ())
    return Told(done.results.tobytes(), done.events.tobytes(), kernel.root_anew(), seen)


@dataclass(frozen=True)
class Run:
    """A world's blocks, each with the world before it, what a kernel did with it, and the image of
    that kernel before it."""

    blocks: Sequence[tuple[World, Sealed]]
    told: Sequence[Told]
    images: Sequence[bytes]


@cache
def run(seed: int) -> Run:
    reading = read(played(seed, 150).machine.disk.read(FILE))
    every = list(replayed(reading, executor()))
    before = [genesis(), *(each.world for each in every)]
    blocks = list(zip(before, every, strict=False))
    kernel, told, images = Kernel(executor()), [], []
    for world, sealed in blocks:
        images.append(image(kernel))
        told.append(carried_out(kernel, world, sealed))
    return Run(blocks, told, images)


@pytest.mark.parametrize("seed", SEEDS)
def test_out_of_the_image_before_any_block_it_does_the_same(seed: int) -> None:
    made = run(seed)
    for data, block, told in zip(made.images, made.blocks, made.told, strict=True):
        assert carried_out(restored(data, executor()), *block) == told


@pytest.mark.parametrize("seed", SEEDS)
def test_out_of_an_image_all_later_blocks_are_the_same(seed: int) -> None:
    made, count = run(seed), len(run(seed).blocks)
    for first in (0, count // 4, count // 2, 3 * count // 4):
        kernel = restored(made.images[first], executor())
        for block, told in zip(made.blocks[first:], made.told[first:], strict=True):
            assert carried_out(kernel, *block) == told


@pytest.mark.parametrize("seed", SEEDS)
def test_what_comes_back_has_the_same_root_world_and_image(seed: int) -> None:
    made = run(seed)
    for data, told in zip(made.images[1:], made.told, strict=False):
        kernel = restored(data, executor())
        assert kernel.root() == kernel.root_anew() == told.root
        assert world_of(kernel, told.world.root, ()) == told.world
        assert image(kernel) == data


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_worked_out_again_is_what_there_was(seed: int) -> None:
    """The handles of everything, whatever came to be in whatever order."""
    made, kernel = run(seed), Kernel(executor())
    for world, sealed in made.blocks:
        carried_out(kernel, world, sealed)
    again = restored(image(kernel), executor())
    for name in ("definitions", "by_hash", "instruments", "readers", "watchers", "marked_by"):
        assert _said(getattr(again.contracts, name)) == _said(getattr(kernel.contracts, name)), name
    for name in ("views", "by_hash", "pairs", "underlyings"):
        assert getattr(again.policies, name) == getattr(kernel.policies, name), name
    assert again.feeds == kernel.feeds
    assert list(again.assets.items()) == list(kernel.assets.items())


def _said(value: object) -> object:
    """Without the feeds at which somebody has looked that nobody reads."""
    return {key: v for key, v in value.items() if v} if isinstance(value, dict) else value


def test_the_worlds_have_everything_that_can_be_worked_out() -> None:
    kernels = [restored(run(seed).images[-1], executor()) for seed in SEEDS]
    for table in (Of.DEFINITIONS, Of.INSTRUMENTS, Of.POLICIES, Of.PAIRS, Of.POSITIONS, Of.FEEDS):
        assert any(kernel.world.counts[table]["lying"] for kernel in kernels), table.name
    assert any(bound.is_appraised for k in kernels for bound in k.contracts.instruments)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_reads_only_what_was_written_reads_it_whole(seed: int) -> None:
    made = run(seed)
    first = len(made.blocks) // 2
    kernel, seen = restored(made.images[first], executor()), Read()
    before = world_of(kernel, made.told[first - 1].world.root, (), seen)
    assert before == made.told[first - 1].world
    for block, told in zip(made.blocks[first:], made.told[first:], strict=True):
        assert carried_out(kernel, *block) == told
        assert world_of(kernel, told.world.root, (), seen) == told.world


def test_taking_an_image_changes_nothing() -> None:
    """Not even what is noted of pages that were written, of which others take note."""
    kernel = restored(run(0).images[-1], executor())
    kernel.root()
    kernel.touched(Of.TOTALS, 0)["counter"] += 1
    dirty, moved = kernel.world.dirty.copy(), kernel.world.moved.copy()
    data = image(kernel)
    assert (kernel.world.dirty == dirty).all() and (kernel.world.moved == moved).all()
    assert restored(data, executor()).root() == kernel.root()


# --- other bytes ----------------------------------------------------------------------------------


def test_an_image_that_is_cut_anywhere_is_refused() -> None:
    data = run(1).images[-1]
    for size in (*range(2_000), *range(2_000, len(data), 997), len(data) - 1):
        with pytest.raises(NotAnImage):
            restored(data[:size], executor())
    for more in (b"\0", bytes(4096), data):
        with pytest.raises(NotAnImage):
            restored(data + more, executor())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_altered_image_is_refused(data: st.DataObject) -> None:
    altered = bytearray(run(1).images[-1])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NotAnImage):
        restored(bytes(altered), executor())


@given(st.binary(max_size=300))
def test_bytes_that_are_no_image_are_refused(data: bytes) -> None:
    begin = len(MAGIC) + 4
    headed = sha256(data).digest() + len(data).to_bytes(8, "big") + data
    for each in (data, run(1).images[-1][:begin] + data, run(1).images[-1][:begin] + headed):
        with pytest.raises(NotAnImage):
            restored(each, NoContracts())


def test_an_image_of_another_version_is_refused() -> None:
    data = run(1).images[-1]
    other = data[: len(MAGIC)] + b"\0\0\0\xff" + data[len(MAGIC) + 4 :]
    with pytest.raises(NotAnImage, match="version"):
        restored(other, executor())


def test_an_image_of_contracts_needs_an_executor_that_takes_them() -> None:
    with pytest.raises(NotAnImage, match="executor"):
        restored(run(1).images[-1], NoContracts())
