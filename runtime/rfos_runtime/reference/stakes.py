"""Shares in the insurance fund: what penalties, fees and repayments bring belongs to them, and what
it advances is theirs to lose.

A share is worth the part of what the fund has that it is of all shares. Whoever stakes pays the
price of whole shares, rounded up, so nobody loses more than a unit by rounding. What came in before
anybody had shares is nobody's: it has shares of its own, one a unit. When the fund has nothing,
whoever stakes begins anew, and the shares before are void.
"""

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import SUPPLY_MAX, Stake, Unstake
from rfos_runtime.records.events import Cause, Unstaked
from rfos_runtime.records.holdings import FUND, free
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.ledger import balance, is_in_debt, post, require_amount, spend
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.world import Leaving, World

NOBODY = ""
"""Who has the shares of what nobody staked."""


def stake(world: World, command: Stake) -> None:
    """Free balance into the fund, for shares."""
    account, asset = command.account, command.asset
    require_amount(world, asset, command.units)
    require(not is_in_debt(world, account), Code.IN_DEBT)
    has = balance(world, asset, FUND)
    if has == 0:
        _void(world, asset)
    if has > 0 and _all(world, asset) == 0:
        world.shares[asset, NOBODY] = has
    there = _all(world, asset)
    shares = command.units * there // has if has else command.units
    require(shares > 0, Code.TOO_FEW_SHARES)
    require(there + shares <= SUPPLY_MAX, Code.SUPPLY_TOO_LARGE)
    price = -(-shares * has // there) if has else shares
    spend(world, asset, account, FUND, price, Cause("stake"))
    world.shares[asset, account] = world.shares.get((asset, account), 0) + shares


def unstake(world: World, command: Unstake) -> None:
    """Notice: shares are paid out when its time has run out."""
    key = command.asset, command.account
    require_amount(world, command.asset, command.shares)
    promised = sum(
        each.shares for each in world.leaving.values() if (each.asset, each.account) == key
    )
    require(world.shares.get(key, 0) - promised >= command.shares, Code.TOO_FEW_SHARES)
    at = world.time + value_of(world, command.asset, Parameter.NOTICE)
    number = world.next_number()
    world.leaving[number] = Leaving(command.account, command.asset, command.shares, at)


def pay_out(world: World) -> None:
    """Pays the shares whose notice has run out."""
    due = [number for number, each in world.leaving.items() if each.at <= world.time]
    for number in due:
        account, asset, shares, _ = world.leaving.pop(number)
        units = shares * balance(world, asset, FUND) // _all(world, asset)
        post(world, asset, FUND, free(account), units, Cause("unstake"))
        world.shares[asset, account] -= shares
        if world.shares[asset, account] == 0:
            del world.shares[asset, account]
        world.tell(Unstaked(account, asset, shares, units))


def next_due(world: World) -> int | None:
    """When the next shares are paid out."""
    return min((each.at for each in world.leaving.values()), default=None)


def _all(world: World, asset: str) -> int:
    return sum(shares for (each, _), shares in world.shares.items() if each == asset)


def _void(world: World, asset: str) -> None:
    for key in [key for key in world.shares if key[0] == asset]:
        del world.shares[key]
    for number in [number for number, each in world.leaving.items() if each.asset == asset]:
        del world.leaving[number]
