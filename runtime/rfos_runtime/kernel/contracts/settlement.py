"""From what a contract says it owes to payments. Everything that is owed becomes an obligation: one
for a later date lies in the world until then, whatever has ended, by and to the accounts that held
the lots when it was fixed; one that is due is kept in `State.due` until it is settled, at once.

What falls due together in one instrument and asset is netted per account before ability to pay
counts.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.allotment import allot
from rfos_runtime.kernel.contracts.bound import FIRST, Bound
from rfos_runtime.kernel.contracts.dated import fell_due, owe_later
from rfos_runtime.kernel.contracts.holders import Members, members
from rfos_runtime.kernel.contracts.paying import Cause, collect, pay_out
from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.places import place_of_balance, place_of_pair
from rfos_runtime.kernel.portfolio import kind
from rfos_runtime.kernel.portfolio.pools import pool_of
from rfos_runtime.kernel.room import EVENTS_OF_A_SALE, pledges_drawn
from rfos_runtime.kernel.state import Amounts, State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What, Why
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import ChoiceView, Outcome, Posting, Status


def book(state: State, bound: Bound, postings: Sequence[Posting], parties: Members) -> None:
    """Makes obligations of postings per lot, for the given lots; one without a date is due now."""
    for each in postings:
        due = state.time if each.due is None else max(each.due, state.time)
        asset = bound.assets[each.asset]
        state.tell(
            What.OWED,
            instrument=bound.handle,
            asset=asset,
            debit=due,
            debit_purpose=each.payer,
            credit_purpose=each.payee,
            units=each.units,
            clause=each.clause + 1,
            action=each.action + 1,
        )
        if not len(parties[FIRST].accounts):
            continue
        totals = state.touched(Of.TOTALS, 0)
        totals["counter"] += 1
        payers, payees = parties[each.payer], parties[each.payee]
        owed = Amounts(
            int(totals["counter"]),
            asset,
            each.clause + 1,
            each.action + 1,
            np.concatenate([payers.accounts, payees.accounts]),
            np.repeat([each.payer, each.payee], [len(payers.lots), len(payees.lots)]),
            np.concatenate([payers.lots * -each.units, payees.lots * each.units]),
        )
        if due > state.time:
            owe_later(state, bound.handle, due, owed)
        else:
            state.due.append(owed)


def bounded(state: State, bound: Bound, outcome: Outcome) -> Outcome:
    """The outcome of an event, refused as one that overflows if somebody would owe, or escrow hold,
    more than can be paid."""
    if outcome.status != Status.OK:
        return outcome
    row = state.world.instruments[bound.handle]
    new = sum(each.units for each in outcome.postings)
    held = sum(living.besides_of(state, bound.handle).held)
    fits = new * max(int(row["lots"]), 1) + int(row["owed"]) + held <= MOST
    return outcome if fits else Outcome(Status.OVERFLOW, b"")


def count_against_locks(state: State, bound: Bound, postings: Sequence[Posting]) -> None:
    """Adds to what one lot of each side was obliged to pay in its collateral asset. What follows
    from a party's own choice is no obligation."""
    for side, (paid, payments) in enumerate((("paid", "payments"), ("paid2", "payments2"))):
        units = [each.units for each in postings if _counts(bound, side, each)]
        if units:
            row = state.touched(Of.PARTIES, bound.handle)
            row[paid] = min(int(row[paid]) + sum(units), MOST)
            row[payments] += len(units)


def _counts(bound: Bound, side: int, posting: Posting) -> bool:
    lock, choices = bound.locks[side], bound.view.choices
    own = any(each.clause == posting.clause and each.party == side for each in choices)
    in_asset = lock is not None and bound.command.assets[posting.asset] == lock.asset
    return posting.payer == side and in_asset and not own


# --- paying ---------------------------------------------------------------------------------------


def settle(state: State, bound: Bound) -> None:
    """Pays what is due in an instrument, asset by asset in the order in which it was fixed."""
    due = [*fell_due(state, bound.handle), *state.due]
    state.due.clear()
    for asset in dict.fromkeys(each.asset for each in due):
        together = [each for each in due if each.asset == asset]
        first = together[0]
        why = Why.CONTRACT if first.clause else Why.RESOLUTION
        cause = Cause(why, bound.handle, asset, first.clause, first.action)
        _pay_net(state, bound, cause, together)


