"""What an event at an instant of the past sees, given the values that were observed until then."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import assert_never

from rfos_lang.base.feed import Aspect
from rfos_lang.base.instant import date_of
from rfos_lang.core.meaning import Event, schedule_of
from rfos_lang.core.program import FeedSlot, Program, Terms

Values = Mapping[str, Mapping[int, int]]
"""The observations of each feed by instant, as the settlement arithmetic has them: numbers in fixed
point, truths 0 or 1. What a publisher gives for a date stands at an instant of that date."""


def instants(program: Program, terms: Terms, values: Values, until: int) -> list[int]:
    """Every instant before `until` at which something fell due or was observed."""
    schedules = (schedule_of(clause, terms) for clause in program.clauses)
    due = {t for each in schedules for t in each[: bisect_left(each, until)]}
    dates = {date_of(instant) for instant in due}
    ticks = {
        instant
        for feed in terms.feeds
        for instant in values.get(feed, {})
        if terms.start <= instant < until and date_of(instant) not in dates
    }
    return sorted(due | ticks)


def event_at(program: Program, terms: Terms, values: Values, instant: int, known: int) -> Event:
    """The event of an instant, as one sees it at the later instant `known`."""
    slots = list(zip(program.feeds, terms.feeds, strict=True))
    observations = tuple(
        seen(slot, values.get(name, {}), instant, known - instant) for slot, name in slots
    )
    moved = frozenset(
        number
        for number, (slot, name) in enumerate(slots)
        if slot.aspect is not Aspect.NOW and of_date(values.get(name, {}), instant) is not None
    )
    return Event(instant, observations, moved)


def seen(slot: FeedSlot, values: Mapping[int, int], instant: int, waited: int) -> int | None:
    """What a slot shows at an instant for whose values one has waited so long."""
    match slot.aspect:
        case Aspect.EVENT:
            return values.get(instant)
        case Aspect.NEWEST | Aspect.FIXING:
            return of_date(values, instant)
        case Aspect.LAPSED:
            if of_date(values, instant) is not None:
                return 0
            return 1 if slot.rules.patience is not None and waited >= slot.rules.patience else None
        case Aspect.LAST:
            return values[max(past)] if (past := [at for at in values if at <= instant]) else None
        case Aspect.RESOLVED:
            return int(any(at <= instant for at in values))
        case Aspect.NOW:
            return instant
        case _:
            assert_never(slot.aspect)


def of_date(values: Mapping[int, int], instant: int) -> int | None:
    """The value of that very instant, or else of its date."""
    if instant in values:
        return values[instant]
    day = date_of(instant)
    return next((value for at, value in values.items() if date_of(at) == day), None)
