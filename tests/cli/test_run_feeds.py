"""`rfos run` on what is observed besides prices: worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
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


def test_a_fixing_is_waited_for_and_after_two_days_a_spot_price_stands_for_it() -> None:
    """The strip: 1.10 for 5 January comes a day later; none comes for the 7th, so at the end of the
    9th's first eight hours the spot of 1.05 counts; both are paid two TARGET days after their date.
    The rates of 5 % and 4 % come when they come. `rain` resolved at 18:00 on the 6th, paid a
    business day later; `snow` did not before its deadline."""
    assert _paid(SCENARIOS / "fixings.toml") == [
        ("2026-01-06T06:00", "rate", "pays 50.00 USD"),
        ("2026-01-07T06:00", "rate", "pays 40.00 USD"),
        ("2026-01-07T18:00", "strip", "pays 100.00 USD"),
        ("2026-01-07T18:00", "rain", "pays 500.00 USD"),
        ("2026-01-08", "snow", "pays 5.00 USD"),
        ("2026-01-09T12:00", "strip", "pays 50.00 USD"),
    ]


def test_each_record_of_a_stream_acts_once_whatever_is_waited_for() -> None:
    """The swap: 2 a share on 10 shares, then after a split 9 and 18 on 12.5, on their dates or, if
    that is past, at once; and 12.5 times the gain of 10. The reinvested share waits for a price at
    the second dividend and acts on both when it comes: 10 x 1.02 x (1 + 9/90) x (1 + 18/90)."""
    assert _paid(SCENARIOS / "streams.toml") == [
        ("2026-01-09T06:00", "swap", "pays 112.50 USD"),
        ("2026-01-12", "swap", "pays 125.00 USD"),
        ("2026-01-12", "share", "pays 13.46400000 BTC"),
        ("2026-01-19", "swap", "pays 20.00 USD"),
        ("2026-01-20", "swap", "pays 225.00 USD"),
    ]


def test_futures_pay_what_the_price_has_moved_and_funding_beside() -> None:
    """Five lots of 2: 10 up, 6 down. The perpetual of 10 also pays 10 x 110 x 1 % at 20:00, half of
    the 2 % by which its quote lies above the price then, and is netted with the 60 of midnight."""
    assert _paid(SCENARIOS / "futures.toml") == [
        ("2026-01-05T12:00", "future", "pays 100.00 USD"),
        ("2026-01-05T12:00", "forever", "pays 100.00 USD"),
        ("2026-01-06", "forever", "pays 71.00 USD"),
        ("2026-01-06", "future", "pays 60.00 USD"),
        ("2026-01-07", "forever", "pays 160.00 USD"),
    ]


def test_an_instance_that_began_before_stands_where_its_history_left_it() -> None:
    """The mean of 90 and 93, which the file tells, and of the 120 that the scenario observes."""
    assert _paid(SCENARIOS / "seasoned.toml") == [("2026-01-19", "average", "pays 101.00 USD")]


@pytest.mark.parametrize("line", [1, 2])
def test_a_history_with_a_hole_is_refused(tmp_path: Path, line: int) -> None:
    """A fixing that fell due before and is not told leaves the instance behind."""
    for name in ("seasoned.toml", "seasoned.rfos", "seasoned.csv"):
        text = (SCENARIOS / name).read_text(encoding="utf-8")
        if name.endswith(".csv"):
            lines = text.splitlines()
            text = "\n".join(lines[:line] + lines[line + 1 :])
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["run", str(tmp_path / "seasoned.toml"), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "E0811"
