"""From a production of the grammar and its children to a node of the tree.

`BUILD` has one entry for each rule or alias of `rfos.lark`: the node itself where its fields are
the children in their order, a small function where they are not. All take the span by name.
"""

from collections.abc import Callable
from datetime import time
from typing import Any

from rfos_lang.base.span import Span
from rfos_lang.syntax import tree
from rfos_lang.syntax.tree import Expression, Name, Node, Parameter, TypeExpression


def _items(*items: Any, span: Span) -> tuple[Any, ...]:
    """The members of a list; what could not be read has left a None."""
    return tuple(item for item in items if item is not None)


def _broken(*_: Any, span: Span) -> None:
    return None


def _contract(
    perpetual: str | None,
    name: Name,
    parameters: tuple[Parameter, ...] | None,
    parties: tuple[Name, ...],
    body: tuple[tree.Statement, ...],
    *,
    span: Span,
) -> tree.Contract:
    return tree.Contract(
        perpetual is not None, name, parameters or (), parties, body, None, span=span
    )


def _composite(
    perpetual: str | None,
    name: Name,
    parameters: tuple[Parameter, ...] | None,
    parties: tuple[Name, ...],
    value: Expression,
    body: tuple[tree.Statement, ...] | None,
    *,
    span: Span,
) -> tree.Composite:
    return tree.Composite(
        perpetual is not None, name, parameters or (), parties, value, body or (), None, span=span
    )


def _group(
    names: tuple[Name, ...], type: TypeExpression, default: Expression | None, *, span: Span
) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, type, default, span=name.span if len(names) > 1 else span) for name in names
    )


def _parameters(*groups: tuple[Parameter, ...], span: Span) -> tuple[Parameter, ...]:
    return tuple(parameter for group in groups for parameter in group)


def _asset(
    name: Name, decimals: tree.Number | None, issuer: Name | None, *, span: Span
) -> tree.Asset:
    places = None if decimals is None else int(decimals.value)
    return tree.Asset(name, places, issuer, None, span=span)


def _feed(
    name: Name,
    parameters: tuple[Parameter, ...] | None,
    type: TypeExpression | tree.RecordType,
    rules: tuple[tree.Rule, ...] | None,
    *,
    span: Span,
) -> tree.Feed:
    return tree.Feed(name, parameters or (), type, rules or (), None, span=span)


def _let(
    name: Name,
    parameters: tuple[Parameter, ...] | None,
    type: TypeExpression | None,
    value: Expression,
    *,
    span: Span,
) -> tree.Let:
    return tree.Let(name, parameters or (), type, value, None, span=span)


def _cut(at: time, zone: tree.TypeName, *, span: Span) -> tree.Cut:
    name = Name("/".join(part.text for part in zone.parts), span=zone.span)
    return tree.Cut(at, name, span=span)


def _if(
    condition: Expression,
    consequence: tuple[tree.Statement, ...],
    alternative: tuple[tree.Statement, ...] | tree.If | None,
    *,
    span: Span,
) -> tree.If:
    if isinstance(alternative, tree.If):
        alternative = (alternative,)
    return tree.If(condition, consequence, alternative or (), span=span)


def _pays(
    payer: Name,
    payee: Name,
    net: str | None,
    amount: Expression,
    on: Expression | None,
    label: tree.Text | None,
    *,
    span: Span,
) -> tree.Pays:
    return tree.Pays(payer, payee, net is not None, amount, on, label, span=span)


def _may(
    chooser: Name, choice: Name, parameters: tuple[Parameter, ...] | None, *rest: Any, span: Span
) -> tree.May:
    return tree.May(chooser, choice, parameters or (), *rest, span=span)


def _choice(chooser: Name, choice: Name, *arguments: tree.Argument | None, span: Span) -> Node:
    return tree.Choice(chooser, choice, _items(*arguments, span=span), span=span)


def _key(key: Name | str, *, span: Span) -> Name:
    return key if isinstance(key, Name) else Name(key, span=span)


def _named(name: Name, value: Expression | None, *, span: Span) -> tree.Argument:
    return tree.Argument(name, name if value is None else value, span=span)


def _binary(left: Expression, operator: Any, right: Expression, *, span: Span) -> tree.Binary:
    return tree.Binary(operator, left, right, span=span)


def _spread(element: Expression, binders: tuple[tree.Binder, ...], *, span: Span) -> tree.Argument:
    return tree.Argument(None, tree.Comprehension(element, binders, span=span), span=span)


