"""Option values that are spelled as in the language."""

from rfos_lang.analysis.interval import Interval
from rfos_lang.base.fixed import from_decimal
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure


def instant_option(option: str, text: str) -> int:
    """A date or an instant. Raises Failure."""
    try:
        return parse_instant(text)
    except Refused as refused:
        problem = report(refused.code, Span(option, 0, 0), **refused.names)
        raise Failure([problem], {}) from None


def bound_option(text: str) -> tuple[str, Interval]:
    """`spot(BTC, USD)=500..50_000`: a feed and what it stays in. Raises Failure."""
    name, _, ends = text.rpartition("=")
    low, dots, high = ends.partition("..")
    try:
        interval = Interval(_number(low), _number(high))
    except (ArithmeticError, ValueError):
        interval = Interval(1, 0)
    if not (name and dots and interval.lowest <= interval.highest):
        raise Failure([report("E1014", Span("--bounds", 0, 0), text=text)], {})
    return name.strip(), interval


def _number(text: str) -> int:
    return from_decimal(text.replace("_", "").strip())
