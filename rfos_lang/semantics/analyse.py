"""From the text of a file to its checked contracts, and all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import field
from itertools import islice

from rfos_lang.base.diagnostic import Diagnostic, has_errors, told
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.case import TestCase
from rfos_lang.semantics.composite import check_composite
from rfos_lang.semantics.contract import check_contract
from rfos_lang.semantics.definition import AssetDeclaration, Definition, Literal, Plain, Type
from rfos_lang.semantics.expressions import check_formula
from rfos_lang.semantics.feeds import check_feeds
from rfos_lang.semantics.modules import (
    ASSETS,
    STREAM_RULES,
    Library,
    prelude,
    standard_assets,
    standard_feeds,
)
from rfos_lang.semantics.ordering import in_order
from rfos_lang.semantics.policy import Policy, check_policy
from rfos_lang.semantics.reuse import Earlier, Found, is_own, kept
from rfos_lang.semantics.scope import (
    Checking,
    DeclaredFeed,
    DeclaredUnit,
    Formula,
    Kind,
    Meaning,
    Other,
    Scope,
    Value,
    declare,
    missing,
)
from rfos_lang.semantics.testing import check_test
from rfos_lang.semantics.unread import unread
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse

ISSUED_PLACES = 6
"""The decimals of an asset that a contract issues, unless its declaration says others."""

TOO_DEEP = "E0123"
"""What the parser says of a text that nests deeper than the checker may descend."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A file: its tree, its contracts that are right, by name (those it `use`s too), its tests if
    nothing is wrong with it, and what is wrong with it, in order of place. `exports` are the other
    names that a file which `use`s it may bring in, `assets` what it knows of concrete assets,
    `policies` its margin policies that are right, `types` what each `let` gives that has a value,
    by the place of its name."""

    module: tree.Module
    definitions: Mapping[str, Definition]
    diagnostics: tuple[Diagnostic, ...]
    tests: tuple[TestCase, ...] = ()
    exports: Mapping[str, Meaning] = field(default_factory=dict)
    assets: Mapping[str, AssetDeclaration] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    types: Mapping[Span, Type] = field(default_factory=dict)
    earlier: Earlier | None = field(default=None, compare=False, repr=False)
    modules: "Mapping[str, Analysis]" = field(default_factory=dict, compare=False, repr=False)


def analyse(text: str, source: str, library: Library, previous: Analysis | None = None) -> Analysis:
    """Checks a file. Never raises, whatever the text; one file yields all its errors.

    `source` is the file's name as shown to users; `library` gives the text of the modules that
    it may name. `previous` is an analysis of an earlier text of the same file with the same
    library: what an edit left of it is not worked out again, and the result is the same.
    """
    read = {} if previous is None else dict(previous.modules)
    return _analysed(text, source, library, (), read, previous)


def _analysed(
    text: str,
    source: str,
    library: Library,
    users: tuple[str, ...],
    read: dict[str, Analysis],
    previous: Analysis | None = None,
) -> Analysis:
    """`users` are the modules whose `use` leads here, so that a circle is seen; `read` are those
    that were read already."""
    known = None
    if previous is not None and previous.earlier is not None and previous.module.source == source:
        known = kept(previous.earlier, text)
    module, complaints = (known.module, ()) if known else parse(text, source)
    if any(complaint.code == TOO_DEEP for complaint in complaints):
        return Analysis(module, {}, complaints)
    checking = Checking(text, source, unread(complaints, text))
    assets = {} if text == library(ASSETS) else standard_assets(library)
    scope = Scope(Scope(names=prelude(assets)))
    assets |= _assets(checking, module)
    definitions = _used(checking, scope, module, _Modules(library, users, assets, read))
    _check_issuers(checking, module)
    formulas = _declared(checking, scope, module)
    checking.rules |= {id(feed.node): STREAM_RULES for feed in standard_feeds()}
    check_feeds(checking, [m for m in scope.names.values() if isinstance(m, DeclaredFeed)])
    for formula in formulas:
        check_formula(checking, formula)
    sound = not has_errors(checking.diagnostics)
    contracts: dict[str, Definition | None] = dict(definitions)
    checking.contracts = contracts
    found: dict[int, Found] = {}
    position = {id(item): index for index, item in enumerate(module.items)}
    for contract in in_order(checking, module):
        index = position[id(contract)]
        same = None if known is None else known.found.get(index)
        found[index] = same or _contract(checking, scope, contract, assets)
        if same is not None:
            checking.diagnostics += same.diagnostics
            checking.types |= dict(same.types)
        contracts.setdefault(contract.name.text, found[index].definition)
    earlier = None if complaints else _earlier(text, module, found, checking.diagnostics)
    policies: dict[str, Policy | None] = {}
    for item in module.items:
        if isinstance(item, tree.Margin):
            policies[item.name.text] = check_policy(checking, scope, item)
        elif (
            isinstance(item, tree.Contract | tree.Composite)
            and sound
            and (definition := contracts.get(item.name.text)) is not None
        ):
            definitions.setdefault(item.name.text, definition)
    tests = _tests(checking, scope, module, definitions)
    sure = [each for each in checking.diagnostics if not checking.unread.is_beside(each.span)]
    said = told([*complaints, *sure])
    exports = {name: each for name, each in scope.names.items() if isinstance(each, _EXPORTED)}
    tests = () if has_errors(said) else tests
    valued = {name: policy for name, policy in policies.items() if policy is not None}
    types = checking.types
    return Analysis(module, definitions, said, tests, exports, assets, valued, types, earlier, read)


def _contract(
    checking: Checking,
    scope: Scope,
    item: tree.Contract | tree.Composite,
    assets: dict[str, AssetDeclaration],
) -> Found:
    """What the check of a contract gives."""
    before, known = len(checking.diagnostics), len(checking.types)
    if isinstance(item, tree.Contract):
        definition = check_contract(checking, scope, item, assets)
    else:
        definition = check_composite(checking, scope, item, assets, checking.contracts)
    types = tuple(islice(checking.types.items(), known, None))
    return Found(definition, tuple(checking.diagnostics[before:]), types)


def _earlier(
    text: str, module: tree.Module, found: dict[int, Found], diagnostics: list[Diagnostic]
) -> Earlier:
    """What a later analysis may take over; contracts only if nothing else was found wrong."""
    own = all(is_own(module.items[i].span, each.diagnostics) for i, each in found.items())
    all_found = sum(len(each.diagnostics) for each in found.values()) == len(diagnostics)
    return Earlier(text, module, found, own and all_found)


def _tests(
    checking: Checking, scope: Scope, module: tree.Module, definitions: Mapping[str, Definition]
) -> tuple[TestCase, ...]:
    """The tests of the file, each on the contracts that are right."""
    nodes = (item for item in module.items if isinstance(item, tree.Test))
    tests = [check_test(checking, scope, node, definitions) for node in nodes]
    return tuple(test for test in tests if test is not None)


def _assets(checking: Checking, module: tree.Module) -> dict[str, AssetDeclaration]:
    """The assets that the file itself declares."""
    found = {}
    for item in module.items:
        if isinstance(item, tree.Asset):
            places = ISSUED_PLACES if item.decimals is None else item.decimals
            issuer = None if item.issuer is None else item.issuer.text
            name = item.name
            found[name.text] = AssetDeclaration(name.text, places, name.span, issuer)
    return found


def _check_issuers(checking: Checking, module: tree.Module) -> None:
    """Reports E0301 for assets whose issuer is no contract of the file."""
    contracts = [item.name.text for item in module.items if isinstance(item, tree.Contract)]
    for item in module.items:
        issuer = item.issuer if isinstance(item, tree.Asset) else None
        if issuer is not None and issuer.text not in contracts:
            missing(checking, issuer, "a contract of this file", contracts)


def _declared(checking: Checking, scope: Scope, module: tree.Module) -> list[Formula]:
    """Declares the items of the file, which may use each other in any order; gives its `let`s."""
    formulas = []
    for item in module.items:
        match item:
            case tree.Let():
                formulas.append(Formula(item, scope))
                declare(checking, scope, item.name, formulas[-1])
            case tree.Asset(name=name):
                ticker = Literal(name.text, Plain.ASSET, name.span)
                declare(checking, scope, name, Value(ticker, Kind.ASSET, name.span))
            case tree.Unit(name=name):
                declare(checking, scope, name, DeclaredUnit(name.span))
            case tree.Contract(name=name) | tree.Composite(name=name):
                declare(checking, scope, name, Other(Kind.CONTRACT, name.span))
            case tree.Margin(name=name):
                declare(checking, scope, name, Other(Kind.MARGIN, name.span))
            case tree.Feed(name=name):
                declare(checking, scope, name, DeclaredFeed(item, scope))
            case tree.Use() | tree.Test():
                pass
    return formulas


# --- use -----------------------------------------------------------------------------------------


_EXPORTED = Formula | Value | DeclaredUnit | DeclaredFeed
"""What a file may bring in from another beside contracts: definitions, assets, units, feeds."""


@dataclass(frozen=True, slots=True)
class _Modules:
    """Where modules are found: `users` are those whose `use` leads here, the nearest last; `assets`
    are the concrete assets of this file, to which those that are brought in are added; `read` are
    the modules that are right, each read once."""

    library: Library
    users: tuple[str, ...]
    assets: dict[str, AssetDeclaration]
    read: dict[str, Analysis]

    def named(self, use: tree.Use) -> str:
        """The module's full name: of the library, or a file beside the one that names it."""
        parts = [part.text for part in use.path]
        around = self.users[-1].split(".")[:-1] if self.users and parts[0] != "std" else []
        return ".".join((*around, *parts))


