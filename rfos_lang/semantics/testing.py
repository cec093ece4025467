"""Tests: a contract with its arguments, days, and what is expected, checked as a contract is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.semantics.case import (
    Day,
    Ended,
    Expectation,
    Holds,
    NoPayments,
    Observed,
    Pays,
    Refused,
    Step,
    Taken,
    TestCase,
)
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.contract import roots_of
from rfos_lang.semantics.definition import (
    ChoiceClause,
    Comprehension,
    Definition,
    Expression,
    Fold,
    ListOf,
    Literal,
    Observe,
    Parameter,
    Plain,
    Quantity,
    RiskRead,
    Sampled,
    Start,
    StateRead,
    Type,
)
from rfos_lang.semantics.expressions import expect, infer
from rfos_lang.semantics.feed_reading import PRICE, QUOTE
from rfos_lang.semantics.matching import matched
from rfos_lang.semantics.scope import (
    Checking,
    Kind,
    Meaning,
    Party,
    Scope,
    Value,
    lookup,
    missing,
)
from rfos_lang.semantics.statements import issue, party, payment
from rfos_lang.semantics.testing_values import is_fixed, market, valued
from rfos_lang.semantics.types import NUMBER, unit_of_asset, with_tickers
from rfos_lang.semantics.walk import unfixed, within
from rfos_lang.syntax import tree

NOT_OF_THIS_MOMENT = (Fold, Sampled, Comprehension, RiskRead)


@dataclass(frozen=True, slots=True)
class _Instance:
    """The contract of a test with its arguments, and the names that its steps may use."""

    definition: Definition
    arguments: Mapping[str, Expression]
    scope: Scope


def check_test(
    checking: Checking, outer: Scope, node: tree.Test, definitions: Mapping[str, Definition]
) -> TestCase | None:
    """The checked test; None if anything in it is wrong, all of which was reported.

    A test of a contract that is wrong itself is not looked at.
    """
    before = len(checking.diagnostics)
    given = _given(checking, node)
    made = given and _instance(checking, outer, given, definitions)
    if not given or not made:
        return None
    steps = [each for each in node.steps if each is not given]
    start = _start(checking, made, given, steps)
    checked = [_step(checking, made, each) for each in steps]
    _check_refusals(checking, node.steps)
    _check_markets(checking, node.steps)
    found = tuple(step for step in checked if step is not None)
    if start is None or has_errors(checking.diagnostics[before:]):
        return None
    return TestCase(
        node.title.value,
        made.definition,
        made.arguments,
        start,
        found,
        given.contract.span,
        node.title.span,
    )


# --- the contract --------------------------------------------------------------------------------


def _given(checking: Checking, node: tree.Test) -> tree.Given | None:
    """The one contract of the test, which comes first."""
    first, *others = node.steps or (None,)
    for step in others:
        if isinstance(step, tree.Given):
            checking.report("E1102", step.span)
    if not isinstance(first, tree.Given):
        if not checking.incomplete:
            checking.report("E1101", node.title.span if first is None else first.span)
        return None
    return first


def _instance(
    checking: Checking, outer: Scope, node: tree.Given, definitions: Mapping[str, Definition]
) -> _Instance | None:
    call = node.contract
    if not isinstance(call, tree.Call) or not isinstance(call.function, tree.Name):
        checking.report("E1103", call.span, words=checking.words(call))
        return None
    name = call.function
    definition = definitions.get(name.text)
    if definition is None:
        meaning = lookup(outer, name.text)
        if meaning is None:
            missing(checking, name, "a contract known here", list(definitions))
        elif meaning.kind is not Kind.CONTRACT:
            checking.report("E1103", name.span, words=checking.words(name))
        return None
    checking.clock = definition.clock
    assets = definition.assets.values()
    checking.issued = {asset.name for asset in assets if asset.issuer == definition.name}
    checking.formulas.clear()  # dates in what the file defines mean this contract's cut
    arguments = _arguments(checking, outer, call, definition)
    if arguments is None:
        return None
    return _Instance(definition, arguments, _names(outer, definition, _tickers(arguments)))


def _arguments(
    checking: Checking, scope: Scope, call: tree.Call, definition: Definition
) -> dict[str, Expression] | None:
    """The arguments that are written, by parameter; units are those of the instance's assets."""
    parameters = [declared.name for declared in definition.parameters]
    optional = {each.name for each in definition.parameters if each.default is not None}
    written = matched(checking, call, parameters, optional)
    if written is None:
        return None
    types = {declared.name: declared.type for declared in definition.parameters}
    found: dict[str, Expression] = {}
    assets = [name for name in written if types[name] in (Plain.ASSET, ListOf(Plain.ASSET))]
    rest = [name for name in written if name not in assets]
    for names in (assets, rest):
        tickers = _tickers(found)
        for name in names:
            wanted = with_tickers(types[name], tickers)
            value = _argument(checking, scope, written[name], name, wanted)
            if value is not None:
                found[name] = value
        if len(found) < len(names):
            return None
    return found if len(found) == len(written) else None


