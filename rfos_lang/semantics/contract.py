"""One contract: its names, its clauses and rules, and what must hold of the whole."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from rfos_lang.base.clock import UTC, Clock, zone_named
from rfos_lang.base.diagnostic import has_errors, rewriting
from rfos_lang.base.instant import HOUR, MINUTE
from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.semantics.causality import check_causality
from rfos_lang.semantics.choices import choice, failure, is_failure
from rfos_lang.semantics.definition import (
    AssetDeclaration,
    Clause,
    CollateralRule,
    Definition,
    Expression,
    LiquidationRule,
    Literal,
    Parameter,
    ParameterDeclaration,
    Payment,
    Plain,
    Quantity,
    Requirement,
    StateDeclaration,
    StateRead,
    Type,
)
from rfos_lang.semantics.expressions import check_formula, expect
from rfos_lang.semantics.futures import declare_style, variation
from rfos_lang.semantics.obligations import check_obligors, check_posters
from rfos_lang.semantics.rules import collateral, liquidation
from rfos_lang.semantics.scope import (
    Checking,
    Formula,
    Kind,
    Party,
    Scope,
    Value,
    declare,
    lookup,
    restart,
)
from rfos_lang.semantics.statements import clause, requirement
from rfos_lang.semantics.totality import check_ending, check_reachable, check_size
from rfos_lang.semantics.types import described, read_type
from rfos_lang.semantics.walk import (
    bodies_of,
    expressions_of,
    heads_of,
    statements_within,
    unfixed,
    within,
)
from rfos_lang.syntax import tree

_STATE_TYPES = (Plain.TRUTH, Plain.DATE)


@dataclass(slots=True)
class Parts:
    """What the body of a contract says, as it is read."""

    requires: list[Requirement] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    collateral: list[CollateralRule] = field(default_factory=list)
    liquidation: list[LiquidationRule] = field(default_factory=list)
    unsecured: bool = False


def check_contract(
    checking: Checking,
    outer: Scope,
    node: tree.Contract,
    assets: Mapping[str, AssetDeclaration],
) -> Definition | None:
    """The checked definition; None if anything in it is wrong, all of which was reported."""
    before = len(checking.diagnostics)
    restart(checking, _clock(checking, node), node.perpetual)
    checking.issued = {a.name for a in assets.values() if a.issuer == node.name.text}
    scope = Scope(outer)
    parameters = declared_parameters(checking, scope, node.parameters)
    declared_parties(checking, scope, node)
    declared_names(checking, scope, node)
    states = _states(checking, scope, node)
    parts = read_body(checking, scope, node.body)
    if (settled := variation(checking, scope, node.parties)) is not None:
        states += settled[0]
        parts.clauses.insert(0, settled[1])
    own = Definition(
        node.name.text,
        node.doc,
        parameters,
        _all_parties(node, parts.clauses),
        states,
        tuple(parts.requires),
        tuple(parts.clauses),
        tuple(parts.collateral),
        tuple(parts.liquidation),
        node.perpetual,
        parts.unsecured,
        checking.clock,
        assets,
        node.span,
    )
    definition = _with_successors(checking, own)
    if check_size(checking, roots_of(definition), node.name):
        check_causality(checking, own)
    if checking.incomplete or has_errors(checking.diagnostics[before:]):
        return None
    check_ending(checking, own, node.name)
    check_reachable(checking, own)
    _check_whole(checking, scope, node, definition)
    return None if has_errors(checking.diagnostics[before:]) else definition


def _with_successors(checking: Checking, own: Definition) -> Definition:
    """The contract with all that it may become; its own clauses live until it does."""
    later = checking.successors
    if not later.clauses:
        return own
    lives = checking.fresh(f"{own.name} lives")
    alive = StateDeclaration(lives, Plain.TRUTH, Literal(True, Plain.TRUTH, own.span), own.span)
    return replace(
        own,
        states=(*own.states, alive, *later.states),
        requires=(*own.requires, *later.requires),
        clauses=(*(replace(clause, lives=lives) for clause in own.clauses), *later.clauses),
    )


def _check_whole(
    checking: Checking,
    scope: Scope,
    node: tree.Contract,
    definition: Definition,
) -> None:
    """What can only be said of a contract that is right in all its parts."""
    check_used(checking, scope, node)
    check_posters(checking, definition)
    check_margin(checking, node, checking.successors.margined, definition)
    if not definition.unsecured:
        check_obligors(checking, definition, node)


# --- declarations --------------------------------------------------------------------------------


def _clock(checking: Checking, node: tree.Contract) -> Clock:
    """What a bare date means."""
    cuts = [statement for statement in node.body if isinstance(statement, tree.Cut)]
    for again in cuts[1:]:
        checking.report("E0313", again.span, what="cut")
    for cut in cuts[:1]:
        return Clock(cut.time.hour * HOUR + cut.time.minute * MINUTE, _zone(checking, cut.zone))
    return UTC


def _zone(checking: Checking, name: tree.Name) -> str:
    try:
        return zone_named(name.text)
    except Refused as refused:
        meant = refused.names["suggestion"]
        fixes = (rewriting(f"write `{meant}`", name.span, meant),) if meant else ()
        checking.report(refused.code, name.span, fixes=fixes, **refused.names)
        return UTC.zone


def declared_parameters(
    checking: Checking, scope: Scope, nodes: tuple[tree.Parameter, ...]
) -> tuple[ParameterDeclaration, ...]:
    """The parameters; assets first, so that a type may name one that is declared after it."""
    declared: dict[str, Type | None] = {}
    for assets_first in (True, False):
        for node in nodes:
            if _is_asset(node.type) is assets_first:
                type = read_type(checking, scope, node.type)
                name = node.name
                value = None if type is None else Parameter(name.text, type, name.span)
                declare(checking, scope, node.name, Value(value, Kind.PARAMETER, node.name.span))
                declared.setdefault(node.name.text, type)
    found: list[ParameterDeclaration] = []
    for node in nodes:
        type = declared[node.name.text]
        earlier = {parameter.name for parameter in found}
        default = _default(checking, scope, node, type, earlier) if type and node.default else None
        if type is not None:
            found.append(ParameterDeclaration(node.name.text, type, default, node.name.span))
    return tuple(found)


def _is_asset(type: tree.TypeExpression) -> bool:
    return isinstance(type, tree.TypeName) and [part.text for part in type.parts] == ["Asset"]


def _default(
    checking: Checking, scope: Scope, node: tree.Parameter, type: Type, earlier: set[str]
) -> Expression | None:
    """The default of a parameter; it may use the parameters before it, and nothing that varies."""
    assert node.default is not None
    what = f"the default of `{node.name.text}`"
    default = expect(checking, scope, node.default, type, what)
    if default is None or _varies(checking, default, what):
        return None
    for read in within(default):
        if isinstance(read, Parameter) and read.name not in earlier:
            checking.report("E0502", read.span, name=read.name, of=node.name.text)
            return None
    return default


def _varies(checking: Checking, expression: Expression, what: str) -> bool:
    """Reports E0501 for what is not known when the contract begins."""
    varying = unfixed(expression)
    if varying is not None:
        checking.report("E0501", varying.span, what=what, words=checking.words(varying))
    return varying is not None


def declared_parties(
    checking: Checking, scope: Scope, node: tree.Contract | tree.Composite
) -> None:
    """Declares the sides."""
    for name in node.parties:
        declare(checking, scope, name, Party(name.span))


def _all_parties(node: tree.Contract, clauses: list[Clause]) -> tuple[str, ...]:
    """The parties that are named, and the accounts of its own that the contract uses."""
    statements = (s for c in clauses for body in bodies_of(c) for s in statements_within(body))
    paid = [s for s in statements if isinstance(s, Payment)]
    used = {party for payment in paid for party in (payment.payer, payment.payee)}
    return (*(name.text for name in node.parties), *(own for own in OWN if own in used))


def declared_names(checking: Checking, scope: Scope, node: tree.Contract | tree.Composite) -> None:
    """Declares every `let` and state before any `let` is checked: they may stand in any order; and
    the price of the contract's style, for which a `let` may ask."""
    formulas = []
    for statement in node.body:
        match statement:
            case tree.Let():
                formulas.append(Formula(statement, scope))
                declare(checking, scope, statement.name, formulas[-1])
            case tree.State():
                _declare_state(checking, scope, statement)
            case tree.Assign(target=name) if lookup(scope, name.text) is None:
                # A `let` or a `state` that lacks its word: said once, where it stands.
                declare(checking, scope, name, Value(None, Kind.LET, name.span))
    if isinstance(node, tree.Contract):
        declare_style(checking, scope, node)
    for formula in formulas:
        check_formula(checking, formula)


