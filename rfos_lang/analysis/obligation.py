"""The most that each party may have to pay, as sharp as it can be had, with a path that attains it.

Three ways, the cheap ones first: a few plain paths give what is owed at least, intervals
(`worst_case`) what is owed at most; where the two do not meet, the prover finds a better path, a
better bound, or both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from math import isqrt
from typing import TYPE_CHECKING

from rfos_lang.analysis.growth import Growth, grown
from rfos_lang.analysis.interval import Interval
from rfos_lang.analysis.paths import Life, Path, Step, live, owed
from rfos_lang.analysis.unrolling import endless, goes_on, moments
from rfos_lang.analysis.worst_case import obligations, worst_case
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import ONE, to_minor_units
from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import schedule_of
from rfos_lang.core.program import (
    Assign,
    Binary,
    Choice,
    Clause,
    Combine,
    Program,
    Sort,
    State,
    Terms,
)
from rfos_lang.core.walk import within

if TYPE_CHECKING:
    from rfos_lang.analysis.smt import Unrolled

LONGEST = 1_500
"""The most occurrences (moments times clauses) that are unrolled for the prover."""

COMPOUNDED = 12
"""The most factors of a running product that the prover is asked about."""

Bounds = Mapping[int, Interval]


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a party may owe in an asset, in minor units: a path on which it owes `least`, a proof
    that it never owes more than `most` (None, with `unbounded`: none was found). `payments`: how
    many payments it may come to whose amounts were not known, each rounded on its own; `growth`:
    how the bound moves with the feeds that have no natural end; `proved`: that the prover found
    the bound. `locked`: what intervals say that it owes at most, payment by payment: the kernel
    locks that. `again`: the clauses that may make it pay again and again, without end, and how
    much each time at most."""

    party: int
    asset: int
    least: int
    life: Life
    most: int | None
    payments: int
    growth: Growth | None = None
    unbounded: str | None = None
    proved: bool = False
    locked: int | None = None
    again: Mapping[int, int] = field(default_factory=dict)

    @property
    def attained(self) -> bool:
        """Whether the path pays all that can be owed, up to the rounding of several payments."""
        slack = self.payments if self.payments > 1 else 0
        return self.most is not None and self.most - self.least <= slack


def sharpest(
    program: Program, terms: Terms, bounds: Bounds, unrolled: "Unrolled | None"
) -> list[Obligation]:
    """The obligation of each party and asset that the program can make anyone owe. `unrolled`: the
    instance for the prover; None if it is too long for it."""
    lives = [live(program, terms, path) for path in plain_paths(program, terms, bounds)]
    interval = worst_case(program, terms, bounds)
    found = []
    for party, asset in sorted(set(obligations(program))):
        if program.parties[party] in OWN:
            continue
        key = (party, asset)
        life = max(lives, key=lambda each: (owed(program, each)[key], each.refused is None))
        bound, places = interval.of(party, asset), terms.places[asset]
        most = None if bound is None else to_minor_units(bound, places)
        each = interval.again.get(key, {})
        again = {clause: to_minor_units(each[clause], places) for clause in sorted(each)}
        least, reason = owed(program, life)[key], interval.unbounded
        said = Obligation(party, asset, least, life, most, 1, unbounded=reason, locked=most)
        found.append(replace(said, again=again))
    if unrolled is not None and not all(each.attained for each in found):
        from rfos_lang.analysis.optimum import sharpened

        found = sharpened(unrolled, found)
    return [_growing(program, terms, bounds, unrolled, each) for each in found]


def _growing(
    program: Program, terms: Terms, bounds: Bounds, unrolled: "Unrolled | None", owed: Obligation
) -> Obligation:
    """An obligation with its growth; where the prover had the better bound, or intervals see the
    bound run away, it is asked again."""
    if owed.most is None:
        return owed
    growth = grown(program, terms, bounds, owed)
    if (owed.proved or growth.faster) and not growth.closed and unrolled is not None:
        from rfos_lang.analysis.optimum import closed

        if closed(unrolled, owed, frozenset({*growth.slopes, *growth.faster})):
            growth = Growth({})
    return replace(owed, growth=growth)


def can_be_unrolled(program: Program, terms: Terms) -> bool:
    """Whether the prover can be asked about an instance."""
    if endless(program) or goes_on(program, terms):
        return False
    if any(compounds(clause, terms) for clause in program.clauses):
        return False
    return len(moments(program, terms)) * len(program.clauses) <= LONGEST


def compounds(clause: Clause, terms: Terms) -> bool:
    """Whether a clause multiplies a state by what it observes, again and again: the prover, which
    knows products only roughly, would search for an answer without end."""
    if len(schedule_of(clause, terms)) <= COMPOUNDED:
        return False
    return any(
        isinstance(node, Combine)
        and node.operator is Binary.MULTIPLY
        and State(action.state) in within(node)
        for action in clause.actions
        if isinstance(action, Assign)
        for node in within(action.value)
    )


# --- plain paths ---------------------------------------------------------------------------------


def plain_paths(program: Program, terms: Terms, bounds: Bounds) -> Iterator[Path]:
    """Prices that stay at an end of their range, or go from somewhere to one, with no choice taken
    and with all."""
    instants = [each.instant for each in moments(program, terms)]
    ends = [_ends(program, bounds, slot) for slot in range(len(program.feeds))]
    low, high = tuple(each[0] for each in ends), tuple(each[1] for each in ends)
    middle = tuple(_middle(*each) for each in ends)
    choices = any(isinstance(clause, Choice) for clause in program.clauses)
    for first, rest in {(f, r): None for r in (low, high) for f in (low, high, middle)}:
        prices = [first if number == 0 else rest for number in range(len(instants))]
        seen = [_seen(program, at, each) for at, each in zip(instants, prices, strict=True)]
        yield tuple(map(Step, instants, seen))
        if choices:
            taken = [_due(program, terms, instant) for instant in instants]
            yield tuple(map(Step, instants, seen, taken))


def _seen(program: Program, instant: int, prices: tuple[int, ...]) -> tuple[int, ...]:
    """What the slots show where every feed is observed."""
    shown = {Aspect.NOW: instant, Aspect.LAPSED: 0, Aspect.RESOLVED: 1}
    slots = zip(program.feeds, prices, strict=True)
    return tuple(shown.get(slot.aspect, price) for slot, price in slots)


def _due(program: Program, terms: Terms, instant: int) -> frozenset[int]:
    """The choices whose first deadline is now."""
    return frozenset(
        index
        for index, clause in enumerate(program.clauses)
        if isinstance(clause, Choice) and schedule_of(clause, terms)[:1] == (instant,)
    )


def _ends(program: Program, bounds: Bounds, slot: int) -> tuple[int, int]:
    if program.feeds[slot].sort is Sort.TRUTH:
        return 0, 1
    bound = bounds.get(slot)
    return (ONE, ONE) if bound is None else (bound.lowest, bound.highest)


def _middle(low: int, high: int) -> int:
    """A value between two ends: in proportion where both are positive."""
    if low <= 0:
        return (low + high) // 2
    value = isqrt(low * high)
    return value - value % ONE if value > ONE else value


def middles(program: Program, bounds: Bounds) -> dict[int, int]:
    """A value of each number feed that lies well within its bounds."""
    return {
        slot: _middle(*_ends(program, bounds, slot))
        for slot, feed in enumerate(program.feeds)
        if feed.sort is Sort.NUMBER
    }
