"""How a payment is met, holder by holder: from where it comes, and to whom it goes.

For each payer: its free balance, then its collateral for this instrument, then what it has pledged
to its pool, as far as the insurance fund buys it, then - where the fund stands behind its party -
an advance of the fund, which it owes. What is missing after that is the caller's to allot.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.ledger.apply import balance_place
from rfos_runtime.kernel.machine import compiled, within
from rfos_runtime.kernel.places import place_of_balance, place_of_debt, place_of_pair
from rfos_runtime.kernel.portfolio import pledges
from rfos_runtime.kernel.portfolio.pools import pool_of
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, What, Why, happen, tell_of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.commands import SUPPLY_MAX
from rfos_runtime.records.holdings import OWN_FROM


class Cause(NamedTuple):
    """Why money moves in an instrument: for a contract's payment its clause and action, from 1;
    otherwise they are 0."""

    why: int
    instrument: int
    asset: int
    clause: int
    action: int


# --- balances -------------------------------------------------------------------------------------


@within
def _from_free(world: World, told: Told, of: Cause, account: int, units: int) -> int:
    """Takes what an account has free, up to so much. Returns what is missing."""
    at = place_of_balance(world.balances, account, of.asset)
    taken = min(units, world.balances[at]["free"])
    if taken > 0:
        touch(world, Of.BALANCES.value, at)
        world.balances[at]["free"] -= taken
        _tell_in(told, of, of.why, account, Held.FREE.value, taken)
    return units - taken


@within
def _from_collateral(world: World, told: Told, of: Cause, account: int, units: int) -> int:
    """The same, from what it has posted for the instrument, by itself or together with others."""
    if pool_of(world, of.instrument, account) == of.asset:
        return _from_pool(world, told, of, account, units)
    at = place_of_pair(world.positions, of.instrument, account)
    mark = world.marks[of.instrument]
    is_first = mark["asset"] == of.asset
    if world.positions[at]["account"] == 0 or not (is_first or mark["asset2"] == of.asset):
        return units
    row = world.positions[at]
    taken = min(units, row["collateral"] if is_first else row["collateral2"])
    if taken > 0:
        touch(world, Of.POSITIONS.value, at)
        if is_first:
            world.positions[at]["collateral"] -= taken
        else:
            world.positions[at]["collateral2"] -= taken
        _tell_in(told, of, of.why, account, Held.COLLATERAL.value, taken)
    return units - taken


@within
def _from_pool(world: World, told: Told, of: Cause, account: int, units: int) -> int:
    at = place_of_balance(world.elections, account, of.asset)
    taken = min(units, world.elections[at]["pool"])
    if taken > 0:
        touch(world, Of.ELECTIONS.value, at)
        world.elections[at]["pool"] -= taken
        _tell_in(told, of, of.why, account, Held.POOL.value, taken)
    return units - taken


@within
def _tell_in(told: Told, of: Cause, why: int, account: int, held: int, units: int) -> None:
    clearing = Held.CLEARING.value
    clause, action = (of.clause, of.action) if why == of.why else (0, 0)
    tell_of(told, why, of.instrument, clause, action, of.asset, account, held, 0, clearing, units)


@within
def _tell_out(told: Told, of: Cause, account: int, held: int, units: int) -> None:
    clause, action, clearing = of.clause, of.action, Held.CLEARING.value
    tell_of(
        told, of.why, of.instrument, clause, action, of.asset, 0, clearing, account, held, units
    )


# --- the insurance fund ---------------------------------------------------------------------------


@within
def _advance(world: World, told: Told, of: Cause, account: int, units: int) -> int:
    """Pays up to so much for an account, which owes it from now on. Returns what is missing."""
    paid = min(units, world.assets[of.asset]["fund"])
    if paid <= 0:
        return units
    touch(world, Of.ASSETS.value, of.asset)
    world.assets[of.asset]["fund"] -= paid
    _tell_in(told, of, Why.ADVANCE.value, 0, Held.FUND.value, paid)
    owe(world, account, of.instrument, of.asset, paid)
    happen(told, What.ADVANCED.value, of.instrument, of.asset, account, paid)
    return units - paid


@within
def owe(world: World, account: int, instrument: int, asset: int, units: int) -> None:
    """An account owes the insurance fund so much more for an instrument."""
    at = place_of_debt(world.debts, account, instrument, asset)
    touch(world, Of.DEBTS.value, at)
    row = world.debts[at]
    if row["account"] == 0:
        row["account"] = account
        row["instrument"] = instrument
        row["asset"] = asset
        one_more(world, Of.DEBTS.value)
    if row["units"] == 0:
        touch(world, Of.ACCOUNTS.value, account)
        world.accounts[account]["owing"] += 1
        touch(world, Of.TOTALS.value, 0)
        world.totals[0]["debts"] += 1
    row["units"] += units


# --- what comes into being ------------------------------------------------------------------------


@within
def _issue(world: World, told: Told, of: Cause, units: int) -> int:
    """Brings something into being, as far as the supply allows. Returns what is missing."""
    made = min(units, SUPPLY_MAX + world.assets[of.asset]["issued"])
    if made > 0:
        touch(world, Of.ASSETS.value, of.asset)
        world.assets[of.asset]["issued"] -= made
        _tell_in(told, of, of.why, 0, Held.ISSUED.value, made)
    return units - made


# --- payers and payees ----------------------------------------------------------------------------


@compiled
def collect(
    world: World,
    told: Told,
    of: Cause,
    accounts: NDArray[np.int64],
    units: NDArray[np.int64],
    covered: NDArray[np.bool_],
    lacking: NDArray[np.int64],
    collateral_first: bool,
) -> int:
    """Brings what payers owe into clearing. Returns what is missing in all; `lacking`: of each."""
    deficit = 0
    for place in range(len(accounts)):
        account, missing = accounts[place], units[place]
        if account == OWN_FROM:
            lacking[place] = _issue(world, told, of, missing)
            deficit += lacking[place]
            continue
        if collateral_first:
            missing = _from_collateral(world, told, of, account, missing)
        missing = _from_free(world, told, of, account, missing)
        if missing > 0 and not collateral_first:
            missing = _from_collateral(world, told, of, account, missing)
        if missing > 0 and pool_of(world, of.instrument, account) == of.asset:
            pledges.sell(world, told, of.instrument, account, of.asset, missing)
            missing = _from_pool(world, told, of, account, missing)
        if missing > 0 and covered[place]:
            missing = _advance(world, told, of, account, missing)
        lacking[place] = missing
        deficit += missing
    return deficit


@compiled
def pay_out(
    world: World,
    told: Told,
    of: Cause,
    accounts: NDArray[np.int64],
    units: NDArray[np.int64],
    short: NDArray[np.int64],
    left: NDArray[np.int64],
) -> None:
    """Brings what is in clearing to the payees, to each so much less than it is owed; `left`: what
    of that it does not get in kind either."""
    for place in range(len(accounts)):
        account, paid = accounts[place], units[place] - short[place]
        held, whose = Held.FREE.value, account
        if account == OWN_FROM:
            held, whose = Held.ISSUED.value, 0
        if paid > 0 and account == OWN_FROM:
            touch(world, Of.ASSETS.value, of.asset)
            world.assets[of.asset]["issued"] += paid
        elif paid > 0:
            world.balances[balance_place(world, account, of.asset)]["free"] += paid
        if paid > 0:
            _tell_out(told, of, whose, held, paid)
        if left[place] > 0:
            happen(told, What.SHORT_PAID.value, of.instrument, of.asset, account, left[place])
