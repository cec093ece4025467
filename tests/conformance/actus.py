"""Cases of the ACTUS tests, each through the language's own meaning.

    python -m tests.conformance.actus DIR [--types pam,ann,swppv] [--tolerance 1e-9] [--json]

A case is a term dictionary, what was observed, and the events that must come of it. The mapper
makes a contract of the library and its arguments; `core.meaning` runs it; here its trace is read.
An event is a clause that acted: its schedule's name is the event's type, what it posted is the
payoff, and the states of the same names are the notional, the rate and the interest accrued.
Amounts are posted with `PLACES` decimals in place of the currency's own, more than the tolerance
asks for; the states are never rounded.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from rfos_lang.base import fixed
from rfos_lang.base.instant import show_instant
from rfos_lang.cli.files import library
from rfos_lang.core.binding import Instance, instantiate
from rfos_lang.core.meaning import Event, Outcome, Standing, Status, Step, fire, start, traced
from rfos_lang.driver.actus.loan import PREPAYMENTS
from rfos_lang.driver.actus.mapped import Mapped
from rfos_lang.driver.actus.mapping import mapped
from rfos_lang.driver.actus.terms import Unmapped, read
from rfos_lang.driver.target import parse_target
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition

PLACES = 10
"""Decimals of every posting: half a unit of the last is a twentieth of the tolerance 1e-9."""

PREPAID = f"observed({PREPAYMENTS})"
"""The feed of the amounts that are prepaid."""

STATES = {"notional": "Nt", "rate": "Ipnr", "accrued": "Ipac"}


@dataclass(frozen=True)
class Case:
    """One case of a file."""

    name: str
    terms: Mapping[str, Any]
    market: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    until: str
    expected: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Happened:
    """One event, as ACTUS lists it. `payoff` counts what goes to the creator."""

    instant: int
    type: str
    payoff: Decimal
    currency: str
    notional: Decimal
    rate: Decimal
    accrued: Decimal


@dataclass(frozen=True)
class Verdict:
    """What came of a case; `problem` is empty if it passed."""

    case: str
    outcome: str
    problem: str = ""


class Failed(Exception):
    """The case's contract cannot be made, or does not run; the message says why."""


def cases(path: Path) -> list[Case]:
    """The cases of a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return [of_json(name, case) for name, case in found.items()]


def of_json(name: str, case: Mapping[str, Any]) -> Case:
    """A case as the ACTUS tests write it."""
    return Case(
        name,
        case["terms"],
        case.get("dataObserved") or {},
        tuple(case.get("eventsObserved") or ()),
        (case.get("to") or "").strip(),
        tuple(case["results"]),
    )


# --- contracts -----------------------------------------------------------------------------------


@cache
def definition(target: str) -> Definition:
    """A contract of the library."""
    named = parse_target(target)
    assert named.module is not None and named.contract is not None
    text = library(named.module)
    assert text is not None, f"{named.module} is not in the library"
    return analyse(text, named.module, library).definitions[named.contract]


def instance(made: Mapped) -> Instance:
    """The contract with its arguments, its currency in many decimals. Raises Failed."""
    bound, problems = instantiate(definition(made.target), made.arguments, made.start)
    if bound is None:
        raise Failed("; ".join(f"{p.span.source}: {p.message}" for p in problems))
    return replace(bound, terms=replace(bound.terms, places=(PLACES,) * len(bound.terms.assets)))


# --- observations --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """What was observed of one thing, in order of time."""

    values: tuple[tuple[int, int], ...]

    def newest(self, instant: int) -> int | None:
        """The newest value at or before an instant."""
        return next((value for at, value in reversed(self.values) if at <= instant), None)


def observations(case: Case) -> dict[str, Series]:
    """The series of each feed that a case tells of: market objects, and amounts of prepayments."""
    terms = read(case.terms, case.events)
    found = {
        code: _series((terms.instant(p["timestamp"]), p["value"]) for p in told["data"])
        for code, told in case.market.items()
    }
    paid = (e for e in case.events if e["type"] == "PP")
    found[PREPAYMENTS] = _series((terms.instant(e["time"]), e.get("value", 0)) for e in paid)
    return {f"observed({code})": series for code, series in found.items()}


def _series(points: Iterable[tuple[int, Any]]) -> Series:
    return Series(tuple(sorted((at, fixed.from_decimal(str(value))) for at, value in points)))


# --- a life --------------------------------------------------------------------------------------


Life = Iterator[tuple[Standing, Event, Outcome]]


def life(case: Case, made: Mapped, bound: Instance) -> Life:
    """Each event of a case's instance, with the standing before it and what came of it, until it
    has ended or the case is told. Raises Failed."""
    program, terms, market = bound.lowered.program, bound.terms, observations(case)
    last = read(case.terms, case.events).instant(case.until) if case.until else None
    outcome = start(program, terms)
    while (instant := outcome.next_due) is not None and (last is None or instant <= last):
        before = outcome.standing
        event = Event(instant, tuple(_seen(market, made, feed, instant) for feed in terms.feeds))
        outcome = fire(program, terms, before, event)
        yield before, event, outcome
        if outcome.status is not Status.OK:
            raise Failed(f"{show_instant(instant)}: {outcome.status.name}")


def _seen(market: Mapping[str, Series], made: Mapped, feed: str, instant: int) -> int | None:
    """What a feed stands at; a market object on the day that the instant is fixed on."""
    if feed not in market:
        return None
    fixed_on = {} if feed == PREPAID else made.fixed_on
    return market[feed].newest(fixed_on.get(instant, instant))


def happened(case: Case) -> list[Happened]:
    """The events of a case. Raises Failed, Unmapped."""
    made = mapped(case.terms, case.events)
    bound = instance(made)
    steps: list[Step] = []
    for before, event, _ in life(case, made, bound):
        steps += traced(bound.lowered.program, bound.terms, before, event)[1]
    return _since_purchase([each for step in steps if (each := _read(bound, step)) is not None])


def _read(bound: Instance, step: Step) -> Happened | None:
    """The event that a clause is; None for one that is none, such as the accrual of interest."""
    program = bound.lowered.program
    kind = program.schedules[program.clauses[step.clause].schedule]  # type: ignore[union-attr]
    if not kind.isupper():
        return None
    states = dict(zip((slot.name for slot in program.states), step.states, strict=True))
    paid = sum(p.units if p.payee == 0 else -p.units for p in step.postings)
    shown = {field: fixed.to_decimal(states[name]) for field, name in STATES.items()}
    payoff = Decimal(paid).scaleb(-PLACES)
    return Happened(step.instant, kind, payoff, bound.terms.assets[0], **shown)


def _since_purchase(events: list[Happened]) -> list[Happened]:
    """What came before a purchase is not the buyer's, and ACTUS does not list it."""
    bought = [k for k, event in enumerate(events) if event.type == "PRD"]
    return events[bought[-1] :] if bought else events


