"""Invariants 4 and 13 along the postings of a block: they are all that moves money, nothing is
overdrawn on the way, and the fund and the payees come in only when a payer has nothing left.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rfos_runtime.records.events import Advanced, Happening, PaidInKind, Posted, ShortPaid
from rfos_runtime.records.holdings import ISSUED, OUTSIDE, Holding, collateral, free
from rfos_runtime.reference.world import World
from rfos_runtime.simulation.checks.invariants import Violation

Balances = dict[tuple[str, Holding], int]

_MAY_BE_NEGATIVE = (OUTSIDE, ISSUED)


def money(before: World, after: World, events: Sequence[Happening]) -> Iterator[Violation]:
    """Follows the postings from one world to the next."""
    running: Balances = dict(before.balances)
    for event in events:
        match event:
            case Posted():
                yield from _posted(running, event)
            case Advanced():
                yield from _advanced(running, event)
    if {key: units for key, units in running.items() if units} != after.balances:
        yield Violation(4, f"postings lead to other balances: {_difference(running, after)}")
    for group in _short(events):
        yield from _pro_rata(group, events)


def _posted(running: Balances, event: Posted) -> Iterator[Violation]:
    if event.units <= 0 or not event.cause.kind or event.debit == event.credit:
        yield Violation(4, f"a posting of nothing, or without a cause: {event}")
    for holding, units in ((event.debit, -event.units), (event.credit, event.units)):
        key = event.asset, holding
        running[key] = running.get(key, 0) + units
        if running[key] < 0 and holding not in _MAY_BE_NEGATIVE:
            yield Violation(2, f"{holding} is overdrawn by {event}")


def _advanced(running: Balances, event: Advanced) -> Iterator[Violation]:
    """The fund comes in only once the payer's own is gone."""
    own = (free(event.account), collateral(event.account, event.instrument))
    left = [running.get((event.asset, holding), 0) for holding in own]
    if any(left):
        words = f"the fund advanced {event.units} for {event.account}, which has {left} of its own"
        yield Violation(13, words)


def _short(events: Sequence[Happening]) -> Iterator[list[tuple[int, ShortPaid]]]:
    """What was short together, with places among the events: payees of one payment follow each
    other, with nothing but their postings between them."""
    group: list[tuple[int, ShortPaid]] = []
    for place, event in enumerate(events):
        match event:
            case ShortPaid() if not group or _is_same(group[-1][1], event):
                group.append((place, event))
            case Posted(cause=cause, debit=debit) if group and debit.purpose == "clearing":
                if (cause.instrument, event.asset) != (group[-1][1].instrument, group[-1][1].asset):
                    yield group
                    group = []
            case ShortPaid():
                yield group
                group = [(place, event)]
            case _ if group:
                yield group
                group = []
    if group:
        yield group


def _is_same(one: ShortPaid, other: ShortPaid) -> bool:
    return (one.instrument, one.asset) == (other.instrument, other.asset)


def _pro_rata(
    group: list[tuple[int, ShortPaid]], events: Sequence[Happening]
) -> Iterator[Violation]:
    """Each is short its part of the deficit, to less than a unit."""
    given = _given(events[: group[0][0]], group[0][1])
    short = {event.account: event.units + given[event.account] for _, event in group}
    owed = {
        event.account: _paid(events, place, event) + short[event.account] for place, event in group
    }
    total, deficit = sum(owed.values()), sum(short.values())
    for _, event in group:
        if event.units > owed[event.account] or event.units <= 0:
            yield Violation(13, f"{event.account} is short {event.units} of {owed[event.account]}")
        if len(owed) == len(group) and deficit <= total:
            off = abs(short[event.account] * total - deficit * owed[event.account])
            if off >= total + deficit * len(group):
                words = f"{event.account} bears {short[event.account]} of {deficit}, unevenly"
                yield Violation(13, words)


def _given(events: Sequence[Happening], short: ShortPaid) -> Counter[str]:
    """What payees got in kind of the payment of which somebody is short, by what it counted for:
    after what was collected for it."""
    given = Counter[str]()
    for event in reversed(events):
        match event:
            case PaidInKind(instrument=handle, payee=payee, towards=asset, worth=worth):
                if (handle, asset) == (short.instrument, short.asset):
                    given[payee] += worth
            case Posted(credit=credit) if credit.purpose != "clearing":
                continue
            case _:
                break
    return given


def _paid(events: Sequence[Happening], place: int, event: ShortPaid) -> int:
    """What a payee got of the payment of which it is short: the posting just before."""
    for earlier in reversed(events[:place]):
        match earlier:
            case Posted(debit=debit, credit=credit, asset=asset, units=units):
                of = debit.purpose, debit.instrument, asset, credit.account
                is_it = of == ("clearing", event.instrument, event.asset, event.account)
                return units if is_it else 0
            case ShortPaid() if _is_same(earlier, event):
                continue
            case _:
                return 0  # it got nothing
    return 0


def _difference(running: Balances, after: World) -> str:
    found = {key: units for key, units in running.items() if units}
    keys = [key for key in {*found, *after.balances} if found.get(key) != after.balances.get(key)]
    asset, holding = sorted(keys)[0]
    words = " ".join(str(part) for part in (holding.purpose, holding.account) if part)
    key = asset, holding
    return f"{words} {found.get(key, 0)} against {after.balances.get(key, 0)} {asset}"
