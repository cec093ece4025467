"""Auctions by sealed bids: nobody sees what others bid before everybody has.

For as long as the asset's parameter says bids come in as seals, each with units that are set aside;
then, for as long again, they are opened. When that is over those that were opened are filled, the
highest limit first, each at its own. A bid takes part in every auction of its instrument that has
begun and still takes seals in when it comes; once all of these are over, what is left of its units
goes back. One that was not opened by the end loses the part of its units that the penalty is of a
sale: who only looks at what others have opened pays for that.

An opened bid lies among the standing ones, under an instrument of its own, `SEALED` above that for
which it is. Its limit is 0 until then.
"""

from dataclasses import replace

from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import LIMIT_MAX, ONE, OpenBid, SealBid
from rfos_runtime.records.events import Cause
from rfos_runtime.records.holdings import FUND, reserved
from rfos_runtime.records.sealing import SALT_SIZE, seal_of
from rfos_runtime.reference import bids, breakers, ledger
from rfos_runtime.reference.bids import Bidder, Key
from rfos_runtime.reference.world import NEVER, Auction, Seal, StandingBid, World

SEALED = 2**30
"""No instrument has so high a handle."""


def seal_bid(world: World, command: SealBid) -> None:
    """Takes a sealed bid in, in place of one that the account has for the instrument."""
    account, handle = command.account, command.instrument
    asset, units = command.asset, command.units
    require(handle in world.instruments, Code.UNKNOWN_INSTRUMENT)
    require(len(command.seal) == 32, Code.MALFORMED)
    running = [each for (at, _), each in world.auctions.items() if at == handle]
    at = breakers.resumes(world, handle)  # by the clocks of auctions, which may stand still
    takes = at < NEVER and any(takes_in(each, at) for each in running)
    require(takes, Code.NO_SEALED_AUCTION)
    ledger.require_amount(world, asset, units)
    require(not ledger.is_in_debt(world, account), Code.IN_DEBT)
    key = account, SEALED + handle
    if key in world.bids:
        bids.end(world, key)
    ledger.spend(world, asset, account, reserved(account), units, Cause("bid"))
    world.bids[key] = StandingBid(world.next_number(), 0, 1, asset, units)
    world.seals[account, handle] = Seal(command.seal, at)


def open_bid(world: World, command: OpenBid) -> None:
    """Opens a bid: what it says must be what was sealed."""
    account, handle = command.account, command.instrument
    said = account, handle, command.limit, command.lots, command.salt
    require(len(command.salt) <= SALT_SIZE, Code.MALFORMED)
    require(0 < command.limit <= LIMIT_MAX and 0 < command.lots <= LIMIT_MAX, Code.MALFORMED)
    seal, key = world.seals.get((account, handle)), (account, SEALED + handle)
    if seal is None or key not in world.bids:
        raise Refused(Code.UNKNOWN_SEAL)
    require(world.bids[key].limit == 0, Code.OPENED_BEFORE)
    require(seal_of(*said) == seal.seal, Code.ANOTHER_SEAL)
    world.bids[key] = replace(world.bids[key], limit=command.limit, lots=command.lots)


def takes_in(auction: Auction, at: int) -> bool:
    """Whether an auction takes bids in that are sealed at an instant of its clock: since it began,
    for one that begins later is for those who see it."""
    return auction.began <= at < auction.began + auction.sealed


def opened(world: World, key: Key, auction: Auction) -> list[Bidder]:
    """The bids that take part in an auction and were opened, best first."""
    found = [
        (-world.bids[bidder].limit, world.bids[bidder].number, bidder)
        for bidder in _taking_part(world, key, auction)
        if world.bids[bidder].limit
    ]
    return [bidder for _, _, bidder in sorted(found)]


def forfeit(world: World, key: Key, auction: Auction, penalty: int) -> None:
    """Takes the fraction of a penalty from what is set aside for bids that were not opened."""
    for bidder in _taking_part(world, key, auction):
        standing, account = world.bids[bidder], bidder[0]
        if standing.limit == 0:
            lost = standing.units * penalty // ONE
            cause = Cause("forfeit", key[0])
            ledger.post(world, standing.asset, reserved(account), FUND, lost, cause)
            world.bids[bidder] = replace(standing, units=standing.units - lost)


def clear(world: World) -> None:
    """Ends bids that take part in no auction any more."""
    for account, handle in _in_order(world):
        at = world.seals[account, handle].at
        auctions = (each for (where, _), each in world.auctions.items() if where == handle)
        if not any(takes_in(each, at) for each in auctions):
            _end(world, (account, handle))


def end_in(world: World, handle: int) -> None:
    """Ends the bids for an instrument: nothing of it is sold any more."""
    for seal in _in_order(world):
        if seal[1] == handle:
            _end(world, seal)


def _end(world: World, seal: tuple[str, int]) -> None:
    del world.seals[seal]
    bidder = seal[0], SEALED + seal[1]
    if bidder in world.bids:
        bids.end(world, bidder)


def _taking_part(world: World, key: Key, auction: Auction) -> list[Bidder]:
    """By account, of which the one whose position it is has none."""
    return [
        (account, SEALED + handle)
        for account, handle in _in_order(world)
        if handle == key[0]
        and account != key[1]
        and takes_in(auction, world.seals[account, handle].at)
        and (account, SEALED + handle) in world.bids
    ]


def _in_order(world: World) -> list[tuple[str, int]]:
    return sorted(world.seals, key=lambda each: (each[1], world.rank(each[0])))
