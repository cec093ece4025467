"""Sessions without a terminal: commands from a file or standard input, answers line by line."""

import json
from pathlib import Path

from tests.cli.running import rfos

COMMANDS = """date 2026-01-01
spot BTC = 65_000

let x = 2 BTC *
    spot(BTC, USD)
x
prise
undo
"""
ANSWERS = [
    {"command": "date", "ok": True, "told": "date 2026-01-01"},
    {"command": "spot", "ok": True, "told": "spot BTC = 65_000"},
    {"command": "define", "ok": True, "defined": ["x"], "uses": []},
    {"command": "calculate", "ok": True, "value": "130_000 USD"},
    {"command": "calculate", "ok": False},
    {"command": "undo", "ok": True, "undone": "define x"},
]


def test_a_script_has_one_answer_a_line(tmp_path: Path) -> None:
    script = tmp_path / "commands.txt"
    script.write_text(COMMANDS)
    for done in (
        rfos("repl", "--json", "--script", script),
        rfos("repl", "--json", input=COMMANDS.encode()),
    ):
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        codes = [[each["code"] for each in answer.pop("diagnostics")] for answer in answers]
        assert answers == ANSWERS
        assert codes == [[], [], [], [], ["E0301"], []]
        assert done.exit_code == 1


def test_a_script_without_json_prints_what_a_page_shows(tmp_path: Path) -> None:
    script = tmp_path / "commands.txt"
    script.write_text("1 USD + 1 USD\nlet a = 1\nquit\n2\n")
    done = rfos("repl", "--script", script)
    assert (done.stdout, done.exit_code) == ("2 USD\nlet a\n", 0)


def test_a_file_that_is_wrong_begins_no_session(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.rfos"
    wrong.write_text("contract")
    assert rfos("repl", wrong, input=b"").exit_code == 1
