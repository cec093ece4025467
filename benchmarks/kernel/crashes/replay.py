"""A crash hour on the fast kernel: a block a minute, each asset counted after every one, and the
reference's invariants looked at every few."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernel.crashes.crowd import ROUNDS, Crowd, Rows
from benchmarks.kernel.crashes.hours import AFTER, HOUR, MINUTE, Hour
from benchmarks.kernel.crashes.venue import CASH, REPORTERS, Venue
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.kernel.block import Applied, Kernel
from rfos_runtime.kernel.telling import Over, What
from rfos_runtime.node.translated.events import happening
from rfos_runtime.node.translated.world import world_of
from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import OPERATOR, Command, OpenAccount
from rfos_runtime.records.operations import Op
from rfos_runtime.records.reports import encode_report
from rfos_runtime.records.wire import Names, encode
from rfos_runtime.reference.invariants import violations

EVERY = 5
"""So many blocks lie between looks at all invariants."""
WEALTH = 60_000_00
STAKE = 25_00
"""Of the insurance fund for each account."""


@dataclass
class Replayed:
    """What came of an hour. `filled`: lots that bidders took over; `closed`: lots closed at the
    mark; `deficit`: cents that winners were not paid; `ended`: how auctions went, `running`: how
    many are not over; `fund`: what the insurance fund had at the begin and after each minute;
    `wrong`: every invariant that did not hold."""

    hour: Hour
    accounts: int
    positions: int = 0
    events: Counter[What] = field(default_factory=Counter)
    ended: Counter[Over] = field(default_factory=Counter)
    running: int = 0
    filled: int = 0
    closed: int = 0
    deficit: int = 0
    fund: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    codes: Counter[Code] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def liquidations(self) -> int:
        """How many positions fell below their maintenance."""
        return self.events[What.AUCTION_BEGAN]


def replay(hour: Hour, accounts: int) -> Iterator[Replayed]:
    """Plays an hour with so many accounts. What came of it so far, after each minute."""
    begun, playing = process_time(), _Playing(hour, accounts)
    playing.open()
    for minute in range(1, (HOUR // MINUTE) + AFTER + 1):
        playing.minute(minute)
        playing.found.seconds = process_time() - begun
        yield playing.found


class _Playing:
    """An hour that is being played."""

    def __init__(self, hour: Hour, accounts: int) -> None:
        self.venue, self.kernel = Venue(hour), Kernel(WasmExecutor())
        self.crowd = Crowd(self.kernel, hour.name, accounts)
        self.found = Replayed(hour, accounts)

    # --- before the hour

    def open(self) -> None:
        """Registers everything, gives everybody something, and has them trade."""
        begin, crowd = self.venue.hour.begin, self.crowd
        commands = list(self.venue.opening())
        self.names = Names(
            (OPERATOR,),
            tuple(self.venue.plan.places),
            {feed.name: REPORTERS for feed in self.venue.plan.feeds},
        )
        self._operate(begin - 10, commands)
        self._operate(begin - 9, [OpenAccount(f"account {n + 1}") for n in range(crowd.accounts)])
        self._deposit(begin - 8)
        self._block(begin, self.venue.reports(0), crowd.opening(STAKE * crowd.accounts))
        policy = self.kernel.policies.views[0].content_hash
        self._block(begin + 1, (), [crowd.elections(bytes.fromhex(policy))])
        for number in range(ROUNDS):
            self._block(begin + 2 + number, (), [crowd.trades(number)])
        done = self._block(begin + 2 + ROUNDS, (), [crowd.withdrawals()])
        self.found.positions = int(np.count_nonzero(self.kernel.world.positions["lots"]))
        self.found.fund.append(self._fund())
        self._look(0, done)

    def _deposit(self, time: int) -> None:
        rows = self.crowd.rows(Op.DEPOSIT, list(range(self.crowd.accounts)))
        newest = int(self.kernel.world.accounts["sequence"][1])
        rows["session"], rows["sequence"] = 1, newest + 1 + np.arange(len(rows))
        rows["asset"], rows["quantity"] = self.kernel.assets[CASH], WEALTH
        rows["quantity"][0] = max(WEALTH, STAKE * len(rows))
        assert not self._apply(time, rows.tobytes()).results["code"].any()

    def _operate(self, time: int, commands: Sequence[Command]) -> None:
        """Commands of the operator, all of which must go well."""
        newest = int(self.kernel.world.accounts["sequence"][1])
        signed = (
            Signed(command, (Signer(OPERATOR, newest + number),))
            for number, command in enumerate(commands, 1)
        )
        done = self._apply(time, b"".join(encode(each, self.names) for each in signed))
        assert not done.results["code"].any(), "an opening that was refused"

    # --- in the hour

    def minute(self, number: int) -> None:
        """Plays a minute."""
        time = self.venue.hour.begin + number * MINUTE
        done = self._block(time, self.venue.reports(number), self.crowd.minute(number))
        self._count(done.events)
        self.found.fund.append(self._fund())
        self.found.running = int(np.count_nonzero(self.kernel.world.positions["auction"]))
        if number % EVERY == 0:
            self._look(number, done)

    def _fund(self) -> int:
        return int(self.kernel.world.assets["fund"][self.kernel.assets[CASH]])

    def _block(self, time: int, reports: Iterable[Report], asked: Sequence[Rows]) -> Applied:
        said = [encode_report(each, self.names) for each in reports]
        done = self._apply(time, b"".join([*said, *(rows.tobytes() for rows in asked)]))
        refused = np.count_nonzero(done.results["code"][: len(said)])
        assert not refused, f"{refused} reports of {time} were refused"
        codes, counts = np.unique(done.results["code"][len(said) :], return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            self.found.codes[Code(code)] += count
        return done

    def _apply(self, time: int, records: bytes) -> Applied:
        """A block; afterwards each asset is counted."""
        done = self.kernel.apply(time, records)
        self.kernel.salt = self.kernel.root()
        for asset, units in totals(self.kernel).items():
            if units:
                self.found.wrong.append(f"1: the balances of {asset} add up to {units} at {time}")
        return done

    def _count(self, events: NDArray[Any]) -> None:
        kinds, counts = np.unique(events["kind"], return_counts=True)
        for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
            self.found.events[What(kind)] += count
        over = events["cause"][events["kind"] == What.AUCTION_ENDED]
        self.found.ended.update(map(Over, over.tolist()))
        self.found.filled += _units(events, What.AUCTION_FILLED)
        self.found.closed += _units(events, What.DELEVERAGED)
        self.found.deficit += _units(events, What.SHORT_PAID)

    def _look(self, number: int, done: Applied) -> None:
        """Looks at every invariant of the reference, in its own words."""
        told = [happening(self.kernel, row) for row in done.events]
        for problem in violations(world_of(self.kernel, self.kernel.salt, told)):
            self.found.wrong.append(f"{problem}, {number} minutes on")


def _units(events: NDArray[Any], what: What) -> int:
    return int(events["units"][events["kind"] == what].sum())


def totals(kernel: Kernel) -> dict[str, int]:
    """All that is held of each asset, which must be nothing."""
    world, found = kernel.world, {}
    marks = world.marks[world.positions["instrument"]]
    held = (
        (world.balances["asset"], world.balances["free"] + world.balances["reserved"]),
        (marks["asset"], world.positions["collateral"]),
        (marks["asset2"], world.positions["collateral2"]),
        (world.elections["asset"], world.elections["pool"]),
    )
    for asset, handle in kernel.assets.items():
        row = world.assets[handle]
        own = int(row["outside"] + row["issued"] + row["fund"])
        found[asset] = own + sum(int(units[of == handle].sum()) for of, units in held)
    return found
