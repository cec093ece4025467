"""What is said of the word under the pointer."""

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.context import Context, context
from rfos_lang.editing.describing import (
    Signature,
    documentation,
    function_signatures,
    given_by_language,
    line,
    signature,
)
from rfos_lang.editing.names import Declaration, Kind, find
from rfos_lang.editing.workspace import Workspace
from rfos_lang.semantics.scope import RESERVED
from rfos_lang.semantics.types import NAMED_TYPES


@dataclass(frozen=True, slots=True)
class Hover:
    """`lines` of the language, the `doc` of their author, the `span` of the word; `contract`: the
    declaration if it is one, which has a value in a market."""

    lines: tuple[str, ...]
    doc: str
    span: Span
    contract: Declaration | None = None


def hover(workspace: Workspace, name: str, offset: int) -> Hover | None:
    """What is said of the word at an offset of a document; None of what is no name."""
    uses = workspace.names(name).at(offset)
    if not uses:
        return _of_language(workspace, name, offset)
    meant = [use.declaration for use in uses]
    lines = tuple(dict.fromkeys(line(workspace, each) for each in meant))
    docs = dict.fromkeys(doc for each in meant if (doc := documentation(each)))
    contract = next((each for each in meant if each.kind is Kind.CONTRACT), None)
    return Hover(lines, "\n\n".join(docs), uses[0].span, contract)


def _of_language(workspace: Workspace, name: str, offset: int) -> Hover | None:
    """What the language itself gives a meaning to."""
    text = workspace.text(name)
    end = offset
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    here = context(text, end)
    if here.unread or not here.word:
        return None
    span = Span(name, here.start, end)
    if text[end : end + 1] == "(" and (found := function_signatures(here.word)):
        return Hover(tuple(each.text for each in found), "", span)
    if here.word in RESERVED:
        return Hover((here.word,), given_by_language(here.word) or "", span)
    if here.word in NAMED_TYPES:
        return Hover((here.word,), "a type", span)
    return None


@dataclass(frozen=True, slots=True)
class Help:
    """The ways to call what is being called, and which parameter is being written; None if none
    is."""

    signatures: tuple[Signature, ...]
    doc: str
    active: int | None


def signature_help(workspace: Workspace, name: str, offset: int) -> Help | None:
    """How what is called around an offset of a document is called."""
    here = context(workspace.text(name), offset)
    opened = here.opened[-1] if here.opened else None
    if opened is None or opened.bracket != "(" or here.unread:
        return None
    if opened.word in ("contract", "feed", "let") and here.opened[0].begins != "test":
        return None
    block = next(workspace.names(name).around(offset), None)
    meant = find(block, opened.before)
    if meant is None:
        found, doc = function_signatures(opened.before), ""
    else:
        known = signature(workspace, meant)
        found, doc = (known,) if known.parameters else (), documentation(meant) or ""
    return Help(found, doc, _active(here, found[0])) if found else None


def _active(here: Context, known: Signature) -> int | None:
    """By the name of the argument, or by how many lie before it."""
    inside = here.opened[-1].inside
    since = max((i for i, each in enumerate(inside) if each.type == "COMMA"), default=-1) + 1
    own = [each for each in inside[since:] if each.type != "NEWLINE"]
    if len(own) > 1 and own[1].type == "COLON" and own[0].text in known.given:
        return known.given.index(own[0].text)
    count = here.opened[-1].commas
    return count if count < len(known.parameters) else None
