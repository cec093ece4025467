"""Every feature of the server, over standard input and output."""

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient

from tests.editing.workspaces import marked
from tests.lsp.conftest import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT, (LIBRARY, LET, CALL, USD) = marked("""\
use std.options.{¦EuropeanCall}

/// Pays the depth.
contract Deep(underlying, cash: Asset, strike: cash/underlying, expiry: Date)
between holder, writer {
    let ¦depth = max(strike - spot(underlying, cash), 0)
    at expiry { writer pays holder 1 underlying * ¦depth }
    unsecured
}

contract Bought(strike: USD/BTC, expiry: Date)
between a, b = EuropeanCall(BTC, ¦USD, strike, expiry:) { unsecured }

test "out of the money" {
    contract Deep(BTC, USD, strike: 5 USD/BTC, expiry: 2026-01-01)
    on 2026-01-01 { spot(BTC, USD) = 6 USD/BTC }
    expect no payments
}
""")
_numbers = count()


def at(text: str, offset: int) -> types.Position:
    line = text.count("\n", 0, offset)
    return types.Position(line, offset - text.rfind("\n", 0, offset) - 1)


def whole(text: str) -> types.Range:
    return types.Range(types.Position(0, 0), at(text, len(text)))


async def opened(
    client: LanguageClient, text: str, address: str | None = None
) -> types.TextDocumentIdentifier:
    """A new document, checked; of a file if it has the address of one."""
    address = address or (ROOT / f"unsaved{next(_numbers)}.rfos").as_uri()
    item = types.TextDocumentItem(address, "rfos", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await told(client, address)
    return types.TextDocumentIdentifier(address)


async def told(client: LanguageClient, address: str) -> list[types.Diagnostic]:
    """What the server says of a document, once it has said anything."""
    while address not in client.diagnostics:
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return list(client.diagnostics[address])


async def test_problems_with_related_places_and_mends(client: LanguageClient) -> None:
    text = (
        "unit a\nunit a\ncontract A(n: USD, t: Date) between a1, b { at t { a1 pays b n && 1 } }\n"
    )
    document = await opened(client, text)
    found = client.diagnostics[document.uri]
    taken = next(each for each in found if each.code == "E0302")
    assert taken.related_information is not None
    assert taken.related_information[0].location.range.start == types.Position(0, 5)
    params = types.CodeActionParams(document, whole(text), types.CodeActionContext([]))
    actions = await client.text_document_code_action_async(params)
    assert actions is not None
    edits = [each.edit.changes[document.uri][0].new_text for each in actions if each.edit]
    assert "and" in edits


async def test_hover_with_the_value_in_the_market(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    params = types.HoverParams(document, at(TEXT, LET))
    found = await client.text_document_hover_async(params)
    assert found is not None and "let depth: cash/underlying" in found.contents.value
    params = types.HoverParams(document, at(TEXT, TEXT.index("Deep(")))
    for _ in range(240):
        found = await client.text_document_hover_async(params)
        assert found is not None and "Pays the depth." in found.contents.value
        if "valuing" not in found.contents.value:
            break
        await asyncio.sleep(0.5)
    assert "value to holder" in found.contents.value and "delta" in found.contents.value
    assert "underlying = BTC, cash = USD, strike = 65000, " in found.contents.value
    change = types.TextDocumentContentChangePartial(
        types.Range(types.Position(0, 0), types.Position(0, 0)), "// later\n"
    )
    version = types.VersionedTextDocumentIdentifier(2, document.uri)
    client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))
    moved = "// later\n" + TEXT
    params = types.HoverParams(document, at(moved, moved.index("Deep(")))
    found = await client.text_document_hover_async(params)
    assert found is not None and "stale" in found.contents.value
    assert "value to holder" in found.contents.value


