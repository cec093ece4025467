"""What happens to an instance: observations, gaps in them, and choices."""

from hypothesis import strategies as st

from rfos_lang.core.meaning import Event
from rfos_lang.core.program import Choice, Program
from tests.generators.handmade import DAY, START, Instance
from tests.generators.programs import instances, values

LENGTH_MAX = 6
NONE: frozenset[int] = frozenset()

units = st.one_of(st.integers(0, 10**8), st.integers(0, 10**8), st.sampled_from((-1, 2**63 - 1)))
"""Amounts that are chosen, in minor units."""


@st.composite
def histories(draw: st.DrawFn, program: Program, start: int = START) -> tuple[Event, ...]:
    """Events of one instance in time order, from the start on.

    A feed keeps its value until it moves, or goes stale; one that moves is fresh. Choices are taken
    at random, whether they are open or not.
    """
    passed = sorted(draw(st.sets(st.integers(0, 28), min_size=3, max_size=LENGTH_MAX)))
    choices = [k for k, clause in enumerate(program.clauses) if isinstance(clause, Choice)]
    newest: list[int | None] = [draw(values(slot.sort)) for slot in program.feeds]
    events = []
    for half_days in passed:
        moved = draw(st.frozensets(st.sampled_from(range(len(newest))))) if newest else NONE
        for feed, slot in enumerate(program.feeds):
            if feed in moved:
                newest[feed] = draw(values(slot.sort))
            elif draw(st.integers(0, 9)) == 0:
                newest[feed] = None
        some = st.frozensets(st.sampled_from(choices), max_size=1) if choices else st.just(NONE)
        instant, taken = start + half_days * DAY // 2, draw(some)
        amounts = tuple(draw(units) if k in taken else 0 for k, _ in program.amounts)
        events.append(Event(instant, tuple(newest), moved, taken, amounts))
    return tuple(events)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Instance, tuple[Event, ...]]:
    """An instance with a history."""
    instance = draw(instances())
    return instance, draw(histories(instance.program, instance.terms.start))
