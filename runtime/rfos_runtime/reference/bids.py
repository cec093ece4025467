"""Standing bids for what is liquidated, and what is set aside for them.

Units that a bid sets aside are drawn for what it takes over, before anything else that its account
has free, and are the account's own again once the bid is over.
"""

from dataclasses import replace

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import Bid
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import free, reserved
from rfos_runtime.reference import ledger
from rfos_runtime.reference.world import Phase, StandingBid, World

Key = tuple[int, str]
"""Whose position under auction: (instrument, account)."""

Bidder = tuple[str, int]
"""(account, instrument or 0): the key of a standing bid."""


def bid(world: World, command: Bid) -> None:
    """Places, replaces or withdraws a standing bid."""
    account, asset, units = command.account, command.asset, command.units
    known = command.instrument is None or command.instrument in world.instruments
    require(known, Code.UNKNOWN_INSTRUMENT)
    require(command.lots >= 0 and command.limit > 0, Code.MALFORMED)
    require(command.lots > 0 or units == 0, Code.MALFORMED)
    if command.instrument is not None and command.lots:
        ended = world.instruments[command.instrument].phase is Phase.ENDED
        require(not ended, Code.INSTRUMENT_CLOSED)
    key = (account, command.instrument or 0)
    if key in world.bids:
        end(world, key)
    if units:
        ledger.require_amount(world, asset, units)
        require(not ledger.is_in_debt(world, account), Code.IN_DEBT)
        ledger.spend(world, asset, account, reserved(account), units, Cause("bid"))
    if command.lots:
        held = (asset, units) if units else ("", 0)
        world.bids[key] = StandingBid(world.next_number(), command.limit, command.lots, *held)


def end(world: World, bidder: Bidder) -> None:
    """Ends a bid: what was set aside for it is the account's own again."""
    account, standing = bidder[0], world.bids.pop(bidder)
    source, cause = reserved(account), Cause("return")
    ledger.post(world, standing.asset, source, free(account), standing.units, cause)


def end_in(world: World, handle: int) -> None:
    """Ends the bids for positions in an instrument alone."""
    bidders = [bidder for bidder in world.bids if bidder[1] == handle]
    for bidder in sorted(bidders, key=lambda each: world.rank(each[0])):
        end(world, bidder)


def recall(world: World) -> None:
    """Ends the bids for which their accounts have set aside what they owe the insurance fund."""
    owed = {(debt.account, debt.asset) for debt in world.debts}
    bidders = [
        bidder
        for bidder, standing in world.bids.items()
        if standing.units and (bidder[0], standing.asset) in owed
    ]
    for bidder in sorted(bidders, key=lambda each: (world.rank(each[0]), each[1])):
        end(world, bidder)


def standing_at(world: World, key: Key, price: int) -> list[Bidder]:
    """The bids that stand at a clock price, best first."""
    found = [
        (-each.limit, each.number, bidder)
        for bidder, each in world.bids.items()
        if each.limit >= price and bidder[0] != key[1] and bidder[1] in (0, key[0])
    ]
    return [bidder for _, _, bidder in sorted(found)]


def set_aside(world: World, bidder: Bidder, asset: str) -> int:
    """What is set aside for a bid in an asset."""
    standing = world.bids[bidder]
    return standing.units if standing.asset == asset else 0


def draw(world: World, bidder: Bidder, handle: int, units: int) -> None:
    """Frees units of what is set aside for a bid that takes lots of an instrument over."""
    account, standing = bidder[0], world.bids[bidder]
    cause = Cause("bid", handle)
    ledger.post(world, standing.asset, reserved(account), free(account), units, cause)
    world.bids[bidder] = replace(standing, units=standing.units - units)


def take(world: World, bidder: Bidder, lots: int) -> None:
    """A bid has taken so many lots over."""
    left = world.bids[bidder].lots - lots
    if left:
        world.bids[bidder] = replace(world.bids[bidder], lots=left)
    else:
        end(world, bidder)
