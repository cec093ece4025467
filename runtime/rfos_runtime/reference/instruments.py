"""Definitions and instruments: how they come to be, and how they end or freeze."""

from dataclasses import replace
from functools import partial

from rfos_runtime.records import holdings
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import INSTANT_MAX, THIRD_PARTIES, Define, List
from rfos_runtime.records.events import AuctionEnded, Ended, Frozen, Listed
from rfos_runtime.records.holdings import own_account
from rfos_runtime.records.reports import is_possible
from rfos_runtime.reference import bids, sealed
from rfos_runtime.reference.executor import (
    ESCROW,
    ISSUANCE,
    Aspect,
    DefinitionView,
    Event,
    Executor,
    FeedView,
    Outcome,
    Status,
)
from rfos_runtime.reference.margin import CLOSED, mark
from rfos_runtime.reference.positions import FIRST, SECOND, close, holders
from rfos_runtime.reference.world import Definition, Instrument, Phase, World


def view_of(world: World, handle: int) -> DefinitionView:
    """What the executor says of an instrument's definition."""
    return world.definitions[world.instruments[handle].definition].view


def is_separable(view: DefinitionView) -> bool:
    """Whether many accounts may hold it: no choice, or each ends the lots that take it."""
    return all(choice.separable for choice in view.choices)


def define(world: World, command: Define, executor: Executor) -> None:
    """Takes a definition in. Defining it again changes nothing."""
    view = executor.load(command.artefact)
    if view is None or not view.is_sound:
        raise Refused(Code.BAD_ARTEFACT)
    require(len(view.parties) <= 2 + THIRD_PARTIES, Code.TOO_MANY_PARTIES)
    world.definitions.setdefault(view.content_hash, Definition(command.artefact, view))


def list_instrument(world: World, command: List, executor: Executor) -> None:
    """A new instrument, under the next handle."""
    definition = world.definitions.get(command.definition)
    if definition is None:
        raise Refused(Code.UNKNOWN_DEFINITION)
    _check_binding(world, definition.view, command)
    for slot in definition.view.issues:
        issuer = world.issuers.get(command.assets[slot])
        require(issuer == command.definition, Code.NOT_THE_ISSUER)
    seasoned = bool(command.history)
    require(abs(command.start) <= INSTANT_MAX, Code.MALFORMED)
    require(seasoned or command.start >= world.time, Code.START_HAS_PASSED)
    outcome = executor.start(definition.view, command.terms)
    require(outcome.status == Status.OK, Code.TERMS_REFUSED)
    if seasoned:
        outcome = _lived(world, executor, definition.view, command, outcome)
    handle = len(world.instruments) + 1
    world.instruments[handle] = Instrument(
        definition=command.definition,
        terms=command.terms,
        assets=command.assets,
        feeds=command.feeds,
        risk_feeds=command.risk_feeds,
        locks=command.locks,
        others=_others(definition.view, command, handle),
        phase=Phase.ACTIVE if seasoned else Phase.PENDING,
        standing=outcome.standing,
        next_due=outcome.next_due if seasoned else command.start,
    )
    world.tell(Listed(handle, command.definition))
    mark(world, executor, handle)


def _lived(
    world: World, executor: Executor, view: DefinitionView, command: List, outcome: Outcome
) -> Outcome:
    """The outcome of the last event of the past, by which the instance stands as it does now. Each
    must go well, in time order, and leave nothing that fell due; a contract that holds money of its
    own cannot be taken over."""
    require(not any(party in _OWN for party in view.parties), Code.BAD_BINDING)
    instants = [event.instant for event in command.history]
    ordered = instants == sorted(set(instants)) and command.start <= instants[0]
    require(ordered and instants[-1] <= world.time, Code.BAD_BINDING)
    require(all(is_possible(each, len(view.feeds)) for each in command.history), Code.BAD_BINDING)
    for each in command.history:
        event = Event(each.instant, each.observations, frozenset(each.moved))
        outcome = executor.fire(view, command.terms, outcome.standing, event)
        require(outcome.status == Status.OK and not outcome.ended, Code.TERMS_REFUSED)
    require(outcome.next_due is None or outcome.next_due > world.time, Code.TERMS_REFUSED)
    return outcome


