"""`rfos calibrate`: the table, the market file that `rfos price` reads, the picture."""

from math import sqrt
from pathlib import Path

import pytest
from scipy.special import ndtr

from tests.cli.running import document, options, rfos
from tests.valuation.test_calibration import SMILE, chain_of


def test_a_fit_is_told_written_and_drawn(tmp_path: Path) -> None:
    chain, market, plot = (tmp_path / name for name in ("chain.csv", "market.toml", "fit.png"))
    chain.write_text(chain_of(SMILE))
    result = rfos("calibrate", chain, "-o", market, "--plot", plot)
    assert result.exit_code == 0 and "2026-06-30" in result.stdout and "wrote" in result.stdout
    assert plot.read_bytes().startswith(b"\x89PNG")
    call = options(underlying="BTC", cash="USD", strike="50_000", expiry="2026-06-30")
    found = document("price", "std.options.EuropeanCall", "-m", market, *call)
    assert (found["model"], found["method"]) == ("SVI smile", "static replication")


def test_as_json(tmp_path: Path) -> None:
    chain = tmp_path / "chain.csv"
    chain.write_text(chain_of(SMILE))
    made = document("calibrate", chain)
    assert made["ok"] and [each["strikes"] for each in made["expiries"]] == [13, 13]
    assert made["spot"] == pytest.approx(50_000) and made["left_out"] == []


@pytest.mark.parametrize("model", ["sabr", "merton", "local_volatility", "lognormal"])
def test_each_model_is_told_written_drawn_and_priced(tmp_path: Path, model: str) -> None:
    chain, market, plot = (tmp_path / name for name in ("chain.csv", "market.toml", "fit.svg"))
    chain.write_text(chain_of(SMILE))
    made = document("calibrate", chain, "--model", model, "-o", market, "--plot", plot)
    assert made["model"] == model and made["parameters"] and "<svg" in plot.read_text()
    for expiry in made["expiries"]:
        assert 0 <= expiry["price_error"] <= expiry["worst_price"]
        assert len(expiry["quotes"]) == expiry["strikes"] == 13
    quote, years = made["expiries"][1]["quotes"][6], 180 / 365
    put = options(underlying="BTC", cash="USD", strike=repr(quote["strike"]), expiry="2026-06-30")
    found = document("price", "std.options.EuropeanPut", "-m", market, *put)
    expected = quote["strike"] * (2 * ndtr(quote["fitted"] * sqrt(years) / 2) - 1)
    assert found["value"] == pytest.approx(expected, rel=1e-5)  # the strike is the forward


def test_beta_is_given(tmp_path: Path) -> None:
    chain = tmp_path / "chain.csv"
    chain.write_text(chain_of(SMILE))
    made = document("calibrate", chain, "--model", "sabr", "--beta", "0.5")
    assert {each["beta"] for each in made["parameters"].values()} == {0.5}
    assert rfos("calibrate", chain, "--model", "sabr", "--beta", "2").exit_code != 0


def test_a_dropped_quote_is_told_with_its_strike_and_expiry(tmp_path: Path) -> None:
    chain = tmp_path / "chain.csv"
    lines = chain_of(SMILE).splitlines()
    crossed = lines[1].replace(",0.01,0.011,", ",0.02,0.011,")
    chain.write_text("\n".join([lines[0], crossed, *lines[2:]]))
    made = document("calibrate", chain)
    (dropped,) = made["dropped"]
    assert dropped["expiry"].startswith("2026-01-31") and "bid" in dropped["reason"]
    told = " ".join(rfos("calibrate", chain).stdout.split())
    assert "of 2026-01-31 is dropped: its bid is above its ask." in told


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    result = rfos("calibrate", tmp_path / "chain.csv", "--plot", tmp_path / "fit.pdf")
    assert result.exit_code == 1 and "fit.pdf" in result.stderr
