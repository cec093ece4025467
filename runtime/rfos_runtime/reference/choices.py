"""Choices: an account takes one for its own lots, and the opposite side is assigned pro rata.

A separable choice - payments between sides, then the end - closes the lots that take it on both
sides; the instrument stays for the others. If it does not end and leaves everything as it was, the
lots that take it only pay. Any other choice changes what everyone's lots are, so
only an account that holds its whole side may take it.
"""

from collections.abc import Mapping

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import SUPPLY_MAX, Choose
from rfos_runtime.records.events import Assigned, ChoiceTaken
from rfos_runtime.records.holdings import free
from rfos_runtime.reference import feeds, ledger, margin
from rfos_runtime.reference.allotment import allot
from rfos_runtime.reference.executor import (
    ChoiceView,
    DefinitionView,
    Event,
    Executor,
    Outcome,
    Status,
)
from rfos_runtime.reference.instruments import adopt, end, require_open, view_of
from rfos_runtime.reference.pools import posted
from rfos_runtime.reference.positions import (
    FIRST,
    close,
    holders,
    members,
    open_lots,
    other,
    parted,
)
from rfos_runtime.reference.settlement import (
    book,
    bounded,
    failing,
    owed_now,
    settle,
    tell_failed,
)
from rfos_runtime.reference.waterfall import salt
from rfos_runtime.reference.world import Lodged, Lodging, Phase, World

Taken = Mapping[int, tuple[int, ...]]
"""The choices that are taken, by their clauses, with what is chosen in each."""


def choose(world: World, command: Choose, executor: Executor) -> None:
    """Takes a choice now, or lodges it for its deadline."""
    handle = command.instrument
    instrument = require_open(world, handle)
    choices = view_of(world, handle).choices
    require(0 <= command.choice < len(choices), Code.UNKNOWN_CHOICE)
    choice = choices[command.choice]
    require(not choice.fails, Code.UNKNOWN_CHOICE)
    held = members(world, handle)[choice.party].get(command.account, 0)
    require(0 <= command.lots <= held and held > 0, Code.NOT_THE_CHOOSER)
    whole = command.lots == open_lots(world, handle)
    _check_amounts(command, choice)
    if not choice.any_time:
        require(choice.separable or whole or command.lots == 0, Code.CHOICE_NOT_SEPARABLE)
        # What waits may stand at the very deadline: nobody chooses with hindsight.
        require(instrument.phase is not Phase.WAITING, Code.CHOICE_WAITS)
        _lodge(world, command)
        return
    require(command.lots > 0, Code.MALFORMED)
    require(instrument.phase is Phase.ACTIVE, Code.CHOICE_WAITS)
    outcome = _taken(world, executor, handle, {choice.clause: command.amounts})
    failure = failing(world, handle, outcome.postings)
    if failure is not None and failure.party != choice.party:
        outcome = _taken(world, executor, handle, {failure.clause: ()})
        tell_failed(world, handle, failure)
    goes_on_as_before = not outcome.ended and outcome.standing == instrument.standing
    if choice.separable and (outcome.ended or goes_on_as_before):
        exercise(world, handle, outcome, choice, {command.account: command.lots})
    else:
        require(whole, Code.CHOICE_NOT_SEPARABLE)
        _take_whole(world, handle, outcome, choice, command.account)
    _settle_for(world, handle, command.account)
    if outcome.ended and not choice.separable:
        end(world, handle)
    margin.mark(world, executor, handle)
    margin.require_initial(world, handle, command.account)


def exercise(
    world: World, handle: int, outcome: Outcome, choice: ChoiceView, lots: Mapping[str, int]
) -> None:
    """Books what lots that take a choice owe and get, and if it ends them, closes them on both
    sides."""
    opposite = holders(world, handle, other(choice.party))
    assigned = allot(sum(lots.values()), opposite, salt(world, handle))
    assigned = {account: each for account, each in assigned.items() if each}
    sides = (lots, assigned) if choice.party == FIRST else (assigned, lots)
    parties = parted(world.instruments[handle], *sides)
    for account, each in lots.items():
        world.tell(ChoiceTaken(handle, choice.name, account, each))
    for account, each in assigned.items():
        world.tell(Assigned(handle, account, each))
    book(world, handle, outcome.postings, parties)
    if outcome.ended:
        close(world, handle, *sides)


def _lodge(world: World, command: Choose) -> None:
    key = Lodging(command.instrument, command.choice, command.account)
    world.lodged.pop(key, None)
    if command.lots:
        world.lodged[key] = Lodged(command.lots, command.amounts)


def _check_amounts(command: Choose, choice: ChoiceView) -> None:
    """Everything that the choice asks for is named, unless it is withdrawn."""
    asked = len(choice.amounts) if command.lots else 0
    require(len(command.amounts) == asked, Code.MALFORMED)
    require(all(0 <= units <= SUPPLY_MAX for units in command.amounts), Code.MALFORMED)


def amounts_of(view: DefinitionView, taken: Taken) -> tuple[int, ...]:
    """The amounts of all choices of a definition; 0 for those that are not taken."""
    nothing = {choice.clause: (0,) * len(choice.amounts) for choice in view.choices}
    return tuple(units for each in {**nothing, **taken}.values() for units in each)


def _taken(world: World, executor: Executor, handle: int, taken: Taken) -> Outcome:
    """What taking a choice does to a lot now, or the command's refusal."""
    instrument = world.instruments[handle]
    due = instrument.next_due
    require(due is None or due > world.time, Code.CHOICE_WAITS)
    slots = zip(view_of(world, handle).feeds, instrument.feeds, strict=True)
    observations = tuple(feeds.seen(world, slot, feed, world.time) for slot, feed in slots)
    view = view_of(world, handle)
    event = Event(world.time, observations, frozenset(), frozenset(taken), amounts_of(view, taken))
    found = executor.fire(view, instrument.terms, instrument.standing, event)
    outcome = bounded(world, handle, found)
    match outcome.status:
        case Status.OK:
            return outcome
        case Status.WAITING:
            raise Refused(Code.CHOICE_WAITS)
        case Status.NOT_AVAILABLE:
            raise Refused(Code.CHOICE_NOT_OPEN)
        case _:
            raise Refused(Code.CHOICE_REFUSED)


def _take_whole(
    world: World, handle: int, outcome: Outcome, choice: ChoiceView, account: str
) -> None:
    lots = open_lots(world, handle)
    world.tell(ChoiceTaken(handle, choice.name, account, lots))
    book(world, handle, outcome.postings, members(world, handle))
    adopt(world, handle, outcome, world.time)


def _settle_for(world: World, handle: int, account: str) -> None:
    """Settles what is due now, if the chooser itself can pay its part without the fund."""
    for asset, units in owed_now(world, handle, account).items():
        own = (free(account), posted(world, handle, account, asset))
        able = sum(ledger.balance(world, asset, holding) for holding in own)
        require(able >= units, Code.CANNOT_PAY)
    settle(world, handle)
