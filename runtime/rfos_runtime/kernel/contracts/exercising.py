"""What happens to the lots that take a choice: they owe and get, the opposite side is assigned pro
rata, and if the choice ends them they close on both sides."""

import numpy as np

from rfos_runtime.kernel.contracts.allotment import allot
from rfos_runtime.kernel.contracts.bound import FIRST, SECOND, Bound
from rfos_runtime.kernel.contracts.holders import Standing, change_all, holders, parted
from rfos_runtime.kernel.contracts.settlement import book
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.telling import What
from rfos_runtime.reference.executor import ChoiceView, Outcome


def exercise(
    state: State, bound: Bound, outcome: Outcome, choice: ChoiceView, lots: Standing
) -> None:
    """Books what lots that take a choice owe and get, and if it ends them, closes them on both
    sides."""
    assigned = _assigned(state, bound, choice, int(lots.lots.sum()))
    first, second = (lots, assigned) if choice.party == FIRST else (assigned, lots)
    tell_taken(state, bound, choice, lots)
    for account, each in zip(assigned.accounts.tolist(), assigned.lots.tolist(), strict=True):
        state.tell(What.ASSIGNED, instrument=bound.handle, debit=account, units=each)
    book(state, bound, outcome.postings, parted(bound, first, second))
    if outcome.ended:
        accounts = np.concatenate([first.accounts, second.accounts])
        signed = np.concatenate([-first.lots, second.lots])
        change_all(state, bound.handle, Standing(accounts, signed))


def _assigned(state: State, bound: Bound, choice: ChoiceView, lots: int) -> Standing:
    side = SECOND if choice.party == FIRST else FIRST
    opposite = holders(state, bound.handle, side)
    names = [state.name(account) for account in opposite.accounts.tolist()]
    salt = state.salt + bound.handle.to_bytes(8, "big")
    taken = allot(lots, names, opposite.lots, salt)
    return Standing(opposite.accounts[taken > 0], taken[taken > 0])


def tell_taken(state: State, bound: Bound, choice: ChoiceView, lots: Standing) -> None:
    """Reports who takes a choice for how many lots."""
    number = bound.view.choices.index(choice) + 1
    for account, each in zip(lots.accounts.tolist(), lots.lots.tolist(), strict=True):
        state.tell(
            What.CHOICE_TAKEN, instrument=bound.handle, clause=number, debit=account, units=each
        )
