"""Choices that were lodged for their deadline: rows that lie until an event of their instrument."""

from typing import NamedTuple

import numpy as np

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.contracts.holders import Standing
from rfos_runtime.kernel.places import place_of_lodged
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of

_AMOUNT = 8
"""Bytes."""


class Lodging(NamedTuple):
    """Whose choice: `choice` counts in the definition's choices; for how many lots, and the amounts
    that were chosen, a lot."""

    account: int
    choice: int
    lots: int
    amounts: tuple[int, ...]


def lodge(state: State, handle: int, lodging: Lodging) -> None:
    """Lodges a choice, in place of what the account has lodged of it; for no lots, withdraws it."""
    key = lodging.account, handle, lodging.choice
    if lodging.lots == 0:
        return withdraw(state, handle, lodging.account, lodging.choice)
    state.make_room({Of.LODGED: 1})
    at = heap.stored(state, np.array(lodging.amounts, np.int64).tobytes())
    place = int(place_of_lodged(state.world.lodged, *key))
    if state.world.lodged[place]["account"] == 0:
        state.touched(Of.COUNTS, Of.LODGED)["lying"] += 1
    row = state.touched(Of.LODGED, place)
    row["account"], row["instrument"], row["choice"] = key
    row["lots"], row["at"], row["amounts"] = lodging.lots, at, len(lodging.amounts)


def withdraw(state: State, handle: int, account: int, choice: int) -> None:
    """Nothing of a choice is lodged any more by an account."""
    place = int(place_of_lodged(state.world.lodged, account, handle, choice))
    if state.world.lodged[place]["lots"] != 0:
        state.touched(Of.LODGED, place)["lots"] = 0


def lodged_in(state: State, handle: int) -> list[Lodging]:
    """What has been lodged in an instrument, as accounts were opened."""
    if state.world.counts[Of.LODGED]["lying"] == 0:
        return []
    rows = state.world.lodged
    places = np.flatnonzero((rows["instrument"] == handle) & (rows["lots"] != 0))
    found = [_lodging(state, place) for place in places.tolist()]
    return sorted(found)


def _lodging(state: State, place: int) -> Lodging:
    row = state.world.lodged[place]
    data = heap.read(state, int(row["at"]), _AMOUNT * int(row["amounts"]))
    amounts = tuple(np.frombuffer(data, np.int64).tolist())
    return Lodging(int(row["account"]), int(row["choice"]), int(row["lots"]), amounts)


def held_of(lodged: list[Lodging], party: Standing) -> Standing:
    """The lots of lodged choices, as far as their accounts still hold them for a party."""
    held = dict(zip(party.accounts.tolist(), party.lots.tolist(), strict=True))
    found = {
        each.account: min(held[each.account], each.lots) for each in lodged if each.account in held
    }
    return Standing(np.array([*found], np.int64), np.array([*found.values()], np.int64))