def _used(
    checking: Checking, scope: Scope, module: tree.Module, modules: _Modules
) -> dict[str, Definition]:
    """The contracts that the file's `use` lines bring in; other names are declared."""
    found: dict[str, Definition] = {}
    for item in module.items:
        if not isinstance(item, tree.Use):
            continue
        analysis = _module(checking, item, modules)
        for name in item.names:
            if analysis is not None and (meaning := analysis.exports.get(name.text)) is not None:
                declare(checking, scope, name, meaning)
                if name.text in analysis.assets:
                    modules.assets[name.text] = analysis.assets[name.text]
                continue
            declare(checking, scope, name, Other(Kind.CONTRACT, name.span))
            if analysis is None:
                continue
            if name.text in analysis.definitions:
                found.setdefault(name.text, analysis.definitions[name.text])
            else:
                known = [*analysis.definitions, *analysis.exports]
                missing(checking, name, f"a name of `{modules.named(item)}`", known)
    return found


def _module(checking: Checking, use: tree.Use, modules: _Modules) -> Analysis | None:
    """A module, checked; None if it was reported that there is none."""
    name = modules.named(use)
    place = use.path[0].span
    span = type(place)(place.source, place.start, use.path[-1].span.end)
    text = modules.library(name)
    if text is None:
        checking.report("E0319", span, name=name)
        return None
    if name in modules.users:
        checking.report("E0320", span, name=name)
        return None
    if name in modules.read:
        return modules.read[name]
    analysis = _analysed(text, name, modules.library, (*modules.users, name), modules.read)
    if has_errors(analysis.diagnostics):
        first = analysis.diagnostics[0]
        checking.report("E0321", span, name=name, message=first.message)
        return None
    modules.read[name] = analysis
    return analysis
