"""A node that commits block after block until it is killed.

    python -m tests.runtime.committing KIND FOLDER

It recovers what lies in the folder, says where it begins, and then of every block, once it counts,
its number and the state root after it, a line each. KIND is `reference`, `snapshots` (the same,
which takes one every few blocks and begins with the newest), `fast`, or `images` (that with
images).
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rfos_runtime.journal.disk import Folder
from rfos_runtime.node import durable, node
from rfos_runtime.node.snapshot import take_now_and_then
from rfos_runtime.records.block import Block, Signed, Signer
from rfos_runtime.records.commands import (
    OPERATOR,
    Command,
    Deposit,
    OpenAccount,
    RegisterAsset,
    Transfer,
)
from rfos_runtime.records.wire import Names, encode
from tests.executors.scripted_executor import ScriptedExecutor

OPENING: tuple[Command, ...] = (
    RegisterAsset("USD", 2),
    OpenAccount("ann"),
    OpenAccount("bob"),
    Deposit("ann", "USD", 10**12),
    Deposit("bob", "USD", 10**12),
)
PAYMENTS = 20
EVERY = 3
"""So many blocks lie between snapshots, and images."""
NAMES = Names((OPERATOR, "ann", "bob"), ("USD",))


def commands(number: int) -> tuple[Signed, ...]:
    """What is asked in a block, the same whoever asks: payments of which the amounts tell which
    block it was."""
    if number == 1:
        return tuple(Signed(each, (Signer(OPERATOR, k),)) for k, each in enumerate(OPENING, 1))
    first = (number - 2) * PAYMENTS + 1
    return tuple(
        Signed(Transfer(payer, payee, "USD", number), (Signer(payer, first + place),))
        for place in range(PAYMENTS)
        for payer, payee in (("ann", "bob"), ("bob", "ann"))
    )


def by_reference(folder: Path) -> Iterator[tuple[int, bytes]]:
    """Number and root after each block of the reference on its journal; where it begins first."""
    with node.recover(folder, ScriptedExecutor()) as running:
        yield from _committed(running)


def with_snapshots(folder: Path) -> Iterator[tuple[int, bytes]]:
    """The same with snapshots."""
    disk = Folder(folder)
    with node.resume(disk, ScriptedExecutor()) as running:
        running.keep = partial(take_now_and_then, disk, EVERY)
        yield from _committed(running)


def _committed(running: node.Node) -> Iterator[tuple[int, bytes]]:
    yield running.world.number, running.world.root
    while True:
        number = running.world.number + 1
        running.submit(Block(number, number, commands=commands(number)))
        yield number, running.world.root


def by_fast(folder: Path, image_every: int = 0) -> Iterator[tuple[int, bytes]]:
    """The same of the fast kernel on its log."""
    with durable.recover(folder, image_every=image_every) as running:
        running.seal_after = 3
        number = running.log.number
        yield number, running.kernel.root()
        while True:
            number += 1
            records = b"".join(encode(each, NAMES) for each in commands(number))
            running.submit(number, records)
            running.wait(number)
            yield number, running.kernel.root()


KINDS = {
    "reference": by_reference,
    "snapshots": with_snapshots,
    "fast": by_fast,
    "images": partial(by_fast, image_every=EVERY),
}


def main() -> None:
    """Commits until it is killed."""
    kind, folder = sys.argv[1:]
    for number, root in KINDS[kind](Path(folder)):
        print(number, root.hex(), flush=True)


if __name__ == "__main__":
    main()
