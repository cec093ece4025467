"""How far states get in a stretch of time in which anything may happen any number of times.

First by plain turns, each on all that the one before left. What goes on moving is then taken as
far as all its steps together carry it, from where it was when the stretch began, until that holds
for all states at once: a life that goes by steps inside stays inside. At last the states are drawn
in to what is assigned at all.
"""

from rfos_lang.analysis.counting import most_times
from rfos_lang.analysis.interval import Interval, Unbounded
from rfos_lang.analysis.timeline import Instant, Stretch, timeline
from rfos_lang.analysis.walking import Record, States, Totals, Walk, summed
from rfos_lang.base import fixed
from rfos_lang.core.program import Choice, Expression, Timed, Watch

_PLAIN = 4
"""Turns before steps are counted."""

_DRAWN_IN = 2
"""Turns afterwards, in which states can only shrink."""


def walk(search: Walk) -> Walk:
    """Goes through a whole life. Raises Unbounded."""
    for part in timeline(search.program, search.terms):
        match part:
            case Instant(due=due, open=open_):
                search.instant(due, open_)
            case Stretch():
                _settle(search, part)
    return search


def _settle(search: Walk, stretch: Stretch) -> None:
    """Leaves the states as they can be at any time of a stretch, and all that is paid in it."""
    if not stretch.open and not stretch.times and not _watches(search):
        return
    entry = search.states
    states = _reached(search, stretch, entry)
    for _ in range(_DRAWN_IN):
        states = _drawn_in(search, stretch, entry, states)
    _pays(search, stretch, states)
    search.states = states


def _watches(search: Walk) -> bool:
    return any(isinstance(clause, Watch) for clause in search.program.clauses)


def _reached(search: Walk, stretch: Stretch, entry: States) -> States:
    """States that hold all that a life through the stretch can make of those at its beginning."""
    states = before = entry
    for turn in range(_PLAIN + len(entry) + 2):
        means = dict(search.means)
        record = _turn(search, stretch, states)
        grown = dict(states)
        for state, values in record.values.items():
            if not states[state].holds(values):
                plain = turn < _PLAIN
                far = values if plain else _carried(search, stretch, entry, state, record)
                grown[state] = states[state].joined(far)
        if grown == states and means == search.means:
            return states
        before, states = states, grown
    moving = next(state for state, interval in states.items() if interval != before[state])
    raise Unbounded(f"{search.program.states[moving].name} may grow for ever")


def _turn(search: Walk, stretch: Stretch, states: States) -> Record:
    """What is assigned at any instant of the stretch that finds the states like this."""
    search.record = Record()
    for due in stretch.kinds:
        search.states = dict(states)
        search.instant(due, stretch.open)
    record, search.record = search.record, None
    return record


def _carried(search: Walk, stretch: Stretch, entry: States, state: int, record: Record) -> Interval:
    """How far all steps of a stretch carry a state. Raises Unbounded."""
    begun = entry[state].joined(record.fresh.get(state, entry[state]))
    low, high = begun.lowest, begun.highest
    for (moves, clause, _), (step, value) in record.steps.items():
        if moves == state and (step.lowest < 0 or step.highest > 0):
            times = _times(search, stretch, clause, state, value)
            if times is None:
                low = low if step.lowest >= 0 else fixed.LOWEST
                high = high if step.highest <= 0 else fixed.HIGHEST
            else:
                low += times * min(step.lowest, 0)
                high += times * max(step.highest, 0)
    return Interval(low, high)


def _times(search: Walk, stretch: Stretch, index: int, state: int, value: Expression) -> int | None:
    """How often a clause moves a state on in a stretch; None: as often as somebody likes, as far as
    numbers go. Raises Unbounded."""
    clause = search.program.clauses[index]
    match clause:
        case Watch():
            times = most_times(search.program, clause, state, value, stretch.nanoseconds)
            if times is None:
                raise Unbounded(f"{search.program.states[state].name} may grow for ever")
            return times
        case Choice(any_time=True):
            return None if clause.repeats else 1
        case Timed() | Choice():
            return stretch.times[index]


def _drawn_in(search: Walk, stretch: Stretch, entry: States, states: States) -> States:
    """The same states without what no assignment makes of them."""
    record = _turn(search, stretch, states)
    result = {}
    for state, known in states.items():
        possible = entry[state].joined(record.values.get(state, entry[state]))
        result[state] = known.met(possible)
    return result


def _pays(search: Walk, stretch: Stretch, states: States) -> None:
    """What is paid in a stretch: by dates as often as they are, or again and again."""
    before, search.made = search.paid, {}
    _falls_due(search, stretch, states, before)
    made = {index: search.made.get(index, {}) for index in stretch.times}
    if stretch.nanoseconds is None:
        for index, amounts in made.items():
            search.costs_again(index, amounts)
    else:
        times = stretch.times
        every = [{key: times[i] * each for key, each in made[i].items()} for i in made]
        before = summed(before, *every)
        if every:
            _falls_due(search, stretch, states, before)
    search.paid = before


def _falls_due(search: Walk, stretch: Stretch, states: States, paid: Totals) -> None:
    """Every kind of instant, once all but what it makes somebody pay has been paid."""
    made = dict(search.made)
    for due in stretch.kinds:
        own = summed(*(made.get(index, {}) for index in due))
        search.states = dict(states)
        search.paid = {key: amount - own.get(key, 0) for key, amount in paid.items()}
        search.instant(due, stretch.open)
