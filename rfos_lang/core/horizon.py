"""How long an instance can last."""

from itertools import chain

from rfos_lang.core.meaning import actions_of, schedule_of
from rfos_lang.core.program import Column, Program, Sort, Term, Terms, Transfer
from rfos_lang.core.walk import within


def horizon(program: Program, terms: Terms) -> int | None:
    """The last instant at which a clause acts, a choice is open, or a dated payment falls due.

    None if the contract is perpetual, which says by itself that no instant is the last. A contract
    without any dated clause ends where it starts.
    """
    if program.perpetual:
        return None
    instants = chain.from_iterable(schedule_of(clause, terms)[-1:] for clause in program.clauses)
    return max(chain([terms.start], instants, _payment_dates(program, terms)))


def _payment_dates(program: Program, terms: Terms) -> list[int]:
    dues = [
        action.due
        for clause in program.clauses
        for action in actions_of(clause)
        if isinstance(action, Transfer) and action.due is not None
    ]
    dates: list[int] = []
    for node in within(*dues):
        match node:
            case Term(slot=slot) if program.terms[slot].sort is Sort.INSTANT:
                dates.append(terms.terms[slot])
            case Column(slot=slot) if program.columns[slot].sort is Sort.INSTANT:
                dates.extend(terms.columns[slot])
            case _:
                pass
    return dates
