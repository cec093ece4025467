"""Gammas by the score of the first step: right, and more certain than differences."""

import numpy as np
import pytest

from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated import monte_carlo, scores, simulation, smooth_greeks
from tests.generators import handmade
from tests.valuation import worst_of
from tests.valuation.averages import bound, dates, market
from tests.valuation.test_monte_carlo import MARKET

PATHS = 40_000


@pytest.fixture(autouse=True)
def on_kernels(monkeypatch):
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)


def test_the_gamma_of_a_digital_is_its_formulas(monkeypatch):
    instance = handmade.digital_put()
    exact = valued(instance.program, instance.terms, MARKET, "closed_form").greek("gamma")
    found = monte_carlo.value(instance.program, instance.terms, MARKET, paths=PATHS).greek("gamma")
    assert found.estimator.startswith(smooth_greeks.SCORED)
    off = 4 * found.standard_error + found.bias_bound
    assert abs(found.value - exact.value) < off
    monkeypatch.setattr(scores, "suit", lambda _: False)
    other = monte_carlo.value(instance.program, instance.terms, MARKET, paths=PATHS).greek("gamma")
    assert not other.estimator.startswith(smooth_greeks.SCORED)
    assert abs(other.value - exact.value) < 4 * other.standard_error + other.bias_bound
    assert found.standard_error < 0.5 * other.standard_error


def test_gammas_of_several_prices_are_those_of_differences(monkeypatch):
    both = []
    for suits in (scores.suit, lambda _: False):
        monkeypatch.setattr(scores, "suit", suits)
        both.append([g for g in worst_of.simulated(PATHS).greeks if g.measure == "gamma"])
    for ours, other in zip(*both, strict=True):
        error = np.hypot(ours.standard_error, other.standard_error)
        assert abs(ours.value - other.value) < 4 * error + ours.bias_bound + other.bias_bound
        assert 3 * ours.standard_error < other.standard_error


def test_a_short_first_step_says_too_little():
    program, terms = bound(
        "std.options",
        "AsianCall",
        strike="100 USD/BTC",
        fixings=dates(*(day / 365 for day in range(1, 100))),
    )
    assert not scores.suit(monte_carlo.prepared(program, terms, market(), PATHS, seed=1))
    few = bound(
        "std.options", "AsianCall", strike="100 USD/BTC", fixings=dates(0.25, 0.5, 0.75, 1.0)
    )
    assert scores.suit(monte_carlo.prepared(*few, market(), PATHS, seed=1))


def test_what_is_looked_at_between_steps_reads_their_beginning():
    instance = handmade.down_and_out_put()
    assert not scores.suit(monte_carlo.prepared(instance.program, instance.terms, MARKET, 400, 1))
