"""Invariant 13 for what is closed at the mark: each holder of the other side gives its part, by
lots and leverage, to less than a lot, and nobody more than it has.

By another way than the kernel's: postings and sales are followed to what each holder had just
before, and one rate is found in exact fractions, from the riskiest holder on. Left out are closings
against somebody who is margined together with others, or owes something in the instrument, and such
where it cannot be told which of the answers of a block was the mark.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from rfos_runtime.records.events import (
    Advanced,
    Assigned,
    AuctionFilled,
    Deleveraged,
    Happening,
    Owed,
    PaidInKind,
    PledgeBought,
    Posted,
    ShortPaid,
)
from rfos_runtime.records.holdings import Holding, collateral
from rfos_runtime.reference.executor import PartyRisk
from rfos_runtime.reference.sides import rule_of
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.checks.requirements import member_of
from rfos_runtime.simulation.executor import Answer

_PAYING = ("close out", "advance", "pledge")
"""What moves money when lots are closed, before it is told that they are."""


@dataclass(slots=True)
class _Followed:
    """What there is while a block goes on. `paying`: postings that may belong to a closing that is
    still to be told; `unclear`: instruments in which more has happened than is followed."""

    lots: Counter[tuple[int, str]]
    balances: Counter[tuple[str, Holding]]
    unclear: set[int]
    paying: list[Posted] = field(default_factory=list)

    def pay(self) -> None:
        """What was paid has been paid for something else, or is over."""
        for each in self.paying:
            self.post(each)
        self.paying.clear()

    def post(self, event: Posted) -> None:
        """Moves money."""
        self.balances[event.asset, event.debit] -= event.units
        self.balances[event.asset, event.credit] += event.units

    def goes_on(self, event: Happening) -> None:
        """What anything but a closing does."""
        match event:
            case Posted(cause=cause) if cause.kind in _PAYING:
                self.paying.append(event)
                return
            case Advanced(instrument=handle):
                self.unclear.add(handle)
                return
            case ShortPaid() | PledgeBought() | PaidInKind():
                return
        self.pay()
        match event:
            case Posted():
                self.post(event)
            case AuctionFilled(instrument=handle, account=account, bidder=bidder, lots=lots):
                signed = lots if self.lots[handle, account] > 0 else -lots
                self.lots[handle, account] -= signed
                self.lots[handle, bidder] += signed
            case Assigned(instrument=handle) | Owed(instrument=handle):
                self.unclear.add(handle)

    def close(self, group: Sequence[Deleveraged]) -> None:
        """What a closing does, once it is told."""
        self.pay()
        for each in group:
            signed = each.lots if self.lots[each.instrument, each.against] > 0 else -each.lots
            self.lots[each.instrument, each.against] -= signed
            self.lots[each.instrument, each.account] += signed

    def leverage(self, world: World, handle: int, account: str, row: PartyRisk) -> int:
        """Maintenance over equity in thousandths, from 1 to 1000."""
        lots = self.lots[handle, account]
        rule, size = rule_of(world, handle, int(lots < 0)), abs(lots)
        if rule is None:
            return 1
        asset = world.instruments[handle].assets[rule.asset]
        equity = self.balances[asset, collateral(account, handle)] - row.exposure * size
        if equity < row.maintenance * size:
            return 1_000
        return max(1, floor(Fraction(1_000 * row.maintenance * size, equity))) if equity else 1


def closed(
    before: World, after: World, events: Sequence[Happening], answers: Sequence[Answer]
) -> Iterator[Violation]:
    """Looks at what time has closed."""
    unclear = {debt.instrument for debt in before.debts}
    for world in (before, after):
        unclear |= {each.instrument for each in world.obligations.values()}
    now = _Followed(Counter(before.positions), Counter(before.balances), unclear)
    group: list[Deleveraged] = []
    for event in (*events, None):
        if group and not _goes_with(event, group[-1]):
            yield from _unevenly(before, now, group, answers)
            now.close(group)
            group = []
        if isinstance(event, Deleveraged):
            group.append(event)
        elif event is not None:
            now.goes_on(event)


def _goes_with(event: Happening | None, last: Deleveraged) -> bool:
    """Whether an event tells of lots that are closed together with the last ones."""
    match event:
        case Deleveraged(instrument=handle, against=against):
            return (handle, against) == (last.instrument, last.against)
    return False


def _unevenly(
    world: World, now: _Followed, group: Sequence[Deleveraged], answers: Sequence[Answer]
) -> Iterator[Violation]:
    handle, against = group[0].instrument, group[0].against
    sign = 1 if now.lots[handle, against] > 0 else -1
    held = {
        account: -sign * lots
        for (each, account), lots in now.lots.items()
        if each == handle and sign * lots < 0
    }
    together = any(member_of(world, handle, account, -sign) for account in held)
    row = _row(world, handle, int(sign > 0), group[0].mark, answers)
    if together or row is None or handle in now.unclear:
        return
    leverage = {each: now.leverage(world, handle, each, row) for each in held}
    closed = Counter({each.account: each.lots for each in group})
    parts = _parts(closed.total(), held, leverage)
    for account, part in parts.items():
        if closed[account] > held[account] or abs(closed[account] - part) >= 1:
            words = f"{closed[account]} lots of {account} were closed, and its part is {part}"
            yield Violation(13, words)


def _row(
    world: World, handle: int, side: int, mark: int, answers: Sequence[Answer]
) -> PartyRisk | None:
    """What one lot of a side needed when the other was closed at a mark; nothing, if it locks its
    worst case or owes nothing. None if that cannot be told."""
    instrument = world.instruments.get(handle)
    if instrument is None or instrument.definition in world.panels:
        return None
    if rule_of(world, handle, side) is None:
        return PartyRisk(0, 0, 0)
    asked = instrument.definition, instrument.terms
    said = [each.risk for each in answers if (each.definition, each.terms) == asked]
    rows = {
        each[side] for each in (instrument.mark, *said) if each and each[1 - side].exposure == mark
    }
    return rows.pop() if len(rows) == 1 else None


def _parts(total: int, held: dict[str, int], leverage: dict[str, int]) -> dict[str, Fraction]:
    """The exact part of each: one rate for all, but nobody's part is more than it has."""
    parts, left = dict[str, Fraction](), Fraction(total)
    weight = sum(lots * leverage[account] for account, lots in held.items())
    for account in sorted(held, key=lambda each: -leverage[each]):
        own = held[account] * leverage[account]
        parts[account] = min(Fraction(held[account]), left * own / weight)
        left -= parts[account]
        weight -= own
    return parts
