"""`rfos run` on a journal with snapshots: it begins with the newest, compares what lies before, and
leads to the same end; without them it tells all again.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.journal.journal import FILE
from rfos_runtime.node.snapshot import restored, snapshot
from tests.cli.running import document, rfos
from tests.cli.test_run import SHORT, short

__all__ = ["SHORT", "short"]

FITS = "has the root of its block"
WRITES = ("--snapshot-every", "10", "--kernel")


@pytest.fixture(scope="module", params=["reference", "fast"])
def kept(
    request: pytest.FixtureRequest, short: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Path]:
    """What a run of either kernel tells that takes a snapshot every ten blocks, and its journal."""
    folder = tmp_path_factory.mktemp("kept") / "journal"
    return document("run", short, "--journal", folder, *WRITES, request.param), folder


def snapshots(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("snapshot-"))


def copied(folder: Path, tmp_path: Path, but: int) -> Path:
    """A copy of a journal without its last bytes, as a crash leaves one."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    data = (copy / FILE).read_bytes()
    (copy / FILE).write_bytes(data[: len(data) - but])
    return copy


def of_other_lots(short: Path) -> Path:
    """The scenario, but that somebody trades other lots."""
    other = short.parent / "other.toml"
    text = short.read_text(encoding="utf-8")
    assert text.count("lots = ") > 1
    other.write_text(text.replace("lots = ", "lots = 1", 1), encoding="utf-8")
    return other


def test_a_run_goes_on_from_a_snapshot(
    kept: tuple[dict[str, Any], Path], short: Path, tmp_path: Path
) -> None:
    told, folder = kept
    assert told["told_from"] == 1
    assert snapshots(folder) == ["snapshot-20", "snapshot-30"]
    copy = copied(folder, tmp_path, 5)
    (copy / "snapshot-30").unlink()
    again = document("run", short, "--journal", copy, *WRITES, "reference")
    assert again["told_from"] == 21
    assert 0 < len(again["timeline"]) < len(told["timeline"])
    happened = [line for line in again["timeline"] if not line["subject"].startswith("spot")]
    assert all(line in told["timeline"] for line in happened)
    same = told.keys() - {"told_from", "timeline"}
    assert {key: again[key] for key in same} == {key: told[key] for key in same}
    assert (copy / FILE).read_bytes() == (folder / FILE).read_bytes()
    words: list[str | Path] = ["run", short, "--journal", copy, "--kernel", "reference"]
    picture = tmp_path / "picture.svg"
    output = rfos(*words, "--plot", picture).output
    assert "blocks up to 20 lie before a snapshot" in output and picture.is_file()
    assert document(*words, "--snapshot-every", "0") == told


def test_the_fast_kernel_goes_on_from_its_own_image(short: Path, tmp_path: Path) -> None:
    """One that is altered is passed over; without any, all is replayed."""
    folder = tmp_path / "journal"
    told = document("run", short, "--journal", folder, *WRITES, "fast")
    assert sorted(path.name for path in folder.glob("image-*")) == ["image-21", "image-31"]
    copy = copied(folder, tmp_path, 5)
    for first, name in ((31, "image-31"), (21, "image-21"), (1, "")):
        again = document("run", short, "--journal", copy, *WRITES, "fast")
        assert again["told_from"] == first
        same = told.keys() - {"told_from", "timeline"}
        assert {key: again[key] for key in same} == {key: told[key] for key in same}
        assert (copy / FILE).read_bytes() == (folder / FILE).read_bytes()
        if name:
            data = bytearray((copy / name).read_bytes())
            data[-1] ^= 1
            (copy / name).write_bytes(data)
    assert again == told


def test_what_lies_before_a_snapshot_is_compared(
    kept: tuple[dict[str, Any], Path], short: Path, tmp_path: Path
) -> None:
    _, folder = kept
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    refused = document("run", of_other_lots(short), "--journal", copy, *WRITES, "reference")
    assert [each["code"] for each in refused["diagnostics"]] == ["E0822"]


@pytest.mark.parametrize("kernel", ["reference", "fast"])
def test_a_snapshot_newer_than_the_journal_stops_a_run(
    kernel: str, kept: tuple[dict[str, Any], Path], short: Path, tmp_path: Path
) -> None:
    _, folder = kept
    copy = copied(folder, tmp_path, (folder / FILE).stat().st_size // 2)
    refused = document("run", short, "--journal", copy, *WRITES, kernel)
    assert [each["code"] for each in refused["diagnostics"]] == ["E0820"]
    assert "the disk has lost blocks" in refused["diagnostics"][0]["message"]


def test_snapshots_are_verified_with_their_journal(
    kept: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    """One that has the root of its block, one that cannot be read, one that has another root, and
    one that is newer than the journal."""
    _, folder = kept
    found = document("journal", "verify", folder)
    assert found["ok"]
    assert found["snapshots"] == dict.fromkeys(("30", "20"), FITS)
    assert "snapshots that fit: 2" in rfos("journal", "verify", folder).output

    copy = copied(folder, tmp_path, 0)
    image = (copy / "snapshot-20").read_bytes()
    cut(copy / "snapshot-20", "block 20: a snapshot cannot be read")

    world = restored(image, WasmExecutor())
    assert world is not None
    key = next(iter(world.balances))
    world.balances[key] += 1
    (copy / "snapshot-20").write_bytes(snapshot(world))
    assert verified(copy) == [(20, "a snapshot has another root than its block")]

    (copy / "snapshot-20").unlink()
    data = (copy / FILE).read_bytes()
    (copy / FILE).write_bytes(data[: len(data) // 2])
    newer = "is newer than the journal, which has lost blocks that counted"
    images = (31, 21) if (copy / "image-31").exists() else ()  # of the fast kernel
    expected = [(30, f"a snapshot {newer}"), *((at, f"an image {newer}") for at in images)]
    assert verified(copy) == expected


def cut(image: Path, words: str) -> None:
    """Takes the last byte from an image: that is told in these words, and is no problem."""
    image.write_bytes(image.read_bytes()[:-1])
    assert document("journal", "verify", image.parent)["ok"]
    assert words in rfos("journal", "verify", image.parent).output


def verified(folder: Path) -> list[tuple[int, str]]:
    """The problems that are found; there are some."""
    found = document("journal", "verify", folder)
    assert not found["ok"] and rfos("journal", "verify", folder).exit_code == 1
    return [(each["block"], each["problem"]) for each in found["problems"]]


def test_images_of_the_fast_kernel_are_verified_with_their_journal(
    short: Path, tmp_path: Path
) -> None:
    """Ones that their blocks began with, one that cannot be read, and one of another world."""
    folder = tmp_path / "journal"
    document("run", short, "--journal", folder, *WRITES, "fast")
    found = document("journal", "verify", folder)
    assert (found["ok"], found["images"]) == (True, dict.fromkeys(("31", "21"), FITS))
    assert "snapshots that fit: 2, images that fit: 2" in rfos("journal", "verify", folder).output

    copy = copied(folder, tmp_path, 0)
    cut(copy / "image-21", "block 21: an image cannot be read")

    another = tmp_path / "another"
    assert document("run", of_other_lots(short), "--journal", another, *WRITES, "fast")["ok"]
    shutil.copy(another / "image-21", copy)
    assert verified(copy) == [(21, "an image has another root than its block")]
