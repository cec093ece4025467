"""A ledger with a few accounts that pay each other, on a log."""

from pathlib import Path

import numpy as np

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.world import dtype
from rfos_runtime.node.durable import Durable, recover
from rfos_runtime.records.commands import (
    OPERATOR,
    Deposit,
    OpenAccount,
    RegisterAsset,
    Signed,
    Signer,
)
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


def opened(directory: Path, accounts: int = 5, units: int = 1_000_000) -> Durable:
    """A node on a new log, with its first block."""
    node = recover(directory)
    node.submit(1, opening(accounts, units))
    return node


def payments(kernel: Kernel, count: int, seed: int = 1) -> bytes:
    """So many transfers of one unit between accounts drawn at random, each with its number."""
    random = np.random.default_rng(seed)
    holders = len(kernel.accounts) - 1
    payers = random.integers(2, holders + 2, count)
    sequences = kernel.world.accounts["sequence"]
    rows = np.zeros(count, dtype(COMMAND))
    rows["op"], rows["asset"], rows["quantity"] = Op.TRANSFER, 1, 1
    rows["session"] = rows["account"] = payers
    rows["target"] = random.integers(2, holders + 2, count)
    rows["sequence"] = sequences[payers] + 1 + _before(payers)
    return rows.tobytes()


def _before(payers: np.ndarray) -> np.ndarray:
    """For each element how many equal ones stand before it."""
    order = np.argsort(payers, kind="stable")
    ordered = payers[order]
    first = np.searchsorted(ordered, ordered, side="left")
    ranks = np.empty(len(payers), np.int64)
    ranks[order] = np.arange(len(payers)) - first
    return ranks
