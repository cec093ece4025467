"""The server: which question of the protocol is answered by what."""

import asyncio
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.uris import to_fs_path

from rfos_lang.editing.renaming import Refusal
from rfos_lang.editing.tokens import MODIFIERS, TYPES
from rfos_lang.editing.workspace import Workspace
from rfos_lang.lsp import answers
from rfos_lang.lsp.asking import COMMANDS, answer_to
from rfos_lang.lsp.files import address_of, name_of
from rfos_lang.lsp.session import Session

log = logging.getLogger(__name__)


class _Protocol(LanguageServerProtocol):
    """Columns are counted in UTF-16, which every client has to know."""

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, Any]:
        """The beginning of a session."""
        if params.capabilities.general is not None:
            params.capabilities.general.position_encodings = None
        return (yield from super().lsp_initialize(params))


class Server(LanguageServer):
    """A language server with its session."""

    def __init__(self) -> None:
        super().__init__("rfos", "1", protocol_cls=_Protocol)
        self.session = Session()
        self.options: Any = None

    def shutdown(self) -> None:
        """Ends whatever is still being found."""
        self.session.end()
        super().shutdown()

    def text_of(self, address: str) -> str:
        """The text of a document as the editor has it by now."""
        return self.workspace.get_text_document(address).source

    def folders(self) -> list[str]:
        """The paths of the folders that the editor has open."""
        addresses = list(self.workspace.folders) or [self.workspace.root_uri or ""]
        return [path for each in addresses if (path := to_fs_path(each))]

    def say(self, workspace: Workspace, name: str, version: int | None = None) -> None:
        """Tells the editor what is wrong with a document."""
        found = answers.diagnostics(workspace, name)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(address_of(name), found, version)
        )

    def log(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Writes a line into the editor's log."""
        self.window_log_message(types.LogMessageParams(kind, message))

    async def set_market(self, given: Any) -> None:
        """Takes the market file that a setting names, seen from the workspace's folder."""
        market = given.get("market") if isinstance(given, dict) else None
        if not isinstance(market, str) or not market:
            self.session.market = None
            return
        folder = self.workspace.root_path
        self.session.market = str(Path(folder or "") / market)
        self.log(f"values are those in the market of {self.session.market}")


def made() -> Server:
    """A server that answers all it can."""
    server = Server()
    _add_documents(server)
    _add_reading(server)
    _add_writing(server)
    _add_commands(server)
    return server


def _name(params: Any) -> str:
    return name_of(params.text_document.uri)


# --- documents ------------------------------------------------------------------------------------


def _add_documents(server: Server) -> None:
    session = server.session

    @server.feature(types.INITIALIZED)
    async def begun(params: types.InitializedParams) -> None:
        await server.set_market(server.options)
        await session.look_below(server.folders())

    @server.feature(types.INITIALIZE)
    def begin(params: types.InitializeParams) -> None:
        server.options = params.initialization_options

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        await _take(server, params.text_document.uri, params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        session.move_on(_name(params))
        await _take(server, params.text_document.uri, params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        workspace = await session.close(_name(params))
        server.say(workspace, _name(params))
        _say_others(server, workspace, _name(params))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def touched(params: types.DidChangeWatchedFilesParams) -> None:
        workspace = await session.refresh()
        _say_others(server, workspace, "")

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        given = params.settings
        await server.set_market(given.get("rfos", given) if isinstance(given, dict) else None)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def moved(params: types.DidChangeWorkspaceFoldersParams) -> None:
        await session.look_below(server.folders())


async def _take(server: Server, address: str, version: int) -> None:
    """Checks the text of a document, unless there is a newer one by now; says what is wrong."""
    name, text = name_of(address), server.text_of(address)
    workspace = await server.session.open(name, text)
    document = server.workspace.get_text_document(address)
    if document.version == version:
        server.say(workspace, name, version)
        _say_others(server, workspace, name)


def _say_others(server: Server, workspace: Workspace, name: str) -> None:
    """What is wrong with documents that use one that changed; of any if it has no name."""
    for other, document in workspace.documents.items():
        reads = any(each is not None and each.name == name for each in document.reads.values())
        if not name or (reads and other != name):
            server.say(workspace, other)


# --- questions about a place ----------------------------------------------------------------------


def _add_reading(server: Server) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        found = await session.ask(answers.hover, _name(params), params.position)
        if found is None:
            return None
        workspace = session.workspace
        value = None if found.contract is None else session.told_value(workspace, found.contract)
        return answers.hover_text(workspace, found, value)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        return await session.ask(answers.definition, _name(params), params.position)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location]:
        declared = params.context.include_declaration
        return await session.ask(answers.references, _name(params), params.position, declared)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlights(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        return await session.ask(answers.highlights, _name(params), params.position)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        return await session.ask(answers.document_symbols, _name(params))

    @server.feature(types.WORKSPACE_SYMBOL)
    async def everywhere(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return await session.ask(answers.workspace_symbols, params.query)

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folding(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        return await session.ask(answers.folding, _name(params))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        return await session.ask(answers.inlay_hints, _name(params), params.range)

    legend = types.SemanticTokensLegend(list(TYPES), list(MODIFIERS))

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    async def tokens(params: types.SemanticTokensParams) -> types.SemanticTokens:
        return await session.ask(answers.semantic_tokens, _name(params))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        return await session.ask(answers.code_lenses, _name(params), params.text_document.uri)


# --- questions about what may be written ----------------------------------------------------------


def _add_writing(server: Server) -> None:
    session = server.session

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", ":", "{"])
    )
    async def completion(params: types.CompletionParams) -> types.CompletionList:
        return await session.ask(answers.completions, _name(params), params.position)

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    async def signature(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        return await session.ask(answers.signature_help, _name(params), params.position)

    kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(kinds))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await session.ask(answers.actions, _name(params), params.range)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        return await session.ask(answers.formatting, _name(params))

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING)
    async def in_part(params: types.DocumentRangeFormattingParams) -> list[types.TextEdit]:
        return await session.ask(answers.formatting, _name(params), params.range)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def renamable(params: types.PrepareRenameParams) -> types.Range | None:
        found = await session.ask(answers.renamable, _name(params), params.position)
        return None if isinstance(found, Refusal) else found

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        found = await session.ask(answers.renamed, _name(params), params.position, params.new_name)
        if isinstance(found, Refusal):
            server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"not renamed: {found.reason}")
            )
            return None
        return found


# --- commands -------------------------------------------------------------------------------------


def _add_commands(server: Server) -> None:
    """`rfos.price`, `rfos.payoff`, `rfos.verify`, `rfos.test`: of a document's address and the name
    of a contract or the title of a test."""
    for command in COMMANDS:
        _add_command(server, command)


def _add_command(server: Server, command: str) -> None:
    running: list[asyncio.Task[dict[str, Any]]] = []

    @server.command(f"rfos.{command}")
    async def run(address: str, subject: str) -> dict[str, Any]:
        """The newest question of a kind counts: one that is still running is ended."""
        session = server.session
        question = await session.ask(
            lambda workspace: session.question(workspace, command, name_of(address), subject)
        )
        for earlier in running:
            earlier.cancel()
        running[:] = [asyncio.create_task(answer_to(question))]
        try:
            return await running[0]
        except asyncio.CancelledError:
            return {"ok": False, "diagnostics": [], "text": "asked anew"}
