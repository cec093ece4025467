"""Contract events in the tick: what falls due or what a `when` looks at, one instrument after the
other. What contract code says is asked for many instruments at once where it can be.

An instrument that waited catches up first, each missed instant as an event of its own, with today's
observations. Lots that were lodged for a choice which is open at this instant go their own way:
they are fired with the choice taken, pay and close; the rest go on as if nobody had chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.asking import Foreseen, observations_of
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.ending import end, freeze
from rfos_runtime.kernel.contracts.exercising import exercise, tell_taken
from rfos_runtime.kernel.contracts.holders import Standing, members
from rfos_runtime.kernel.contracts.living import Heard
from rfos_runtime.kernel.contracts.lodging import held_of, lodged_in, withdraw
from rfos_runtime.kernel.contracts.rows import NEVER, Is, Phase
from rfos_runtime.kernel.contracts.settlement import (
    book,
    bounded,
    count_against_locks,
    failing,
    settle,
    tell_failed,
)
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What
from rfos_runtime.reference.executor import (
    ESCROW,
    Aspect,
    DefinitionView,
    Event,
    Outcome,
    Status,
)

NO_PROGRESS = -1
"""The reason of an instrument whose event left it due at the same instant: the executor is at
fault."""

Taken = Mapping[int, tuple[int, ...]]
"""The choices that are taken, by their clauses, with what is chosen in each."""


def note_moves(state: State, moved: frozenset[int], waiting: list[int]) -> None:
    """Waiting instruments remember what moved."""
    for handle in waiting:
        bound = state.contracts.of(handle)
        slots = bound.slots_that_show(moved)
        if slots:
            told = _records(state, bound, state.time, slots)
            streams = {slot for each in told for slot, _ in each.values}
            before = living.besides_of(state, handle)
            after = before._replace(
                moved=before.moved | (slots - streams), heard=before.heard + told
            )
            living.has_besides(state, handle, after)


def fire(state: State, handle: int, moved: frozenset[int], foreseen: Foreseen) -> None:
    """Lets the world's time, and the feeds that moved, act on one instrument."""
    bound, now = state.contracts.of(handle), state.time
    slots = living.besides_of(state, handle).moved | bound.slots_that_show(moved)
    if state.world.instruments[handle]["phase"] == Phase.PENDING:
        slots = _good_at_the_start(state, bound)
    while (missed := _missed(state, handle)) is not None and missed < now:
        if not _one_event(state, bound, missed, frozenset(), slots, foreseen):
            return
    if _missed(state, handle) == now or slots:
        _one_event(state, bound, now, slots, slots, foreseen)


def _good_at_the_start(state: State, bound: Bound) -> frozenset[int]:
    """Every good observation counts as new when an instrument starts."""
    seen = observations_of(state, bound, state.time)
    return frozenset(
        slot
        for slot, value in enumerate(seen)
        if value is not None and bound.view.feeds[slot].aspect is not Aspect.NOW
    )


def _missed(state: State, handle: int) -> int | None:
    """The earliest instant that an instrument has to act on: of a clause, or of a record that came
    while it waited."""
    instants = [record.instant for record in living.besides_of(state, handle).heard]
    due = int(state.world.instruments[handle]["next_due"])
    return min(instants if due == NEVER else [*instants, due], default=None)


def _records(state: State, bound: Bound, instant: int, moved: frozenset[int]) -> tuple[Heard, ...]:
    """The record of event streams among the slots that moved, none if there is none."""
    seen = observations_of(state, bound, instant)
    values = tuple(
        (slot, value)
        for slot in sorted(moved)
        if bound.view.feeds[slot].aspect is Aspect.EVENT and (value := seen[slot]) is not None
    )
    return (Heard(instant, values),) if values else ()


# --- one event ------------------------------------------------------------------------------------


def _one_event(
    state: State,
    bound: Bound,
    instant: int,
    moved: frozenset[int],
    still_to_tell: frozenset[int],
    foreseen: Foreseen,
) -> bool:
    """One event of one instrument; whether it is still there for the next one. If the instrument
    has to wait, it keeps `still_to_tell` for later."""
    heard = living.besides_of(state, bound.handle).heard
    moved |= {slot for each in heard if each.instant == instant for slot, _ in each.values}
    firing = Firing(state, bound, instant, moved, foreseen)
    taken = lodged(firing)
    outcome = Outcome(Status.WAITING, b"") if taken is None else firing.outcome(taken)
    failure = failing(state, bound, outcome.postings)
    if failure is not None:
        outcome = firing.outcome({failure.clause: ()})
        tell_failed(state, bound, failure)
    match outcome.status:
        case Status.OK:
            return _carry_out(state, bound, instant, outcome)
        case Status.WAITING:
            _wait(state, bound, instant, still_to_tell)
        case status:
            freeze(state, bound.handle, status)
    return False


