"""A small exchange to play scenes on: sequence numbers filled in, invariants checked."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from rfos_runtime.records.block import Block, Report, Signed, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    OPERATOR,
    Command,
    Define,
    Deposit,
    List,
    Lock,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Stake,
    Trade,
    consents_needed,
)
from rfos_runtime.records.holdings import FUND, collateral, free
from rfos_runtime.reference.block import Applied, apply, third_parties
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.invariants import violations
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.positions import lots_of
from rfos_runtime.reference.world import World, genesis
from tests.executors import scripted_executor as scripts

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
CASH, SPOT = "USD", "spot(BTC, USD)"
REPORTERS = ("r1", "r2", "r3", "r4")
SPOT_FEED = RegisterFeed(SPOT, REPORTERS, 3, HOUR, 0, 10**9)


@dataclass
class Stage:
    """The world as it stands, and the block that is being made. Times are nanoseconds from 0."""

    world: World = field(default_factory=genesis)
    executor: Executor = field(default_factory=scripts.ScriptedExecutor)
    blocks: list[Block] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.set_up()

    def set_up(self) -> None:
        """Called once it is there."""

    def play(
        self,
        time: int,
        *commands: Command,
        reports: tuple[Report, ...] = (),
        spot: int | None = None,
    ) -> Applied:
        """Applies a block; every command is signed by whoever has to consent."""
        if spot is not None:
            reports += agreed(SPOT, time, spot)
        signed = self.signed_as_they_go(time, commands, reports)
        block = Block(self.world.number + 1, time, reports, signed)
        self.world, applied = apply(self.world, block, self.executor)
        assert violations(self.world) == ()
        self.blocks.append(block)
        self.applied.append(applied)
        return applied

    def accepted(self, time: int, *commands: Command, spot: int | None = None) -> Applied:
        """Applies a block in which nothing may be refused."""
        applied = self.play(time, *commands, spot=spot)
        assert set(applied.results) <= {Code.ACCEPTED}, applied.results
        return applied

    def code(self, command: Command) -> Code:
        """How one command goes, a nanosecond later; a refused one must leave no trace."""
        before = self.world
        applied = self.play(before.time + 1, command)
        if applied.results[0] is not Code.ACCEPTED:
            alone, _ = apply(before, Block(before.number + 1, before.time + 1), self.executor)
            assert self.world == alone
        return applied.results[0]

    def signed(self, commands: tuple[Command, ...]) -> tuple[Signed, ...]:
        """Signs commands as if none of them were refused."""
        sequences, made = self.world.sequences(), []
        for command in commands:
            made.append(sign(command, sequences, third_parties(self.world, command)))
            sequences |= {signer.account: signer.sequence for signer in made[-1].signers}
        return tuple(made)

    def signed_as_they_go(
        self, time: int, commands: tuple[Command, ...], reports: tuple[Report, ...]
    ) -> tuple[Signed, ...]:
        """Signs commands, each with the number that is next after those before that went well."""
        sequences, made = self.world.sequences(), ()
        for command in commands:
            made += (sign(command, sequences, third_parties(self.world, command)),)
            block = Block(self.world.number + 1, time, reports, made)
            _, applied = apply(self.world, block, self.executor)
            if applied.results[-1] is Code.ACCEPTED:
                sequences |= {signer.account: signer.sequence for signer in made[-1].signers}
        return made

    # --- what is looked at

    def free(self, account: str) -> int:
        return balance(self.world, CASH, free(account))

    def collateral(self, account: str, handle: int = 1) -> int:
        return balance(self.world, CASH, collateral(account, handle))

    def fund(self) -> int:
        return balance(self.world, CASH, FUND)

    def lots(self, account: str, handle: int = 1) -> int:
        return lots_of(self.world, handle, account)

    def told(self, kind: type) -> list[object]:
        """The events of a kind in the last block."""
        return [event for event in self.applied[-1].events if isinstance(event, kind)]


def sign(
    command: Command, sequences: dict[str, int], third_parties: tuple[str, ...] = ()
) -> Signed:
    """Signs a command by whoever has to consent, after the given numbers."""
    names = dict.fromkeys(consents_needed(command, third_parties))
    return Signed(command, tuple(Signer(name, sequences.get(name, 0) + 1) for name in names))


def agreed(feed: str, instant: int, value: int) -> tuple[Report, ...]:
    """All reporters say the same."""
    return tuple(Report(feed, instant, value, name) for name in REPORTERS)


def opened(funds: dict[str, int], stake: int = 0, feed: RegisterFeed = SPOT_FEED) -> Stage:
    """A stage with an asset, a spot feed, and accounts with money. Ends at time 1 second."""
    stage = Stage()
    accounts = [*funds, "patron"] if stake else list(funds)
    deposits = [Deposit(name, CASH, units) for name, units in funds.items() if units]
    if stake:
        deposits.append(Deposit("patron", CASH, stake))
    stage.accepted(
        SECOND,
        RegisterAsset(CASH, 2),
        feed,
        *(OpenAccount(name) for name in accounts),
        *deposits,
        *([Stake("patron", CASH, stake)] if stake else []),
    )
    return stage


def listing(
    strike: int = 100,
    expiry: int = 10 * HOUR,
    start: int = MINUTE,
    locks: tuple[Lock | None, Lock | None] = (None, None),
    of: str = "",
    **script: object,
) -> tuple[Define, List]:
    """The commands that define and list a scripted contract; `of`: on the price of another asset
    than the first one."""
    made = scripts.artefact(**{"name": "Call", "payoff": "call", "of": of, **script})
    feed = f"spot({of}, {CASH})" if of else SPOT
    return (
        Define(OPERATOR, made),
        List(
            definition=sha256(made).hexdigest(),
            terms=scripts.terms(strike, expiry),
            start=start,
            assets=(CASH, of) if of else (CASH,),
            places=(2, 0) if of else (2,),
            feeds=(feed,),
            risk_feeds=(feed,) if script.get("has_risk", True) else (),
            locks=locks,
        ),
    )


def trade(first: str, second: str, lots: int, **more: int) -> Trade:
    """A trade in instrument 1."""
    made = Trade(1, first, second, lots, premium_asset=CASH)
    return replace(made, **more)