# --- comparison ----------------------------------------------------------------------------------


def judged(case: Case, tolerance: Decimal) -> Verdict:
    """Whether a case comes out as it must."""
    try:
        found = happened(case)
    except Unmapped as problem:
        return Verdict(case.name, "unsupported", str(problem))
    except Failed as problem:
        return Verdict(case.name, "failed", str(problem))
    problems = list(differences(case, found, tolerance))
    return Verdict(case.name, "failed" if problems else "passed", "; ".join(problems[:3]))


def differences(case: Case, found: list[Happened], tolerance: Decimal) -> Iterator[str]:
    """Where the events found differ from those expected, in words."""
    terms = read(case.terms, case.events)
    if len(found) != len(case.expected):
        yield f"{len(found)} events, not {len(case.expected)}"
    for event, row in zip(found, case.expected, strict=False):
        wanted = Happened(
            terms.instant(row["eventDate"]),
            row["eventType"],
            Decimal(str(row["payoff"])),
            row["currency"],
            Decimal(str(row["notionalPrincipal"])),
            Decimal(str(row["nominalInterestRate"])),
            Decimal(str(row["accruedInterest"])),
        )
        where = f"{row['eventType']} of {row['eventDate']}"
        for field in Happened.__match_args__:
            first, second = getattr(event, field), getattr(wanted, field)
            if not _same(first, second, tolerance):
                yield f"{where}: {field} is {_shown(first)}, not {_shown(second)}"


def _same(found: object, wanted: object, tolerance: Decimal) -> bool:
    if isinstance(found, Decimal) and isinstance(wanted, Decimal):
        return abs(found - wanted) <= tolerance * max(Decimal(1), abs(wanted))
    return found == wanted


def _shown(value: object) -> str:
    return show_instant(value) if isinstance(value, int) else str(value)


# --- the command ---------------------------------------------------------------------------------


def files(folder: Path, types: Iterable[str] = ()) -> list[Path]:
    """The files of a folder that hold cases of these contract types, or of all."""
    wanted = {kind.strip().lower() for kind in types}
    found = sorted(folder.glob("actus-tests-*.json"))
    return [f for f in found if not wanted or f.stem.removeprefix("actus-tests-") in wanted]


def main(arguments: list[str]) -> int:
    """Runs the cases of a folder and tells what came of them; 1 if one did not pass."""
    parser = argparse.ArgumentParser(prog="actus")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--types", default="pam,ann,swppv")
    parser.add_argument("--tolerance", type=Decimal, default=Decimal("1e-9"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    chosen = files(given.folder, given.types.split(","))
    verdicts = [judged(case, given.tolerance) for path in chosen for case in cases(path)]
    counts = Counter(verdict.outcome for verdict in verdicts)
    if given.json:
        told = {"counts": counts, "cases": [vars(verdict) for verdict in verdicts]}
        print(json.dumps(told, indent=2))
    else:
        for verdict in verdicts:
            print(f"{verdict.outcome:11} {verdict.case:10} {verdict.problem}".rstrip())
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    return int(not verdicts or counts["passed"] < len(verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
