"""A life as text and as JSON: what `test` shows of a failure and `trace` of a path."""

from collections.abc import Iterator, Sequence
from typing import Any

from rfos_lang.driver.telling import ToldClause, ToldMoment, ToldPayment


def story_lines(story: Sequence[ToldMoment]) -> list[str]:
    """The life, a paragraph a day."""
    return [line for moment in story for line in _moment(moment)]


def _moment(moment: ToldMoment) -> Iterator[str]:
    events = [
        *(f"observed  {feed} = {value}" for feed, value in moment.observed),
        *(f"chosen    {choice}" for choice in moment.taken),
        *([f"refused   {moment.refused}"] if moment.refused else []),
        *(line for clause in moment.fired for line in _clause(clause, moment.instant)),
        *([_states(moment)] if moment.states and moment.fired else []),
        *([f"waits     for {', '.join(moment.waits_for)}"] if moment.waits_for else []),
        *(["ended"] if moment.ended and moment.fired else []),
    ]
    for number, line in enumerate(events or ["nothing"]):
        yield f"{moment.instant if number == 0 else '':<10}  {line}"


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
