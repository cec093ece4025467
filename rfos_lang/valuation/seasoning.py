"""Where an instance stands at the market's date: its past, replayed from the market's fixings."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import from_decimal
from rfos_lang.base.instant import SECOND, show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.history import event_at, instants
from rfos_lang.core.meaning import Event, Posting, Standing, Status
from rfos_lang.core.program import (
    FALSE,
    Assign,
    Bind,
    Clause,
    FeedSlot,
    Group,
    Program,
    Sort,
    Store,
    Terms,
    Timed,
    Watch,
)
from rfos_lang.core.walk import feeds_in
from rfos_lang.valuation.market import Market


@dataclass(frozen=True, slots=True)
class Past:
    """The standing of an instance, and the payments that were fixed and are still owed.

    What falls due at the market's very date has not happened yet."""

    standing: Standing
    pending: tuple[Posting, ...] = ()


def past(program: Program, terms: Terms, market: Market) -> Past:
    """What has happened before the market's date.

    Raises Refused E0620 (the contract has ended), E0621 (a fixing is missing), E0622 (an event was
    refused).
    """
    owed: list[Posting] = []
    standing = _begun(program, terms)
    for instant, outcome in _lived(program, terms, market, standing):
        standing = outcome.standing
        owed += [p for p in outcome.postings if p.due is not None and p.due >= market.as_of]
        if standing.ended and not owed:
            raise Refused("E0620", contract=program.name, date=show_instant(instant))
    return Past(standing, tuple(owed))


def until_now(program: Program, terms: Terms, market: Market) -> Past:
    """What has happened before the market's date, and what the market says was observed at it.
    Raises Refused as `past`."""
    before = past(program, terms, market)
    if market.as_of < terms.start:
        return before
    return replace(before, standing=known_now(program, terms, market, before.standing))


def paid_between(program: Program, terms: Terms, before: Market, after: Market) -> dict[str, float]:
    """What the first party was paid, less what it paid, from the date of one market until that of
    another, whose fixings tell how: by asset. Raises Refused as `past`."""
    paid: dict[str, float] = {}
    for instant, outcome in _lived(program, terms, after, _begun(program, terms)):
        for posting in outcome.postings:
            at = instant if posting.due is None else posting.due
            side = (posting.payee == 0) - (posting.payer == 0)
            if side and before.as_of <= at < after.as_of:
                asset = terms.assets[posting.asset]
                amount = side * posting.units / 10 ** terms.places[posting.asset]
                paid[asset] = paid.get(asset, 0.0) + amount
    return paid


def _begun(program: Program, terms: Terms) -> Standing:
    return _accepted(program, meaning.start(program, terms), terms.start)


def _lived(
    program: Program, terms: Terms, market: Market, standing: Standing
) -> Iterator[tuple[int, meaning.Outcome]]:
    """Each instant before the market's date at which something happened, and what."""
    values = settled_values(program, terms, market.fixings)
    for instant in instants(program, terms, values, market.as_of):
        event = event_at(program, terms, values, instant, market.as_of)
        outcome = meaning.fire(program, terms, standing, event)
        if outcome.status is Status.WAITING:
            _missing(terms, event)
        standing = _accepted(program, outcome, instant)
        yield instant, replace(outcome, standing=standing)
        if standing.ended:
            return


def observed_now(program: Program, terms: Terms, market: Market, standing: Standing) -> Standing:
    """The standing once the observations that fall due at the market's date have been made: of what
    the market has a fixing of, that; else its spot."""
    return _observed(program, terms, market, standing, values_now(program, terms, market))


def values_now(program: Program, terms: Terms, market: Market) -> tuple[int | None, ...]:
    """What is observed of each feed at the market's date, as far as the market says."""
    return tuple(_spot_now(program, terms, market, feed) for feed in range(len(program.feeds)))


