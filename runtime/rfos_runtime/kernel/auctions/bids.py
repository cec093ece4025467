"""Standing bids: who takes lots that are liquidated, how many at most, and at which price of the
clock."""

from typing import Any, NamedTuple

import numpy as np

from rfos_runtime.kernel.contracts.rows import Phase
from rfos_runtime.kernel.ledger import apply as ledger
from rfos_runtime.kernel.ledger.rules import ACCEPTED, spending
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.positions.trading import known_instrument
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, Told, Why
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.codes import Code

_LIMIT_MAX = 2**63 - 1


@within
def bid(world: World, told: Told, c: Any) -> int:
    """Places, replaces or withdraws a standing bid."""
    handle, account, lots, units = c["instrument"], c["account"], c["quantity"], c["a0"]
    if handle != 0 and not known_instrument(world, handle):
        return Code.UNKNOWN_INSTRUMENT.value
    if lots < 0 or c["price"] <= 0 or (lots == 0 and units != 0):
        return Code.MALFORMED.value
    if lots != 0 and world.instruments[handle]["phase"] == Phase.ENDED.value:
        return Code.INSTRUMENT_CLOSED.value
    return placed(world, told, handle, account, c["price"], lots, c["asset"], units)


@within
def placed(
    world: World,
    told: Told,
    handle: int,
    account: int,
    limit: int,
    lots: int,
    asset: int,
    units: int,
) -> int:
    """Places a bid where an account has one for an instrument, or none, with units of an asset set
    aside; without lots it is withdrawn."""
    at = place_of_pair(world.bids, handle, account)
    if units != 0:
        code = _may_set_aside(world, world.bids[at], account, asset, units)
        if code != ACCEPTED:
            return code
    if lots == 0 and world.bids[at]["account"] == 0:
        return ACCEPTED
    touch(world, Of.BIDS.value, at)
    row = world.bids[at]
    if row["account"] == 0:
        row["instrument"] = handle
        row["account"] = account
        one_more(world, Of.BIDS.value)
    if lots != 0:
        touch(world, Of.TOTALS.value, 0)
        world.totals[0]["counter"] += 1
        row["number"] = world.totals[0]["counter"]
    row["limit"] = limit
    row["lots"] = lots
    _give_back(world, told, row)
    if units != 0:
        why, free, held = Why.BID.value, Held.FREE.value, Held.RESERVED.value
        post(world, told, why, 0, asset, account, free, account, held, units)
        row["asset"] = asset
        row["units"] = units
    return ACCEPTED


@within
def _may_set_aside(world: World, before: Any, account: int, asset: int, units: int) -> int:
    """Whether an account may set units aside for a bid in place of those of the bid before."""
    code = ledger.amount(world, asset, units)
    if code != ACCEPTED:
        return code
    if world.accounts[account]["owing"]:
        return Code.IN_DEBT.value
    balance = world.balances[place_of_balance(world.balances, account, asset)]
    back = before["units"] if before["asset"] == asset else 0
    return spending(balance["free"] + back, units, balance["floor"])


@within
def _give_back(world: World, told: Told, row: Any) -> None:
    """What is set aside for a bid that is over, or replaced, is the account's own again."""
    why, free, held = Why.RETURN.value, Held.FREE.value, Held.RESERVED.value
    account = row["account"]
    post(world, told, why, 0, row["asset"], account, held, account, free, row["units"])
    row["asset"] = 0
    row["units"] = 0


class Bidder(NamedTuple):
    """Whose bid, and for positions of which instrument; 0: of any."""

    instrument: int
    account: int


def standing_at(state: State, handle: int, account: int, price: int) -> list[Bidder]:
    """The bids for an account's position in an instrument that stand at a clock price, best
    first."""
    if price > _LIMIT_MAX:
        return []
    rows = state.world.bids
    there = (rows["lots"] != 0) & (rows["limit"] >= price) & (rows["account"] != account)
    there &= (rows["instrument"] == 0) | (rows["instrument"] == handle)
    found = rows[there]
    order = np.lexsort((found["number"], -found["limit"]))
    pairs = zip(found["instrument"][order].tolist(), found["account"][order].tolist(), strict=True)
    return [Bidder(*each) for each in pairs]


def recall(state: State) -> None:
    """Ends the bids for which their accounts have set aside what they owe the insurance fund."""
    if state.world.totals[0]["debts"] == 0:
        return
    debts, bids = state.world.debts, state.world.bids
    owing = debts[debts["units"] != 0]
    owed = set(zip(owing["account"].tolist(), owing["asset"].tolist(), strict=True))
    places = [
        at
        for at in np.flatnonzero(bids["units"]).tolist()
        if (int(bids[at]["account"]), int(bids[at]["asset"])) in owed
    ]
    state.make_room({}, len(places))
    for at in sorted(places, key=lambda at: (bids[at]["account"], bids[at]["instrument"])):
        row = state.touched(Of.BIDS, at)
        row["lots"] = 0
        _give_back(state.world, state.told, row)


def end_in(state: State, handle: int) -> None:
    """Ends the bids for positions in an instrument alone."""
    rows = state.world.bids
    places = np.flatnonzero((rows["instrument"] == handle) & (rows["lots"] != 0)).tolist()
    state.make_room({}, len(places))
    for at in sorted(places, key=lambda at: rows[at]["account"]):
        state.may_touch(3)
        row = state.touched(Of.BIDS, at)
        row["lots"] = 0
        _give_back(state.world, state.told, row)


def lots_of(state: State, bidder: Bidder) -> int:
    """For how many lots a bid stands."""
    return int(state.world.bids[place_of_pair(state.world.bids, *bidder)]["lots"])


def set_aside(state: State, bidder: Bidder, asset: int) -> int:
    """What is set aside for a bid in an asset."""
    row = state.world.bids[place_of_pair(state.world.bids, *bidder)]
    return int(row["units"]) if row["asset"] == asset else 0


@within
def draw(world: World, told: Told, bidder: int, account: int, handle: int, units: int) -> None:
    """Frees units of what is set aside for a bid, for instrument `bidder` or any, that takes lots
    of an instrument over."""
    if units == 0:
        return
    at = place_of_pair(world.bids, bidder, account)
    touch(world, Of.BIDS.value, at)
    row = world.bids[at]
    row["units"] -= units
    why, free, held = Why.BID.value, Held.FREE.value, Held.RESERVED.value
    post(world, told, why, handle, row["asset"], account, held, account, free, units)


@within
def take(world: World, told: Told, bidder: int, account: int, lots: int) -> None:
    """A bid has taken so many lots over."""
    at = place_of_pair(world.bids, bidder, account)
    touch(world, Of.BIDS.value, at)
    row = world.bids[at]
    row["lots"] -= lots
    if row["lots"] == 0:
        _give_back(world, told, row)
