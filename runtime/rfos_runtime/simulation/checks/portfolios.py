"""Invariants 2, 10 and 15 for what is margined together: what a policy requires is what it says, by
contract code asked anew and exact fractions; a pool is above maintenance or under auction; nothing
answers by itself and in a pool too; policies are elected and left as they may be, by their account.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field

from rfos_runtime.records.block import Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import ONE, Elect, Release, Trade
from rfos_runtime.records.holdings import Holding, Purpose
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.margin import CLOSED
from rfos_runtime.reference.portfolio import margin_of
from rfos_runtime.reference.positions import lots_of, shrinks
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.appraisals import Appraisals
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.requirements import Asking, Member, Needed, member_of, needed
from rfos_runtime.simulation.checks.stops import pauses

_MARGIN = (Code.BELOW_INITIAL, Code.OPENING_STOPPED)


@dataclass(slots=True)
class Portfolios:
    """Asks contract code by itself; `appraisals` know what counts of appraisers."""

    executor: InitVar[Executor]
    appraisals: Appraisals
    _asking: Asking = field(init=False)

    def __post_init__(self, executor: Executor) -> None:
        self._asking = Asking(executor)

    def ticked(self, before: World, after: World) -> Iterator[Violation]:
        """Looks at what time has done: it elects nothing."""
        self._asking.forget()
        if after.elections != before.elections:
            yield Violation(15, "an election changed and nobody had asked for it")

    def carried_out(
        self, before: World, after: World, chain: Sequence[Signed], codes: Sequence[Code]
    ) -> Iterator[Violation]:
        """Looks at a chain of commands."""
        if set(codes) != {Code.ACCEPTED}:
            if len(chain) == 1:
                yield from self._refused(before, chain[0], codes[0])
            return
        commands = [signed.command for signed in chain]
        asked = {(each.account, each.asset): each for each in commands if isinstance(each, Elect)}
        if asked or before.elections != after.elections:
            for member in sorted(before.elections.keys() | after.elections.keys()):
                was, now = before.elections.get(member), after.elections.get(member)
                if member in asked and len(chain) == 1:
                    yield from self._elected(before, after, asked[member])
                elif was != now and member not in asked:
                    yield Violation(15, f"the election of {member[0]} changed, and it did not ask")
        moves = _moving(commands)
        movers = [account for _, account in moves]
        for handle, account in sorted(set(moves)):
            yield from self._kept(before, after, handle, account, movers.count(account) == 1)

    def _refused(self, world: World, signed: Signed, code: Code) -> Iterator[Violation]:
        """Looks at a command that was refused by itself: not for margin, if it is a trade after
        which no pool lacks more."""
        match signed.command:
            case Trade(premium=0, first_collateral=0, second_collateral=0) as trade:
                sides = ((trade.first, trade.lots), (trade.second, -trade.lots))
            case _:
                return
        if code in _MARGIN and all(self._lowers(world, trade.instrument, *side) for side in sides):
            yield Violation(14, f"a trade after which nothing more is missing was refused: {code}")

    def _lowers(self, world: World, handle: int, account: str, more: int) -> bool:
        """Whether a position that has changed by some lots certainly needs no margin."""
        lots = world.positions.get((handle, account), 0)
        after = lots + more
        member = member_of(world, handle, account, after or lots)
        if member is None or member != member_of(world, handle, account, lots or after):
            return member is None and lots * after >= 0 and abs(after) < abs(lots)
        now, then = (self._lacking(world, member, {handle: each}) for each in (lots, after))
        if now is None or then is None:
            return False
        return then < now - 3

    def _lacking(self, world: World, member: Member, lots: dict[int, int]) -> int | None:
        """What a pool lacks with other lots; None if not all of its risk is known."""
        held = _held(world, member) | lots
        found = self._needed(world, member, held, opening=True)
        pool = world.balances.get((member[1], Holding(Purpose.COLLATERAL, member[0], 0)), 0)
        lacks = max(found.initial, found.maintenance) + found.exposure - pool
        return lacks if found.known == held.keys() else None

    def sealed(self, world: World) -> Iterator[Violation]:
        """Looks at every pool as a block has left it."""
        for member in sorted(world.elections):
            yield from self._required(world, member)
        for asset, holding in world.balances:
            is_pool = holding.purpose == Purpose.COLLATERAL and not holding.instrument
            if is_pool and (holding.account, asset) not in world.elections:
                yield Violation(2, f"{holding.account} has a pool of {asset}, and no policy")

    # --- elections

    def _elected(self, before: World, after: World, asked: Elect) -> Iterator[Violation]:
        member = asked.account, asked.asset
        wanted = asked.policy.hex() if any(asked.policy) else ""
        if after.elections.get(member, "") != wanted:
            yield Violation(15, f"{member[0]} elected another policy than it has")
        policy = before.policies.get(wanted)
        if wanted and (policy is None or policy.view.asset != asked.asset):
            yield Violation(15, f"{member[0]} elected a policy that is none of {asked.asset}")
        for handle, account in before.auctions:
            if account == member[0] and asked.asset in _assets(before, handle):
                yield Violation(15, f"{account} elected in the middle of an auction")
        if not wanted and _held(before, member):
            yield Violation(15, f"{member[0]} left a policy with positions under it")
        if wanted and self._short(after, member) > 1:
            yield Violation(10, f"{member[0]} elected a policy without its initial margin")

    def _kept(
        self, before: World, after: World, handle: int, account: str, once: bool
    ) -> Iterator[Violation]:
        """Whoever trades or takes collateral back has initial margin then, or lacks no more; in a
        pause nothing else will do than that. `once`: the chain has no other move of the account,
        which could be what it lacks more by."""
        for member, policy in after.elections.items():
            if member[0] == account and before.elections.get(member) == policy:
                paused = once and pauses(before, handle, after.time)
                short = self._short(after, member)
                if short <= 1 and not paused:
                    continue
                was = self._short(before, member)
                grows = not shrinks(*(lots_of(each, handle, account) for each in (before, after)))
                if short > 1 and short > was + 1:
                    words = f"{account} lacks {short} {member[1]} of its initial margin by its own"
                    yield Violation(10, words)
                elif paused and short > was + 1 and grows:
                    yield Violation(10, f"{account} opened in instrument {handle} in a pause")

    def _short(self, world: World, member: Member) -> int:
        """What is missing of initial margin, as far as risk is known."""
        found = self._needed(world, member, _held(world, member), opening=True)
        return found.initial - self._equity(world, member, found)

    # --- requirements

    def _required(self, world: World, member: Member) -> Iterator[Violation]:
        account, asset = member
        held = _held(world, member)
        found, said = self._needed(world, member, held), margin_of(world, *member)
        for handle in held:
            if world.balances.get((asset, Holding(Purpose.COLLATERAL, account, handle))):
                words = f"{asset} of {account} answers for instrument {handle} by itself too"
                yield Violation(2, words)
        equity = self._equity(world, member, found)
        if abs(said.equity - equity) > _pledges(world, member):
            yield Violation(10, f"the pool of {account} has {equity} {asset}, not {said.equity}")
        for name, mine, told in (
            ("maintenance", found.maintenance, said.maintenance),
            ("initial", found.initial, said.initial),
        ):
            if abs(mine - told) > 1:
                yield Violation(10, f"{name} of {account} is {mine} {asset}, not {told}")
        lives = any(world.instruments[each].phase not in CLOSED for each in found.known)
        is_sold = any((handle, account) in world.auctions for handle in held)
        if lives and equity < found.maintenance - 1 - _pledges(world, member) and not is_sold:
            yield Violation(10, f"the pool of {account} is below maintenance and not in auction")

    def _needed(
        self, world: World, member: Member, held: Mapping[int, int], opening: bool = False
    ) -> Needed:
        view = world.policies[world.elections[member]].view
        return needed(world, self._asking, view, held, self.appraisals.in_force, opening)

    def _equity(self, world: World, member: Member, found: Needed) -> int:
        account, asset = member
        pool = world.balances.get((asset, Holding(Purpose.COLLATERAL, account, 0)), 0)
        return pool + _worth(world, member) - found.exposure - _owed(world, member)


def _moving(commands: Sequence[object]) -> list[tuple[int, str]]:
    """Who trades or takes collateral back, in which instrument, as often as it does."""
    found: list[tuple[int, str]] = []
    for each in commands:
        match each:
            case Trade(instrument=handle, first=first, second=second):
                found += ((handle, first), (handle, second))
            case Release(instrument=handle, account=account):
                found.append((handle, account))
    return found


def _assets(world: World, handle: int) -> tuple[str | None, ...]:
    return asset_together(world, handle, 0), asset_together(world, handle, 1)


def _held(world: World, member: Member) -> dict[int, int]:
    """Lots by instrument of what belongs to a pool."""
    return {
        handle: lots
        for (handle, holder), lots in world.positions.items()
        if holder == member[0] and member_of(world, handle, holder, lots) == member
    }


def _worth(world: World, member: Member) -> int:
    """What is pledged to a pool counts for, at the last prices: to a minor unit for each asset."""
    asset = member[1]
    policy, worth = world.policies[world.elections[member]], 0
    for haircut, feed in zip(policy.view.haircuts, policy.feeds, strict=True):
        units = world.balances.get((haircut.asset, _pledged(member)), 0)
        newest = world.feeds[feed].newest
        price = 0 if newest is None else max(0, newest.value)
        unit, own = 10 ** world.assets[haircut.asset], 10 ** world.assets[asset]
        worth += units * price * (ONE - haircut.fraction) * own // (ONE * ONE * unit)
    return worth


def _pledged(member: Member) -> Holding:
    return Holding(Purpose.PLEDGED, member[0], 0, member[1])


def _pledges(world: World, member: Member) -> int:
    """How many assets are pledged to a pool."""
    haircuts = world.policies[world.elections[member]].view.haircuts
    return sum((each.asset, _pledged(member)) in world.balances for each in haircuts)


def _owed(world: World, member: Member) -> int:
    """Payments to come and debts of an account for what belongs to its pool."""
    account, asset = member
    to_come = (
        (each.instrument, units)
        for each in world.obligations.values()
        for payer, units in each.payers
        if payer == account and each.asset == asset
    )
    debts = (
        (debt.instrument, units)
        for debt, units in world.debts.items()
        if debt.account == account and debt.asset == asset
    )
    pairs = (*to_come, *debts)
    return sum(units for handle, units in pairs if _belongs(world, handle, member))


def _belongs(world: World, handle: int, member: Member) -> bool:
    """Whether what is owed for an instrument is owed by a pool: it has lots there; or none any
    more, and nothing that answers for them by itself."""
    account, asset = member
    if (handle, account) in world.positions:
        return handle in _held(world, member)
    alone = Holding(Purpose.COLLATERAL, account, handle)
    return asset in _assets(world, handle) and (asset, alone) not in world.balances
