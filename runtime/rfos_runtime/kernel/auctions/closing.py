"""Closing at the mark what nobody took: against the holders of the opposite side, pro rata by lots
and leverage as `reference/auction` says, the smallest number that restores the rest. What the
position cannot pay follows the waterfall, so a deficit is allotted exactly."""

from collections.abc import Sequence

import numpy as np

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.auctions.prices import Sale
from rfos_runtime.kernel.auctions.selling import (
    Position,
    brought,
    has_free,
    has_posted,
    lots_to_sell,
    pace_of,
)
from rfos_runtime.kernel.contracts.allotment import allot_within
from rfos_runtime.kernel.contracts.holders import Standing, change_all, holders
from rfos_runtime.kernel.contracts.paying import Cause
from rfos_runtime.kernel.contracts.settlement import is_covered, pay
from rfos_runtime.kernel.margin.leverage import leverages
from rfos_runtime.kernel.positions.money import post
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import Held, What, Why
from rfos_runtime.reference.pace import Pace


def close_at_mark(
    state: State, position: Position, others: Sequence[Position], pace: Pace[int]
) -> bool:
    """Closes as many lots as restore the rest, and as may be sold in a block. `others` are what is
    margined together with the position, by instrument. Returns whether none are left for later."""
    mark = position.row.exposure
    wanted = lots_to_sell(state, position, Sale(mark, 0))
    lots = pace_of(state, position, pace, wanted)
    pace.note(position.asset, position.row.maintenance, lots)
    for other in others:
        _raise_cash(state, other, lots * mark)
    _close(state, position, lots)
    return lots == wanted


def _raise_cash(state: State, other: Position, units: int) -> None:
    """Closes what is worth something in a portfolio, as far as that is needed to pay for another
    position: neither the fund nor the other side bears what the account itself is good for."""
    worth = -other.row.exposure
    missing = units - has_posted(state, other) - has_free(state, other.account, other.asset)
    missing -= brought(state, other, missing)
    if missing > 0 and worth > 0:
        _close(state, other, min(other.lots, -(-missing // worth)))


def _close(state: State, position: Position, lots: int) -> None:
    """Closes lots against the opposite side."""
    handle, account, mark = position.handle, position.account, position.row.exposure
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
    weights = opposite.lots * leverages(state, position.handle, opposite.accounts)
    taken = allot_within(lots, names, opposite.lots, weights, salt)
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
        before = has_free(state, position.account, position.asset)
        pay(state, cause, payers, own, collateral_first=True)
        if position.in_pool:  # what it was worth goes on answering
            brought = has_free(state, position.account, position.asset) - before
            _answer(state, position, brought)


def _answer(state: State, position: Position, units: int) -> None:
    """What an account has got for a position goes into its pool."""
    state.make_room({Of.BALANCES: 1}, 1)
    asset, account = position.asset, position.account
    own, pool = (account, Held.FREE.value), (account, Held.POOL.value)
    post(state.world, state.told, Why.CLOSE_OUT.value, position.handle, asset, *own, *pool, units)
