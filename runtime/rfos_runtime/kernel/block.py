"""The kernel: a block of records after the other, on the same world, which is changed in place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.auctions import running as auctions
from rfos_runtime.kernel.auctions import sealed, stops
from rfos_runtime.kernel.commands import ANSWERED, CHAIN, run, went
from rfos_runtime.kernel.contracts import resolving
from rfos_runtime.kernel.contracts.choosing import choose
from rfos_runtime.kernel.contracts.listing import define, list_instrument
from rfos_runtime.kernel.envelope import SHAPE, Block, block_of
from rfos_runtime.kernel.margin import appraising
from rfos_runtime.kernel.portfolio.defining import define_policy
from rfos_runtime.kernel.positions.tidying import tidy
from rfos_runtime.kernel.room import (
    EVENTS_OF_A_SALE,
    elected_among,
    pledges_drawn,
    ready,
    trades_among,
)
from rfos_runtime.kernel.roots import Roots
from rfos_runtime.kernel.state import State, nothing_told
from rfos_runtime.kernel.tables import Of, dtype
from rfos_runtime.kernel.telling import ACTS, COUNT
from rfos_runtime.kernel.tick import tick
from rfos_runtime.kernel.world import one_more
from rfos_runtime.records import appraisals, canonical, commands, interventions
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import INSTANT_MAX, SUPPLY_MAX, Command, consents_needed
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.reports import reports_end
from rfos_runtime.records.wire import SIZE, Names, NoCommand, decode

EVENTS, BY_TRADE = 2, 17
"""So many events a command has at most that machine code carries out: a trade has the premium, the
collateral of two, what it frees of two in two assets, of theirs and of their pools, and each one's
fee with the fund's part."""
REPAID = 2
"""So many events a repayment has."""
IN_PART = 5
"""So many debts a command pays in part at most: one for each balance to which it adds."""
BESIDE = ("halts", "resolutions", "substitutes", "panels", "words", "appraised")
"""Tables that are dicts."""
_CHANGES = (Op.TRADE, Op.RELEASE, Op.CHOOSE, Op.ELECT)
"""Commands after which a position may be in breach, or gone."""


class OutOfOrder(ValueError):
    """The time of the block does not lie after that of the last."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a block did: a result for each report and command, and what happened."""

    results: NDArray[Any]
    events: NDArray[Any]


