"""Every journal that there is does what a journal must; a node on each leads to the same root."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rfos_runtime.journal.batches import RECORD, Batch
from rfos_runtime.journal.journal import open_journal, open_on
from rfos_runtime.journal.log import open_log
from rfos_runtime.journal.memory import Memory
from rfos_runtime.node import durable
from rfos_runtime.node.node import recover_on
from rfos_runtime.records.wire import encode
from rfos_runtime.simulation.disk import SimulatedDisk
from tests.executors.scripted_executor import ScriptedExecutor
from tests.journal.conformance import CHECKS, Kind
from tests.journal.replicated import open_both
from tests.runtime.committing import NAMES, commands
from tests.runtime.test_node import scene


def on_a_file(folder: Path) -> Kind:
    return Kind(lambda: open_journal(folder / "journal"), bytes)


def on_a_simulated_disk(folder: Path) -> Kind:
    disk = SimulatedDisk()
    return Kind(lambda: open_on(disk), bytes)


def in_memory(folder: Path) -> Kind:
    return Kind(Memory().open, bytes)


def in_two_places(folder: Path) -> Kind:
    one, other = on_a_file(folder).opened, in_memory(folder).opened
    return Kind(lambda: open_both(one, other), bytes)


def on_a_log(folder: Path) -> Kind:
    return Kind(lambda: open_log(folder / "log"), batch)


def on_two_logs(folder: Path) -> Kind:
    one, other = on_a_log(folder / "one").opened, on_a_log(folder / "other").opened
    return Kind(lambda: open_both(one, other), batch)


def batch(data: bytes) -> Batch:
    """A block of records, as many as there must be for these bytes."""
    whole = -(-len(data) // RECORD) * RECORD
    return Batch(len(data), data.ljust(whole, b"\0"), data[:32].ljust(32, b"\1"))


OF_BLOCKS = (on_a_file, on_a_simulated_disk, in_memory, in_two_places)
OF_RECORDS = (on_a_log, on_two_logs)


@pytest.mark.parametrize("kind", OF_BLOCKS + OF_RECORDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_journal(
    kind: Callable[[Path], Kind], check: Callable[[Kind], None], tmp_path: Path
) -> None:
    check(kind(tmp_path))


def test_a_node_leads_to_the_same_root_on_each(tmp_path: Path) -> None:
    stage = scene()
    for kind in OF_BLOCKS:
        opened = kind(tmp_path / kind.__name__).opened
        for again in (False, True):  # the second time every block is there already
            with recover_on(opened(), ScriptedExecutor()) as node:
                assert len(node.history) == (len(stage.blocks) if again else 0)
                for block in stage.blocks:
                    node.submit(block)
                assert node.world.root == stage.world.root


def test_the_fast_node_leads_to_the_same_root_on_each(tmp_path: Path) -> None:
    roots = set()
    for kind in OF_RECORDS:
        opened = kind(tmp_path / kind.__name__).opened
        for number in (1, 2, 3):
            with durable.recover_on(opened()) as node:
                assert node.log.number == number - 1
                records = b"".join(encode(each, NAMES) for each in commands(number))
                node.wait(node.submit(number * 10**9, records)[0])
        with durable.recover_on(opened()) as node:
            roots.add(node.kernel.root())
    assert len(roots) == 1


def test_a_copy_that_was_behind_is_given_what_it_lacks(tmp_path: Path) -> None:
    one, other = on_a_log(tmp_path / "one").opened, on_a_log(tmp_path / "other").opened
    entries = (batch(b"one"), batch(b"another"))
    ahead = one()
    for entry in entries:
        ahead.append(entry)
    ahead.close()
    open_both(other, one).close()
    again = other()
    assert again.reading.payloads == entries
    again.close()