def _wait(state: State, bound: Bound, instant: int, still_to_tell: frozenset[int]) -> None:
    """The instrument waits for what the event of an instant lacks: until one of its feeds moves, or
    until its patience for the values of that date runs out."""
    views, before = bound.view.feeds, living.besides_of(state, bound.handle)
    heard = before.heard
    if not any(record.instant == state.time for record in heard):
        heard += _records(state, bound, state.time, still_to_tell)
    moved = frozenset(s for s in still_to_tell if views[s].aspect is not Aspect.EVENT)
    living.has_besides(state, bound.handle, before._replace(moved=moved, heard=heard))
    ends = [instant + (v.patience or 0) for v in views if v.aspect is Aspect.LAPSED]
    row = state.touched(Of.INSTRUMENTS, bound.handle)
    row["phase"] = Phase.WAITING
    row["wakes"] = min((end for end in ends if end > state.time), default=NEVER)
    state.tell(What.WAITS, instrument=bound.handle, debit=instant)


def _carry_out(state: State, bound: Bound, instant: int, outcome: Outcome) -> bool:
    handle = bound.handle
    state.tell(What.FIRED, instrument=handle, debit=instant)
    if outcome.postings:
        book(state, bound, outcome.postings, members(state, bound))
        count_against_locks(state, bound, outcome.postings)
    adopt(state, bound, outcome, instant)
    settle(state, bound)
    if outcome.ended:
        end(state, handle)
    elif outcome.next_due is not None and outcome.next_due <= instant:
        freeze(state, handle, NO_PROGRESS)
    return bool(state.world.instruments[handle]["phase"] == Phase.ACTIVE)


def adopt(state: State, bound: Bound, outcome: Outcome, instant: int) -> None:
    """Takes over the standing of an event that went well, of an instant, and what escrow holds
    after it."""
    handle, before = bound.handle, living.besides_of(state, bound.handle)
    held = _held(bound, before.held, outcome) if ESCROW in bound.view.parties else ()
    heard = tuple(record for record in before.heard if record.instant > instant)
    living.stands(state, handle, outcome.standing)
    living.has_besides(state, handle, living.Besides(frozenset(), heard, held))
    row = state.touched(Of.INSTRUMENTS, handle)
    row["phase"], row["wakes"] = Phase.ACTIVE, NEVER
    row["next_due"] = NEVER if outcome.next_due is None else outcome.next_due
    row["flags"] = (int(row["flags"]) & ~int(Is.HELD)) | (int(Is.HELD) if any(held) else 0)


def _held(bound: Bound, before: tuple[int, ...], outcome: Outcome) -> tuple[int, ...]:
    escrow = bound.view.parties.index(ESCROW)
    held = list(before or (0,) * len(bound.view.assets))
    for each in outcome.postings:
        sign = (each.payee == escrow) - (each.payer == escrow)
        held[each.asset] += sign * each.units
    return tuple(held)


@dataclass(frozen=True, slots=True)
class Firing:
    """One instrument at one instant."""

    state: State
    bound: Bound
    instant: int
    moved: frozenset[int]
    foreseen: Foreseen

    def outcome(self, taken: Taken) -> Outcome:
        """What the event does if choices are taken; none of them may be."""
        state, bound = self.state, self.bound
        if not taken:
            known = self.foreseen.of(bound.handle, self.instant, self.moved)
            if known is not None:
                return bounded(state, bound, known)
        amounts = amounts_of(bound.view, taken)
        seen = observations_of(state, bound, self.instant)
        event = Event(self.instant, seen, self.moved, frozenset(taken), amounts)
        standing = living.standing_of(state, bound.handle)
        said = state.executor.fire(bound.view, bound.terms, standing, event)
        return bounded(state, bound, said)


def amounts_of(view: DefinitionView, taken: Taken) -> tuple[int, ...]:
    """The amounts of all choices of a definition; 0 for those that are not taken."""
    nothing = {choice.clause: (0,) * len(choice.amounts) for choice in view.choices}
    return tuple(units for each in {**nothing, **taken}.values() for units in each)


# --- choices that were lodged ---------------------------------------------------------------------


def lodged(firing: Firing) -> Taken | None:
    """Lets lodged lots take their choices. Gives the clauses that all lots take; None if one of
    them waits."""
    state, bound, handle = firing.state, firing.bound, firing.bound.handle
    found = lodged_in(state, handle)
    whole: dict[int, tuple[int, ...]] = {}
    for number, amounts in sorted({(each.choice, each.amounts) for each in found}):
        choice = bound.view.choices[number]
        of_kind = [each for each in found if (each.choice, each.amounts) == (number, amounts)]
        lots = held_of(of_kind, members(state, bound)[choice.party])
        if not len(lots.accounts):
            continue
        outcome = firing.outcome({choice.clause: amounts})
        match outcome.status:
            case Status.NOT_AVAILABLE:
                continue  # its deadline is another
            case Status.WAITING:
                return None
            case Status.OK if choice.separable and outcome.ended:
                exercise(state, bound, outcome, choice, lots)
                settle(state, bound)
            case Status.OK if lots.lots.sum() == state.world.instruments[handle]["lots"]:
                whole[choice.clause] = amounts
                tell_taken(state, bound, choice, lots)
            case status:
                _tell_dropped(firing, number, lots, status)
        for account in lots.accounts.tolist():
            withdraw(state, handle, account, number)
    return whole


def _tell_dropped(firing: Firing, number: int, lots: Standing, status: int) -> None:
    for account in lots.accounts.tolist():
        told = {"instrument": firing.bound.handle, "clause": number + 1, "debit": account}
        firing.state.tell(What.CHOICE_DROPPED, **told, cause=status)
