"""Closing at the mark what nobody took: against the holders of the opposite side, pro rata by lots,
the smallest number that restores the rest. What the position cannot pay follows the waterfall, so a
deficit is allotted exactly."""

import numpy as np

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.auctions.prices import Sale, lots_to_restore
from rfos_runtime.kernel.auctions.selling import Position
from rfos_runtime.kernel.contracts.allotment import allot
from rfos_runtime.kernel.contracts.holders import Standing, change_all, holders
from rfos_runtime.kernel.contracts.paying import Cause
from rfos_runtime.kernel.contracts.settlement import is_covered, pay
from rfos_runtime.kernel.margin.measured import margin_of
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.telling import What, Why


def close_at_mark(state: State, position: Position) -> None:
    """Closes lots against the opposite side: as many as restore the rest."""
    handle, account, mark = position.handle, position.account, position.row.exposure
    equity = int(margin_of(state.world, handle, account).equity)
    lots = lots_to_restore(equity, position.lots, position.row, Sale(mark, 0))
    against = _allotted(state, position, lots)
    _pay_at_mark(state, position, against, lots)
    accounts = np.array([account, *against.accounts.tolist()])
    signed = np.array([-position.signed(lots), *map(position.signed, against.lots.tolist())])
    change_all(state, handle, Standing(accounts, signed))
    for each, n in zip(against.accounts.tolist(), against.lots.tolist(), strict=True):
        state.tell(
            What.DELEVERAGED, instrument=handle, debit=each, credit=account, units=n, command=mark
        )


def _allotted(state: State, position: Position, lots: int) -> Standing:
    """Whose lots of the opposite side are closed, and how many."""
    opposite = holders(state, position.handle, 1 - position.side)
    names = [state.name(each) for each in opposite.accounts.tolist()]
    salt = state.salt + position.handle.to_bytes(8, "big")
    taken = allot(lots, names, opposite.lots, salt)
    return Standing(opposite.accounts[taken > 0], taken[taken > 0])


def _pay_at_mark(state: State, position: Position, against: Standing, lots: int) -> None:
    """The position pays the holders, or they pay it, so much a lot; never more in all than there
    can be."""
    handle, mark = position.handle, position.row.exposure
    amounts = against.lots * min(abs(mark), MOST // max(lots, 1))
    own = np.array([position.account]), np.array([amounts.sum()])
    cause = Cause(Why.CLOSE_OUT, handle, position.asset, 0, 0)
    if mark > 0:
        covered = np.array([position.covered])
        pay(state, cause, (*own, covered), (against.accounts, amounts), collateral_first=True)
    else:
        parties = np.full(len(amounts), 1 - position.side)
        payers = against.accounts, amounts, is_covered(state, handle, parties)
        pay(state, cause, payers, own, collateral_first=True)
