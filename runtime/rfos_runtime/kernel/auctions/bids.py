"""Standing bids: who takes lots that are liquidated, how many at most, and at which price of the
clock."""

from typing import Any, NamedTuple

import numpy as np

from rfos_runtime.kernel.ledger.rules import ACCEPTED
from rfos_runtime.kernel.machine import within
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.positions.trading import known_instrument
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import World, one_more, touch
from rfos_runtime.records.codes import Code

_LIMIT_MAX = 2**63 - 1


@within
def bid(world: World, c: Any) -> int:
    """Places, replaces or withdraws a standing bid."""
    handle, account, lots = c["instrument"], c["account"], c["quantity"]
    if handle != 0 and not known_instrument(world, handle):
        return Code.UNKNOWN_INSTRUMENT.value
    if lots < 0 or c["price"] <= 0:
        return Code.MALFORMED.value
    at = place_of_pair(world.bids, handle, account)
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
    row["limit"] = c["price"]
    row["lots"] = lots
    return ACCEPTED


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


def lots_of(state: State, bidder: Bidder) -> int:
    """For how many lots a bid stands."""
    return int(state.world.bids[place_of_pair(state.world.bids, *bidder)]["lots"])


def fill(state: State, bidder: Bidder, lots: int) -> None:
    """So many lots of a bid have been taken."""
    at = int(place_of_pair(state.world.bids, *bidder))
    state.touched(Of.BIDS, at)["lots"] -= lots