async def test_completion_and_signatures(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    place = at(TEXT, CALL)
    found = await client.text_document_completion_async(types.CompletionParams(document, place))
    assert isinstance(found, types.CompletionList)
    assert "depth" in [each.label for each in found.items]
    help = await client.text_document_signature_help_async(
        types.SignatureHelpParams(document, at(TEXT, USD))
    )
    assert help is not None and help.active_parameter == 1
    assert help.signatures[0].label.startswith("contract EuropeanCall(")


async def test_places_of_a_name(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    place = at(TEXT, CALL)
    found = await client.text_document_definition_async(types.DefinitionParams(document, place))
    assert [each.range.start for each in found] == [at(TEXT, LET)]
    library = types.DefinitionParams(document, at(TEXT, LIBRARY))
    (declared,) = await client.text_document_definition_async(library)
    assert declared.uri.endswith("stdlib/options.rfos")
    context = types.ReferenceContext(include_declaration=True)
    places = await client.text_document_references_async(
        types.ReferenceParams(context, document, place)
    )
    assert [each.range.start for each in places] == [at(TEXT, LET), at(TEXT, CALL)]
    marks = await client.text_document_document_highlight_async(
        types.DocumentHighlightParams(document, place)
    )
    assert len(marks) == 2


async def test_renaming(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    place = at(TEXT, CALL)
    ready = await client.text_document_prepare_rename_async(
        types.PrepareRenameParams(document, place)
    )
    assert isinstance(ready, types.Range) and ready.start == place
    edit = await client.text_document_rename_async(types.RenameParams(document, place, "drop"))
    assert edit is not None
    assert [each.new_text for each in edit.changes[document.uri]] == ["drop", "drop"]
    refused = types.RenameParams(document, place, "strike")
    assert await client.text_document_rename_async(refused) is None
    assert "not renamed" in client.messages[-1].message
    library = types.PrepareRenameParams(document, at(TEXT, LIBRARY))
    assert await client.text_document_prepare_rename_async(library) is None


async def test_renaming_in_several_files(client: LanguageClient, tmp_path: Path) -> None:
    """One that is open, and two that only lie in the folder."""
    texts = {
        "legs": "contract Leg(n: USD, due: Date) between a, b { at due { b pays a n } }\n",
        "paid": "use legs.{Leg}\n\ncontract Paid(day: Date) between x, y = Leg(1 USD, due: day)\n",
        "both": "use legs.{Leg}\n\ncontract Both(due: Date) between x, y = 2 * Leg(1 USD, due:)\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.rfos").write_text(text)
    several = [types.WorkspaceFolder(tmp_path.as_uri(), "several")]
    change = types.WorkspaceFoldersChangeEvent(added=several, removed=[])
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    document = await opened(client, texts["paid"], (tmp_path / "paid.rfos").as_uri())

    async def renamed(word: str, new: str) -> dict[str, str] | None:
        """The files in which a name became another."""
        place = at(texts["paid"], texts["paid"].index(word))
        edit = await client.text_document_rename_async(types.RenameParams(document, place, new))
        if edit is None:
            return None
        return {
            (name := Path(address).stem): with_edits(texts[name], each)
            for address, each in edit.changes.items()
        }

    whole = {name: text.replace("Leg", "Slice") for name, text in texts.items()}
    assert await renamed("Leg(", "Slice") == whole
    assert await renamed("due", "on_day") == {
        "legs": texts["legs"].replace("due", "on_day"),
        "paid": texts["paid"].replace("due", "on_day"),
        "both": texts["both"].replace("due:)", "on_day: due)"),
    }
    assert await renamed("Leg(", "Both") is None
    assert "not renamed" in client.messages[-1].message
    change = types.WorkspaceFoldersChangeEvent(added=[], removed=several)
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))


def with_edits(text: str, edits: Sequence[types.TextEdit]) -> str:
    """A text after edits of its own, of which none goes over the end of a line."""
    lines = text.split("\n")
    for each in sorted(edits, key=lambda edit: edit.range.start, reverse=True):
        begin, end = each.range.start, each.range.end
        line = lines[begin.line]
        lines[begin.line] = line[: begin.character] + each.new_text + line[end.character :]
    return "\n".join(lines)


async def test_symbols_and_folding(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert [each.name for each in symbols] == ["Deep", "Bought", "out of the money"]
    everywhere = await client.workspace_symbol_async(types.WorkspaceSymbolParams("EuropeanCall"))
    assert any(each.location.uri.endswith("stdlib/options.rfos") for each in everywhere)
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert types.FoldingRange(4, 7) in folds


async def test_layout(client: LanguageClient) -> None:
    text = "unit   a\nunit   b\n"
    document = await opened(client, text)
    options = types.FormattingOptions(4, True)
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, options)
    )
    assert "".join(each.new_text for each in edits) == "unit a\nunit b\n"
    laid_out = await opened(client, TEXT)
    line = types.Range(types.Position(3, 0), types.Position(3, 9))
    params = types.DocumentRangeFormattingParams(laid_out, line, options)
    assert await client.text_document_range_formatting_async(params) is not None


