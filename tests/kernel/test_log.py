"""What was acknowledged is there after a crash at whatever byte; what was altered is told."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.journal.batches import HEAD, SECTOR, NotALog, read
from rfos_runtime.journal.disk import Locked
from rfos_runtime.journal.frames import Altered
from rfos_runtime.journal.log import FILE, read_log
from rfos_runtime.node.durable import recover
from rfos_runtime.node.refusals import RootDiffers
from rfos_runtime.records.wire import SIZE
from tests.kernel.play import opened, payments

BLOCKS = 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[int], list[bytes]]:
    """A log, where its blocks end, and the state root after each."""
    directory = tmp_path_factory.mktemp("log")
    ends, roots = [0], []
    with opened(directory) as node:
        for number in range(1, BLOCKS + 1):
            if number > 1:
                node.submit(number * 10**9, payments(node.kernel, 12))
            node.wait(number)
            ends.append(read_log(directory).end)
            roots.append(node.kernel.root())
    return (directory / FILE).read_bytes()[: ends[-1]], ends, roots


def found(tmp_path: Path, data: bytes) -> tuple[int, bytes]:
    """How many blocks are recovered, and the root after them."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / FILE).write_bytes(data)
    with recover(tmp_path) as node:
        assert node.log.number == node.kernel.world.totals[0]["number"]
        return node.log.number, node.kernel.root()


@pytest.mark.parametrize("behind", [0, 4096])
def test_a_crash_at_every_byte_of_the_last_block(
    whole: tuple[bytes, list[int], list[bytes]], behind: int
) -> None:
    data, ends, _ = whole
    for cut in range(ends[-2], ends[-1]):
        result = read(memoryview(data[:cut] + bytes(behind)))
        assert (len(result.payloads), result.end) == (BLOCKS - 1, ends[-2]), cut
        assert result.torn == len(data[ends[-2] : cut].rstrip(b"\0"))
    assert len(read(memoryview(data + bytes(behind))).payloads) == BLOCKS


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_lost_sector_of_the_last_block(
    whole: tuple[bytes, list[int], list[bytes]], missing: int
) -> None:
    data, ends, _ = whole
    at = ends[-2] + missing * SECTOR
    lost = data[:at] + bytes(SECTOR) + data[at + SECTOR :]
    result = read(memoryview(lost[: len(data)] + bytes(SECTOR)))
    assert (len(result.payloads), result.torn > 0) == (BLOCKS - 1, True)


@given(st.data())
@settings(max_examples=200)
def test_an_altered_byte_is_told(
    whole: tuple[bytes, list[int], list[bytes]], data: st.DataObject
) -> None:
    log, ends, _ = whole
    at = data.draw(st.integers(0, len(log) - 1))
    altered = bytearray(log + bytes(999))
    altered[at] ^= data.draw(st.integers(1, 255))
    number = sum(end <= at for end in ends)
    with pytest.raises((Altered, NotALog)) as told:
        read(memoryview(bytes(altered)))
    if isinstance(told.value, Altered):
        assert told.value.number == number


def test_a_block_that_is_gone_is_told(whole: tuple[bytes, list[int], list[bytes]]) -> None:
    data, ends, _ = whole
    for number in range(BLOCKS - 1):
        gone = data[: ends[number]] + bytes(ends[number + 1] - ends[number])
        with pytest.raises(Altered):
            read(memoryview(gone + data[ends[number + 1] :]))


@pytest.mark.parametrize("data", [b"something else", b"RFO\x02" + b"\x01" * 200])
def test_what_is_no_log_is_told(data: bytes) -> None:
    with pytest.raises(NotALog):
        read(memoryview(data))


def test_a_log_gives_the_same_world_again(
    whole: tuple[bytes, list[int], list[bytes]], tmp_path: Path
) -> None:
    data, ends, roots = whole
    for number in range(1, BLOCKS + 1):
        kept = found(tmp_path / str(number), data[: ends[number]])
        assert kept == (number, roots[number - 1])


def test_after_a_torn_block_the_log_goes_on(
    whole: tuple[bytes, list[int], list[bytes]], tmp_path: Path
) -> None:
    data, ends, _ = whole
    (tmp_path / FILE).write_bytes(data[: ends[-1] - 40] + bytes(4096))
    with recover(tmp_path) as node:
        again, _ = node.submit(10**12, payments(node.kernel, 2))
        node.wait(again)
    kept = (tmp_path / f"torn-{ends[-2]}").read_bytes()
    assert kept == data[ends[-2] : ends[-1] - 40].rstrip(b"\0")
    with recover(tmp_path) as node:
        assert node.log.number == BLOCKS


def test_ties_are_broken_by_the_newest_sealed_root(tmp_path: Path) -> None:
    with opened(tmp_path) as node:
        sealed = node.kernel.root()
        node.submit(10**9, payments(node.kernel, 1))
        assert node.kernel.salt == sealed
        node.submit(10**9 + 1, payments(node.kernel, 1))
        assert node.kernel.salt == sealed != node.kernel.root()
    with recover(tmp_path) as node:
        assert node.kernel.salt == sealed


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(Locked):
        recover(tmp_path)


def test_another_state_before_a_block_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as node:
        node.kernel.world.accounts[2]["sequence"] += 1
        node.kernel.world.dirty[:] = True
        node.submit(10**9, payments(node.kernel, 1))
    with pytest.raises(RootDiffers):
        recover(tmp_path)


def test_a_block_has_its_size(whole: tuple[bytes, list[int], list[bytes]]) -> None:
    _, ends, _ = whole
    assert ends[-1] - ends[-2] == HEAD + 13 * SIZE + 32
