"""The algebra of contracts: `A + 2 * B - C`, and sides named anew.

An expression of contracts is read as its parts: each a checked contract with its arguments, the
sides on which its parties stand, and the number that scales it. `merged` makes one contract of
them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace

from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE, Unit, base
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    ChoiceClause,
    Clause,
    Definition,
    Ending,
    Expression,
    ListOf,
    Literal,
    Operation,
    Parameter,
    ParameterDeclaration,
    Plain,
    Quantity,
    Requirement,
    StateDeclaration,
    Type,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.expressions import expect
from rfos_lang.semantics.matching import matched
from rfos_lang.semantics.scope import (
    Checking,
    Contracts,
    Kind,
    Merged,
    Other,
    Party,
    Scope,
    lookup,
    missing,
    not_yet,
)
from rfos_lang.semantics.substitution import Substitution
from rfos_lang.semantics.types import NUMBER, unit_of_asset
from rfos_lang.semantics.walk import bodies_of, statements_within, unfixed, within
from rfos_lang.syntax import tree

Passed = Callable[[Definition, ParameterDeclaration, Expression], Expression | None]
"""What an argument is in a part: the argument itself, or what stands for it; None if it cannot be
passed, which was reported."""


@dataclass(frozen=True, slots=True)
class Part:
    """A contract in an expression of contracts. `sides` are the parties of the contract around it,
    in the order of its own. `factor` scales it; `requires` are what its factors must fulfil."""

    definition: Definition
    arguments: Mapping[str, Expression]
    sides: tuple[str, ...]
    factor: Expression | None
    requires: tuple[Requirement, ...]
    place: Span


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression of contracts stands, in a contract between `parties`."""

    checking: Checking
    scope: Scope
    contracts: Contracts
    parties: tuple[str, ...]
    passed: Passed
    factor: Expression | None = None
    requires: tuple[Requirement, ...] = ()


def parts_of(
    checking: Checking,
    scope: Scope,
    contracts: Contracts,
    node: tree.Expression,
    parties: tuple[str, ...],
    passed: Passed | None = None,
) -> tuple[Part, ...] | None:
    """The parts of an expression of contracts; None if anything in it is wrong, which was
    reported. Arguments are fixed at the start, unless `passed` takes others."""
    fixed = passed or (lambda *argument: _fixed(checking, *argument))
    parts = _parts(_Place(checking, scope, contracts, parties, fixed), node)
    return None if any(part is None for part in parts) else tuple(part for part in parts if part)


def _fixed(
    checking: Checking, definition: Definition, parameter: ParameterDeclaration, value: Expression
) -> Expression | None:
    if (varying := unfixed(value)) is None:
        return value
    what = f"`{parameter.name}` of `{definition.name}`"
    checking.report("E0501", varying.span, what=what, words=checking.words(varying))
    return None


def _parts(place: _Place, node: tree.Expression) -> list[Part | None]:
    match node:
        case tree.Call(function=tree.Name() as name) if _is_contract(place.scope, node):
            return [_called(place, node, name, place.parties)]
        case tree.Between():
            return _between(place, node)
        case tree.Unary(operator="-"):
            return _negated(place, node, _parts(place, node.operand))
        case tree.Binary(operator="+", left=left, right=right):
            return [*_parts(place, left), *_parts(place, right)]
        case tree.Binary(operator="-", left=left, right=right):
            return [*_parts(place, left), *_negated(place, node, _parts(place, right))]
        case tree.Binary(operator="*", left=left, right=right):
            first, second = _is_contract(place.scope, left), _is_contract(place.scope, right)
            if first != second:
                return _scaled(place, *((right, left) if first else (left, right)))
    _report_no_contract(place, node)
    return [None]


def _is_contract(scope: Scope, node: tree.Expression) -> bool:
    """Whether an expression is one of contracts, by its form."""
    match node:
        case tree.Call(function=tree.Name(text=name)):
            meaning = lookup(scope, name)
            return isinstance(meaning, Other) and meaning.kind is Kind.CONTRACT
        case tree.Between():
            return True
        case tree.Unary(operator="-", operand=operand):
            return _is_contract(scope, operand)
        case tree.Binary(left=left, right=right):
            return _is_contract(scope, left) or _is_contract(scope, right)
        case _:
            return False


def _report_no_contract(place: _Place, node: tree.Expression) -> None:
    checking, scope = place.checking, place.scope
    match node:
        case tree.Call(function=tree.Name() as name) if lookup(scope, name.text) is None:
            missing(checking, name, "a contract", list(place.contracts))
        case tree.Binary(operator=operator) if _is_contract(scope, node):
            checking.report("E0451", node.span, operator=operator)
        case tree.Name(text=name) if isinstance(lookup(scope, name), Other):
            checking.report("E0459", node.span, name=name)
        case _:
            checking.report("E0450", node.span, words=checking.words(node))


# --- operators -----------------------------------------------------------------------------------


