"""Invariant 15 for liquidations: of an asset's positions no more maintenance margin is sold in a
block than is set, but one lot always."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rfos_runtime.records.events import AuctionFilled, Deleveraged, Happening
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.positions import lots_of
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.appraisals import aged, is_of
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.requirements import member_of
from rfos_runtime.simulation.executor import Answer

Key = tuple[int, str]
"""A position: the instrument, and whose."""


def paced(
    before: World, after: World, events: Sequence[Happening], answers: Sequence[Answer]
) -> Iterator[Violation]:
    """Looks at what time has sold of positions that stand by themselves. Each lot counts with the
    least maintenance that contract code, or appraisers, have said in the block, or the block
    before."""
    least, most = Counter[str](), Counter[str]()
    for key, lots in _sold(events).items():
        auction = before.auctions.get(key)
        if auction is None or member_of(before, *key, lots_of(before, *key)):
            continue
        asset = asset_together(before, key[0], auction.side)
        said = _maintenance(before, after, key[0], auction.side, answers)
        if asset is not None and said:
            least[asset] += lots * min(said)
            most[asset] = max(most[asset], *said)
    for asset, units in least.items():
        limit = max(value_of(world, asset, Parameter.PACE) for world in (before, after))
        if units > max(limit, most[asset]):
            yield Violation(15, f"{units} {asset} of maintenance were sold, where {limit} may be")


def _sold(events: Sequence[Happening]) -> dict[Key, int]:
    found = defaultdict[Key, int](int)
    for event in events:
        match event:
            case AuctionFilled(instrument=handle, account=account, lots=lots):
                found[handle, account] += lots
            case Deleveraged(instrument=handle, against=account, lots=lots):
                found[handle, account] += lots
    return found


def _maintenance(
    before: World, after: World, handle: int, side: int, answers: Sequence[Answer]
) -> list[int]:
    """All that was said of a lot of a side."""
    instrument = before.instruments[handle]
    rows = [instrument.mark] if instrument.mark is not None else []
    asked = instrument.definition, instrument.terms
    rows += [each.risk for each in answers if each.risk and (each.definition, each.terms) == asked]
    said = before.appraised.get(handle)
    if said is not None and is_of(before, handle, said):  # it moves with age and prices
        rows += [aged(world, handle, said, world.time) for world in (before, after)]
    return [row[side].maintenance for row in rows]