def known_now(program: Program, terms: Terms, market: Market, standing: Standing) -> Standing:
    """The standing once those observations that fall due at the market's date have been made which
    the market has a fixing of: they are known, whatever the spot may do."""
    slots = range(len(program.feeds))
    known = tuple(_fixed_now(program, terms, market, slot) for slot in slots)
    if all(value is None for value in known):
        return standing
    return _observed(program, terms, market, standing, known)


def _observed(
    program: Program,
    terms: Terms,
    market: Market,
    standing: Standing,
    values: tuple[int | None, ...],
) -> Standing:
    """The standing once all observations have been made whose values are known."""
    if standing.ended:
        return standing  # what it still owes may be left
    known = frozenset(slot for slot, value in enumerate(values) if value is not None)
    quiet = replace(
        program,
        clauses=tuple(
            clause if _observes(clause) and _read_in(clause) <= known else _SILENT
            for clause in program.clauses
        ),
        perpetual=True,
    )
    outcome = meaning.fire(quiet, terms, standing, Event(market.as_of, values))
    return _accepted(program, outcome, market.as_of)


_SILENT = Watch((), FALSE, ())


def _observes(clause: Clause) -> bool:
    return (
        isinstance(clause, Timed)
        and clause.group is Group.OBSERVATION
        and all(isinstance(action, Bind | Assign | Store) for action in clause.actions)
    )


def _read_in(clause: Clause) -> frozenset[int]:
    """The feeds that an observation reads."""
    actions = (
        each for each in meaning.actions_of(clause) if isinstance(each, Bind | Assign | Store)
    )
    return frozenset(feeds_in(*(action.value for action in actions)))


def _fixed_now(program: Program, terms: Terms, market: Market, feed: int) -> int | None:
    """What the market gives as observed at its own date."""
    slot = program.feeds[feed]
    value = market.fixing(terms.feeds[feed], market.as_of) if slot.aspect.is_value else None
    return None if value is None else _settled(value, slot.sort)


def _spot_now(program: Program, terms: Terms, market: Market, feed: int) -> int | None:
    slot = program.feeds[feed]
    if (known := _fixed_now(program, terms, market, feed)) is not None:
        return known
    if slot.aspect is Aspect.LAPSED:
        return 0
    if slot.kind != "spot":
        return _level_now(slot, terms.feeds[feed], market)
    asset, cash = (terms.assets[each] for each in slot.assets)
    try:
        return from_decimal(repr(market.spot(asset, cash)))
    except Refused:
        return None


def _level_now(slot: FeedSlot, name: str, market: Market) -> int | None:
    """A declared feed at the level that the market gives it; an index has a date of its own."""
    level = market.levels.get(name)
    return None if level is None else _settled(level, slot.sort)


def _accepted(program: Program, outcome: meaning.Outcome, instant: int) -> Standing:
    if outcome.status is Status.WAITING:
        return outcome.standing  # what it waits for may come; whoever needs it will say so
    if outcome.status is not Status.OK:
        reason = outcome.status.name.lower().replace("_", " ")
        date = show_instant(instant)
        raise Refused("E0622", contract=program.name, date=date, reason=reason)
    return outcome.standing


def settled_values(
    program: Program, terms: Terms, fixings: Mapping[str, Mapping[int, float]]
) -> dict[str, dict[int, int]]:
    """Past observations as the settlement arithmetic has them."""
    return {
        name: {at: _settled(value, slot.sort) for at, value in fixings.get(name, {}).items()}
        for slot, name in zip(program.feeds, terms.feeds, strict=True)
        if slot.aspect.is_value
    }


def _settled(value: float, sort: Sort) -> int:
    match sort:
        case Sort.TRUTH:
            return int(value != 0)
        case Sort.INSTANT:
            return round(value) * SECOND
        case Sort.NUMBER:
            return from_decimal(repr(value))
        case _:
            assert_never(sort)


def _missing(terms: Terms, event: Event) -> None:
    feeds = zip(terms.feeds, event.observations, strict=True)
    feed = next(feed for feed, value in feeds if value is None)
    date = show_instant(event.instant)
    raise Refused("E0621", feed=feed, date=date, day=date[:10])
