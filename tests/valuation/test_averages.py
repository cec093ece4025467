"""Averages: geometric ones by closed form, against formulas and simulations that share no code."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import BENT, PAIR, SPOT, TODAY, bound, dates, instant, market

QUARTERS = (0.25, 0.5, 0.75, 1.0)
CALL = {"strike": "95 USD/BTC", "fixings": dates(*QUARTERS)}


def value(
    text: str, name: str, at: Market, method: str = "auto", start: int = TODAY, **given: str
) -> Valuation:
    program, terms = bound(text, name, start, **given)
    return valued(program, terms, at, method, greeks=False)


def law(at: Market, years: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the logarithms of the spot at some times."""
    variance = np.array([at.volatility(*PAIR, t) ** 2 * t for t in years])
    forwards = np.array([at.forward(*PAIR, t) for t in years])
    return np.log(forwards) - variance / 2, np.minimum.outer(variance, variance)


def black(forward: float, strike: float, variance: float) -> float:
    d = log(forward / strike) / sqrt(variance) + sqrt(variance) / 2
    return float(forward * ndtr(d) - strike * ndtr(d - sqrt(variance)))


@pytest.mark.parametrize("at", [market(), BENT])
def test_a_geometric_average_is_lognormal(at: Market) -> None:
    """Kemna and Vorst (1990), with term structures."""
    mean, covariance = law(at, QUARTERS)
    variance = covariance.sum() / 16
    forward = exp(mean.mean() + variance / 2)
    found = value("std.averages", "GeometricAsianCall", at, **CALL)
    assert found.method == "closed form"
    expected = at.discount("USD", 1.0) * black(forward, 95.0, variance)
    assert found.value == pytest.approx(expected, rel=1e-12)
    put = value("std.averages", "GeometricAsianPut", at, **CALL)
    parity = at.discount("USD", 1.0) * (forward - 95.0)
    assert found.value - put.value == pytest.approx(parity, rel=1e-12)


@pytest.mark.parametrize("at", [market(), BENT])
def test_a_geometric_average_strike_is_an_exchange(at: Market) -> None:
    mean, covariance = law(at, (*QUARTERS, 1.5))
    weights = np.array([0.25, 0.25, 0.25, 0.25, 0.0])
    end = np.eye(5)[4]
    average = exp(weights @ mean + weights @ covariance @ weights / 2)
    price = exp(end @ mean + end @ covariance @ end / 2)
    variance = (end - weights) @ covariance @ (end - weights)
    discount = at.discount("USD", 1.5)
    given = {"fixings": dates(*QUARTERS), "expiry": dates(1.5)[1:-1]}
    call = value("std.averages", "GeometricAverageStrikeCall", at, **given)
    put = value("std.averages", "GeometricAverageStrikePut", at, **given)
    assert call.method == put.method == "closed form"
    expected = discount * average * black(price / average, 1.0, variance)
    assert call.value == pytest.approx(expected, rel=1e-11)
    assert call.value - put.value == pytest.approx(discount * (price - average), rel=1e-11)


WRITTEN_ANOTHER_WAY = """
contract Product(underlying, cash: Asset, strike: cash/underlying, fixings: Schedule)
between holder, writer {
    unsecured
    let one = 1 cash/underlying
    let average = product((spot(underlying, cash) at t) / one for t in fixings) ^ (1 / 4)
    at last(fixings) {
        if average * one > strike {
            writer pays holder 1 underlying * (average * one - strike)
        }
    }
}
"""


def test_it_is_found_whatever_it_is_called_and_however_it_is_written() -> None:
    other = value(WRITTEN_ANOTHER_WAY, "Product", BENT, **CALL)
    own = value("std.averages", "GeometricAsianCall", BENT, **CALL)
    assert other.method == own.method == "closed form"
    assert other.value == pytest.approx(own.value, rel=1e-12)


