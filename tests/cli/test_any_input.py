"""No input shows a traceback: it gives a diagnostic and exit code 1, or 2 for the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.running import BITCOIN, CALL, MARKET, rfos

CONTENTS = {
    "binary": bytes(range(256)) * 4,
    "wide": "contract".encode("utf-16"),
    "empty": b"",
    "brackets": b"contract A((((((((((",
    "deep": b"let x = " + b"(" * 5_000,
    "quotes": b'"' * 999,
    "toml": b'as_of = 2026-01-01\n[spots]\n"spot(BTC, USD)" = "much"\n',
    "other toml": b"a.b.c = [1, 2, {x = 1}]\n",
    "nulls": b"\0" * 100,
    "carriage returns": b"contract\rA\r\n(\r",
}

COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "check": lambda file: ["check", file],
    "fmt": lambda file: ["fmt", "--check", file],
    "price": lambda file: ["price", file, "-m", MARKET],
    "market": lambda file: ["price", CALL, "-m", file, *BITCOIN],
    "greeks": lambda file: ["greeks", file, "--formula"],
    "payoff": lambda file: ["payoff", file],
    "payoff market": lambda file: ["payoff", CALL, "-m", file, *BITCOIN],
    "inspect": lambda file: ["inspect", file],
    "run": lambda file: ["run", file],
    "calibrate": lambda file: ["calibrate", file],
    "replay": lambda file: ["replay", file],
}
ANY_TEXT_IS_FINE = {("check", "empty"), ("fmt", "empty")}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_files_of_any_content(tmp_path: Path, command: str, content: str) -> None:
    path = tmp_path / "input"
    path.write_bytes(CONTENTS[content])
    words = COMMANDS[command](str(path))
    result = rfos(*words)
    assert result.exit_code == (0 if (command, content) in ANY_TEXT_IS_FINE else 1)
    told = json.loads(rfos(*words, "--json").stdout)
    assert told["ok"] is (result.exit_code == 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_are_not_there(tmp_path: Path, command: str) -> None:
    result = rfos(*COMMANDS[command](str(tmp_path / "nothing.rfos")))
    assert result.exit_code == 1 and result.stderr.startswith("error[E")


@pytest.mark.parametrize("command", [each for each in COMMANDS if each != "replay"])
def test_folders(tmp_path: Path, command: str) -> None:
    result = rfos(*COMMANDS[command](str(tmp_path)))
    said = "no .rfos file in" if command in ("check", "fmt") else "is a directory"
    assert result.exit_code == 1 and said in result.stderr


@given(st.text(max_size=40))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arguments_of_any_text(text: str) -> None:
    words = [*BITCOIN, "--set", f"size={text}"]
    assert rfos("price", CALL, "-m", MARKET, *words).exit_code in (0, 1)


@given(st.text(alphabet="std.:/ABCoptins", max_size=20).filter(lambda it: not it.startswith("-")))
@settings(max_examples=60)
def test_targets_of_any_text(text: str) -> None:
    """Not with `check`, which would look through any folder that the text happens to name."""
    assert rfos("price", text, "-m", MARKET).exit_code in (0, 1)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing"],
        ["check"],
        ["price", CALL],
        ["price", CALL, "-m", MARKET, "--method", "guess"],
        ["price", CALL, "-m", MARKET, "--paths", "1"],
        ["price", CALL, "-m", MARKET, "--paths", "many"],
        ["price", CALL, "-m", MARKET, "--seed", "-1"],
        ["check", CALL, "--loud"],
    ],
)
def test_a_wrong_command_line(words: list[str]) -> None:
    assert rfos(*words).exit_code == 2


def test_a_date_that_is_none() -> None:
    result = rfos("price", CALL, "-m", MARKET, *BITCOIN, "--start", "tomorrow")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[E0580]: `tomorrow` is not a date\n  ┌─ --start\n")
