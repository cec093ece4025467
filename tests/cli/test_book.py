"""`rfos price` of a portfolio file, `rfos ladder`, `rfos scenarios`, `rfos attribute`."""

import csv
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.running import BITCOIN, CALL, MARKET, ROOT, document, rfos

PORTFOLIO = str(ROOT / "examples/portfolio/portfolio.toml")
SCENARIOS = str(ROOT / "examples/portfolio/scenarios.toml")


def test_each_position_and_all_together() -> None:
    told = document("price", PORTFOLIO, "-m", MARKET)
    assert told["ok"] and told["not_valued"] == 0
    values = [each["quantity"] * each["value"] for each in told["positions"]]
    assert told["total"]["value"] == pytest.approx(sum(values))
    shown = rfos("greeks", PORTFOLIO, "-m", MARKET).stdout
    assert "together" in shown and "delta" in shown


def test_rows_are_the_same_in_every_format(tmp_path: Path) -> None:
    for name in ("rows.csv", "rows.jsonl", "rows.parquet"):
        assert rfos("greeks", PORTFOLIO, "-m", MARKET, "-o", tmp_path / name).exit_code == 0
    lines = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    table = pyarrow.parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    assert [{k: v for k, v in row.items() if v is not None} for row in table] == [
        {k: v for k, v in row.items() if v is not None} for row in rows
    ]
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [float(each["value"]) for each in cells] == [each["value"] for each in rows]


def test_an_unknown_ending_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    refused = rfos("price", PORTFOLIO, "-m", MARKET, "-o", tmp_path / "rows.xls")
    assert refused.exit_code == 1 and "E1024" in refused.stderr


def test_a_position_that_cannot_be_valued_is_named(tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text(
        "contract,underlying,cash,strike,expiry\n"
        f"{CALL},BTC,USD,60_000,2026-12-25\n"
        f"{CALL},BTC,USD,,2026-12-25\n"
        "std.options.Nothing,BTC,USD,1,2026-12-25\n",
        encoding="utf-8",
    )
    made = rfos("price", file, "-m", MARKET)
    assert made.exit_code == 1
    assert "without 2 that could not be valued" in made.stdout
    assert "E0522" in made.stderr and "E1003" in made.stderr


def test_a_long_book_is_told_by_contract(tmp_path: Path) -> None:
    rows = [f"{CALL},BTC,USD,{strike},2026-12-25" for strike in range(50_000, 50_060)]
    file = tmp_path / "book.csv"
    file.write_text("\n".join(["contract,underlying,cash,strike,expiry", *rows, ""]))
    assert f"{CALL} × 60" in rfos("price", file, "-m", MARKET).stdout


def test_a_ladder_has_a_value_for_each_move() -> None:
    grid = ("--spots", "-10%..10%:3", "--volatilities", "0%")
    told = document("ladder", CALL, "-m", MARKET, *BITCOIN, *grid)
    gains = [each["gain"] for each in told["points"]]
    assert gains[1] == 0.0 and gains[0] < 0 < gains[2]
    value = document("price", CALL, "-m", MARKET, *BITCOIN)["value"]
    assert told["before"] == told["points"][1]["value"] == value
    assert "spots downward" in rfos("ladder", CALL, "-m", MARKET, *BITCOIN, *grid).stdout


@pytest.mark.parametrize("text", ["much", "1%..2%:0", "1%..2%:many", "-1%..", "..:3", "1..2:9999"])
def test_a_grid_that_cannot_be_read_is_refused(text: str) -> None:
    refused = rfos("ladder", CALL, "-m", MARKET, *BITCOIN, f"--spots={text}")
    assert refused.exit_code == 1 and "E1023" in refused.stderr


def test_scenarios_have_their_names() -> None:
    told = document("scenarios", PORTFOLIO, SCENARIOS, "-m", MARKET)
    assert told["scenarios"][0]["name"] == "crash"
    assert "crash" in rfos("scenarios", PORTFOLIO, SCENARIOS, "-m", MARKET).stdout


def test_a_gain_is_taken_apart(tmp_path: Path) -> None:
    after = tmp_path / "after.toml"
    text = Path(MARKET).read_text(encoding="utf-8")
    after.write_text(text.replace("2026-01-01", "2026-01-08").replace("65_000", "66_000"))
    told = document("attribute", PORTFOLIO, "-m", MARKET, "--after", after)
    assert sum(each["amount"] for each in told["shares"]) == pytest.approx(told["gain"])
    made = rfos("attribute", PORTFOLIO, "-m", MARKET, "--after", after)
    assert "theta" in made.stdout and "rest" in made.stdout
