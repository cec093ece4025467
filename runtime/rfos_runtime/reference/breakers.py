"""What stands still: what the operator has halted (`halts`), and what a breaker pauses, once a feed
has moved too far in too short a time.

Windows of a feed's breaker follow one another from 1970. A value is held against the lowest and the
highest of its own window and of the one before, so that no move within the length of one is missed;
one that took up to twice as long may be caught. While a feed is paused nothing is counted; then it
begins anew, with the value at which it stopped.

Clocks of auctions stand where they stood: whenever it changes from when on an instrument goes on,
the beginnings of its auctions move with it, and the instants at which bids were sealed.
"""

from collections.abc import Mapping
from dataclasses import replace

from rfos_runtime.records.commands import ONE, Breaker
from rfos_runtime.records.events import Paused
from rfos_runtime.reference.appraised import valued_by
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
    """From when on an instrument neither pauses nor is halted: the world's time if it does not
    now; NEVER as long as nobody has said when it goes on."""
    pauses = (world.pauses.get(feed, 0) for feed in valued_by(world, handle))
    halts = (world.halts[key].until for key in _halting(world, handle) if key in world.halts)
    return max((world.time, *pauses, *halts))


def stands_still(world: World, handle: int) -> bool:
    """Whether an instrument pauses or is halted."""
    return resumes(world, handle) > world.time


def _halting(world: World, handle: int) -> list[tuple[int, str]]:
    """What halts an instrument: itself, or a feed that it reads or is marked by."""
    instrument = world.instruments[handle]
    feeds = dict.fromkeys((*instrument.feeds, *instrument.risk_feeds))
    return [(handle, ""), *((0, feed) for feed in feeds if feed)]


def resumptions(world: World) -> Mapping[int, int]:
    """From when on each instrument goes on in which an auction runs."""
    return {handle: resumes(world, handle) for handle, _ in world.auctions}


def move_clocks(world: World, before: Mapping[int, int]) -> None:
    """Moves the clocks of auctions on, or back, as it has changed from when on they run."""
    later = {handle: resumes(world, handle) - was for handle, was in before.items()}
    for (handle, account), auction in world.auctions.items():
        began = auction.began + later[handle]
        world.auctions[handle, account] = replace(auction, began=began)
    for (account, handle), seal in world.seals.items():
        world.seals[account, handle] = seal._replace(at=seal.at + later[handle])


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
    before = resumptions(world)
    world.pauses[feed] = until
    move_clocks(world, before)
    world.tell(Paused(feed, until))
