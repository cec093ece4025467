"""Choices: an account takes one for its own lots, and the opposite side is assigned pro rata.

A separable choice - payments between sides, then the end - closes the lots that take it on both
sides; the instrument stays for the others. If it does not end and leaves everything as it was, the
lots that take it only pay. Any other choice changes what everyone's lots are, so only an account
that holds its whole side may take it.

Whether the chooser can pay and has its margin shows only when all is done, so it is done while rows
are saved, and taken back if it is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.dated import fell_due
from rfos_runtime.kernel.contracts.ending import end
from rfos_runtime.kernel.contracts.exercising import exercise, tell_taken
from rfos_runtime.kernel.contracts.firing import Taken, adopt, amounts_of
from rfos_runtime.kernel.contracts.holders import Standing, members
from rfos_runtime.kernel.contracts.living import standing_of
from rfos_runtime.kernel.contracts.lodging import Lodging, lodge
from rfos_runtime.kernel.contracts.rows import Phase
from rfos_runtime.kernel.contracts.settlement import (
    book,
    bounded,
    failing,
    has,
    netted,
    settle,
    tell_failed,
)
from rfos_runtime.kernel.margin.held import has_initial
from rfos_runtime.kernel.margin.marking import mark
from rfos_runtime.kernel.margin.rules import is_closed
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import COUNT
from rfos_runtime.kernel.world import close_chain, open_chain, take_back
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import SUPPLY_MAX, Choose
from rfos_runtime.reference.executor import ChoiceView, Event, Outcome, Status


def choose(state: State, command: Choose) -> None:
    """Takes a choice now, or lodges it for its deadline. Raises Refused."""
    bound = _open_instrument(state, command.instrument)
    account, choice = state.account(command.account), _choice(bound, command)
    party = members(state, bound)[choice.party]
    held = int(party.lots[party.accounts == account].sum())
    require(0 <= command.lots <= held and held > 0, Code.NOT_THE_CHOOSER)
    row = state.world.instruments[bound.handle]
    whole = command.lots == row["lots"]
    _check_amounts(command, choice)
    if not choice.any_time:
        require(choice.separable or whole or command.lots == 0, Code.CHOICE_NOT_SEPARABLE)
        # What waits may stand at the very deadline: nobody chooses with hindsight.
        require(row["phase"] != Phase.WAITING, Code.CHOICE_WAITS)
        return lodge(
            state, bound.handle, Lodging(account, command.choice, command.lots, command.amounts)
        )
    require(command.lots > 0, Code.MALFORMED)
    require(row["phase"] == Phase.ACTIVE, Code.CHOICE_WAITS)
    outcome = _taken(state, bound, {choice.clause: command.amounts})
    failure = failing(state, bound, outcome.postings)
    if failure is not None and failure.party != choice.party:
        outcome = _taken(state, bound, {failure.clause: ()})
    else:
        failure = None
    _make_room(state, bound, outcome)
    with _trial(state):
        if failure is not None:
            tell_failed(state, bound, failure)
        _take(
            state, bound, outcome, choice, Standing(np.array([account]), np.array([command.lots]))
        )


def _open_instrument(state: State, handle: int) -> Bound:
    """The instrument, unless it is unknown, has ended or is frozen."""
    require(0 < handle <= len(state.contracts.instruments), Code.UNKNOWN_INSTRUMENT)
    phase = int(state.world.instruments[handle]["phase"])
    require(not is_closed(phase), Code.INSTRUMENT_CLOSED)
    return state.contracts.of(handle)


def _choice(bound: Bound, command: Choose) -> ChoiceView:
    choices = bound.view.choices
    require(0 <= command.choice < len(choices), Code.UNKNOWN_CHOICE)
    require(not choices[command.choice].fails, Code.UNKNOWN_CHOICE)
    return choices[command.choice]


def _check_amounts(command: Choose, choice: ChoiceView) -> None:
    """Everything that the choice asks for is named, unless it is withdrawn."""
    asked = len(choice.amounts) if command.lots else 0
    require(len(command.amounts) == asked, Code.MALFORMED)
    require(all(0 <= units <= SUPPLY_MAX for units in command.amounts), Code.MALFORMED)


def _taken(state: State, bound: Bound, taken: Taken) -> Outcome:
    """What taking a choice does to a lot now, or the command's refusal."""
    require(state.world.instruments[bound.handle]["next_due"] > state.time, Code.CHOICE_WAITS)
    slots = zip(bound.view.feeds, bound.feeds, strict=True)
    seen = tuple(oracle.seen(state.world, slot, feed, state.time) for slot, feed in slots)
    amounts = amounts_of(bound.view, taken)
    event = Event(state.time, seen, frozenset(), frozenset(taken), amounts)
    standing = standing_of(state, bound.handle)
    said = state.executor.fire(bound.view, bound.terms, standing, event)
    outcome = bounded(state, bound, said)
    match outcome.status:
        case Status.OK:
            return outcome
        case Status.WAITING:
            raise Refused(Code.CHOICE_WAITS)
        case Status.NOT_AVAILABLE:
            raise Refused(Code.CHOICE_NOT_OPEN)
        case _:
            raise Refused(Code.CHOICE_REFUSED)


# --- done, or taken back --------------------------------------------------------------------------


def _make_room(state: State, bound: Bound, outcome: Outcome) -> None:
    """Room for whatever a choice writes: no row may move while rows are saved."""
    every = sum(len(party.accounts) for party in members(state, bound))
    parts = every * (len(outcome.postings) + 1)
    held = heap.rows_for(heap.ROW * (len(bound.view.assets) + 4))
    state.make_room(
        {
            Of.BALANCES: parts,
            Of.POSITIONS: parts,
            Of.OWED: parts,
            Of.DEBTS: parts,
            Of.BYTES: heap.rows_for(len(outcome.standing)) + held,
        }
    )


@contextmanager
def _trial(state: State) -> Iterator[None]:
    """What is done within it leaves nothing behind if it is refused."""
    told = int(state.told.written[COUNT])
    open_chain(state.world)
    try:
        yield
    except Refused:
        take_back(state.world)
        state.told.written[COUNT] = told
        state.due.clear()
        raise
    finally:
        close_chain(state.world)


def _take(state: State, bound: Bound, outcome: Outcome, choice: ChoiceView, lots: Standing) -> None:
    handle, account = bound.handle, int(lots.accounts[0])
    unchanged = outcome.standing == standing_of(state, handle)
    if choice.separable and (outcome.ended or unchanged):
        exercise(state, bound, outcome, choice, lots)
    else:
        every = int(state.world.instruments[handle]["lots"])
        require(lots.lots[0] == every, Code.CHOICE_NOT_SEPARABLE)
        tell_taken(state, bound, choice, lots)
        book(state, bound, outcome.postings, members(state, bound))
        adopt(state, bound, outcome, state.time)
    _settle_for(state, bound, account)
    if outcome.ended and not choice.separable:
        end(state, handle)
    mark(state, handle)
    require(has_initial(state, handle, account), Code.BELOW_INITIAL)


def _settle_for(state: State, bound: Bound, account: int) -> None:
    """Settles what is due now, if the chooser itself can pay its part without the fund."""
    state.due[:0] = fell_due(state, bound.handle)
    for asset in dict.fromkeys(each.asset for each in state.due):
        accounts, _, units = netted([each for each in state.due if each.asset == asset])
        owed = -int(units[(accounts == account) & (units < 0)].sum())
        require(has(state, bound.handle, account, asset) >= owed, Code.CANNOT_PAY)
    settle(state, bound)
