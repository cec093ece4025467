"""What a block has met beyond the kinds of its events: why money moved, how auctions ended, and
which of them were by sealed bids.
"""

from collections.abc import Iterator, Sequence

from rfos_runtime.records.events import AuctionEnded, AuctionFilled, Happening, Posted
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.bids import is_sealed


def met(before: World, events: Sequence[Happening]) -> Iterator[str]:
    """In words, each as often as it happened."""
    for event in events:
        match event:
            case Posted(cause=cause):
                yield f"posting: {cause.kind}"
            case AuctionEnded(reason=reason):
                yield f"{_way(before, event)} auction: {reason}"
            case AuctionFilled():
                yield f"{_way(before, event)} auction: bid filled"


def _way(before: World, event: AuctionEnded | AuctionFilled) -> str:
    return "sealed" if is_sealed(before.auctions, event) else "open"
