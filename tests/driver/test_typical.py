"""What a contract is written on where nobody says it: near the market, where there is one."""

from rfos_lang.cli.files import library
from rfos_lang.core.typical import BEGIN, NO_SPOTS, Spots
from rfos_lang.driver.opening import Source, checked
from rfos_lang.driver.typical import typical


def _chosen(contract: str, spots: Spots, **given: str) -> dict[str, str]:
    source = Source("std.options", library("std.options") or "")
    return typical(checked(source, contract, library), given, BEGIN, spots)[1]


def test_assets_and_prices_are_those_of_the_market() -> None:
    strange = {("SAP", "EUR"): 212.5}
    chosen = _chosen("EuropeanCall", strange | {("ETH", "EUR"): 2_212.5, ("BTC", "USD"): 65_000.0})
    assert (chosen["underlying"], chosen["cash"], chosen["strike"]) == ("ETH", "EUR", "2212.5")


def test_prices_are_those_of_the_asset_that_is_given() -> None:
    spots = {("ETH", "EUR"): 2_212.5, ("BTC", "USD"): 65_000.0}
    chosen = _chosen("EuropeanCall", spots, underlying="BTC", cash="USD")
    assert chosen["strike"] == "65000"


def test_without_a_market_a_price_is_a_hundred() -> None:
    chosen = _chosen("EuropeanCall", NO_SPOTS)
    assert (chosen["underlying"], chosen["cash"], chosen["strike"]) == ("BTC", "USD", "100")
