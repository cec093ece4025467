"""The kernel: a function from a world and a block to the next world.

First time and observations act (`tick`), then the commands in order, then the block is sealed with
its root. No clock, no I/O, no randomness. A command is tried on a copy of the world; refused, it
changes nothing, its sequence numbers included, so the same (account, sequence) takes effect at most
once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from rfos_runtime.records.appraisals import Appraise, RegisterAppraisers
from rfos_runtime.records.block import Block, Signed
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import (
    INSTANT_MAX,
    STAND_ALONE,
    Bid,
    Choose,
    Command,
    Complete,
    Define,
    DefinePolicy,
    Deposit,
    Drop,
    Elect,
    Limit,
    List,
    OpenAccount,
    OpenBid,
    Post,
    Propose,
    RegisterAsset,
    RegisterFeed,
    Release,
    Reserve,
    SealBid,
    Stake,
    Trade,
    Transfer,
    Unstake,
    Withdraw,
    consents_needed,
)
from rfos_runtime.records.events import Happening
from rfos_runtime.records.holdings import is_name, is_own
from rfos_runtime.records.interventions import Halt, Resolve, Resume, Substitute
from rfos_runtime.records.wire import has_records
from rfos_runtime.reference import (
    appraising,
    auction,
    bids,
    choices,
    feeds,
    halts,
    instruments,
    ledger,
    limits,
    margin,
    parameters,
    portfolio,
    reservations,
    resolving,
    sealed,
    stakes,
    trading,
)
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.root import state_root
from rfos_runtime.reference.tick import tick
from rfos_runtime.reference.world import Account, World


class OutOfOrder(ValueError):
    """The block is not the next one, or its time lies not after the last, or beyond all time."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a block did: a code for each report and command, what happened, the root after it."""

    reports: tuple[Code, ...]
    results: tuple[Code, ...]
    events: tuple[Happening, ...]
    root: bytes


@dataclass(slots=True)
class Begun:
    """A block whose time and observations have acted: commands are carried out as they come, then
    it is sealed."""

    world: World
    executor: Executor
    reports: tuple[Code, ...]
    _empty: Block
    _commands: list[Signed] = field(default_factory=list)
    _results: list[Code] = field(default_factory=list)
    _sealed: tuple[World, Applied] | None = None

    @property
    def block(self) -> Block:
        """The block with the commands so far."""
        return replace(self._empty, commands=tuple(self._commands))

    def carry_out(self, chain: Sequence[Signed]) -> list[Code]:
        """How a command goes, or a chain of linked ones."""
        assert self._sealed is None, "a command for a block that is sealed"
        self.world, codes = attempt_all(self.world, chain, self.executor)
        self._commands.extend(chain)
        self._results.extend(codes)
        return codes

    def seal(self) -> tuple[World, Applied]:
        """The world after the block, and what it did. Nothing can be added any more: sealed again,
        it is the same."""
        if self._sealed is None:
            self._sealed = self._after()
        return self._sealed

    @property
    def codes(self) -> tuple[Code, ...]:
        """How each report and command went."""
        return (*self.reports, *self._results)

    def closed(self) -> World:
        """The world after the block, still with the root of the one before."""
        after = self.world.copy()
        auction.begin(after)
        after.number = self._empty.number
        return after

    def _after(self) -> tuple[World, Applied]:
        after = self.closed()
        after.root = state_root(after)
        applied = Applied(self.reports, tuple(self._results), tuple(after.events), after.root)
        return after, applied


def apply(world: World, block: Block, executor: Executor) -> tuple[World, Applied]:
    """The world after a block; the one given stays as it is. Raises OutOfOrder."""
    return carried_out(world, block, executor).seal()


def carried_out(world: World, block: Block, executor: Executor) -> Begun:
    """A block all of whose commands were carried out, not sealed yet. Raises OutOfOrder."""
    begun = begin(world, replace(block, commands=()), executor)
    for chain in chains(block.commands):
        begun.carry_out(chain)
    return begun


def begin(world: World, block: Block, executor: Executor) -> Begun:
    """Begins a block that has no commands yet. Raises OutOfOrder."""
    if block.number != world.number + 1 or not world.time < block.time <= INSTANT_MAX:
        raise OutOfOrder(f"block {block.number} at {block.time} after block {world.number}")
    after = world.copy()
    after.events = []
    reports = tick(after, executor, block.time, block.reports)
    return Begun(after, executor, reports, block)


def chains(commands: Sequence[Signed]) -> Iterator[tuple[Signed, ...]]:
    """The commands of a block, those together that are linked."""
    chain: list[Signed] = []
    for signed in commands:
        chain.append(signed)
        if not signed.linked:
            yield tuple(chain)
            chain = []
    if chain:
        yield tuple(chain)


