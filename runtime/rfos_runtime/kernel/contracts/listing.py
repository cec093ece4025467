"""Definitions and instruments: how they come to be."""

from dataclasses import replace

from rfos_runtime.kernel.contracts import heap, living
from rfos_runtime.kernel.contracts.bound import FIRST, SECOND, Bound
from rfos_runtime.kernel.contracts.rows import ESCROW as OWN_ESCROW
from rfos_runtime.kernel.contracts.rows import ISSUANCE as OWN_ISSUANCE
from rfos_runtime.kernel.contracts.rows import NEVER, Is, Phase
from rfos_runtime.kernel.margin.marking import mark
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What
from rfos_runtime.records import canonical
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import HASH, INSTANT_MAX, Define, List
from rfos_runtime.records.holdings import OWN_FROM
from rfos_runtime.records.reports import is_possible
from rfos_runtime.records.wire import in_words
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import (
    ESCROW,
    ISSUANCE,
    Aspect,
    DefinitionView,
    Event,
    FeedView,
    Outcome,
    Status,
)

OTHERS = ("other", "other2", "other3", "other4", "other5", "other6", "other7", "other8")
INSURANCE_FUND = "insurance_fund"
_OWN = (ESCROW, ISSUANCE)


def define(state: State, command: Define) -> None:
    """Takes a definition in. Defining it again changes nothing. Raises Refused."""
    view = state.executor.load(command.artefact)
    if view is None or not view.is_sound:
        raise Refused(Code.BAD_ARTEFACT)
    require(len(view.parties) <= 2 + len(OTHERS), Code.TOO_MANY_PARTIES)
    contracts = state.contracts
    if view.content_hash in contracts.by_hash:
        return
    state.make_room({Of.DEFINITIONS: 1})
    at = heap.stored(state, command.artefact)
    state.touched(Of.COUNTS, Of.DEFINITIONS)["lying"] += 1
    contracts.definitions.append(view)
    handle = len(contracts.definitions)
    contracts.by_hash[view.content_hash] = handle
    row = state.touched(Of.DEFINITIONS, handle)
    for word, value in zip(
        ("w0", "w1", "w2", "w3"),
        in_words(bytes.fromhex(view.content_hash), HASH).values(),
        strict=True,
    ):
        row[word] = value
    row["at"], row["size"] = at, len(command.artefact)


# --- listing --------------------------------------------------------------------------------------


def list_instrument(state: State, command: List) -> int:
    """A new instrument, under the next handle. Raises Refused."""
    definition = state.contracts.by_hash.get(command.definition, 0)
    require(definition != 0, Code.UNKNOWN_DEFINITION)
    view = state.contracts.definitions[definition - 1]
    _check_binding(state, view, command)
    for slot in view.issues:
        issuer = state.issuers.get(command.assets[slot])
        require(issuer == command.definition, Code.NOT_THE_ISSUER)
    seasoned = bool(command.history)
    require(abs(command.start) <= INSTANT_MAX, Code.MALFORMED)
    require(seasoned or command.start >= state.time, Code.START_HAS_PASSED)
    outcome = state.executor.start(view, command.terms)
    require(outcome.status == Status.OK, Code.TERMS_REFUSED)
    if seasoned:
        outcome = _lived(state, view, command, outcome)
    bound = bound_next(state, definition, command, view.content_hash in state.panels)
    _write(state, bound, outcome, seasoned)
    state.contracts.take_in(bound)
    mark(state, bound.handle)
    state.tell(What.LISTED, instrument=bound.handle, debit=definition)
    return bound.handle


def _lived(state: State, view: DefinitionView, command: List, outcome: Outcome) -> Outcome:
    """The outcome of the last event of the past, by which the instance stands as it does now. Each
    must go well, in time order, and leave nothing that fell due; a contract that holds money of its
    own cannot be taken over."""
    require(not any(party in _OWN for party in view.parties), Code.BAD_BINDING)
    instants = [event.instant for event in command.history]
    ordered = instants == sorted(set(instants)) and command.start <= instants[0]
    require(ordered and instants[-1] <= state.time, Code.BAD_BINDING)
    require(all(is_possible(each, len(view.feeds)) for each in command.history), Code.BAD_BINDING)
    for each in command.history:
        event = Event(each.instant, each.observations, frozenset(each.moved))
        outcome = state.executor.fire(view, command.terms, outcome.standing, event)
        require(outcome.status == Status.OK and not outcome.ended, Code.TERMS_REFUSED)
    require(outcome.next_due is None or outcome.next_due > state.time, Code.TERMS_REFUSED)
    return outcome