async def test_hints_tokens_and_lenses(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    hints = await client.text_document_inlay_hint_async(
        types.InlayHintParams(document, whole(TEXT))
    )
    assert ": cash/underlying" in [each.label for each in hints]
    tokens = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    assert tokens is not None and len(tokens.data) % 5 == 0 and len(tokens.data) > 300
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    commands = [each.command.command for each in lenses]
    assert commands[:3] == ["rfos.price", "rfos.payoff", "rfos.verify"]
    assert list(lenses[-1].command.arguments) == [document.uri, "out of the money"]


@pytest.mark.parametrize(
    ("command", "subject", "words"),
    [
        ("price", "Deep", "value to holder"),
        ("payoff", "Deep", "amount to holder"),
        ("verify", "Bought", "between a, b"),
        ("test", "out of the money", "1 test in 1 file: 1 holds"),
        ("test", "", "1 test in 1 file: 1 holds"),
    ],
)
async def test_commands(client: LanguageClient, command: str, subject: str, words: str) -> None:
    document = await opened(client, TEXT)
    params = types.ExecuteCommandParams(f"rfos.{command}", [document.uri, subject])
    answer = await client.workspace_execute_command_async(params)
    assert isinstance(answer, dict)
    assert words in answer["text"]
    assert answer["diagnostics"] == []


async def test_a_contract_beside_one_that_is_being_written(client: LanguageClient) -> None:
    document = await opened(client, f"{TEXT}\ncontract Begun(n: USD,\n")
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    asked = [each.command for each in lenses if "Deep" in each.command.arguments]
    assert [each.title for each in asked] == ["Price", "Payoff", "Verify"]
    for command in asked:
        params = types.ExecuteCommandParams(command.command, command.arguments)
        answer = await client.workspace_execute_command_async(params)
        assert answer["diagnostics"] == [] and "holder" in answer["text"]
    params = types.ExecuteCommandParams("rfos.price", [document.uri, "Begun"])
    answer = await client.workspace_execute_command_async(params)
    assert [each["code"] for each in answer["diagnostics"]] == ["E0103"]


async def test_no_edit_and_no_question_ends_it(client: LanguageClient) -> None:
    document = await opened(client, TEXT)
    far = types.Position(10**6, 10**6)
    cut = types.Range(types.Position(4, 3), types.Position(6, 1))
    edits = [
        types.TextDocumentContentChangePartial(cut, "{{{ \U0001f600 \x00 ( &&"),
        types.TextDocumentContentChangePartial(types.Range(far, far), "contract"),
        types.TextDocumentContentChangeWholeDocument("(" * 5_000),
        types.TextDocumentContentChangeWholeDocument(TEXT),
    ]
    for version, edit in enumerate(edits, 2):
        identifier = types.VersionedTextDocumentIdentifier(version, document.uri)
        client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [edit]))
        await client.text_document_hover_async(types.HoverParams(document, far))
        await client.text_document_completion_async(types.CompletionParams(document, far))
        await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert await answers(client, document) == await answers(client, await opened(client, TEXT))


async def answers(client: LanguageClient, document: types.TextDocumentIdentifier) -> list[object]:
    """What is said of a whole document, once the newest text is checked."""
    tokens = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    hints = await client.text_document_inlay_hint_async(
        types.InlayHintParams(document, whole(TEXT))
    )
    return [tokens, symbols, folds, hints, client.diagnostics[document.uri]]
