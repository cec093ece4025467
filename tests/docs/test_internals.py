"""`docs/internals/journal.md` is exact: journals are read here by what it says, and by no code of
ours."""

import hashlib
import struct
from pathlib import Path

from rfos_runtime.journal.journal import FILE
from rfos_runtime.journal.log import FILE as LOG
from rfos_runtime.node import durable, node, snapshot
from rfos_runtime.records.wire import encode
from rfos_runtime.simulation.disk import SimulatedDisk
from tests.executors.scripted_executor import ScriptedExecutor
from tests.runtime.committing import NAMES, commands
from tests.runtime.test_node import journaled, scene


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def two_texts(payload: bytes) -> tuple[bytes, bytes]:
    """The two byte strings of which these are the canonical bytes."""
    assert payload[:5] == b"t" + bytes([0, 0, 0, 2])
    found, at = [], 5
    for _ in range(2):
        assert payload[at : at + 1] == b"b"
        size = number(payload[at + 1 : at + 5])
        found.append(payload[at + 5 : at + 5 + size])
        at += 5 + size
    assert at == len(payload)
    return found[0], found[1]


def test_the_journal_of_blocks(tmp_path: Path) -> None:
    stage = scene()
    data = journaled(tmp_path, stage)
    assert (tmp_path / FILE).name == "blocks.journal"
    assert data[:12] == b"RFOSJRNL" + bytes([0, 0, 0, 2])
    at, previous, roots = 12, sha256(data[:12]), []
    while at < len(data):
        length = number(data[at : at + 4])
        assert data[at + 4 : at + 8] == sha256(previous, data[at : at + 4])[:4]
        payload = data[at + 8 : at + 8 + length]
        previous = sha256(previous, payload)
        assert data[at + 8 + length : at + 40 + length] == previous
        assert data[at + 40 + length] == 0xA5
        block, root = two_texts(payload)
        assert block.startswith(b"o" + bytes([0, 0, 0, 5]) + b"Block" + bytes([0, 0, 0, 5]))
        roots.append(root)
        at += 41 + length
    assert roots == [applied.root for applied in stage.applied]


def test_the_log_of_records(tmp_path: Path) -> None:
    written = []
    with durable.recover(tmp_path) as running:
        for block in (1, 2, 3):
            written.append(b"".join(encode(each, NAMES) for each in commands(block)))
            running.wait(running.submit(block * 10**9, written[-1])[0])
        root = running.kernel.root()
    data = (tmp_path / LOG).read_bytes()
    assert ((tmp_path / LOG).name, len(data)) == ("records.log", 64 << 20)
    at, previous, sealed = 0, sha256(b"rfos genesis"), b""
    for block in (1, 2, 3):
        head = data[at : at + 128]
        assert head[:4] == b"RFO" + bytes([1])
        assert head[4:8] == sha256(head[8:])[:4]
        found, time, count = struct.unpack("<qqq", head[8:32])
        assert (found, time) == (block, block * 10**9)
        assert head[32:64] == previous
        records = data[at + 128 : at + 128 + 128 * count]
        assert head[64:96] == sha256(records)
        previous = sha256(head)
        at += 128 + 128 * count
        assert data[at : at + 32] == previous
        at += 32
        assert struct.unpack("<i", records[:4])[0] == 3  # SEAL
        sealed = records[80:112]
        assert records[128:] == written[block - 1]
    assert not data[at:].strip(b"\0")
    assert len(sealed) == len(root) == 32


def test_a_snapshot(tmp_path: Path) -> None:
    disk = SimulatedDisk()
    journaled(tmp_path, scene())
    with node.recover(tmp_path, ScriptedExecutor()) as running:
        snapshot.take(disk, running.world)
        block = running.world.number
    data = disk.read(f"snapshot-{block}")
    assert data[:12] == b"RFOSSNAP" + bytes([0, 0, 0, 7])
    assert number(data[12:20]) == block
    assert data[20:52] == sha256(data[12:20], data[52:])
