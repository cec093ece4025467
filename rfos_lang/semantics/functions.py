"""The functions of the language: what they are called with, and what they give."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import date
from enum import Enum

from rfos_lang.base.calendar import Calendar, Roll
from rfos_lang.base.feed import FeedRules
from rfos_lang.base.instant import FIRST_YEAR, LAST_YEAR, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.schedule import Accrual, Stub
from rfos_lang.base.span import Span
from rfos_lang.base.unit import TIME, Unit
from rfos_lang.semantics.definition import (
    Expression,
    ListOf,
    Literal,
    Member,
    Observe,
    Operation,
    Plain,
    Quantity,
    Record,
    RiskRead,
    Type,
)
from rfos_lang.semantics.types import NUMBER, unit_of_asset

Build = Callable[[tuple[Expression, ...], Span], Expression]


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters in order, and how the result is made of checked arguments and the place.

    `words` are the parameters whose argument is one of a few words; `defaults` what is taken for
    those left out, by their value.
    """

    parameters: Mapping[str, Type]
    build: Build
    words: Mapping[str, type[Enum]] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)


def _operation(name: str, result: Type) -> Build:
    return lambda arguments, span: Operation(name, arguments, result, span)


def _spot(arguments: tuple[Expression, ...], span: Span) -> Expression:
    asset, cash = (unit_of_asset(argument) for argument in arguments)
    assert asset is not None and cash is not None, "assets are parameters, variables or tickers"
    return Observe("spot", arguments, Quantity(cash / asset), span)


def _business_days(arguments: tuple[Expression, ...], span: Span) -> Expression:
    """From a date up to, and without, another; a period gives its own."""
    if len(arguments) == 2:
        period, calendar = arguments
        ends = (Member(period, end, Plain.DATE, period.span) for end in ("start", "end"))
        arguments = (*ends, calendar)
    return Operation("business_days", arguments, Plain.SCHEDULE, span)


_OF_PERIOD: dict[str, Signature] = {
    "year_fraction": Signature(
        {"period": Plain.PERIOD, "basis": Plain.DAY_COUNT}, _operation("year_fraction", NUMBER)
    ),
    "business_days": Signature(
        {"period": Plain.PERIOD, "calendar": Plain.CALENDAR}, _business_days
    ),
}

SIGNATURES: dict[str, Signature] = {
    "spot": Signature({"underlying": Plain.ASSET, "cash": Plain.ASSET}, _spot),
    "first": Signature({"dates": Plain.SCHEDULE}, _operation("first", Plain.DATE)),
    "last": Signature({"dates": Plain.SCHEDULE}, _operation("last", Plain.DATE)),
    "tail": Signature({"dates": Plain.SCHEDULE}, _operation("tail", Plain.SCHEDULE)),
    "periods": Signature({"dates": Plain.SCHEDULE}, _operation("periods", ListOf(Plain.PERIOD))),
    "accrued": Signature(
        {"dates": Plain.SCHEDULE, "date": Plain.DATE}, _operation("accrued", Plain.PERIOD)
    ),
    "every": Signature({"step": Plain.DURATION}, _operation("every", Plain.SCHEDULE)),
    "log": Signature({"number": NUMBER}, _operation("log", NUMBER)),
    "exp": Signature({"number": NUMBER}, _operation("exp", NUMBER)),
    "sqrt": Signature({"number": NUMBER}, _operation("sqrt", NUMBER)),
    "year_fraction": Signature(
        {"first": Plain.DATE, "last": Plain.DATE, "basis": Plain.DAY_COUNT},
        _operation("year_fraction", NUMBER),
    ),
    "business_days": Signature(
        {"first": Plain.DATE, "last": Plain.DATE, "calendar": Plain.CALENDAR}, _business_days
    ),
    "annuity": Signature(
        {
            "rate": NUMBER,
            "dates": Plain.SCHEDULE,
            "first": Plain.DATE,
            "basis": Plain.DAY_COUNT,
        },
        _operation("annuity", NUMBER),
    ),
    "schedule": Signature(
        {
            "first": Plain.DATE,
            "last": Plain.DATE,
            "step": Plain.DURATION,
            "calendar": Plain.CALENDAR,
            "roll": Plain.TEXT,
            "stub": Plain.TEXT,
            "month_end": Plain.TRUTH,
            "with_last": Plain.TRUTH,
            "accrual": Plain.TEXT,
        },
        _operation("schedule", Plain.SCHEDULE),
        words={"roll": Roll, "stub": Stub, "accrual": Accrual},
        defaults={
            "calendar": Calendar.NONE.value,
            "roll": Roll.UNADJUSTED.value,
            "stub": Stub.NONE.value,
            "month_end": False,
            "with_last": True,
            "accrual": Accrual.ADJUSTED.value,
        },
    ),
}
"""What has one signature, or a second one with a period; those below take arguments of more than
one kind."""


