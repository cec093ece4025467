"""Files that bring in files beside them, from the command line, wherever it is called from."""

from pathlib import Path

import pytest

from tests.cli.running import rfos

LEG = "contract Leg(cash: Asset, t: Date) between a, b { at t { b pays a 1 cash } }\n"
MAIN = (
    "use legs.fixed.{Leg}\n\ncontract Two(cash: Asset, t: Date) between a, b = 2 * Leg(cash, t)\n"
)
MARKET = "as_of = 2026-01-01\n[rates]\nUSD = 0\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "legs").mkdir()
    (tmp_path / "legs" / "fixed.rfos").write_text(LEG)
    (tmp_path / "main.rfos").write_text(MAIN)
    (tmp_path / "market.toml").write_text(MARKET)
    return tmp_path


def test_a_file_beside_it_is_found(desk: Path) -> None:
    checked = rfos("check", str(desk / "main.rfos"))
    assert checked.exit_code == 0 and "1 contract, no errors" in checked.stdout
    market, terms = str(desk / "market.toml"), ("-s", "cash=USD", "-s", "t=2026-06-01")
    priced = rfos("price", f"{desk / 'main.rfos'}:Two", "-m", market, *terms)
    assert priced.exit_code == 0 and "2.00" in priced.stdout


def test_a_file_that_is_not_there_is_named(desk: Path) -> None:
    (desk / "legs" / "fixed.rfos").unlink()
    checked = rfos("check", str(desk / "main.rfos"))
    assert checked.exit_code == 1 and "there is no module `legs.fixed`" in checked.stderr


def test_what_a_file_brings_in_does_not_count_as_its_own(desk: Path) -> None:
    market, terms = str(desk / "market.toml"), ("-s", "cash=USD", "-s", "t=2026-06-01")
    priced = rfos("price", str(desk / "main.rfos"), "-m", market, *terms)
    assert priced.exit_code == 0 and priced.stdout.startswith("Two")
