"""The Python interface says what the commands say."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import rfos_lang
from rfos_lang import api
from tests.cli.running import BITCOIN, CALL, MARKET, ROOT, document

TERMS = {"underlying": "BTC", "cash": "USD", "strike": 60_000, "expiry": date(2026, 12, 25)}
PORTFOLIO = ROOT / "examples/portfolio/portfolio.toml"


def test_it_prices_as_the_command_does() -> None:
    found = rfos_lang.price(CALL, MARKET, **TERMS)
    told = document("greeks", CALL, "-m", MARKET, *BITCOIN)
    assert found.value == told["value"] and found.method == told["method"]
    assert [greek.value for greek in found.greeks] == [each["value"] for each in told["greeks"]]


def test_contracts_and_markets_may_be_texts() -> None:
    text = (
        "contract Double(u, cash: Asset, day: Date) between a, b"
        " { at day { b pays a 2 u * spot(u, cash) }; unsecured }"
    )
    double = rfos_lang.contract("double.rfos", text)
    quoted = 'as_of = 2026-01-01\n[spots]\n"spot(BTC, USD)" = 50_000\n[rates]\nUSD = 0\n'
    market = rfos_lang.market("now.toml", quoted + "[yields]\nBTC = 0\n")
    found = rfos_lang.price(double, market, u="BTC", cash="USD", day=date(2026, 7, 1))
    assert found.value == pytest.approx(100_000)


def test_a_portfolio_is_valued_line_by_line() -> None:
    lines = list(rfos_lang.price_portfolio(PORTFOLIO, MARKET, greeks=False))
    told = document("price", PORTFOLIO, "-m", MARKET)
    found = [line.valuation.value for line in lines if line.valuation]
    assert found == [each["value"] for each in told["positions"]]
    positions = rfos_lang.portfolio(PORTFOLIO)
    assert [line.position for line in lines] == list(positions)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("65_000 USD/BTC", "65_000 USD/BTC"),
        (0.5, "0.5"),
        (65_000, "65000"),
        (date(2026, 7, 1), "2026-07-01"),
        (datetime(2026, 7, 1, 8, tzinfo=UTC), "2026-07-01T08:00:00Z"),
        (["BTC", "ETH"], "[BTC, ETH]"),
        ([date(2026, 7, 1), date(2026, 8, 1)], "[2026-07-01, 2026-08-01]"),
    ],
)
def test_values_are_spelled_as_the_language_does(value: api.Argument, text: str) -> None:
    assert api.spelled(value) == text


def test_a_failure_points_at_the_place() -> None:
    with pytest.raises(rfos_lang.Failure, match=r"E0521.*strik") as refusal:
        rfos_lang.price(CALL, MARKET, **{**TERMS, "strik": 1})
    assert "did you mean `strike`?" in str(refusal.value)
    with pytest.raises(rfos_lang.Failure, match="E1001"):
        rfos_lang.market(Path("nowhere.toml"))


def test_what_is_offered_is_what_there_is() -> None:
    assert set(dir(rfos_lang)) == set(api.__all__)
    for name in api.__all__:
        assert getattr(rfos_lang, name) is getattr(api, name)
    with pytest.raises(AttributeError):
        rfos_lang.nothing  # noqa: B018


def test_importing_the_package_is_quick() -> None:
    code = "import rfos_lang, sys; print(sum(name.startswith('rfos_lang') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
