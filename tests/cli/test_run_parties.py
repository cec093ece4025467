"""`rfos run` on contracts with escrow and third parties: who has what in the end."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import document

SCENARIOS = Path(__file__).parent / "scenarios"


def _after(done: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(row["account"], row["asset"]): int(row["after"]) for row in done["accounts"]}


@pytest.fixture(scope="module")
def delivery() -> dict[str, Any]:
    return document("run", SCENARIOS / "delivery.toml")


def test_an_agent_releases_one_trade_and_the_other_goes_back(delivery: dict[str, Any]) -> None:
    after = _after(delivery)
    assert after["ann", "BTC"] == 2 * 10**8
    assert (after["bob", "BTC"], after["bob", "USD"]) == (10**8, 90_000)
    assert (after["ann", "USD"], after["agnes", "USD"]) == (200_000 - 90_150, 150)
    texts = [line["text"] for line in delivery["timeline"]]
    assert "Choose of agnes refused: choice refused" in texts  # bob has deposited nothing


def test_nothing_stays_in_escrow(delivery: dict[str, Any]) -> None:
    assert not any(
        name.startswith("escrow") and units for (name, _), units in _after(delivery).items()
    )
    assert all(each["came_in"] == each["held"] for each in delivery["conserved"].values())


def test_a_party_without_an_account_is_said(tmp_path: Path) -> None:
    text = (SCENARIOS / "delivery.toml").read_text(encoding="utf-8")
    line = 'parties = { agent = "agnes" }'
    for wrong, code in (
        ("", "E0812"),
        ('parties = { agent = "agnes", broker = "bob" }', "E0813"),
        ('parties = { agent = "nobody" }', "E0805"),
    ):
        (tmp_path / "wrong.toml").write_text(text.replace(line, wrong, 1), encoding="utf-8")
        assert document("run", tmp_path / "wrong.toml")["diagnostics"][0]["code"] == code
