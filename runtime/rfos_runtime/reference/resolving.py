"""How what is stuck comes to an end: an instrument that is frozen, or waits for what does not come.

The operator says what each lot pays, or which value stands for a fixing that nobody has published,
and why; everybody sees it for a while; then it comes to pass by itself. No side pays more than is
left of what it locked, what escrow holds is paid out, and whoever cannot pay follows the waterfall.
What has gone on by itself meanwhile is left alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import DAY
from rfos_runtime.records.events import Announced, Lapsed, Resolved, Substituted
from rfos_runtime.records.interventions import Payment, Resolve, Substitute, is_reason
from rfos_runtime.records.parameters import RESOLVING
from rfos_runtime.reference.executor import Outcome, Posting, Status
from rfos_runtime.reference.instruments import end, view_of
from rfos_runtime.reference.payouts import are_covered, postings_of
from rfos_runtime.reference.positions import FIRST, SECOND, members
from rfos_runtime.reference.settlement import (
    book,
    bounded,
    count_against_locks,
    settle,
)
from rfos_runtime.reference.sides import asset_of_side, worst_case
from rfos_runtime.reference.world import NEVER, Phase, Resolution, Stand, World

STUCK = (Phase.FROZEN, Phase.WAITING)


def resolve(world: World, command: Resolve) -> None:
    """Announces what each lot of an instrument will pay, or takes that back."""
    handle = command.instrument
    require(handle in world.instruments, Code.UNKNOWN_INSTRUMENT)
    if command.at is None:
        require(handle in world.resolutions, Code.UNKNOWN_PROPOSAL)
        return _lapse(world, handle)
    phase = world.instruments[handle].phase
    require(phase is not Phase.ENDED, Code.INSTRUMENT_CLOSED)
    require(phase in STUCK, Code.GOES_ON)
    require(is_reason(command.reason), Code.MALFORMED)
    require(world.time + RESOLVING <= command.at < NEVER, Code.TOO_SOON)
    require(_fits(world, handle, _postings(world, handle, command.payments)), Code.BEYOND_LOCK)
    world.resolutions[handle] = Resolution(command.at, command.payments, command.reason)
    world.tell(Announced(handle, "", command.reason, command.at))


def substitute(world: World, command: Substitute) -> None:
    """Announces what will stand for a fixing, or takes that back."""
    key = command.feed, command.date // DAY
    feed = world.feeds.get(command.feed)
    if feed is None:
        raise Refused(Code.UNKNOWN_FEED)
    if command.at is None:
        require(key in world.substitutes, Code.UNKNOWN_PROPOSAL)
        del world.substitutes[key]
        return world.tell(Lapsed(0, command.feed))
    require(is_reason(command.reason), Code.MALFORMED)
    require(key[1] <= world.time // DAY, Code.DATE_AHEAD)
    require(key not in world.fixings, Code.FIXED_BEFORE)
    require(feed.lowest <= command.value <= feed.highest, Code.OUT_OF_BOUNDS)
    require(world.time + RESOLVING <= command.at < NEVER, Code.TOO_SOON)
    world.substitutes[key] = Stand(command.at, command.value, command.reason)
    world.tell(Announced(0, command.feed, command.reason, command.at))


# --- what comes to pass --------------------------------------------------------------------------


def next_due(world: World) -> int | None:
    """When something comes to pass next."""
    ats = [each.at for each in world.resolutions.values()]
    ats += [each.at for each in world.substitutes.values()]
    return min(ats, default=None)


def come_to_pass(world: World) -> frozenset[str]:
    """Lets what was announced come to pass whose time has come. Returns the feeds that have moved
    by it."""
    for handle in sorted(h for h, each in world.resolutions.items() if each.at <= world.time):
        postings = _postings(world, handle, world.resolutions[handle].payments)
        if world.instruments[handle].phase in STUCK and _fits(world, handle, postings):
            del world.resolutions[handle]
            _end(world, handle, postings)
        else:
            _lapse(world, handle)
    return _substituted(world)


def _substituted(world: World) -> frozenset[str]:
    due = [key for key, each in world.substitutes.items() if each.at <= world.time]
    names = list(world.feeds)
    moved = set()
    for feed, day in sorted(due, key=lambda key: (names.index(key[0]), key[1])):
        value = world.substitutes.pop((feed, day)).value
        if (feed, day) in world.fixings:
            world.tell(Lapsed(0, feed))
            continue
        world.fixings[feed, day] = value
        moved.add(feed)
        world.tell(Substituted(feed, day, value))
    return frozenset(moved)


def _lapse(world: World, handle: int) -> None:
    del world.resolutions[handle]
    world.tell(Lapsed(handle, ""))


def _end(world: World, handle: int, postings: Sequence[Posting]) -> None:
    world.tell(Resolved(handle))
    book(world, handle, postings, members(world, handle))
    count_against_locks(world, handle, postings)
    instrument = world.instruments[handle]
    world.instruments[handle] = replace(instrument, held=(0,) * len(instrument.held))
    settle(world, handle)
    end(world, handle)


# --- what a lot can pay --------------------------------------------------------------------------


def _postings(world: World, handle: int, payments: Sequence[Payment]) -> tuple[Posting, ...]:
    assets = world.instruments[handle].assets
    return postings_of(view_of(world, handle).parties, assets, payments)


def _fits(world: World, handle: int, postings: Sequence[Posting]) -> bool:
    """Whether it is covered by what is left of locks and by escrow, and not more than can be
    paid."""
    instrument = world.instruments[handle]
    assets = instrument.assets
    held = instrument.held or (0,) * len(assets)
    posts = []
    for side in (FIRST, SECOND):
        asset = asset_of_side(world, handle, side)
        slot = assets.index(asset) if asset in assets else None
        posts.append((slot, worst_case(world, handle, side) - instrument.paid[side].units))
    outcome = bounded(world, handle, Outcome(Status.OK, b"", tuple(postings)))
    parties = view_of(world, handle).parties
    return outcome.status == Status.OK and are_covered(parties, postings, posts, held)
