"""Reading a declared feed: arguments in place, its unit in theirs, its fallback beside it."""

from collections.abc import Callable
from dataclasses import replace

from rfos_lang.base.feed import Aspect
from rfos_lang.semantics.definition import Expression, Observe
from rfos_lang.semantics.matching import matched
from rfos_lang.semantics.scope import Checking, DeclaredFeed, Kind, Scope, Value
from rfos_lang.semantics.types import read_type
from rfos_lang.syntax import tree

Expect = Callable[..., Expression | None]
"""What `expressions.expect` is: an expression that must be of a type."""


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
    scopes = (scope, feed.scope)
    bound = arguments(checking, scopes, node, declared.parameters, declared.name, expect)
    return None if bound is None else of_feed(checking, feed, *bound, node, expect)


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
    type = None if rules is None else read_type(checking, inside, feed.node.type)
    if rules is None or type is None:
        return None
    read = Observe(feed.node.name.text, arguments, type, node.span, rules=rules)
    if rules.patience is None:
        return read
    fallback = fallback_of(checking, feed, inside, read, expect)
    return None if fallback is None else replace(read, fallback=fallback)


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
