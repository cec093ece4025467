"""One server for all tests, on standard input and output."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from rfos_lang.cli.main import main; main()", "lsp"]


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND), scope="session")
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """An editor that has begun a session, with the market of the examples."""
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            root_uri=ROOT.as_uri(),
            initialization_options={"market": "examples/market.toml"},
        )
    )
    yield
    await lsp_client.shutdown_session()
