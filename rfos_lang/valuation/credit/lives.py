"""What an instance pays in each of its lives: if an event never comes, and if it comes on a day.

Each life is that of `core.meaning`, which is the contract itself; a life in which the event comes
is the one in which it does not until then. What the contract asks whether it is resolved, such as
the recovery after a default, is known with the event, at the market's level.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property

from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import from_decimal
from rfos_lang.base.instant import DAY, SECOND, show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.meaning import Event, Posting, Standing, Status
from rfos_lang.core.program import Choice, FeedSlot, Program, Sort, Terms
from rfos_lang.valuation.index_names import index_name
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.rates.no_reading import NoReading

NOON = DAY // 2
"""When on a day the event comes: what falls due when the day begins has happened by then."""
EVENTS_MOST = 200_000
"""So many events of all lives are lived through."""
NOBODY: Mapping[int, tuple[int, ...]] = {}
"""No choice is taken."""


@dataclass(frozen=True, slots=True)
class Cash:
    """What the first party is paid, in units of an asset by slot, at an instant."""

    asset: int
    amount: float
    due: int


@dataclass(frozen=True, slots=True)
class Failing:
    """A life in which the event comes on the day that begins at an instant: payments from then on,
    and how many of those of the life without it came before."""

    day: int
    before: int
    after: tuple[Cash, ...]


@dataclass(frozen=True, slots=True)
class Lives:
    """The payments without the event, in order, and each life with it; `resolved` are the feeds
    that are known with the event."""

    kept: tuple[Cash, ...]
    failing: tuple[Failing, ...]
    resolved: tuple[str, ...]


def lives(program: Program, terms: Terms, market: Market, standing: Standing, event: str) -> Lives:
    """All lives of an instance from the market's date on, by the day on which the feed `event`
    becomes true. Raises NoReading."""
    if any(isinstance(clause, Choice) for clause in program.clauses):
        raise NoReading("somebody may choose")
    if program.perpetual:
        raise NoReading("it has no last date")
    return Living(program, terms, market, event).all(standing)


@dataclass(frozen=True)
class Living:
    """An instance that lives in a market, event by event; `event` may come in it, or is empty."""

    program: Program
    terms: Terms
    market: Market
    event: str

    def all(self, standing: Standing) -> Lives:
        """The life without the event, and at each day of it the life with one."""
        first, day = max(self.market.as_of, self.terms.start), self.market.as_of
        kept: list[Cash] = []
        failing: list[Failing] = []
        left = EVENTS_MOST
        for now in self.instants(first):
            while day + NOON < now:
                found, lived = self.failed(standing, max(day + NOON, first))
                failing.append(Failing(day, len(kept), found))
                day, left = day + DAY, left - lived
                if left < 0:
                    raise NoReading("it goes on for too long after the event")
            standing, paid = self.fired(standing, now, came=False, moved=False)
            kept += paid
            if standing.ended:
                break
        return Lives(tuple(kept), tuple(failing), tuple(sorted(self.coming - {self.event})))

    def failed(self, standing: Standing, now: int) -> tuple[tuple[Cash, ...], int]:
        """What is paid if the event comes now, and how many events that took."""
        standing, paid = self.fired(standing, now, came=True, moved=True)
        lived = 1
        for instant in self.instants(now + 1) if not standing.ended else ():
            standing, more = self.fired(standing, instant, came=True, moved=False)
            paid, lived = paid + more, lived + 1
            if standing.ended:
                break
        return tuple(paid), lived

    def instants(self, first: int) -> list[int]:
        """Every instant from one on at which something falls due."""
        return [first, *self.due[bisect_right(self.due, first) :]]

    @cached_property
    def due(self) -> list[int]:
        schedules = (meaning.schedule_of(clause, self.terms) for clause in self.program.clauses)
        return sorted({instant for schedule in schedules for instant in schedule})

    def fired(
        self,
        standing: Standing,
        now: int,
        came: bool,
        moved: bool,
        chosen: Mapping[int, tuple[int, ...]] = NOBODY,
    ) -> tuple[Standing, list[Cash]]:
        """One event of a life; `chosen` are the choices that are taken, with their amounts. Raises
        NoReading if it is not accepted."""
        slots = range(len(self.program.feeds))
        seen = tuple(self.observed(slot, now, came) for slot in slots)
        changed = frozenset(slot for slot in slots if moved and self.comes(slot))
        amounts = self.amounts(chosen)
        event = Event(now, seen, changed, frozenset(chosen), amounts)
        outcome = meaning.fire(self.program, self.terms, standing, event)
        if outcome.status is Status.ENDED:
            return outcome.standing, []
        if outcome.status is not Status.OK:
            what = outcome.status.name.lower().replace("_", " ")
            raise NoReading(f"on {show_instant(now)[:10]} it would be {what}")
        return outcome.standing, [c for p in outcome.postings for c in self.cash(p, now)]

    def amounts(self, chosen: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
        """What is chosen, in the order of the program's amounts; nothing if nobody does."""
        left = {clause: list(amounts) for clause, amounts in chosen.items()}
        every = self.program.amounts if chosen else ()
        return tuple(left[clause].pop(0) if clause in left else 0 for clause, _ in every)

    def cash(self, posting: Posting, now: int) -> Iterator[Cash]:
        if side := (posting.payee == 0) - (posting.payer == 0):
            amount = side * posting.units / 10 ** self.terms.places[posting.asset]
            yield Cash(posting.asset, amount, now if posting.due is None else posting.due)

    # --- what is observed

    def comes(self, slot: int) -> bool:
        """Whether a slot is of the event, or of what is resolved with it."""
        return self.terms.feeds[slot] in self.coming

    @cached_property
    def coming(self) -> frozenset[str]:
        slots = zip(self.program.feeds, self.terms.feeds, strict=True)
        return frozenset({self.event, *(n for f, n in slots if f.aspect is Aspect.RESOLVED)})

    def observed(self, slot: int, now: int, came: bool) -> int | None:
        """What a slot shows at an instant. Raises Refused E0605, E0654."""
        feed, name = self.program.feeds[slot], self.terms.feeds[slot]
        match feed.aspect:
            case Aspect.NOW:
                return now
            case Aspect.LAPSED:
                return 0
            case Aspect.RESOLVED:
                return int(came)
            case Aspect.EVENT:
                raise Refused("E0654", feed=feed.name)
        if name == self.event:
            return int(came)
        if feed.kind == "spot":
            raise NoReading("it depends on a price")
        if feed.kind == "index":
            forward = self.market.index_forward(index_name(self.program, self.terms, slot), now)
            return from_decimal(repr(forward))
        return _settled(self.market.level(name), feed) if came or not self.comes(slot) else None


def _settled(level: float, feed: FeedSlot) -> int:
    match feed.sort:
        case Sort.TRUTH:
            return int(level != 0)
        case Sort.INSTANT:
            return round(level) * SECOND
        case _:
            return from_decimal(repr(level))
