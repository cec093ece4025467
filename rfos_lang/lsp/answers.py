"""Answers to an editor's questions about a document, as the protocol writes them. Each is worked
out from a workspace alone."""

from lsprotocol import types

from rfos_lang.base.span import Span
from rfos_lang.editing import completion, hovering, navigation, problems, renaming
from rfos_lang.editing.folding import folds
from rfos_lang.editing.hints import hints
from rfos_lang.editing.layout import laid_out
from rfos_lang.editing.lenses import lenses
from rfos_lang.editing.lines import lines_of
from rfos_lang.editing.outline import outline, symbols
from rfos_lang.editing.tokens import tokens
from rfos_lang.editing.workspace import Workspace
from rfos_lang.lsp import conversion
from rfos_lang.lsp.conversion import offset_of, span_of, span_range, text_edits, workspace_edit


def diagnostics(workspace: Workspace, name: str) -> list[types.Diagnostic]:
    """All that is wrong with a document."""
    found = problems.problems(workspace, name)
    return [conversion.diagnostic(workspace, each) for each in found]


def actions(workspace: Workspace, name: str, place: types.Range) -> list[types.CodeAction]:
    """The mends at a place, and all of the document's that can only be meant so."""
    found = [
        types.CodeAction(
            each.fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[conversion.diagnostic(workspace, each.problem)],
            is_preferred=each.preferred,
            edit=workspace_edit(workspace, each.fix.edits),
        )
        for each in problems.mends(workspace, name, span_of(workspace, name, place))
    ]
    safe = problems.safe_mends(workspace, name)
    if safe:
        edit, kind = workspace_edit(workspace, safe), types.CodeActionKind.SourceFixAll
        found.append(types.CodeAction("mend all that can be mended", kind=kind, edit=edit))
    return found


def completions(workspace: Workspace, name: str, at: types.Position) -> types.CompletionList:
    """What may be written at a place."""
    text, offset = workspace.text(name), offset_of(workspace, name, at)
    lines, start = lines_of(text), completion.word_start(text, offset)
    found = completion.completions(workspace, name, offset)
    items = [
        conversion.completion_item(lines, start, offset, rank, each)
        for rank, each in enumerate(found)
    ]
    return types.CompletionList(False, items)


def hover(workspace: Workspace, name: str, at: types.Position) -> hovering.Hover | None:
    """What is said of the word at a place."""
    return hovering.hover(workspace, name, offset_of(workspace, name, at))


def hover_text(workspace: Workspace, found: hovering.Hover, value: str | None) -> types.Hover:
    """A hover with the value of its contract."""
    code = "```rfos\n" + "\n".join(found.lines) + "\n```"
    text = "\n\n".join(each for each in (code, found.doc, value) if each)
    lines = lines_of(workspace.text(found.span.source))
    content = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(content, span_range(lines, found.span))


def signature_help(
    workspace: Workspace, name: str, at: types.Position
) -> types.SignatureHelp | None:
    """How what is being called is called."""
    found = hovering.signature_help(workspace, name, offset_of(workspace, name, at))
    return None if found is None else conversion.signature_help(found)


def definition(workspace: Workspace, name: str, at: types.Position) -> list[types.Location]:
    """Where the name at a place is declared."""
    found = navigation.definition(workspace, name, offset_of(workspace, name, at))
    return [conversion.location(workspace, each) for each in found]


def references(
    workspace: Workspace, name: str, at: types.Position, declared: bool
) -> list[types.Location]:
    """Wherever the name at a place stands."""
    offset = offset_of(workspace, name, at)
    found = navigation.references(workspace, name, offset, declared)
    return [conversion.location(workspace, each) for each in found]


def highlights(
    workspace: Workspace, name: str, at: types.Position
) -> list[types.DocumentHighlight]:
    """Wherever the name at a place stands in the same document."""
    found = navigation.references(workspace, name, offset_of(workspace, name, at))
    lines = lines_of(workspace.text(name))
    own = (each for each in found if each.source == name)
    return [types.DocumentHighlight(span_range(lines, each)) for each in own]


def renamable(
    workspace: Workspace, name: str, at: types.Position
) -> types.Range | renaming.Refusal:
    """The word at a place if it may be renamed."""
    found = renaming.renamable(workspace, name, offset_of(workspace, name, at))
    if isinstance(found, renaming.Refusal):
        return found
    return span_range(lines_of(workspace.text(name)), found)


def renamed(
    workspace: Workspace, name: str, at: types.Position, new: str
) -> types.WorkspaceEdit | renaming.Refusal:
    """The edits after which the name at a place is another."""
    found = renaming.renamed(workspace, name, offset_of(workspace, name, at), new)
    return found if isinstance(found, renaming.Refusal) else workspace_edit(workspace, found)


def document_symbols(workspace: Workspace, name: str) -> list[types.DocumentSymbol]:
    """What a document declares."""
    lines = lines_of(workspace.text(name))
    return [conversion.document_symbol(lines, each) for each in outline(workspace, name)]


def workspace_symbols(workspace: Workspace, query: str) -> list[types.WorkspaceSymbol]:
    """What all files declare."""
    return [conversion.workspace_symbol(workspace, each) for each in symbols(workspace, query)]


def folding(workspace: Workspace, name: str) -> list[types.FoldingRange]:
    """What may be folded away."""
    comment = types.FoldingRangeKind.Comment
    return [
        types.FoldingRange(each.first, each.last, kind=comment if each.comment else None)
        for each in folds(workspace.text(name))
    ]


def formatting(
    workspace: Workspace, name: str, place: types.Range | None = None
) -> list[types.TextEdit]:
    """The edits that lay a document out, or what of it touches a place."""
    span = None if place is None else span_of(workspace, name, place)
    return text_edits(workspace, name, laid_out(workspace, name, span))


def inlay_hints(workspace: Workspace, name: str, place: types.Range) -> list[types.InlayHint]:
    """Types and names that are not written."""
    lines = lines_of(workspace.text(name))
    kinds = {True: types.InlayHintKind.Type, False: types.InlayHintKind.Parameter}
    return [
        types.InlayHint(
            conversion.position(lines, each.offset),
            each.text,
            kind=kinds[each.of_type],
            padding_right=not each.of_type,
        )
        for each in hints(workspace, name, span_of(workspace, name, place))
    ]


def semantic_tokens(workspace: Workspace, name: str) -> types.SemanticTokens:
    """What every word stands for."""
    lines = lines_of(workspace.text(name))
    return types.SemanticTokens(conversion.token_data(lines, tokens(workspace, name)))


def code_lenses(workspace: Workspace, name: str, address: str) -> list[types.CodeLens]:
    """What may be asked of contracts and tests by one click."""
    lines = lines_of(workspace.text(name))
    return [
        types.CodeLens(
            span_range(lines, Span(name, each.span.start, each.span.end)),
            types.Command(each.title, f"rfos.{each.command}", arguments=[address, each.subject]),
        )
        for each in lenses(workspace, name)
    ]