def netted(together: Sequence[Amounts]) -> tuple[NDArray[np.int64], ...]:
    """What each account gets (negative: pays) for each party that it stands for, by accounts as
    they were opened and parties: accounts, parties, units."""
    accounts = np.concatenate([each.accounts for each in together])
    parties = np.concatenate([each.parties for each in together])
    units = np.concatenate([each.units for each in together])
    order = np.lexsort((parties, accounts))
    accounts, parties, units = accounts[order], parties[order], units[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (accounts[1:] != accounts[:-1]) | (parties[1:] != parties[:-1])
    begins = np.flatnonzero(is_new)
    return accounts[begins], parties[begins], np.add.reduceat(units, begins)


def _pay_net(state: State, bound: Bound, cause: Cause, together: Sequence[Amounts]) -> None:
    accounts, parties, units = netted(together)
    pays, gets = units < 0, units > 0
    payees, begins = np.unique(accounts[gets], return_index=True)
    paid = np.add.reduceat(units[gets], begins) if len(begins) else units[gets]
    covered = is_covered(state, bound.handle, parties[pays])
    pay(state, cause, (accounts[pays], -units[pays], covered), (payees, paid))


def is_covered(state: State, handle: int, parties: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the insurance fund stands behind parties."""
    flags = int(state.world.instruments[handle]["flags"])
    first, second = bool(flags & Is.COVERED), bool(flags & Is.COVERED2)
    return ((parties == 0) & first) | ((parties == 1) & second)


def pay(
    state: State,
    cause: Cause,
    payers: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    payees: tuple[NDArray[np.int64], NDArray[np.int64]],
    collateral_first: bool = False,
) -> None:
    """Moves what the payers owe - accounts, units, whether the fund covers them - to the free
    balances of the payees; both add up to the same."""
    assert payers[1].sum() == payees[1].sum(), "a payment that does not add up"
    count = len(payers[0]) + len(payees[0])
    events = 4 * count + EVENTS_OF_A_SALE * pledges_drawn(state.world, len(payers[0]))
    state.make_room({Of.BALANCES: count, Of.DEBTS: len(payers[0])}, events)
    lacking = np.zeros(len(payers[0]), np.int64)
    deficit = collect(state.world, state.told, cause, *payers, lacking, collateral_first)
    short = np.zeros(len(payees[0]), np.int64)
    left = short
    if deficit:
        names = [state.name(account) for account in payees[0].tolist()]
        salt = state.salt + cause.instrument.to_bytes(8, "big")
        short[:] = allot(int(deficit), names, payees[1], salt)
        left = kind.give(state, cause, payers[0], lacking, payees[0], short)
    pay_out(state.world, state.told, cause, *payees, short, left)


# --- those who cannot pay -------------------------------------------------------------------------


def failing(state: State, bound: Bound, postings: Sequence[Posting]) -> ChoiceView | None:
    """What is to happen instead of an event, because a party that the contract asks about cannot
    pay what the event makes it owe at once, netted, out of its own."""
    for choice in bound.view.choices:
        if choice.fails and not _can_pay(state, bound, choice.party, postings):
            return choice
    return None


def _can_pay(state: State, bound: Bound, party: int, postings: Sequence[Posting]) -> bool:
    owed: dict[int, int] = {}
    for each in postings:
        if each.due is None or each.due <= state.time:
            sign = (each.payer == party) - (each.payee == party)
            asset = bound.assets[each.asset]
            owed[asset] = owed.get(asset, 0) + sign * each.units
    standing = members(state, bound)[party]
    pairs = zip(standing.accounts.tolist(), standing.lots.tolist(), strict=True)
    return all(
        has(state, bound.handle, account, asset) >= lots * units
        for account, lots in pairs
        for asset, units in owed.items()
    )


def has(state: State, handle: int, account: int, asset: int) -> int:
    """What an account has free of an asset, and posted for an instrument."""
    world = state.world
    free = int(world.balances[place_of_balance(world.balances, account, asset)]["free"])
    if pool_of(world, handle, account) == asset:
        return free + int(
            world.elections[place_of_balance(world.elections, account, asset)]["pool"]
        )
    row = world.positions[place_of_pair(world.positions, handle, account)]
    mark = world.marks[handle]
    if mark["asset"] == asset:
        return free + int(row["collateral"])
    return free + int(row["collateral2"]) if mark["asset2"] == asset else free


def tell_failed(state: State, bound: Bound, failure: ChoiceView) -> None:
    """Reports who has failed."""
    state.tell(What.FAILED, instrument=bound.handle, debit_purpose=failure.party)
