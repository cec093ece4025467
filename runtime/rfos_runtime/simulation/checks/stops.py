"""What stands still stands still: in an instrument that pauses or is halted nothing is sold and no
trade makes a position larger; where bids are sealed nothing is sold before all could be opened.
Numbered 10, as what holds for positions, and 9, as what holds for bids."""

from collections.abc import Iterator, Sequence

from rfos_runtime.records.block import Signed
from rfos_runtime.records.commands import Trade
from rfos_runtime.records.events import AuctionFilled, Deleveraged, Happening
from rfos_runtime.reference.positions import lots_of, shrinks
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.requirements import member_of


def sold(before: World, after: World, events: Sequence[Happening]) -> Iterator[Violation]:
    """Looks at what time has sold of instruments that paused all the while."""
    for event in events:
        match event:
            case AuctionFilled(instrument=handle) | Deleveraged(instrument=handle):
                if pauses(before, handle, after.time):
                    yield Violation(10, f"lots of instrument {handle} were sold in its pause")
        match event:
            case AuctionFilled(instrument=handle, account=account):
                auction = before.auctions.get((handle, account))
                ends = 0 if auction is None else auction.began + 2 * auction.sealed
                if auction is not None and auction.sealed and after.time < ends:
                    yield Violation(9, f"lots of {account} were sold before bids were opened")


def opened(before: World, after: World, chain: Sequence[Signed]) -> Iterator[Violation]:
    """Looks at trades that went well."""
    if after is before:
        return
    for signed in chain:
        match signed.command:
            case Trade(instrument=handle, first=first, second=second):
                if not pauses(before, handle, after.time):
                    continue
                for account in (first, second):
                    lots = [lots_of(world, handle, account) for world in (before, after)]
                    if member_of(after, handle, account, lots[1] or lots[0]):
                        continue  # see `portfolios`
                    if not shrinks(*lots):
                        yield Violation(10, f"{account} opened in instrument {handle} in a pause")


def pauses(world: World, handle: int, until: int) -> bool:
    """Whether an instrument stands still beyond an instant."""
    return stands_until(world, handle) > until


def stands_until(world: World, handle: int) -> int:
    """Until when an instrument stands still, by breakers of what it is valued by, or by what the
    operator has halted: itself, what it reads, what it is marked by."""
    each = world.instruments.get(handle)
    if each is None or not (world.pauses or world.halts):
        return 0
    read = {feed for feed in (*each.feeds, *each.risk_feeds) if feed}
    ends = [world.pauses.get(feed, 0) for feed in valued_by(world, handle)]
    for (halted, feed), standstill in world.halts.items():
        if halted == handle or feed in read:
            ends.append(standstill.until)
    return max(ends, default=0)


def valued_by(world: World, handle: int) -> set[str]:
    """What breakers pause an instrument by: what its risk is asked with; all that it reads if
    others say its risk."""
    each = world.instruments[handle]
    said = each.definition in world.panels
    return {*each.risk_feeds, *(filter(None, each.feeds) if said else ())}
