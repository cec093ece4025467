"""Circuit breakers: once a feed has moved too far in too short a time, what hangs on it pauses.

Windows of a feed's breaker follow one another from 1970. A value is held against the lowest and the
highest of its own window and of the one before, so that no move within the length of one is missed;
one that took up to twice as long may be caught. While a feed is paused nothing is counted; then it
begins anew, with the value at which it stopped.
"""

from dataclasses import replace

from rfos_runtime.records.commands import ONE, Breaker
from rfos_runtime.records.events import Paused
from rfos_runtime.reference.world import Swing, World


def watch(world: World, feed: str) -> None:
    """Takes in the newest observation of a feed, which may stop what hangs on it."""
    rule, newest = world.feeds[feed].breaker, world.feeds[feed].newest
    if rule is None or newest is None or newest.instant != world.time or is_paused(world, feed):
        return
    window, value = world.time // rule.window, newest.value
    before, now = _seen(world.swings.get(feed), window)
    if any(_is_far(rule, value, each) for each in (*before, *now)):
        world.swings[feed] = Swing(window, (value, value), None)
        return _stop(world, feed, world.time + rule.pause)
    seen = value, *now
    world.swings[feed] = Swing(window, (min(seen), max(seen)), before or None)


def is_paused(world: World, feed: str) -> bool:
    """Whether what hangs on a feed stands still."""
    return world.pauses.get(feed, 0) > world.time


def resumes(world: World, handle: int) -> int:
    """From when on an instrument is not paused: the world's time if it is not now."""
    feeds = world.instruments[handle].risk_feeds
    return max(world.time, *(world.pauses.get(feed, 0) for feed in feeds), 0)


Range = tuple[int, int] | tuple[()]
"""The lowest and the highest value, if there was any."""


def _seen(swing: Swing | None, window: int) -> tuple[Range, Range]:
    """The lowest and the highest of the window before and of this one."""
    if swing is None or swing.window < window - 1:
        return (), ()
    if swing.window == window - 1:
        return swing.now, ()
    return swing.before or (), swing.now


def _is_far(rule: Breaker, value: int, before: int) -> bool:
    return abs(value - before) * ONE > rule.move * abs(before)


def _stop(world: World, feed: str, until: int) -> None:
    """Pauses a feed: the clocks of auctions that hang on it stand still."""
    for key, auction in world.auctions.items():
        if feed in world.instruments[key[0]].risk_feeds:
            longer = max(0, until - resumes(world, key[0]))
            world.auctions[key] = replace(auction, began=auction.began + longer)
    world.pauses[feed] = until
    world.tell(Paused(feed, until))
