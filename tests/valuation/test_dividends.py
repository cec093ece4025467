"""Dividends that a market tells: what prices fall by, and what contracts on them are worth."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, sqrt

import numpy as np
import pytest

from rfos_lang.base.instant import DAY
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Terms, Watch
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.strict_paths import value as strict
from rfos_lang.valuation.curve import YEAR, flat_rate
from rfos_lang.valuation.dividends import Told, with_dividends
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.seasoning import paid_between
from rfos_lang.valuation.sheet import figures_of
from tests.valuation.products.library import product
from tests.valuation.products.markets import BENT, BTC, FLAT

NOW = FLAT.as_of
TOLD = {
    BTC: [
        Told(NOW + 40 * DAY, NOW + 60 * DAY, amount=1.5),
        Told(NOW + 130 * DAY, NOW + 150 * DAY, share=0.02),
        Told(NOW + 250 * DAY, NOW + 250 * DAY, amount=1.0),
        Told(NOW + 900 * DAY, NOW + 900 * DAY, amount=1.0),
    ]
}
FOLLOWING = ("TotalReturnSwap", "EquitySwap", "DividendSwap")


def paying(market: Market = FLAT) -> Market:
    return with_dividends(market, TOLD)


def value(name: str, market: Market, method: str = "auto", greeks: bool = False) -> Valuation:
    made = product(name)
    return valued(made.program, made.terms, market, method, 4_000, greeks=greeks)


@pytest.mark.parametrize("years", [0.05, 0.2, 0.5, 1.0])
def test_a_forward_falls_by_what_is_told_with_its_interest(years: float) -> None:
    """S = PV(F) + the sum of PV(D), where nothing else is earned."""
    market = with_dividends(replace(FLAT, yields={"BTC": flat_rate(0.0)}), TOLD)
    owed = 0.0
    for each in TOLD[BTC]:
        at, paid = market.years(each.at), market.discount("USD", market.years(each.pay))
        amount = each.amount
        if amount is None:
            amount = each.share * market.forward(*BTC, at - 3 / 24 / 365)
        owed += amount * paid if at <= years else 0.0
    forward = market.forward(*BTC, years) * market.discount("USD", years)
    assert forward + owed == pytest.approx(100.0, abs=1e-4)


@pytest.mark.parametrize("base", [FLAT, BENT], ids=["flat", "bent"])
@pytest.mark.parametrize("name", FOLLOWING)
def test_a_formula_is_the_mean_of_simulated_paths(name: str, base: Market) -> None:
    exact, drawn = (value(name, paying(base), how, True) for how in ("auto", "monte_carlo"))
    assert exact.method == "closed form" and drawn.standard_error
    assert abs(exact.value - drawn.value) < 4 * drawn.standard_error
    for measure in ("delta", "vega", "theta"):
        told = next(g for g in exact.greeks if g.measure == measure)
        same = next(g for g in drawn.greeks if g.measure == measure)
        error = same.standard_error or 0.0
        assert abs(told.value - same.value) < 4 * error + 0.02 * abs(told.value) + 0.01


def lives(market: Market, terms: Terms, count: int) -> Iterator[Market]:
    """Markets after the end, each with a past of its own: prices in antithetic pairs and the
    dividends that go with them, paid as told."""
    own = {at for schedule in terms.schedules for at in schedule}
    coming = {each.at: each for each in market.dividends[BTC]}
    instants = sorted(own | coming.keys())
    generator, spot = np.random.default_rng(5), market.spot(*BTC)
    for _ in range(count):
        normals = generator.standard_normal(len(instants))
        for sign in (1, -1):
            price, before, fixings = spot, 0.0, {}
            for at, normal in zip(instants, sign * normals, strict=True):
                years = market.years(at)
                growth = market.forward(*BTC, years) / market.forward(*BTC, before)
                spread = 0.4 * sqrt(years - before)
                price *= growth * exp(spread * normal - spread**2 / 2)
                fixings[at], before = price, years
            streams = {
                "dividends(BTC, USD).amount": {
                    at: each.times * fixings[at] for at, each in coming.items()
                },
                "dividends(BTC, USD).pay": {at: each.pay / 1e9 for at, each in coming.items()},
            }
            indices = {at: market.index_forward("SOFR", at) for at in instants}
            told = {"spot(BTC, USD)": fixings, "index(SOFR)": indices, **streams}
            yield replace(market, as_of=NOW + 3 * YEAR, fixings=told)


def discounted(made: Instance, market: Market, after: Market) -> float:
    """What the first party was paid in a life, each payment discounted from its day."""
    dates = sorted(
        {at for each in made.terms.schedules for at in each}
        | {at for row in made.terms.columns for at in row if at > NOW}
        | {each.pay for each in market.dividends[BTC]}
    )
    total, known = 0.0, NOW
    for date in dates:
        until = replace(after, as_of=date + 1)
        paid = paid_between(made.program, made.terms, replace(market, as_of=known), until)
        total += paid.get("USD", 0.0) * market.discount("USD", market.years(date))
        known = date + 1
    return total


@pytest.mark.parametrize("name", FOLLOWING)
def test_it_is_the_mean_of_what_the_settlement_pays(name: str) -> None:
    """Dividends as records of the stream, on prices that fall by them, lived by the meaning."""
    market, made = paying(), product(name)
    paid = [discounted(made, market, after) for after in lives(market, made.terms, 60)]
    pairs = np.array(paid).reshape(-1, 2).mean(axis=1)
    error = float(pairs.std(ddof=1)) / sqrt(len(pairs)) + 1e-9
    assert abs(float(pairs.mean()) - value(name, market).value) < 4 * error + 0.02


def test_a_dividend_swap_is_worth_the_amounts_that_are_told() -> None:
    made = product("DividendSwap")
    market = paying(replace(FLAT, volatilities={BTC: FLAT.volatilities[BTC]}))
    strike, size = (term / 1e18 for term in made.terms.terms)
    last = made.terms.schedules[0][-1]
    second = 0.02 * market.forward(*BTC, market.years(TOLD[BTC][1].at) - 3 / 24 / 365)
    amounts = sum((1.5, second)) if last < TOLD[BTC][2].at else sum((1.5, second, 1.0))
    expected = size * (amounts - strike) * market.discount("USD", market.years(last))
    assert value("DividendSwap", market).value == pytest.approx(expected, rel=2e-6)


def test_an_asset_without_dividends_pays_none() -> None:
    market = with_dividends(FLAT, {BTC: []})
    made = product("DividendSwap")
    strike, size = (term / 1e18 for term in made.terms.terms)
    years = market.years(made.terms.schedules[0][-1])
    expected = -size * strike * market.discount("USD", years)
    assert value("DividendSwap", market).value == pytest.approx(expected, rel=1e-12)


def test_what_was_paid_before_is_known_and_the_rest_expected() -> None:
    first, *others = TOLD[BTC]
    later = first.at + DAY
    past = {
        "dividends(BTC, USD).amount": {first.at: 3.0},
        "dividends(BTC, USD).pay": {first.at: first.pay / 1e9},
    }
    begun = replace(FLAT, as_of=later, fixings=past)
    unpaid = value("DividendSwap", with_dividends(begun, {BTC: []})).value
    strike, size = (term / 1e18 for term in product("DividendSwap").terms.terms)
    last = product("DividendSwap").terms.schedules[0][-1]
    discount = begun.discount("USD", begun.years(last))
    assert unpaid == pytest.approx(size * (3.0 - strike) * discount, rel=1e-12)
    coming = value("DividendSwap", with_dividends(begun, {BTC: [first, *others]})).value
    assert coming > unpaid + 2.0 * size * discount


def test_puts_and_calls_differ_by_the_forward() -> None:
    market = paying()
    call, put = (value(name, market) for name in ("EuropeanCall", "EuropeanPut"))
    made = product("EuropeanCall")
    years = market.years(made.terms.schedules[0][-1])
    forward, strike = market.forward(*BTC, years), made.terms.terms[0] / 1e18
    parity = (forward - strike) * market.discount("USD", years)
    assert call.value - put.value == pytest.approx(parity, abs=1e-9)


def test_a_call_is_exercised_before_a_large_dividend() -> None:
    told = {BTC: [Told(NOW + 90 * DAY, NOW + 90 * DAY, amount=15.0)]}
    market = with_dividends(FLAT, told)
    american = value("AmericanCall", market, greeks=True)
    assert american.method == "finite differences"
    simulated = value("AmericanCall", market, "lsm")
    assert american.value == pytest.approx(simulated.value, rel=0.02)
    assert american.value > value("EuropeanCall", market).value + 2.0


def test_theta_lets_dividends_come_nearer() -> None:
    """A grid's, against what the same contract is worth two days later."""
    told = {BTC: [Told(NOW + 90 * DAY, NOW + 90 * DAY, share=0.15)]}
    later = replace(FLAT, as_of=NOW + 2 * DAY)
    now = value("AmericanCall", with_dividends(FLAT, told), greeks=True)
    then = value("AmericanCall", with_dividends(later, told))
    theta = next(greek.value for greek in now.greeks if greek.measure == "theta")
    assert (then.value - now.value) * 365 / 2 == pytest.approx(theta, rel=0.02)


