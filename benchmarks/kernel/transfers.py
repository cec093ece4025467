"""Durable transfers: our kernel on its log, against PostgreSQL's best batched rate.

    python -m benchmarks.kernel.transfers

Both check sequence numbers and that no balance goes below zero, keep every transfer, and have each
batch of 8,190 on the disk before it counts. PostgreSQL is installed by the system's packages; where
it is not there, our side runs alone.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernel.postgres import cluster, written
from benchmarks.measured import Measured, Side, Target, show
from rfos_runtime.kernel.world import dtype
from rfos_runtime.node.durable import Durable, recover
from rfos_runtime.records.layout import COMMAND
from tests.kernel.play import numbered, opened

ACCOUNTS, UNITS = 10_000, 1_000_000
BATCH = 8_190
OURS, THEIRS, ROUNDS = 60, 4, 5
MOST_SECONDS = 1 / 3e6


def batches(first: NDArray[np.int64], count: int, seed: int) -> list[bytes]:
    """Batches of transfers of one unit between accounts drawn at random; `first` are the next
    numbers by handle, and go on."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        payers, payees = random.integers(2, ACCOUNTS + 2, (2, BATCH))
        found.append(numbered(first, payers, payees).tobytes())
        np.add.at(first, payers, 1)
    return found


def ours(node: Durable, made: list[bytes]) -> float:
    """Seconds until batches are booked and durable."""
    begun = time.perf_counter()
    for data in made:
        number, _ = node.submit(time.time_ns(), data)
    node.wait(number)
    return time.perf_counter() - begun


def with_roots(log: Path) -> float:
    """Seconds a transfer where every batch begins with the state root before it."""
    made = batches(np.ones(ACCOUNTS + 2, np.int64), OURS, ROUNDS)
    with opened(log, ACCOUNTS, UNITS, time.time_ns()) as node:
        node.seal_after = 0
        node.wait(1)
        return ours(node, made) / OURS / BATCH


def as_rows(data: bytes) -> NDArray[np.int64]:
    """What PostgreSQL is told of a batch."""
    rows = np.frombuffer(data, dtype(COMMAND))
    columns = (rows["session"] - 1, rows["sequence"], rows["target"] - 1, rows["quantity"])
    return np.column_stack([each.astype(np.int64) for each in columns])


def measured() -> Measured:
    """Seconds a transfer, and a command recovered."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        log, server = Path(place) / "log", Path(place) / "server"
        server.mkdir()
        first = np.ones(ACCOUNTS + 2, np.int64)
        with cluster(server) as postgres, opened(log, ACCOUNTS, UNITS, time.time_ns()) as node:
            if postgres is not None:
                postgres.open(ACCOUNTS, UNITS)
            node.wait(1)
            mine, its = [], []
            for index in range(ROUNDS):
                made = batches(first, OURS, index)
                mine.append(ours(node, made) / OURS / BATCH)
                if postgres is not None:
                    names = [f"{index}-{each}" for each in range(THEIRS)]
                    # Numbers of its own: it is given the first batches of each of our rounds.
                    files = [
                        written(server, name, _renumbered(as_rows(data), index))
                        for name, data in zip(names, made, strict=False)
                    ]
                    its.append(postgres.book(files) / THEIRS / BATCH)
            booked = node.log.number
        begun = time.perf_counter()
        with recover(log) as node:
            assert node.log.number == booked
            again = (time.perf_counter() - begun) / (ROUNDS * OURS * BATCH)
        rooted = with_roots(Path(place) / "rooted")
    sides = [Side("rfos, durable", median(mine), f"{1 / median(mine) / 1e6:.2f} M/s")]
    sides.append(Side("rfos, recovery", again, f"{1 / again / 1e6:.2f} M/s"))
    sides.append(Side("rfos, a root each batch", rooted, f"{1 / rooted / 1e6:.2f} M/s"))
    targets = [Target("seconds a durable transfer", median(mine), MOST_SECONDS)]
    if its:
        sides.append(Side("PostgreSQL", median(its), f"{1 / median(its) / 1e6:.3f} M/s"))
        part = median(mine) / median(its)
        targets.append(Target("time as a part of PostgreSQL's", part, 1 / 20))
    targets.append(Target("seconds a command recovered", again, 1 / 2e6))
    return Measured(
        "Durable transfers",
        f"One of {BATCH:,} a batch, between {ACCOUNTS:,} accounts.",
        tuple(sides),
        tuple(targets),
        "a network and signatures, on both sides; on PostgreSQL's limits of accounts, hash chain,"
        " state root, and refusing single transfers; recovery has the opening of the accounts in"
        " it. Ours hashes and writes on a second thread.",
    )


def _renumbered(rows: NDArray[np.int64], round_: int) -> NDArray[np.int64]:
    """The same transfers under numbers that no round before has used."""
    rows[:, 1] += round_ * 10**9
    return rows


if __name__ == "__main__":
    show(measured())
