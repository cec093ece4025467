"""`rfos calibrate` on quotes of rates and credit: the tables, the market file, the picture."""

from pathlib import Path

import pytest

from tests.cli.running import ROOT, document, options, rfos
from tests.cli.test_any_input import CONTENTS

QUOTES = ROOT / "examples/quotes/euro.toml"


def test_what_is_found_is_told_written_and_drawn(tmp_path: Path) -> None:
    market, plot = tmp_path / "market.toml", tmp_path / "fit.svg"
    result = rfos("calibrate", QUOTES, "-o", market, "--plot", plot)
    assert result.exit_code == 0 and result.stderr == ""
    assert "39 quotes as of 2026-03-20" in result.stdout and "wrote" in result.stdout
    assert "swap 30y" in result.stdout and "Hull-White(EUR)" in result.stdout
    assert plot.read_text().startswith("<?xml")
    call = options(
        cash="EUR",
        notional="1_000_000",
        fixed="2.6%",
        index="EURIBOR_6M",
        fixed_leg="schedule(first: 2028-03-22, last: 2033-03-22, step: 1y)",
        floating_leg="schedule(first: 2028-03-22, last: 2033-03-22, step: 6M)",
        expiry="2028-03-20",
    )
    found = document("price", "std.swaptions.PayerSwaption", "-m", market, *call)
    assert (found["model"], found["method"]) == ("Hull-White", "quadrature")


def test_as_json() -> None:
    made = document("calibrate", QUOTES)
    assert made["ok"] and [each["name"] for each in made["curves"]] == ["EUR", "EURIBOR"]
    quotes = [quote for each in (*made["curves"], *made["hazards"]) for quote in each["quotes"]]
    assert all(abs(each["difference"]) < 1e-12 for each in quotes) and len(quotes) == 31
    (factor,) = made["hull_white"]
    assert factor["reversion"] == pytest.approx(0.0147, abs=1e-4)
    assert max(abs(each["difference"]) for each in factor["quotes"]) < 2e-4


def test_what_is_wrong_is_shown_at_its_line(tmp_path: Path) -> None:
    quotes = tmp_path / "quotes.toml"
    quotes.write_text(QUOTES.read_text().replace('30y = "2.72%"', '30y = "72%"'))
    result = rfos("calibrate", quotes)
    assert result.exit_code == 1 and "swaps.30y" in result.stderr
    assert '30y = "72%"' in result.stderr and "error[E0645]" in result.stderr


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_of_any_content_is_refused(tmp_path: Path, content: str) -> None:
    quotes = tmp_path / "quotes.toml"
    quotes.write_bytes(CONTENTS[content])
    result = rfos("calibrate", quotes)
    assert result.exit_code == 1 and "error[E" in result.stderr
    assert document("calibrate", quotes)["ok"] is False


def test_curves_that_end_early_are_told(tmp_path: Path) -> None:
    quotes = tmp_path / "quotes.toml"
    lines = QUOTES.read_text().splitlines()
    short = [line for line in lines if line not in ('30y = "2.72%"', '20y = "2.78%"')]
    quotes.write_text("\n".join(short))
    note = "The zero rate of EUR is taken as flat after 2041-03-26."
    assert note in rfos("calibrate", quotes).stdout
    assert document("calibrate", quotes)["notes"] == [note]
