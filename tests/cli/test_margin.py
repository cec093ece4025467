"""`rfos margin` on the example."""

from pathlib import Path

import pytest

from tests.cli.running import MARKET, ROOT, document, rfos

POLICY = f"{ROOT / 'examples/portfolio/policy.rfos'}:CryptoPortfolio"
PORTFOLIO = str(ROOT / "examples/portfolio/portfolio.toml")


def test_the_table_says_what_must_be_held() -> None:
    made = rfos("margin", POLICY, PORTFOLIO, "-m", MARKET)
    assert made.exit_code == 0
    assert "worst_loss" in made.stdout and "The worst of 27 scenarios: spot +0.16" in made.stdout


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
