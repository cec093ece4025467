"""Invariants 5, 6, 14 and 15 along the commands of a block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rfos_runtime.records.block import Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Complete, Deposit, Trade, Withdraw
from rfos_runtime.records.events import Assigned, ChoiceTaken, Happening, ShortPaid
from rfos_runtime.records.holdings import Purpose
from rfos_runtime.reference.positions import lots_of
from rfos_runtime.reference.world import Feed, World
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.requirements import member_of

_OF_ACCOUNTS = (Purpose.FREE, Purpose.RESERVED, Purpose.COLLATERAL, Purpose.PLEDGED)
_MARGIN = (Code.BELOW_INITIAL, Code.OPENING_STOPPED)


@dataclass(slots=True)
class Orders:
    """Remembers which numbers of which signers have taken effect, and which receipts."""

    taken: set[tuple[str, int]] = field(default_factory=set)
    deposited: set[bytes] = field(default_factory=set)
    withdrawn: set[bytes] = field(default_factory=set)

    def carried_out(
        self, before: World, after: World, chain: Sequence[Signed], codes: Sequence[Code]
    ) -> Iterator[Violation]:
        """Looks at a chain of commands; `before` must be a copy of its own."""
        if set(codes) == {Code.ACCEPTED}:
            yield from self._once(before, after, chain)
            yield from self._receipts(after, chain)
            yield from _unharmed(before, after, chain)
            yield from _parameters(before, after)
            return
        if after != before:
            yield Violation(5, f"{_named(chain)} was refused ({_words(codes)}), and left a trace")
        if Code.ACCEPTED in codes:
            yield Violation(5, f"of a chain that was refused a part was accepted: {_words(codes)}")
        for signed, code in zip(chain, codes, strict=True):
            if len(chain) == 1 and code in _MARGIN and _only_reduces(before, signed):
                words = f"a trade that only reduces risk was refused: {code.words}"
                yield Violation(14, words)

    def _once(self, before: World, after: World, chain: Sequence[Signed]) -> Iterator[Violation]:
        """Each number is the next one of its signer, and counts once."""
        expected, stand = before.sequences(), after.sequences()
        for signer in (signer for signed in chain for signer in signed.signers):
            account, number = key = signer.account, signer.sequence
            expected[account] = expected.get(account, 0) + 1
            if key in self.taken:
                yield Violation(6, f"number {number} of {account} took effect twice")
            if number != expected[account]:
                yield Violation(6, f"number {number} of {account} was not its next one")
            self.taken.add(key)
        if stand == expected:
            return
        for account, last in stand.items():
            if last != expected.get(account, 0):
                yield Violation(6, f"{account} stands at number {last}")

    def _receipts(self, after: World, chain: Sequence[Signed]) -> Iterator[Violation]:
        """Each receipt counts once for what comes in, and once for what leaves."""
        for command in (signed.command for signed in chain):
            match command:
                case Deposit(receipt=receipt) if any(receipt):
                    yield from _counted(self.deposited, receipt, "deposits")
                case Withdraw(receipt=receipt) if any(receipt):
                    yield from _counted(self.withdrawn, receipt, "withdrawals")
        if after.deposited.keys() != self.deposited or after.withdrawn.keys() != self.withdrawn:
            yield Violation(6, f"other receipts are booked than {_named(chain)} leaves")


def _counted(known: set[bytes], receipt: bytes, of: str) -> Iterator[Violation]:
    if receipt in known:
        yield Violation(6, f"receipt {receipt.hex()} of {of} counted twice")
    known.add(receipt)


def _named(chain: Sequence[Signed]) -> str:
    return " + ".join(type(signed.command).__name__ for signed in chain)


def _words(codes: Sequence[Code]) -> str:
    return ", ".join(code.words for code in codes)


# --- 14 ----------------------------------------------------------------------------------------


def _only_reduces(world: World, signed: Signed) -> bool:
    """Whether a trade makes both positions smaller and asks for nothing else. What is margined
    together with others may need them; see `portfolios`."""
    match signed.command:
        case Trade(premium=0, first_collateral=0, second_collateral=0) as trade:
            first = lots_of(world, trade.instrument, trade.first)
            second = lots_of(world, trade.instrument, trade.second)
            alone = not any(
                member_of(world, trade.instrument, account, lots)
                for account, lots in ((trade.first, first), (trade.second, second))
            )
            return alone and first <= -trade.lots and second >= trade.lots
        case _:
            return False


def _unharmed(before: World, after: World, chain: Sequence[Signed]) -> Iterator[Violation]:
    """Nobody who has not signed has less, owes more, or holds other lots, but by an event that says
    so: an assignment, or a deficit that it bears."""
    events = after.events[len(before.events) :]
    signers = {signer.account for signed in chain for signer in signed.signers}
    touched = signers | _told(before, events)
    completes = any(isinstance(signed.command, Complete) for signed in chain)
    for (asset, holding), units in _changed(before.balances, after.balances):
        if units >= 0 or holding.account in touched or holding.purpose not in _OF_ACCOUNTS:
            continue
        if holding.purpose == Purpose.RESERVED and completes:
            continue  # its owner has promised it to the payee, who signs
        if _stands_behind(before, holding.account):
            continue
        if not _moved_within(before, after, asset, holding.account):
            words = f"{holding.account} has {-units} {asset} less by another's {_named(chain)}"
            yield Violation(14, words)
    for (handle, account), _ in _changed(before.positions, after.positions):
        if account not in touched:
            words = f"lots of {account} in instrument {handle} changed by another's command"
            yield Violation(14, words)
    for debt, units in _changed(before.debts, after.debts):
        if units > 0 and debt.account not in touched:
            yield Violation(14, f"{debt.account} owes {units} more by another's command")


def _stands_behind(world: World, account: str) -> bool:
    """Whether holdings of an account may shrink since it stands behind every lot of an instrument:
    as a third party, or as the instrument itself."""
    return any(account in each.others for each in world.instruments.values())


def _moved_within(before: World, after: World, asset: str, account: str) -> bool:
    """Whether an account has as much of an asset as before, or has paid back its debt with it."""

    def has(world: World) -> int:
        own = (
            units
            for (each, holding), units in world.balances.items()
            if each == asset and holding.account == account and holding.purpose in _OF_ACCOUNTS
        )
        owes = (
            units
            for debt, units in world.debts.items()
            if debt.account == account and debt.asset == asset
        )
        return sum(own) - sum(owes)

    return has(after) >= has(before)


def _told(before: World, events: Sequence[Happening]) -> set[str]:
    """Who was assigned, bears a deficit, or holds lots of which all have taken a choice."""
    told: set[str] = set()
    assigned: set[int] = set()
    chosen: set[int] = set()
    for event in events:
        match event:
            case Assigned(instrument=handle, account=account):
                told.add(account)
                assigned.add(handle)
            case ShortPaid(account=account):
                told.add(account)
            case ChoiceTaken(instrument=handle):
                chosen.add(handle)
    if by_all := chosen - assigned:
        told |= {account for handle, account in before.positions if handle in by_all}
    return told


def _changed(before: Mapping[Any, int], after: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """What changed in a table of numbers, and by how much."""
    if before == after:
        return []
    keys = {key for key, _ in before.items() ^ after.items()}
    return [(key, after.get(key, 0) - before.get(key, 0)) for key in sorted(keys)]


# --- 15 ----------------------------------------------------------------------------------------


def _parameters(before: World, after: World) -> Iterator[Violation]:
    """What is registered stands as it was registered, whoever commands."""
    for table in ("assets", "issuers", "supplies", "definitions"):
        was, now = getattr(before, table), getattr(after, table)
        if now != was and any(now.get(key) != value for key, value in was.items()):
            yield Violation(15, f"a command changed what was registered among {table}")
    if after.feeds != before.feeds:
        for name, feed in before.feeds.items():
            if _registered(after.feeds[name]) != _registered(feed):
                yield Violation(15, f"a command changed feed {name}")
            elif after.feeds[name] != feed:
                yield Violation(15, f"a command moved feed {name}")


def _registered(feed: Feed) -> Feed:
    return replace(feed, newest=None)
