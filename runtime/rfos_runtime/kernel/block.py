"""The kernel: a block of records after the other, on the same world, which is changed in place."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel import world as worlds
from rfos_runtime.kernel.commands import run, went
from rfos_runtime.kernel.envelope import SHAPE, Block, block_of
from rfos_runtime.kernel.ledger.apply import run_out
from rfos_runtime.kernel.room import ready
from rfos_runtime.kernel.roots import Roots
from rfos_runtime.kernel.tables import Of, dtype
from rfos_runtime.kernel.telling import COUNT, Told
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records import canonical, commands
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import SUPPLY_MAX
from rfos_runtime.records.layout import EVENT
from rfos_runtime.records.wire import SIZE, Names, NoCommand, decode


class OutOfOrder(ValueError):
    """The time of the block does not lie after that of the last."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a block did: a result for each command, and the double entries."""

    results: NDArray[Any]
    events: NDArray[Any]


@dataclass(slots=True)
class Kernel:
    """A world, and the assets that its handles stand for."""

    world: World = field(default_factory=worlds.genesis)
    assets: dict[str, int] = field(default_factory=dict)
    _roots: Roots = field(default_factory=Roots)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts, in the order of their handles."""
        return worlds.accounts_of(self.world)

    def root(self) -> bytes:
        """The state root. Only what was changed since the last one is hashed."""
        names = sha256(canonical.encode(tuple(self.assets)))
        return self._roots.root(self.world, names.digest())

    def apply(self, time: int, records: bytes | memoryview) -> Applied:
        """Brings the world to `time`, then carries the commands out. Raises OutOfOrder."""
        totals = self.world.totals[0]
        if time <= totals["time"]:
            raise OutOfOrder(f"a block at {time} after one at {totals['time']}")
        block = block_of(records)
        self.world = ready(self.world, len(block.records))
        told = self._room_to_tell(len(block.records))
        touch(self.world, Of.TOTALS, 0)
        self.world.totals[0]["time"] = time
        run_out(self.world, told)
        self._carry_out(told, block, records)
        self.world.totals[0]["number"] += 1
        return Applied(block.results[block.is_answer], told.rows[: told.written[COUNT]])

    def _room_to_tell(self, commands: int) -> Told:
        most = 2 * commands + int(self.world.counts[Of.RESERVATIONS]["lying"])
        return Told(np.empty(most, dtype(EVENT)), np.zeros(2, np.int64))

    def _carry_out(self, told: Told, block: Block, records: bytes | memoryview) -> None:
        while (at := run(self.world, told, SHAPE, block)) < len(block.records):
            self._forget_what_was_taken_back()
            went(self.world, told, SHAPE, block, self._register(records, at))
        self._forget_what_was_taken_back()

    # --- what has names in it

    def _register(self, records: bytes | memoryview, at: int) -> int:
        match _command(records, at):
            case commands.RegisterAsset() as command:
                return self._register_asset(command)
            case _:
                return Code.MALFORMED

    def _register_asset(self, command: commands.RegisterAsset) -> int:
        if command.asset in self.assets:
            return Code.ASSET_EXISTS
        sound = command.asset != "" and 0 <= command.places <= 18
        if not sound or not 0 < command.supply <= SUPPLY_MAX:
            return Code.MALFORMED
        handle = int(one_more(self.world, Of.ASSETS))
        touch(self.world, Of.ASSETS, handle)
        row = self.world.assets[handle]
        row["places"], row["supply"] = command.places, command.supply
        self.assets[command.asset] = handle
        return Code.ACCEPTED

    def _forget_what_was_taken_back(self) -> None:
        while len(self.assets) > self.world.counts[Of.ASSETS]["lying"]:
            self.assets.popitem()


_NOBODY = Names((), ())


def _command(records: bytes | memoryview, at: int) -> commands.Command | None:
    """The command that begins at a place, of which nothing is asked but its own bytes; None if they
    are none."""
    try:
        return next(decode(memoryview(records)[at * SIZE :], lambda: _NOBODY)).command
    except NoCommand:
        return None
