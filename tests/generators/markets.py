"""What happens to an instance: observations, gaps in them, and choices."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import chain

from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.core.meaning import Event
from rfos_lang.core.program import Choice, Program, Sort, Terms
from tests.generators.handmade import DAY, START, Instance
from tests.generators.programs import instances, values

LENGTH_MAX = 6
DATES_MAX = 400
PLAIN = ("0.03", "0.05", "0.5", "1", "60", "95", "100", "105", "130", "1000")
NONE: frozenset[int] = frozenset()

units = st.one_of(st.integers(0, 10**8), st.integers(0, 10**8), st.sampled_from((-1, 2**63 - 1)))
"""Amounts that are chosen, in minor units."""


def histories(program: Program, start: int = START) -> st.SearchStrategy[tuple[Event, ...]]:
    """Events of one instance on a coarse grid of days from the start on."""
    passed = st.sets(st.integers(0, 28), min_size=3, max_size=LENGTH_MAX)
    instants = passed.map(lambda half_days: [start + each * DAY // 2 for each in half_days])
    return instants.flatmap(lambda chosen: _events(program, chosen, values))


def lifetimes(program: Program, terms: Terms) -> st.SearchStrategy[tuple[Event, ...]]:
    """Events of one instance on some of its own dates, at numbers that a market may show."""
    soon = (dates[:DATES_MAX] for dates in terms.schedules)  # a rule may go on without end
    dates = sorted({terms.start, *chain.from_iterable(soon)})[:DATES_MAX]
    instants = st.sets(st.sampled_from(dates), min_size=1, max_size=2 * LENGTH_MAX)
    return instants.flatmap(lambda chosen: _events(program, chosen, plain))


def plain(sort: Sort) -> st.SearchStrategy[int]:
    """Rates, prices, truths, instants."""
    if sort is Sort.NUMBER:
        return st.sampled_from(PLAIN).map(lambda text: fixed.from_decimal(Decimal(text)))
    return values(sort)


@st.composite
def _events(
    draw: st.DrawFn,
    program: Program,
    instants: Iterable[int],
    values: Callable[[Sort], st.SearchStrategy[int]],
) -> tuple[Event, ...]:
    """Events in time order. A feed keeps its value until it moves, or goes stale; one that moves is
    fresh. Choices are taken at random, whether they are open or not."""
    choices = [k for k, clause in enumerate(program.clauses) if isinstance(clause, Choice)]
    newest: list[int | None] = [draw(values(slot.sort)) for slot in program.feeds]
    events = []
    for instant in sorted(instants):
        moved = draw(st.frozensets(st.sampled_from(range(len(newest))))) if newest else NONE
        for feed, slot in enumerate(program.feeds):
            if feed in moved:
                newest[feed] = draw(values(slot.sort))
            elif draw(st.integers(0, 9)) == 0:
                newest[feed] = None
        some = st.frozensets(st.sampled_from(choices), max_size=1) if choices else st.just(NONE)
        taken = draw(some)
        amounts = tuple(draw(units) if k in taken else 0 for k, _ in program.amounts)
        events.append(Event(instant, tuple(newest), moved, taken, amounts))
    return tuple(events)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Instance, tuple[Event, ...]]:
    """An instance with a history."""
    instance = draw(instances())
    return instance, draw(histories(instance.program, instance.terms.start))
