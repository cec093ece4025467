"""`style futures`: gains and losses are paid at each accepted observation of a price.

The price is the contract's `let index`, or, of a contract of two assets, the spot of the first in
the second. What is paid from the second party to the first is `size` times what the price has
gained since the last observation; `size` is the parameter of that name, or one unit of the first
asset. The first observation only says where the count begins. So a lot is worth nothing right after
each observation, but for what the other clauses pay, and whoever takes it over between two pays or
is paid the difference of its price to the last observation.
"""

from rfos_lang.base import fixed
from rfos_lang.base.span import Span
from rfos_lang.base.unit import base
from rfos_lang.semantics.definition import (
    Assignment,
    Expression,
    If,
    Literal,
    Observe,
    Operation,
    Parameter,
    Payment,
    Plain,
    Quantity,
    StateDeclaration,
    StateRead,
    WhenEachClause,
)
from rfos_lang.semantics.expressions import infer
from rfos_lang.semantics.feed_reading import PRICE
from rfos_lang.semantics.scope import Checking, Formula, Kind, Scope, Value, missing
from rfos_lang.semantics.types import asset_of_unit
from rfos_lang.syntax import tree

VARIATION = "variation"
"""The label of what is paid at an observation."""


def declare_style(checking: Checking, scope: Scope, node: tree.Contract) -> None:
    """Finds the price that a contract `style futures` settles on, so that `quote(this)` has its
    unit, and keeps it in the contract's scope."""
    styles = [statement for statement in node.body if isinstance(statement, tree.Style)]
    for again in styles[1:]:
        checking.report("E0313", again.span, what="style")
    for style in styles[:1]:
        if style.name.text != "futures":
            missing(checking, style.name, "a style", ["futures"])
            return
        price = _price(checking, scope, style.span)
        if price is None:
            checking.report("E0442", style.span)
            return
        scope.names[PRICE] = Value(price, Kind.LET, style.span)


def _price(checking: Checking, scope: Scope, span: Span) -> Observe | None:
    if isinstance(scope.names.get("index"), Formula):
        index = infer(checking, scope, tree.Name("index", span=span))
        return index if isinstance(index, Observe) and _assets(index) else None
    assets = [
        tree.Argument(None, tree.Name(name, span=span), span=span)
        for name, meaning in scope.names.items()
        if isinstance(meaning, Value)
        and isinstance(meaning.expression, Parameter)
        and meaning.expression.type is Plain.ASSET
    ]
    if len(assets) != 2:
        return None
    spot = tree.Call(tree.Name("spot", span=span), tuple(assets), span=span)
    found = infer(checking, scope, spot)
    return found if isinstance(found, Observe) else None


def _assets(price: Observe) -> bool:
    return price.feed == "spot"


def variation(
    checking: Checking, scope: Scope, parties: tuple[tree.Name, ...]
) -> tuple[tuple[StateDeclaration, ...], WhenEachClause] | None:
    """The states that remember the last price, and the clause that pays what it has moved; None for
    a contract of no style."""
    match scope.names.get(PRICE):
        case Value(expression=Observe() as price, span=span) if span is not None:
            pass
        case _:
            return None
    size = _size(scope, price, span)
    assert isinstance(price.type, Quantity)
    amount = None if size is None else price.type.unit * size.type.unit  # type: ignore[union-attr]
    cash = None if amount is None else asset_of_unit(scope, amount)
    if size is None or cash is None or amount is None:
        checking.report("E0442", span)
        return None
    last = StateRead("settlement price", price.type, span)
    begun = StateRead("has settled before", Plain.TRUTH, span)
    move = Operation("-", (price, last), price.type, span)
    gain = Operation("*", (size, move), Quantity(amount), span)
    first, second = (party.text for party in parties[:2])
    pay = Payment(second, first, gain, cash, True, None, VARIATION, span)
    body = (
        If(begun, (pay,), (), span),
        Assignment(last.name, price, span),
        Assignment(begun.name, Literal(True, Plain.TRUTH, span), span),
    )
    states = (
        StateDeclaration(last.name, price.type, Literal(0, price.type, span), span),
        StateDeclaration(begun.name, Plain.TRUTH, Literal(False, Plain.TRUTH, span), span),
    )
    return states, WhenEachClause(price, body, span)


def _size(scope: Scope, price: Observe, span: Span) -> Expression | None:
    match scope.names.get("size"):
        case Value(expression=Parameter(type=Quantity()) as size):
            return size
    asset = price.arguments[0]
    if not isinstance(asset, Parameter):
        return None
    return Literal(fixed.ONE, Quantity(base(asset.name)), span)
