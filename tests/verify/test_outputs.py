"""Contracts with a known flaw: what `rfos verify` says, and that the flaw shows when they run."""

from pathlib import Path

import pytest

from tests.cli.running import document, rfos
from tests.verify.outputs import CONTRACTS, FOLDER, said

REPLAYED = {
    "divided_by_zero": "division by zero",
    "escrow_after_choice": "escrow left",
    "escrow_left": "escrow left",
    "escrow_short": "escrow short",
    "too_large": "overflow",
}
"""Why the kernel stops each contract whose refutation is a path."""


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.stem)
def test_what_is_said(contract: Path) -> None:
    assert said(contract) == contract.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REPLAYED)
def test_a_counterexample_replays(name: str, tmp_path: Path) -> None:
    contract = next(each for each in CONTRACTS if each.stem == name)
    scenario = tmp_path / "counterexample.toml"
    assert rfos("verify", contract, "--scenario", scenario).exit_code == 1
    ran = rfos("run", scenario)
    assert ran.exit_code == 0
    assert f"frozen: its clause was refused, {REPLAYED[name]}" in ran.output


def test_without_a_refutation_there_is_nothing_to_write(tmp_path: Path) -> None:
    scenario = tmp_path / "none.toml"
    result = rfos("verify", "std.options.EuropeanPut", "--scenario", scenario)
    assert result.exit_code == 1
    assert "error[E1013]" in result.stderr
    assert not scenario.exists()


def test_bounds_that_are_stated_count() -> None:
    tight = ["--bounds", "spot(BTC, USD)=50..150"]
    (put,) = document("verify", "std.options.EuropeanPut", *tight)["contracts"]
    assert put["feeds"] == {"spot(BTC, USD)": {"lowest": "50", "highest": "150"}}
    assert [each["at_most"] for each in put["owes"]] == ["50 USD"]


@pytest.mark.parametrize("wrong", ["spot", "spot(BTC, USD)=5", "spot(BTC, USD)=6..5", "x=a..b"])
def test_bounds_that_are_none(wrong: str) -> None:
    result = rfos("verify", "std.options.EuropeanPut", "--bounds", wrong)
    assert result.exit_code == 1
    assert "error[E1014]" in result.stderr


def test_the_document_tells_the_path() -> None:
    (call,) = document("verify", "std.options.EuropeanCall", "-s", "strike=150")["contracts"]
    assert call["passes"]
    assert call["assumed"] == ["underlying", "cash", "expiry"]
    (owes,) = call["owes"]
    assert owes["attained"] and owes["at_least"] == owes["at_most"] == "999,850 USD"
    assert owes["slopes"] == {"spot(BTC, USD)": "1"}
    assert owes["path"][-1] == {
        "at": "2026-07-15",
        "observed": ["spot(BTC, USD) = 1,000,000"],
        "chosen": [],
        "status": "ok",
        "paid": ["writer pays holder 999,850 USD"],
    }


def test_dividends_are_not_negative_and_add_up_to_a_bound() -> None:
    swap = document("verify", "std.equity.DividendSwap", "-s", "size=1")["contracts"][0]
    assert swap["feeds"]["dividends(BTC, USD).amount"] == {"lowest": "0", "highest": "1,000,000"}
    owed = {each["party"]: each["at_most"] for each in swap["owes"]}
    seconds = 195 * 86_400 + 1  # from 2026-01-01 to 2026-07-15
    most = int(owed["short"].removesuffix(" USD").replace(",", ""))
    assert owed["long"] == "100 USD"
    assert seconds * 1_000_000 <= most + 100 <= (seconds + 20) * 1_000_000


def test_the_library_is_verified() -> None:
    contracts = document("verify", Path(__file__).parents[2] / "stdlib")["contracts"]
    assert not [each["name"] for each in contracts if not each["passes"]]


def test_what_was_verified_before_changes_no_answer() -> None:
    contract = FOLDER / "escrow_after_choice.rfos"
    alone = said(contract)
    rfos("verify", "std.options.EuropeanCall")
    assert said(contract) == alone
