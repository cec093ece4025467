"""The life of one instance, day by day, on the reference interpreter."""

from collections.abc import Mapping
from dataclasses import field, replace

from rfos_lang.base import fixed
from rfos_lang.base.feed import Aspect, FeedRules
from rfos_lang.base.instant import DAY
from rfos_lang.base.records import dataclass
from rfos_lang.core.binding import Instance
from rfos_lang.core.history import seen
from rfos_lang.core.meaning import Event, Outcome, Posting, Standing, Status, next_due, start
from rfos_lang.core.program import Choice, FeedSlot, Program, Terms
from rfos_lang.core.story import Fired, witnessed

EVENTS_MAX = 20_000
"""So many events a life may have: enough for an hour of seconds, or for twenty years of days."""


class TooLong(Exception):
    """A life of more than `EVENTS_MAX` events."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A choice that a party takes, with the amounts that it names, in fixed point."""

    party: str
    name: str
    amounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """One event: what was observed and chosen at the instant, and what came of it.

    `refusal`: how the choices were refused, if they were; then the rest of the day happened
    without them, and `outcome` is of that. `unknown`: the feeds that had no value yet.
    """

    instant: int
    observed: Mapping[str, int]
    taken: tuple[Taken, ...]
    outcome: Outcome
    fired: tuple[Fired, ...]
    refusal: Outcome | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """An instance with all that has happened to it.

    `values`: of each feed what was observed, by instant; a value holds until another is observed,
    or the feed's staleness is over. `moved`: the feeds that were observed since the contract last
    acted, while it waits.
    """

    instance: Instance
    standing: Standing
    values: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    moments: tuple[Moment, ...] = ()

    @property
    def newest(self) -> dict[str, int]:
        """The last value of each feed that was observed."""
        return {name: values[max(values)] for name, values in self.values.items()}

    @property
    def postings(self) -> tuple[tuple[int, Posting], ...]:
        """Everything that was paid, with the instant at which it is owed."""
        return tuple(
            (moment.instant if paid.due is None else paid.due, paid)
            for moment in self.moments
            for paid in moment.outcome.postings
        )


def unbelieved(program: Program, terms: Terms, feed: str, value: int) -> FeedRules | None:
    """The rules of a feed whose bounds keep a value from being believed; None if it may be."""
    slots = zip(program.feeds, terms.feeds, strict=True)
    rules = (slot.rules for slot, name in slots if name == feed)
    return next((each for each in rules if not each.admits(value)), None)


def born(instance: Instance) -> Life:
    """The life of an instance that has just begun; binding has seen that it may."""
    outcome = start(instance.lowered.program, instance.terms)
    assert outcome.status is Status.OK
    return Life(instance, outcome.standing)


def lived(life: Life, instant: int, observed: Mapping[str, int], taken: tuple[Taken, ...]) -> Life:
    """The life after a day. What fell due before it happens first, each at its own instant and on
    the last values; then the day's observations and choices. Raises TooLong."""
    life = _observing(_overdue(life, instant), instant, observed)
    life = _overdue(life, instant)  # what waited may have its value now
    outcome, fired = _fired(life, instant, instant, taken)
    refusal = None
    if taken and outcome.status is not Status.OK:
        refusal = outcome
        outcome, fired = _fired(life, instant, instant, ())
    unknown = tuple(dict.fromkeys(n for n in life.instance.terms.feeds if n not in life.values))
    moment = Moment(instant, observed, taken, outcome, fired, refusal, unknown)
    return _after(life, moment)


def _observing(life: Life, instant: int, observed: Mapping[str, int]) -> Life:
    new = {name: {**life.values.get(name, {}), instant: it} for name, it in observed.items()}
    return replace(life, values={**life.values, **new}, moved=life.moved | frozenset(observed))


def _overdue(life: Life, now: int) -> Life:
    """The life with all that fell due before the instant, as far as it need not wait."""
    moments = list(life.moments)
    program, terms = life.instance.lowered.program, life.instance.terms
    while (due := next_due(program, terms, life.standing)) is not None and due < now:
        outcome, fired = _fired(replace(life, moved=frozenset()), due, now, ())
        if outcome.status is not Status.OK:
            break  # it waits, and is tried again with what is observed next
        moments.append(Moment(due, {}, (), outcome, fired))
        if len(moments) > EVENTS_MAX:
            raise TooLong
        life = replace(life, standing=outcome.standing)
    return replace(life, moments=tuple(moments))


def _after(life: Life, moment: Moment) -> Life:
    moments = (*life.moments, moment)
    if moment.outcome.status is Status.WAITING:
        return replace(life, moments=moments)
    standing = moment.outcome.standing
    return replace(life, moments=moments, standing=standing, moved=frozenset())


def _fired(
    life: Life, instant: int, now: int, taken: tuple[Taken, ...]
) -> tuple[Outcome, tuple[Fired, ...]]:
    """The event of an instant, with the observations of now."""
    program, terms = life.instance.lowered.program, life.instance.terms
    choices = _choices(program, taken)
    slots = tuple(zip(program.feeds, terms.feeds, strict=True))
    event = Event(
        instant=instant,
        observations=tuple(
            _shown(slot, life.values.get(name, {}), instant, now) for slot, name in slots
        ),
        moved=frozenset(
            k
            for k, (slot, name) in enumerate(slots)
            if name in life.moved and slot.aspect is not Aspect.NOW
        ),
        taken=frozenset(choices),
        amounts=_amounts(program, terms, choices),
    )
    return witnessed(program, terms, life.standing, event)


def _choices(program: Program, taken: tuple[Taken, ...]) -> dict[int, Taken]:
    """The choices that are taken, by their clauses."""
    by_name = {(each.party, each.name): each for each in taken}
    keys = {
        k: (program.parties[clause.party], clause.name)
        for k, clause in enumerate(program.clauses)
        if isinstance(clause, Choice)
    }
    return {k: by_name[key] for k, key in keys.items() if key in by_name}


def _amounts(program: Program, terms: Terms, choices: Mapping[int, Taken]) -> tuple[int, ...]:
    """What is chosen for each of the program's amounts, in minor units."""
    named = {k: iter(each.amounts) for k, each in choices.items()}
    return tuple(
        fixed.to_minor_units(next(named[k]), terms.places[amount.asset]) if k in named else 0
        for k, amount in program.amounts
    )


def _shown(slot: FeedSlot, values: Mapping[int, int], instant: int, now: int) -> int | None:
    """What a feed slot shows to the event of an instant, now. Where nothing stands for a value that
    does not come, as for an index, each day is given the last one: so that a test need not tell
    every date."""
    if slot.aspect is Aspect.FIXING and slot.rules.patience is None:
        days = [at for at in values if at // DAY <= instant // DAY]
        return values[max(days)] if days else None
    if slot.aspect is not Aspect.NEWEST:
        return seen(slot, values, instant, now - instant)
    if not values:
        return None
    newest, staleness = max(values), slot.rules.staleness
    return values[newest] if staleness is None or now - newest <= staleness else None
