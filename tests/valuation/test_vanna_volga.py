"""Vanna-volga: the smile through three quotes, and levels weighted with the chance of no touch."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.dynamics.quotes import AtStrikes, Quotes
from rfos_lang.valuation.dynamics.vanna_volga import untouched_chance
from rfos_lang.valuation.dynamics.vanna_volga_smile import smile_at
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import PAIR, TODAY, bound

EXPIRY = "2027-01-01"
FLAT = Quotes(flat_volatility(0.2), flat_volatility(0.2), flat_volatility(0.2))
SKEWED = Quotes(flat_volatility(0.20), flat_volatility(0.24), flat_volatility(0.19))


def market(quotes: Quotes, spot: float = 100.0) -> Market:
    return Market(
        as_of=TODAY,
        spots={PAIR: spot},
        rates={"USD": flat_rate(0.03)},
        yields={"BTC": flat_rate(0.01)},
        quotes={PAIR: quotes},
    )


def value(contract: str, at: Market, **given: str) -> Valuation:
    source, _, name = contract.rpartition(".")
    program, terms = bound(source, name, expiry=EXPIRY, **given)
    return valued(program, terms, at, greeks=False)


def barriers(kind: str, at: Market, strike: str = "100", barrier: str = "90") -> float:
    return value(f"std.barriers.{kind}", at, strike=strike, barrier=barrier).value


# --- the smile ------------------------------------------------------------------------------------


def test_the_smile_goes_through_what_is_quoted() -> None:
    smile = smile_at(SKEWED, 1.0, 100.0)
    put, middle, call = (float(smile.volatility(k)) for k in smile.strikes)
    assert (put, middle, call) == pytest.approx((0.24, 0.20, 0.19), abs=1e-9)


def test_a_strike_that_is_quoted_has_its_volatility() -> None:
    quotes = Quotes(SKEWED.atm, SKEWED.put, SKEWED.call, (AtStrikes(1.0, ((80.0, 0.27),)),))
    at_strike = smile_at(quotes, 1.0, 100.0)
    assert float(at_strike.volatility(log(0.8))) == pytest.approx(0.27, abs=1e-9)
    for known in at_strike.strikes:
        assert at_strike.volatility(known) == pytest.approx(at_strike.bare(known), abs=1e-12)
    other_date = smile_at(quotes, 0.5, 100.0)
    assert other_date.further == ()


@given(st.floats(-0.6, 0.6), st.floats(0.05, 0.8), st.floats(0.02, 3.0))
def test_equal_quotes_make_no_smile(k: float, volatility: float, years: float) -> None:
    deviation = volatility * sqrt(years)
    flat = Quotes(*[flat_volatility(volatility)] * 3)
    smile = smile_at(flat, years, 100.0)
    if abs(k) < 4 * deviation:
        assert float(smile.volatility(k)) == pytest.approx(volatility, rel=1e-6)


def test_european_options_are_those_of_the_smile() -> None:
    at = market(SKEWED)
    forward = 100 * exp(0.02)
    call = value("std.options.EuropeanCall", at, strike="110 USD/BTC")
    put = value("std.options.EuropeanPut", at, strike="110 USD/BTC")
    assert call.model == "vanna-volga"
    assert call.value - put.value == pytest.approx(exp(-0.03) * (forward - 110), abs=1e-6)


# --- levels ---------------------------------------------------------------------------------------


@given(
    st.floats(-2.0, -0.05),
    st.floats(0.05, 2.0),
    st.floats(-0.3, 0.3),
    st.floats(0.05, 0.9),
)
def test_the_chance_of_no_touch(lower: float, upper: float, drift: float, deviation: float) -> None:
    both = untouched_chance(lower, upper, drift, deviation)
    below = untouched_chance(lower, None, drift, deviation)
    above = untouched_chance(None, upper, drift, deviation)
    assert below + above - 1 - 1e-9 <= both <= min(below, above) + 1e-9
    far = untouched_chance(lower, 40.0, drift, deviation)
    assert far == pytest.approx(below, abs=1e-9)


def test_the_chance_is_that_of_many_paths() -> None:
    draw, steps, paths = np.random.default_rng(5), 400, 40_000
    moves = draw.normal(0.05 / steps, 0.3 / sqrt(steps), (steps, paths))
    path = np.concatenate([np.zeros((1, paths)), np.cumsum(moves, axis=0)])
    a, b, step = path[:-1], path[1:], 0.09 / steps
    up, down = np.maximum(0.25 - a, 0), np.maximum(a + 0.35, 0)
    up_now, down_now = np.maximum(0.25 - b, 0), np.maximum(b + 0.35, 0)
    stays = (1 - np.exp(-2 * up * up_now / step)) * (1 - np.exp(-2 * down * down_now / step))
    drawn = stays.prod(axis=0)
    error = drawn.std() / sqrt(paths)
    assert abs(drawn.mean() - untouched_chance(-0.35, 0.25, 0.05, 0.3)) < 4 * error


@pytest.mark.parametrize("kind", ["DownAndOutCall", "DownAndInCall", "DownAndOutPut"])
def test_equal_quotes_give_the_lognormal_value(kind: str) -> None:
    lognormal = Market(
        as_of=TODAY,
        spots={PAIR: 100.0},
        volatilities={PAIR: flat_volatility(0.2)},
        rates={"USD": flat_rate(0.03)},
        yields={"BTC": flat_rate(0.01)},
    )
    assert barriers(kind, market(FLAT)) == pytest.approx(barriers(kind, lognormal), abs=1e-5)


def test_in_and_out_are_the_option_of_the_smile() -> None:
    at = market(SKEWED)
    both = barriers("DownAndOutCall", at) + barriers("DownAndInCall", at)
    call = value("std.options.EuropeanCall", at, strike="100 USD/BTC").value
    assert both == pytest.approx(call, abs=1e-8)


def test_beyond_its_level_an_option_is_over_or_without_level() -> None:
    at = market(SKEWED, spot=85.0)
    call = value("std.options.EuropeanCall", at, strike="100 USD/BTC").value
    assert barriers("DownAndOutCall", at) == 0.0
    assert barriers("DownAndInCall", at) == pytest.approx(call, abs=1e-9)


def test_it_says_that_it_is_an_approximation_and_has_greeks() -> None:
    program, terms = bound(
        "std.barriers", "DownAndOutCall", expiry=EXPIRY, strike="100", barrier="90"
    )
    found = valued(program, terms, market(SKEWED))
    assert "approximation" in found.method and found.model == "vanna-volga"
    step = 0.01
    up, down = (
        valued(program, terms, market(SKEWED, 100 + move), greeks=False).value
        for move in (step, -step)
    )
    assert found.greek("delta").value == pytest.approx((up - down) / (2 * step), rel=1e-4)


def test_no_paths_have_three_quotes() -> None:
    fixings = "[2026-06-01, 2026-12-01]"
    program, terms = bound("std.options", "AsianCall", strike="100", fixings=fixings)
    with pytest.raises(Refused) as refusal:
        valued(program, terms, market(SKEWED))
    assert refusal.value.code == "E0628"


# --- the file -------------------------------------------------------------------------------------

FILE = """
as_of = 2026-01-01
[spots]
"spot(EUR, USD)" = 1.1
[vanna_volga."spot(EUR, USD)"]
2026-07-01 = { atm = "8%", put = "9%", call = "7.5%", strikes = { "1.0" = "10%" } }
2027-01-01 = { atm = "8.5%", put = "9.5%", call = "8%" }
"""


def test_a_market_file_says_three_quotes() -> None:
    found, problems = parse_market(FILE, "market.toml")
    assert found is not None, problems
    quotes = found.quotes["EUR", "USD"]
    assert quotes.atm.volatility(1.0) == pytest.approx(0.085)
    assert quotes.strikes[0].quoted == ((1.0, 0.10),)
    assert not found.is_lognormal and found.model_of(("EUR", "USD")) == "vanna-volga"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('"9%"', '"0%"', "E0604"),
        ('"1.0" =', '"low" =', "E0604"),
        ("2027-01-01", "2025-01-01", "E0617"),
        ('"8.5%"', '"1%"', "E0618"),
        ("[vanna", '[volatilities]\n"spot(EUR, USD)" = "8%"\n[vanna', "E0629"),
    ],
)
def test_quotes_that_are_none(before: str, after: str, code: str) -> None:
    found, problems = parse_market(FILE.replace(before, after, 1), "market.toml")
    assert found is None
    assert code in {each.code for each in problems}
