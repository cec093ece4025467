"""A process that is killed (SIGKILL) at any moment while it commits: what it said counted is
there, in order and to the root; at most one block more; and the next process goes on.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from rfos_runtime.journal.journal import FILE
from rfos_runtime.node.kept import KEPT
from tests.cli.running import document, rfos
from tests.runtime.committing import EVERY, KINDS

Said = list[tuple[int, str]]


def killed(kind: str, folder: Path, after: float) -> Said:
    """What a node said until it was killed, so many seconds after its first word."""
    words = [sys.executable, "-m", "tests.runtime.committing", kind, str(folder)]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        sleep(after)
        process.send_signal(signal.SIGKILL)
        lines = (first + process.stdout.read()).splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    whole = (line.split() for line in lines if line.endswith("\n"))
    return [(int(number), root) for number, root in whole]


def check(kind: str, folder: Path, kills: int, seed: int) -> None:
    """Kills a node again and again; each goes on where the one before counted."""
    drawn = random.Random(seed)
    roots: dict[int, str] = {}
    for _ in range(kills):
        said = killed(kind, folder, drawn.uniform(0, 0.15))
        begins = said[0][0]
        assert begins - max(roots, default=0) in (0, 1)
        assert [number for number, _ in said] == list(range(begins, begins + len(said)))
        for number, root in said:
            assert roots.setdefault(number, root) == root
    assert max(roots) > kills  # they did commit something


def verified(folder: Path, kills: int, is_kept: bool) -> None:
    """The command line finds nothing wrong in what is left."""
    found = document("journal", "verify", folder)
    assert found["ok"]
    assert found["blocks"] > kills
    states = [*found["snapshots"].values(), *found["images"].values()]
    placed = (found["blocks"] - 1) // EVERY  # of the last block perhaps not yet
    # Killed after one was placed and before the oldest was removed, it leaves one more.
    fewest, most = (min(KEPT, placed), KEPT + 1) if is_kept else (0, 0)
    assert fewest <= len(states) <= most
    assert set(states) <= {"has the root of its block"}
    assert document("replay", folder)["state_root"] == found["state_root"]
    assert rfos("journal", "show", folder, "--block", found["blocks"]).exit_code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_node_that_is_killed_loses_nothing_that_counted(kind: str, tmp_path: Path) -> None:
    check(kind, tmp_path, 4, 1)
    if kind != "fast":
        verified(tmp_path, 4, kind in ("snapshots", "images"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_many_kills(kind: str, seed: int, tmp_path: Path) -> None:
    check(kind, tmp_path, 60, seed)
    if kind != "fast":
        verified(tmp_path, 60, kind in ("snapshots", "images"))


def test_a_journal_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """A reader needs no lock, and sees a beginning; a writer is refused by its code."""
    words = [sys.executable, "-m", "tests.runtime.committing", "reference", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().split() for _ in range(5)]
            found = document("journal", "verify", tmp_path)
            assert found["ok"]
            assert found["blocks"] >= int(lines[-1][0])
            scenario = Path("examples/black_thursday/scenario.toml")
            refused = document("run", scenario, "--journal", tmp_path)
            assert [each["code"] for each in refused["diagnostics"]] == ["E0831"]
        finally:
            process.kill()
    assert (tmp_path / FILE).stat().st_size > 0
