"""A session at a terminal, driven through a pseudo-terminal."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.running import ROOT

PATIENCE = 40


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator["pexpect.spawn[str]"]:
    """A session with the market of the examples, at its first prompt."""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color"}
    environment["PROMPT_TOOLKIT_NO_CPR"] = "1"
    code = "from rfos_lang.cli.main import main; main()"
    words = ["-c", code, "repl", "-m", "examples/market.toml"]
    child = pexpect.spawn(
        sys.executable,
        words,
        cwd=str(ROOT),
        env=environment,
        encoding="utf-8",
        timeout=PATIENCE,
        dimensions=(50, 110),
    )
    child.expect("quit leaves")
    child.expect("rfos>")
    yield child
    child.close(force=True)


def test_a_contract_is_defined_over_lines_priced_and_left(
    terminal: "pexpect.spawn[str]", tmp_path: Path
) -> None:
    terminal.send("contract Tea() between ann, bob {\r")
    terminal.expect(r"\.\.\.")
    terminal.send("at 2026-12-25 { ann pays bob 5 USD }\r}\r")
    terminal.expect("contract Tea")
    terminal.send("price Tea\r")
    terminal.expect("value to ann")
    terminal.expect(r"-4\.80")
    terminal.send("price Teu\r")
    terminal.expect("E1203")
    terminal.expect("did you mean")
    terminal.send("1 USD + 1 USD\r")
    terminal.expect("2 USD")
    terminal.send("quit\r")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert "price Tea" in (tmp_path / "rfos" / "history").read_text()
