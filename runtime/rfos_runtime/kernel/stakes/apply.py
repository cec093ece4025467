"""Staking, notice, paying out: as `reference/stakes` says. Shares of an earlier epoch are void."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.arithmetic import MOST, part, part_up
from rfos_runtime.kernel.contracts.rows import NEVER
from rfos_runtime.kernel.ledger.apply import amount, balance_place, spending
from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.settings.apply import value_of
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import COUNT, Held, Told, What, Why, happen, tell
from rfos_runtime.kernel.world import World, begin, one_more, touch
from rfos_runtime.records.codes import Code
from rfos_runtime.records.parameters import Parameter


@within
def stake(world: World, told: Told, c: Any) -> int:
    """Free balance into the fund, for shares."""
    account, asset, units = c["account"], c["asset"], c["quantity"]
    code = amount(world, asset, units)
    if code != ACCEPTED:
        return code
    if world.accounts[account]["owing"]:
        return Code.IN_DEBT.value
    row = world.assets[asset]
    has, there, nobodys = row["fund"], row["shares"], row["nobodys"]
    if has == 0:
        there, nobodys = 0, 0
    if has > 0 and there == 0:
        there, nobodys = has, has
    shares = part(units, there, has) if has else units
    if shares == 0:
        return Code.TOO_FEW_SHARES.value
    if shares > MOST - there:
        return Code.SUPPLY_TOO_LARGE.value
    price = part_up(shares, has, there) if has else shares
    code = spending(world, account, asset, price)
    if code != ACCEPTED:
        return code
    world.balances[balance_place(world, account, asset)]["free"] -= price
    touch(world, Of.ASSETS.value, asset)
    row["epoch"] += has == 0
    row["fund"] += price
    row["shares"] = there + shares
    row["nobodys"] = nobodys
    world.shares[_share(world, account, asset)]["shares"] += shares
    held, fund = Held.FREE.value, Held.FUND.value
    tell(told, Why.STAKE.value, asset, account, held, 0, fund, price)
    return ACCEPTED


@within
def _share(world: World, account: int, asset: int) -> int:
    """The place of shares that are about to change; made, or emptied, if they are none."""
    at = place_of_balance(world.shares, account, asset)
    begin(world, Of.SHARES.value, world.shares, at, account, asset)
    row = world.shares[at]
    if row["epoch"] != world.assets[asset]["epoch"]:
        row["epoch"] = world.assets[asset]["epoch"]
        row["shares"] = 0
        row["leaving"] = 0
    return at


@within
def unstake(world: World, c: Any) -> int:
    """Notice: shares are paid out when its time has run out."""
    account, asset, shares = c["account"], c["asset"], c["quantity"]
    code = amount(world, asset, shares)
    if code != ACCEPTED:
        return code
    at = place_of_balance(world.shares, account, asset)
    row, epoch = world.shares[at], world.assets[asset]["epoch"]
    free = row["shares"] - row["leaving"] if row["epoch"] == epoch else 0
    if free < shares:
        return Code.TOO_FEW_SHARES.value
    touch(world, Of.SHARES.value, at)
    row["leaving"] += shares
    touch(world, Of.TOTALS.value, 0)
    world.totals[0]["counter"] += 1
    number = one_more(world, Of.LEAVING.value)
    touch(world, Of.LEAVING.value, number)
    notice = world.leaving[number]
    notice["number"] = world.totals[0]["counter"]
    notice["account"] = account
    notice["asset"] = asset
    notice["epoch"] = epoch
    notice["shares"] = shares
    notice["at"] = world.totals[0]["time"] + value_of(world, asset, Parameter.NOTICE.value)
    return ACCEPTED


def _waiting(world: World) -> NDArray[np.bool_]:
    rows = world.leaving
    return (rows["at"] != 0) & (rows["epoch"] == world.assets["epoch"][rows["asset"]])


def next_due(world: World) -> int:
    """When the next shares are paid out; NEVER if none are."""
    if world.counts[Of.LEAVING]["lying"] == 0:
        return NEVER
    return int(np.min(world.leaving["at"][_waiting(world)], initial=NEVER))


def pay_out(world: World, told: Told) -> None:
    """Pays the shares whose notice has run out, in the order of their notices."""
    if world.counts[Of.LEAVING]["lying"] == 0:
        return
    due = np.flatnonzero(_waiting(world) & (world.leaving["at"] <= world.totals[0]["time"]))
    if len(due):
        _pay_all(world, told, due)


@compiled
def _pay_all(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        touch(world, Of.LEAVING.value, at)
        notice = world.leaving[at]
        notice["at"] = 0
        account, asset, shares = notice["account"], notice["asset"], notice["shares"]
        touch(world, Of.ASSETS.value, asset)
        row = world.assets[asset]
        units = part(shares, row["fund"], row["shares"])
        row["fund"] -= units
        row["shares"] -= shares
        own = world.shares[_share(world, account, asset)]
        own["shares"] -= shares
        own["leaving"] -= shares
        if units > 0:
            world.balances[balance_place(world, account, asset)]["free"] += units
            held, fund = Held.FREE.value, Held.FUND.value
            tell(told, Why.UNSTAKE.value, asset, 0, fund, account, held, units)
        happen(told, What.UNSTAKED.value, 0, asset, account, units)
        told.rows[told.written[COUNT] - 1]["credit"] = shares
