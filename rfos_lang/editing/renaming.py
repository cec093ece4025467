"""A name becomes another, everywhere. Refused where any name would then stand for something else.

That is not worked out from rules: the edits are made on a copy, and every name in it must stand for
what it stood for before, and the checker must find nothing new.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from rfos_lang.base.diagnostic import Edit, Severity
from rfos_lang.base.fixing import edited
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.names import Declaration, Kind, Use
from rfos_lang.editing.navigation import declarations_at, sources
from rfos_lang.editing.workspace import Workspace, of_library, with_text
from rfos_lang.semantics.functions import ALL_NAMES
from rfos_lang.semantics.scope import RESERVED
from rfos_lang.semantics.types import NAMED_TYPES
from rfos_lang.syntax.table import KEYWORDS

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a name keeps what it is called."""

    reason: str


def renamable(workspace: Workspace, name: str, offset: int) -> Span | Refusal:
    """The place of the name at an offset if it may have another."""
    meant = declarations_at(workspace, name, offset)
    if not meant:
        return Refusal("here stands no name that a file declares")
    if len(meant) > 1:
        return Refusal(
            "this word is the name of an argument and its value: write both, then rename"
        )
    (declaration,) = meant
    if of_library(declaration.span.source):
        return Refusal(f"`{declaration.name}` is declared in {declaration.span.source}")
    if declaration.kind is Kind.FIELD or declaration.name in RESERVED:
        return Refusal(f"`{declaration.name}` cannot have another name")
    return workspace.names(name).at(offset)[0].span


def renamed(workspace: Workspace, name: str, offset: int, new: str) -> tuple[Edit, ...] | Refusal:
    """The edits, in all files, after which the name at an offset is called otherwise."""
    place = renamable(workspace, name, offset)
    if isinstance(place, Refusal):
        return place
    if not _NAME.match(new):
        return Refusal(f"`{new}` is no name: letters, digits and `_`, a letter first")
    if new in KEYWORDS or new in RESERVED or new in ALL_NAMES or new in NAMED_TYPES:
        return Refusal(f"`{new}` has a meaning in the language itself")
    (declaration,) = declarations_at(workspace, name, offset)
    edits = tuple(_edits(workspace, declaration, new))
    if any(of_library(each.span.source) for each in edits):
        return Refusal(f"`{declaration.name}` is named in the library")
    clash = _clash(workspace, edits, new)
    return edits if clash is None else clash


def _edits(workspace: Workspace, declaration: Declaration, new: str) -> Iterator[Edit]:
    for source in sources(workspace, declaration.span.source):
        done: set[Span] = set()
        for use in workspace.names(source).uses:
            if use.declaration == declaration and use.span not in done:
                done.add(use.span)
                yield _edit(workspace, source, use, new)


def _edit(workspace: Workspace, source: str, use: Use, new: str) -> Edit:
    """One name; of `expiry:` the other half is written out."""
    if not use.short:
        return Edit(use.span, new)
    text = workspace.text(source)
    colon = text.index(":", use.span.end) + 1
    word = text[use.span.start : use.span.end]
    is_label = _is_parameter_of_callee(workspace, source, use)
    label, value = (new, word) if is_label else (word, new)
    return Edit(Span(source, use.span.start, colon), f"{label}: {value}")


def _is_parameter_of_callee(workspace: Workspace, source: str, use: Use) -> bool:
    """Of the two names of a short argument the first is the parameter's."""
    both = [each for each in workspace.names(source).uses if each.span == use.span]
    return both[0].declaration == use.declaration


def _clash(workspace: Workspace, edits: tuple[Edit, ...], new: str) -> Refusal | None:
    """Why the edits cannot be made, if they cannot."""
    touched = sorted({edit.span.source for edit in edits})
    texts = {source: workspace.text(source) for source in touched}
    before = _with_texts(workspace, texts)
    after = _with_texts(
        before,
        {
            source: edited(text, [edit for edit in edits if edit.span.source == source])
            for source, text in texts.items()
        },
    )
    for source in touched:
        if _meant(before, source, edits) != _meant(after, source, ()):
            return Refusal(f"another `{new}` is known where this name stands")
        if _errors(before, source) != _errors(after, source):
            return Refusal(f"`{new}` is taken")
    return None


def _with_texts(workspace: Workspace, texts: Mapping[str, str]) -> Workspace:
    """The workspace with these texts open."""
    for source, text in texts.items():
        workspace = with_text(workspace, source, text)
    return workspace


Place = tuple[str, int]


def _meant(workspace: Workspace, source: str, edits: tuple[Edit, ...]) -> list[tuple[Place, Place]]:
    """Each name of a file with what it stands for, by place, as it will be after edits."""
    found = {
        (
            _moved(use.span, edits, _gap(workspace, source, use, edits)),
            _moved(use.declaration.span, edits),
        )
        for use in workspace.names(source).uses
    }
    return sorted(found)


def _gap(workspace: Workspace, source: str, use: Use, edits: tuple[Edit, ...]) -> int:
    """How far the value of a short argument moves from the name, when it is written out."""
    if use.short and not _is_parameter_of_callee(workspace, source, use):
        for edit in edits:
            if edit.span.source == source and edit.span.start == use.span.start:
                return edit.text.index(": ") + 2
    return 0


def _moved(span: Span, edits: tuple[Edit, ...], gap: int = 0) -> Place:
    before = [e for e in edits if e.span.source == span.source and e.span.end <= span.start]
    grown = sum(len(each.text) - (each.span.end - each.span.start) for each in before)
    return span.source, span.start + grown + gap


def _errors(workspace: Workspace, source: str) -> Counter[str]:
    found = workspace.documents[source].analysis.diagnostics
    return Counter(each.code for each in found if each.severity is Severity.ERROR)
