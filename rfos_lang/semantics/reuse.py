"""What an edit leaves of an earlier analysis.

A file is its items, each with the blanks and comments before it. Those that an edit touches are
read anew, the others are kept, moved to where they stand now. The check of a contract is kept too,
if nothing that it names was touched. Where anything is in doubt, nothing is kept.
"""

import re
from collections.abc import Mapping

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.moving import Shift, mover
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.definition import Definition, Type
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import parse

_WORD = re.compile(r"\w+")
ITEM = re.compile(r"(?:contract|perpetual|asset|unit|feed|use|margin|test|let)\b")
"""How an item begins."""

_COMMENTS = re.compile(r"\A(?:[ \t\r]*(?://[^\n]*)?\n)*")
_OF_THE_WHOLE_FILE = ("E0411", "E0412")
"""Codes that are said once a file."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the check of one contract gave, and the type of each of its `let`s by the place of the
    name."""

    definition: Definition | None
    diagnostics: tuple[Diagnostic, ...]
    types: tuple[tuple[Span, Type], ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An analysis of an earlier text that had no spelling error: its tree, and what was found for
    each contract, by its position among the items. `complete`: nothing else was found."""

    text: str
    module: tree.Module
    found: Mapping[int, Found]
    complete: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The tree of the new text, and what is still known of its contracts."""

    module: tree.Module
    found: Mapping[int, Found]


@dataclass(frozen=True, slots=True)
class _Edit:
    """Items `first` to `last` (exclusive) are read anew: they lie in `begin` to `end` of the old
    text; what follows moves by `by` characters."""

    first: int
    last: int
    begin: int
    end: int
    by: int


def kept(earlier: Earlier, text: str) -> Kept | None:
    """What is kept of an earlier analysis for a new text; None if it has to be read as a whole."""
    edit = _edit(earlier, text)
    if edit is None or not _stands_apart(text, edit):
        return None
    source = earlier.module.source
    part, complaints = parse(text[edit.begin : edit.end + edit.by], source)
    if complaints:
        return None
    read = mover(Shift(source, 0, edit.begin))(part)
    later = mover(Shift(source, edit.end, edit.by))
    old = earlier.module.items
    items = (*old[: edit.first], *read.items, *(later(each) for each in old[edit.last :]))
    comments = (
        *(each for each in earlier.module.comments if each.span.end <= edit.begin),
        *read.comments,
        *(later(each) for each in earlier.module.comments if each.span.start >= edit.end),
    )
    module = tree.Module(source, items, comments, span=Span(source, 0, len(text)))
    if not earlier.complete or _outline(old) != _outline(items):
        return Kept(module, {})
    untouched = _untouched(earlier, edit)
    return Kept(module, {index: later(earlier.found[index]) for index in untouched})


def _edit(earlier: Earlier, text: str) -> _Edit | None:
    old, items = earlier.text, earlier.module.items
    if not items or text == old:
        return None
    before = _common(old, text)
    after = _common(old[before:][::-1], text[before:][::-1])
    ends = [item.span.end for item in items]
    first = next((index for index, end in enumerate(ends) if end >= before), None)
    if first is None:
        return None
    last = next((i for i, end in enumerate(ends) if end > len(old) - after), None)
    if last is None or last < first:
        return None
    begin = ends[first - 1] if first else 0
    return _Edit(first, last + 1, begin, ends[last], len(text) - len(old))


def _common(left: str, right: str) -> int:
    """How many characters two texts have in common from their beginning."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if left[:middle] == right[:middle] else (low, middle - 1)
    return low


def _stands_apart(text: str, edit: _Edit) -> bool:
    """Whether the part that is read anew begins and ends between lines, an item following."""
    end = edit.end + edit.by
    if edit.begin and text[edit.begin : text.find("\n", edit.begin)].strip():
        return False
    rest = text[end:]
    lines = rest.split("\n")
    following = next(
        (each for each in lines[1:] if each and each.strip()[:2] not in ("", "//")), ""
    )
    return not lines[0].strip() and (not following or ITEM.match(following) is not None)


def _outline(items: tuple[tree.Item, ...]) -> list[object]:
    """The items as contracts depend on them: contracts by their names, tests not at all."""
    return [_seen_by_others(item) for item in items]


def _seen_by_others(item: tree.Item) -> object:
    match item:
        case tree.Contract(name=name) | tree.Composite(name=name):
            return type(item), name.text
        case tree.Test():
            return None
        case _:
            return item


def _untouched(earlier: Earlier, edit: _Edit) -> list[int]:
    """The contracts that neither the edit touches nor anything that they name."""
    contracts = {
        index: item
        for index, item in enumerate(earlier.module.items)
        if isinstance(item, tree.Contract | tree.Composite)
    }
    words = {
        index: set(_WORD.findall(earlier.text[item.span.start : item.span.end]))
        for index, item in contracts.items()
    }
    left = set(contracts) - set(range(edit.first, edit.last))
    touched = set(contracts) - left
    while touched:
        names = {contracts[index].name.text for index in touched}
        touched = {index for index in left if words[index] & names}
        left -= touched
    return sorted(left)


def is_own(span: Span, diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether what was found lies in the contract alone, so that it may be kept with it."""
    return all(
        span.start <= each.span.start
        and each.span.end <= span.end
        and each.span.source == span.source
        and each.code not in _OF_THE_WHOLE_FILE
        for each in diagnostics
    )
