"""A ledger with a few accounts that pay each other, on a log."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.world import dtype
from rfos_runtime.node.durable import Durable, recover
from rfos_runtime.records.block import Signed, Signer
from rfos_runtime.records.commands import OPERATOR, Deposit, OpenAccount, RegisterAsset
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.wire import Names, encode


def opening(accounts: int, units: int) -> bytes:
    """Registers an asset, opens accounts, and puts something into each."""
    holders = [f"account {number}" for number in range(1, accounts + 1)]
    commands = [RegisterAsset("USD", 2), *map(OpenAccount, holders)]
    commands += [Deposit(name, "USD", units) for name in holders]
    names = Names((OPERATOR, *holders), ("USD",))
    signed = (
        Signed(command, (Signer(OPERATOR, number),)) for number, command in enumerate(commands, 1)
    )
    return b"".join(encode(each, names) for each in signed)


def opened(directory: Path, accounts: int = 5, units: int = 1_000_000, time: int = 1) -> Durable:
    """A node on a new log, with its first block."""
    node = recover(directory)
    node.submit(time, opening(accounts, units))
    return node


def payments(kernel: Kernel, count: int, seed: int = 1) -> bytes:
    """So many transfers of one unit between accounts drawn at random, each with its number."""
    random = np.random.default_rng(seed)
    holders = len(kernel.accounts) - 1
    payers, payees = random.integers(2, holders + 2, (2, count))
    return numbered(kernel.world.accounts["sequence"] + 1, payers, payees).tobytes()


def numbered(
    first: NDArray[np.int64], payers: NDArray[np.int64], payees: NDArray[np.int64]
) -> NDArray[Any]:
    """Transfers of one unit as records; `first` has the next number of each account by handle."""
    rows = np.zeros(len(payers), dtype(COMMAND))
    rows["op"], rows["asset"], rows["quantity"] = Op.TRANSFER, 1, 1
    rows["session"] = rows["account"] = payers
    rows["target"] = payees
    rows["sequence"] = first[payers] + _before(payers)
    return rows


def _before(payers: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each element how many equal ones stand before it."""
    order = np.argsort(payers, kind="stable")
    ordered = payers[order]
    ranks = np.empty(len(payers), np.int64)
    ranks[order] = np.arange(len(payers)) - np.searchsorted(ordered, ordered, side="left")
    return ranks
