"""Invariant 10 for the clocks of auctions: they run with time, and stand while their instrument
stands still; no command moves them, nor when by them a bid was sealed."""

from collections.abc import Iterator, Sequence

from rfos_runtime.records.events import AuctionEnded, Happening, Paused
from rfos_runtime.reference.sealed import SEALED
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.stops import stands_until, valued_by

Key = tuple[int, str]
"""A position under auction."""
Span = tuple[int, int]
"""From one instant to another."""


def clocks(before: World, after: World, events: Sequence[Happening] = ()) -> Iterator[Violation]:
    """Looks at the auctions that run from one world to the next. `events`: what time has told."""
    if not before.auctions:
        return
    ended = {(e.instrument, e.account) for e in events if isinstance(e, AuctionEnded)}
    for key in before.auctions.keys() & after.auctions.keys() - ended:
        spans = [(before.time, stands_until(before, key[0])), *_paused(after, key[0], events)]
        still = sum(end - begin for begin, end in _apart(spans, after.time))
        wanted = _ran(before, key) + after.time - before.time - still
        if _ran(after, key) != wanted:
            words = f"the auction of {key[1]} in instrument {key[0]} has run {_ran(after, key)}"
            yield Violation(10, f"{words} nanoseconds, not {wanted}")
        for account in _sealed(before, after, key[0]):
            if _came(before, key, account) != _came(after, key, account):
                yield Violation(10, f"{account} seems to have sealed a bid at another instant")


def _ran(world: World, key: Key) -> int:
    """How long an auction has run, once its instrument goes on."""
    return max(world.time, stands_until(world, key[0])) - world.auctions[key].began


def _sealed(before: World, after: World, handle: int) -> Iterator[str]:
    """Whose sealed bids in an instrument there are in both worlds, the very same ones."""
    for account, instrument in before.seals.keys() & after.seals.keys():
        was, now = (world.bids.get((account, SEALED + handle)) for world in (before, after))
        if instrument == handle and was and now and was.number == now.number:
            yield account


def _came(world: World, key: Key, account: str) -> int:
    """How long an auction had run when a bid was sealed."""
    return world.seals[account, key[0]].at - world.auctions[key].began


def _paused(world: World, handle: int, events: Sequence[Happening]) -> Iterator[Span]:
    """When breakers have stopped what an instrument is valued by."""
    for event in events:
        match event:
            case Paused(feed=feed, until=until) if feed in valued_by(world, handle):
                rule = world.feeds[feed].breaker
                assert rule is not None, "a pause without a breaker"
                yield until - rule.pause, until


def _apart(spans: Sequence[Span], until: int) -> Iterator[Span]:
    """The same time in spans that do not overlap, none of them beyond an instant."""
    reached = None
    for begin, end in sorted(spans):
        begin, end = begin if reached is None else max(begin, reached), min(end, until)
        if end > begin:
            yield begin, end
            reached = end
