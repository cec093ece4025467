"""Lowering: from a checked definition to a program, at one shape."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.core import program as core
from rfos_lang.core.draft import Draft, Scope, Unknown, asset_slot, scalar, sort_of
from rfos_lang.core.lowered import Lowered, Shape
from rfos_lang.core.lowering_clauses import lower_clause, lower_collateral, lower_liquidation
from rfos_lang.core.lowering_expressions import lower_expression
from rfos_lang.core.lowering_lists import item, length
from rfos_lang.core.walk import within
from rfos_lang.semantics.definition import (
    Definition,
    Expression,
    ListOf,
    Parameter,
    ParameterDeclaration,
    Plain,
    Quantity,
    Requirement,
    StateDeclaration,
)

Item = TypeVar("Item")
Made = TypeVar("Made")


def lower(definition: Definition, shape: Shape) -> tuple[Lowered | None, tuple[Diagnostic, ...]]:
    """The program of a definition at a shape, or all reasons why there is none.

    Slots stand in the order of the text: parameters first, then what clauses make. Made clauses
    come before the user's.
    """
    draft = Draft(definition, shape)
    _declare_parameters(draft)
    _each(draft, definition.states, _declare_state)
    requires = _each(draft, definition.requires, _requirement)
    clauses = _each(draft, definition.clauses, lower_clause)
    collateral = _each(draft, definition.collateral, lower_collateral)
    liquidation = _each(draft, definition.liquidation, lower_liquidation)
    if draft.diagnostics:
        return None, tuple(draft.diagnostics)
    program = core.Program(
        name=definition.name,
        parties=definition.parties,
        assets=tuple(name for name, _ in draft.assets.values()),
        terms=tuple(slot for slot, _ in draft.terms.values()),
        schedules=tuple(name for name, _ in draft.schedules.values()),
        columns=tuple(slot for slot, _ in draft.columns.values()),
        feeds=tuple(slot for slot, _ in draft.feeds.values()),
        states=tuple(draft.states.values()),
        tables=tuple(draft.tables.values()),
        requires=requires,
        clauses=(*draft.observations, *clauses),
        collateral=collateral,
        liquidation=liquidation,
        perpetual=definition.perpetual,
    )
    return _with_recipes(draft, program), ()


def _with_recipes(draft: Draft, program: core.Program) -> Lowered:
    return Lowered(
        definition=draft.definition,
        shape=draft.shape,
        program=program,
        assets=tuple(recipe for _, recipe in draft.assets.values()),
        terms=tuple(recipe for _, recipe in draft.terms.values()),
        schedules=tuple(recipe for _, recipe in draft.schedules.values()),
        columns=tuple(recipe for _, recipe in draft.columns.values()),
        feeds=tuple(recipe for _, recipe in draft.feeds.values()),
        causality=tuple(draft.causality),
    )


def _each(
    draft: Draft, items: Iterable[Item], lowered: Callable[[Draft, Item], Made]
) -> tuple[Made, ...]:
    """All items lowered; one that cannot be has said so in the draft, and the next is tried."""
    made = []
    for each in items:
        try:
            made.append(lowered(draft, each))
        except Unknown:
            assert draft.diagnostics, "what cannot be lowered says why"
    return tuple(made)


# --- declarations --------------------------------------------------------------------------------


def _declare_parameters(draft: Draft) -> None:
    """The slots of all parameters that have a place in the program, used or not."""
    for declared in draft.definition.parameters:
        for expression in _parts(draft, declared):
            if expression.type is Plain.ASSET:
                asset_slot(draft, expression, ())
            elif isinstance(expression.type, Quantity) or expression.type is Plain.TRUTH:
                scalar(draft, expression, Scope())


def _parts(draft: Draft, declared: ParameterDeclaration) -> list[Expression]:
    parameter = Parameter(declared.name, declared.type, declared.span)
    if isinstance(declared.type, ListOf):
        return [item(parameter, k) for k in range(length(draft, declared.name))]
    return [parameter]


def _declare_state(draft: Draft, state: StateDeclaration) -> None:
    initial = lower_expression(draft, state.initial, Scope())
    assert _is_fixed(initial), "the checker sees to that"
    slot = core.StateSlot(state.name, sort_of(state.type), initial)
    draft.states[("declared", state.name)] = slot


def _requirement(draft: Draft, requirement: Requirement) -> core.Require:
    condition = lower_expression(draft, requirement.condition, Scope())
    assert _is_fixed(condition), "the checker sees to that"
    return core.Require(condition, requirement.message)


def _is_fixed(expression: core.Expression) -> bool:
    """Whether it is known once the instance is bound."""
    varying = core.Feed | core.State | core.Stored
    return not any(isinstance(node, varying) for node in within(expression))
