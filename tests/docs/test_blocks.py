"""What README.md and the pages of reference show: their programs are right, their commands run."""

import re
import shlex
from pathlib import Path

import pytest

from rfos_lang.semantics.analyse import analyse
from tests.cli.running import ROOT, rfos
from tests.core.lives import library

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STARTS = re.compile(r"(?:^|&& )(?:\.venv/bin/)?rfos (.*)$", re.MULTILINE)
SHOWING = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/reference/language.md",
    "docs/reference/meaning.md",
)


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a page in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block for kind, block in _BLOCK.findall(text) if kind == language]


PROGRAMS = [(page, text) for page in SHOWING for text in blocks(page, "rfos")]
COMMANDS = [line for block in blocks("README.md", "sh") for line in _STARTS.findall(block)]


def test_they_show_something() -> None:
    assert len(PROGRAMS) >= 7
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize(("page", "text"), PROGRAMS)
def test_a_program_shown_is_right(page: str, text: str) -> None:
    assert analyse(text, page, library).diagnostics == ()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_shown_runs(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    done = rfos(*shlex.split(command))
    assert done.exit_code == 0, done.output
    assert done.stdout


@pytest.mark.parametrize("program", blocks("README.md", "python"))
def test_python_shown_runs(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(program, "README.md", "exec"), {})
    assert "closed form" in capsys.readouterr().out
