"""Every word with what it stands for, for colours that know more than words and signs tell."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.editing.categories import stretches
from rfos_lang.editing.names import Kind, Use
from rfos_lang.editing.vocabulary import Category
from rfos_lang.editing.workspace import Workspace, of_library

TYPES = (
    *("class", "type", "parameter", "variable", "property", "function", "enumMember", "method"),
    *("event", "keyword", "number", "string", "comment", "operator", "namespace", "struct"),
)
"""The kinds of tokens, by the names that the protocol of editors has for them."""

MODIFIERS = ("declaration", "readonly", "defaultLibrary", "modification", "documentation")

_OF_KIND = {
    Kind.PARAMETER: "parameter",
    Kind.STATE: "variable",
    Kind.LET: "variable",
    Kind.VARIABLE: "variable",
    Kind.AMOUNT: "parameter",
    Kind.ASSET: "enumMember",
    Kind.PARTY: "namespace",
    Kind.UNIT: "type",
    Kind.CONTRACT: "class",
    Kind.MARGIN: "struct",
    Kind.FEED: "event",
    Kind.CHOICE: "method",
    Kind.FIELD: "property",
}
_OF_CATEGORY = {
    Category.COMMENT: "comment",
    Category.DOCUMENTATION: "comment",
    Category.TEXT: "string",
    Category.NUMBER: "number",
    Category.UNIT: "type",
    Category.DATE: "number",
    Category.DURATION: "number",
    Category.DAY_COUNT: "enumMember",
    Category.DECLARING: "keyword",
    Category.KEYWORD: "keyword",
    Category.LOGIC: "keyword",
    Category.TRUTH: "keyword",
    Category.TYPE: "type",
    Category.CALENDAR: "enumMember",
    Category.CONVENTION: "enumMember",
    Category.FUNCTION: "function",
    Category.GIVEN: "variable",
    Category.LABEL: "property",
    Category.FIELD: "property",
}
_BY_LANGUAGE = (Category.FUNCTION, Category.GIVEN, Category.TYPE, Category.CALENDAR)
_CONSTANT = (Kind.LET, Kind.PARAMETER, Kind.VARIABLE, Kind.AMOUNT)


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of one line with its kind, one of TYPES, and some of MODIFIERS."""

    start: int
    end: int
    type: str
    modifiers: tuple[str, ...] = ()


def tokens(workspace: Workspace, name: str) -> tuple[Token, ...]:
    """All of a document, in order; they do not overlap."""
    text = workspace.text(name)
    named = {use.span.start: use for use in workspace.names(name).uses}
    return tuple(_tokens(text, named))


def _tokens(text: str, named: dict[int, Use]) -> Iterator[Token]:
    for category, start, end in stretches(text):
        use = named.get(start)
        if use is not None and use.span.end == end:
            yield _of_use(use)
        elif category is Category.UNIT:
            yield from _units(text, named, start, end)
        elif category in _OF_CATEGORY:
            modifiers = ("defaultLibrary",) if category in _BY_LANGUAGE else ()
            if category is Category.DOCUMENTATION:
                modifiers = ("documentation",)
            yield Token(start, end, _OF_CATEGORY[category], modifiers)


def _units(text: str, named: dict[int, Use], start: int, end: int) -> Iterator[Token]:
    """The names of a unit under slashes."""
    for part in text[start:end].split("/"):
        use = named.get(start)
        yield Token(start, start + len(part), "type") if use is None else _of_use(use)
        start += len(part) + 1


def _of_use(use: Use) -> Token:
    declaration = use.declaration
    modifiers = []
    if use.span == declaration.span:
        modifiers.append("declaration")
    if declaration.kind in _CONSTANT:
        modifiers.append("readonly")
    if of_library(declaration.span.source):
        modifiers.append("defaultLibrary")
    return Token(use.span.start, use.span.end, _OF_KIND[declaration.kind], tuple(modifiers))
