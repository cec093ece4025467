"""A session at a terminal, driven through a pseudo-terminal."""

from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.repl.prompts import begun

PATIENCE = 40


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator["pexpect.spawn[str]"]:
    """A session with the market of the examples, at its first prompt."""
    child = begun(tmp_path, PATIENCE, encoding="utf-8", dimensions=(50, 110))
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


def ask(terminal: "pexpect.spawn[str]", text: str, *answers: str) -> None:
    """Types a line, and waits for what must be said, then for the next prompt."""
    terminal.send(f"{text}\r")
    for each in answers:
        terminal.expect(each)
    terminal.expect("rfos>")


def test_an_interrupt_while_typing_leaves_the_session(terminal: "pexpect.spawn[str]") -> None:
    ask(terminal, "let five = 5 USD", "let five")
    terminal.send("contract Half(\r")
    terminal.expect(r"\.\.\.")
    terminal.send("price nob")
    terminal.expect("nob")
    terminal.sendintr()
    terminal.expect("rfos>")
    ask(terminal, "five + 1 USD", "6 USD")
    terminal.sendeof()
    terminal.expect(pexpect.EOF)


def test_tab_completes_commands_contracts_and_arguments(terminal: "pexpect.spawn[str]") -> None:
    for typed, completed in (
        ("pri\t", "ce"),
        (" EuropeanC\t", "all"),
        ("(BTC, USD, str\t", "ike"),
        ("60_000, expir\t", "y"),
    ):
        terminal.send(typed)
        terminal.expect(completed)
    terminal.send("2026-12-25)\r")
    terminal.expect("value to holder")
    terminal.expect("closed form")


def test_what_was_typed_comes_back(terminal: "pexpect.spawn[str]") -> None:
    ask(terminal, "2 USD + 3 USD", "5 USD")
    terminal.send("\x1b[A")
    terminal.expect("USD.*USD")
    terminal.send(" + 4 USD\r")
    terminal.expect("9 USD")


def test_a_market_move_is_taken_back(terminal: "pexpect.spawn[str]") -> None:
    ask(terminal, "spot BTC = 50_000")
    ask(terminal, "2 BTC * spot(BTC, USD)", "100_000 USD")
    ask(terminal, "undo", "undone: spot BTC = 50_000")
    ask(terminal, "2 BTC * spot(BTC, USD)", "130_000 USD")


def test_errors_point_and_leave_the_session(terminal: "pexpect.spawn[str]") -> None:
    ask(terminal, "let five = 5 USD", "let five")
    ask(terminal, "let six = five + 1 BTC", "E0203", r"\^\^\^")
    ask(terminal, "six", "E0301")
    ask(terminal, "five", "5 USD")
