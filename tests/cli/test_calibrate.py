"""`rfos calibrate`: the table, the market file that `rfos price` reads, the picture."""

from pathlib import Path

import pytest

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


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    result = rfos("calibrate", tmp_path / "chain.csv", "--plot", tmp_path / "fit.pdf")
    assert result.exit_code == 1 and "fit.pdf" in result.stderr