def test_the_strict_simulation_knows_its_dates() -> None:
    made = product("DividendSwap")
    found = strict(made.program, made.terms, paying(), 200, 3)
    assert found.value == pytest.approx(value("DividendSwap", paying()).value, rel=1e-3)


def test_a_book_of_them_is_valued_as_each_alone() -> None:
    made = product("DividendSwap")
    found = figures_of(made.program, made.terms, paying(), "auto")
    assert found is None or not isinstance(found[1].ahead.program.clauses[0], Watch)


FILE = """
as_of = 2026-01-01
[spots]
"spot(ACME, USD)" = 100
[rates]
USD = "4%"
[dividends."spot(ACME, USD)"]
2026-03-10 = 0.5
2026-06-10 = "1.2%"
2026-09-10 = { amount = 0.5, pay = 2026-10-01 }
"""


def test_a_file_tells_amounts_and_shares() -> None:
    market, problems = parse_market(FILE, "market.toml")
    assert market is not None and not problems
    first, second, third = market.paid_by("ACME", "USD")
    assert first.times == pytest.approx(0.5 / market.forward("ACME", "USD", 68 / 365), rel=1e-4)
    assert second.times == pytest.approx(0.012 / 0.988, rel=1e-12)
    assert third.pay - third.at == 21 * DAY


