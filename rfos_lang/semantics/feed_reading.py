"""Reading a declared feed: arguments in place, its unit in theirs, its fallback beside it."""

from collections.abc import Callable
from dataclasses import replace

from rfos_lang.base.feed import Aspect
from rfos_lang.semantics.definition import (
    Expression,
    Observe,
    Parameter,
    Plain,
    Quantity,
    Record,
    Type,
)
from rfos_lang.semantics.matching import matched
from rfos_lang.semantics.scope import (
    Checking,
    DeclaredFeed,
    Kind,
    Scope,
    Value,
    lookup,
    missing,
    outward,
)
from rfos_lang.semantics.types import described, read_type
from rfos_lang.syntax import tree

Expect = Callable[..., Expression | None]
"""What `expressions.expect` is: an expression that must be of a type."""

Infer = Callable[[Checking, Scope, tree.Expression], Expression | None]
"""What `expressions.infer` is: an expression of whatever type."""


def arguments(
    checking: Checking,
    scopes: tuple[Scope, Scope],
    node: tree.Call,
    parameters: tuple[tree.Parameter, ...],
    of: tree.Name,
    expect: Expect,
) -> tuple[Scope, tuple[Expression, ...]] | None:
    """The arguments of a call by value, and a scope of the declaration in which the parameters are
    they. `scopes`: of the call, of the declaration. A parameter's unit may name those before it."""
    scope, declared_in = scopes
    written = matched(checking, node, [parameter.name.text for parameter in parameters], set())
    if written is None:
        return None
    inside = Scope(declared_in)
    values: list[Expression] = []
    for parameter, argument in zip(parameters, written.values(), strict=True):
        type = read_type(checking, inside, parameter.type)
        name = parameter.name.text
        what = f"`{name}` of `{of.text}`"
        place = parameter.name.span
        value = None if type is None else expect(checking, scope, argument, type, what, place)
        if value is None:
            return None
        inside.names[name] = Value(value, Kind.PARAMETER)
        values.append(value)
    return inside, tuple(values)


def read(
    checking: Checking, scope: Scope, node: tree.Call, feed: DeclaredFeed, expect: Expect
) -> Expression | None:
    """`wind(station)`."""
    declared = feed.node
    if declared.name.text == "dividends" and len(node.arguments) == 1:
        node = _in_the_only_cash(scope, node)
    scopes = (scope, feed.scope)
    bound = arguments(checking, scopes, node, declared.parameters, declared.name, expect)
    return None if bound is None else of_feed(checking, feed, *bound, node, expect)


def _in_the_only_cash(scope: Scope, node: tree.Call) -> tree.Call:
    """`dividends(u)` where the contract has one other asset: they are paid in that."""
    others = [
        name
        for around in outward(scope)
        for name, meaning in around.names.items()
        if isinstance(meaning, Value)
        and meaning.kind is Kind.PARAMETER
        and isinstance(meaning.expression, Parameter)
        and meaning.expression.type is Plain.ASSET
        and node.arguments[0].value != tree.Name(name, span=node.span)
    ]
    if len(others) != 1:
        return node
    cash = tree.Argument(None, tree.Name(others[0], span=node.span), span=node.span)
    return tree.Call(node.function, (*node.arguments, cash), span=node.span)


def of_feed(
    checking: Checking,
    feed: DeclaredFeed,
    inside: Scope,
    arguments: tuple[Expression, ...],
    node: tree.Call | tree.Name,
    expect: Expect,
) -> Observe | None:
    """The newest value of a declared feed; `inside` its parameters are the arguments."""
    rules = checking.rules.get(id(feed.node))
    type = None if rules is None else given_type(checking, inside, feed.node)
    if rules is None or type is None:
        return None
    aspect = Aspect.EVENT if isinstance(type, Record) else Aspect.NEWEST
    read = Observe(feed.node.name.text, arguments, type, node.span, aspect, rules)
    if rules.patience is None:
        return read
    fallback = fallback_of(checking, feed, inside, read, expect)
    return None if fallback is None else replace(read, fallback=fallback)


