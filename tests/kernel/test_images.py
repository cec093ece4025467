"""Images beside a log: recovery from one is replay from the first block; what is torn, altered or
of another log is not believed, and a log that is behind one has lost blocks."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal.batches import GENESIS, Batch, sealed
from rfos_runtime.journal.disk import CannotWrite, Folder
from rfos_runtime.journal.frames import read as read_journal
from rfos_runtime.journal.journal import FILE as BLOCKS
from rfos_runtime.journal.log import FILE, open_log, read_log
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.node.durable import Durable, begins_with_seal, recover, recover_on, replayed
from rfos_runtime.node.fast import names_of, names_within
from rfos_runtime.node.images import Images
from rfos_runtime.node.kept import IMAGE, BlocksLost
from rfos_runtime.node.node import replayed as replayed_blocks
from rfos_runtime.node.refusals import RootDiffers
from rfos_runtime.records.reports import encode_report
from rfos_runtime.records.wire import SIZE, encode
from rfos_runtime.simulation.disk import PowerGone, SimulatedDisk
from rfos_runtime.simulation.recipe import LONGEST_STEP
from tests.kernel.play import opened, payments
from tests.simulation.made import executor, played


@dataclass
class Hoarder(SimulatedDisk):
    """A disk from which nothing is removed."""

    def remove(self, name: str) -> None:
        """Stays."""


@dataclass(frozen=True)
class Whole:
    """A world with contracts as a log, the images that were taken while it was written, one for
    each block with a seal, and what each block did."""

    folder: Path
    images: dict[int, bytes]
    did: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The number of the last block."""
        return len(self.did)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder, disk = tmp_path_factory.mktemp("log"), Hoarder()
    reading = read_journal(played(2, 150).machine.disk.read(BLOCKS))
    with recover_on(open_log(folder), executor(), Images(disk, 1)) as node:
        node.longest_step = LONGEST_STEP
        for each in replayed_blocks(reading, executor()):
            names = names_within(names_of(node.kernel), each.block.commands)
            asked = [encode_report(said, names) for said in each.block.reports]
            asked += [encode(signed, names) for signed in each.block.commands]
            node.wait(node.submit(each.block.time, b"".join(asked))[0])
    images = {int(name.removeprefix(IMAGE)): disk.read(name) for name in disk.names()}
    end = read_log(folder).end
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[: end + 4096])
    return Whole(folder, images, list(did(folder, Kernel(executor()))))


