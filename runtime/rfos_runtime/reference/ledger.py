"""The ledger: balances per asset and holding, and the one function that moves them.

Every posting is a double entry, so the balances of an asset always add up to zero: what is held
inside is owed to `OUTSIDE`, or to `ISSUED` where a contract brought it into being. Supply is
bounded, so every balance fits a signed 64-bit integer.
"""

from collections.abc import Iterable, Mapping

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import SUPPLY_MAX, Deposit, RegisterAsset, Transfer, Withdraw
from rfos_runtime.records.events import Cause, Posted
from rfos_runtime.records.holdings import ISSUED, OUTSIDE, Holding, free
from rfos_runtime.reference.limits import count_outgoing, limit_of
from rfos_runtime.reference.world import World


def balance(world: World, asset: str, holding: Holding) -> int:
    """What a holding has of an asset, in minor units."""
    return world.balances.get((asset, holding), 0)


def post(
    world: World, asset: str, debit: Holding, credit: Holding, units: int, cause: Cause
) -> None:
    """Moves `units` >= 0 from one holding to another. Both sides change, or nothing does."""
    assert units >= 0, "a negative posting"
    if units == 0 or debit == credit:
        return
    covered = debit in (OUTSIDE, ISSUED) or balance(world, asset, debit) >= units
    assert covered, "a posting beyond a balance"
    _change(world, asset, debit, -units)
    _change(world, asset, credit, units)
    world.tell(Posted(asset, debit, credit, units, cause))


def draw(
    world: World,
    asset: str,
    sources: Iterable[Holding],
    credit: Holding,
    units: int,
    cause: Cause,
) -> int:
    """Moves up to `units` from the sources, each in its turn. Returns what is still missing."""
    for source in sources:
        taken = min(units, balance(world, asset, source))
        post(world, asset, source, credit, taken, cause)
        units -= taken
    return units


def _change(world: World, asset: str, holding: Holding, units: int) -> None:
    after = balance(world, asset, holding) + units
    world.balances[asset, holding] = after
    if after == 0:
        del world.balances[asset, holding]


# --- commands ----------------------------------------------------------------------------------


def register_asset(world: World, command: RegisterAsset) -> None:
    """A new asset, with 0 to 18 decimals."""
    require(command.asset not in world.assets, Code.ASSET_EXISTS)
    require(command.asset != "" and 0 <= command.places <= 18, Code.MALFORMED)
    require(0 < command.supply <= SUPPLY_MAX, Code.MALFORMED)
    world.assets[command.asset] = command.places
    world.supplies[command.asset] = command.supply
    if command.issuer:
        world.issuers[command.asset] = command.issuer


def deposit(world: World, command: Deposit) -> None:
    """Value from outside to a free balance."""
    require_account(world, command.account)
    require_amount(world, command.asset, command.units)
    require(command.asset not in world.issuers, Code.ISSUED_ASSET)
    require_receipt(command.receipt, world.deposited)
    supply = -balance(world, command.asset, OUTSIDE)
    require(supply + command.units <= world.supplies[command.asset], Code.SUPPLY_TOO_LARGE)
    require_room(world, command.account, command.asset, command.units)
    book(world, command.receipt, world.deposited)
    post(world, command.asset, OUTSIDE, free(command.account), command.units, Cause("deposit"))


def withdraw(world: World, command: Withdraw) -> None:
    """Value from a free balance to outside; not while the account owes the insurance fund."""
    require_amount(world, command.asset, command.units)
    require(command.asset not in world.issuers, Code.ISSUED_ASSET)
    require_receipt(command.receipt, world.withdrawn)
    require(not is_in_debt(world, command.account), Code.IN_DEBT)
    send(world, command.asset, command.account, OUTSIDE, command.units, Cause("withdrawal"))
    book(world, command.receipt, world.withdrawn)


def transfer(world: World, command: Transfer) -> None:
    """From one free balance to another."""
    payer, payee, asset, units = command.payer, command.payee, command.asset, command.units
    require_transfer(world, payer, payee, asset, units)
    if payer != payee:
        require_room(world, payee, asset, units)
    send(world, asset, payer, free(payee), units, Cause("transfer"))


def spend(
    world: World, asset: str, account: str, credit: Holding, units: int, cause: Cause
) -> None:
    """Moves `units` out of a free balance, or refuses."""
    left = balance(world, asset, free(account)) - units
    require(left >= 0, Code.INSUFFICIENT_FREE)
    require(left >= limit_of(world, account, asset).floor, Code.BELOW_FLOOR)
    post(world, asset, free(account), credit, units, cause)


def send(world: World, asset: str, account: str, credit: Holding, units: int, cause: Cause) -> None:
    """The same, for units that leave the account's own hands: they count for its day."""
    count_outgoing(world, account, asset, units)
    spend(world, asset, account, credit, units, cause)


def require_transfer(world: World, payer: str, payee: str, asset: str, units: int) -> None:
    """Refuses what no transfer may be, whatever the balances."""
    require_account(world, payee)
    require_amount(world, asset, units)
    require(not is_in_debt(world, payer), Code.IN_DEBT)


def require_room(world: World, account: str, asset: str, units: int) -> None:
    """Refuses units that would bring a free balance above its ceiling."""
    after = balance(world, asset, free(account)) + units
    require(after <= limit_of(world, account, asset).ceiling, Code.ABOVE_CEILING)


def require_receipt(receipt: bytes, booked: Mapping[bytes, int]) -> None:
    """Refuses a receipt that has counted already. An empty one is none."""
    require(len(receipt) in (0, 32), Code.MALFORMED)
    require(receipt not in booked, Code.RECEIPT_USED)


def book(world: World, receipt: bytes, booked: dict[bytes, int]) -> None:
    """From now on a receipt has counted, unless it is none."""
    if any(receipt):
        booked[receipt] = world.number + 1


def require_account(world: World, account: str) -> None:
    """Refuses unless the account is open."""
    require(account in world.accounts, Code.UNKNOWN_ACCOUNT)


def require_amount(world: World, asset: str, units: int) -> None:
    """Refuses unless the asset is known and the amount a positive one."""
    require(asset in world.assets, Code.UNKNOWN_ASSET)
    require(0 < units <= SUPPLY_MAX, Code.MALFORMED)


def is_in_debt(world: World, account: str) -> bool:
    """Whether an account owes the insurance fund."""
    return any(debt.account == account for debt in world.debts)
