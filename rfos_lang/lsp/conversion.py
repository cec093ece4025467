"""Values of `editing` as the protocol writes them."""

from collections import defaultdict
from collections.abc import Iterable

from lsprotocol import types

from rfos_lang.base.diagnostic import Diagnostic, Edit, Severity
from rfos_lang.base.span import Span
from rfos_lang.editing import problems
from rfos_lang.editing.completion import Completion
from rfos_lang.editing.hovering import Help
from rfos_lang.editing.lines import Lines, Position, lines_of
from rfos_lang.editing.names import Kind
from rfos_lang.editing.outline import TEST, Symbol
from rfos_lang.editing.tokens import MODIFIERS, TYPES, Token
from rfos_lang.editing.workspace import Workspace
from rfos_lang.lsp.files import address_of

_COMPLETIONS = {
    "keyword": types.CompletionItemKind.Keyword,
    "function": types.CompletionItemKind.Function,
    "type": types.CompletionItemKind.TypeParameter,
    "module": types.CompletionItemKind.Module,
    "field": types.CompletionItemKind.Field,
    "argument": types.CompletionItemKind.Property,
    "rule": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
    "calendar": types.CompletionItemKind.Constant,
    "day count": types.CompletionItemKind.Constant,
    Kind.CONTRACT.value: types.CompletionItemKind.Class,
    Kind.ASSET.value: types.CompletionItemKind.Unit,
    Kind.UNIT.value: types.CompletionItemKind.Unit,
    Kind.FEED.value: types.CompletionItemKind.Event,
    Kind.CHOICE.value: types.CompletionItemKind.Method,
}
_SYMBOLS = {
    Kind.CONTRACT.value: types.SymbolKind.Class,
    Kind.ASSET.value: types.SymbolKind.Constant,
    Kind.UNIT.value: types.SymbolKind.Constant,
    Kind.FEED.value: types.SymbolKind.Event,
    Kind.MARGIN.value: types.SymbolKind.Struct,
    Kind.PARAMETER.value: types.SymbolKind.TypeParameter,
    Kind.PARTY.value: types.SymbolKind.Interface,
    Kind.STATE.value: types.SymbolKind.Field,
    Kind.CHOICE.value: types.SymbolKind.Method,
    TEST: types.SymbolKind.Function,
}
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
}
_UNREAD = ("W0901", "W0902")
"""Warnings of what nothing reads, which editors show faded."""


def span_of(workspace: Workspace, name: str, written: types.Range) -> Span:
    """A stretch of a document as the compiler has it."""
    lines = lines_of(workspace.text(name))
    return Span(name, offset_in(lines, written.start), offset_in(lines, written.end))


def offset_of(workspace: Workspace, name: str, written: types.Position) -> int:
    """A place of a document as the compiler has it."""
    return offset_in(lines_of(workspace.text(name)), written)


def offset_in(lines: Lines, written: types.Position) -> int:
    """A place in a text."""
    return lines.offset(Position(written.line, written.character))


def position(lines: Lines, offset: int) -> types.Position:
    """A place as the protocol has it."""
    return types.Position(*lines.position(offset))


def span_range(lines: Lines, span: Span) -> types.Range:
    """A stretch as the protocol has it."""
    return types.Range(position(lines, span.start), position(lines, span.end))


def location(workspace: Workspace, span: Span) -> types.Location:
    """A stretch of any text."""
    lines = lines_of(workspace.text(span.source))
    return types.Location(address_of(span.source), span_range(lines, span))


def diagnostic(workspace: Workspace, problem: Diagnostic) -> types.Diagnostic:
    """A problem with its related places."""
    lines = lines_of(workspace.text(problem.span.source))
    related = [
        types.DiagnosticRelatedInformation(location(workspace, each.span), each.label)
        for each in problem.related
        if workspace.text(each.span.source)
    ]
    return types.Diagnostic(
        span_range(lines, problem.span),
        problems.told(problem),
        _SEVERITIES[problem.severity],
        problem.code,
        source="rfos",
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if problem.code in _UNREAD else None,
    )


def text_edits(workspace: Workspace, name: str, edits: Iterable[Edit]) -> list[types.TextEdit]:
    """Edits of one document."""
    lines = lines_of(workspace.text(name))
    return [types.TextEdit(span_range(lines, each.span), each.text) for each in edits]


def workspace_edit(workspace: Workspace, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    """Edits of any documents."""
    by_source: dict[str, list[Edit]] = defaultdict(list)
    for each in edits:
        by_source[each.span.source].append(each)
    changes = {
        address_of(source): text_edits(workspace, source, own) for source, own in by_source.items()
    }
    return types.WorkspaceEdit(changes=changes)


def completion_item(
    lines: Lines, start: int, offset: int, rank: int, each: Completion
) -> types.CompletionItem:
    """What may be written from `start` to `offset`."""
    return types.CompletionItem(
        each.label,
        kind=_COMPLETIONS.get(each.kind, types.CompletionItemKind.Variable),
        detail=each.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, each.doc)
        if each.doc
        else None,
        sort_text=f"{rank:05}",
        text_edit=types.TextEdit(span_range(lines, Span("", start, offset)), each.text),
    )


def signature_help(found: Help) -> types.SignatureHelp:
    """How something is called."""
    signatures = [
        types.SignatureInformation(
            each.text,
            documentation=found.doc or None,
            parameters=[types.ParameterInformation(told) for told in each.parameters],
        )
        for each in found.signatures
    ]
    return types.SignatureHelp(signatures, 0, found.active)


def document_symbol(lines: Lines, symbol: Symbol) -> types.DocumentSymbol:
    """A symbol with those inside of it."""
    return types.DocumentSymbol(
        symbol.name,
        _SYMBOLS.get(symbol.kind, types.SymbolKind.Variable),
        span_range(lines, symbol.span),
        span_range(lines, symbol.name_span),
        detail=symbol.detail or None,
        children=[document_symbol(lines, each) for each in symbol.children],
    )


def workspace_symbol(workspace: Workspace, symbol: Symbol) -> types.WorkspaceSymbol:
    """A symbol of any file."""
    kind = _SYMBOLS.get(symbol.kind, types.SymbolKind.Variable)
    return types.WorkspaceSymbol(location(workspace, symbol.name_span), symbol.name, kind)


def token_data(lines: Lines, tokens: Iterable[Token]) -> list[int]:
    """Tokens as five numbers each, their places relative to the one before."""
    data: list[int] = []
    line = column = 0
    for each in tokens:
        start, end = lines.position(each.start), lines.position(each.end)
        if start.line != end.line:
            continue
        data += [start.line - line, start.column - (column if start.line == line else 0)]
        bits = sum(1 << MODIFIERS.index(modifier) for modifier in each.modifiers)
        data += [end.column - start.column, TYPES.index(each.type), bits]
        line, column = start
    return data
