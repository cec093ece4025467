"""Whatever is typed, asked and called off, in whatever order: the server lives, and says of the
last text what it says of it when it is opened fresh."""

import asyncio
import random

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pytest_lsp import LanguageClient

from tests.lsp.test_server import TEXT, answers, opened, whole

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRAPS = (
    *(
        "",
        "\n",
        "\r\n",
        "\r",
        "x",
        "}",
        "{",
        "(",
        '"',
        "&&",
        "// c\n",
        "unsecured\n",
        "\x00",
        "\x7f",
    ),
    *("\U0001f600", "e\u0301", "\u2028", "\ufeff", "\ud83d", "\ude00", "contract ", "let q = 1\n"),
)
"""Among them what takes two units, halves of such a pair, and what some call the end of a line."""
FAR = (0, 1, 7, 10**6, 2**31 - 1)
EDITS, SEEDS = 12, 4


def place(drawn: random.Random) -> types.Position:
    """A place inside of the text or far outside, or between the halves of a pair."""
    if drawn.random() < 0.2:
        return types.Position(drawn.choice(FAR), drawn.choice(FAR))
    return types.Position(drawn.randrange(25), drawn.randrange(60))


def stretch(drawn: random.Random) -> types.Range:
    """One that begins before it ends, as editors have them."""
    ends = sorted((place(drawn) for _ in range(2)), key=lambda each: (each.line, each.character))
    return types.Range(*ends)


def scrap(drawn: random.Random) -> str:
    """What is typed: a scrap, or bytes that nobody meant as text."""
    if drawn.random() < 0.3:
        return drawn.randbytes(drawn.randrange(40)).decode("utf-8", "replace")
    return drawn.choice(SCRAPS)


def asked(
    client: LanguageClient,
    document: types.TextDocumentIdentifier,
    drawn: random.Random,
    number: str,
) -> asyncio.Future[object]:
    """Any question, at any place, answered later; by its number it can be called off."""
    options = types.FormattingOptions(4, True)
    context = types.CodeActionContext([])
    at, over = place(drawn), stretch(drawn)
    method, params = drawn.choice(
        [
            (types.TEXT_DOCUMENT_HOVER, types.HoverParams(document, at)),
            (types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(document, at)),
            (types.TEXT_DOCUMENT_SIGNATURE_HELP, types.SignatureHelpParams(document, at)),
            (types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(document, at)),
            (
                types.TEXT_DOCUMENT_REFERENCES,
                types.ReferenceParams(types.ReferenceContext(True), document, at),
            ),
            (types.TEXT_DOCUMENT_PREPARE_RENAME, types.PrepareRenameParams(document, at)),
            (types.TEXT_DOCUMENT_RENAME, types.RenameParams(document, at, scrap(drawn))),
            (types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionParams(document, over, context)),
            (types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintParams(document, over)),
            (
                types.TEXT_DOCUMENT_RANGE_FORMATTING,
                types.DocumentRangeFormattingParams(document, over, options),
            ),
            (
                types.TEXT_DOCUMENT_FORMATTING,
                types.DocumentFormattingParams(document, options),
            ),
            (types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, types.SemanticTokensParams(document)),
            (types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document)),
            (types.TEXT_DOCUMENT_FOLDING_RANGE, types.FoldingRangeParams(document)),
            (types.WORKSPACE_SYMBOL, types.WorkspaceSymbolParams(scrap(drawn))),
        ]
    )
    return asyncio.ensure_future(client.protocol.send_request_async(method, params, number))


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_it_lives_and_says_what_a_fresh_one_says(client: LanguageClient, seed: int) -> None:
    drawn = random.Random(seed)
    document = await opened(client, TEXT)
    pending: list[asyncio.Future[object]] = []
    for version in range(2, EDITS + 2):
        edits = [
            types.TextDocumentContentChangePartial(stretch(drawn), scrap(drawn))
            for _ in range(drawn.randrange(1, 4))
        ]
        identifier = types.VersionedTextDocumentIdentifier(version, document.uri)
        client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, edits))
        for _ in range(3):
            number = f"{seed}.{len(pending)}"
            pending.append(asked(client, document, drawn, number))
            await asyncio.sleep(0)
            if drawn.random() < 0.3:
                client.cancel_request(types.CancelParams(number))
    told = await asyncio.wait_for(asyncio.gather(*pending, return_exceptions=True), 120)
    strange = [
        each
        for each in told
        if isinstance(each, BaseException) and not isinstance(each, JsonRpcRequestCancelled)
    ]
    assert not strange, strange
    last = scrap(drawn) + TEXT.replace("depth", "depth\U0001f600", drawn.randrange(2))
    change = types.TextDocumentContentChangeWholeDocument(last)
    identifier = types.VersionedTextDocumentIdentifier(EDITS + 2, document.uri)
    client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
    assert await answers(client, document) == await answers(client, await opened(client, last))


async def test_a_document_that_was_never_opened_is_no_end(client: LanguageClient) -> None:
    unknown = types.TextDocumentIdentifier("file:///nowhere/at/all.rfos")
    drawn = random.Random(0)
    for number in range(15):
        try:
            await asyncio.wait_for(asked(client, unknown, drawn, f"unknown {number}"), 60)
        except JsonRpcException:
            continue
    document = await opened(client, TEXT)
    found = await client.text_document_inlay_hint_async(
        types.InlayHintParams(document, whole(TEXT))
    )
    assert found