def signature(name: str, count: int) -> Signature:
    """The signature of a function that is called with so many arguments."""
    if count == 2 and name in _OF_PERIOD:
        return _OF_PERIOD[name]
    return SIGNATURES[name]


def signatures(name: str) -> tuple[Signature, ...]:
    """All signatures of a function, none if it has none."""
    return tuple(table[name] for table in (SIGNATURES, _OF_PERIOD) if name in table)


POINTWISE: dict[str, tuple[int, int | None]] = {
    "min": (2, None),
    "max": (2, None),
    "abs": (1, 1),
    "clamp": (3, 3),
}
"""Numbers in one unit, the result in the same; the least and the most of them."""

OVER_LISTS = frozenset({"min", "max", "sum", "mean", "product", "count"})
"""What may stand before `(... for a in list)`, or `(... for t in dates)`."""

PATH: dict[str, tuple[str, str]] = {
    "mean": ("number", "number"),
    "highest": ("number", "number"),
    "lowest": ("number", "number"),
    "sum": ("number", "number"),
    "ever": ("condition", "condition"),
    "count": ("condition", "number"),
}
"""What may stand before `(value on schedule)`: what the value is, and what the result is."""

NOT_YET = frozenset(
    {
        "failed", "forward", "normal",
    }
)  # fmt: skip
"""Functions that the language has and this version gives no meaning to."""

GREEKS = frozenset({"delta", "gamma", "vega"})
"""Risk measures that are taken to a price; only in the rules of collateral and liquidation."""

MEASURES = frozenset({"exposure", "equity", "maintenance", "initial", "theta", "rho"})
"""Risk measures that are not."""

_NAMED_APART = ("fixing", "merged", "product", "quote", "resolved", "round", "size")
ALL_NAMES = sorted({*SIGNATURES, *POINTWISE, *PATH, *NOT_YET, *GREEKS, *_NAMED_APART})


def field_of(record: Observe, name: str, span: Span) -> Observe:
    """A field of the record that a stream tells; a date lies in the years that there are."""
    assert isinstance(record.type, Record)
    type = dict(record.type.fields)[name]
    rules = _DATES if type is Plain.DATE else _TRUTHS if type is Plain.TRUTH else record.rules
    return replace(record, type=type, span=span, rules=rules, field=name)


_DATES = FeedRules(
    lowest=start_of_day(date(FIRST_YEAR, 1, 1)), highest=start_of_day(date(LAST_YEAR, 1, 1))
)
_TRUTHS = FeedRules(lowest=0, highest=1)


def risk_read(measure: str, of: Expression | None, asset: Expression, span: Span) -> RiskRead:
    """A risk measure, counted in the collateral asset.

    delta: asset per unit of price; gamma: delta per unit of price; vega: per 1.00 of volatility;
    theta: per year; rho: per 1.00 of the rate.
    """
    unit = unit_of_asset(asset)
    assert unit is not None
    return RiskRead(measure, of, Quantity(_measured(measure, of, unit)), span)


def _measured(measure: str, of: Expression | None, unit: Unit) -> Unit:
    match measure, of:
        case "theta", None:
            return unit / TIME
        case "delta", Observe(type=Quantity(unit=price)):
            return unit / price
        case "gamma", Observe(type=Quantity(unit=price)):
            return unit / price / price
        case _:
            return unit


def default_of(signature: Signature, name: str, span: Span) -> Literal:
    """The literal that stands for an argument left out."""
    return Literal(signature.defaults[name], signature.parameters[name], span)
