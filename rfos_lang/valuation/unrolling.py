"""One instance as a program of its own: every date that is still to come a schedule of one instant.

Columns and remembered observations become constants, and what has happened is left out. So what the
closed forms read is the same for a definition and for an instance.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import assert_never

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Standing, schedule_of
from rfos_lang.core.program import (
    Action,
    Apply,
    Assign,
    Backward,
    Bind,
    Choice,
    Clause,
    Column,
    Combine,
    Constant,
    End,
    Expression,
    FeedSlot,
    Power,
    Program,
    Require,
    Select,
    Sort,
    Store,
    Stored,
    Term,
    Terms,
    Timed,
    Transfer,
    Watch,
)
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import Timing, numeraire
from rfos_lang.valuation.market import spot_name
from rfos_lang.valuation.reporting import reporting_asset

DATES_MAX = 400

Change = Callable[[Expression], Expression]


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A program whose schedules all have one instant, in order of time, with its terms."""

    program: Program
    terms: Terms
    timing: Timing
    reporting: int


def unrolled(
    program: Program, terms: Terms, standing: Standing, reporting: int | None = None
) -> Unrolled:
    """What is still to come of an instance, told in the asset slot `reporting`, by default that of
    `reporting_asset`. Raises NoClosedForm if it has too many dates.

    Of an asset that is paid without being observed, the price in the numeraire is added.
    """
    schedules = [schedule_of(clause, terms) for clause in program.clauses]
    left = (len(each) - at for each, at in zip(schedules, standing.progress, strict=True) if each)
    if sum(left) > DATES_MAX:
        raise NoClosedForm(f"it has more than {DATES_MAX} dates to come")
    ahead = [
        (index, at)
        for index, clause in enumerate(program.clauses)
        for at in range(standing.progress[index], len(schedule_of(clause, terms)))
    ]
    copies = [_copy(program, terms, standing, index, at) for index, at in ahead]
    watches = [
        clause
        for clause, fired in zip(program.clauses, standing.progress, strict=True)
        if isinstance(clause, Watch) and not fired
    ]
    dues = {due.value for _, clause in copies for due in _dues(clause)}
    instants = sorted({instant for instant, _ in copies} | dues)
    slots = {instant: slot for slot, instant in enumerate(instants)}
    dated = [replace(clause, schedule=slots[instant]) for instant, clause in copies]
    reporting = reporting_asset(program) if reporting is None else reporting
    priced = _with_prices(program, numeraire(program, reporting))
    return Unrolled(
        replace(
            priced,
            clauses=(*watches, *dated),
            schedules=tuple(f"date {slot + 1}" for slot in slots.values()),
            columns=(),
        ),
        replace(
            terms,
            schedules=tuple((instant,) for instant in instants),
            columns=(),
            feeds=tuple(_feed_names(priced, terms)),
        ),
        Timing(tuple(slots.values()), {Constant(due, Sort.INSTANT): slots[due] for due in dues}),
        reporting,
    )


def _copy(
    program: Program, terms: Terms, standing: Standing, index: int, at: int
) -> tuple[int, Timed | Choice]:
    """One occurrence of a dated clause, with its instant."""
    clause = program.clauses[index]
    assert not isinstance(clause, Watch)
    instant = schedule_of(clause, terms)[at]

    def known(expression: Expression) -> Expression:
        match expression:
            case Column(slot=slot):
                return Constant(terms.columns[slot][at], program.columns[slot].sort)
            case Term(slot=slot) if program.terms[slot].sort is Sort.INSTANT:
                return Constant(terms.terms[slot], Sort.INSTANT)
            case Stored(table=table, offset=offset):
                row = at + offset
                if _is_stored(program, standing, table, row):
                    return Constant(standing.tables[table][row], Sort.NUMBER)
                return expression
            case _:
                return expression

    def change(expression: Expression) -> Expression:
        return rebuilt(expression, known)

    actions = tuple(_owed_later(changed(action, change), instant) for action in clause.actions)
    if isinstance(clause, Timed):
        return instant, replace(clause, actions=actions)
    otherwise = tuple(_owed_later(changed(a, change), instant) for a in clause.otherwise)
    several = len(schedule_of(clause, terms)) - standing.progress[index] > 1
    early = clause.any_time or several
    default = change(clause.default)
    return instant, replace(
        clause, actions=actions, otherwise=otherwise, default=default, any_time=early
    )


def _is_stored(program: Program, standing: Standing, table: int, row: int) -> bool:
    """Whether the clause that fills a table has come as far as a row."""
    return any(
        standing.progress[index] > row
        for index, clause in enumerate(program.clauses)
        for action in clause.actions
        if isinstance(action, Store) and action.table == table
    )


def changed(action: Action, change: Change) -> Action:
    """The action with its expressions changed."""
    match action:
        case Bind() | Store():
            return replace(action, value=change(action.value))
        case Assign():
            return replace(action, value=change(action.value), guard=change(action.guard))
        case Transfer():
            due = None if action.due is None else change(action.due)
            amount, guard = change(action.amount), change(action.guard)
            return replace(action, amount=amount, guard=guard, due=due)
        case End():
            return replace(action, guard=change(action.guard))
        case Require():
            condition, guard = change(action.condition), change(action.guard)
            return replace(action, condition=condition, guard=guard)
        case _:
            assert_never(action)


def _owed_later(action: Action, instant: int) -> Action:
    """A payment that is owed at the instant at which it is fixed is owed at once."""
    match action:
        case Transfer(due=Constant(value=value)) if value <= instant:
            return replace(action, due=None)
        case _:
            return action


def _dues(clause: Clause) -> list[Constant]:
    actions = chain(clause.actions, clause.otherwise if isinstance(clause, Choice) else ())
    dues = (action.due for action in actions if isinstance(action, Transfer))
    return [due for due in dues if isinstance(due, Constant)]


def rebuilt(expression: Expression, change: Change) -> Expression:
    """The expression with its leaves changed."""
    match expression:
        case Apply(operator=operator, operand=operand):
            return Apply(operator, rebuilt(operand, change))
        case Combine(operator=operator, left=left, right=right):
            return Combine(operator, rebuilt(left, change), rebuilt(right, change))
        case Power(base=base, exponent=exponent):
            return Power(rebuilt(base, change), exponent)
        case Select(condition=condition, chosen=chosen, otherwise=otherwise):
            parts = (rebuilt(part, change) for part in (condition, chosen, otherwise))
            return Select(*parts)
        case Backward():
            raise NoClosedForm("it works out an annuity")
        case _:
            return change(expression)


# --- prices of what is paid ----------------------------------------------------------------------


def _with_prices(program: Program, cash: int) -> Program:
    paid = {
        action.asset
        for clause in program.clauses
        for action in clause.actions
        if isinstance(action, Transfer)
    }
    seen = {feed.assets for feed in program.feeds if feed.kind == "spot"}
    missing = [
        FeedSlot("spot", (asset, cash), spot_name(*_names(program, asset, cash)))
        for asset in sorted(paid - {cash})
        if (asset, cash) not in seen
    ]
    return replace(program, feeds=(*program.feeds, *missing))


def _names(program: Program, asset: int, cash: int) -> tuple[str, str]:
    return program.assets[asset], program.assets[cash]


def _feed_names(program: Program, terms: Terms) -> Sequence[str]:
    added = program.feeds[len(terms.feeds) :]
    tickers = ((terms.assets[asset] for asset in feed.assets) for feed in added)
    return [*terms.feeds, *(spot_name(*pair) for pair in tickers)]