def _negated(place: _Place, node: tree.Expression, parts: list[Part | None]) -> list[Part | None]:
    """The two sides change places."""
    sides = {side for part in parts if part is not None for side in part.sides}
    if len(sides) > 2:
        place.checking.report("E0453", node.span, count=len(sides))
        return [None]
    return _renamed(parts, dict(zip(sorted(sides), sorted(sides, reverse=True), strict=True)))


def _renamed(parts: list[Part | None], names: Mapping[str, str]) -> list[Part | None]:
    """The parts with other parties in the place of theirs."""
    return [
        part and replace(part, sides=tuple(names[side] for side in part.sides)) for part in parts
    ]


def _scaled(place: _Place, number: tree.Expression, contract: tree.Expression) -> list[Part | None]:
    """Every payment times a number that is known at the start; a negative one turns the sides."""
    checking = place.checking
    what = "a number that scales a contract"
    factor = expect(checking, place.scope, number, NUMBER, what)
    if factor is None:
        return [None]
    if (varying := unfixed(factor)) is not None:
        checking.report("E0501", varying.span, what=what, words=checking.words(varying))
        return [None]
    value = constant(factor)
    requires = place.requires
    if value is None:
        requires = (*requires, _not_negative(factor))
    elif value < 0:
        factor = Literal(-value, NUMBER, factor.span)
    whole = factor
    if place.factor is not None:
        whole = Operation("*", (place.factor, factor), NUMBER, factor.span)
    inner = replace(place, factor=whole, requires=requires)
    if value is not None and value < 0:
        return _negated(inner, number, _parts(inner, contract))
    return _parts(inner, contract)


def _not_negative(factor: Expression) -> Requirement:
    zero = Literal(0, NUMBER, factor.span)
    condition = Operation(">=", (factor, zero), Plain.TRUTH, factor.span)
    return Requirement(condition, "a contract cannot be scaled by a negative number", factor.span)


def _between(place: _Place, node: tree.Between) -> list[Part | None]:
    """Sides by name: of one contract its parties in their order; of a sum those of the contract
    around it."""
    sides = []
    for name in node.parties:
        place.checking.used.add(name.text)
        if not isinstance(lookup(place.scope, name.text), Party):
            missing(place.checking, name, "a party to this contract", list(place.parties))
            return [None]
        sides.append(name.text)
    if len(set(sides)) < len(sides):
        place.checking.report("E0460", node.parties[-1].span, name=sides[-1])
        return [None]
    match node.contract:
        case tree.Call(function=tree.Name() as called) if _is_contract(place.scope, node.contract):
            return [_called(place, node.contract, called, tuple(sides))]
    if len(sides) != len(place.parties):
        parties = ", ".join(place.parties)
        given = ", ".join(f"`{side}`" for side in sides)
        words = place.checking.words(node.contract).strip("`")
        place.checking.report("E0452", node.span, name=words, theirs=parties, sides=given)
        return [None]
    return _renamed(_parts(place, node.contract), dict(zip(place.parties, sides, strict=True)))


# --- a contract with its arguments ---------------------------------------------------------------


def _called(place: _Place, node: tree.Call, name: tree.Name, sides: tuple[str, ...]) -> Part | None:
    checking = place.checking
    checking.used.add(name.text)
    definition = place.contracts.get(name.text)
    if definition is None:
        return None  # it has errors of its own
    parties = tuple(party for party in definition.parties if party not in OWN)
    if len(parties) != len(sides):
        names = ", ".join(f"`{side}`" for side in sides)
        theirs = ", ".join(parties)
        checking.report("E0452", node.span, name=name.text, theirs=theirs, sides=names)
        return None
    arguments = _arguments(place, definition, node)
    if arguments is None:
        return None
    return Part(definition, arguments, sides, place.factor, place.requires, node.span)


def _arguments(
    place: _Place, definition: Definition, node: tree.Call
) -> dict[str, Expression] | None:
    """The arguments of a contract by its parameters, those that were left out too."""
    checking = place.checking
    declared = definition.parameters
    optional = {parameter.name for parameter in declared if parameter.default is not None}
    written = matched(checking, node, [parameter.name for parameter in declared], optional)
    if written is None:
        return None
    passing = _Passing(place, definition, written)
    for parameter in sorted(declared, key=lambda each: each.type is not Plain.ASSET):
        passing.take(parameter)
    if len(passing.found) < len(declared) or not _are_distinct(passing, node):
        return None
    return {parameter.name: passing.found[parameter.name] for parameter in declared}


