"""Jumps at levels: their expectation over a narrow width, the rest over a wider one."""

from dataclasses import replace

import numpy as np
import pytest

from rfos_lang.path.adjoint import JUMP_POWERS
from rfos_lang.valuation.path import fused
from rfos_lang.valuation.path.fused import Widths
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated import levels, monte_carlo, simulation
from tests.generators import handmade
from tests.valuation import worst_of
from tests.valuation.test_monte_carlo import MARKET


def test_a_cubic_through_jumps_is_found():
    draws = np.random.default_rng(1)
    x, wider = draws.uniform(-1.0, 1.0, 2_000), 0.2
    d, cubic = wider * x, np.array([3.0, -2.0, 5.0, 7.0])
    jumps = np.polynomial.polynomial.polyval(d, cubic)
    powers = [x**k for k in range(2 * JUMP_POWERS - 1)]
    sums = [*(np.sum(p) for p in powers), *(np.sum(jumps * p) for p in powers[:JUMP_POWERS])]
    few = np.array(sums)
    few[0] = 10.0
    trial = Widths.of(np.full((1, 3), 0.1))._replace(wider=np.full((1, 3), wider))
    found = levels.fitted(trial, np.array([[sums, few, np.zeros(len(sums))]]))
    np.testing.assert_allclose(found.jump[0, 0], cubic, rtol=1e-9)
    assert not found.jump[0, 1:].any()
    assert found.wider[0].tolist() == [wider, 0.1, 0.1]


def test_jumps_apart_change_no_greek_but_its_error(monkeypatch):
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    both = []
    for wider in (levels.WIDER, 1.0):
        monkeypatch.setattr(levels, "WIDER", wider)
        both.append([g for g in worst_of.simulated(100_000).greeks if g.measure != "gamma"])
    for ours, other in zip(*both, strict=True):
        error = np.hypot(ours.standard_error, other.standard_error)
        assert abs(ours.value - other.value) < 4 * error + ours.bias_bound + other.bias_bound
    deltas = [[g.standard_error for g in each if g.measure == "delta"] for each in both]
    assert np.mean(deltas[0]) < 0.95 * np.mean(deltas[1])


def test_without_levels_nothing_is_looked_at(monkeypatch):
    instance = handmade.european_call()
    ready = monte_carlo.prepared(instance.program, instance.terms, MARKET, 4_000, seed=1)
    widths = np.full((len(ready.line), len(ready.program.kinks)), 0.1)
    smooth = ready.fused.smooth()
    monkeypatch.setattr(type(smooth), "jumps", None)
    found = levels.cubics(ready, smooth, widths, {ready.program.values[0]: 1.0}, frozenset())
    np.testing.assert_array_equal(found.wider, widths)


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_finds_the_same_cubics(monkeypatch, threads):
    monkeypatch.setattr(fused, "processors", lambda: threads)
    monkeypatch.setattr(simulation, "FUSED_FROM", 0)
    found = worst_of.simulated(20_000, seed=9)
    monkeypatch.setattr(fused, "processors", lambda: 2)
    assert found == worst_of.simulated(20_000, seed=9)


POWER = """
contract Note(a: Asset, cash: Asset, notional: cash, expiry: Instant)
between investor, issuer {
    at expiry {
        let grown = spot(a, cash) / (spot(a, cash) at start)
        issuer pays investor notional * max(grown - 1, 0) ^ 1.5
    }
    unsecured
}
"""


@pytest.mark.parametrize("paths", [4_000, 500_000], ids=["NumPy", "kernels"])
def test_broken_powers_of_positive_parts_have_greeks(paths):
    """Which are below 0 by a little within a width."""
    given = {"a": "BTC", "cash": "USD", "notional": "1000", "expiry": "2027-01-01"}
    program, terms = worst_of.begun(POWER, given)
    at, pair, values = worst_of.market(), ("BTC", "USD"), []
    for part in (1.01, 0.99):
        moved = replace(at, spots={**at.spots, pair: 100.0 * part})
        values.append(valued(program, terms, moved, "monte_carlo", paths, 1, False).value)
    found = valued(program, terms, at, "monte_carlo", paths).greek("delta", "spot(BTC, USD)")
    assert found.value == pytest.approx((values[0] - values[1]) / 2.0, rel=0.01)