def _declare_state(checking: Checking, scope: Scope, node: tree.State) -> None:
    type = read_type(checking, scope, node.type)
    if type is not None and not isinstance(type, Quantity) and type not in _STATE_TYPES:
        checking.report("E0228", node.type.span, name=node.name.text, found=described(type))
        type = None
    value = None if type is None else StateRead(node.name.text, type, node.name.span)
    declare(checking, scope, node.name, Value(value, Kind.STATE, node.name.span))


def _states(checking: Checking, scope: Scope, node: tree.Contract) -> tuple[StateDeclaration, ...]:
    found = []
    for state in (each for each in node.body if isinstance(each, tree.State)):
        match scope.names.get(state.name.text):
            case Value(expression=StateRead(type=type)):
                what = f"the first value of `{state.name.text}`"
                initial = expect(checking, scope, state.value, type, what)
                if initial is not None and not _varies(checking, initial, what):
                    found.append(StateDeclaration(state.name.text, type, initial, state.span))
    return tuple(found)


# --- the body ------------------------------------------------------------------------------------


def read_body(checking: Checking, scope: Scope, body: tuple[tree.Statement, ...]) -> Parts:
    """What the statements of a contract say, save for its names."""
    parts = Parts()
    for statement in body:
        _member(checking, scope, statement, parts)
    posted: dict[str, Expression | None] = {}
    for statement in body:
        if isinstance(statement, tree.Collateral):
            posted |= {name.text: None for name in statement.parties}
    posted |= {rule.party: rule.asset for rule in parts.collateral}
    for statement in body:
        if isinstance(statement, tree.Liquidation):
            parts.liquidation += liquidation(checking, scope, statement, posted)
    for what, rules in (("collateral", parts.collateral), ("liquidation", parts.liquidation)):
        seen: set[str] = set()
        for rule in rules:
            if rule.party in seen:
                checking.report("E0313", rule.span, what=f"{what} of `{rule.party}`")
            seen.add(rule.party)
    return parts


