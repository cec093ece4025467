"""What a block has met beyond the kinds of its events: why money moved, how auctions ended, and
which of them were by sealed bids.
"""

from collections.abc import Iterator, Sequence

from rfos_runtime.records.events import AuctionEnded, AuctionFilled, Happening, Posted
from rfos_runtime.reference.world import World


def met(before: World, events: Sequence[Happening]) -> Iterator[str]:
    """In words, each as often as it happened. An auction is by sealed bids if it was before the
    block: one that begins and ends within it has had no bids."""
    for event in events:
        match event:
            case Posted(cause=cause):
                yield f"posting: {cause.kind}"
            case AuctionEnded(instrument=handle, account=account, reason=reason):
                yield f"{_way(before, handle, account)} auction: {reason}"
            case AuctionFilled(instrument=handle, account=account):
                yield f"{_way(before, handle, account)} auction: bid filled"


def _way(before: World, handle: int, account: str) -> str:
    auction = before.auctions.get((handle, account))
    return "sealed" if auction is not None and auction.sealed else "open"
