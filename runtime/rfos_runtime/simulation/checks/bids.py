"""Invariant 9 for the bids of a block: of one auction at one price, or sealed, higher limits are
filled first, then older bids; none beyond its limit or its lots, and nobody buys of itself.

An event tells whose bid was filled, and not which: one for the instrument, or one for any. So
everything that may have happened is followed, and some of it must be in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rfos_runtime.records.events import (
    AuctionEnded,
    AuctionFilled,
    Deleveraged,
    Fired,
    Happening,
    Observed,
)
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.sealed import SEALED
from rfos_runtime.reference.sides import rule_together
from rfos_runtime.reference.world import Auction, World
from rfos_runtime.simulation.checks.invariants import Violation

_Rank = tuple[int, int]
"""The place of a bid in the order in which bids are filled: its limit below zero, its number."""
_FIRST: _Rank = (-(2**200), 0)
Auctions = Mapping[tuple[int, str], Auction]
"""By instrument and account."""


class _Course(NamedTuple):
    """How it may have gone: how many lots each bid still asks for, and the rank of the bid that was
    filled last in its round."""

    left: tuple[int, ...]
    last: _Rank

    def filled(self, place: int, lots: int, rank: _Rank) -> "_Course":
        """After so many lots for the bid at a place."""
        left = list(self.left)
        left[place] -= lots
        return _Course(tuple(left), rank)


def bids(before: World, after: World, events: Sequence[Happening]) -> Iterator[Violation]:
    """Looks at what was sold."""
    ranks = [(-each.limit, each.number) for each in before.bids.values()]
    courses = {_Course(tuple(each.lots for each in before.bids.values()), _FIRST)}
    last: tuple[int, str, int] | None = None
    auctions = dict(before.auctions)  # those of them that still run
    for event in events:
        match event:
            case AuctionFilled(bidder=bidder, lots=lots, price=price):
                if (now := _round(auctions, event)) != last:
                    last, courses = now, {each._replace(last=_FIRST) for each in courses}
                places = _places(before, auctions, event)
                fits = [(c, place) for c in courses for place in places if c.left[place] >= lots]
                if not fits:
                    yield Violation(9, f"{bidder} took {lots} lots at {price} without a bid")
                    continue
                ordered = [(c, place) for c, place in fits if ranks[place] > c.last]
                if not ordered and not _goes_on(before, after, auctions, event):
                    yield Violation(9, f"{bidder} was filled after bids that are worse than its")
                courses = {c.filled(place, lots, ranks[place]) for c, place in ordered or fits}
            case AuctionEnded(instrument=handle, account=account):
                auctions.pop((handle, account), None)
                last = None
            case Fired() | Observed() | Deleveraged():  # the bids of that round are through
                last = None


def _round(auctions: Auctions, event: AuctionFilled) -> tuple[int, str, int]:
    """The sale that a fill is part of: of an auction, at one price if it is open."""
    return event.instrument, event.account, 0 if is_sealed(auctions, event) else event.price


def _goes_on(before: World, after: World, auctions: Auctions, event: AuctionFilled) -> bool:
    """Whether a sale may have gone on at a later instant of the block, with the best bid again: it
    was over, but for the pace of sales."""
    handle, auction = event.instrument, auctions.get((event.instrument, event.account))
    rule = None if auction is None else rule_together(before, handle, auction.side)
    if auction is None or rule is None:
        return False
    ends = auction.began + (2 * auction.sealed or rule.auction_nanoseconds)
    asset = before.instruments[handle].assets[rule.asset]
    pace = min(value_of(world, asset, Parameter.PACE) for world in (before, after))
    return ends < after.time and pace < RULES[Parameter.PACE].first


def is_sealed(auctions: Auctions, event: AuctionFilled | AuctionEnded) -> bool:
    """Whether an auction is by sealed bids: one of those from before the block, then. One that has
    begun in it has had no bids."""
    auction = auctions.get((event.instrument, event.account))
    return auction is not None and auction.sealed > 0


def _places(before: World, auctions: Auctions, event: AuctionFilled) -> list[int]:
    """Where among all bids those stand that may have been filled."""
    handle = event.instrument
    of = (SEALED + handle,) if is_sealed(auctions, event) else (handle, 0)
    return [
        place
        for place, ((bidder, instrument), bid) in enumerate(before.bids.items())
        if bidder == event.bidder != event.account and instrument in of and bid.limit >= event.price
    ]
