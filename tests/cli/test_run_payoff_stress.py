"""`rfos run` on contracts without a closed form: the writer locks its worst case, all is paid."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rfos_lang.cli.main import app

SCENARIO = Path("tests/cli/scenarios/payoff_stress.toml")


def _run(path: Path, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["run", str(path), "--json"])
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module")
def done() -> dict[str, Any]:
    return _run(SCENARIO)


def _change(done: dict[str, Any], account: str, asset: str) -> int:
    (row,) = [r for r in done["accounts"] if (r["account"], r["asset"]) == (account, asset)]
    return int(row["after"]) - int(row["before"])


def test_an_exercise_delivers_and_the_rest_is_taken_by_default(done: dict[str, Any]) -> None:
    texts = [line["text"] for line in done["timeline"] if line["subject"] == "american"]
    assert "a takes `exercise` for 3 lots" in texts
    assert texts.count("pays 1.00000000 BTC") == 1
    assert _change(done, "a", "BTC") == -4 * 10**8
    assert _change(done, "b", "BTC") == 4 * 10**8


def test_every_payment_is_worked_out_by_hand(done: dict[str, Any]) -> None:
    """Premiums 1,000 + 400 + 90,000. The mean of 7,894.66, 7,945.36 and 4,916.78 lies below 7,000,
    so the Asian pays nothing; four puts deliver at 7,500; the note pays 1 % twice while its worst
    is above 80 %, and 55 % at the end as ether fell from 200 to 110."""
    assert (7_894.66 + 7_945.36 + 4_916.78) / 3 < 7_000
    paid = 4 * 7_500 + 2 * 1_000 + 55_000
    assert _change(done, "a", "USD") == (paid - 91_400) * 100


def test_nothing_is_lost(done: dict[str, Any]) -> None:
    assert all(each["came_in"] == each["held"] for each in done["conserved"].values())
    assert done["below_maintenance"] == []


def test_too_little_collateral_is_refused_and_disturbs_nobody(tmp_path: Path) -> None:
    text = SCENARIO.read_text(encoding="utf-8")
    bars = Path("examples/black_thursday/btc_usd_1h.csv").resolve()
    text = text.replace("../../../examples/black_thursday/btc_usd_1h.csv", str(bars))
    assert "second_collateral = 100_000" in text
    text = text.replace("second_collateral = 100_000", "second_collateral = 85_999")
    (tmp_path / "thin.toml").write_text(text, encoding="utf-8")
    texts = [line["text"] for line in _run(tmp_path / "thin.toml")["timeline"]]
    assert "Trade of a, b refused: below initial" in texts
    assert "b writes 4 lots to a for 400.00 USD" in texts
    assert "b writes 1 lot to a for 90,000.00 USD" in texts


def test_a_scenario_that_the_kernel_refuses_from_the_start_is_an_error(tmp_path: Path) -> None:
    text = SCENARIO.read_text(encoding="utf-8").replace(
        "[accounts.a]", "[accounts.operator]\n[accounts.a]"
    )
    bars = Path("examples/black_thursday/btc_usd_1h.csv").resolve()
    text = text.replace("../../../examples/black_thursday/btc_usd_1h.csv", str(bars))
    (tmp_path / "refused.toml").write_text(text, encoding="utf-8")
    wrong = _run(tmp_path / "refused.toml", code=1)
    assert wrong["diagnostics"][0]["code"] == "E0811"
    assert "account exists" in wrong["diagnostics"][0]["message"]
