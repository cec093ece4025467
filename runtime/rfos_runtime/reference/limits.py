"""What an account may do with its own free balance: limits that the operator sets, per asset.

They bind the account's own commands, and deposits and transfers to it. What a contract makes it pay
or get knows no limits: an obligation is an obligation.
"""

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import DAY, SUPPLY_MAX, Limit
from rfos_runtime.reference.world import World


def limit(world: World, command: Limit) -> None:
    """New limits for an account and an asset, in place of those before."""
    require(command.account in world.accounts, Code.UNKNOWN_ACCOUNT)
    require(command.asset in world.assets, Code.UNKNOWN_ASSET)
    bounds = (command.floor, command.ceiling, command.daily)
    require(all(0 <= each <= SUPPLY_MAX for each in bounds), Code.MALFORMED)
    require(command.floor <= command.ceiling, Code.MALFORMED)
    key = command.account, command.asset
    world.limits.pop(key, None)
    if command != Limit(*key):
        world.limits[key] = command


def limit_of(world: World, account: str, asset: str) -> Limit:
    """The limits of an account; the widest ones if none were set."""
    return world.limits.get((account, asset)) or Limit(account, asset)


def count_outgoing(world: World, account: str, asset: str, units: int) -> None:
    """Counts units that an account sends away today, or refuses them."""
    daily = limit_of(world, account, asset).daily
    if daily == SUPPLY_MAX:
        return
    today = world.time // DAY
    day, before = world.spent.get((account, asset), (today, 0))
    spent = units + (before if day == today else 0)
    require(spent <= daily, Code.ABOVE_DAILY)
    world.spent[account, asset] = today, spent
