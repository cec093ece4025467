"""A life as text and as JSON: what `test` shows of a failure and `trace` of a path."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rfos_lang.driver.telling import ToldClause, ToldMoment, ToldPayment


def story_lines(story: Sequence[ToldMoment]) -> list[str]:
    """The life, a paragraph a day; instants one after another at which nothing happens are one."""
    told = [(moment.instant, list(_events(moment))) for moment in story]
    lines: list[str] = []
    for quiet, instants in groupby(told, key=lambda each: not each[1]):
        days = list(instants)
        for instant, events in [_quiet(days[0][0], days[-1][0])] if quiet else days:
            lines += [f"{'' if k else instant:<10}  {line}" for k, line in enumerate(events)]
    return lines


def _quiet(first: str, last: str) -> tuple[str, list[str]]:
    return first, ["nothing" if first == last else f"nothing, up to {last}"]


def _events(moment: ToldMoment) -> Iterator[str]:
    yield from (f"observed  {feed} = {value}" for feed, value in moment.observed)
    yield from (f"chosen    {choice}" for choice in moment.taken)
    if moment.refused:
        yield f"refused   {moment.refused}"
    yield from (line for clause in moment.fired for line in _clause(clause, moment.instant))
    if moment.states and moment.fired:
        yield _states(moment)
    if moment.waits_for:
        yield f"waits     for {', '.join(moment.waits_for)}"
    if moment.ended and moment.fired:
        yield "ended"


def _clause(clause: ToldClause, now: str) -> Iterator[str]:
    late = "" if clause.instant == now else f", due {clause.instant}"
    lapsed = ", not taken" if clause.lapsed else ""
    yield f"acted     {clause.text}{lapsed}{late}  ({clause.place})"
    for payment in clause.payments:
        yield from _payment(payment)


def _payment(payment: ToldPayment) -> Iterator[str]:
    owed = f" on {payment.owed}" if payment.owed else ""
    label = f' as "{payment.label}"' if payment.label else ""
    yield f"paid      {payment.words}{owed}{label}"
    if payment.statement:
        yield f"  because {payment.statement}"
    if payment.why not in payment.words:
        yield f"        = {payment.why}"


def _states(moment: ToldMoment) -> str:
    return "state     " + ", ".join(f"{name} = {value}" for name, value in moment.states)


def story_document(story: Sequence[ToldMoment]) -> list[dict[str, Any]]:
    """The life as JSON values."""
    return [
        {
            "instant": moment.instant,
            "observed": dict(moment.observed),
            "taken": moment.taken,
            "refused": moment.refused,
            "acted": [_clause_document(clause) for clause in moment.fired],
            "waits_for": moment.waits_for,
            "states": dict(moment.states),
            "ended": moment.ended,
        }
        for moment in story
    ]


def _clause_document(clause: ToldClause) -> dict[str, Any]:
    return {
        "instant": clause.instant,
        "clause": clause.text,
        "place": clause.place,
        "taken": not clause.lapsed,
        "paid": [
            {
                "words": payment.words,
                "on": payment.owed,
                "label": payment.label,
                "statement": payment.statement,
                "amount": payment.why,
            }
            for payment in clause.payments
        ],
    }
