"""What is left of a program once it is known how its states stand: conditions that are decided go,
and so do the contracts within the contract that are not alive and never will be."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Assign,
    Binary,
    Bind,
    Choice,
    Clause,
    Combine,
    Expression,
    Program,
    Sort,
    State,
    Store,
    Timed,
    Watch,
)
from rfos_lang.core.simplification import combine, simplified
from rfos_lang.valuation.closed_form.values import ALWAYS, NEVER, Value
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.unrolling import changed, rebuilt

Environment = Mapping[int, Value]
"""The values of states, by slot."""


def truths(figures: Figures) -> Environment:
    """The truths that an instance knows now; its numbers are letters."""
    states = figures.ahead.program.states
    return {
        slot: ALWAYS if figures.standing.states[slot] else NEVER
        for slot, state in enumerate(states)
        if state.sort is Sort.TRUTH
    }


def remaining(program: Program, environment: Environment) -> Program:
    """The program with its states as they stand. A state that no clause sets any more is put in; a
    contract within the contract that lives counts as alive from the start."""
    clauses = _alive(program.clauses, environment)
    known = {
        slot: TRUE if value == ALWAYS else FALSE
        for slot, value in environment.items()
        if value in (ALWAYS, NEVER) and slot not in set(_set_by(clauses))
    }
    lives = {clause.lives for clause in clauses if clause.lives is not None}
    begun = {slot for slot in lives if environment[slot] != NEVER}
    states = tuple(
        replace(state, initial=TRUE) if slot in begun else state
        for slot, state in enumerate(program.states)
    )
    told = (_told(clause, known) for clause in clauses)
    return replace(program, clauses=tuple(clause for clause in told if clause), states=states)


def _alive(clauses: tuple[Clause, ...], environment: Environment) -> tuple[Clause, ...]:
    """Without the clauses that can have no turn any more."""
    begins = {
        action.state
        for clause in clauses
        for action in actions_of(clause)
        if isinstance(action, Assign) and action.value is not FALSE
    }
    kept = tuple(
        clause
        for clause in clauses
        if clause.lives is None or clause.lives in begins or environment[clause.lives] != NEVER
    )
    return kept if len(kept) == len(clauses) else _alive(kept, environment)


def _set_by(clauses: tuple[Clause, ...]) -> Iterator[int]:
    actions = (action for clause in clauses for action in actions_of(clause))
    return (action.state for action in actions if isinstance(action, Assign))


def _told(clause: Clause, known: Mapping[int, Expression]) -> Clause | None:
    """A clause with known states put in; None if it can do nothing."""

    def leaf(expression: Expression) -> Expression:
        match expression:
            case State(slot=slot):
                return known.get(slot, expression)
            case _:
                return expression

    def told(expression: Expression) -> Expression:
        return _decided(simplified(rebuilt(expression, leaf)))

    actions = tuple(each for each in (changed(a, told) for a in clause.actions) if _acts(each))
    match clause:
        case Watch():
            condition = told(clause.condition)
            return (
                None
                if condition is FALSE
                else replace(clause, condition=condition, actions=actions)
            )
        case Choice():
            otherwise = tuple(changed(a, told) for a in clause.otherwise)
            return replace(clause, actions=actions, otherwise=tuple(filter(_acts, otherwise)))
        case Timed():
            return replace(clause, actions=actions)


def _decided(expression: Expression) -> Expression:
    """A condition without what one side of an `and` or an `or` decides alone: a missing observation
    is of no concern here."""
    match expression:
        case Combine(operator=Binary.AND | Binary.OR as operator, left=left, right=right):
            sides = (_decided(left), _decided(right))
            deciding = FALSE if operator is Binary.AND else TRUE
            return deciding if deciding in sides else combine(operator, *sides)
        case _:
            return expression


def _acts(action: object) -> bool:
    """Whether an action may do something."""
    return isinstance(action, Bind | Store) or getattr(action, "guard", TRUE) is not FALSE
