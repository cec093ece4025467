"""How what is stuck comes to an end, as `reference/resolving` says."""

from collections.abc import Sequence

from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.ending import end
from rfos_runtime.kernel.contracts.holders import members
from rfos_runtime.kernel.contracts.rows import NEVER, Is, Phase
from rfos_runtime.kernel.contracts.settlement import book, bounded, count_against_locks, settle
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.telling import What
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import DAY
from rfos_runtime.records.interventions import Payment, Resolve, Substitute, is_reason
from rfos_runtime.records.parameters import RESOLVING
from rfos_runtime.records.reports import halves
from rfos_runtime.reference.executor import Outcome, Posting, Status
from rfos_runtime.reference.payouts import are_covered, postings_of
from rfos_runtime.reference.world import Resolution, Stand

STUCK = (Phase.FROZEN, Phase.WAITING)


def resolve(state: State, command: Resolve) -> None:
    """Announces what each lot of an instrument will pay, or takes that back."""
    handle = command.instrument
    require(0 < handle <= len(state.contracts.instruments), Code.UNKNOWN_INSTRUMENT)
    if command.at is None:
        require(handle in state.resolutions, Code.UNKNOWN_PROPOSAL)
        return _lapse(state, handle)
    phase, bound = state.world.instruments[handle]["phase"], state.contracts.of(handle)
    require(phase != Phase.ENDED, Code.INSTRUMENT_CLOSED)
    require(phase in STUCK, Code.GOES_ON)
    require(is_reason(command.reason), Code.MALFORMED)
    require(state.time + RESOLVING <= command.at < NEVER, Code.TOO_SOON)
    require(_fits(state, bound, _postings(bound, command.payments)), Code.BEYOND_LOCK)
    state.resolutions[handle] = Resolution(command.at, command.payments, command.reason)
    _announce(state, handle, 0, command.reason, command.at)


def substitute(state: State, command: Substitute) -> None:
    """Announces what will stand for a fixing, or takes that back."""
    day, feed = command.date // DAY, state.feeds.handles.get(command.feed, 0)
    of = state.feeds.of(feed)
    if of is None:
        raise Refused(Code.UNKNOWN_FEED)
    if command.at is None:
        require((command.feed, day) in state.substitutes, Code.UNKNOWN_PROPOSAL)
        del state.substitutes[command.feed, day]
        return state.tell(What.LAPSED, asset=feed)
    require(is_reason(command.reason), Code.MALFORMED)
    require(day <= state.time // DAY, Code.DATE_AHEAD)
    require(oracle.fixing(state.world, feed, day) is None, Code.FIXED_BEFORE)
    require(of.lowest <= command.value <= of.highest, Code.OUT_OF_BOUNDS)
    require(state.time + RESOLVING <= command.at < NEVER, Code.TOO_SOON)
    state.substitutes[command.feed, day] = Stand(command.at, command.value, command.reason)
    _announce(state, 0, feed, command.reason, command.at)


def _announce(state: State, handle: int, feed: int, reason: str, at: int) -> None:
    state.reasons.append(reason)
    told = len(state.reasons) - 1
    state.tell(What.ANNOUNCED, instrument=handle, asset=feed, units=told, debit=at)


# --- what comes to pass --------------------------------------------------------------------------


def next_due(state: State) -> int:
    """When something comes to pass next; NEVER if nothing is announced."""
    ats = [each.at for each in state.resolutions.values()]
    ats += [each.at for each in state.substitutes.values()]
    return min(ats, default=NEVER)


def come_to_pass(state: State) -> frozenset[int]:
    """Lets what was announced come to pass whose time has come. Returns the feeds that have moved
    by it."""
    for handle in sorted(h for h, each in state.resolutions.items() if each.at <= state.time):
        bound = state.contracts.of(handle)
        postings = _postings(bound, state.resolutions[handle].payments)
        is_stuck = state.world.instruments[handle]["phase"] in STUCK
        if is_stuck and _fits(state, bound, postings):
            del state.resolutions[handle]
            _end(state, bound, postings)
        else:
            _lapse(state, handle)
    return _substituted(state)


def _substituted(state: State) -> frozenset[int]:
    due = [key for key, each in state.substitutes.items() if each.at <= state.time]
    moved = set()
    state.make_room({Of.FIXINGS: len(due)} if due else {})
    for feed, day in sorted((state.feeds.handles[name], day) for name, day in due):
        name = state.feeds.registered[feed - 1].feed
        value = state.substitutes.pop((name, day)).value
        if oracle.fixing(state.world, feed, day) is not None:
            state.tell(What.LAPSED, asset=feed)
            continue
        oracle.fix(state.world, feed, day, value)
        moved.add(feed)
        low, high = halves(value)
        state.tell(What.SUBSTITUTED, instrument=feed, debit=day, units=low, credit=high)
    return frozenset(moved)


def _lapse(state: State, handle: int) -> None:
    del state.resolutions[handle]
    state.tell(What.LAPSED, instrument=handle)


def _end(state: State, bound: Bound, postings: Sequence[Posting]) -> None:
    handle = bound.handle
    state.tell(What.RESOLVED, instrument=handle)
    book(state, bound, postings, members(state, bound))
    count_against_locks(state, bound, postings)
    before = living.besides_of(state, handle)
    living.has_besides(state, handle, before._replace(held=(0,) * len(before.held)))
    row = state.touched(Of.INSTRUMENTS, handle)
    row["flags"] = int(row["flags"]) & ~int(Is.HELD)
    settle(state, bound)
    end(state, handle)


# --- what a lot can pay --------------------------------------------------------------------------


def _postings(bound: Bound, payments: Sequence[Payment]) -> tuple[Posting, ...]:
    return postings_of(bound.view.parties, bound.command.assets, payments)


def _fits(state: State, bound: Bound, postings: Sequence[Posting]) -> bool:
    """Whether it is covered by what is left of locks and by escrow, and not more than can be
    paid."""
    mark, paid = state.world.marks[bound.handle], state.world.parties[bound.handle]
    held = living.besides_of(state, bound.handle).held or (0,) * len(bound.assets)
    posts = []
    for asset, lock, before in (("asset", "lock", "paid"), ("asset2", "lock2", "paid2")):
        slot = bound.assets.index(mark[asset]) if mark[asset] in bound.assets else None
        posts.append((slot, int(mark[lock]) - int(paid[before])))
    outcome = bounded(state, bound, Outcome(Status.OK, b"", tuple(postings)))
    parties = bound.view.parties
    return outcome.status == Status.OK and are_covered(parties, postings, posts, held)
