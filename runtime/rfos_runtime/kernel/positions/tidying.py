"""Collateral that nothing needs any more becomes free, and debts to the insurance fund are paid
from whatever is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, What, Why, happen
from rfos_runtime.kernel.world import World, touch


def tidy(state: State) -> None:
    """Frees collateral by instrument and account, then pays debts by account and instrument."""
    places = _idle(state)
    state.make_room({Of.BALANCES: 2 * len(places)} if len(places) else {}, 2 * len(places))
    if len(places):
        _free(state.world, state.told, places)
    debts = int(state.world.counts[Of.DEBTS]["lying"])
    if debts:
        state.make_room({}, 2 * debts)
        repay_all(state.world, state.told)


def _idle(state: State) -> NDArray[np.int64]:
    """Positions that have posted what they do not need, by instrument and account."""
    if state.world.counts[Of.POSITIONS]["lying"] == 0:
        return np.empty(0, np.int64)
    rows = state.world.positions
    posted = np.flatnonzero((rows["collateral"] != 0) | (rows["collateral2"] != 0))
    if not len(posted):
        return posted
    found = rows[posted]
    marks = state.world.marks[found["instrument"]]
    same = marks["asset"] == marks["asset2"]
    needs = (found["lots"] > 0) | ((found["lots"] < 0) & same)
    idle = (found["collateral"] != 0) & ~needs
    idle |= (found["collateral2"] != 0) & (found["lots"] >= 0)
    idle &= found["owing"] == 0
    posted, found = posted[idle], found[idle]
    return posted[np.lexsort((found["account"], found["instrument"]))]


@compiled
def _free(world: World, told: Told, places: NDArray[np.int64]) -> None:
    for at in places:
        free_idle(world, told, at)


@within
def free_both(world: World, told: Told, trade: Any) -> None:
    """Frees what a trade has left idle, of the account that was opened first, first."""
    first, second = trade["account"], trade["target"]
    for account in (min(first, second), max(first, second)):
        at = place_of_pair(world.positions, trade["instrument"], account)
        if world.positions[at]["owing"] == 0:
            free_idle(world, told, at)


@within
def free_idle(world: World, told: Told, at: int) -> None:
    """Frees what a position has posted and does not need, the asset registered first, first."""
    row = world.positions[at]
    mark = world.marks[row["instrument"]]
    first_needed = row["lots"] > 0 or (row["lots"] < 0 and mark["asset"] == mark["asset2"])
    first = 0 if first_needed else row["collateral"]
    second = 0 if row["lots"] < 0 else row["collateral2"]
    if first + second == 0:
        return
    handle, account = row["instrument"], row["account"]
    if mark["asset"] < mark["asset2"]:
        _release(world, told, handle, account, mark["asset"], first)
        _release(world, told, handle, account, mark["asset2"], second)
    else:
        _release(world, told, handle, account, mark["asset2"], second)
        _release(world, told, handle, account, mark["asset"], first)


@within
def _release(world: World, told: Told, handle: int, account: int, asset: int, units: int) -> None:
    why, held, free = Why.RELEASE.value, Held.COLLATERAL.value, Held.FREE.value
    post(world, told, why, handle, asset, account, held, account, free, units)


# --- debts to the insurance fund ------------------------------------------------------------------


@compiled
def repay_all(world: World, told: Told) -> None:
    """Pays back what is owed to the fund from what its debtors have free."""
    repay(world, told)


@within
def repay(world: World, told: Told) -> None:
    """The same, for compiled functions: by account, instrument and asset."""
    account, instrument, asset = 0, 0, 0
    while True:
        at = _next_debt(world, account, instrument, asset)
        if at < 0:
            return
        row = world.debts[at]
        account, instrument, asset = row["account"], row["instrument"], row["asset"]
        place = place_of_balance(world.balances, account, asset)
        paid = min(row["units"], world.balances[place]["free"])
        if paid > 0:
            _pay_back(world, told, at, paid)


@within
def _next_debt(world: World, account: int, instrument: int, asset: int) -> int:
    """The debt that comes next after a key; -1 if none does."""
    found = -1
    for at in range(len(world.debts)):
        row = world.debts[at]
        if row["units"] == 0 or not _is_before(account, instrument, asset, row):
            continue
        if found < 0:
            found = at
            continue
        best = world.debts[found]
        if not _is_before(best["account"], best["instrument"], best["asset"], row):
            found = at
    return found


@within
def _is_before(account: int, instrument: int, asset: int, row: Any) -> Any:
    if account != row["account"]:
        return account < row["account"]
    if instrument != row["instrument"]:
        return instrument < row["instrument"]
    return asset < row["asset"]


@within
def _pay_back(world: World, told: Told, at: int, paid: int) -> None:
    row = world.debts[at]
    account, instrument, asset = row["account"], row["instrument"], row["asset"]
    why, free, fund = Why.REPAYMENT.value, Held.FREE.value, Held.FUND.value
    post(world, told, why, instrument, asset, account, free, 0, fund, paid)
    touch(world, Of.DEBTS.value, at)
    row["units"] -= paid
    if row["units"] == 0:
        touch(world, Of.ACCOUNTS.value, account)
        world.accounts[account]["owing"] -= 1
    happen(told, What.REPAID.value, instrument, asset, account, paid)
