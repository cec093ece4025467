"""Contract events in the tick: what falls due or what a `when` looks at, one instrument at a time.

An instrument that waited catches up first, each missed instant as an event of its own, with today's
observations. Lots that were lodged for a choice which is open at this instant go their own way:
they are fired with the choice taken, pay and close; the rest go on as if nobody had chosen.
"""

from dataclasses import dataclass, replace

from rfos_runtime.reference import feeds
from rfos_runtime.reference.choices import Taken, amounts_of, exercise
from rfos_runtime.reference.events import ChoiceDropped, ChoiceTaken, Fired, Waits
from rfos_runtime.reference.executor import ChoiceView, Event, Executor, Outcome, Status
from rfos_runtime.reference.instruments import adopt, end, freeze, view_of
from rfos_runtime.reference.positions import members, open_lots
from rfos_runtime.reference.settlement import book, count_against_locks, settle
from rfos_runtime.reference.world import Instrument, Lodging, Phase, World

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
            return not moved.isdisjoint(instrument.feeds)
    if instrument.next_due is not None and instrument.next_due <= world.time:
        return True
    watched = view_of(world, handle).watched
    seen = any(instrument.feeds[slot] in moved for slot in watched)
    return seen and instrument.phase is not Phase.PENDING


def note_moves(world: World, moved: frozenset[str]) -> None:
    """Waiting instruments remember what moved."""
    for handle, instrument in world.instruments.items():
        slots = _moved_slots(instrument, moved)
        if instrument.phase is Phase.WAITING and slots:
            world.instruments[handle] = replace(instrument, moved=instrument.moved | slots)


def fire(world: World, executor: Executor, handle: int, moved: frozenset[str]) -> None:
    """Lets the world's time, and the feeds that moved, act on one instrument."""
    instrument = world.instruments[handle]
    now = world.time
    slots = instrument.moved | _moved_slots(instrument, moved)
    if instrument.phase is Phase.PENDING:  # at its start every good observation counts as new
        known = (feeds.fresh(world, feed) is not None for feed in instrument.feeds)
        slots = frozenset(slot for slot, is_known in enumerate(known) if is_known)
    while (due := world.instruments[handle].next_due) is not None and due < now:
        if not _one_event(world, executor, handle, due, frozenset(), slots):
            return
    is_due = world.instruments[handle].next_due == now
    if is_due or slots:
        _one_event(world, executor, handle, now, slots, slots)


def _moved_slots(instrument: Instrument, moved: frozenset[str]) -> frozenset[int]:
    return frozenset(slot for slot, feed in enumerate(instrument.feeds) if feed in moved)


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
    firing = _Firing(world, executor, handle, instant, moved)
    outcome = firing.rest(firing.lodged())
    match outcome.status:
        case Status.OK:
            return _carry_out(world, handle, instant, outcome)
        case Status.WAITING:
            instrument = world.instruments[handle]
            waiting = replace(instrument, phase=Phase.WAITING, moved=still_to_tell)
            world.instruments[handle] = waiting
            world.tell(Waits(handle, instant))
        case status:
            freeze(world, handle, status)
    return False


def _carry_out(world: World, handle: int, instant: int, outcome: Outcome) -> bool:
    world.tell(Fired(handle, instant))
    book(world, handle, outcome.postings, members(world, handle))
    count_against_locks(world, handle, outcome.postings)
    adopt(world, handle, outcome)
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
        observations = tuple(feeds.fresh(self.world, feed) for feed in instrument.feeds)
        view = view_of(self.world, self.handle)
        amounts = amounts_of(view, taken)
        event = Event(self.instant, observations, self.moved, frozenset(taken), amounts)
        return self.executor.fire(view, instrument.terms, instrument.standing, event)

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
        for lodging, lodged in sorted(self.world.lodged.items()):
            account, wanted = lodging.account, lodging[:2] == (self.handle, number)
            if wanted and lodged.amounts == amounts and account in held:
                found[account] = min(held[account], lodged.lots)
        return found

    def tell_taken(self, choice: ChoiceView, lots: dict[str, int]) -> None:
        for account, taken in lots.items():
            self.world.tell(ChoiceTaken(self.handle, choice.name, account, taken))

    def drop(self, choice: ChoiceView, lots: dict[str, int], status: int) -> None:
        for account in lots:
            self.world.tell(ChoiceDropped(self.handle, choice.name, account, status))
