"""Declared feeds: their parameters, what they give, and the rules by which they are believed."""

from rfos_lang.base.duration import Duration
from rfos_lang.base.feed import FeedRules
from rfos_lang.base.span import Span
from rfos_lang.semantics import functions
from rfos_lang.semantics.constants import constant
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Observe,
    Operation,
    Plain,
    Quantity,
    Record,
    Type,
    Variable,
)
from rfos_lang.semantics.expressions import expect
from rfos_lang.semantics.feed_reading import fallback_of, given_type, rule_of
from rfos_lang.semantics.scope import Checking, DeclaredFeed, Kind, Scope, Value, declare, missing
from rfos_lang.semantics.types import described, read_type
from rfos_lang.syntax import tree

_ARGUMENTS = (Plain.ASSET, Plain.TEXT, Plain.ENTITY, Plain.INDEX)
RULES = {
    "patience": "patience: 2d",
    "fallback": "fallback: last",
    "staleness": "staleness: 1h",
    "bounds": "bounds: [0 mps, 120 mps]",
}
"""The rules that a feed may have, with an example of each."""

_TRUTHS = (0, 1)
"""The bounds of a feed of truths, as they are reported."""


def check_feeds(checking: Checking, feeds: list[DeclaredFeed]) -> None:
    """Checks the feeds of a file and keeps their rules. The rules of all are read before any
    fallback, which may name another feed."""
    sound = [(feed, found) for feed in feeds if (found := _declared(checking, feed)) is not None]
    for feed, (inside, type) in sound:
        rules = _rules(checking, inside, feed.node, type)
        if rules is not None:
            checking.rules[id(feed.node)] = rules
    for feed, (inside, type) in sound:
        rules = checking.rules.get(id(feed.node))
        if rules is not None and rules.patience is not None:
            read = Observe(feed.node.name.text, (), type, feed.span, rules=rules)
            if fallback_of(checking, feed, inside, read, expect) is None:
                del checking.rules[id(feed.node)]


def _declared(checking: Checking, feed: DeclaredFeed) -> tuple[Scope, Type] | None:
    """What the feed gives, and a scope in which its parameters stand for themselves."""
    name, before = feed.node.name, len(checking.diagnostics)
    if name.text in functions.ALL_NAMES or name.text in _TAKEN:
        meaning = "something that the language itself observes or computes"
        checking.report("E0303", name.span, name=name.text, meaning=meaning)
    inside = Scope(feed.scope)
    for parameter in feed.node.parameters:
        _parameter(checking, inside, parameter, name)
    type = given_type(checking, inside, feed.node)
    if type is not None and not isinstance(type, Quantity | Record) and type is not Plain.TRUTH:
        checking.report("E0331", feed.node.type.span, name=name.text, found=described(type))
    return None if type is None or len(checking.diagnostics) > before else (inside, type)


_TAKEN = {"index", "volatility", "rate", "yield"}


def _parameter(checking: Checking, inside: Scope, parameter: tree.Parameter, of: tree.Name) -> None:
    type = read_type(checking, inside, parameter.type)
    name = parameter.name
    if type is not None and type not in _ARGUMENTS:
        found = described(type)
        checking.report("E0330", parameter.type.span, name=name.text, of=of.text, found=found)
    if parameter.default is not None:
        checking.report("E0335", parameter.default.span, name=name.text, of=of.text)
    stand_in = None if type is None else Variable(name.text, type, name.span)
    declare(checking, inside, name, Value(stand_in, Kind.PARAMETER, name.span))


# --- rules ---------------------------------------------------------------------------------------


def _rules(checking: Checking, inside: Scope, feed: tree.Feed, type: Type) -> FeedRules | None:
    """The rules of a feed; None if one of them is wrong, which was reported."""
    before = len(checking.diagnostics)
    if isinstance(type, Record):
        for rule in feed.rules[:1]:
            checking.report("E0338", rule.span, name=feed.name.text)
        return FeedRules()
    seen: set[str] = set()
    for rule in feed.rules:
        if rule.key.text not in RULES:
            missing(checking, rule.key, "a rule of a feed", list(RULES))
        elif rule.key.text in seen:
            checking.report("E0313", rule.key.span, what=rule.key.text)
        elif not isinstance(rule.value, tree.Expression):
            _misread(checking, rule.span, rule.key.text)
        seen.add(rule.key.text)
    patience = _length(checking, inside, feed, "patience")
    staleness = _length(checking, inside, feed, "staleness")
    lowest, highest = _bounds(checking, inside, feed, type)
    for given, lacking in (("patience", "fallback"), ("fallback", "patience")):
        if given in seen and lacking not in seen:
            rule = next(each for each in feed.rules if each.key.text == given)
            example = RULES[lacking]
            checking.report("E0333", rule.span, given=given, lacking=lacking, example=example)
    if len(checking.diagnostics) > before:
        return None
    return FeedRules(patience, staleness, lowest, highest)


def _misread(checking: Checking, span: Span, key: str) -> None:
    checking.report("E0332", span, key=key, mend=f"write `{RULES[key]}`")


def _length(checking: Checking, inside: Scope, feed: tree.Feed, key: str) -> int | None:
    """A rule that is a length of time, in nanoseconds."""
    written = rule_of(feed, key)
    if written is None:
        return None
    value = expect(checking, inside, written, Plain.DURATION, f"`{key}`")
    match value:
        case None:
            return None
        case Literal(value=Duration() as duration) if (duration.nanoseconds or 0) > 0:
            return duration.nanoseconds
        case _:
            _misread(checking, written.span, key)
            return None


def _bounds(
    checking: Checking, inside: Scope, feed: tree.Feed, type: Type
) -> tuple[int | None, int | None]:
    """The lowest and the highest value that is believed."""
    written = rule_of(feed, "bounds")
    if type is Plain.TRUTH:
        if written is not None:
            checking.report(
                "E0332", written.span, key="bounds", mend="a truth has none: leave the line out"
            )
        return _TRUTHS
    if written is None:
        return None, None
    value = expect(checking, inside, written, ListOf(type), "`bounds`")
    if value is None:
        return None, None
    ends = _ends(value)
    if ends is None or ends[0] > ends[1]:
        _misread(checking, written.span, "bounds")
        return None, None
    return ends


def _ends(value: Expression) -> tuple[int, int] | None:
    match value:
        case Operation(name="list", arguments=(first, second)):
            lowest, highest = constant(first), constant(second)
            return None if lowest is None or highest is None else (lowest, highest)
        case _:
            return None