def _argument(
    checking: Checking, scope: Scope, node: tree.Expression, name: str, wanted: Type
) -> Expression | None:
    if isinstance(node, tree.Name) and wanted in (Plain.INDEX, Plain.TEXT):
        return Literal(node.text, wanted, node.span)
    value = expect(checking, scope, node, wanted, f"`{name}`")
    varying = value and unfixed(value)
    if varying:
        checking.report("E0523", varying.span, name=name)
        return None
    return value


def _tickers(arguments: Mapping[str, Expression]) -> dict[str, str]:
    """What the asset parameters of the instance are."""
    return {
        name: str(value.value)
        for name, value in arguments.items()
        if isinstance(value, Literal) and value.type is Plain.ASSET
    }


def _names(outer: Scope, definition: Definition, tickers: Mapping[str, str]) -> Scope:
    """Parties, states and parameters of the contract, in the units of the instance."""
    names: dict[str, Meaning] = {each: Party(definition.span) for each in definition.parties}
    for state in definition.states:
        read = StateRead(state.name, with_tickers(state.type, tickers), state.span)
        names[state.name] = Value(read, Kind.STATE, state.span)
    for each in definition.parameters:
        if each.type not in (Plain.ASSET, ListOf(Plain.ASSET)):
            parameter = Parameter(each.name, with_tickers(each.type, tickers), each.span)
            names[each.name] = Value(parameter, Kind.PARAMETER, each.span)
    for part in within(*roots_of(definition)):
        if isinstance(part, Observe) and part.feed == QUOTE:
            quoted = replace(part, type=with_tickers(part.type, tickers))
            names[PRICE] = Value(quoted, Kind.LET)
    return Scope(outer, names)


def _start(
    checking: Checking, made: _Instance, given: tree.Given, steps: list[tree.TestStep]
) -> Expression | None:
    """When the instance begins: as written, or at the first day."""
    written, what = given.start, "what follows `from`"
    if written is None:
        days = (step.instant for step in steps if isinstance(step, tree.OnDay))
        written, what = next(days, None), "what follows `on`"
    if written is None:
        checking.report("E1104", given.span)
        return None
    date = _date(checking, made.scope, written, what)
    if date is not None and any(isinstance(part, Start) for part in within(date)):
        checking.report("E1104", written.span)
        return None
    return date


def _date(checking: Checking, scope: Scope, node: tree.Expression, what: str) -> Expression | None:
    date = expect(checking, scope, node, Plain.DATE, what)
    return date if date and is_fixed(checking, date) else None


# --- steps ---------------------------------------------------------------------------------------


def _step(checking: Checking, made: _Instance, node: tree.TestStep) -> Step | None:
    match node:
        case tree.Given():
            return None
        case tree.Quoted():
            return market(checking, made.scope, node, _indices(made.arguments))
        case tree.OnDay():
            return _day(checking, made, node)
        case _:
            return _expectation(checking, made, node)


def _day(checking: Checking, made: _Instance, node: tree.OnDay) -> Day | None:
    instant = _date(checking, made.scope, node.instant, "what follows `on`")
    events = [_event(checking, made, event) for event in node.events]
    observed = tuple(event for event in events if isinstance(event, Observed))
    taken = tuple(event for event in events if isinstance(event, Taken))
    return None if instant is None else Day(instant, observed, taken, node.span)


def _event(
    checking: Checking, made: _Instance, node: tree.Observation | tree.Choice
) -> Observed | Taken | None:
    match node:
        case tree.Observation():
            return _observation(checking, made, node)
        case tree.Choice():
            return _choice(checking, made, node)
        case _:
            assert_never(node)


def _observation(checking: Checking, made: _Instance, node: tree.Observation) -> Observed | None:
    feed = _feed(checking, made, node.feed)
    if feed is None:
        return None
    value = expect(checking, made.scope, node.value, feed.type, "what is observed")
    return Observed(feed, value, node.span) if value and is_fixed(checking, value) else None


def _feed(checking: Checking, made: _Instance, node: tree.Expression) -> Observe | None:
    """A feed with its arguments; an index goes by the name that the contract's argument gives."""
    if isinstance(node, tree.Name) and node.text in _indices(made.arguments):
        index = Literal(node.text, Plain.INDEX, node.span)
        return Observe("index", (index,), NUMBER, node.span)
    feed = infer(checking, made.scope, node)
    if feed is not None and not isinstance(feed, Observe):
        checking.report("E1105", node.span, words=checking.words(node))
        return None
    return feed


