"""What happens in an event, told by the interpreter: who acts, and of what numbers it pays."""

from collections.abc import Mapping
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Event, Outcome, Posting, Run, Standing, Status, played
from rfos_lang.core.program import Action, Choice, Expression, Program, Terms, Transfer


@dataclass(frozen=True, slots=True)
class Paid:
    """A posting with the action that made it, and the value of each part of its amount."""

    posting: Posting
    transfer: Transfer
    values: Mapping[Expression, int]


@dataclass(frozen=True, slots=True)
class Fired:
    """A clause that acted, at its own instant. `lapsed`: a choice that was not taken."""

    instant: int
    clause: int
    lapsed: bool
    paid: tuple[Paid, ...]


def witnessed(
    program: Program, terms: Terms, standing: Standing, event: Event
) -> tuple[Outcome, tuple[Fired, ...]]:
    """The outcome of `meaning.fire`, and the clauses that acted, in order; none if it is not OK."""
    run = _Witness(program, terms, standing, event)
    outcome, _ = played(run)
    fired = tuple(Fired(*heading, tuple(paid)) for heading, paid in run.acts)
    return outcome, fired if outcome.status is Status.OK else ()


@dataclass(slots=True)
class _Witness(Run):
    """A run that notes what it does. It decides nothing."""

    acts: list[tuple[tuple[int, int, bool], list[Paid]]] = field(default_factory=list)

    def act(
        self,
        index: int,
        occurrence: int,
        actions: tuple[Action, ...],
        counted_from: int = 0,
        given: dict[int, int] | None = None,
    ) -> None:
        clause = self.program.clauses[index]
        lapsed = isinstance(clause, Choice) and actions is clause.otherwise
        self.acts.append(((self.now, index, lapsed), []))
        Run.act(self, index, occurrence, actions, counted_from, given)

    def transfer(self, transfer: Transfer) -> None:
        values: dict[Expression, int] = {}
        self.memoised(transfer.amount, values)
        before = len(self.postings)
        Run.transfer(self, transfer)
        _, paid = self.acts[-1]
        paid += [Paid(posting, transfer, values) for posting in self.postings[before:]]
