"""Debts to the insurance fund are paid from whatever their accounts have free, then from what they
have pledged, at once: after each command by those to whose balances it may have added, after the
tick by all. So who owes something of an asset never has any of it free in between.
"""

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_balance
from rfos_runtime.kernel.portfolio import pledges
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.room import EVENTS_OF_A_SALE, pledges_drawn
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, What, Why, happen
from rfos_runtime.kernel.world import World, touch


def repay_all(state: State) -> None:
    """Pays back what is owed, by account, instrument and asset."""
    if state.world.totals[0]["debts"] == 0:
        return
    rows = state.world.debts
    owed = np.flatnonzero(rows["units"])
    names = ("asset", "instrument", "account")
    sales = pledges_drawn(state.world, 0)
    state.make_room({}, 2 * len(owed) + EVENTS_OF_A_SALE * sales)
    _repay(state.world, state.told, owed[np.lexsort([rows[name][owed] for name in names])])


@compiled
def _repay(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        _pay_back(world, told, at)


@within
def repay(world: World, told: Told, account: int) -> None:
    """The same of one account, by instrument and asset."""
    at = -1
    while world.accounts[account]["owing"] != 0:
        at = _next_debt(world, account, at)
        if at < 0:
            return
        _pay_back(world, told, at)


@within
def _next_debt(world: World, account: int, last: int) -> int:
    """The debt of an account that comes after another one of it, or the first; -1 if none does."""
    found = -1
    for at in range(len(world.debts)):
        row = world.debts[at]
        if row["account"] != account or row["units"] == 0:
            continue
        is_after = last < 0 or _is_before(world, last, at)
        if is_after and (found < 0 or _is_before(world, at, found)):
            found = at
    return found


@within
def _is_before(world: World, one: int, other: int) -> bool:
    first, second = world.debts[one], world.debts[other]
    if first["instrument"] != second["instrument"]:
        return first["instrument"] < second["instrument"]
    return first["asset"] < second["asset"]


@within
def _pay_back(world: World, told: Told, at: int) -> None:
    row = world.debts[at]
    account, instrument, asset = row["account"], row["instrument"], row["asset"]
    place = place_of_balance(world.balances, account, asset)
    paid = min(row["units"], world.balances[place]["free"])
    why, free, fund = Why.REPAYMENT.value, Held.FREE.value, Held.FUND.value
    post(world, told, why, instrument, asset, account, free, 0, fund, paid)
    if paid < row["units"]:
        paid += pledges.settle(world, told, instrument, account, asset, row["units"] - paid)
    if paid <= 0:
        return
    touch(world, Of.DEBTS.value, at)
    row["units"] -= paid
    if row["units"] == 0:
        touch(world, Of.ACCOUNTS.value, account)
        world.accounts[account]["owing"] -= 1
        touch(world, Of.TOTALS.value, 0)
        world.totals[0]["debts"] -= 1
    happen(told, What.REPAID.value, instrument, asset, account, paid)