@dataclass(slots=True)
class Kernel(State):
    """A kernel: the state, and its roots."""

    _roots: Roots = field(default_factory=Roots)

    def root(self) -> bytes:
        """The state root. Only what was changed since the last one is hashed."""
        return self._roots.root(self.world, self._beside())

    def root_anew(self) -> bytes:
        """The same, of which all is hashed; what is noted of changes stays as it is."""
        dirty = self.world.dirty.copy()
        root = Roots().root(self.world, self._beside())
        self.world.dirty[:] = dirty
        return root

    def _beside(self) -> bytes:
        """A hash of what is in no row."""
        names = tuple(self.assets), self.issuers, tuple(self.feeds.registered)
        tables = (canonical.Table(name, getattr(self, name)) for name in BESIDE)
        return sha256(canonical.encode((*names, tuple(self.reasons), *tables))).digest()

    def require_next(self, time: int) -> None:
        """That the next block may be at `time`. Raises OutOfOrder."""
        if not self.time < time <= INSTANT_MAX:
            raise OutOfOrder(f"a block at {time} after one at {self.time}")

    def apply(self, time: int, records: bytes | memoryview) -> Applied:
        """Brings the world to `time` by the reports with which a block begins, then carries the
        commands out. Raises OutOfOrder."""
        return self.apply_parts(time, (records,))

    def apply_parts(self, time: int, parts: Iterable[bytes | memoryview]) -> Applied:
        """The same of a block that comes in parts, of which the first has all reports and no chain
        is in two: each is asked for once those before it are carried out. Raises OutOfOrder."""
        self.require_next(time)
        self.told = nothing_told()
        results, earlier, changed = list[NDArray[Any]](), 0, False
        for number, records in enumerate(parts):
            end = reports_end(records) if number == 0 else 0
            said = np.frombuffer(memoryview(records)[:end], dtype(COMMAND))
            asked = memoryview(records)[end:]
            block = block_of(asked, len(said), earlier)
            if number == 0:
                _answer(block.results[: len(said)], said, tick(self, time, said))
            self._carry_out(block, asked)
            results.append(block.results[: block.progress[ANSWERED]])
            earlier += len(block.records)
            changed |= bool(np.isin(block.records["op"], _CHANGES).any())
        self._liquidate(changed)
        self.touched(Of.TOTALS, 0)["number"] += 1
        events = self.told.written[COUNT]
        told = results[0] if len(results) == 1 else np.concatenate(results)
        return Applied(told, self.told.rows[:events])

    def _liquidate(self, changed: bool) -> None:
        """Begins auctions of positions that a command has left in breach, and ends those of
        positions that it has closed, if any command can have `changed` some."""
        self.told.written[ACTS] = 0
        if changed and int(self.world.counts[Of.POSITIONS]["lying"]):
            auctions.begin(self)

    def _carry_out(self, block: Block, records: memoryview) -> None:
        left = len(block.records)
        while left:
            trades = trades_among(self.world, block.records["op"][-left:])
            elected = elected_among(self.world, block.records[-left:])
            if block.progress[CHAIN] < 0:
                self.world = ready(self.world, left, trades, elected)
            self.make_room({}, self._events(left, trades) + elected.positions)
            at = run(self.world, self.told, SHAPE, block)
            left = len(block.records) - at
            if left:
                code = self._by_bytes(block, records, at)
                went(self.world, self.told, SHAPE, block, int(code))

    def _events(self, commands: int, trades: int) -> int:
        """How many events so many commands have at most."""
        debts = int(self.world.totals[0]["debts"])
        repaid = REPAID * (IN_PART * commands + debts) if debts else 0
        drawn = EVENTS_OF_A_SALE * pledges_drawn(self.world, commands)
        return EVENTS * commands + BY_TRADE * trades + repaid + drawn

    def _by_bytes(self, block: Block, records: memoryview, at: int) -> Code:
        """Carries out a command whose fields have no room in a record."""
        first = int(block.progress[0])
        if not SHAPE.by_bytes[block.records["op"][at]]:
            return Code.UNKNOWN_OPERATION
        command = _command(records, at)
        if command is None:
            return Code.MALFORMED
        if block.progress[CHAIN] >= 0:
            self.forget_names()  # of accounts that the chain has opened, and may take back
        try:
            self._require_signers(block.records[[at, *range(first, at)]], command)
            require(block.progress[CHAIN] < 0, Code.NOT_LINKABLE)
            self._execute(command)
        except Refused as refusal:
            return refusal.code
        return Code.ACCEPTED

    def _require_signers(self, signers: NDArray[Any], command: Command) -> None:
        """Refuses unless all signers are known, everybody who has to sign is among them, and each
        number is the signer's next."""
        sessions, numbers = signers["session"].tolist(), signers["sequence"].tolist()
        count = int(self.world.counts[Of.ACCOUNTS]["lying"])
        require(all(0 < session <= count for session in sessions), Code.UNKNOWN_SIGNER)
        needed = (self.account(name) for name in consents_needed(command))
        require(all(handle in sessions for handle in needed), Code.NOT_SIGNED)
        for place, session in enumerate(sessions):
            before = int(self.world.accounts[session]["sequence"])
            before += sessions[:place].count(session)
            require(numbers[place] == before + 1, Code.WRONG_SEQUENCE)

    def _execute(self, command: Command) -> None:
        match command:
            case commands.RegisterAsset():
                self._register_asset(command)
            case commands.RegisterFeed():
                self.make_room({Of.FEEDS: 1, Of.SWINGS: 2})
                self.feeds.register(self.world, command)
            case commands.Define():
                define(self, command)
            case commands.List():
                list_instrument(self, command)
            case commands.Choose():
                choose(self, command)
                tidy(self)
            case commands.SealBid():
                sealed.seal_bid(self, command)
                tidy(self)
            case commands.OpenBid():
                sealed.open_bid(self, command)
            case appraisals.RegisterAppraisers():
                appraising.register(self, command)
            case appraisals.Appraise():
                appraising.appraise(self, command)
            case interventions.Halt():
                stops.halt(self, command)
            case interventions.Resume():
                stops.resume(self, command)
            case interventions.Resolve():
                resolving.resolve(self, command)
            case interventions.Substitute():
                resolving.substitute(self, command)
            case commands.DefinePolicy():
                define_policy(self, command)
            case _:
                raise Refused(Code.UNKNOWN_OPERATION)

    def _register_asset(self, command: commands.RegisterAsset) -> None:
        require(command.asset not in self.assets, Code.ASSET_EXISTS)
        require(command.asset != "" and 0 <= command.places <= 18, Code.MALFORMED)
        require(0 < command.supply <= SUPPLY_MAX, Code.MALFORMED)
        self.make_room({Of.ASSETS: 1})
        handle = int(one_more(self.world, Of.ASSETS))
        row = self.touched(Of.ASSETS, handle)
        row["places"], row["supply"] = command.places, command.supply
        row["issuer"] = command.issuer != ""
        self.assets[command.asset] = handle
        if command.issuer:
            self.issuers[command.asset] = command.issuer


def _answer(rows: NDArray[Any], reports: NDArray[Any], codes: list[Code]) -> None:
    if codes:
        rows[:] = np.zeros(1, rows.dtype)
        rows["op"], rows["tag"], rows["code"] = Op.REPORT, reports["tag"], codes


_NOBODY = Names((), ())


def _command(records: memoryview, at: int) -> Command | None:
    """The command that begins at a place, of which nothing is asked but its own bytes; None if they
    are none."""
    try:
        return next(decode(records[at * SIZE :], lambda: _NOBODY)).command
    except NoCommand:
        return None
