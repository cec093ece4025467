"""What a trade costs each side, and who need not pay all of it.

The base is the premium where there is one; else what the side's lots add to its initial margin.
The rate is that of the account's tier in the asset: by its turnover, the bases of its trades, in
the 30 days before the present 30. A healthy account - its equity after the trade a multiple of its
initial margin - pays less. A negative rate is a rebate, paid out of what fees have come in, as far
as that goes. A position that only shrinks pays what the account has, for reducing risk always
passes.
"""

from rfos_runtime.records.commands import DAY, ONE, Trade
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import FEES, FUND, free
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference import ledger, margin
from rfos_runtime.reference.bounds import within
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.positions import side_of
from rfos_runtime.reference.sides import asset_of_side
from rfos_runtime.reference.world import Turnover, World

PERIOD = 30 * DAY


def charge(world: World, command: Trade, account: str, shrinks: bool) -> None:
    """Takes the fee of one side of a trade, or pays its rebate. Refuses a fee that the side cannot
    pay."""
    asset, base = _base(world, command, account)
    if asset is None or base == 0:
        return
    fee = fee_of(world, command.instrument, account, asset, base)
    _count(world, account, asset, base)
    if fee < 0:
        rebate = min(-fee, ledger.balance(world, asset, FEES))
        cause = Cause("rebate", command.instrument)
        return ledger.post(world, asset, FEES, free(account), rebate, cause)
    cause = Cause("fee", command.instrument)
    if shrinks:
        fee = min(fee, ledger.balance(world, asset, free(account)))
        ledger.post(world, asset, free(account), FEES, fee, cause)
    else:
        ledger.spend(world, asset, account, FEES, fee, cause)
    to_fund = fee * value_of(world, asset, Parameter.FUND_SHARE) // ONE
    ledger.post(world, asset, FEES, FUND, to_fund, cause)


def fee_of(world: World, handle: int, account: str, asset: str, base: int) -> int:
    """What a side pays for a trade of a base, rounded down; negative: what it is paid."""
    rate = value_of(world, asset, _tier(world, account, asset))
    fee = base * abs(rate) // ONE
    if rate < 0:
        return -fee
    if _is_healthy(world, handle, account, asset):
        fee -= fee * value_of(world, asset, Parameter.DISCOUNT) // ONE
    return fee


def turnover_of(world: World, account: str, asset: str) -> Turnover:
    """The turnover of an account as it stands in the present period."""
    period = world.time // PERIOD
    known = world.turnover.get((account, asset), Turnover(period, 0, 0))
    match period - known.period:
        case 0:
            return known
        case 1:
            return Turnover(period, 0, known.now)
        case _:
            return Turnover(period, 0, 0)


def _count(world: World, account: str, asset: str, base: int) -> None:
    known = turnover_of(world, account, asset)
    world.turnover[account, asset] = known._replace(now=within(known.now + base))


def _tier(world: World, account: str, asset: str) -> Parameter:
    before = turnover_of(world, account, asset).before
    if before >= value_of(world, asset, Parameter.TURNOVER_3):
        return Parameter.FEE_3
    if before >= value_of(world, asset, Parameter.TURNOVER_2):
        return Parameter.FEE_2
    return Parameter.FEE


def _base(world: World, command: Trade, account: str) -> tuple[str | None, int]:
    """On what a side's fee is reckoned, and in which asset."""
    if command.premium:
        return command.premium_asset, abs(command.premium)
    lots = command.lots if account == command.first else -command.lots
    asset = asset_of_side(world, command.instrument, side_of(lots))
    return asset, margin.requirement(world, command.instrument, lots).initial


def _is_healthy(world: World, handle: int, account: str, asset: str) -> bool:
    found = margin.margin_of(world, handle, account)
    needed = -(-found.initial * value_of(world, asset, Parameter.HEALTHY) // ONE)
    return found.initial > 0 and found.equity >= within(needed)
