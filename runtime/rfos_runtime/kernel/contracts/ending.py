"""How an instrument ends or freezes."""

import numpy as np

from rfos_runtime.kernel.auctions import bids, sealed
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.holders import close_all
from rfos_runtime.kernel.contracts.rows import NEVER, Is, Phase
from rfos_runtime.kernel.margin import appraising
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.portfolio import tabulating as tables
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Over, What


def end(state: State, handle: int) -> None:
    """Nothing is left of an instrument but its dated payments; positions close, and what is set
    aside for bids for them is free again."""
    _stop(state, handle, Phase.ENDED)
    held = living.besides_of(state, handle).held
    living.has_besides(state, handle, living.Besides(held=held))
    close_all(state, handle)
    forget(state, handle, Over.POSITION_CLOSED)
    state.tell(What.ENDED, instrument=handle)
    bids.end_in(state, handle)
    sealed.end_in(state, handle)


def freeze(state: State, handle: int, status: int) -> None:
    """A timed event was refused: nothing fires any more, margin stands at its worst case."""
    _stop(state, handle, Phase.FROZEN)
    state.touched(Of.INSTRUMENTS, handle)["reason"] = status
    before = living.besides_of(state, handle)
    living.has_besides(state, handle, before._replace(heard=()))
    forget(state, handle, Over.MARK_UNKNOWN)
    state.tell(What.FROZEN, instrument=handle, cause=status)


def _stop(state: State, handle: int, phase: Phase) -> None:
    row = state.touched(Of.INSTRUMENTS, handle)
    row["phase"], row["next_due"], row["wakes"] = phase, NEVER, NEVER
    row["flags"] = int(row["flags"]) & ~int(Is.MARKED)


def forget(state: State, handle: int, reason: Over) -> None:
    """Drops what was lodged for an instrument, its auctions, and what is said of it."""
    appraising.forget(state, handle)
    tables.forget(state, handle)
    for at in np.flatnonzero(state.world.lodged["instrument"] == handle).tolist():
        state.touched(Of.LODGED, at)["lots"] = 0
    rows = state.world.auctions
    running = np.flatnonzero((rows["instrument"] == handle) & (rows["open"] != 0))
    for at in running[np.argsort(rows["account"][running])].tolist():
        account = int(rows["account"][at])
        state.touched(Of.AUCTIONS, at)["open"] = 0
        place = place_of_pair(state.world.positions, handle, account)
        state.touched(Of.POSITIONS, int(place))["auction"] = 0
        state.tell(What.AUCTION_ENDED, instrument=handle, debit=account, cause=reason)
