"""Arguments of an instance: texts such as `65_000 USD/BTC` or `[2026-01-15, 2026-07-15]`, read and
checked against the parameters of a definition."""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache

from rfos_lang.base.diagnostic import Diagnostic, relocated
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.unit import Unit
from rfos_lang.base.wording import report
from rfos_lang.core.lowered import Shape
from rfos_lang.core.typical import TYPICAL_LENGTH, typical_arguments
from rfos_lang.semantics import arithmetic
from rfos_lang.semantics.definition import (
    AssetDeclaration,
    Definition,
    Expression,
    ListOf,
    Literal,
    Operation,
    ParameterDeclaration,
    Plain,
    Quantity,
    Type,
)
from rfos_lang.semantics.expressions import expect
from rfos_lang.semantics.modules import prelude
from rfos_lang.semantics.scope import Checking, Scope
from rfos_lang.semantics.types import shown, with_tickers
from rfos_lang.semantics.walk import unfixed
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse

Arguments = Mapping[str, Expression]
"""For every parameter an expression that observes nothing; a default may name parameters."""

_PREFIX = "let argument = "
_WORDS = (Plain.ASSET, Plain.INDEX, Plain.TEXT, Plain.ENTITY)
LENGTH_MAX = 100
"""The longest list: what is said of each member is written out, and so has to stay readable."""


