"""Markets at their limits: a value is finite, with finite Greeks and errors, or refused by name."""

from dataclasses import replace
from math import exp, isfinite
from warnings import catch_warnings, simplefilter

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import bound, market
from tests.valuation.products.library import definitions, product
from tests.valuation.products.markets import FLAT


def volatilities(each: float) -> Market:
    return replace(FLAT, volatilities=dict.fromkeys(FLAT.volatilities, flat_volatility(each)))


def curves(rate: float, carry: float) -> Market:
    rates = dict.fromkeys(FLAT.rates, flat_rate(rate))
    return replace(FLAT, rates=rates, yields=dict.fromkeys(FLAT.yields, flat_rate(carry)))


def prices(factor: float) -> Market:
    return replace(FLAT, spots={pair: spot * factor for pair, spot in FLAT.spots.items()})


MARKETS = {
    "no volatility": volatilities(0.0),
    "next to no volatility": volatilities(1e-9),
    "a volatility of 800 %": volatilities(8.0),
    "no rates": curves(0.0, 0.0),
    "a rate below zero": curves(-0.05, 0.08),
    "a rate of 900 %": curves(9.0, 0.0),
    "discounts that vanish": curves(1e3, 0.0),
    "discounts that overflow": curves(-1e3, 0.0),
    "prices of next to nothing": prices(1e-9),
    "prices beyond measure": prices(1e9),
    "prices that move as one": replace(FLAT, correlations=dict.fromkeys(FLAT.correlations, 1.0)),
}
FEW = (
    "AmericanPut",
    "AsianCall",
    "AverageStrikeCall",
    "BarrierReverseConvertible",
    "BermudanPut",
    "BestOfCall",
    "Cap",
    "Chooser",
    "Cliquet",
    "CollaredFloater",
    "Decumulator",
    "DoubleTouch",
    "DownAndInCall",
    "EuropeanCall",
    "ExchangeOption",
    "GeometricAsianCall",
    "OneTouchUp",
    "QuantoCall",
    "VarianceSwap",
)
PATHS = 64


def told(name: str, at: Market) -> Valuation | None:
    """What is said of a contract; None if it is refused."""
    made = product(name)
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # what overflows is looked at, not how
        try:
            return valued(made.program, made.terms, at, "auto", PATHS)
        except Refused:
            return None


def assert_finite(found: Valuation | None) -> None:
    if found is None:
        return
    numbers = [found.value, found.standard_error, found.bias_bound]
    numbers += [greek.value for greek in found.greeks]
    assert all(isfinite(number) for number in numbers if number is not None), found


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("limit", MARKETS)
def test_a_market_at_its_limit(limit: str, name: str) -> None:
    assert_finite(told(name, MARKETS[limit]))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(definitions()) - set(FEW)))
@pytest.mark.parametrize("limit", MARKETS)
def test_every_contract_at_every_limit(limit: str, name: str) -> None:
    assert_finite(told(name, MARKETS[limit]))


def test_most_limits_have_a_value() -> None:
    """So that the tests above cannot be passed by refusing."""
    ordinary = ("no volatility", "no rates", "a rate below zero", "prices beyond measure")
    for name in FEW:
        for limit in ordinary:
            assert told(name, MARKETS[limit]) is not None, (name, limit)


# --- the limits themselves ------------------------------------------------------------------------


def european(side: str, at: Market, **given: str) -> float:
    program, terms = bound("std.options", f"European{side}", expiry="2027-01-01", **given)
    return valued(program, terms, at, greeks=False).value


@pytest.mark.parametrize("strike", [60, 100, 102, 150])
def test_without_volatility_it_is_what_the_forward_pays(strike: int) -> None:
    at, forward = market(spread=0.0), 100 * exp(0.03)
    assert european("Call", at, strike=f"{strike}") == pytest.approx(
        exp(-0.05) * max(forward - strike, 0.0), abs=1e-9
    )


def test_with_all_volatility_a_call_is_the_asset() -> None:
    at = market(spread=60.0)
    assert european("Call", at, strike="100") == pytest.approx(100 * exp(-0.02), rel=1e-9)
    assert european("Put", at, strike="100") == pytest.approx(100 * exp(-0.05), rel=1e-9)


def test_at_its_last_instant_it_is_what_it_pays() -> None:
    program, terms = bound("std.options", "EuropeanCall", expiry="2027-01-01", strike="90")
    at = replace(market(), as_of=terms.schedules[0][0])
    # Formulas take a time of next to nothing for none.
    assert valued(program, terms, at).value == pytest.approx(10.0, abs=1e-8)


def test_after_its_last_instant_it_is_refused() -> None:
    program, terms = bound("std.options", "EuropeanCall", expiry="2027-01-01", strike="90")
    at = replace(market(), as_of=terms.schedules[0][0] + 1)
    with pytest.raises(Refused) as refusal:
        valued(program, terms, at)
    assert refusal.value.code == "E0620"


def test_what_overflows_is_refused_by_name() -> None:
    made = product("ZeroCouponBond")
    with pytest.raises(Refused) as refusal:
        valued(made.program, made.terms, replace(FLAT, rates={"USD": flat_rate(-1e4)}))
    assert refusal.value.code == "E0679"


# --- files ----------------------------------------------------------------------------------------

FILE = """
as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 100
"spot(ETH, USD)" = 50
"spot(SOL, USD)" = 20
[volatilities]
"spot(BTC, USD)" = { 2026-07-01 = "40%", 2027-01-01 = "35%" }
"spot(ETH, USD)" = "50%"
"spot(SOL, USD)" = "60%"
[rates]
USD = { 2026-07-01 = "3%", 2027-01-01 = "4%" }
[[correlations]]
between = ["spot(BTC, USD)", "spot(ETH, USD)"]
value = "50%"
[[correlations]]
between = ["spot(BTC, USD)", "spot(SOL, USD)"]
value = "50%"
[[correlations]]
between = ["spot(ETH, USD)", "spot(SOL, USD)"]
value = "50%"
"""


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('2026-07-01 = "3%"', '2025-07-01 = "3%"', "E0617"),  # a stale point
        ('{ 2026-07-01 = "3%", 2027-01-01 = "4%" }', "{}", "E0604"),  # no points
        ('2027-01-01 = "35%"', '2027-01-01 = "20%"', "E0618"),  # crossed expiries
        ('= "50%"\n"spot(SOL', '= "-50%"\n"spot(SOL', "E0611"),  # a volatility below zero
        ("= 100\n", "= 0\n", "E0610"),  # a price of nothing
        ("= 100\n", "= inf\n", "E0604"),
        ('"4%"', "nan", "E0604"),
        ('value = "50%"', 'value = "150%"', "E0612"),  # no correlation
        ('value = "50%"', 'value = "-99%"', "E0607"),  # of three prices that none can have
    ],
)
def test_a_file_that_no_market_is(before: str, after: str, code: str) -> None:
    assert before in FILE
    found, problems = parse_market(FILE.replace(before, after, 1), "market.toml")
    assert found is None
    assert code in {each.code for each in problems}, [each.message for each in problems]
    assert all("nan" not in each.message for each in problems if code != "E0604")


def test_an_eigenvalue_is_named() -> None:
    contradicting = FILE.replace('value = "50%"', 'value = "-99%"', 1)
    _, problems = parse_market(contradicting, "market.toml")
    assert any("eigenvalue" in each.message for each in problems)
