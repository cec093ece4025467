"""Scenarios whose blocks would lie far apart: a long step is a node's longest, and steps that are
written one by one lie within a bound.
"""

from pathlib import Path

import pytest

from rfos_lang.driver.scenario import parse_scenario
from rfos_runtime.records.commands import DAY
from tests.cli.running import document

HEAD = """
title = "Years"
from = 2026-01-01T00:00:00Z
to = {to}-01-01T00:00:00Z
step = "{step}"

[feeds]

[accounts.ann]
USD = 1

[instruments.swap]
contract = "std.delivery.DeliveryVersusPayment"
with = {{ bond = "BTC", cash = "USD", face = 2, price = 900, deadline = "2026-01-05" }}
"""
STEPS = "[[steps]]\nat = 2026-01-02\n[[steps]]\nat = {at}\n"


def scenario(folder: Path, text: str) -> Path:
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_scenario_of_two_years_runs_a_day_a_block(tmp_path: Path) -> None:
    text = HEAD.format(to=2028, step="30d")
    told = document("run", scenario(tmp_path, text))
    assert (told["ok"], told["blocks"]) == (True, 2 + 2 * 365)


def test_a_step_is_a_day_at_most() -> None:
    for step, length in (("36h", DAY), ("24h", DAY), ("12h", DAY // 2)):
        found, wrong = parse_scenario(HEAD.format(to=2028, step=step), "file")
        assert found is not None and not wrong
        assert found.step == length


@pytest.mark.parametrize("at, codes", [("2026-01-12", []), ("2026-01-13", ["E0835"])])
def test_steps_lie_ten_days_apart_at_most(at: str, codes: list[str], tmp_path: Path) -> None:
    text = HEAD.format(to=2027, step="1h") + STEPS.format(at=at)
    found = document("run", scenario(tmp_path, text), "--kernel", "reference")
    assert [each["code"] for each in found.get("diagnostics", [])] == codes