def given_type(checking: Checking, inside: Scope, feed: tree.Feed) -> Type | None:
    """What a feed gives: a number, a truth, or, of a stream, a record of them and of dates."""
    if not isinstance(feed.type, tree.RecordType):
        return read_type(checking, inside, feed.type)
    fields: dict[str, Type] = {}
    for field in feed.type.fields:
        name, type = field.name, read_type(checking, inside, field.type)
        if type is None:
            return None
        if not isinstance(type, Quantity) and type not in (Plain.TRUTH, Plain.DATE):
            checking.report("E0331", field.type.span, name=name.text, found=described(type))
            return None
        if name.text in fields or field.default is not None:
            checking.report("E0339", field.span, name=name.text, of=feed.name.text)
            return None
        fields[name.text] = type
    return Record(tuple(fields.items()))


def fallback_of(
    checking: Checking, feed: DeclaredFeed, inside: Scope, read: Observe, expect: Expect
) -> Expression | None:
    """What stands for the value of a date that has not come in time."""
    written = rule_of(feed.node, "fallback")
    match written:
        case tree.Name(text="last"):
            return replace(read, aspect=Aspect.LAST)
        case None:
            return None
    if any(each is feed.node for each in checking.falling):
        checking.report("E0334", written.span, name=feed.node.name.text)
        return None
    checking.falling.append(feed.node)
    what = f"the fallback of `{feed.node.name.text}`"
    fallback = expect(checking, inside, written, read.type, what)
    checking.falling.pop()
    return fallback


def rule_of(feed: tree.Feed, key: str) -> tree.Expression | None:
    """The value of a rule of a feed that is an expression."""
    values = (rule.value for rule in feed.rules if rule.key.text == key)
    return next((value for value in values if isinstance(value, tree.Expression)), None)


def fixing(checking: Checking, scope: Scope, node: tree.Call, expect: Expect) -> Expression | None:
    """`fixing(WMR, ccy, cash)`: of a declared feed, the value that is published for a date."""
    match node.arguments:
        case (tree.Argument(name=None, value=tree.Name() as name), *rest):
            feed = lookup(scope, name.text)
        case _:
            checking.report("E0336", node.span)
            return None
    checking.used.add(name.text)
    match feed:
        case DeclaredFeed():
            inner = tree.Call(name, tuple(rest), span=node.span)
            found = read(checking, scope, inner, feed, expect)
            return replace(found, aspect=Aspect.FIXING) if isinstance(found, Observe) else None
        case None:
            feeds = [
                known
                for around in outward(scope)
                for known, meaning in around.names.items()
                if isinstance(meaning, DeclaredFeed)
            ]
            missing(checking, name, "a declared feed", feeds)
        case _:
            checking.report("E0336", node.span)
    return None


def resolved(checking: Checking, scope: Scope, node: tree.Call, infer: Infer) -> Expression | None:
    """`resolved(outcome(event))`: whether the feed has an accepted value."""
    written = matched(checking, node, ["feed"], set())
    of = None if written is None else infer(checking, scope, written["feed"])
    if written is None or of is None:
        return None
    if not isinstance(of, Observe) or of.aspect is not Aspect.NEWEST:
        checking.report("E0337", written["feed"].span, words=checking.words(written["feed"]))
        return None
    return replace(of, aspect=Aspect.RESOLVED, type=Plain.TRUTH, span=node.span, fallback=None)


QUOTE = "quote(this)"
"""The feed that an instance is itself."""

PRICE = "the price of the style"
"""Where the scope of a contract `style futures` keeps its price; no name of a file has spaces."""


def quote(checking: Checking, scope: Scope, node: tree.Call) -> Expression | None:
    """`quote(this)`: the price at which the contract itself is traded, in the unit of the price
    that its style settles on."""
    around: Scope | None = scope
    while around is not None and PRICE not in around.names:
        around = around.outer
    match node.arguments:
        case (tree.Argument(name=None, value=tree.Name(text="this")),) if around is not None:
            meaning = around.names[PRICE]
            assert isinstance(meaning, Value) and meaning.expression is not None
            return Observe(QUOTE, (), meaning.expression.type, node.span)
        case _:
            checking.report("E0443", node.span)
            return None