@dataclass(slots=True)
class _Passing:
    """Arguments while they are read: assets first, for units are made of them."""

    place: _Place
    definition: Definition
    written: Mapping[str, tree.Expression]
    found: dict[str, Expression] = field(default_factory=dict)

    def take(self, parameter: ParameterDeclaration) -> None:
        """The argument of one parameter, into `found`; what is wrong is reported."""
        name = parameter.name
        passed = Substitution(self.found, {}, {}, None, lambda own: own, None)
        if name not in self.written:
            if parameter.default is not None and self._is_known(parameter.default):
                self.found[name] = passed.expression(parameter.default)
            return
        if not self._has_units(parameter):
            return
        what = f"`{name}` of `{self.definition.name}`"
        wanted = passed.type(parameter.type)
        checking = self.place.checking
        value = expect(checking, self.place.scope, self.written[name], wanted, what)
        if value is None:
            return
        if parameter.type is Plain.ASSET and unit_of_asset(value) is None:
            not_yet(checking, value.span, "an asset that is computed")
            return
        if (passed_on := self.place.passed(self.definition, parameter, value)) is not None:
            self.found[name] = passed_on

    def _has_units(self, parameter: ParameterDeclaration) -> bool:
        """Whether every asset in the parameter's type was passed."""
        needed = {name for name, _ in _unit(parameter.type).factors}
        assets = {p.name for p in self.definition.parameters if p.type is Plain.ASSET}
        return (needed & assets) <= set(self.found)

    def _is_known(self, default: Expression) -> bool:
        named = {each.name for each in self.definition.parameters}
        return {name for name in _names_in(default) if name in named} <= set(self.found)


def _unit(type: Type) -> Unit:
    match type:
        case Quantity(unit=unit):
            return unit
        case ListOf(element=element):
            return _unit(element)
        case _:
            return ONE


def _names_in(expression: Expression) -> set[str]:
    return {each.name for each in within(expression) if isinstance(each, Parameter)}


def _are_distinct(passing: _Passing, node: tree.Call) -> bool:
    """Two assets of a contract may not be the same: their units are told apart."""
    holders: dict[Unit, str] = {}
    for parameter in passing.definition.parameters:
        if parameter.type is Plain.ASSET:
            unit = unit_of_asset(passing.found[parameter.name]) or base(parameter.name)
            first = holders.setdefault(unit, parameter.name)
            if first != parameter.name:
                second, asset = parameter.name, str(unit)
                passing.place.checking.report(
                    "E0457", node.span, first=first, second=second, asset=asset
                )
                return False
    return True


# --- one contract of many ------------------------------------------------------------------------


def merged(checking: Checking, parts: Iterable[Part], source: str) -> Merged:
    """The parts as one contract, in their order. A part whose end shows while others go on gets a
    hidden state by which it lives."""
    parts, whole = tuple(parts), Merged()
    for part in parts:
        clauses = part.definition.clauses
        shows = len(parts) > 1 and any(_needs_a_life(clause) for clause in clauses)
        alive = Literal(True, Plain.TRUTH, part.place) if shows else None
        merge(checking, part, whole, source, alive)
    return whole


def merge(
    checking: Checking,
    part: Part,
    whole: Merged,
    source: str,
    alive: Literal | None,
    begin: Expression | None = None,
) -> str:
    """Adds a part. `alive`: whether it lives at the start, by a hidden state whose name is given
    back; None if it lives as long as the whole. `begin` is when the part begins, None for the
    start."""
    definition = part.definition
    inside = Substitution(
        part.arguments,
        dict(zip(definition.parties, part.sides, strict=False)),
        {state.name: checking.fresh(state.name) for state in definition.states},
        part.factor,
        checking.fresh,
        None if definition.span.source == source else part.place,
        begin,
    )
    lives = "" if alive is None else checking.fresh(f"{definition.name} lives")
    if alive is not None:
        whole.states.append(StateDeclaration(lives, Plain.TRUTH, alive, part.place))
    whole.states += map(inside.state, definition.states)
    whole.requires += [*part.requires, *map(inside.requirement, definition.requires)]
    for clause in definition.clauses:
        made = inside.clause(clause)
        made = replace(made, lives=made.lives or lives or None)
        whole.clauses.append(_named_apart(made, whole.clauses))
    return lives


def waits_and_ends(definition: Definition) -> bool:
    """Whether something of a contract goes on until its last date, and no longer: in one that never
    ends nothing would say when that was."""
    return not definition.perpetual and any(map(_has_no_last_date, definition.clauses))


def _has_no_last_date(clause: Clause) -> bool:
    match clause:
        case WhenClause(schedule=schedule):
            return schedule is None
        case WhenEachClause():
            return True
        case ChoiceClause(until=until, at=at, each=each):
            return until is None and at is None and each is None
        case _:
            return False


def _needs_a_life(clause: Clause) -> bool:
    """Whether it shows that the contract which a clause is written in has ended: an `end`, or a
    `when` that no longer acts. A contract that is a part itself has its own life."""
    if clause.lives is not None:
        return False
    statements = (s for body in bodies_of(clause) for s in statements_within(body))
    watches = isinstance(clause, WhenClause) and clause.schedule is None
    watches = watches or isinstance(clause, WhenEachClause)
    return watches or any(isinstance(each, Ending) for each in statements)


def _named_apart(clause: Clause, others: list[Clause]) -> Clause:
    """A choice whose name another one has is numbered: `exercise_2`."""
    if not isinstance(clause, ChoiceClause):
        return clause
    taken = {each.name for each in others if isinstance(each, ChoiceClause)}
    name, count = clause.name, 1
    while name in taken:
        count += 1
        name = f"{clause.name}_{count}"
    return replace(clause, name=name)
