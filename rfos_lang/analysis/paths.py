"""Paths: what is observed and chosen, instant by instant, and what the contract then does.

A path is lived by `meaning` itself, so that what is said of it is what happens.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Event, Outcome, Posting, Status, fire, start
from rfos_lang.core.program import Choice, Program, Terms

Key = tuple[int, int]
"""(party, asset)."""

Together = tuple[int | None, int]
"""The choice that makes a payment, if it is one, and when the payment is due."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instant: what every feed shows that was observed at it, the choice clauses taken, and the
    amounts they name, as an `Event` has them."""

    instant: int
    observations: tuple[int | None, ...]
    taken: frozenset[int] = frozenset()
    amounts: tuple[int, ...] = ()


Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """A path as far as the contract went along it: one outcome a step. It stops where the contract
    ended or an event was refused; `ended` says whether nothing is left to come."""

    steps: Path
    outcomes: tuple[Outcome, ...]

    @property
    def refused(self) -> Status | None:
        """How the last event was refused; None if every event went well."""
        status = self.outcomes[-1].status if self.outcomes else Status.OK
        return None if status is Status.OK else status

    @property
    def ended(self) -> bool:
        """Whether the contract has come to its end."""
        return bool(self.outcomes) and self.outcomes[-1].standing.ended

    def postings(self) -> Iterator[tuple[Step, Posting]]:
        """Every payment with the step that made it."""
        for step, outcome in zip(self.steps, self.outcomes, strict=True):
            for posting in outcome.postings:
                yield step, posting


def live(program: Program, terms: Terms, path: Path) -> Life:
    """Lets a path act on a new instance, as far as it gets."""
    outcome = start(program, terms)
    assert outcome.status is Status.OK, "an instance that was bound can start"
    lived: list[Outcome] = []
    for step in path:
        if outcome.standing.ended or outcome.status is not Status.OK:
            break
        seen, taken = step.observations, step.taken
        moved = frozenset(slot for slot, value in enumerate(seen) if value is not None)
        event = Event(step.instant, seen, moved, taken, step.amounts)
        outcome = fire(program, terms, outcome.standing, event)
        lived.append(outcome)
    return Life(path[: len(lived)], tuple(lived))


def shortened(program: Program, terms: Terms, life: Life) -> Life:
    """The same life without the instants at which nothing happened."""
    before = start(program, terms).standing
    kept = []
    for step, outcome in zip(life.steps, life.outcomes, strict=True):
        if outcome.status is not Status.OK or outcome.postings or outcome.standing != before:
            kept.append((step, outcome))
        before = outcome.standing
    steps, outcomes = zip(*kept, strict=True) if kept else ((), ())
    return Life(tuple(steps), tuple(outcomes))


def owed(program: Program, life: Life) -> Counter[Key]:
    """What each party had to pay in minor units, apart from what it paid by its own choice: at each
    event what was left once all that falls due together was netted."""
    totals: Counter[Key] = Counter()
    for step, outcome in zip(life.steps, life.outcomes, strict=True):
        nets: dict[tuple[Key, Together], int] = defaultdict(int)
        for each in outcome.postings:
            together = falling_due(program, each.clause, step.instant, each.due)
            if not by_own_choice(program, each.clause, each.action, each.payer):
                nets[(each.payer, each.asset), together] += each.units
            nets[(each.payee, each.asset), together] -= each.units
        for (key, _), units in nets.items():
            totals[key] += max(units, 0)
    return totals


def falling_due(program: Program, clause: int, now: int, due: int | None) -> Together:
    """What of one event the settlement nets: all that is due at the same instant, but that of each
    choice by itself, for a choice may come as an event of its own."""
    choice = clause if isinstance(program.clauses[clause], Choice) else None
    return choice, max(now, now if due is None else due)


def by_own_choice(program: Program, clause: int, action: int, party: int) -> bool:
    """Whether a party makes this payment by a choice of its own."""
    cause = program.clauses[clause]
    return isinstance(cause, Choice) and cause.party == party and action < len(cause.actions)
