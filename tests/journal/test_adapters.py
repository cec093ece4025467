"""Every journal that there is does what a journal must; a node on each leads to the same root."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.journal import open_journal, open_on
from rfos_runtime.journal.memory import Memory
from rfos_runtime.node.node import recover_on
from rfos_runtime.simulation.disk import SimulatedDisk
from tests.executors.scripted_executor import ScriptedExecutor
from tests.journal.conformance import CHECKS, Open
from tests.runtime.test_node import scene


def on_a_file(folder: Path) -> Open:
    return lambda: open_journal(folder / "journal")


def on_a_simulated_disk(folder: Path) -> Open:
    disk = SimulatedDisk()
    return lambda: open_on(disk)


def in_memory(folder: Path) -> Open:
    return Memory().open


KINDS = (on_a_file, on_a_simulated_disk, in_memory)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_journal(
    kind: Callable[[Path], Open], check: Callable[[Open], None], tmp_path: Path
) -> None:
    check(kind(tmp_path))


def test_a_node_leads_to_the_same_root_on_each(tmp_path: Path) -> None:
    stage = scene()
    for kind in KINDS:
        opened = kind(tmp_path)
        for again in (False, True):  # the second time every block is there already
            journal: Adapter = opened()
            with recover_on(journal, ScriptedExecutor()) as node:
                assert len(node.history) == (len(stage.blocks) if again else 0)
                for block in stage.blocks:
                    node.submit(block)
                assert node.world.root == stage.world.root