def _indices(arguments: Mapping[str, Expression]) -> set[object]:
    literals = (each for each in arguments.values() if isinstance(each, Literal))
    return {each.value for each in literals if each.type is Plain.INDEX}


def _choice(checking: Checking, made: _Instance, node: tree.Choice) -> Taken | None:
    chooser = party(checking, made.scope, node.chooser)
    if chooser is None:
        return None
    clauses = [each for each in made.definition.clauses if isinstance(each, ChoiceClause)]
    choices = {each.name: each for each in clauses if each.party == chooser}
    if node.choice.text not in choices:
        missing(checking, node.choice, f"a choice of `{chooser}`", list(choices))
        return None
    amounts = _amounts(checking, made, node, choices[node.choice.text])
    return None if amounts is None else Taken(chooser, node.choice.text, amounts, node.span)


def _amounts(
    checking: Checking, made: _Instance, node: tree.Choice, choice: ChoiceClause
) -> tuple[Expression, ...] | None:
    """What the chooser names, in the order in which the choice declares it."""
    call = tree.Call(node.choice, node.arguments, span=node.span)
    names = [_as_written(declared.name) for declared in choice.amounts]
    written = matched(checking, call, names, set())
    if written is None:
        return None
    tickers, values = _tickers(made.arguments), []
    for name, declared in zip(names, choice.amounts, strict=True):
        unit = unit_of_asset(declared.asset)
        assert unit is not None, "an amount is counted in an asset that has a name"
        wanted, what = with_tickers(Quantity(unit), tickers), f"`{name}`"
        value = expect(checking, made.scope, written[name], wanted, what)
        if value is None or not is_fixed(checking, value):
            return None
        values.append(value)
    return tuple(values)


def _as_written(name: str) -> str:
    """A local's name without the number that tells it from others: `amount 2` is `amount`."""
    return name.partition(" ")[0]


# --- expectations --------------------------------------------------------------------------------


def _expectation(checking: Checking, made: _Instance, node: tree.Expectation) -> Expectation | None:
    match node:
        case tree.ExpectPays(payment=written):
            return _pays(checking, made, written, node)
        case tree.ExpectIssued(issue=written):
            return _issued(checking, made, written, node)
        case tree.ExpectNone():
            return NoPayments(node.span)
        case tree.ExpectEnded():
            return Ended(node.span)
        case tree.ExpectRefused(message=message):
            return Refused(None if message is None else message.value, node.span)
        case tree.ExpectValued():
            return valued(checking, made.scope, node)
        case tree.ExpectTrue(condition=condition):
            return _holds(checking, made, condition, node)
        case _:
            assert_never(node)


def _pays(
    checking: Checking, made: _Instance, written: tree.Pays, node: tree.ExpectPays
) -> Pays | None:
    paid = payment(checking, made.scope, replace(written, on=None))
    owed = None
    if written.on is not None:
        owed = _date(checking, made.scope, written.on, "what follows `on`")
    if paid is None or (written.on and not owed) or not is_fixed(checking, paid.amount):
        return None
    if constant(paid.amount) == 0:
        checking.report("E1107", written.amount.span)
        return None
    return Pays(replace(paid, on=owed), node.span)


def _issued(
    checking: Checking, made: _Instance, written: tree.Mint | tree.Burn, node: tree.ExpectIssued
) -> Pays | None:
    paid = issue(checking, made.scope, written)
    return Pays(paid, node.span) if paid and is_fixed(checking, paid.amount) else None


def _holds(
    checking: Checking, made: _Instance, condition: tree.Expression, node: tree.ExpectTrue
) -> Holds | None:
    value = expect(checking, made.scope, condition, Plain.TRUTH, "what follows `expect`")
    if value is None:
        return None
    for part in within(value):
        if isinstance(part, NOT_OF_THIS_MOMENT):
            checking.report("E1106", part.span, words=checking.words(part))
            return None
    return Holds(value, node.span)


def _check_refusals(checking: Checking, steps: tuple[tree.TestStep, ...]) -> None:
    """`expect refused` stands right behind what is refused."""
    for before, step in zip((None, *steps), steps, strict=False):
        refusable = isinstance(before, tree.Given | tree.OnDay)
        if isinstance(step, tree.ExpectRefused) and not refusable:
            checking.report("E1108", step.span)


def _check_markets(checking: Checking, steps: tuple[tree.TestStep, ...]) -> None:
    """A value is expected under a market that was given before."""
    given = False
    for step in steps:
        given = given or isinstance(step, tree.Quoted)
        if isinstance(step, tree.ExpectValued) and not given:
            checking.report("E1109", step.span)
