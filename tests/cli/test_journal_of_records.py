"""The log of records on the command line: told, checked and proved like a journal of blocks."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.batches import GENESIS, HEAD, Batch, sealed
from rfos_runtime.journal.frames import read as read_journal
from rfos_runtime.journal.journal import FILE as BLOCKS
from rfos_runtime.journal.log import FILE, read_log
from rfos_runtime.node.durable import recover
from rfos_runtime.node.fast import names_of, names_within
from rfos_runtime.node.kept import BlocksLost
from rfos_runtime.node.node import replayed
from rfos_runtime.records.reports import encode_report
from rfos_runtime.records.wire import SIZE, encode
from rfos_runtime.simulation.recipe import LONGEST_STEP
from tests.cli.running import document, rfos
from tests.simulation.made import executor, played

SEED, COMMANDS = 2, 150


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], bytes]:
    """A world with contracts as a log of records, what its blocks asked for, and its last root."""
    folder, told = tmp_path_factory.mktemp("log"), list[dict[str, Any]]()
    reading = read_journal(played(SEED, COMMANDS).machine.disk.read(BLOCKS))
    with recover(folder, WasmExecutor()) as node:
        node.longest_step = LONGEST_STEP
        for each in replayed(reading, executor()):
            names = names_within(names_of(node.kernel), each.block.commands)
            asked = [encode_report(said, names) for said in each.block.reports]
            asked += [encode(signed, names) for signed in each.block.commands]
            number, applied = node.submit(each.block.time, b"".join(asked))
            node.wait(number)
            codes = [int(code) for code in applied.results["code"]]
            told.append({"reports": len(each.block.reports), "codes": codes})
        root = node.kernel.root()
    end = read_log(folder).end
    cut = (folder / FILE).read_bytes()[: end + 4096]
    (folder / FILE).write_bytes(cut)
    return folder, told, root


def copied(folder: Path, to: Path, change: Callable[[bytes], bytes]) -> Path:
    shutil.copytree(folder, to)
    (to / FILE).write_bytes(change((folder / FILE).read_bytes()))
    return to


def test_a_log_with_contracts_is_checked_and_replayed(
    log: tuple[Path, list[dict[str, Any]], bytes],
) -> None:
    folder, told, root = log
    sound = {"ok": True, "blocks": len(told), "state_root": root.hex(), "torn": None}
    assert document("journal", "verify", folder) == {
        **sound,
        "snapshots": {},
        "images": {},
        "problems": [],
    }
    assert document("replay", folder) == sound
    with recover(folder, WasmExecutor()) as again:
        assert again.kernel.root() == root


def test_each_block_of_a_log_is_told(log: tuple[Path, list[dict[str, Any]], bytes]) -> None:
    folder, told, _ = log
    shown = document("journal", "show", folder)["blocks"]
    assert [each["reports"] for each in shown] == [each["reports"] for each in told]
    asked = [sum(each["commands"].values()) + each["reports"] for each in shown]
    assert asked == [len(each["codes"]) for each in told]
    names = {name for each in shown for name in each["commands"]}
    assert {"Define", "List", "Trade", "Deposit"} <= names
    number = next(each["block"] for each in shown if "Trade" in each["commands"])
    full = document("journal", "show", folder, "--block", str(number))
    trade = next(each for each in full["commands_told"] if each["command"] == "Trade")
    assert {"instrument", "first", "second", "signers", "result"} <= trade.keys()
    assert rfos("journal", "show", folder, "--block", str(number)).exit_code == 0
    missing = document("journal", "show", folder, "--block", str(len(told) + 1))
    assert [each["code"] for each in missing["diagnostics"]] == ["E0829"]


def test_what_a_log_owes_is_proved(
    log: tuple[Path, list[dict[str, Any]], bytes], tmp_path: Path
) -> None:
    folder, _, root = log
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(32)))
    words = ("prove", "--all", "--journal", folder, "--secret", secret, "-o", tmp_path / "proofs")
    assert document(*words)["state_root"] == root.hex()
    proof = next(each for each in (tmp_path / "proofs").glob("*.proof.json"))
    assert document("verify-proof", proof)["ok"]


def test_records_that_are_no_command_are_told_with_their_code(tmp_path: Path) -> None:
    unknown = (77).to_bytes(4, "little") + bytes(SIZE - 4)
    reserved = (202).to_bytes(4, "little") + bytes(SIZE - 5) + b"\1"
    report = (701).to_bytes(4, "little") + bytes(SIZE - 5) + b"\1"
    with recover(tmp_path) as node:
        node.wait(node.submit(1, report + unknown + reserved)[0])
    full = document("journal", "show", tmp_path, "--block", "1")
    told = [(each["command"], each["result"]) for each in full["commands_told"]]
    assert told == [("Op77", "unknown operation"), ("Transfer", "not zero")]
    assert full["reports_told"] == [{"result": "not zero"}]
    assert "Op77" in rfos("journal", "show", tmp_path, "--block", "1").stdout


def test_a_log_in_trouble_has_a_code(
    log: tuple[Path, list[dict[str, Any]], bytes], tmp_path: Path
) -> None:
    folder, told, _ = log
    found = read_log(folder)

    def turned(data: bytes) -> bytes:
        return data[: HEAD + 5] + bytes([data[HEAD + 5] ^ 1]) + data[HEAD + 6 :]

    def another_root(_: bytes) -> bytes:
        """The log with another root in its first seal, and every hash right."""
        made, previous = b"", GENESIS
        for number, batch in enumerate(found.payloads, 1):
            records = bytearray(batch.records)
            records[SIZE - 30] ^= number == 1
            head, previous = sealed(previous, number, Batch(batch.time, bytes(records)))
            made += head + records + previous
        return made

    troubles = {"E0821": turned, "E0820": lambda _: b"something else" * 20, "E0833": another_root}
    for code, change in troubles.items():
        altered = copied(folder, tmp_path / code, change)
        for words in (("journal", "verify"), ("journal", "show"), ("replay",)):
            wrong = document(*words, altered)
            assert [each["code"] for each in wrong["diagnostics"]] == [code]
    torn = copied(folder, tmp_path / "torn", lambda data: data[: found.end - 7])
    assert document("journal", "verify", torn)["torn"]
    assert document("replay", torn)["blocks"] == len(told) - 1


def test_images_are_verified_with_their_log(
    log: tuple[Path, list[dict[str, Any]], bytes], tmp_path: Path
) -> None:
    folder = copied(log[0], tmp_path / "log", bytes)
    with recover(folder, WasmExecutor(), image_every=2) as node:
        node.seal_after = 0
        for _ in range(5):
            node.wait(node.submit(node.kernel.time + 1, b"")[0])
        last = node.log.number
    fitting = {str(last - at): "has the root of its block" for at in (0, 2)}
    found = document("journal", "verify", folder)
    assert (found["ok"], found["images"]) == (True, fitting)
    image = folder / f"image-{last}"
    whole = image.read_bytes()
    image.write_bytes(whole[:-1])
    found = document("journal", "verify", folder)
    assert (found["ok"], found["images"][str(last)][:14]) == (True, "cannot be read")
    image.write_bytes(whole)
    ends = sum(batch.size for batch in read_log(folder).payloads[:-1])
    behind = copied(folder, tmp_path / "behind", lambda data: data[:ends])
    found = document("journal", "verify", behind)
    assert not found["ok"] and "newer than the journal" in found["images"][str(last)]
    with pytest.raises(BlocksLost):
        recover(behind, WasmExecutor(), image_every=2)


def test_a_run_does_not_begin_where_a_log_lies(
    log: tuple[Path, list[dict[str, Any]], bytes],
) -> None:
    wrong = document("run", "examples/incidents/old_price.toml", "--journal", log[0])
    assert [each["code"] for each in wrong["diagnostics"]] == ["E0820"]
    assert not (log[0] / BLOCKS).exists()