@pytest.mark.parametrize(
    ("before", "after", "code", "told"),
    [
        ("= 0.5\n", "= 200\n", "E0604", "as much as the whole price"),
        ('"1.2%"', '"100%"', "E0604", "as much as the whole price"),
        ('"1.2%"', '"-1%"', "E0604", "does not lie from 0 to 1"),
        ("= 0.5\n", "= -0.5\n", "E0604", "below zero"),
        ("amount = 0.5, pay", "pay", "E0604", "either an amount or a share"),
        ("amount = 0.5", 'amount = 0.5, share = "1%"', "E0604", "either an amount or a share"),
        ("2026-10-01", "2026-08-01", "E0604", "before anybody is due it"),
        ('[dividends."spot(ACME', '[dividends."spot(ACNE', "E0606", "ACNE"),
        ('USD = "4%"', "", "E0605", "the interest rate of USD"),
    ],
)
def test_a_wrong_one_is_refused(before: str, after: str, code: str, told: str) -> None:
    assert before in FILE
    market, problems = parse_market(FILE.replace(before, after), "market.toml")
    assert market is None
    assert problems[0].code == code and told in problems[0].message


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_market_that_does_not_say_is_asked(name: str) -> None:
    with pytest.raises(Refused) as refused:
        value(name, FLAT)
    assert refused.value.code == "E0605"
    assert "dividends" in refused.value.names["what"]