def _check_binding(state: State, view: DefinitionView, command: List) -> None:
    """Everything that the definition names must be bound, to something that exists and fits."""
    sizes = (
        (command.assets, view.assets),
        (command.places, view.assets),
        (command.feeds, view.feeds),
        (command.risk_feeds, view.risk_inputs),
        (command.others, view.parties[2:]),
    )
    require(all(len(bound) == len(slots) for bound, slots in sizes), Code.BAD_BINDING)
    known = all(
        asset in state.assets and state.world.assets[state.assets[asset]]["places"] == places
        for asset, places in zip(command.assets, command.places, strict=True)
    )
    for name, party in zip(command.others, view.parties[2:], strict=True):
        known = known and (name == "" if party in _OWN else state.account(name) != 0)
    known = known and all(feed in state.feeds.handles for feed in command.risk_feeds)
    pairs = zip(view.feeds, command.feeds, strict=True)
    known = known and all(_fits(state, slot, feed) for slot, feed in pairs)
    require(known, Code.BAD_BINDING)
    for lock, rule in zip(command.locks, view.rules, strict=False):
        if lock is None:
            continue
        require(lock.asset in state.assets and (lock.units or 0) >= 0, Code.BAD_BINDING)
        fits = rule is None or command.assets[rule.asset] == lock.asset
        require(fits, Code.BAD_BINDING)


def _fits(state: State, slot: FeedView, feed: str) -> bool:
    """Whether a feed is there and held at least as strictly as the definition demands."""
    if slot.aspect is Aspect.NOW:
        return feed == ""
    handle = state.feeds.handles.get(feed)
    if handle is None:
        return False
    bound = state.feeds.registered[handle - 1]
    return (
        (slot.staleness is None or bound.staleness <= slot.staleness)
        and (slot.lowest is None or slot.lowest <= bound.lowest)
        and (slot.highest is None or bound.highest <= slot.highest)
    )


# --- rows -----------------------------------------------------------------------------------------


def bound_next(state: State, definition: int, command: List, is_appraised: bool) -> Bound:
    """The next instrument, with the handles of everything that it names, which is there."""
    handle, view = len(state.contracts.instruments) + 1, state.contracts.definitions[definition - 1]
    own = {ESCROW: OWN_FROM + handle, ISSUANCE: OWN_FROM}
    pairs = zip(view.parties[2:], command.others, strict=True)
    return Bound(
        handle,
        definition,
        view,
        replace(command, history=()),
        tuple(state.assets[asset] for asset in command.assets),
        tuple(state.feeds.handles.get(feed, 0) for feed in command.feeds),
        tuple(state.feeds.handles[feed] for feed in command.risk_feeds),
        tuple(own[party] if party in own else state.account(name) for party, name in pairs),
        is_appraised,
    )


def _write(state: State, bound: Bound, outcome: Outcome, seasoned: bool) -> None:
    state.make_room({Of.INSTRUMENTS: 1, Of.MARKS: 1, Of.PARTIES: 1})
    for table in (Of.INSTRUMENTS, Of.MARKS, Of.PARTIES):
        state.touched(Of.COUNTS, table)["lying"] = bound.handle
    row = state.touched(Of.INSTRUMENTS, bound.handle)
    due = outcome.next_due if seasoned else bound.command.start
    row["phase"] = Phase.ACTIVE if seasoned else Phase.PENDING
    row["next_due"] = NEVER if due is None else due
    row["definition"], row["flags"], row["wakes"] = bound.definition, _flags(bound), NEVER
    living.begin(state, bound.handle, outcome.standing, canonical.encode(bound.command))
    _write_sides(state, bound)
    others = state.touched(Of.PARTIES, bound.handle)
    own = {ESCROW: OWN_ESCROW, ISSUANCE: OWN_ISSUANCE}
    for name, account, party in zip(OTHERS, bound.others, bound.view.parties[2:], strict=False):
        others[name] = own.get(party, account)


def _write_sides(state: State, bound: Bound) -> None:
    row = state.touched(Of.MARKS, bound.handle)
    for side, (asset, lock) in enumerate((("asset", "lock"), ("asset2", "lock2"))):
        rule, locked = bound.view.rules[side], bound.locks[side]
        posts = 0
        if rule is not None:
            posts = bound.assets[rule.asset]
        elif locked is not None:
            posts = state.assets[locked.asset]
        row[asset] = posts
        if locked is None or locked.units is None:
            row[lock] = MOST if locked is not None or posts else 0
        else:
            row[lock] = min(locked.units, MOST)


def _flags(bound: Bound) -> int:
    separable = all(choice.separable for choice in bound.view.choices)
    flags = Is.SEPARABLE if separable else Is(0)
    flags |= Is.APPRAISED if bound.is_appraised else Is(0)
    for side, ruled, covered in ((FIRST, Is.RULED, Is.COVERED), (SECOND, Is.RULED2, Is.COVERED2)):
        rule = bound.view.rules[side]
        flags |= ruled if bound.rule_of(side) is not None else Is(0)
        flags |= covered if rule is not None and INSURANCE_FUND in rule.shortfall else Is(0)
    return int(flags)
