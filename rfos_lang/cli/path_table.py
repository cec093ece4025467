"""Paths for people and programs: what is observed and chosen at each instant, what is paid."""

from collections.abc import Iterator, Sequence
from typing import Any

from rfos_lang.analysis.paths import Life, Step
from rfos_lang.base.fixed import from_minor_units, shown
from rfos_lang.base.instant import show_instant
from rfos_lang.cli.console import columns
from rfos_lang.core.meaning import Outcome, Posting, Status
from rfos_lang.core.program import Choice, Program, Sort, Terms

LINES_MAX = 12
"""The most instants that are told; of more the first and last."""


def tabled(program: Program, terms: Terms, life: Life) -> list[str]:
    """One line for each instant and payment: date, observations that are new, choices, payments."""
    rows: list[list[str]] = []
    before: tuple[str, ...] = ()
    for step, outcome in zip(life.steps, life.outcomes, strict=True):
        seen = tuple(_observations(program, terms, step))
        new = [each for each in seen if each not in before]
        happened = [*_chosen(program, step), *_happened(program, terms, outcome)]
        cells = [", ".join(new), "; ".join(happened)]
        rows.append([show_instant(step.instant), *cells])
        before = seen
    if len(rows) > LINES_MAX:
        half = LINES_MAX // 2
        rows = [*rows[:half], ["…", f"{len(rows) - 2 * half} more instants", ""], *rows[-half:]]
    return columns(rows) if rows else []


def documented(program: Program, terms: Terms, life: Life) -> list[dict[str, Any]]:
    """The same for JSON, in full."""
    return [
        {
            "at": show_instant(step.instant),
            "observed": list(_observations(program, terms, step)),
            "chosen": list(_chosen(program, step)),
            "status": outcome.status.name.lower(),
            "paid": [_paid(program, terms, each) for each in outcome.postings],
        }
        for step, outcome in zip(life.steps, life.outcomes, strict=True)
    ]


def _observations(program: Program, terms: Terms, step: Step) -> Iterator[str]:
    slots = zip(program.feeds, terms.feeds, step.observations, strict=True)
    for slot, name, value in slots:
        if value is None:
            continue
        match slot.sort:
            case Sort.NUMBER:
                yield f"{name} = {shown(value)}"
            case Sort.TRUTH:
                yield f"{name} = {'true' if value else 'false'}"
            case Sort.INSTANT:
                pass


def _chosen(program: Program, step: Step) -> Iterator[str]:
    for index in sorted(step.taken):
        clause = program.clauses[index]
        if isinstance(clause, Choice):
            yield f"{program.parties[clause.party]} chooses to {clause.name}"


def _happened(program: Program, terms: Terms, outcome: Outcome) -> Sequence[str]:
    if outcome.status is not Status.OK:
        return [f"refused: {outcome.status.name.lower().replace('_', ' ')}"]
    paid = [_paid(program, terms, each) for each in outcome.postings]
    return [*paid, "ended"] if outcome.standing.ended else paid


def _paid(program: Program, terms: Terms, posting: Posting) -> str:
    amount = shown(from_minor_units(posting.units, terms.places[posting.asset]))
    payer, payee = program.parties[posting.payer], program.parties[posting.payee]
    due = "" if posting.due is None else f" on {show_instant(posting.due)}"
    return f"{payer} pays {payee} {amount} {terms.assets[posting.asset]}{due}"
