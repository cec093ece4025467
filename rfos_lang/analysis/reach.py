"""Clauses and choices that no path reaches, and waits that have no end."""

from collections.abc import Iterator

from rfos_lang.analysis.finding import Finding, Verdict
from rfos_lang.analysis.question import Answer, possible
from rfos_lang.analysis.smt import Unrolled
from rfos_lang.base.feed import Aspect
from rfos_lang.core.meaning import schedule_of
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.core.walk import conditions_of, expressions_of, feeds_in


def reach(program: Program, unrolled: Unrolled | None) -> list[Finding]:
    """Whether each clause of the text acts on some path."""
    if unrolled is None:
        return [Finding("clauses", Verdict.NOTED, "reach_unknown")]
    unreached = [
        index
        for index, clause in enumerate(program.clauses)
        if clause.source is not None
        and possible(unrolled, unrolled.firings.get(index, False)) is Answer.NEVER
    ]
    if not unreached:
        return [Finding("clauses", Verdict.PROVED, "all_reached")]
    return [_unreached(program, unrolled.terms, index) for index in unreached]


def _unreached(program: Program, terms: Terms, index: int) -> Finding:
    clause = program.clauses[index]
    if not isinstance(clause, Watch) and not schedule_of(clause, terms):
        return Finding("clauses", Verdict.NOTED, "no_dates", {}, index)
    match clause:
        case Choice(party=party, name=name):
            names = {"party": program.parties[party], "name": name}
            return Finding("clauses", Verdict.REFUTED, "choice_unreached", names, index)
        case _:
            return Finding("clauses", Verdict.REFUTED, "clause_unreached", {}, index)


def waits(program: Program, terms: Terms) -> Iterator[Finding]:
    """Clauses that may wait for ever: a `when` in a contract that does not end by itself, a date at
    which an observation may be missing and nothing stands in for it."""
    for index, clause in enumerate(program.clauses):
        if clause.source is None:
            continue
        if isinstance(clause, Watch):
            if program.perpetual and not clause.repeats:
                yield Finding("waits", Verdict.NOTED, "watch_waits", {}, index)
            continue
        needed = [
            terms.feeds[slot]
            for slot in feeds_in(
                *conditions_of(clause),
                *(each for action in clause.actions for each in expressions_of(action)),
            )
            if program.feeds[slot].aspect in (Aspect.NEWEST, Aspect.FIXING)
            and program.feeds[slot].rules.patience is None
        ]
        if needed:
            names = {"feeds": " and ".join(dict.fromkeys(needed))}
            yield Finding("waits", Verdict.NOTED, "observation_waits", names, index)