def test_the_closed_form_and_its_greeks_are_those_of_the_simulation() -> None:
    program, terms = bound("std.averages", "GeometricAsianCall", **CALL)
    exact = valued(program, terms, BENT)
    simulated = valued(program, terms, BENT, "monte_carlo", paths=40_000)
    assert simulated.standard_error is not None
    assert abs(exact.value - simulated.value) <= 4 * simulated.standard_error
    assert [g.name for g in exact.greeks] == [g.name for g in simulated.greeks]
    for one, other in zip(exact.greeks, simulated.greeks, strict=True):
        assert one.unit == other.unit and other.standard_error is not None
        allowed = max(4 * other.standard_error, 0.02 * abs(one.value))
        assert abs(one.value - other.value) <= allowed, one.name


def test_one_fixing_is_the_vanilla_with_its_greeks() -> None:
    strike, end = "95 USD/BTC", dates(1.0)
    average = bound("std.averages", "GeometricAsianCall", strike=strike, fixings=end)
    vanilla = bound("std.options", "EuropeanCall", strike=strike, expiry=end[1:-1])
    one, other = (valued(program, terms, market()) for program, terms in (average, vanilla))
    assert one.value == pytest.approx(other.value, rel=1e-12)
    for measure in ("delta", "gamma", "vega", "rho", "carry", "theta"):
        found, expected = one.greek(measure).value, other.greek(measure).value
        assert found == pytest.approx(expected, rel=1e-6), measure


def seasoned(at: Market, *known: float) -> Market:
    """The same market a moment after some fixings."""
    fixings = {SPOT: {instant(t): s for t, s in zip(QUARTERS, known, strict=False)}}
    return replace(at, as_of=instant(QUARTERS[len(known) - 1] + 0.1), fixings=fixings)


def test_a_seasoned_average_has_a_part_that_is_known() -> None:
    at = seasoned(market(), 110.0, 90.0)
    ahead = (0.75 - 0.6, 1.0 - 0.6)
    mean, covariance = law(at, ahead)
    variance = covariance.sum() / 16
    forward = exp((log(110) + log(90) + mean.sum()) / 4 + variance / 2)
    found = value("std.averages", "GeometricAsianCall", at, **CALL)
    expected = at.discount("USD", ahead[1]) * black(forward, 95.0, variance)
    assert found.method == "closed form"
    assert found.value == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("kind", ["averages.Geometric", "options."])
def test_an_average_that_is_known_is_discounted(kind: str) -> None:
    module, prefix = kind.split(".")
    text = """
contract Paid(underlying, cash: Asset, strike: cash/underlying, fixings: Schedule, expiry: Date)
between holder, writer {
    unsecured
    let average = AVERAGE
    at expiry { writer pays holder 1 underlying * max(average - strike, 0) }
}
"""
    one = "1 cash/underlying"
    means = {
        "options": "mean(spot(underlying, cash) on fixings)",
        "averages": f"{one} * exp(mean(log(spot(underlying, cash) / ({one})) on fixings))",
    }
    known = (110.0, 90.0, 120.0, 100.0)
    average = {"options": sum(known) / 4, "averages": exp(sum(map(log, known)) / 4)}[module]
    at = seasoned(market(), *known)
    given = {**CALL, "expiry": dates(1.6)[1:-1]}
    found = value(text.replace("AVERAGE", means[module]), "Paid", at, **given)
    assert found.method == "closed form" and prefix in ("", "Geometric")
    assert found.value == pytest.approx(at.discount("USD", 0.5) * (average - 95.0), rel=1e-7)


def test_without_volatility_an_average_is_what_the_forwards_say() -> None:
    at = market(spread=0.0)
    found = value("std.averages", "GeometricAsianCall", at, **CALL)
    average = exp(sum(log(at.forward(*PAIR, t)) for t in QUARTERS) / 4)
    expected = at.discount("USD", 1.0) * (average - 95.0)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert value("std.averages", "GeometricAsianPut", at, **CALL).value == 0.0
