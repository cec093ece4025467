"""Sentences that can be read but say what can never be meant; looked at before a node is built."""

from collections.abc import Callable
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.syntax.tree import Expression, Field, Name, Number

DECIMALS_MAX = 18

_OVER_DATES = {"min": "lowest", "max": "highest"}


def _asset(
    name: Name, decimals: Number | None, issuer: Name | None, *, span: Span
) -> Diagnostic | None:
    if decimals is None:
        return None if issuer else report("E0124", span, name=name.text)
    whole = decimals.value.denominator == 1 and decimals.value <= DECIMALS_MAX
    return None if whole else report("E0120", decimals.span, limit=DECIMALS_MAX)


def _fold_on(
    function: Name | Field, element: Expression, schedule: Expression, *, span: Span
) -> Diagnostic | None:
    if isinstance(function, Name) and function.text in _OVER_DATES:
        meant = _OVER_DATES[function.text]
        return report("E0121", function.span, name=function.text, meant=meant)
    return None


def _expect_none(quantifier: Name, what: Name, *, span: Span) -> Diagnostic | None:
    said = (quantifier.text, what.text)
    return None if said == ("no", "payments") else report("E0130", span, words=" ".join(said))


def _quoted(word: Name, *quotes: Any, span: Span) -> Diagnostic | None:
    return None if word.text == "market" else report("E0131", word.span, word=word.text)


CHECKS: dict[str, Callable[..., Diagnostic | None]] = {
    "asset": _asset,
    "fold_on": _fold_on,
    "expect_none": _expect_none,
    "quoted": _quoted,
}


def checked(action: str, children: list[Any], span: Span) -> Diagnostic | None:
    """What is wrong with a production that is about to be built, if anything is."""
    check = CHECKS.get(action)
    return check(*children, span=span) if check else None
