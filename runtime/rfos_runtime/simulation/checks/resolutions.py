"""Invariants 12, 13 and 15 for what the operator resolves: it comes to pass as it was announced, a
day after that at least; no side pays beyond what is left of its lock, escrow pays all that it
holds, and what is paid arrives. Followed with a memory of its own of what was announced, and when.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rfos_runtime.records.block import Signed
from rfos_runtime.records.commands import DAY
from rfos_runtime.records.events import (
    Assigned,
    AuctionFilled,
    Deleveraged,
    Happening,
    Lapsed,
    PaidInKind,
    Posted,
    Resolved,
    ShortPaid,
    Substituted,
)
from rfos_runtime.records.interventions import Payment, Resolve, Substitute
from rfos_runtime.reference.executor import ESCROW
from rfos_runtime.reference.world import Instrument, Phase, World
from rfos_runtime.simulation.checks.invariants import Violation

Day = tuple[str, int]
"""Of a feed, counted from 1970."""
Payee = tuple[str, str]
"""Of an asset: an account."""


@dataclass(slots=True)
class Resolutions:
    """Remembers what was announced last, and when: payments of instruments, values of fixings."""

    payments: dict[int, tuple[Resolve, int]] = field(default_factory=dict)
    values: dict[Day, tuple[Substitute, int]] = field(default_factory=dict)

    def commanded(
        self, before: World, after: World, chain: Sequence[Signed]
    ) -> Iterator[Violation]:
        """Looks at commands that went well: nothing comes to pass at once, nor without being asked
        for."""
        for signed in chain:
            match signed.command:
                case Resolve(instrument=handle, at=at) as asked:
                    self.payments[handle] = asked, after.time
                    if at is not None:
                        yield from _announced(after, at, f"the end of instrument {handle}")
                        yield from _within(after, asked)
                case Substitute(feed=feed, date=date, at=at) as asked:
                    if at is not None:
                        yield from _announced(after, at, f"a value of {feed}")
                    self.values[feed, date // DAY] = asked, after.time
        for handle, announced in after.resolutions.items():
            known = self.payments.get(handle)
            if known is None or (known[0].at, known[0].payments) != announced[:2]:
                yield Violation(15, f"nobody has asked how instrument {handle} is resolved")
        if before.fixings != after.fixings:
            yield Violation(15, "a command fixed a value")

    def ticked(
        self, before: World, after: World, events: Sequence[Happening]
    ) -> Iterator[Violation]:
        """Looks at what time has done."""
        told = [event for event in events if isinstance(event, Resolved | Lapsed | Substituted)]
        resolved = {event.instrument for event in told if isinstance(event, Resolved)}
        lapsed = {event.instrument for event in told if isinstance(event, Lapsed)}
        for handle in before.resolutions.keys() | after.resolutions.keys() | resolved:
            stays = handle in after.resolutions
            if handle not in before.resolutions or stays == (handle in resolved | lapsed):
                yield Violation(15, f"the resolution of instrument {handle} came or went untold")
        for handle in sorted(resolved):
            asked, seen = self.payments.get(handle, (None, 0))
            if asked is None or not _is_due(asked.at, seen, before, after):
                yield Violation(15, f"instrument {handle} was resolved, and not as announced")
                continue
            yield from _ended(after, handle)
            yield from _paid(before, asked, events)
        for event in told:
            if isinstance(event, Substituted):
                yield from self._substituted(before, after, event)

    def _substituted(self, before: World, after: World, event: Substituted) -> Iterator[Violation]:
        day = event.feed, event.day
        asked, seen = self.values.get(day, (None, 0))
        if asked is None or not _is_due(asked.at, seen, before, after):
            yield Violation(15, f"{event.feed} was given a value, and not as announced")
        elif not asked.value == event.value == after.fixings[day]:
            yield Violation(15, f"{event.feed} was given another value than was announced")
        if day in before.fixings:
            yield Violation(15, f"{event.feed} was given a value in place of another")


def _announced(world: World, at: int, what: str) -> Iterator[Violation]:
    """What is announced is seen by everybody for a day at least."""
    if at - world.time < DAY:
        yield Violation(15, f"{what} was announced for {at}, less than a day ahead")


def _is_due(at: int | None, seen: int, before: World, after: World) -> bool:
    """Whether what was announced at `seen` for `at` could come to pass in a block."""
    return at is not None and at - seen >= DAY and before.time < at <= after.time


def _within(world: World, asked: Resolve) -> Iterator[Violation]:
    """What lots pay is within what is left of locks, and all that escrow holds."""
    row = world.instruments[asked.instrument]
    parties = world.definitions[row.definition].view.parties
    for side, name in enumerate(parties):
        pays = Counter[str]()
        for each in asked.payments:
            pays[each.asset] += each.units * (each.payer == name)
        if name == ESCROW:
            held = Counter(dict(zip(row.assets, row.held, strict=False)))
            if +pays != +held:
                words = f"escrow of instrument {asked.instrument} is to pay {pays}, and has {held}"
                yield Violation(12, words)
        elif not _is_left(world, row, side, +pays):
            words = f"{name} of instrument {asked.instrument} is to pay {pays}, beyond its lock"
            yield Violation(12, words)


def _is_left(world: World, row: Instrument, side: int, pays: Mapping[str, int]) -> bool:
    """Whether so much, by asset, is left of what a side has locked."""
    if not pays:
        return True
    lock = row.locks[side] if side < len(row.locks) else None
    if lock is None:
        rule = world.definitions[row.definition].view.rules[side] if side < 2 else None
        return rule is not None and pays.keys() == {row.assets[rule.asset]}
    left = None if lock.units is None else lock.units - row.paid[side].units
    return all(asset == lock.asset for asset in pays) and (
        left is None or sum(pays.values()) <= left
    )


def _ended(after: World, handle: int) -> Iterator[Violation]:
    """Nothing is left of what was resolved."""
    row = after.instruments[handle]
    is_left = any(key[0] == handle for table in (after.positions, after.auctions) for key in table)
    is_bid = any(place == handle for _, place in after.bids)
    if row.phase is not Phase.ENDED or is_left or is_bid or any(row.held):
        yield Violation(15, f"instrument {handle} was resolved, and something of it is left")


def _paid(before: World, asked: Resolve, events: Sequence[Happening]) -> Iterator[Violation]:
    """Whoever is to get something gets it, or is told what it is short; in each asset no more
    arrives than is paid."""
    handle = asked.instrument
    owed = any(each.instrument == handle for each in before.obligations.values())
    if owed or _moved(handle, events):
        return
    got, short = Counter[Payee](), Counter[Payee]()
    for event in events:
        match event:
            case Posted(cause=cause, asset=asset, credit=credit, units=units):
                if cause.kind == "resolution" and cause.instrument == handle and credit.account:
                    got[asset, credit.account] += units * (credit.purpose == "free")
            case PaidInKind(instrument=place, payee=account, towards=asset, worth=worth):
                got[asset, account] += worth * (place == handle)
            case ShortPaid(instrument=place, account=account, asset=asset, units=units):
                short[asset, account] += units * (place == handle)
    due = _due(before, handle, asked.payments)
    for key in got.keys() | short.keys() | due.keys():
        if got[key] + short[key] != due[key]:
            words = f"{key[1]} got {got[key]} {key[0]} of instrument {handle} as it was resolved"
            yield Violation(13, f"{words}, is short {short[key]}, and was to get {due[key]}")


def _moved(handle: int, events: Sequence[Happening]) -> bool:
    """Whether lots of an instrument have changed hands in a block before it was resolved."""
    moving = AuctionFilled | Deleveraged | Assigned
    return any(isinstance(event, moving) and event.instrument == handle for event in events)


def _due(world: World, handle: int, payments: Sequence[Payment]) -> Counter[Payee]:
    """What each account is to get, by asset, once what it is to pay for the same party is taken
    off."""
    row = world.instruments[handle]
    parties = world.definitions[row.definition].view.parties
    held = {name: lots for (place, name), lots in world.positions.items() if place == handle}
    all_lots = sum(lots for lots in held.values() if lots > 0)
    standing: list[dict[str, int]] = [
        {name: sign * lots for name, lots in held.items() if sign * lots > 0} for sign in (1, -1)
    ]
    standing += [{name: all_lots} for name in row.others]
    net = Counter[tuple[str, str, int]]()
    for each in payments:
        for party, sign in ((each.payer, -1), (each.payee, 1)):
            place = parties.index(party)
            for name, lots in standing[place].items():
                net[each.asset, name, place] += sign * lots * each.units
    due = Counter[Payee]()
    for (asset, name, _), units in net.items():
        due[asset, name] += max(0, units)
    return due
