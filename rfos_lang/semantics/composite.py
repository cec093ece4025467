"""One composite: `contract X(...) between a, b = A(...) - B(...)`, with what it says of its own."""

from collections.abc import Mapping

from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.own_accounts import ESCROW, OWN
from rfos_lang.semantics.composition import Part, merged, parts_of, waits_and_ends
from rfos_lang.semantics.contract import (
    Parts,
    check_margin,
    check_used,
    declared_names,
    declared_parameters,
    declared_parties,
    read_body,
    roots_of,
)
from rfos_lang.semantics.definition import AssetDeclaration, Definition
from rfos_lang.semantics.obligations import check_obligors, check_posters
from rfos_lang.semantics.scope import Checking, Contracts, Scope, not_yet, restart
from rfos_lang.semantics.totality import check_size
from rfos_lang.syntax import tree

_OWN = (tree.Let, tree.Require, tree.Collateral, tree.Liquidation, tree.Unsecured)
"""What a composite may say of its own."""


def check_composite(
    checking: Checking,
    outer: Scope,
    node: tree.Composite,
    assets: Mapping[str, AssetDeclaration],
    contracts: Contracts,
) -> Definition | None:
    """The checked definition; None if anything in it is wrong, all of which was reported."""
    before = len(checking.diagnostics)
    restart(checking, _clock(node, contracts), node.perpetual)
    scope = Scope(outer)
    parameters = declared_parameters(checking, scope, node.parameters)
    declared_parties(checking, scope, node)
    declared_names(checking, scope, node)
    sides = tuple(name.text for name in node.parties)
    parts = parts_of(checking, scope, contracts, node.value, sides)
    own = _own(checking, scope, node)
    if parts is None:
        return None
    whole = merged(checking, parts, checking.source)
    definition = Definition(
        node.name.text,
        node.doc,
        parameters,
        _all_parties(sides, parts),
        tuple(whole.states),
        (*own.requires, *whole.requires),
        tuple(whole.clauses),
        tuple(own.collateral),
        tuple(own.liquidation),
        node.perpetual,
        own.unsecured,
        checking.clock,
        {**{k: v for part in parts for k, v in part.definition.assets.items()}, **assets},
        node.span,
    )
    check_size(checking, roots_of(definition), node.name)
    _check_fits(checking, node, parts)
    if checking.incomplete or has_errors(checking.diagnostics[before:]):
        return None
    check_used(checking, scope, node)
    check_posters(checking, definition)
    margined = [part.definition.name for part in parts if part.definition.collateral]
    check_margin(checking, node, margined, definition)
    if not definition.unsecured:
        check_obligors(checking, definition, node)
    return definition


def _all_parties(sides: tuple[str, ...], parts: tuple[Part, ...]) -> tuple[str, ...]:
    """The sides, and escrow if the contract has a part that uses it."""
    held = any(ESCROW in part.definition.parties for part in parts)
    return (*sides, ESCROW) if held else sides


def _own(checking: Checking, scope: Scope, node: tree.Composite) -> Parts:
    """What the block behind the expression says."""
    for statement in node.body:
        if not isinstance(statement, _OWN):
            checking.report("E0458", statement.span, name=node.name.text)
    return read_body(checking, scope, tuple(s for s in node.body if isinstance(s, _OWN)))


def _clock(node: tree.Composite, contracts: Contracts) -> Clock:
    """The time of day that the first part means by a date; that all mean the same is checked."""
    for name in called(node.value):
        definition = contracts.get(name.text)
        if definition is not None:
            return definition.clock
    return UTC


def called(node: tree.Expression) -> list[tree.Name]:
    """The names that are called in an expression of contracts, in their order."""
    match node:
        case tree.Call(function=tree.Name() as name):
            return [name]
        case tree.Between(contract=inner) | tree.Unary(operand=inner):
            return called(inner)
        case tree.Binary(left=left, right=right):
            return [*called(left), *called(right)]
        case _:
            return []


def _check_fits(checking: Checking, node: tree.Composite, parts: tuple[Part, ...]) -> None:
    """All parts mean the same instant by a date, and what never ends is called perpetual."""
    name = node.name.text
    for part in parts:
        used = [own for own in OWN if own in part.definition.parties]
        if used and (len(parts) > 1 or used != [ESCROW]):
            what = f"a part with an account of its own, such as `{part.definition.name}`"
            not_yet(checking, part.place, what)
        if part.definition.clock != checking.clock:
            first, second = parts[0].definition.name, part.definition.name
            checking.report("E0455", part.place, first=first, second=second)
        if part.definition.perpetual and not node.perpetual:
            checking.report("E0454", part.place, name=name, part=part.definition.name)
        if node.perpetual and waits_and_ends(part.definition):
            what = f"a part that waits with `when` and ends, such as `{part.definition.name}`,"
            not_yet(checking, part.place, f"{what} beside one that never ends")
