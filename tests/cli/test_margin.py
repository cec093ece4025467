"""`rfos margin` on the example."""

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
    assert "the kernel does not carry out policies yet" in made.stdout
