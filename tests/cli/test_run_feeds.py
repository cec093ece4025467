"""`rfos run` on what is observed besides prices: worked out by hand."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from rfos_lang.cli.main import app

SCENARIOS = Path("tests/cli/scenarios")


def _timeline(path: Path) -> list[tuple[str, str, str]]:
    result = CliRunner().invoke(app, ["run", str(path), "--json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    assert all(each["came_in"] == each["held"] for each in document["conserved"].values())
    told = document["timeline"]
    return [(line["at"][:16], line["subject"], line["text"]) for line in told]


def _paid(path: Path) -> list[tuple[str, str, str]]:
    return [line for line in _timeline(path) if line[2].startswith("pays")]


def test_a_storm_costs_a_quarter_and_a_default_everything() -> None:
    """45 mps lies a quarter of the way from 40 to 60; only `Other` fails to pay."""
    assert _paid(SCENARIOS / "storm.toml") == [
        ("2026-01-03", "failed", "pays 300.00 USD"),
        ("2026-01-05", "storm", "pays 750.00 USD"),
    ]
