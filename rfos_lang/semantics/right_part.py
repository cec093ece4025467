"""What of a text is right: in an editor a text is wrong most of the time, and mostly in one place.

An item begins at the left edge. Those in which anything is wrong become blank, then those that name
one that is gone, until nothing is wrong any more: what is left stands where it stood, and means
what it would mean if the rest had never been written.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from rfos_lang.base.diagnostic import Diagnostic, Severity, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.semantics.analyse import Analysis, analyse
from rfos_lang.semantics.modules import Library
from rfos_lang.semantics.reuse import ITEM
from rfos_lang.syntax.excerpt import blank
from rfos_lang.syntax.parser import parse

_ITEM = re.compile(rf"^{ITEM.pattern}", re.MULTILINE)
_WORD_AT_THE_EDGE = re.compile(r"^\w", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RightPart:
    """A text of which all but the items that are right is blank, and what it says."""

    text: str
    analysis: Analysis


def right_part(
    text: str, analysis: Analysis, library: Library, previous: Analysis | None = None
) -> RightPart:
    """What is right of a text, of which the analysis is given; `previous` as for `analyse`."""
    if not has_errors(analysis.diagnostics):
        return RightPart(text, analysis)
    source, cuts = analysis.module.source, _cuts(text)
    found, nothing = _without_misspelt(text, cuts), blank(text)
    while True:
        said = analyse(found, source, library, previous)
        if not has_errors(said.diagnostics) or found == nothing:
            return RightPart(found, said)
        left = _without(found, cuts, said.diagnostics)
        found = left if left != found else nothing


def _cuts(text: str) -> list[int]:
    """Where the text begins, each item with the remarks before it, and the text ends."""
    return sorted({0, *(_with_remarks(text, it.start()) for it in _ITEM.finditer(text)), len(text)})


def _with_remarks(text: str, begin: int) -> int:
    """Where the remarks begin that stand right before a line."""
    while begin and text.startswith("//", line := text.rfind("\n", 0, begin - 1) + 1):
        begin = line
    return begin


def _without_misspelt(text: str, cuts: list[int]) -> str:
    """The text without what cannot be read by itself."""
    parts = (text[begin:end] for begin, end in pairwise(cuts))
    return "".join(part[: _readable(part)] + blank(part[_readable(part) :]) for part in parts)


@lru_cache(maxsize=4_096)
def _readable(part: str) -> int:
    """How much of an item with what follows it can be read: all, or all before the line in which
    something else was begun at the edge, or nothing."""
    wrong = _misspelt(part)
    if wrong is None:
        return len(part)
    begun = [each.start() for each in _WORD_AT_THE_EDGE.finditer(part, 0, wrong + 1)]
    before = _with_remarks(part, begun[-1]) if begun else 0
    return before if _misspelt(part[:before]) is None else 0


def _misspelt(text: str) -> int | None:
    """Where the first error of spelling is, if there is one."""
    said = parse(text, "")[1]
    return next((each.span.start for each in said if each.severity is Severity.ERROR), None)


def _without(text: str, cuts: list[int], said: Iterable[Diagnostic]) -> str:
    """The text without the items that an error lies in."""
    wrong = {
        min(bisect_right(cuts, each.span.start), len(cuts) - 1)
        for each in said
        if each.severity is Severity.ERROR
    }
    parts = enumerate(pairwise(cuts), 1)
    return "".join(blank(text[b:e]) if at in wrong else text[b:e] for at, (b, e) in parts)
