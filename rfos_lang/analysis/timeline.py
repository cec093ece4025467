"""The life of an instance in time: single instants, and stretches between them.

What falls due at listed dates is walked through, one instant after another. A rule such as
`every(1min)` makes too many dates for that, or dates without end; between two instants its clauses
fall due so and so often, and which of them meet is known from their steps.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from math import gcd

from rfos_lang.analysis.interval import Unbounded
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import actions_of, schedule_of
from rfos_lang.core.program import Choice, Column, Program, Store, Stored, Terms
from rfos_lang.core.walk import conditions_of, expressions_of, within

WALKED = 4_000
"""The most dates made by rules that are walked through one by one."""

MOST_RULES = 6
"""The most rules of different steps whose meetings are looked for."""

Due = Mapping[int, int]
"""Clause -> its occurrence."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A single instant: what falls due at it, and which choices may be made at any time."""

    due: Due
    open: Due


@dataclass(frozen=True, slots=True)
class Stretch:
    """Any number of instants after one another. `kinds`: what may fall due at the same instant of
    them, nothing at all included; `times`: how often each clause of a rule does in all;
    `nanoseconds`: how long it is, None if it has no end."""

    kinds: tuple[Due, ...]
    open: Due
    times: Mapping[int, int]
    nanoseconds: int | None


def timeline(program: Program, terms: Terms) -> Iterator[Instant | Stretch]:
    """From the start to the last date, or without end. Raises Unbounded."""
    rules = _rules(program, terms)
    listed = _listed(program, terms, rules)
    ends = {dates[0] for dates in rules.values()}
    if not program.perpetual:
        ends |= {dates[-1] for dates in rules.values()}
    dates = sorted({terms.start, *listed, *ends})
    for here, there in pairwise(dates):
        yield _instant(program, terms, here)
        yield _stretch(program, terms, rules, here, there)
    yield _instant(program, terms, dates[-1])
    if program.perpetual or not (listed or rules):
        yield _stretch(program, terms, rules, dates[-1], None)


def _rules(program: Program, terms: Terms) -> dict[int, range]:
    """The dates of each clause that follows a rule, where they are too many to be walked."""
    rules = {
        index: dates
        for index, clause in enumerate(program.clauses)
        if isinstance(dates := schedule_of(clause, terms), range) and dates
    }
    if sum(map(len, rules.values())) <= WALKED and not program.perpetual:
        return {}
    return {index: dates for index, dates in rules.items() if not _keeps_rows(program, index)}


def _keeps_rows(program: Program, index: int) -> bool:
    """Whether a clause reads or writes something of each of its dates."""
    clause = program.clauses[index]
    inside = chain.from_iterable(map(expressions_of, actions_of(clause)))
    rows = (isinstance(e, Column | Stored) for e in within(*conditions_of(clause), *inside))
    return any(rows) or any(isinstance(each, Store) for each in actions_of(clause))


def _listed(program: Program, terms: Terms, rules: Mapping[int, range]) -> set[int]:
    """Every date of a clause that follows no rule, and those at which choices open."""
    listed: set[int] = set()
    for index, clause in enumerate(program.clauses):
        if index not in rules:
            listed.update(schedule_of(clause, terms))
        if isinstance(clause, Choice) and clause.opens is not None:
            listed.update(terms.schedules[clause.opens][:1])
    return listed


def _instant(program: Program, terms: Terms, at: int) -> Instant:
    due = {}
    for index, clause in enumerate(program.clauses):
        dates = schedule_of(clause, terms)
        occurrence = bisect_left(dates, at)
        if occurrence < len(dates) and dates[occurrence] == at:
            due[index] = occurrence
    return Instant(due, _open(program, terms, at))


def _open(program: Program, terms: Terms, at: int) -> Due:
    """The choices that may be made at any time right after an instant, for which deadline."""
    found = {}
    for index, clause in enumerate(program.clauses):
        if not (isinstance(clause, Choice) and clause.any_time):
            continue
        opens = terms.start if clause.opens is None else terms.schedules[clause.opens][0]
        deadlines = schedule_of(clause, terms)
        ahead = bisect_right(deadlines, at)
        if opens <= at and (clause.schedule is None or ahead < len(deadlines)):
            found[index] = ahead
    return found


def _stretch(
    program: Program, terms: Terms, rules: Mapping[int, range], here: int, there: int | None
) -> Stretch:
    """What may happen after one instant and before another."""
    times = {}
    for index, dates in rules.items():
        end = len(dates) if there is None else bisect_left(dates, there)
        times[index] = end - bisect_right(dates, here)
    times = {index: count for index, count in times.items() if count > 0}
    kinds = [dict.fromkeys(meeting, 0) for meeting in _kinds({i: rules[i] for i in times})]
    nanoseconds = None if there is None else there - here
    return Stretch(({}, *kinds), _open(program, terms, here), times, nanoseconds)


# --- which rules meet ----------------------------------------------------------------------------


def _kinds(rules: Mapping[int, range]) -> dict[tuple[int, ...], None]:
    """Which clauses fall due together at some instant, as one rule after the other ends."""
    found: dict[tuple[int, ...], None] = {}
    for end in {dates[-1] for dates in rules.values()}:
        left = {index: dates for index, dates in rules.items() if dates[-1] >= end}
        found |= dict.fromkeys(meetings(left))
    return found


def meetings(rules: Mapping[int, range]) -> list[tuple[int, ...]]:
    """Which clauses fall due together at some instant while all rules go on, and no other one with
    them. Raises Unbounded."""
    different = {(dates.start % dates.step, dates.step) for dates in rules.values()}
    if len(different) > MOST_RULES:
        raise Unbounded("its dates follow too many rules")
    found: dict[tuple[int, ...], None] = {}
    pending = sorted(different)
    while pending:
        first, step = pending.pop()
        members = tuple(
            index
            for index, dates in rules.items()
            if step % dates.step == 0 and (first - dates.start) % dates.step == 0
        )
        if members not in found:
            found[members] = None
            met = (_met((first, step), each) for each in different)
            pending += [each for each in met if each is not None]
    return list(found)


def _met(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    """Where two rules meet: (the first such instant after 0, the step); None if nowhere."""
    (a, m), (b, n) = one, other
    shared = gcd(m, n)
    if (b - a) % shared:
        return None
    common = m // shared * n
    turns = (b - a) // shared * pow(m // shared, -1, n // shared) % (n // shared)
    return (a + m * turns) % common, common
