"""Disks that are full, may not be written or fail: what counted is kept, nothing is half applied,
and with room again the node goes on.
"""

from pathlib import Path

import pytest

from rfos_runtime.journal.disk import CannotRead, CannotWrite, Folder, Locked
from rfos_runtime.journal.journal import FILE, open_journal, open_on, read_journal
from rfos_runtime.journal.log import FILE as LOG
from rfos_runtime.journal.log import open_log, read_log
from rfos_runtime.kernel.block import OutOfOrder as FastOutOfOrder
from rfos_runtime.node import durable
from rfos_runtime.node.node import Node, recover, recover_on
from rfos_runtime.records.wire import encode
from rfos_runtime.reference.block import OutOfOrder
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.committing import NAMES, commands
from tests.runtime.disks import (
    FailingSync,
    FullFolder,
    no_file_beyond,
    open_folder,
    without_rights,
)
from tests.runtime.test_node import journaled, scene


def refused(node: Node) -> int:
    """Of the scene's blocks the node takes some, then the disk refuses one; how many counted."""
    stage = scene()
    with node, pytest.raises(CannotWrite):
        for block in stage.blocks:
            node.submit(block)
    done = node.world.number
    assert 0 < done < len(stage.blocks)
    assert node.world.root == stage.applied[done - 1].root
    with pytest.raises(CannotWrite):  # nothing is written behind what nobody knows
        node.submit(stage.blocks[done])
    return done


def goes_on(folder: Path, done: int) -> None:
    """With room again the same driver gets to the end."""
    stage = scene()
    with recover(folder, ScriptedExecutor()) as node:
        assert len(node.history) in (done, done + 1)  # what was refused may be there all the same
        for block, applied in zip(stage.blocks, stage.applied, strict=True):
            assert node.submit(block) == applied


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    data = journaled(tmp_path / "whole", scene())
    for size in (len(data) - 1, len(data) - 40, len(data) // 2):
        folder = tmp_path / str(size)
        with no_file_beyond(size):
            done = refused(recover(folder, ScriptedExecutor()))
        goes_on(folder, done)
        assert (folder / FILE).read_bytes() == data


@pytest.mark.parametrize("kind", [FullFolder, FailingSync])
def test_a_device_that_refuses(kind: type[Folder], tmp_path: Path) -> None:
    done = refused(recover_on(open_on(kind(tmp_path)), ScriptedExecutor()))
    goes_on(tmp_path, done)


def test_a_full_disk_refuses_to_begin(tmp_path: Path) -> None:
    with no_file_beyond(4), pytest.raises(CannotWrite, match="too large"):
        open_journal(tmp_path)
    with recover(tmp_path, ScriptedExecutor()) as node:
        assert node.history == []


@pytest.mark.parametrize("what", [".", FILE, "lock"])
def test_what_may_not_be_written_is_refused_and_left_as_it_is(what: str) -> None:
    with open_folder() as folder:
        data = journaled(folder, scene())
        (folder / FILE).chmod(0o666)
        (folder / "lock").chmod(0o666)
        folder.chmod(0o777)
        (folder / what).chmod(0o555 if what == "." else 0o444)
        with without_rights():
            if what == ".":  # its files may be written: the journal goes on
                recover(folder, ScriptedExecutor()).close()
            else:
                with pytest.raises(CannotWrite, match="permission denied"):
                    recover(folder, ScriptedExecutor())
            assert read_journal(folder).payloads
        folder.chmod(0o755)
        assert (folder / FILE).read_bytes() == data
        recover(folder, ScriptedExecutor()).close()


def test_a_new_journal_where_nothing_may_be_written_is_refused() -> None:
    with open_folder() as folder:
        for place in (folder / "journal", folder):
            with without_rights(), pytest.raises(CannotWrite, match="permission denied"):
                recover(place, ScriptedExecutor())
            with without_rights(), pytest.raises(CannotWrite):
                open_log(place)
    assert not (folder / "journal").exists()


def test_a_torn_record_that_cannot_be_kept_aside_is_not_cut() -> None:
    with open_folder() as folder:
        data = journaled(folder, scene())[:-1]
        (folder / FILE).write_bytes(data)
        for file in (FILE, "lock"):
            (folder / file).chmod(0o666)
        with without_rights(), pytest.raises(CannotWrite):
            recover(folder, ScriptedExecutor())
        assert (folder / FILE).read_bytes() == data
        recover(folder, ScriptedExecutor()).close()


def test_what_cannot_be_read_is_told() -> None:
    with open_folder() as folder:
        journaled(folder, scene())
        (folder / LOG).write_bytes(b"RFO\x01")
        for file in (FILE, LOG):
            (folder / file).chmod(0)
        with without_rights():
            with pytest.raises(CannotRead, match="permission denied"):
                read_journal(folder)
            with pytest.raises(CannotRead, match="permission denied"):
                read_log(folder)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotWrite, match="exists"):
        recover(tmp_path / "file", ScriptedExecutor())
    with pytest.raises(CannotWrite):
        open_log(tmp_path / "file")


# --- the log of the fast kernel ------------------------------------------------------------------


def test_a_log_without_room_says_so_before_a_block_counts(tmp_path: Path) -> None:
    blocks = {n: b"".join(encode(each, NAMES) for each in commands(n)) for n in (1, 2, 3)}
    with no_file_beyond(1 << 20):
        node = durable.recover(tmp_path)
        number, _ = node.submit(1, blocks[1])
        with pytest.raises(CannotWrite, match="too large"):
            node.wait(number)
        with pytest.raises(CannotWrite):
            node.submit(2, blocks[2])
        with pytest.raises(CannotWrite):
            node.log.close()
    with durable.recover(tmp_path) as again:
        assert again.log.number == 0
        for number in blocks:
            again.submit(number, blocks[number])
        again.wait(3)
        root = again.kernel.root()
    with durable.recover(tmp_path) as again:
        assert (again.log.number, again.kernel.root()) == (3, root)


def test_a_log_is_locked_before_it_is_read(tmp_path: Path) -> None:
    """Else what another node writes meanwhile would be written over."""
    with durable.recover(tmp_path) as first:
        first.wait(first.submit(1, b"".join(encode(each, NAMES) for each in commands(1)))[0])
        for _ in range(2):
            with pytest.raises(Locked):
                durable.recover(tmp_path)
    with durable.recover(tmp_path) as second:
        assert second.log.number == 1


def test_a_clock_that_goes_back_or_beyond_all_time_is_refused(tmp_path: Path) -> None:
    with durable.recover(tmp_path) as node:
        with pytest.raises(FastOutOfOrder):
            node.submit(2**63 - 1, b"")
        node.submit(2**62, b"")
        for time in (2**62, 9, 0, -1):
            with pytest.raises(FastOutOfOrder):
                node.submit(time, b"")
        node.wait(node.submit(2**62 + 1, b"")[0])
        assert node.log.number == 2
    with durable.recover(tmp_path) as again:
        assert again.kernel.time == 2**62 + 1


def test_a_node_refuses_such_a_clock_too(tmp_path: Path) -> None:
    with recover(tmp_path, ScriptedExecutor()) as node:
        for time in (2**63 - 1, 2**70):
            with pytest.raises(OutOfOrder):
                node.begin(time)
        node.seal(node.begin(2**62))
        for time in (2**62, 9, 0, -1):
            with pytest.raises(OutOfOrder):
                node.begin(time)
        assert node.world.time == 2**62
