"""What a trade costs each side: as `reference/fees` says. What fees have come in lies under an
account of the kernel's own."""

from typing import Any

from rfos_runtime.kernel.arithmetic import MOST, part, part_up
from rfos_runtime.kernel.fees.rows import FEES, PERIOD
from rfos_runtime.kernel.ledger.apply import spending
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.margin.measured import margin_at, needed
from rfos_runtime.kernel.margin.sides import asset_of_side, side_of
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.settings.apply import value_of
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why
from rfos_runtime.kernel.world import World, begin
from rfos_runtime.records.commands import ONE
from rfos_runtime.records.parameters import Parameter


@within
def charge(world: World, told: Told, c: Any, account: int, traded: int, reduces: bool) -> int:
    """Takes the fee of one side of a trade, or pays its rebate. Refuses a fee that the side cannot
    pay."""
    handle = c["instrument"]
    asset, base = _base(world, c, traded)
    if asset == 0 or base == 0:
        return ACCEPTED
    fee = _fee(world, handle, account, asset, base)
    _count(world, account, asset, base)
    free, fees = Held.FREE.value, Held.FEES.value
    if fee < 0:
        rebate = min(-fee, _free(world, FEES, asset))
        post(world, told, Why.REBATE.value, handle, asset, 0, fees, account, free, rebate)
        return ACCEPTED
    if reduces:
        fee = min(fee, _free(world, account, asset))
    else:
        code = spending(world, account, asset, fee)
        if code != ACCEPTED:
            return code
    post(world, told, Why.FEE.value, handle, asset, account, free, 0, fees, fee)
    to_fund = part(fee, value_of(world, asset, Parameter.FUND_SHARE.value), ONE)
    post(world, told, Why.FEE.value, handle, asset, 0, fees, 0, Held.FUND.value, to_fund)
    return ACCEPTED


@within
def _base(world: World, c: Any, traded: int) -> tuple[int, int]:
    """On what a side's fee is reckoned, and in which asset: the premium, else its initial margin
    for the lots that it takes."""
    if c["price"] != 0:
        return c["asset"], abs(c["price"])
    mark, flags = world.marks[c["instrument"]], world.instruments[c["instrument"]]["flags"]
    return asset_of_side(mark, side_of(traded)), needed(mark, flags, traded).initial


# --- rates ---------------------------------------------------------------------------------------


@within
def _fee(world: World, handle: int, account: int, asset: int, base: int) -> int:
    """What a side pays, rounded down; negative: what it is paid."""
    rate = value_of(world, asset, _tier(world, account, asset))
    fee = part(base, abs(rate), ONE)
    if rate < 0:
        return -fee
    if _is_healthy(world, handle, account, asset):
        fee -= part(fee, value_of(world, asset, Parameter.DISCOUNT.value), ONE)
    return fee


@within
def _is_healthy(world: World, handle: int, account: int, asset: int) -> bool:
    found = margin_at(world, handle, account)
    healthy = value_of(world, asset, Parameter.HEALTHY.value)
    return found.initial > 0 and found.equity >= min(part_up(healthy, found.initial, ONE), MOST)


@within
def _tier(world: World, account: int, asset: int) -> int:
    before = _before(world, place_of_balance(world.turnover, account, asset))
    if before >= value_of(world, asset, Parameter.TURNOVER_3.value):
        return Parameter.FEE_3.value
    if before >= value_of(world, asset, Parameter.TURNOVER_2.value):
        return Parameter.FEE_2.value
    return Parameter.FEE.value


# --- turnover ------------------------------------------------------------------------------------


@within
def _before(world: World, at: int) -> int:
    """The turnover of the period before the present one."""
    row = world.turnover[at]
    passed = world.totals[0]["time"] // PERIOD - row["period"]
    if row["account"] == 0 or passed > 1:
        return 0
    return row["before"] if passed == 0 else row["now"]


@within
def _count(world: World, account: int, asset: int, base: int) -> None:
    at = place_of_balance(world.turnover, account, asset)
    begin(world, Of.TURNOVER.value, world.turnover, at, account, asset)
    row = world.turnover[at]
    before, period = _before(world, at), world.totals[0]["time"] // PERIOD
    if row["period"] != period:
        row["now"] = 0
    row["period"] = period
    row["before"] = before
    row["now"] = min(row["now"] + base, MOST)


# --- money ---------------------------------------------------------------------------------------


@within
def _free(world: World, account: int, asset: int) -> int:
    return world.balances[place_of_balance(world.balances, account, asset)]["free"]
