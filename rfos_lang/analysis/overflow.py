"""Whether every number of a contract fits: operators in 128 bits, payments in 63, no divisor zero.

Every expression is looked at where the worst case looks at it, with the intervals that its leaves
have there. Where intervals say that a divisor may be zero, the prover is asked for a path.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from itertools import chain

from rfos_lang.analysis.finding import Finding, Verdict
from rfos_lang.analysis.interval import Interval, Leaves, Unbounded, interval_within
from rfos_lang.analysis.linear import both
from rfos_lang.analysis.obligation import plain_paths
from rfos_lang.analysis.paths import Life, live
from rfos_lang.analysis.question import Answer, possible
from rfos_lang.analysis.smt import Unrolled
from rfos_lang.analysis.spelling import spelled
from rfos_lang.analysis.worst_case import walked
from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import HIGHEST_UNITS, Status, actions_of
from rfos_lang.core.program import (
    Action,
    Binary,
    Choice,
    Combine,
    Expression,
    Program,
    Terms,
    Transfer,
)
from rfos_lang.core.walk import conditions_of, expressions_of, within


@dataclass(slots=True)
class _Watcher:
    """What was found too large, by clause, while the worst case was worked out."""

    program: Program
    terms: Terms
    large: dict[tuple[int, Expression], None] = field(default_factory=dict)
    payments: dict[int, None] = field(default_factory=dict)
    zero: dict[tuple[int, Expression], None] = field(default_factory=dict)

    def see(self, clause: int, action: Action | Expression, leaves: Leaves) -> None:
        """Looks at every operator of an action, or of a condition."""
        parts = expressions_of(action) if isinstance(action, Action) else (action,)
        for part in parts:
            memo: dict[Expression, Interval] = {}
            try:
                value = interval_within(part, leaves, memo)
            except Unbounded:
                self.unbounded(clause, part, memo)
                return
            for node, interval in memo.items():
                if interval.lowest < fixed.LOWEST or interval.highest > fixed.HIGHEST:
                    self.large[clause, node] = None
            if isinstance(action, Transfer) and part is action.amount:
                unit = 10 ** (fixed.DECIMALS - self.terms.places[action.asset])
                if max(abs(value.lowest), abs(value.highest)) // unit > HIGHEST_UNITS:
                    self.payments[clause] = None
            if part is getattr(action, "guard", None) and not value.highest:
                return

    def unbounded(self, clause: int, part: Expression, memo: Mapping[Expression, Interval]) -> None:
        """Notes the division that intervals could not go past."""
        for node in within(part):
            if isinstance(node, Combine) and node.operator is Binary.DIVIDE and node not in memo:
                divisor = memo.get(node.right)
                if divisor is not None and divisor.lowest <= 0 <= divisor.highest:
                    self.zero[clause, node] = None


def overflow(
    program: Program, terms: Terms, bounds: Mapping[int, Interval], unrolled: Unrolled | None
) -> list[Finding]:
    """The findings on ranges and on divisors."""
    watcher = _Watcher(program, terms)
    reason = walked(program, terms, bounds, watcher.see)
    ranges = _ranges(program, terms, watcher, reason)
    if not ranges[0].verdict.passes:
        lives = (live(program, terms, path) for path in plain_paths(program, terms, bounds))
        shows = next((each for each in lives if each.refused is Status.OVERFLOW), None)
        if shows is not None:
            ranges[0] = replace(ranges[0], verdict=Verdict.REFUTED, life=shows)
    return [*ranges, *_divisors(program, terms, watcher, reason, unrolled)]


def _ranges(program: Program, terms: Terms, watcher: _Watcher, reason: str | None) -> list[Finding]:
    found = [
        Finding(
            "numbers",
            _weight(program, clause),
            "operator_overflows",
            {"operator": spelled(program, terms, node)},
            clause,
        )
        for clause, node in watcher.large
    ]
    found += [
        Finding("numbers", _weight(program, clause), "payment_overflows", {}, clause)
        for clause in watcher.payments
    ]
    if not found and reason is not None:
        found = [Finding("numbers", Verdict.UNKNOWN, "numbers_unknown", {"reason": reason})]
    return found or [Finding("numbers", Verdict.PROVED, "numbers_fit")]


def _weight(program: Program, clause: int) -> Verdict:
    """What an overflow means: a choice that leads to one is refused and can be left; what falls due
    by itself stands still."""
    cause = program.clauses[clause]
    chosen = isinstance(cause, Choice) and cause.is_facility
    return Verdict.AT_RUN_TIME if chosen else Verdict.UNKNOWN


def _divisors(
    program: Program,
    terms: Terms,
    watcher: _Watcher,
    reason: str | None,
    unrolled: Unrolled | None,
) -> list[Finding]:
    found: dict[tuple[int, Expression], Finding] = {}
    if unrolled is None:
        for clause, node in watcher.zero:
            names = {"operator": spelled(program, terms, node)}
            found[clause, node] = Finding(
                "divisors", Verdict.UNKNOWN, "divisor_doubtful", names, clause
            )
        if not found and reason is not None and _divides(program):
            return [Finding("divisors", Verdict.UNKNOWN, "divisors_unknown", {"reason": reason})]
        return list(found.values()) or [Finding("divisors", Verdict.PROVED, "divisors_fine")]
    for division in unrolled.divisions:
        place = (division.clause, division.expression)
        if place in found:
            continue
        zero = both(division.guard, division.divisor.z3 == 0)
        answer = possible(unrolled, zero, division.laws)
        if answer is Answer.NEVER:
            continue
        shows = isinstance(answer, Life) and answer.refused is Status.DIVISION_BY_ZERO
        found[place] = Finding(
            "divisors",
            Verdict.REFUTED if shows else Verdict.UNKNOWN,
            "divisor_zero" if shows else "divisor_doubtful",
            {"operator": spelled(program, terms, division.expression)},
            division.clause,
            answer if shows and isinstance(answer, Life) else None,
        )
    return list(found.values()) or [Finding("divisors", Verdict.PROVED, "divisors_fine")]


def _divides(program: Program) -> bool:
    """Whether there is a division anywhere in the clauses."""
    actions = (action for clause in program.clauses for action in actions_of(clause))
    looked_at = [*chain.from_iterable(map(expressions_of, actions))]
    looked_at += chain.from_iterable(map(conditions_of, program.clauses))
    return any(
        isinstance(node, Combine) and node.operator is Binary.DIVIDE for node in within(*looked_at)
    )