def _duration(duration: tree.Duration, calendar: Expression | None, *, span: Span) -> tree.Duration:
    return tree.Duration(duration.count, duration.unit, calendar, span=span)


def _gathered(node: Any, leading: int) -> Callable[..., Node]:
    """A builder for nodes whose last field takes all children after the first `leading` ones."""

    def build(*children: Any, span: Span) -> Node:
        made: Node = node(*children[:leading], children[leading:], span=span)
        return made

    return build


def _documented(node: Any) -> Callable[..., Node]:
    """A builder for nodes that end in `doc`, which is filled in later."""

    def build(*children: Any, span: Span) -> Node:
        made: Node = node(*children, None, span=span)
        return made

    return build


def _test(title: tree.Text, *steps: tree.TestStep | None, span: Span) -> tree.Test:
    return tree.Test(title, _items(*steps, span=span), None, span=span)


def _quoted(word: Name, *quotes: Any, span: Span) -> tree.Quoted:
    return tree.Quoted(word, _items(*quotes, span=span), span=span)


def _on_day(instant: Expression, *events: Any, span: Span) -> tree.OnDay:
    return tree.OnDay(instant, _items(*events, span=span), span=span)


BUILD: dict[str, Callable[..., Any]] = {
    "start": _items,
    "broken": _broken,
    # items
    "contract": _contract,
    "composite": _composite,
    "asset": _asset,
    "unit": _documented(tree.Unit),
    "feed": _feed,
    "record": tree.RecordType,
    "use": _gathered(tree.Use, 1),
    "margin": _documented(tree.Margin),
    "let": _let,
    "path": _items,
    "parties": _items,
    "names": _items,
    "parameters": _parameters,
    "group": _group,
    "list_type": tree.ListType,
    "type_name": _gathered(tree.TypeName, 0),
    # tests
    "test": _test,
    "given": tree.Given,
    "quoted": _quoted,
    "on_day": _on_day,
    "observation": tree.Observation,
    "choice": _choice,
    "expect_pays": tree.ExpectPays,
    "expect_issued": tree.ExpectIssued,
    "expect_none": tree.ExpectNone,
    "expect_ended": tree.ExpectEnded,
    "expect_refused": tree.ExpectRefused,
    "expect_valued": tree.ExpectValued,
    "expect_true": tree.ExpectTrue,
    # statements
    "block": _items,
    "state": tree.State,
    "require": tree.Require,
    "style": tree.Style,
    "cut": _cut,
    "unsecured": tree.Unsecured,
    "at_instant": tree.AtInstant,
    "at_each": tree.AtEach,
    "when": tree.When,
    "when_each": tree.WhenEach,
    "if": _if,
    "pays": _pays,
    "may": _may,
    "until": tree.Until,
    "from_until": tree.FromUntil,
    "on_instant": tree.OnInstant,
    "on_each": tree.OnEach,
    "assign": tree.Assign,
    "end": tree.End,
    "become": tree.Become,
    "mint": tree.Mint,
    "burn": tree.Burn,
    "collateral": tree.Collateral,
    "liquidation": tree.Liquidation,
    # rules
    "rules": _items,
    "rule": tree.Rule,
    "key": _key,
    "auction": tree.Auction,
    "penalty": tree.Penalty,
    "waterfall": _gathered(tree.Waterfall, 0),
    "scenarios": _gathered(tree.Scenarios, 0),
    "haircuts": _gathered(tree.Haircuts, 0),
    "haircut": tree.Haircut,
    "binders": _items,
    "binder": tree.Binder,
    # expressions
    "conditional": tree.Conditional,
    "binary": _binary,
    "unary": tree.Unary,
    "at": tree.At,
    "field": tree.Field,
    "call": _gathered(tree.Call, 1),
    "fold_on": tree.FoldOn,
    "index": tree.Index,
    "between": tree.Between,
    "argument": lambda value, span: tree.Argument(None, value, span=span),
    "named": _named,
    "spread": _spread,
    "duration": _duration,
    "true": lambda span: tree.Truth(True, span=span),
    "false": lambda span: tree.Truth(False, span=span),
    "list": _gathered(tree.ListLiteral, 0),
    "comprehension": tree.Comprehension,
}

DOCUMENTED = {"contract", "composite", "asset", "unit", "feed", "margin", "test", "let"}