def did(folder: Path, kernel: Kernel) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The results, the events and the root of each block that is replayed."""
    for each in replayed(read_log(folder), kernel):
        applied = each.applied
        yield applied.results.tobytes(), applied.events.tobytes(), kernel.root()


def on(images: dict[int, bytes]) -> Images:
    """Images that were placed, and every one that can be."""
    disk = SimulatedDisk()
    for number, data in images.items():
        disk.put(f"{IMAGE}{number}", data)
    return Images(disk, 1)


def begun(whole: Whole, images: dict[int, bytes]) -> tuple[int, bytes]:
    """The block of the image with which recovery begins, and the root to which it leads."""
    found = on(images)
    with recover_on(open_log(whole.folder), executor(), found) as node:
        return found.newest, node.kernel.root()


def test_replay_from_each_image_is_replay_from_the_first_block(whole: Whole) -> None:
    sealed_blocks = [
        number
        for number, batch in enumerate(read_log(whole.folder).payloads, 1)
        if begins_with_seal(batch) and number > 1
    ]
    assert sorted(whole.images) == sealed_blocks and len(sealed_blocks) > 5
    for number, data in whole.images.items():
        kernel = on({number: data}).found(whole.last, executor())
        assert kernel is not None
        assert list(did(whole.folder, kernel)) == whole.did[number - 1 :]


def test_recovery_begins_with_the_newest_and_goes_on_the_same(whole: Whole, tmp_path: Path) -> None:
    roots = set()
    for images in ({}, *({number: data} for number, data in whole.images.items())):
        folder = tmp_path / str(min(images, default=0))
        shutil.copytree(whole.folder, folder)
        with recover_on(open_log(folder), executor(), on(images)) as node:
            again, applied = node.submit(node.kernel.time + 10**9, payments(node.kernel, 12))
            node.wait(again)
            roots.add((node.kernel.root(), node.kernel.salt, applied.results.tobytes()))
    assert len(roots) == 1
    assert begun(whole, whole.images) == (max(whole.images), whole.did[-1][2])


def test_an_image_that_cannot_be_read_is_passed_over(whole: Whole) -> None:
    older, newest = sorted(whole.images)[-2:]
    data, root = whole.images[newest], whole.did[-1][2]
    for size in (0, 1, 40, 52, 300, len(data) // 2, len(data) - 1):
        torn = {older: whole.images[older], newest: data[:size]}
        assert begun(whole, torn) == (older, root)
    assert begun(whole, {older: b"", newest: b"something else"}) == (0, root)
    assert begun(whole, {older: whole.images[older], newest: whole.images[older]}) == (older, root)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_an_altered_image_is_passed_over(whole: Whole, data: st.DataObject) -> None:
    older, newest = sorted(whole.images)[-2:]
    altered = bytearray(whole.images[newest])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    images = {older: whole.images[older], newest: bytes(altered)}
    assert begun(whole, images) == (older, whole.did[-1][2])


def test_a_log_that_ends_before_the_block_of_an_image_has_lost_it(
    whole: Whole, tmp_path: Path
) -> None:
    newest, log = max(whole.images), read_log(whole.folder)
    sizes = [batch.size for batch in log.payloads]
    for last in (newest - 1, newest - 2):
        folder = tmp_path / str(last)
        folder.mkdir()
        cut = (whole.folder / FILE).read_bytes()[: sum(sizes[:last])]
        (folder / FILE).write_bytes(cut)
        with pytest.raises(BlocksLost):
            recover_on(open_log(folder), executor(), on(whole.images))
        with recover_on(open_log(folder), executor()) as node:  # closed, so that it can be opened
            assert node.log.number == last


def test_an_image_of_another_log_is_refused(whole: Whole, tmp_path: Path) -> None:
    """Its block begins with another seal, or with none."""
    number = sorted(whole.images)[-1]
    for change in ("altered", "unsealed"):
        folder = tmp_path / change
        folder.mkdir()
        made, previous = b"", GENESIS
        for at, batch in enumerate(read_log(whole.folder).payloads, 1):
            records = bytearray(batch.records)
            if at == number:
                records[SIZE - 30] ^= change == "altered"
                records = records[SIZE * (change == "unsealed") :]
            head, previous = sealed(previous, at, Batch(batch.time, bytes(records)))
            made += head + records + previous
        (folder / FILE).write_bytes(made)
        with pytest.raises(RootDiffers) as told:
            recover_on(open_log(folder), executor(), on({number: whole.images[number]}))
        assert told.value.number == number


# --- taking them ----------------------------------------------------------------------------------


def blocks(node: Durable, count: int) -> None:
    """So many blocks more, each with a seal."""
    node.seal_after = 0
    for _ in range(count):
        data = payments(node.kernel, 3)
        node.wait(node.submit(node.kernel.time + 1, data)[0])


def images_in(folder: Path) -> list[str]:
    return [name for name in Folder(folder).names() if name.startswith(IMAGE)]


def test_one_is_taken_every_so_many_blocks_and_two_stay(tmp_path: Path) -> None:
    with opened(tmp_path) as node:
        blocks(node, 5)
        root = node.kernel.root()
    assert images_in(tmp_path) == []
    with recover(tmp_path, image_every=3) as node:
        assert node.kernel.root() == root
        blocks(node, 2)
    assert images_in(tmp_path) == ["image-7"]
    with recover(tmp_path, image_every=3) as node:
        blocks(node, 8)
        root = node.kernel.root()
    assert images_in(tmp_path) == ["image-13", "image-16"]
    for every in (0, 1, 3):
        with recover(tmp_path, image_every=every) as node:
            assert node.kernel.root() == root


def test_without_a_seal_there_is_none(tmp_path: Path) -> None:
    with recover(tmp_path, image_every=1) as node:
        node.seal_after = 10**18
        for time in range(1, 6):
            node.wait(node.submit(time, b"")[0])
    assert images_in(tmp_path) == []


def test_an_image_counts_once_its_block_is_durable(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with recover(tmp_path, image_every=1) as node:
        node.seal_after = 0
        numbers = [node.submit(node.kernel.time + 1, b"")[0] for _ in range(3)]
        assert numbers == [2, 3, 4] and images_in(tmp_path) == []
        node.wait(1)
        assert images_in(tmp_path) == []
        node.wait(4)
        assert images_in(tmp_path) == ["image-2"]


def test_a_crash_at_any_byte_of_placing_one(tmp_path: Path) -> None:
    with opened(tmp_path) as node:
        blocks(node, 4)
    disk = SimulatedDisk()
    with recover_on(open_log(tmp_path), images=Images(disk, 1)) as node:
        blocks(node, 2)
        data, kept = disk.read("image-7"), disk.names()
        for cut in (*range(600), *range(600, len(data), 511), len(data)):
            disk.tear_place = cut
            with pytest.raises(PowerGone):
                blocks(node, 1)
            disk.crash()
            assert [name for name in disk.names() if not name.endswith(".part")] == kept
            again = Images(disk, 1).found(node.log.number, node.kernel.executor)
            assert again is not None and again.world.totals[0]["number"] == 6
        root = node.kernel.root()
    found = Images(disk, 1)
    with recover_on(open_log(tmp_path), images=found) as node:
        assert (found.newest, node.kernel.root()) == (7, root)


def test_a_disk_without_room_is_told_and_the_block_counts(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    disk = SimulatedDisk()
    with recover_on(open_log(tmp_path), images=Images(disk, 1)) as node:
        disk.room = 10
        with pytest.raises(CannotWrite):
            blocks(node, 1)
        root = node.kernel.root()
    with recover(tmp_path, image_every=1) as node:
        assert (node.log.number, node.kernel.root()) == (2, root)
