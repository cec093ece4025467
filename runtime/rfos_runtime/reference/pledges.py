"""What is posted for a pool besides its own asset: units of assets that the policy takes, with a
haircut.

    worth  =  units x price x (1 - haircut), rounded down to minor units of the pool's asset

The price is that of the feed that the policy was defined with. To open a position or to take
collateral back it must be good; otherwise the last one counts, however old: silence by itself
liquidates nobody, and whoever has pledged a little of what nobody prices any more is liquidated
like everybody else.

Pledged units pay what the pool itself cannot. The insurance fund buys them, as far as it has the
pool's asset and their price is one to be marked by; what it advances and is owed, it takes from
them in the same way. What is missing then goes to the payees in kind, at the last price. What is
bought or given is always the fewest units that are enough.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import ONE, Post, Release
from rfos_runtime.records.events import Cause, PaidInKind, PledgeBought
from rfos_runtime.records.holdings import FUND, free, is_own, pledged
from rfos_runtime.records.validity import Act
from rfos_runtime.reference import feeds, ledger
from rfos_runtime.reference.allotment import allot
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import PolicyView
from rfos_runtime.reference.pools import pool, pool_asset
from rfos_runtime.reference.world import World


class Pledge(NamedTuple):
    """Units of an asset that are pledged to a pool, and what one of them counts for, in minor units
    of the pool's asset with 18 decimals; 0 if that is not known."""

    asset: str
    units: int
    rate: int

    def worth(self, units: int) -> int:
        """What so many of them count for."""
        return min(units * self.rate // ONE, MOST)

    def enough(self, worth: int) -> int:
        """The fewest units that count for so much, or all; none if they count for nothing."""
        if self.worth(self.units) == 0:
            return 0
        return min(self.units, -(-worth * ONE // self.rate))


def pledges(world: World, account: str, asset: str, act: Act) -> Iterator[Pledge]:
    """What an account has pledged to its pool in an asset, in the order in which it is drawn on, at
    prices that are good enough for what is done."""
    name = world.elections.get((account, asset))
    if name is None:
        return
    view = world.policies[name].view
    for place, haircut in enumerate(view.haircuts):
        units = ledger.balance(world, haircut.asset, pledged(account, asset))
        if units:
            yield Pledge(haircut.asset, units, _rate(world, name, place, act))


def _rate(world: World, name: str, place: int, act: Act) -> int:
    policy = world.policies[name]
    haircut, price = policy.view.haircuts[place], feeds.known_for(world, policy.feeds[place], act)
    unit, own = 10 ** world.assets[haircut.asset], 10 ** world.assets[policy.view.asset]
    return max(price or 0, 0) * (ONE - haircut.fraction) * own // (ONE * unit)


def counted(world: World, account: str, asset: str, act: Act) -> int:
    """What all that is pledged to a pool counts for."""
    return min(sum(each.worth(each.units) for each in pledges(world, account, asset, act)), MOST)


# --- what is bought ----------------------------------------------------------------------------


def sell(world: World, handle: int, account: str, asset: str, needed: int) -> None:
    """Lets the insurance fund buy pledged units until the pool has so much more, as far as it has
    the pool's asset."""
    for bought, worth in list(_sold(world, account, asset, needed)):
        _take(world, handle, account, asset, bought, worth)
        ledger.post(world, asset, FUND, pool(account), worth, Cause("pledge", handle))


def brings(world: World, account: str, asset: str, needed: int) -> int:
    """How much more the pool would have then."""
    return sum(worth for _, worth in _sold(world, account, asset, needed))


def _sold(world: World, account: str, asset: str, needed: int) -> Iterator[tuple[Pledge, int]]:
    """What is bought of each pledge, and for how much."""
    cash = ledger.balance(world, asset, FUND)
    for each in pledges(world, account, asset, Act.MARK):
        units = each.enough(max(0, min(needed, cash)))
        units -= each.worth(units) > cash  # the last unit may cost more than there is
        worth = each.worth(units)
        if worth:
            yield each._replace(units=units), worth
            needed, cash = needed - worth, cash - worth


def settle(world: World, handle: int, account: str, asset: str, owed: int) -> int:
    """Lets the insurance fund take pledged units for what it is owed; what a last unit counts for
    above that is paid to the pool, as far as the fund can. Returns what they were good for."""
    if pool_asset(world, handle, account) != asset:
        return 0
    left = owed
    for each in list(pledges(world, account, asset, Act.MARK)):
        units = each.enough(left)
        if units == 0:
            continue
        over = max(0, each.worth(units) - left)
        change = min(over, ledger.balance(world, asset, FUND))
        worth = each.worth(units) - over
        _take(world, handle, account, asset, each._replace(units=units), worth + change)
        ledger.post(world, asset, FUND, pool(account), change, Cause("pledge", handle))
        left -= worth
    return owed - left


def _take(world: World, handle: int, account: str, asset: str, bought: Pledge, worth: int) -> None:
    source, cause = pledged(account, asset), Cause("pledge", handle)
    ledger.post(world, bought.asset, source, FUND, bought.units, cause)
    world.tell(PledgeBought(handle, account, bought.asset, bought.units, asset, worth))


# --- what is given in kind ---------------------------------------------------------------------


def give(
    world: World,
    handle: int,
    asset: str,
    missing: dict[str, int],
    short: dict[str, int],
    salt: bytes,
) -> dict[str, int]:
    """Gives the pledged units of accounts that lack something to those who are short of it, each
    the fewest that count for its part; pro rata where there are not enough. Returns what is short
    still."""
    short = dict(short)
    for account, units in missing.items():
        if pool_asset(world, handle, account) != asset:
            continue
        for each in list(pledges(world, account, asset, Act.LAST)):
            payees = {name: n for name, n in short.items() if n and not is_own(name)}
            parts = allot(min(units, sum(payees.values())), payees, salt)
            wanted = {name: each.enough(part) for name, part in parts.items()}
            given = allot(min(each.units, sum(wanted.values())), wanted, salt)
            for payee in given:
                part = each._replace(units=given[payee])
                worth = min(parts[payee], each.worth(part.units))
                if worth:
                    _give(world, handle, account, asset, payee, part, worth)
                short[payee] -= worth
                units -= worth
    return short


def _give(
    world: World, handle: int, account: str, asset: str, payee: str, given: Pledge, worth: int
) -> None:
    source, cause = pledged(account, asset), Cause("pledge", handle)
    ledger.post(world, given.asset, source, free(payee), given.units, cause)
    told = (account, payee, given.asset, given.units, asset, worth)
    world.tell(PaidInKind(handle, *told))


# --- commands ----------------------------------------------------------------------------------


def post(world: World, command: Post) -> None:
    """Free balance to what is pledged to a pool: the one that a position in an instrument belongs
    to, or would belong to."""
    asset = _pool_that_takes(world, command)
    account, cause = command.account, Cause("collateral", command.instrument)
    ledger.spend(world, command.asset, account, pledged(account, asset), command.units, cause)


def take_back(world: World, command: Release) -> str:
    """Pledged units back to the free balance. Returns the asset of their pool."""
    asset = _pool_that_takes(world, command)
    source = pledged(command.account, asset)
    enough = ledger.balance(world, command.asset, source) >= command.units
    require(enough, Code.INSUFFICIENT_COLLATERAL)
    cause = Cause("release", command.instrument)
    ledger.post(world, command.asset, source, free(command.account), command.units, cause)
    return asset


def _pool_that_takes(world: World, command: Post | Release) -> str:
    asset = pool_asset(world, command.instrument, command.account)
    if asset is None:
        raise Refused(Code.ASSET_NOT_TAKEN)
    view = world.policies[world.elections[command.account, asset]].view
    taken = {each.asset for each in view.haircuts}
    require(command.asset in taken, Code.ASSET_NOT_TAKEN)
    return asset


def give_back(world: World, account: str, asset: str, then: PolicyView | None) -> None:
    """Gives back what is pledged to a pool and is not taken under the policy that it has then."""
    taken = {each.asset for each in then.haircuts} if then is not None else set()
    for each in list(pledges(world, account, asset, Act.LAST)):
        if each.asset not in taken:
            source = pledged(account, asset)
            ledger.post(world, each.asset, source, free(account), each.units, Cause("release"))
