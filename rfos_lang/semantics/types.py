"""Types as they are written, and as they are shown."""

import re
from collections.abc import Mapping
from typing import assert_never

from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE, TIME, Unit, base
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Parameter,
    Plain,
    Quantity,
    Record,
    Type,
    Variable,
)
from rfos_lang.semantics.scope import (
    Checking,
    DeclaredUnit,
    Kind,
    Meaning,
    Scope,
    Value,
    lookup,
    missing,
    not_yet,
    outward,
)
from rfos_lang.syntax import tree

NUMBER = Quantity(ONE)

NAMED_TYPES: dict[str, Type] = {
    "Number": NUMBER,
    "Instant": Plain.DATE,
    **{plain.value: plain for plain in Plain if plain is not Plain.PERIOD},
}
"""The types that have a name of their own; the others are units and lists."""

_NOT_YET = {"Contract"}


def shown(type: Type) -> str:
    """The type in the language's own spelling."""
    match type:
        case Quantity(unit=unit):
            return str(unit)
        case ListOf(element=element):
            return f"[{shown(element)}]"
        case Record(fields=fields):
            return f"({', '.join(f'{name}: {shown(each)}' for name, each in fields)})"
        case Plain():
            return type.value
        case _:
            assert_never(type)


def described(type: Type) -> str:
    """The type in a sentence: `a number in USD/BTC`, `a pure number`, `a date`."""
    match type:
        case Quantity():
            return "a pure number" if type == NUMBER else f"a number in {type.unit}"
        case ListOf():
            return f"a list `{shown(type)}`"
        case Record():
            return "a record of a stream"
        case Plain():
            return _DESCRIBED[type]
        case _:
            assert_never(type)


def brief(type: Type) -> str:
    """As `described`, for numbers the unit alone."""
    return str(type.unit) if isinstance(type, Quantity) and type != NUMBER else described(type)


def counted(type: Quantity) -> str:
    """What a number must be: `in USD`, `a pure number`."""
    return "a pure number" if type == NUMBER else f"in {type.unit}"


_DESCRIBED = {
    Plain.TRUTH: "a condition",
    Plain.ASSET: "an asset",
    Plain.DATE: "a date",
    Plain.DURATION: "a duration",
    Plain.SCHEDULE: "a schedule",
    Plain.PERIOD: "a period",
    Plain.INDEX: "an index",
    Plain.DAY_COUNT: "a day count",
    Plain.CALENDAR: "a calendar",
    Plain.TEXT: "a text",
    Plain.ENTITY: "an entity",
}


def wrong_kind(checking: Checking, span: Span, what: str, wanted: str, found: Type) -> None:
    """Reports E0207: something is of another kind than its place needs."""
    checking.report("E0207", span, what=what, wanted=wanted, found=described(found), mend=None)


def read_type(checking: Checking, scope: Scope, written: tree.TypeExpression) -> Type | None:
    """The type that is written; None if it was reported."""
    match written:
        case tree.ListType(element=element):
            inner = read_type(checking, scope, element)
            return None if inner is None else ListOf(inner)
        case tree.TypeName(parts=(name,)) if name.text in NAMED_TYPES:
            return NAMED_TYPES[name.text]
        case tree.TypeName(parts=(name,)) if name.text in _NOT_YET:
            not_yet(checking, name.span, f"the type `{name.text}`")
            return None
        case tree.TypeName():
            unit = read_unit(checking, scope, written)
            return None if unit is None else Quantity(unit)
        case _:
            assert_never(written)


def read_unit(checking: Checking, scope: Scope, written: tree.TypeName) -> Unit | None:
    """The unit `cash/underlying`: the first part over all others; None if it was reported."""
    first, *rest = written.parts
    over = ONE if first.text == "Number" and rest else _base_unit(checking, scope, first)
    under = [_base_unit(checking, scope, part) for part in rest]
    if over is None or any(unit is None for unit in under):
        return None
    for unit in under:
        assert unit is not None
        over = over / unit
    return over