def attempt_all(
    world: World, chain: Sequence[Signed], executor: Executor
) -> tuple[World, list[Code]]:
    """The world after a chain of commands; the very same one if one of them is refused."""
    if chain[-1].linked:
        return world, [Code.LINK_OPEN] * len(chain)
    trial = world
    for index, signed in enumerate(chain):
        trial, code = attempt(trial, signed, executor, is_alone=len(chain) == 1)
        if code is not Code.ACCEPTED:
            codes = [Code.LINK_FAILED] * len(chain)
            codes[index] = code
            return world, codes
    return trial, [Code.ACCEPTED] * len(chain)


def attempt(
    world: World, signed: Signed, executor: Executor, is_alone: bool = True
) -> tuple[World, Code]:
    """The world after a command; the very same one if it is refused."""
    try:
        require(has_records(signed), Code.MALFORMED)
        signers = _checked_signers(world, signed)
        require(is_alone or not isinstance(signed.command, STAND_ALONE), Code.NOT_LINKABLE)
        trial = world.copy()
        trial.accounts.update(signers)
        execute(trial, signed.command, executor)
    except Refused as refusal:
        return world, refusal.code
    margin.tidy(trial)
    return trial, Code.ACCEPTED


def _checked_signers(world: World, signed: Signed) -> dict[str, Account]:
    """Those who sign, each at the number that it has used now."""
    names = [signer.account for signer in signed.signers]
    needed = consents_needed(signed.command, third_parties(world, signed.command))
    require(all(map(world.accounts.__contains__, names)), Code.UNKNOWN_SIGNER)
    require(all(map(names.__contains__, needed)), Code.NOT_SIGNED)
    signers = {name: world.accounts[name] for name in names}
    for signer in signed.signers:
        number, sequence = signers[signer.account]
        require(signer.sequence == sequence + 1, Code.WRONG_SEQUENCE)
        signers[signer.account] = Account(number, signer.sequence)
    return signers


def third_parties(world: World, command: Command) -> tuple[str, ...]:
    """The third parties of the instrument that a command trades."""
    match command:
        case Trade(instrument=handle) if handle in world.instruments:
            return world.instruments[handle].third_parties
        case _:
            return ()


def execute(world: World, command: Command, executor: Executor) -> None:
    """Carries a command out. Raises Refused, perhaps half way."""
    match command:  # what is asked most often comes first
        case Trade():
            trading.trade(world, command)
        case Bid():
            bids.bid(world, command)
        case Release():
            margin.release(world, command)
        case Post():
            margin.post_collateral(world, command)
        case Elect():
            portfolio.elect(world, command)
        case Transfer():
            ledger.transfer(world, command)
        case Deposit():
            ledger.deposit(world, command)
        case RegisterAsset():
            ledger.register_asset(world, command)
        case RegisterFeed():
            feeds.register_feed(world, command)
        case OpenAccount(account=account):
            require(account not in world.accounts, Code.ACCOUNT_EXISTS)
            require(is_name(account) and not is_own(account), Code.MALFORMED)
            world.accounts[account] = Account(len(world.accounts) + 1, 0)
        case Limit():
            limits.limit(world, command)
        case Define():
            instruments.define(world, command, executor)
        case List():
            instruments.list_instrument(world, command, executor)
        case Choose():
            choices.choose(world, command, executor)
        case Withdraw():
            ledger.withdraw(world, command)
        case Reserve():
            reservations.reserve(world, command)
        case Complete():
            reservations.complete(world, command)
        case DefinePolicy():
            portfolio.define_policy(world, command, executor)
        case RegisterAppraisers():
            appraising.register(world, command)
        case Appraise():
            appraising.appraise(world, command)
        case Stake():
            stakes.stake(world, command)
        case Unstake():
            stakes.unstake(world, command)
        case SealBid():
            sealed.seal_bid(world, command)
        case OpenBid():
            sealed.open_bid(world, command)
        case _:
            _govern(world, command)


def _govern(world: World, command: Propose | Drop | Halt | Resume | Resolve | Substitute) -> None:
    """Carries out what the operator sets, and how it steps in."""
    match command:
        case Propose():
            parameters.propose(world, command)
        case Drop():
            parameters.drop(world, command)
        case Halt():
            halts.halt(world, command)
        case Resume():
            halts.resume(world, command)
        case Resolve():
            resolving.resolve(world, command)
        case Substitute():
            resolving.substitute(world, command)
        case _:
            assert_never(command)