def read_arguments(
    definition: Definition, given: Mapping[str, str | Expression]
) -> tuple[Arguments | None, tuple[Diagnostic, ...]]:
    """The arguments of an instance, defaults filled in, or all that is wrong with them.

    A text is what one would write in a contract, with the tickers of the instance: `65_000
    USD/BTC`. A number alone is taken in the parameter's unit. A diagnostic about a text has the
    parameter's name as its source, and offsets into the text.
    """
    reading = _Reading(definition, given, _everywhere(_Same(definition.assets)))
    reading.names_known()
    assets = [each for each in definition.parameters if _is_asset(each.type)]
    for declared in assets:
        reading.read(declared, declared.type)
    tickers = reading.distinct_assets(assets)
    for declared in definition.parameters:
        wanted = declared.type if tickers is None else with_tickers(declared.type, tickers)
        judged = tickers is not None or not _units(wanted) & {each.name for each in assets}
        if declared not in assets and (judged or reading.lacks(declared)):
            reading.read(declared, wanted)
    reading.ask_for_missing()
    return (None if reading.problems else reading.found), tuple(reading.problems)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A mapping as a key: the same only as itself, since nobody changes it."""

    assets: Mapping[str, AssetDeclaration]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.assets is other.assets

    def __hash__(self) -> int:
        return id(self.assets)


@lru_cache(16)
def _everywhere(known: _Same) -> Scope:
    """The names in scope in every argument; a book reads thousands of one contract."""
    return Scope(names=prelude(known.assets))


def shape_of(definition: Definition, arguments: Arguments) -> Shape:
    """The lengths of the list parameters; those without an argument get a typical length."""
    lengths = {}
    for declared in definition.parameters:
        if isinstance(declared.type, ListOf):
            argument = arguments.get(declared.name, declared.default)
            is_list = isinstance(argument, Operation) and argument.name == "list"
            lengths[declared.name] = len(argument.arguments) if is_list else TYPICAL_LENGTH  # type: ignore[union-attr]
    return Shape(lengths)


def _is_asset(type: Type) -> bool:
    return type in (Plain.ASSET, ListOf(Plain.ASSET))


def _units(type: Type) -> set[str]:
    """The base units that a type names."""
    match type:
        case Quantity(unit=unit):
            return {name for name, _ in unit.factors}
        case ListOf(element=element):
            return _units(element)
        case _:
            return set()


# --- one text ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """The arguments that have been read, and what is wrong so far."""

    definition: Definition
    given: Mapping[str, str | Expression]
    everywhere: Scope
    found: dict[str, Expression] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    missing: list[tuple[ParameterDeclaration, Type]] = field(default_factory=list)

    def lacks(self, declared: ParameterDeclaration) -> bool:
        """Whether a parameter has no argument."""
        return declared.name not in self.given and declared.default is None

    def ask_for_missing(self) -> None:
        """Reports each parameter without an argument, with one that it might have."""
        if not self.missing:
            return
        texts = {name: text for name, text in self.given.items() if isinstance(text, str)}
        examples = next(typical_arguments([declared for declared, _ in self.missing], texts))
        for declared, wanted in self.missing:
            name, value = declared.name, examples[declared.name]
            option, type = _in_shell(f"{name}={value}"), shown(wanted)
            new = report("E0522", declared.span, name=name, wanted=type, option=option, value=value)
            self.problems.append(new)

    def names_known(self) -> None:
        known = [declared.name for declared in self.definition.parameters]
        place, contract = self.definition.span, self.definition.name
        for name in self.given:
            if name not in known:
                meant = did_you_mean(name, known)
                new = report("E0521", place, contract=contract, name=name, suggestion=meant)
                self.problems.append(new)

    def read(self, declared: ParameterDeclaration, wanted: Type) -> None:
        """The argument of one parameter, into `found`."""
        name = declared.name
        argument = self.given.get(name, declared.default)
        if isinstance(argument, str):
            argument = self.text(name, wanted, argument)
        elif argument is None:
            self.missing.append((declared, wanted))
        if argument is not None:
            self.found[name] = argument

    def distinct_assets(self, assets: list[ParameterDeclaration]) -> dict[str, str] | None:
        """The ticker of each asset parameter; None if one is missing or two are the same, for then
        units say nothing. The checker told their units apart."""
        holders: dict[str, list[str]] = {}
        tickers = {}
        for declared in assets:
            argument = self.found.get(declared.name)
            if argument is None:
                return None
            for ticker in _tickers(argument):
                holders.setdefault(ticker, []).append(f"`{declared.name}`")
                tickers[declared.name] = ticker
            if any(len(names) > 1 for names in holders.values()):
                ticker, names = next(each for each in holders.items() if len(each[1]) > 1)
                listed = " and ".join(names)
                self.problems.append(report("E0526", declared.span, names=listed, ticker=ticker))
                return None
        return tickers

    def text(self, name: str, wanted: Type, text: str) -> Expression | None:
        """A text as an expression of the wanted type; None if that was reported."""
        node = self.parsed(name, text)
        if node is None:
            return None
        definition = self.definition
        checking = Checking(_PREFIX + text, name, clock=definition.clock)
        value = _typed(checking, Scope(self.everywhere), node, wanted, definition)
        self.problems.extend(_in_text(each) for each in checking.diagnostics)
        if value is not None and (varying := unfixed(value)) is not None:
            self.problems.append(report("E0523", _in_text_span(varying.span), name=name))
            return None
        return value

    def parsed(self, name: str, text: str) -> tree.Expression | None:
        module, complaints = _parsed(text, name)
        match module.items:
            case (tree.Let(value=value),) if not complaints:
                return value
        self.problems.extend(_in_text(each) for each in complaints[:1])
        if not complaints:
            self.problems.append(report("E0524", Span(name, 0, len(text)), name=name, text=text))
        return None


def _in_shell(word: str) -> str:
    """A word as one types it in a shell."""
    return word if re.fullmatch(r"[\w=.:%+-]+", word) else f"'{word}'"


@lru_cache(4096)
def _parsed(text: str, name: str) -> tuple[tree.Module, tuple[Diagnostic, ...]]:
    """An argument as a module of one `let`; a book has the same texts over and over."""
    return parse(_PREFIX + text, name)


def _tickers(argument: Expression) -> list[str]:
    match argument:
        case Literal(value=str(ticker)):
            return [ticker]
        case Operation(name="list", arguments=arguments):
            return [ticker for each in arguments for ticker in _tickers(each)]
        case _:
            raise AssertionError("an asset is named, not computed")


def _typed(
    checking: Checking, scope: Scope, node: tree.Expression, wanted: Type, definition: Definition
) -> Expression | None:
    """The expression that is written; words and bare numbers mean what the parameter wants."""
    name = checking.source
    match node, wanted:
        case tree.ListLiteral(items=()), ListOf():
            checking.report("E0527", node.span, name=name)
            return None
        case tree.ListLiteral(items=items), ListOf() if len(items) > LENGTH_MAX:
            checking.report("E0537", node.span, name=name, limit=LENGTH_MAX)
            return None
        case tree.ListLiteral(items=items), ListOf(element=element):
            made = [_typed(checking, scope, item, element, definition) for item in items]
            members = tuple(member for member in made if member is not None)
            whole = len(members) == len(items)
            return Operation("list", members, wanted, node.span) if whole else None
        case tree.Name(text=word), _ if wanted in _WORDS:
            return _word(checking, node, word, wanted, definition)
        case _, Quantity(unit=unit) if (number := _bare(node)) is not None:
            return _number(checking, number, unit, node)
        case _:
            return expect(checking, scope, node, wanted, f"`{name}`")


def _word(
    checking: Checking, node: tree.Name, word: str, wanted: Type, definition: Definition
) -> Expression | None:
    """A ticker, the name of an index, or a text of one word."""
    if wanted is Plain.ASSET and word not in definition.assets:
        suggestion = did_you_mean(word, definition.assets)
        checking.report("E0525", node.span, name=word, suggestion=suggestion)
        return None
    return Literal(word, wanted, node.span)


def _bare(node: tree.Expression) -> tuple[tree.Number, int] | None:
    """A number without a unit, and its sign."""
    match node:
        case tree.Number():
            return node, 1
        case tree.Unary(operator="-", operand=tree.Number() as number):
            return number, -1
        case _:
            return None


def _number(
    checking: Checking, number: tuple[tree.Number, int], unit: Unit, node: tree.Expression
) -> Expression | None:
    digits, sign = number
    literal = arithmetic.number(checking, digits, unit, sign)
    return literal and replace(literal, span=node.span)


def _in_text(diagnostic: Diagnostic) -> Diagnostic:
    return relocated(diagnostic, _in_text_span)


def _in_text_span(span: Span) -> Span:
    shift = len(_PREFIX)
    return Span(span.source, max(0, span.start - shift), max(0, span.end - shift))
