"""Contract events in the tick: what falls due or what a `when` looks at, one instrument at a time.

An instrument that waited catches up first, each missed instant as an event of its own, with today's
observations. Lots that were lodged for a choice which is open at this instant go their own way:
they are fired with the choice taken, pay and close; the rest go on as if nobody had chosen.
"""

from dataclasses import dataclass, replace

from rfos_runtime.records.events import ChoiceDropped, ChoiceTaken, Fired, Waits
from rfos_runtime.reference import feeds
from rfos_runtime.reference.choices import Taken, amounts_of, exercise
from rfos_runtime.reference.executor import Aspect, ChoiceView, Event, Executor, Outcome, Status
from rfos_runtime.reference.instruments import adopt, end, freeze, view_of
from rfos_runtime.reference.positions import members, open_lots
from rfos_runtime.reference.settlement import (
    book,
    bounded,
    count_against_locks,
    failing,
    settle,
    tell_failed,
)
from rfos_runtime.reference.world import Heard, Instrument, Lodging, Phase, World

NO_PROGRESS = -1
"""The reason of an instrument whose event left it due at the same instant: the executor is at
fault.
"""


def due_instruments(world: World, moved: frozenset[str]) -> list[int]:
    """The instruments that have to fire at the world's time, by (due, handle)."""
    due = [
        (_due(instrument, world.time), handle)
        for handle, instrument in world.instruments.items()
        if _has_to_fire(world, handle, instrument, moved)
    ]
    return [handle for _, handle in sorted(due)]


def _due(instrument: Instrument, now: int) -> int:
    return now if instrument.next_due is None else min(instrument.next_due, now)


def _has_to_fire(world: World, handle: int, instrument: Instrument, moved: frozenset[str]) -> bool:
    match instrument.phase:
        case Phase.FROZEN | Phase.ENDED:
            return False
        case Phase.WAITING:
            woken = instrument.wakes is not None and instrument.wakes <= world.time
            return woken or not moved.isdisjoint(instrument.feeds)
    if instrument.next_due is not None and instrument.next_due <= world.time:
        return True
    watched = view_of(world, handle).watched
    seen = any(instrument.feeds[slot] in moved for slot in watched)
    return seen and instrument.phase is not Phase.PENDING


def note_moves(world: World, moved: frozenset[str]) -> None:
    """Waiting instruments remember what moved."""
    for handle, instrument in world.instruments.items():
        if instrument.phase is not Phase.WAITING:
            continue
        slots = _moved_slots(world, handle, moved)
        if slots:
            told = _records(world, handle, world.time, slots)
            streams = {slot for each in told for slot, _ in each.values}
            world.instruments[handle] = replace(
                instrument,
                moved=instrument.moved | (slots - streams),
                heard=instrument.heard + told,
            )


def fire(world: World, executor: Executor, handle: int, moved: frozenset[str]) -> None:
    """Lets the world's time, and the feeds that moved, act on one instrument."""
    instrument = world.instruments[handle]
    now = world.time
    slots = instrument.moved | _moved_slots(world, handle, moved)
    if instrument.phase is Phase.PENDING:  # at its start every good observation counts as new
        seen = _observations(world, handle, now)
        views = view_of(world, handle).feeds
        slots = frozenset(
            slot
            for slot, value in enumerate(seen)
            if value is not None and views[slot].aspect is not Aspect.NOW
        )
    while (missed := _missed(world, handle)) is not None and missed < now:
        if not _one_event(world, executor, handle, missed, frozenset(), slots):
            return
    if _missed(world, handle) == now or slots:
        _one_event(world, executor, handle, now, slots, slots)


def _missed(world: World, handle: int) -> int | None:
    """The earliest instant that an instrument has to act on: of a clause, or of a record that came
    while it waited."""
    instrument = world.instruments[handle]
    instants = [record.instant for record in instrument.heard]
    due = instrument.next_due
    return min(instants if due is None else [*instants, due], default=None)


def _moved_slots(world: World, handle: int, moved: frozenset[str]) -> frozenset[int]:
    slots = zip(view_of(world, handle).feeds, world.instruments[handle].feeds, strict=True)
    return frozenset(
        number
        for number, (slot, feed) in enumerate(slots)
        if feed in moved and slot.aspect is not Aspect.NOW
    )


def _observations(world: World, handle: int, instant: int) -> tuple[int | None, ...]:
    """What the slots of an instrument show to an event of an instant."""
    slots = zip(view_of(world, handle).feeds, world.instruments[handle].feeds, strict=True)
    seen = [feeds.seen(world, slot, feed, instant) for slot, feed in slots]
    for record in world.instruments[handle].heard:
        if record.instant == instant:
            for number, value in record.values:
                seen[number] = value
    return tuple(seen)


def _records(world: World, handle: int, instant: int, moved: frozenset[int]) -> tuple[Heard, ...]:
    """The record of event streams among the slots that moved, none if there is none."""
    views, seen = view_of(world, handle).feeds, _observations(world, handle, instant)
    values = tuple(
        (slot, value)
        for slot in sorted(moved)
        if views[slot].aspect is Aspect.EVENT and (value := seen[slot]) is not None
    )
    return (Heard(instant, values),) if values else ()


