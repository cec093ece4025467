"""Replay ≡ live: from genesis, again and again, and whatever byte the last write was cut at."""

from dataclasses import replace
from pathlib import Path

import pytest

from rfos_runtime.journal.disk import Locked
from rfos_runtime.journal.frames import (
    GENESIS_HASH,
    HEADER,
    Altered,
    JournalError,
    NotAJournal,
    chained,
    frame,
    read,
)
from rfos_runtime.journal.journal import FILE
from rfos_runtime.node.node import recover, replay
from rfos_runtime.node.refusals import BlockDiffers, RootDiffers, Unreadable
from rfos_runtime.records.block import Block
from rfos_runtime.records.canonical import encode
from rfos_runtime.records.commands import Transfer
from rfos_runtime.reference.block import OutOfOrder
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.stage import CASH, HOUR, SECOND, Stage, listing, opened, trade

EXECUTOR = ScriptedExecutor()


def scene() -> Stage:
    """A few blocks in which something happens."""
    stage = opened({"ann": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(expiry=HOUR), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 4, premium=60, second_collateral=200))
    stage.accepted(HOUR, spot=125)
    return stage


def journaled(directory: Path, stage: Stage) -> bytes:
    """The blocks of a scene in a journal. Returns its bytes."""
    with recover(directory, EXECUTOR) as node:
        for block, applied in zip(stage.blocks, stage.applied, strict=True):
            assert node.submit(block) == applied
    return (directory / FILE).read_bytes()


def test_recovery_and_replay_give_the_live_world(tmp_path: Path) -> None:
    stage = scene()
    journaled(tmp_path, stage)
    assert replay(tmp_path, EXECUTOR) == stage.world.root
    with recover(tmp_path, EXECUTOR) as node:
        assert replace(node.world, events=[]) == replace(stage.world, events=[])
        assert [sealed.applied.root for sealed in node.history] == [a.root for a in stage.applied]


def test_a_journal_cut_at_any_byte_of_its_last_block_goes_on_to_the_same_root(
    tmp_path: Path,
) -> None:
    stage = scene()
    data = journaled(tmp_path, stage)
    size = len(data) - read(data[:-1]).end
    for cut in range(size + 1):
        (tmp_path / FILE).write_bytes(data[: len(data) - cut])
        with recover(tmp_path, EXECUTOR) as node:
            assert len(node.history) == len(stage.blocks) - (cut > 0)
            assert (node.journal.reading.torn > 0) == (0 < cut < size)
            for block in stage.blocks:  # a driver begins again from the first block
                node.submit(block)
            assert node.world.root == stage.world.root
        assert (tmp_path / FILE).read_bytes() == data


def test_what_was_torn_is_kept_aside(tmp_path: Path) -> None:
    data = journaled(tmp_path, scene())
    (tmp_path / FILE).write_bytes(data[:-1])
    recover(tmp_path, EXECUTOR).close()
    end = read(data[:-1]).end
    assert (tmp_path / f"torn-{end}").read_bytes() == data[end:-1]


def test_a_last_record_lost_to_zeros_is_torn() -> None:
    data = frame(GENESIS_HASH, b"payload")
    whole = HEADER + data + frame(chained(GENESIS_HASH, b"payload"), b"more")
    end = len(HEADER) + len(data)
    for keep in (0, 8, 10):
        zeros = whole[: end + keep] + bytes(len(whole) - end - keep)
        assert read(zeros).payloads == (b"payload",)
        assert read(zeros).torn == len(whole) - end


def test_every_altered_byte_before_the_last_record_is_found_at_its_place() -> None:
    payloads = (b"first", b"second one", b"third")
    data, previous, ends = HEADER, GENESIS_HASH, []
    for payload in payloads:
        ends.append(len(data))
        data += frame(previous, payload)
        previous = chained(previous, payload)
    for offset in range(len(HEADER), len(data)):
        number = sum(end <= offset for end in ends)
        changed = bytearray(data)
        changed[offset] ^= 1
        with pytest.raises(Altered) as error:
            read(bytes(changed))
        assert (error.value.number, error.value.offset) == (number, ends[number - 1])
        assert f"block {number}" in str(error.value)


def test_another_file_or_version_is_no_journal() -> None:
    for data in (b"something else", HEADER[:-1] + b"\x07"):
        with pytest.raises(NotAJournal):
            read(data)
    assert read(b"").payloads == read(HEADER[:5]).payloads == ()


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    with recover(tmp_path, EXECUTOR), pytest.raises(Locked):
        recover(tmp_path, EXECUTOR)
    recover(tmp_path, EXECUTOR).close()


def test_a_block_given_again_must_be_the_same(tmp_path: Path) -> None:
    stage = scene()
    journaled(tmp_path, stage)
    with recover(tmp_path, EXECUTOR) as node:
        changed = replace(stage.blocks[1], time=stage.blocks[1].time + 1)
        with pytest.raises(BlockDiffers, match="block 2"):
            node.submit(changed)
        with pytest.raises(OutOfOrder):
            node.submit(Block(len(stage.blocks) + 2, stage.world.time + 1))
        with pytest.raises(OutOfOrder):
            node.submit(Block(len(stage.blocks) + 1, stage.world.time))
        assert node.world.root == stage.world.root


def test_a_journal_that_no_kernel_of_ours_wrote_is_refused(tmp_path: Path) -> None:
    block = encode(Block(1, 1))
    for payload, problem in (
        (encode((block, bytes(32))), RootDiffers),
        (encode((encode(("no", "block")), bytes(32))), Unreadable),
        (b"nonsense", Unreadable),
    ):
        (tmp_path / FILE).write_bytes(HEADER + frame(GENESIS_HASH, payload))
        for attempt in (recover, replay):
            with pytest.raises(problem, match="block 1"):
                attempt(tmp_path, EXECUTOR)
        assert issubclass(problem, JournalError)


def test_the_root_covers_the_history() -> None:
    """Two histories that end in the same state have different roots."""
    stages = []
    for amount in (10, 20):
        stage = opened({"ann": 100, "bob": 100})
        stage.accepted(2 * SECOND, Transfer("ann", "bob", CASH, amount))
        stage.accepted(3 * SECOND, Transfer("bob", "ann", CASH, amount))
        stages.append(stage)
    first, second = (replace(stage.world, root=b"", events=[]) for stage in stages)
    assert first == second
    assert stages[0].world.root != stages[1].world.root
