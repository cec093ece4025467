"""The standard library checks without a word, and its assets are read as the parser reads them."""

from pathlib import Path

import pytest

from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.modules import standard_assets
from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import library

FILES = sorted(standard_library().rglob("*.rfos"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_is_to_be_said(file: Path) -> None:
    analysis = analyse(file.read_text(), file.name, library)
    assert analysis.diagnostics == ()


def test_every_contract_says_its_convention() -> None:
    for file in FILES:
        for definition in analyse(file.read_text(), file.name, library).definitions.values():
            assert definition.doc, definition.name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_contract_has_a_test_beside_it(file: Path) -> None:
    text = file.read_text()
    analysis = analyse(text, file.name, library)
    own = {name for name in analysis.definitions if f"contract {name}(" in text}
    assert own == {test.definition.name for test in analysis.tests}


def test_assets_read_line_by_line_are_those_that_are_parsed() -> None:
    text = library("std.assets")
    module, diagnostics = parse(text, "std.assets")
    assert diagnostics == ()
    parsed = {item.name.text: (item.decimals, item.name.span) for item in module.items}
    read = standard_assets(library)
    assert {name: (asset.places, asset.span) for name, asset in read.items()} == parsed


def test_minor_units_of_iso_4217() -> None:
    places = {name: asset.places for name, asset in standard_assets(library).items()}
    assert [places[name] for name in ("USD", "EUR", "CHF", "CNY", "MRU")] == [2] * 5
    assert [places[name] for name in ("JPY", "KRW", "CLP", "ISK", "XOF")] == [0] * 5
    assert [places[name] for name in ("BHD", "JOD", "KWD", "OMR", "TND")] == [3] * 5
    assert [places[name] for name in ("CLF", "UYW")] == [4] * 2
    assert sum(len(name) == 3 and places[name] == 2 for name in places) > 100


def test_the_supply_of_each_crypto_asset_fits_a_ledger() -> None:
    """Supplies of about 2025, in whole units, ten times over where they are not capped."""
    supplies = {"BTC": 21e6, "ETH": 1.2e9, "SOL": 6e9, "USDT": 2e12, "USDC": 1e12, "XRP": 1e11}
    for name, supply in supplies.items():
        assert supply * 10 ** standard_assets(library)[name].places < 2**63


def test_the_eight_single_barriers_are_there() -> None:
    text = library("std.barriers")
    names = analyse(text, "barriers", library).definitions
    assert set(names) >= {
        f"{side}And{kind}{right}"
        for side in ("Down", "Up")
        for kind in ("In", "Out")
        for right in ("Call", "Put")
    }