def _one_event(
    world: World,
    executor: Executor,
    handle: int,
    instant: int,
    moved: frozenset[int],
    still_to_tell: frozenset[int],
) -> bool:
    """One event of one instrument; whether it is still there for the next one. If the instrument
    has to wait, it keeps `still_to_tell` for later.
    """
    records = [each for each in world.instruments[handle].heard if each.instant == instant]
    moved |= {slot for record in records for slot, _ in record.values}
    firing = _Firing(world, executor, handle, instant, moved)
    outcome = firing.rest(firing.lodged())
    failure = failing(world, handle, outcome.postings)
    if failure is not None:
        outcome = firing.outcome({failure.clause: ()})
        tell_failed(world, handle, failure)
    match outcome.status:
        case Status.OK:
            return _carry_out(world, handle, instant, outcome)
        case Status.WAITING:
            _wait(world, handle, instant, still_to_tell)
        case status:
            freeze(world, handle, status)
    return False


def _wait(world: World, handle: int, instant: int, still_to_tell: frozenset[int]) -> None:
    """The instrument waits for what the event of an instant lacks: until one of its feeds moves, or
    until its patience for the values of that date runs out."""
    instrument = world.instruments[handle]
    views = view_of(world, handle).feeds
    kept = instrument.heard
    if not any(record.instant == world.time for record in kept):
        kept += _records(world, handle, world.time, still_to_tell)
    ends = [instant + (v.patience or 0) for v in views if v.aspect is Aspect.LAPSED]
    world.instruments[handle] = replace(
        instrument,
        phase=Phase.WAITING,
        moved=frozenset(s for s in still_to_tell if views[s].aspect is not Aspect.EVENT),
        heard=kept,
        wakes=min((end for end in ends if end > world.time), default=None),
    )
    world.tell(Waits(handle, instant))


def _carry_out(world: World, handle: int, instant: int, outcome: Outcome) -> bool:
    world.tell(Fired(handle, instant))
    book(world, handle, outcome.postings, members(world, handle))
    count_against_locks(world, handle, outcome.postings)
    adopt(world, handle, outcome, instant)
    settle(world, handle)
    if outcome.ended:
        end(world, handle)
    elif outcome.next_due is not None and outcome.next_due <= instant:
        freeze(world, handle, NO_PROGRESS)
    return world.instruments[handle].phase is Phase.ACTIVE


@dataclass(frozen=True, slots=True)
class _Firing:
    """One instrument at one instant."""

    world: World
    executor: Executor
    handle: int
    instant: int
    moved: frozenset[int]

    def outcome(self, taken: Taken) -> Outcome:
        instrument = self.world.instruments[self.handle]
        observations = _observations(self.world, self.handle, self.instant)
        view = view_of(self.world, self.handle)
        amounts = amounts_of(view, taken)
        event = Event(self.instant, observations, self.moved, frozenset(taken), amounts)
        found = self.executor.fire(view, instrument.terms, instrument.standing, event)
        return bounded(self.world, self.handle, found)

    def rest(self, taken: Taken | None) -> Outcome:
        """What happens to the lots that are left. None: a lodged choice waits, so they do."""
        if taken is None:
            return Outcome(Status.WAITING, b"")
        return self.outcome(taken)

    def lodged(self) -> Taken | None:
        """Lets lodged lots take their choices. Gives the clauses that all lots take."""
        whole: dict[int, tuple[int, ...]] = {}
        for number, choice, amounts in self.kinds_lodged():
            lots = self.lots_lodged(number, choice, amounts)
            if not lots:
                continue
            outcome = self.outcome({choice.clause: amounts})
            match outcome.status:
                case Status.NOT_AVAILABLE:
                    continue  # its deadline is another
                case Status.WAITING:
                    return None
                case Status.OK if choice.separable and outcome.ended:
                    exercise(self.world, self.handle, outcome, choice, lots)
                    settle(self.world, self.handle)
                case Status.OK if sum(lots.values()) == open_lots(self.world, self.handle):
                    whole[choice.clause] = amounts
                    self.tell_taken(choice, lots)
                case status:
                    self.drop(choice, lots, status)
            for account in lots:
                del self.world.lodged[Lodging(self.handle, number, account)]
        return whole

    def kinds_lodged(self) -> list[tuple[int, ChoiceView, tuple[int, ...]]]:
        """What has been lodged, in the order of choices: number, choice, amounts."""
        choices = view_of(self.world, self.handle).choices
        lodged = self.world.lodged.items()
        kinds = {
            (key.choice, each.amounts) for key, each in lodged if key.instrument == self.handle
        }
        return [(number, choices[number], amounts) for number, amounts in sorted(kinds)]

    def lots_lodged(
        self, number: int, choice: ChoiceView, amounts: tuple[int, ...]
    ) -> dict[str, int]:
        """Lots lodged for a choice of amounts, as far as their accounts still hold them."""
        held = members(self.world, self.handle)[choice.party]
        found = {}
        for lodging, lodged in self.world.lodged.items():
            account, wanted = lodging.account, lodging[:2] == (self.handle, number)
            if wanted and lodged.amounts == amounts and account in held:
                found[account] = min(held[account], lodged.lots)
        return {account: found[account] for account in sorted(found, key=self.world.rank)}

    def tell_taken(self, choice: ChoiceView, lots: dict[str, int]) -> None:
        for account, taken in lots.items():
            self.world.tell(ChoiceTaken(self.handle, choice.name, account, taken))

    def drop(self, choice: ChoiceView, lots: dict[str, int], status: int) -> None:
        for account in lots:
            self.world.tell(ChoiceDropped(self.handle, choice.name, account, status))
