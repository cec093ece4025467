"""`rfos margin` on the example."""

from pathlib import Path

import pytest

from tests.cli.running import MARKET, ROOT, document, rfos

POLICY = f"{ROOT / 'examples/portfolio/policy.rfos'}:CryptoPortfolio"
PORTFOLIO = str(ROOT / "examples/portfolio/portfolio.toml")


def test_the_table_says_what_must_be_held() -> None:
    made = rfos("margin", POLICY, PORTFOLIO, "-m", MARKET)
    assert made.exit_code == 0
    assert "worst_loss" in made.stdout and "The worst of 27 scenarios: spot +16%" in made.stdout


def test_the_document_holds_every_scenario() -> None:
    told = document("margin", POLICY, PORTFOLIO, "-m", MARKET)
    assert len(told["scenarios"]) == 27
    assert told["worst"] == max(told["scenarios"], key=lambda each: each["loss"])
    measures = told["measures"]
    add_on = 0.006 * measures["gross_notional"] * measures["concentration"]
    assert told["maintenance"] == pytest.approx(measures["worst_loss"] + add_on)
    assert told["initial"] == pytest.approx(1.3 * told["maintenance"])


def test_a_policy_that_is_not_there_is_named() -> None:
    made = rfos("margin", POLICY + "s", PORTFOLIO, "-m", MARKET)
    assert made.exit_code == 1 and "did you mean `CryptoPortfolio`?" in made.stderr


def test_check_says_what_carries_out_a_policy() -> None:
    made = rfos("check", POLICY.partition(".rfos")[0] + ".rfos")
    assert "27 scenarios of spot and volatility" in made.stdout
    assert "takes   USD\n" in made.stdout
    assert "by `rfos margin`, and by accounts of the kernel that elect it" in made.stdout


def test_the_only_policy_of_a_file_with_contracts_needs_no_name(tmp_path: Path) -> None:
    file = tmp_path / "desk.rfos"
    policy = Path(POLICY.partition(":")[0]).read_text(encoding="utf-8")
    contract = (
        "contract Gift(cash: Asset, day: Date) between giver, taker {\n"
        "    at day { giver pays taker 1 cash }\n    unsecured\n}\n"
    )
    file.write_text(policy + "\n" + contract, encoding="utf-8")
    made = rfos("margin", file, PORTFOLIO, "-m", MARKET)
    assert made.exit_code == 0 and "CryptoPortfolio" in made.stdout, made.stderr


def test_what_is_posted_is_counted_less_its_haircut(tmp_path: Path) -> None:
    policy = Path(POLICY.partition(".rfos")[0] + ".rfos").read_text(encoding="utf-8")
    taking, book = tmp_path / "desk.rfos", tmp_path / "book.toml"
    cut = "    haircuts: 20% of BTC, 12.5% of ETH\n}"
    taking.write_text(policy.replace("\n}", "\n" + cut), encoding="utf-8")
    posted = "\n[collateral]\nUSD = 1_000\nBTC = 0.5\n"
    book.write_text(Path(PORTFOLIO).read_text(encoding="utf-8") + posted, encoding="utf-8")
    told = document("margin", taking, book, "-m", MARKET)
    usd, bitcoin = told["posted"]
    assert (usd["counts"], bitcoin["units"]) == (1_000, 0.5)
    value = sum(each["value"] for each in told["positions"])
    assert told["equity"] == pytest.approx(1_000 + bitcoin["counts"] + value)
    made = rfos("margin", taking, book, "-m", MARKET)
    assert "missing to initial" in made.stdout and "equity" in made.stdout
    assert "takes   USD, BTC less 20%, ETH less 12.5%" in rfos("check", taking).stdout
    refused = rfos("margin", POLICY, book, "-m", MARKET)
    assert refused.exit_code == 1 and "`CryptoPortfolio` takes USD, no BTC" in refused.stderr
    bytes_of = tmp_path / "desk.policy"
    assert rfos("compile", taking, "-o", bytes_of).exit_code == 0
    assert "haircuts    20% of BTC, 12.5% of ETH" in rfos("inspect", bytes_of).stdout
