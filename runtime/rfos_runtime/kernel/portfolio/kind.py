"""What an account cannot pay in an asset it pays in what it has pledged: as `reference/pledges`
says, to the unit."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.allotment import allot
from rfos_runtime.kernel.contracts.paying import Cause
from rfos_runtime.kernel.portfolio.pledges import LAST, enough, give_to, units_of, worth
from rfos_runtime.kernel.portfolio.pools import policy_of, pool_of
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What, Why
from rfos_runtime.records.holdings import OWN_FROM

Numbers = NDArray[np.int64]


def give(
    state: State, of: Cause, payers: Numbers, missing: Numbers, payees: Numbers, short: Numbers
) -> Numbers:
    """Gives the pledged units of accounts that lack something to those who are short of it. Returns
    what is short still."""
    left = short.copy()
    lacking: dict[int, int] = {}
    for account, units in zip(payers.tolist(), missing.tolist(), strict=True):
        lacking[account] = lacking.get(account, 0) + units
    for account, units in lacking.items():
        if not units or pool_of(state.world, of.instrument, account) != of.asset:
            continue
        for haircut in _haircuts(state, account, of.asset):
            units -= _give_one(state, of, account, haircut, units, payees, left)
    return left


def _haircuts(state: State, account: int, asset: int) -> Iterator[int]:
    """The haircuts of what an account has pledged to a pool, as far as prices are known."""
    policy = state.world.policies[int(policy_of(state.world, account, asset))]
    first = int(policy["haircut"])
    for haircut in range(first, first + int(policy["haircuts"])):
        row = state.world.haircuts[haircut]
        if row["validity"] >= LAST and units_of(state.world, account, asset, int(row["asset"])):
            yield haircut


def _give_one(
    state: State, of: Cause, account: int, haircut: int, units: int, payees: Numbers, left: Numbers
) -> int:
    """Gives what is pledged of one asset for so much that is missing. Returns what it is good
    for."""
    row = state.world.haircuts[haircut]
    pledged = int(row["asset"])
    held = int(units_of(state.world, account, of.asset, pledged))
    paid = np.flatnonzero((left != 0) & (payees < OWN_FROM))
    names = [state.name(payee) for payee in payees[paid].tolist()]
    salt = state.salt + of.instrument.to_bytes(8, "big")
    parts = allot(min(units, int(left[paid].sum())), names, left[paid], salt)
    wanted = np.array([enough(row, held, part) for part in parts.tolist()], np.int64)
    given = allot(min(held, int(wanted.sum())), names, wanted, salt)
    total = 0
    for place, part, count in zip(paid.tolist(), parts.tolist(), given.tolist(), strict=True):
        good = min(part, int(worth(state.world.haircuts[haircut], count)))
        if good:
            _give(state, of, account, pledged, count, int(payees[place]), good)
        left[place] -= good
        total += good
    return total


def _give(
    state: State, of: Cause, account: int, pledged: int, units: int, payee: int, good: int
) -> None:
    state.make_room({Of.BALANCES: 1}, 1)
    moved = (of.instrument, of.asset, account, pledged, units, payee)
    give_to(state.world, state.told, Why.PLEDGE.value, *moved)
    state.tell(
        What.PAID_IN_KIND,
        instrument=of.instrument,
        asset=pledged,
        debit=account,
        credit=payee,
        units=units,
        clause=of.asset,
        command=good,
    )
