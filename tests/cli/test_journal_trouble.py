"""What the commands say of journals in trouble: a code each, never a traceback, and a journal is
left as it was found.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rfos_runtime.journal.frames import GENESIS_HASH, HEADER, chained, frame, read
from rfos_runtime.journal.journal import FILE
from rfos_runtime.records.canonical import decode, encode
from tests.cli.running import document
from tests.cli.test_run import SHORT, short
from tests.runtime.disks import no_file_beyond, open_folder, without_rights

__all__ = ["SHORT", "short"]


@pytest.fixture(scope="module")
def sound(short: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "journal"
    assert document("run", short, "--journal", folder)["ok"]
    return folder


def codes(*words: str | Path) -> list[str]:
    """The codes of what a command complains of; it must not go well with any."""
    told = document(*words)
    found = [each["code"] for each in told.get("diagnostics", [])]
    assert told["ok"] == (not found)
    return found


def reading(folder: Path) -> dict[str, list[str]]:
    """What each command that reads a journal complains of."""
    return {
        "replay": codes("replay", folder),
        "verify": codes("journal", "verify", folder),
        "show": codes("journal", "show", folder, "--block", "1"),
        "prove": codes("prove", "--all", "--journal", folder, "-o", folder.parent / "proofs"),
    }


def rewritten(data: bytes, change: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> bytes:
    """A journal of which the first block and root are others, with right hashes."""
    payloads = [decode(payload) for payload in read(data).payloads]
    payloads[0] = change(*payloads[0])
    made, previous = HEADER, GENESIS_HASH
    for each in payloads:
        payload = encode(each)
        made, previous = made + frame(previous, payload), chained(previous, payload)
    return made


TROUBLES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "something else": (lambda data: b"something else", "E0820"),
    "another version": (lambda data: HEADER[:-1] + b"\x63" + data[12:], "E0820"),
    "an altered byte": (lambda data: data[:99] + bytes([data[99] ^ 1]) + data[100:], "E0821"),
    "a block cut out": (lambda data: data[:60] + data[200:], "E0821"),
    "another root": (lambda data: rewritten(data, lambda body, _: (body, bytes(32))), "E0833"),
    "no block": (lambda data: rewritten(data, lambda _, root: (encode(5), root)), "E0834"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_journal_in_trouble_has_a_code(
    name: str, sound: Path, short: Path, tmp_path: Path
) -> None:
    change, code = TROUBLES[name]
    folder = tmp_path / "journal"
    shutil.copytree(sound, folder)
    data = change((sound / FILE).read_bytes())
    (folder / FILE).write_bytes(data)
    assert reading(folder) == {key: [code] for key in ("replay", "verify", "show", "prove")}
    assert codes("run", short, "--journal", folder) == [code]
    assert (folder / FILE).read_bytes() == data


def test_a_full_disk_has_a_code_and_with_room_the_run_goes_on(
    sound: Path, short: Path, tmp_path: Path
) -> None:
    data = (sound / FILE).read_bytes()
    with no_file_beyond(len(data) - 500):
        assert codes("run", short, "--journal", tmp_path) == ["E0832"]
    assert document("journal", "verify", tmp_path)["torn"]
    assert codes("run", short, "--journal", tmp_path) == []
    assert (tmp_path / FILE).read_bytes() == data
    with no_file_beyond(100):
        proofs = ("prove", "--all", "--journal", tmp_path, "-o", tmp_path / "proofs")
        assert codes(*proofs) == ["E1007"]


def test_folders_without_rights_have_codes(sound: Path, short: Path) -> None:
    with open_folder() as folder:
        example, journal = folder / "example", folder / "journal"
        shutil.copytree(short.parent, example)
        shutil.copytree(sound, journal)
        (journal / "secret").unlink(missing_ok=True)
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o444)
        scenario = example / "scenario.toml"
        reading(journal)  # what is imported late is there
        assert codes("run", scenario) == []
        shutil.rmtree(folder / "proofs")
        (journal / "secret").unlink()
        with without_rights():
            assert codes("run", scenario, "--journal", journal) == ["E0832"]
            assert codes("run", scenario, "--journal", folder / "new") == ["E0832"]
            expected = {"replay": [], "verify": [], "show": [], "prove": ["E1007"]}
            assert reading(journal) == expected
        (journal / FILE).chmod(0)
        with without_rights():
            found = reading(journal)
        assert found == {key: ["E0832"] for key in expected}


def test_a_file_where_a_folder_should_be_has_a_code(short: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert codes("run", short, "--journal", file) == ["E0832"]
    assert reading(file)["verify"] == ["E0820"]


def test_an_output_that_cannot_be_made_has_a_code(sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert codes("prove", "--all", "--journal", sound, "-o", file / "proofs") == ["E1007"]
    assert codes("simulate", "--commands", "1", "-o", file) == ["E1007"]
