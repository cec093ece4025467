"""An expression of the language, worked out: with what a file declares, at a market's prices."""

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Diagnostic, has_errors, relocated
from rfos_lang.base.duration import Duration
from rfos_lang.base.fixed import SettlementError
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.schedule import Period
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE
from rfos_lang.base.wording import report
from rfos_lang.core.binding import named_feed
from rfos_lang.core.explanation import number
from rfos_lang.core.lowered import FeedRecipe
from rfos_lang.core.values import Dates, Environment, Recipe, Value, evaluate
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.target import Library
from rfos_lang.semantics.analyse import Analysis
from rfos_lang.semantics.definition import Expression, ListOf, Literal, Observe, Plain, Quantity
from rfos_lang.semantics.definition import Type as Kind
from rfos_lang.semantics.expressions import infer
from rfos_lang.semantics.modules import prelude, standard_assets
from rfos_lang.semantics.scope import Checking, Scope
from rfos_lang.semantics.types import shown
from rfos_lang.semantics.walk import children, unfixed, with_children
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse
from rfos_lang.valuation.market import Market

PREFIX = "let it = "
"""What an expression is read behind, so that it is an item of a file."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """A value with its type."""

    value: Value
    type: Kind

    @property
    def words(self) -> str:
        """As the language writes it: `130_000 USD/BTC`, `2026-12-25`, `true`."""
        return _words(self.value, self.type)


def calculated(source: Source, file: Analysis, library: Library, market: Market) -> Calculated:
    """The value of an expression that may name what a file declares; observations are the market's.
    Raises Failure, its places in the source."""
    node = _parsed(source)
    assets = {**standard_assets(library), **file.assets}
    scope = Scope(Scope(names=prelude(assets)), dict(file.exports))
    checking = Checking(PREFIX + source.text, source.name)
    typed = infer(checking, scope, node)
    if typed is None or has_errors(checking.diagnostics):
        raise _failure(checking.diagnostics, source)
    environment = Environment(
        market.as_of, {}, {}, places={name: each.places for name, each in assets.items()}
    )
    try:
        known = _seen(typed, environment, market)
        if (varying := unfixed(known)) is not None:
            raise _failure([report("E1209", varying.span)], source)
        return Calculated(evaluate(known, environment), typed.type)
    except Refused as refused:
        raise _failure([report(refused.code, node.span, **refused.names)], source) from None
    except SettlementError:
        problem = report("E1210", node.span)
        raise _failure([problem], source) from None


def _parsed(source: Source) -> tree.Expression:
    module, complaints = parse(PREFIX + source.text, source.name)
    match module.items:
        case (tree.Let(value=value),) if not complaints:
            return value
        case _ if complaints:
            raise _failure(list(complaints[:1]), source)
        case _:
            place = Span(source.name, len(PREFIX), len(PREFIX) + len(source.text))
            raise _failure([report("E1208", place)], source)


def _failure(found: list[Diagnostic], source: Source) -> Failure:
    """What is wrong, at its place in the expression as it was typed."""

    def moved(span: Span) -> Span:
        if span.source != source.name:
            return span
        start, end = (
            min(max(0, at - len(PREFIX)), len(source.text)) for at in (span.start, span.end)
        )
        return Span(source.name, start, end)

    return Failure([relocated(each, moved) for each in found], source.sources)


def _seen(expression: Expression, environment: Environment, market: Market) -> Expression:
    """The expression with the market's values in place of what is observed."""
    if isinstance(expression, Observe):
        recipe = FeedRecipe(
            expression.feed, tuple(map(Recipe, expression.arguments)), expression.field
        )
        names = [str(evaluate(each, environment)) for each in expression.arguments]
        feed = named_feed(recipe, environment)
        value = _observed(expression.feed, names, feed, market)
        return Literal(value, expression.type, expression.span)
    parts = children(expression)
    return with_children(expression, tuple(_seen(part, environment, market) for part in parts))


def _observed(kind: str, names: list[str], feed: str, market: Market) -> int | bool:
    match kind, names:
        case "spot", [asset, cash]:
            value = market.spot(asset, cash)
        case "index", [index]:
            value = market.index_forward(index, market.as_of)
        case _:
            value = market.level(feed)
    return fixed.from_decimal(repr(float(value)))


# --- words ---------------------------------------------------------------------------------------


def _words(value: Value, type: Kind) -> str:
    match type, value:
        case Quantity(unit=unit), int(amount):
            return number(amount) if unit == ONE else f"{number(amount)} {shown(type)}"
        case Plain.TRUTH, _:
            return "true" if value else "false"
        case Plain.DATE, int(instant):
            return show_instant(instant)
        case ListOf(element=element), tuple():
            return f"[{', '.join(_words(each, element) for each in value)}]"
        case _, Dates(instants=instants):
            return f"[{', '.join(map(show_instant, instants))}]"
        case _, Duration():
            calendar = "" if value.calendar is None else f"({value.calendar.value})"
            return f"{value.count}{value.unit.value}{calendar}"
        case _, Period():
            return f"{show_instant(value.start)} to {show_instant(value.end)}"
        case Plain.TEXT | Plain.ENTITY, str():
            return f'"{value}"'
        case _:
            return str(getattr(value, "value", value))