def with_tickers(type: Type, tickers: Mapping[str, str]) -> Type:
    """The type with the assets of the instance in its unit."""
    match type:
        case Quantity(unit=unit):
            actual = ONE
            for name, exponent in unit.factors:
                actual = actual * base(tickers.get(name, name)) ** exponent
            return Quantity(actual)
        case ListOf(element=element):
            return ListOf(with_tickers(element, tickers))
        case _:
            return type


def unit_of_asset(asset: Expression) -> Unit | None:
    """The base unit that an ASSET expression is; None if it is no plain name of one."""
    match asset:
        case Parameter(name=name) | Variable(name=name):
            return base(name)
        case Literal(value=str(ticker)):
            return base(ticker)
        case _:
            return None


def asset_of_unit(scope: Scope, unit: Unit) -> Expression | None:
    """The asset whose unit it is, if the unit is exactly one asset to the power of one."""
    match unit.factors:
        case ((name, 1),):
            meaning = lookup(scope, name)
        case _:
            return None
    if isinstance(meaning, Value) and meaning.expression and meaning.expression.type is Plain.ASSET:
        return meaning.expression
    return None


def _base_unit(checking: Checking, scope: Scope, name: tree.Name) -> Unit | None:
    checking.used.add(name.text)
    meaning = lookup(scope, name.text)
    match meaning:
        case None if name.text == "y":
            return TIME
        case None:
            _unknown_unit(checking, scope, name)
            return None
        case DeclaredUnit():
            return base(name.text)
        case Value(expression=None):
            return None
        case Value(expression=expression) if expression and expression.type is Plain.ASSET:
            return unit_of_asset(expression)
        case _:
            not_an_asset(checking, name, meaning)
            return None


def not_an_asset(checking: Checking, name: tree.Name, meaning: Meaning) -> None:
    """Reports E0305: a name that is something else stands where an asset or a unit is needed."""
    mend = f"declare it as an asset, `{name.text}: Asset`, or name the asset that is meant"
    is_parameter = meaning.kind is Kind.PARAMETER
    checking.report(
        "E0305",
        name.span,
        name=name.text,
        kind=meaning.kind.value,
        mend=mend if is_parameter else None,
    )


def known_assets(scope: Scope) -> list[str]:
    """Every name in scope that something can be counted in."""
    return [
        name
        for around in outward(scope)
        for name, meaning in around.names.items()
        if isinstance(meaning, DeclaredUnit) or _is_asset(meaning)
    ]


def _is_asset(meaning: Meaning) -> bool:
    match meaning:
        case Value(expression=expression) if expression is not None:
            return expression.type is Plain.ASSET
        case _:
            return False


def _unknown_unit(checking: Checking, scope: Scope, name: tree.Name) -> None:
    if name.text in NAMED_TYPES:
        checking.report("E0305", name.span, name=name.text, kind="a type", mend=None)
        return
    sought, written = "a unit or type known here", _duration(checking, name)
    if written is not None:
        missing(checking, name, sought, [], f"a stretch of time is one word: `{written}`")
        return
    known = [*known_assets(scope), *NAMED_TYPES]
    declared = f"Another asset is declared: `asset {name.text} in 2 decimals`"
    missing(checking, name, sought, known, declared if name.text.isupper() else None)


def _duration(checking: Checking, unit: tree.Name) -> str | None:
    """A stretch of time as it is spelled, for a number with a unit of time that is written out."""
    letter = _STRETCHES.get(unit.text.casefold().removesuffix("s"))
    number = re.search(r"(\d+) $", checking.text[: unit.span.start])
    return letter and f"{number[1] if number else 1}{letter}"


_STRETCHES = {"day": "d", "week": "w", "month": "M", "year": "y", "hour": "h", "minute": "min"}
