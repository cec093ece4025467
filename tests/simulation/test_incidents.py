"""What has happened to others, as files that anybody can read (`examples/incidents`): each is
replayed on the kernel, and goes otherwise here."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.cli.running import ROOT, document, rfos

FOLDER = ROOT / "examples/incidents"
INCIDENTS = sorted(FOLDER.glob("*.toml"))
PAGE = ROOT / "docs/operating/incidents.md"
HISTORY = {
    "no_bids",
    "overshoot",
    "lost_hedge",
    "winner_withdraws",
    "own_mark",
    "clamped_floor",
    "negative_oil",
    "wrong_print",
    "no_delay",
    "silence",
    "old_price",
    "no_pause",
    "sniping",
    "short_squeeze",
}


def test_all_are_there_and_told() -> None:
    assert {path.stem for path in INCIDENTS} == HISTORY
    assert set(re.findall(r"examples/incidents/(\w+)\.toml\)", PAGE.read_text())) == HISTORY


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_it_goes_otherwise_here(path: Path) -> None:
    """Every order has the code that the file gives, every expectation and invariant holds."""
    steps = tomllib.loads(path.read_text())["steps"]
    assert all("code" in order for step in steps for order in step.get("orders", ()))
    assert steps[-1].get("expect")
    told = document("run", path)
    assert told["ok"]
    assert [step["unmet"] for step in told["steps"]] == [[]] * len(told["steps"])
    assert told["violations"] == []


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_it_says_what_happened_and_what_holds(path: Path) -> None:
    words = path.read_text().partition("\n\ntitle")[0]
    assert words.count("\n#\n") == 1
    assert "\n# Here " in words


def test_an_expectation_that_does_not_hold_is_told(tmp_path: Path) -> None:
    text = (FOLDER / "overshoot.toml").read_text()
    path = tmp_path / "otherwise.toml"
    path.write_text(text.replace('"bob USD" = "72 USD"', '"bob USD" = "71.99 USD"'))
    told = rfos("run", path)
    assert told.exit_code == 1
    assert "EXPECTED OTHERWISE: free of bob USD is 7200" in told.output
    path.write_text(text.replace('code = "accepted"', 'code = "below initial"', 1))
    assert "below initial was expected" in rfos("run", path).output
