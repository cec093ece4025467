"""From one token to the literal it spells."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from fractions import Fraction
from typing import cast

from rfos_lang.base.span import Span
from rfos_lang.syntax.lexer import Token
from rfos_lang.syntax.tree import (
    Date,
    DayCount,
    Duration,
    DurationUnit,
    Instant,
    Name,
    Number,
    Quantity,
    Text,
    TypeName,
)

_SCALES = {"%": 100, "bp": 10_000}


def number_value(spelling: str) -> Fraction:
    """The exact value of `65_000`, `0.25`, `5%` (1/20) or `25bp` (1/400)."""
    digits = spelling.rstrip("%bp")
    whole, _, decimals = digits.replace("_", "").partition(".")
    scale = _SCALES.get(spelling[len(digits) :], 1)
    return Fraction(int(whole + decimals), 10 ** len(decimals) * scale)


def _number(text: str, span: Span) -> Number:
    return Number(number_value(text), text, span=span)


def _quantity(text: str, span: Span) -> Quantity:
    number = text.partition(" ")[0]
    offset = span.start + len(number) + 1
    names = tuple(
        Name(
            match.group(),
            span=Span(span.source, span.start + match.start(), span.start + match.end()),
        )
        for match in re.compile(r"[^/ ]+").finditer(text, len(number) + 1)
    )
    unit = TypeName(names, span=Span(span.source, offset, span.end))
    return Quantity(number_value(number), number, unit, span=span)


def _duration(text: str, span: Span) -> Duration:
    count = text.rstrip("mindbhswMy")
    return Duration(int(count), cast(DurationUnit, text[len(count) :]), None, span=span)


def _instant(text: str, span: Span) -> Instant:
    return Instant(datetime.fromisoformat(text), span=span)


_READERS: dict[str, Callable[[str, Span], object]] = {
    "NAME": lambda text, span: Name(text, span=span),
    "NUMBER": _number,
    "QUANTITY": _quantity,
    "DATE": lambda text, span: Date(date.fromisoformat(text), span=span),
    "INSTANT": _instant,
    "TIME": lambda text, _: time.fromisoformat(text),
    "DURATION": _duration,
    "DAYCOUNT": lambda text, span: DayCount(text, span=span),
    "STRING": lambda text, span: Text(text[1:-1], span=span),
}


def literal(token: Token, source: str) -> object:
    """The node that a name or literal stands for; of any other word or sign, its text."""
    reader = _READERS.get(token.type)
    return reader(token.text, Span(source, token.start, token.end)) if reader else token.text
