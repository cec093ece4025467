"""Averages: geometric ones by closed form, against formulas and simulations that share no code."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from rfos_lang.base.refusal import Refused
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.greeks import SECOND_ORDER
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated import monte_carlo
from rfos_lang.valuation.simulated.estimate import Estimate, estimate_of
from tests.valuation.averages import (
    BENT,
    PAIR,
    SPOT,
    TODAY,
    bound,
    dates,
    definitions,
    instant,
    market,
)

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
    first = [greek for greek in exact.greeks if greek.measure not in SECOND_ORDER]
    assert [greek.name for greek in first] == [greek.name for greek in simulated.greeks]
    for one, other in zip(first, simulated.greeks, strict=True):
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


# --- arithmetic averages -------------------------------------------------------------------------


def plain(program: Program, terms: Terms, at: Market, paths: int, seed: int) -> Estimate:
    """A simulation without controls."""
    simulation = monte_carlo.prepared(program, terms, at, paths, seed)
    blocks = range(simulation.blocks)
    draws = np.concatenate([monte_carlo.pair_means(simulation, block) for block in blocks])
    return estimate_of(simulation, draws)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("AsianCall", {"strike": "100 USD/BTC", "fixings": dates(*QUARTERS)}),
        ("AsianPut", {"strike": "90 USD/BTC", "fixings": dates(*QUARTERS)}),
        ("AverageStrikeCall", {"fixings": dates(*QUARTERS), "expiry": dates(1.25)[1:-1]}),
    ],
)
def test_controls_make_the_error_twenty_times_smaller_and_move_nothing(
    name: str, given: dict[str, str]
) -> None:
    module = "std.options" if name.startswith("Asian") else "std.averages"
    program, terms = bound(module, name, **given)
    found = valued(program, terms, BENT, "monte_carlo", paths=20_000, greeks=False)
    without = plain(program, terms, BENT, 200_000, seed=2)
    assert found.standard_error is not None
    assert any("its geometric twin" in note for note in found.notes)
    assert 20 * found.standard_error <= without.error * sqrt(200_000 / 20_000)
    assert abs(found.value - without.mean) <= 4 * without.error


def test_controls_are_unbiased_over_seeds() -> None:
    program, terms = bound("std.options", "AsianCall", **CALL)
    found = [
        valued(program, terms, market(), "monte_carlo", paths=2_000, seed=seed, greeks=False)
        for seed in range(1, 25)
    ]
    best = valued(program, terms, market(), "monte_carlo", paths=100_000, seed=99, greeks=False)
    errors = np.array([each.standard_error for each in found])
    apart = np.array([each.value - best.value for each in found])
    assert best.standard_error is not None
    spread = sqrt(np.sum(errors**2)) / len(found)
    assert abs(apart.mean()) <= 4 * (spread + best.standard_error)
    # The errors that are told are those that are made.
    assert 0.5 <= apart.std() / np.sqrt(np.mean(errors**2)) <= 2.0


def test_what_is_simulated_is_the_same_for_the_same_seed() -> None:
    program, terms = bound("std.options", "AsianCall", **CALL)
    one, again, other = (
        valued(program, terms, market(), "monte_carlo", paths=4_000, seed=seed, greeks=False)
        for seed in (5, 5, 6)
    )
    assert one.value == again.value != other.value


@pytest.mark.parametrize("method", ["monte_carlo", "moment_matching"])
def test_put_call_parity_of_averages(method: str) -> None:
    """The mean of the fixings is worth the mean of the forwards, whatever the model."""
    call, put = (
        valued(*bound("std.options", name, **CALL), BENT, method, paths=20_000, greeks=False)
        for name in ("AsianCall", "AsianPut")
    )
    forwards = sum(BENT.forward(*PAIR, t) for t in QUARTERS) / 4
    parity = BENT.discount("USD", 1.0) * (forwards - 95.0)
    error = 4 * ((call.standard_error or 0.0) + (put.standard_error or 0.0))
    assert abs(call.value - put.value - parity) <= error + 1e-9


def test_an_arithmetic_mean_is_worth_more_than_a_geometric_one() -> None:
    arithmetic = value("std.options", "AsianCall", BENT, "monte_carlo", **CALL)
    geometric = value("std.averages", "GeometricAsianCall", BENT, **CALL)
    assert arithmetic.value > geometric.value


# --- all normals but one -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AsianCall", "AsianPut"])
def test_a_few_fixings_are_integrated_as_they_are_simulated(name: str) -> None:
    program, terms = bound("std.options", name, **CALL)
    found = valued(program, terms, BENT)
    simulated = valued(program, terms, BENT, "monte_carlo", paths=40_000, greeks=False)
    assert found.method == "quadrature"
    assert found.bias_bound is not None and found.bias_bound < 1e-4
    assert simulated.standard_error is not None and simulated.standard_error < 1e-3
    assert abs(found.value - simulated.value) <= 4 * simulated.standard_error
    # Euler: a mean and a strike scale together, so value and delta tell the chance of a payment.
    other = {"strike": "95.01 USD/BTC", "fixings": dates(*QUARTERS)}
    moved = valued(*bound("std.options", name, **other), BENT, greeks=False)
    by_strike = (moved.value - found.value) / 0.01
    assert found.value == pytest.approx(100 * found.greek("delta").value + 95 * by_strike, rel=1e-3)


def test_many_fixings_are_simulated() -> None:
    years = tuple((k + 1) / 30 for k in range(30))
    found = value("std.options", "AsianCall", BENT, strike="95 USD/BTC", fixings=dates(*years))
    assert found.method == "Monte Carlo" and "its geometric twin" in found.notes[-1]


BASKET = """
contract Basket(assets: [Asset], weights: [Number], cash: Asset, strike: cash, expiry: Date)
between holder, writer {
    unsecured
    let worth = sum(w * (1 a) * spot(a, cash) for a in assets, w in weights)
    at expiry { writer pays holder max(worth - strike, 0) }
}
"""


def basket(weights: str, strike: float, at: Market, method: str = "auto") -> Valuation:
    names = ("BTC", "ETH", "SOL")[: weights.count(",") + 1]
    definition = definitions(BASKET)["Basket"]
    given = {"assets": f"[{', '.join(names)}]", "weights": f"[{weights}]", "cash": "USD"}
    given |= {"strike": f"{strike} USD", "expiry": dates(1.0)[1:-1]}
    read, _ = read_arguments(definition, given)
    assert read is not None
    lowered, _ = lower(definition, shape_of(definition, read))
    assert lowered is not None
    terms, _ = bind(lowered, read, TODAY)
    assert terms is not None
    return valued(lowered.program, terms, at, method, paths=20_000, greeks=False)


def of_three(spread: float = 0.3) -> Market:
    pairs = [(name, "USD") for name in ("BTC", "ETH", "SOL")]
    correlations = {frozenset(pairs[:2]): 0.5, frozenset(pairs[1:]): 0.2}
    return Market(
        TODAY,
        spots=dict(zip(pairs, (100.0, 90.0, 110.0), strict=True)),
        volatilities=dict(zip(pairs, map(flat_volatility, (spread, 0.4, 0.2)), strict=True)),
        rates={"USD": flat_rate(0.03)},
        correlations={**correlations, frozenset((pairs[0], pairs[2])): -0.3},
    )


@pytest.mark.parametrize(
    ("weights", "strike"), [("1, 1, 1", 300), ("0.2, 0.3, 0.5", 105), ("2, -1, -1", 5)]
)
def test_a_basket_of_three_is_integrated_as_it_is_simulated(weights: str, strike: float) -> None:
    found = basket(weights, strike, of_three())
    simulated = basket(weights, strike, of_three(), "monte_carlo")
    assert found.method == "quadrature" and simulated.standard_error is not None
    assert abs(found.value - simulated.value) <= 4 * simulated.standard_error
    assert "its geometric twin" in simulated.notes[-1]
    matched = basket(weights, strike, of_three(), "moment_matching")
    assert matched.value == pytest.approx(found.value, rel=0.05)


def test_a_third_asset_of_no_weight_changes_nothing() -> None:
    two = basket("1, 0.5", 140, of_three())
    three = basket("1, 0.5, 0.0000000001", 140, of_three())
    assert two.method == three.method == "quadrature"
    assert three.value == pytest.approx(two.value, abs=1e-6)


# --- approximations ------------------------------------------------------------------------------


def test_matching_is_asked_for_and_called_an_approximation() -> None:
    program, terms = bound("std.options", "AsianCall", **CALL)
    found = valued(program, terms, market(), "moment_matching")
    simulated = valued(program, terms, market(), "monte_carlo", paths=20_000, greeks=False)
    assert found.method == "moment matching, an approximation" and "skewness" in found.notes[0]
    assert found.value == pytest.approx(simulated.value, rel=0.01)
    assert "approximation" not in valued(program, terms, market(), greeks=False).method


def test_greeks_of_matching_differ_from_call_to_put_as_the_forwards_do() -> None:
    call, put = (
        valued(*bound("std.options", name, **CALL), market(), "moment_matching")
        for name in ("AsianCall", "AsianPut")
    )
    growth = [market().forward(*PAIR, t) / 100 for t in QUARTERS]
    worth = market().discount("USD", 1.0) * sum(growth) / 4
    expected = {"delta": worth, "gamma": 0.0, "vega": 0.0}
    expected["carry"] = -25 * exp(-0.05) * sum(t * g for t, g in zip(QUARTERS, growth, strict=True))
    for measure, difference in expected.items():
        found = call.greek(measure).value - put.greek(measure).value
        assert found == pytest.approx(difference, abs=1e-7), measure


def test_matching_is_exact_where_there_is_nothing_to_match() -> None:
    program, terms = bound("std.averages", "GeometricAsianCall", **CALL)
    found, exact = (valued(program, terms, BENT, method) for method in ("moment_matching", "auto"))
    assert found.value == exact.value and found.method == "closed form"


def test_matching_refuses_what_it_cannot_match() -> None:
    text = """
contract Digital(underlying, cash: Asset, strike: cash/underlying, fixings: Schedule)
between holder, writer {
    unsecured
    let average = mean(spot(underlying, cash) on fixings)
    at last(fixings) {
        if average > strike { writer pays holder 1 underlying * spot(underlying, cash) }
    }
}
"""
    with pytest.raises(Refused) as refused:
        value(text, "Digital", market(), "moment_matching", **CALL)
    assert refused.value.code == "E0624"
    assert refused.value.names["reason"] == "what it pays is not what it compares"