def _check_binding(world: World, view: DefinitionView, command: List) -> None:
    """Everything that the definition names must be bound, to something that exists and fits."""
    sizes = (
        (command.assets, view.assets),
        (command.places, view.assets),
        (command.feeds, view.feeds),
        (command.risk_feeds, view.risk_inputs),
        (command.others, view.parties[2:]),
    )
    require(all(len(bound) == len(slots) for bound, slots in sizes), Code.BAD_BINDING)
    bound_assets = zip(command.assets, command.places, strict=True)
    known = all(world.assets.get(asset) == places for asset, places in bound_assets)
    for name, party in zip(command.others, view.parties[2:], strict=True):
        known = known and (name == "" if party in _OWN else name in world.accounts)
    known = known and all(feed in world.feeds for feed in command.risk_feeds)
    known = known and all(map(partial(_fits, world), view.feeds, command.feeds))
    require(known, Code.BAD_BINDING)
    for lock, rule in zip(command.locks, view.rules, strict=False):
        if lock is None:
            continue
        require(lock.asset in world.assets and (lock.units or 0) >= 0, Code.BAD_BINDING)
        fits = rule is None or command.assets[rule.asset] == lock.asset
        require(fits, Code.BAD_BINDING)


def _fits(world: World, slot: FeedView, feed: str) -> bool:
    """Whether a feed is there and held at least as strictly as the definition demands."""
    if slot.aspect is Aspect.NOW:
        return feed == ""
    bound = world.feeds.get(feed)
    return (
        bound is not None
        and (slot.staleness is None or bound.staleness <= slot.staleness)
        and (slot.lowest is None or slot.lowest <= bound.lowest)
        and (slot.highest is None or bound.highest <= slot.highest)
    )


_OWN = (ESCROW, ISSUANCE)


def _others(view: DefinitionView, command: List, handle: int) -> tuple[str, ...]:
    """The accounts of the parties after the two sides."""
    own = {ESCROW: own_account(handle), ISSUANCE: holdings.ISSUANCE}
    pairs = zip(view.parties[2:], command.others, strict=True)
    return tuple(own.get(party, name) for party, name in pairs)


def require_open(world: World, handle: int) -> Instrument:
    """The instrument, unless it is unknown, has ended or is frozen."""
    instrument = world.instruments.get(handle)
    if instrument is None:
        raise Refused(Code.UNKNOWN_INSTRUMENT)
    require(instrument.phase not in CLOSED, Code.INSTRUMENT_CLOSED)
    return instrument


def adopt(world: World, handle: int, outcome: Outcome, instant: int) -> None:
    """Takes over the standing of an event that went well, of an instant, and what escrow holds
    after it."""
    instrument = world.instruments[handle]
    view = view_of(world, handle)
    held = _held(instrument, view, outcome) if ESCROW in view.parties else ()
    world.instruments[handle] = replace(
        instrument,
        phase=Phase.ACTIVE,
        standing=outcome.standing,
        next_due=outcome.next_due,
        moved=frozenset(),
        heard=tuple(record for record in instrument.heard if record.instant > instant),
        wakes=None,
        held=held,
    )


def _held(instrument: Instrument, view: DefinitionView, outcome: Outcome) -> tuple[int, ...]:
    escrow = view.parties.index(ESCROW)
    held = list(instrument.held or (0,) * len(view.assets))
    for each in outcome.postings:
        sign = (each.payee == escrow) - (each.payer == escrow)
        held[each.asset] += sign * each.units
    return tuple(held)


def end(world: World, handle: int) -> None:
    """Nothing is left of an instrument but its dated payments; positions close, and what is set
    aside for bids for them is free again."""
    instrument = world.instruments[handle]
    world.instruments[handle] = replace(
        instrument,
        phase=Phase.ENDED,
        next_due=None,
        mark=None,
        moved=frozenset(),
        heard=(),
        wakes=None,
    )
    close(world, handle, holders(world, handle, FIRST), holders(world, handle, SECOND))
    forget(world, handle, "position closed")
    world.tell(Ended(handle))
    bids.end_in(world, handle)
    sealed.end_in(world, handle)


def freeze(world: World, handle: int, status: int) -> None:
    """A timed event was refused: nothing fires any more, margin stands at its worst case."""
    instrument = world.instruments[handle]
    world.instruments[handle] = replace(
        instrument,
        phase=Phase.FROZEN,
        next_due=None,
        mark=None,
        heard=(),
        wakes=None,
        reason=status,
    )
    forget(world, handle, "mark unknown")
    world.tell(Frozen(handle, status))


def forget(world: World, handle: int, reason: str) -> None:
    """Drops what was lodged for an instrument, its auctions, and what is said of it."""
    world.appraised.pop(handle, None)
    for word in [each for each in world.words if each[0] == handle]:
        del world.words[word]
    for table in [each for each in world.tables if each[0] == handle]:
        del world.tables[table]
    for lodging in [each for each in world.lodged if each.instrument == handle]:
        del world.lodged[lodging]
    running = [key for key in world.auctions if key[0] == handle]
    for auction in sorted(running, key=lambda key: world.rank(key[1])):
        del world.auctions[auction]
        world.tell(AuctionEnded(*auction, reason))
