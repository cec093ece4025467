"""A clock that runs ahead: a node takes no block far beyond the last, and has done nothing; after
standing still it catches up by empty blocks.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from rfos_runtime.journal.journal import FILE
from rfos_runtime.journal.log import read_log
from rfos_runtime.kernel.block import Kernel, OutOfOrder
from rfos_runtime.kernel.state import NoContracts
from rfos_runtime.node import durable
from rfos_runtime.node.clock import LONGEST_STEP, on_the_way
from rfos_runtime.node.fast import Fast
from rfos_runtime.node.node import Engine, recover, replay
from rfos_runtime.node.refusals import NotWhole, TooFarAhead
from rfos_runtime.records.block import Block
from rfos_runtime.records.commands import DAY
from tests.executors.scripted_executor import ScriptedExecutor

FAR = (10 + LONGEST_STEP + 1, 10 + 59 * DAY, 2**62, 2**70)


@pytest.fixture(params=["reference", "fast"])
def engine(request: pytest.FixtureRequest) -> Engine | None:
    return None if request.param == "reference" else Fast(Kernel(ScriptedExecutor())).apply


def test_a_block_far_ahead_is_refused_and_nothing_is_done(
    tmp_path: Path, engine: Engine | None
) -> None:
    with recover(tmp_path, ScriptedExecutor(), engine) as node:
        node.submit(Block(1, 10))
        before, data = node.world.copy(), (tmp_path / FILE).read_bytes()
        for time in FAR:
            with pytest.raises(TooFarAhead):
                node.submit(Block(2, time))
            with pytest.raises(TooFarAhead):
                node.begin(time)
        assert node.world == before
        assert (tmp_path / FILE).read_bytes() == data
        node.submit(Block(2, 10 + LONGEST_STEP))


def test_the_first_block_may_lie_anywhere(tmp_path: Path, engine: Engine | None) -> None:
    with recover(tmp_path, ScriptedExecutor(), engine) as node:
        node.submit(Block(1, 50 * 365 * DAY))
    assert replay(tmp_path, ScriptedExecutor()) == node.world.root


def test_a_node_that_stood_still_catches_up_block_by_block(
    tmp_path: Path, engine: Engine | None
) -> None:
    with recover(tmp_path, ScriptedExecutor(), engine) as node:
        node.submit(Block(1, 10))
        assert len(list(node.catch_up(10 + 59 * DAY))) == 58
        node.submit(Block(60, 10 + 59 * DAY))
        assert list(node.catch_up(10 + 60 * DAY)) == []


def test_what_a_journal_holds_is_replayed_however_long_its_steps_are(
    tmp_path: Path, engine: Engine | None
) -> None:
    with recover(tmp_path, ScriptedExecutor()) as node:
        node.longest_step = 100 * DAY
        node.submit(Block(1, 10))
        node.submit(Block(2, 10 + 59 * DAY))
    with recover(tmp_path, ScriptedExecutor(), engine) as again:
        assert again.world.root == node.world.root
        assert again.submit(node.history[-1].block) == node.history[-1].applied


def test_a_log_of_records_has_the_same_bound(tmp_path: Path) -> None:
    with durable.recover(tmp_path) as node:
        node.wait(node.submit(10, b"")[0])
        for time in FAR:
            with pytest.raises(TooFarAhead):
                node.submit(time, b"")
        node.wait(node.submit(10 + LONGEST_STEP, b"")[0])
    with durable.recover(tmp_path) as again:
        assert (again.log.number, again.kernel.time) == (2, 10 + LONGEST_STEP)


@pytest.mark.parametrize(
    ("time", "records", "refusal"),
    [(2**63 - 1, b"", OutOfOrder), (2**70, b"", OutOfOrder), (DAY, b"half a record", NotWhole)],
)
def test_a_block_that_is_refused_is_not_begun_with_a_seal(
    tmp_path: Path, time: int, records: bytes, refusal: type[Exception]
) -> None:
    with durable.recover(tmp_path) as node:
        salt = node.kernel.salt
        with pytest.raises(refusal):
            node.submit(time, records)
        assert node.kernel.salt == salt
        node.wait(node.submit(DAY, b"")[0])
    (again,) = durable.replayed(read_log(tmp_path), Kernel(NoContracts()))
    assert again.is_sealed


@pytest.mark.parametrize("step", [1, 9, 10, 11, 19, 20, 21, 30])
def test_as_few_blocks_as_can_be_lie_on_the_way(step: int) -> None:
    times = [7, *on_the_way(7, 7 + step, 10), 7 + step]
    assert all(0 < after - before <= 10 for before, after in pairwise(times))
    assert len(times) - 1 == -(-step // 10)
