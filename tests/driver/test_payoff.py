"""The picture of a payoff, point by point."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import parse_instant
from rfos_lang.cli.files import opened
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.opening import Source
from rfos_lang.driver.payoff import Curve, axis, payoff, today
from rfos_lang.driver.pricing import How, market_of, priced
from rfos_lang.valuation.market import Market
from tests.cli.running import MARKET

START = parse_instant("2026-01-01")
COMMON = {"underlying": "BTC", "cash": "USD", "expiry": "2026-12-25"}


def made(contract: str, **arguments: str) -> Instance:
    return instance(opened(f"std.{contract}"), COMMON | arguments, START)


def market() -> Market:
    with open(MARKET, encoding="utf-8") as file:
        return market_of(Source(MARKET, file.read()))


def amounts(curve: Curve) -> list[tuple[float, float]]:
    return list(zip(curve.prices, curve.amounts, strict=True))


@given(st.integers(10_000, 90_000))
@settings(max_examples=10)
def test_call_less_put_is_forward(strike: int) -> None:
    call, put = (made(f"options.European{kind}", strike=str(strike)) for kind in ("Call", "Put"))
    pictures = [payoff(each, None, low=5_000, high=100_000).paid for each in (call, put)]
    assert pictures[0].prices == pictures[1].prices
    for price, bought, sold in zip(pictures[0].prices, *(p.amounts for p in pictures), strict=True):
        assert bought - sold == pytest.approx(price - strike, abs=0.011)


def test_the_strike_is_a_point_of_the_picture() -> None:
    picture = payoff(made("options.Straddle", strike="61_234.56"), None)
    assert dict(amounts(picture.paid))[61_234.56] == 0
    assert [(level.name, level.price) for level in picture.levels] == [("strike", 61_234.56)]


def test_delivery_counts_at_the_price_drawn() -> None:
    picture = payoff(made("options.AmericanPut", strike="60_000"), None)
    for price, amount in amounts(picture.paid):
        assert amount == pytest.approx(max(60_000 - price, 0), abs=0.011)


def test_the_value_drawn_is_the_price() -> None:
    call, here = made("options.EuropeanCall", strike="60_000"), market()
    picture = payoff(call, here)
    assert picture.today is not None
    for price, value in amounts(picture.today)[::20]:
        moved = replace(here, spots={("BTC", "USD"): price})
        arguments = COMMON | {"strike": "60_000"}
        found = priced(opened("std.options.EuropeanCall"), arguments, moved, how=How("closed_form"))
        assert value == pytest.approx(found.valuation.value, abs=1e-6)


def test_without_a_closed_form_no_value_is_drawn() -> None:
    assert payoff(made("options.AmericanPut", strike="60_000"), market()).today is None


def test_the_other_assets_stand_at_the_market() -> None:
    arguments = {
        "basket": "[BTC, ETH]",
        "cash": "USD",
        "notional": "1_000",
        "observations": "[2026-06-30, 2026-12-31]",
        "autocall": "110%",
        "coupon_barrier": "70%",
        "knock_in": "60%",
        "coupon": "8%",
    }
    note = instance(opened("std.notes.Autocallable"), arguments, START)
    by_bitcoin, by_ether = (payoff(note, market(), asset) for asset in ("BTC", "ETH"))
    assert (by_bitcoin.asset, by_ether.asset) == ("BTC", "ETH")
    # The worst is never above the other asset, which stands at its start: no redemption, no matter
    # how high the price; both coupons and the notional at the end.
    for picture in (by_bitcoin, by_ether):
        assert picture.paid.amounts[-1] == pytest.approx(1_160)


def refusal(*arguments: object, **options: float) -> str:
    with pytest.raises(Failure) as failure:
        payoff(*arguments, **options)  # type: ignore[arg-type]
    (diagnostic,) = failure.value.diagnostics
    return diagnostic.message


def test_what_cannot_be_drawn() -> None:
    call = made("options.EuropeanCall", strike="60_000")
    assert refusal(call, None, "ETH").endswith("it does not observe the price of ETH")
    assert refusal(call, None, low=10.0, high=5.0).endswith("prices from 10 to 5 are no range")
    assert refusal(call, None, high=1e300).endswith("some of its prices are too high to settle at")


def test_the_axis_is_that_of_a_picture_without_a_market() -> None:
    reversal = made("strategies.RiskReversal", low="50_000", high="80_000")
    drawn, picture = axis(reversal), payoff(reversal, None)
    assert set(drawn.prices) <= set(picture.paid.prices)
    assert {50_000.0, 80_000.0} <= set(drawn.prices)
    assert (drawn.asset, drawn.cash) == (picture.asset, picture.cash)
    assert drawn.levels == picture.levels


def test_with_a_market_the_axis_and_the_value_along_it_are_those_of_the_picture() -> None:
    reversal = made("strategies.RiskReversal", low="50_000", high="80_000")
    here = market()
    over, picture = axis(reversal, here), payoff(reversal, here)
    assert set(over.prices) <= set(picture.paid.prices)
    assert over.levels == picture.levels
    assert picture.today is not None and today(reversal, here, over) == picture.today


def test_what_has_no_end_has_no_axis() -> None:
    arguments = {"underlying": "BTC", "cash": "USD", "size": "1"}
    future = instance(opened("std.futures.PerpetualFuture"), arguments, START)
    with pytest.raises(Failure, match="it is perpetual"):
        axis(future)


def test_an_axis_in_a_market_that_lacks_its_price_is_refused() -> None:
    reversal = made("strategies.RiskReversal", low="50_000", high="80_000")
    with pytest.raises(Failure, match="E0605"):
        axis(reversal, replace(market(), spots={}))