def _member(checking: Checking, scope: Scope, node: tree.Statement, parts: Parts) -> None:
    match node:
        case tree.Let() | tree.State() | tree.Cut() | tree.Liquidation() | tree.Style():
            pass
        case tree.Require():
            required = requirement(checking, scope, node)
            if required and not _varies(
                checking, required.condition, "a `require` of the contract"
            ):
                parts.requires.append(required)
        case tree.Unsecured():
            parts.unsecured = True
        case tree.When() if is_failure(node):
            failed = failure(checking, scope, node)
            parts.clauses += [failed] if failed else []
        case tree.AtInstant() | tree.AtEach() | tree.When() | tree.WhenEach():
            found = clause(checking, scope, node)
            parts.clauses += [found] if found else []
        case tree.May():
            chosen = choice(checking, scope, node)
            parts.clauses += [chosen] if chosen else []
        case tree.Collateral():
            parts.collateral += collateral(checking, scope, node)
        case _:
            checking.report("E0414", node.span)


# --- the whole -----------------------------------------------------------------------------------


def roots_of(definition: Definition) -> list[Expression]:
    """Every expression of the contract that is not part of another."""
    roots = [p.default for p in definition.parameters if p.default is not None]
    roots += [state.initial for state in definition.states]
    roots += [required.condition for required in definition.requires]
    for each in definition.clauses:
        roots += heads_of(each)
        for body in bodies_of(each):
            roots += [e for s in statements_within(body) for e in expressions_of(s)]
    for rule in definition.collateral:
        roots += [rule.maintenance, rule.initial]
        roots += [] if rule.exposure is None else [rule.exposure]
    for liquidated in definition.liquidation:
        roots += [liquidated.when, liquidated.restore]
    return roots


def check_used(checking: Checking, scope: Scope, node: tree.Contract | tree.Composite) -> None:
    """Warns of parameters and `let`s that nothing reads."""
    for parameter in node.parameters:
        if parameter.name.text not in checking.used:
            checking.report("W0901", parameter.name.span, name=parameter.name.text)
    for statement in node.body:
        if (
            isinstance(statement, tree.Let | tree.State)
            and statement.name.text not in checking.used
        ):
            fix = rewriting("remove it", statement.span, "")
            name = statement.name
            checking.report("W0902", name.span, fixes=(fix,), name=name.text)


def check_margin(
    checking: Checking,
    node: tree.Contract | tree.Composite,
    margined: Iterable[str],
    definition: Definition,
) -> None:
    """Warns that the margin clauses of other contracts, which this one holds or becomes, do not
    count."""
    names = " and ".join(f"`{name}`" for name in dict.fromkeys(margined))
    if names and not definition.collateral and not definition.unsecured:
        checking.report("W0907", node.name.span, name=node.name.text, parts=names)
