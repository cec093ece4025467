"""A scenario in which an account posts an asset that its margin policy takes with a haircut: the
one of the guide's page."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rfos_lang.cli.main import app
from rfos_runtime.journal.journal import FILE

PAGE = Path("docs/guide/portfolio-margin.md")


@pytest.fixture
def covered(tmp_path: Path) -> Path:
    """The scenario, its policy beside it."""
    text = PAGE.read_text(encoding="utf-8")
    for kind, name in (("rfos", "pledges.rfos"), ("toml", "covered.toml")):
        found = re.search(f"^```{kind} {name}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert found is not None
        (tmp_path / name).write_text(found[1], encoding="utf-8")
    return tmp_path / "covered.toml"


def test_both_kernels_write_the_same_journal(covered: Path, tmp_path: Path) -> None:
    told, journals = [], []
    for kernel in ("reference", "fast"):
        where = ["--journal", str(tmp_path / kernel), "--kernel", kernel, "--json"]
        made = CliRunner().invoke(app, ["run", str(covered), *where])
        assert made.exit_code == 0, made.output
        told.append(json.loads(made.stdout))
        journals.append((tmp_path / kernel / FILE).read_bytes())
    assert told[0] == told[1] and journals[0] == journals[1]
    assert told[0]["conserved"]["BTC"]["held"] == str(2 * 10**8)


@pytest.mark.parametrize(
    ("before", "after", "code", "words"),
    [
        ('"spot(ETH, USD)" = { value = 3_000 }\n', "", "E0809", "nothing supplies spot(ETH, USD)"),
        ('asset = "BTC"', 'asset = "DOGE"', "E0805", "DOGE"),
        ('asset = "BTC"', "asset = 3", "E0804", "asset"),
    ],
)
def test_what_is_wrong_is_told(
    covered: Path, before: str, after: str, code: str, words: str
) -> None:
    text = covered.read_text(encoding="utf-8")
    assert before in text
    covered.write_text(text.replace(before, after), encoding="utf-8")
    made = CliRunner().invoke(app, ["run", str(covered)])
    assert made.exit_code == 1 and code in made.output and words in made.output


def test_what_a_policy_does_not_take_is_refused_by_name(covered: Path) -> None:
    text = covered.read_text(encoding="utf-8").replace('asset = "BTC"', 'asset = "USD"')
    covered.write_text(text, encoding="utf-8")
    made = CliRunner().invoke(app, ["run", str(covered)])
    assert "no position" in made.output
