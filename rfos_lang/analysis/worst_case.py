"""The most that each party may have to pay, per lot and asset, whatever the feeds do.

Intervals over the clauses in time order (`walking`): a dated assignment replaces a state's
interval, one that may or may not happen widens it; an amount's upper end is added to its payer's
total, and `end` closes the branch that reaches it. What a party pays by its own choice is no
obligation and does not count. The bound is safe, not always tight.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

from rfos_lang.analysis.interval import Interval, Leaves, Unbounded
from rfos_lang.analysis.settling import walk
from rfos_lang.analysis.walking import Key, See, Totals, Walk, summed
from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.components import components
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Action, Choice, Expression, Program, Terms, Transfer


@dataclass(frozen=True, slots=True)
class WorstCase:
    """`owed[(party, asset)]`: the bound in fixed point, of all that is paid a known number of times
    at most. `again[(party, asset)]`: what may be paid on top of it again and again, without end: by
    clause, the most each time. `unbounded` says why nothing is known."""

    owed: Totals
    again: Mapping[Key, Mapping[int, int]] = field(default_factory=dict)
    unbounded: str | None = None

    def of(self, party: int, asset: int) -> int | None:
        """The bound on what a party owes in one asset; None if there is none that is a number."""
        most = self.owed.get((party, asset), 0)
        endless = self.unbounded is not None or (party, asset) in self.again
        return None if endless or most > fixed.HIGHEST else most


def worst_case(program: Program, terms: Terms, bounds: Mapping[int, Interval]) -> WorstCase:
    """Bounds on each party's obligations, given each feed's [lowest, highest] by slot: the sum over
    contracts that have nothing to do with each other."""
    owed: Totals = {}
    again: dict[Key, dict[int, int]] = {}
    try:
        for component in components(program):
            search = walk(Walk(component.program, terms, bounds))
            owed = summed(owed, search.totals())
            for key, amounts in search.recurring().items():
                each = {component.clauses[clause]: most for clause, most in amounts.items()}
                again.setdefault(key, {}).update(each)
    except Unbounded as reason:
        return WorstCase({}, {}, str(reason))
    return WorstCase(owed, again)


def walked(program: Program, terms: Terms, bounds: Mapping[int, Interval], see: See) -> str | None:
    """The walk of the worst case alone, for one who looks on; why it stopped, if it did."""
    for component in components(program):
        places = component.clauses

        def seen(
            clause: int, part: Action | Expression, leaves: Leaves, places: tuple[int, ...] = places
        ) -> None:
            see(places[clause], part, leaves)

        try:
            walk(Walk(component.program, terms, bounds, seen))
        except Unbounded as reason:
            return str(reason)
    return None


def obligations(program: Program) -> Iterator[Key]:
    """(party, asset) of each payment that a party may have to make, those of its own choice left
    out; a pair may come again."""
    for clause in program.clauses:
        chosen = len(clause.actions) if isinstance(clause, Choice) else 0
        for number, action in enumerate(actions_of(clause)):
            if isinstance(action, Transfer):
                payers = (action.payer, action.payee) if action.net else (action.payer,)
                chooser = clause.party if isinstance(clause, Choice) and number < chosen else None
                yield from ((party, action.asset) for party in payers if party != chooser)
