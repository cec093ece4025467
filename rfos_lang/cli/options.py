"""Option values that are spelled as in the language."""

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
