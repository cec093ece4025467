"""Invariant 9 for sealed bids: once an auction has sold what it could, whoever took part in it and
has not opened loses the fraction that the penalty is, and nobody else loses anything."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rfos_runtime.records.commands import ONE
from rfos_runtime.records.events import Advanced, AuctionBegan, AuctionEnded, Happening, Posted
from rfos_runtime.reference.sealed import SEALED
from rfos_runtime.reference.sides import rule_together
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import Violation

Place = tuple[str, int]
"""A bidder, and the instrument."""


def forfeited(before: World, events: Sequence[Happening]) -> Iterator[Violation]:
    """Looks at what time has done. A debt ends bids, so debtors are left out; so are bids that were
    sealed in a pause, where an auction begins: it may have begun in the same one."""
    begun = {event.instrument for event in events if isinstance(event, AuctionBegan)}
    paused = {place for place, seal in before.seals.items() if seal.at > before.time}
    unclear = {place for place in paused if place[1] in begun}
    owing = {debt.account for debt in before.debts}
    owing |= {event.account for event in events if isinstance(event, Advanced)}
    lost, due = Counter[Place](), _due(before, events)
    for event in events:
        match event:
            case Posted(cause=cause, debit=debit, units=units) if cause.kind == "forfeit":
                lost[debit.account, cause.instrument] += units
    for place in sorted(lost.keys() | due.keys()):
        account, _ = place
        if account not in owing and place not in unclear and lost[place] != due[place]:
            words = f"{account} lost {lost[place]} of a sealed bid, not {due[place]}"
            yield Violation(9, words)


def _due(before: World, events: Sequence[Happening]) -> Counter[Place]:
    """What was to be lost, one auction after the other. One that has begun in the block, perhaps of
    a position that was sold in it before, has had no bids."""
    penalties, auctions = defaultdict[Place, list[int]](list), dict(before.auctions)
    for event in events:
        match event:
            case AuctionEnded(instrument=handle, account=sold, reason=reason):
                auction = auctions.pop((handle, sold), None)
                if auction is None or not auction.sealed or reason not in ("restored", "unsold"):
                    continue
                rule = rule_together(before, handle, auction.side)
                for (account, place), seal in before.seals.items():
                    took_part = 0 <= seal.at - auction.began < auction.sealed
                    if rule and place == handle and account != sold and took_part:
                        penalties[account, handle].append(rule.penalty)
    found = Counter[Place]()
    for (account, handle), each in penalties.items():
        bid = before.bids.get((account, SEALED + handle))
        if bid is not None and not bid.limit:
            left = bid.units
            for penalty in each:
                left -= left * penalty // ONE
            found[account, handle] = bid.units - left
    return found
