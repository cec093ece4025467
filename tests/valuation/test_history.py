"""What was observed before the market's date, in a file of its own."""

from dataclasses import replace

from rfos_lang.base.instant import parse_instant
from rfos_lang.driver.opening import Source
from rfos_lang.driver.pricing import with_history
from rfos_lang.valuation.curve import flat_rate
from rfos_lang.valuation.history_file import parse_history
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.seasoning import past
from tests.core.lives import instance, only

CSV = """feed,at,value
"spot(BTC, USD)",2026-01-05,90
"spot(BTC, USD)",2026-01-15,110.5
"credit_event(""ACME Corp"")",2026-01-15,true
"dividends(BTC, USD).pay",2026-01-10,2026-03-01
"""

TOML = """
["spot(BTC, USD)"]
2026-01-05 = 90
2026-01-15 = 110.5
['credit_event("ACME Corp")']
2026-01-15 = true
["dividends(BTC, USD).pay"]
2026-01-10 = 2026-03-01
"""


def _at(date: str) -> int:
    return parse_instant(date)


def test_both_forms_say_the_same() -> None:
    found, problems = parse_history(CSV, "past.csv")
    assert problems == ()
    assert found == parse_history(TOML, "past.toml")[0]
    assert found["spot(BTC, USD)"] == {_at("2026-01-05"): 90.0, _at("2026-01-15"): 110.5}
    assert found["dividends(BTC, USD).pay"] == {_at("2026-01-10"): _at("2026-03-01") / 10**9}


def test_each_line_that_is_wrong_is_told() -> None:
    wrong = 'a,b\n"spot(BTC, USD)",2026-01-05,much\n"spot(BTC, USD)",yesterday,1\n'
    problems = parse_history(wrong, "past.csv")[1]
    assert [each.code for each in problems] == ["E0627"] * 3
    assert parse_history("[", "past.toml")[1][0].code == "E0627"
    assert parse_history("a = 1", "past.toml")[1][0].code == "E0627"


def test_a_seasoned_trade_is_valued_from_where_it_stands() -> None:
    """Two of three fixings are past: the value is that of the sum so far and the last forward."""
    market = Market(_at("2026-02-01"), spots={("BTC", "USD"): 100.0})
    market = with_history(market, Source("past.csv", CSV))
    text = """contract C(u, cash: Asset, fixings: Schedule) between a, b {
        unsecured
        at last(fixings) { b pays a 1 u * mean(spot(u, cash) on fixings) }
    }"""
    dates = "[2026-01-05, 2026-01-15, 2026-02-01]"
    made = instance(only(text), "2026-01-01", u="BTC", cash="USD", fixings=dates)
    flat = replace(market, rates={}, yields={})
    value = valued(made.lowered.program, made.terms, _discounting(flat), greeks=False).value
    assert abs(value - (90 + 110.5 + 100) / 3) < 1e-9


def _discounting(market: Market) -> Market:
    return replace(market, rates={"USD": flat_rate(0.0)}, volatilities={})


def test_a_dividend_of_the_past_is_still_owed() -> None:
    """Told before the market's date, paid after it."""
    text = """contract C(u, cash: Asset, last: Date) between a, b {
        unsecured
        when each d in dividends(u) { b pays a 10 u * d.amount on d.pay }
        at last { end }
    }"""
    made = instance(only(text), "2026-01-01", u="BTC", cash="USD", last="2026-06-01")
    told = CSV + '"dividends(BTC, USD).amount",2026-01-10,2.5\n'
    market = with_history(Market(_at("2026-02-01")), Source("past.csv", told))
    (owed,) = past(made.lowered.program, made.terms, market).pending
    assert (owed.units, owed.due) == (2_500, _at("2026-03-01"))
