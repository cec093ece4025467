"""What a transfer costs while the ledger grows, from ten thousand accounts to a million.

    python -m benchmarks.kernel.sizes [--write]

Transfers between accounts drawn from all of them also pay for memory that lies in no cache; those
between ten thousand of them, whatever else there is, show what the ledger's size itself costs.
`--write` draws `docs/results/kernel_sizes.svg`.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.chart import OURS, PEERS
from benchmarks.measured import Measured, Side, Target, show
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.world import dtype
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from tests.kernel.play import numbered, opening

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
FEW = SIZES[0]
BATCH, ROUNDS = 8_190, 25
UNITS = 1_000_000
SEALED = 0.25
MOST = 1.5
"""Not one: the same accounts lie further apart, on more pages of memory."""
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "results" / "kernel_sizes.svg"


def opened(accounts: int) -> Kernel:
    """A kernel with so many accounts, each of which has something."""
    kernel = Kernel()
    kernel.apply(1, opening(0, UNITS))
    handles = np.arange(2, accounts + 2)
    names = np.char.add("account ", handles.astype("U")).astype("S32")
    rows = np.zeros(2 * accounts, dtype(COMMAND))
    rows["session"], rows["sequence"] = 1, np.arange(2, 2 * accounts + 2)
    opens, gives = rows[:accounts], rows[accounts:]
    opens["op"] = Op.OPEN_ACCOUNT
    words = names.view(np.int64).reshape(accounts, 4)
    for place, column in enumerate(("reference", "a0", "a1", "a2")):
        opens[column] = words[:, place]
    gives["op"], gives["account"], gives["asset"], gives["quantity"] = (
        Op.DEPOSIT,
        handles,
        1,
        UNITS,
    )
    for begin in range(0, len(rows), BATCH):
        done = kernel.apply(2 + begin, rows[begin : begin + BATCH].tobytes())
        assert not done.results["code"].any()
    return kernel


class Transfers:
    """Batches of transfers in one kernel, each of them new."""

    def __init__(self, accounts: int) -> None:
        self.kernel = opened(accounts)
        self.next = np.ones(accounts + 2, np.int64)
        self.random = np.random.default_rng(accounts)

    def seconds(self, among: int) -> float:
        """Seconds for one transfer in a batch of them between so many of the accounts."""
        payers, payees = self.random.integers(2, among + 2, (2, BATCH))
        data = numbered(self.next, payers, payees).tobytes()
        np.add.at(self.next, payers, 1)
        begun = perf_counter()
        done = self.kernel.apply(self.kernel.time + 1, data)
        spent = perf_counter() - begun
        assert not done.results["code"].any()
        return spent / BATCH

    def sealing(self, transfer: float) -> float:
        """Seconds of a state root for one transfer, if a root is taken every quarter of a second in
        which nothing but transfers between all accounts is done."""
        begun = perf_counter()
        self.kernel.root()
        return (perf_counter() - begun) * transfer / SEALED


Times = dict[int, tuple[float, float, float]]
"""By accounts, seconds for a transfer between all of them, between a few, and for its root."""


def timed() -> Times:
    """All sizes in turns, so that what else the machine does meets all alike."""
    made = {accounts: Transfers(accounts) for accounts in SIZES}
    for each in made.values():
        each.kernel.root()
    few: dict[int, list[float]] = {accounts: [] for accounts in SIZES}
    every: dict[int, list[float]] = {accounts: [] for accounts in SIZES}
    for _ in range(ROUNDS):
        for accounts, each in made.items():
            each.seconds(FEW)  # the other sizes have taken the caches
            few[accounts].append(each.seconds(FEW))
            every[accounts].append(each.seconds(accounts))
    found = {}
    for accounts, each in made.items():
        transfer = median(every[accounts])
        found[accounts] = transfer, median(few[accounts]), each.sealing(transfer)
    return found


def measured(draws: Callable[[Times], None] | None = None) -> Measured:
    """Seconds a transfer, by how many accounts there are."""
    times = timed()
    if draws:
        draws(times)
    sides = [
        Side(
            f"rfos, {accounts:,} accounts",
            every,
            f"{few * 1e9:.0f} ns between {FEW:,} of them; and {root * 1e9:.0f} ns for the root",
        )
        for accounts, (every, few, root) in times.items()
    ]
    least, most = times[SIZES[0]], times[SIZES[-1]]
    targets = [
        Target(
            f"time at {SIZES[-1]:,} accounts as a part of that at {FEW:,}, between as many",
            most[1] / least[1],
            MOST,
        ),
    ]
    return Measured(
        "Transfers while the ledger grows",
        f"One of {BATCH:,} a batch, executed and not written.",
        tuple(sides),
        tuple(targets),
        "the log, which does not depend on the accounts, and runs beside.",
    )


def draw(times: Times) -> None:
    """Writes the picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    lines: NDArray[np.float64] = np.array(list(times.values())) * 1e9
    every, few, root = lines.T
    axes.plot(list(times), few, "o-", color=OURS, label=f"between {FEW:,} of the accounts")
    axes.plot(list(times), every, "s-", color=PEERS, label="between all accounts")
    axes.plot(list(times), every + root, "s:", color=PEERS, label="with its part of a state root")
    axes.set_xscale("log")
    axes.set_ylim(0)
    axes.set_title("Transfers while the ledger grows", loc="left")
    axes.set_xlabel("accounts, logarithmic")
    axes.set_ylabel("nanoseconds a transfer")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    show(measured(draw if "--write" in sys.argv else None))
