"""Sobol's points: fair, evener than random numbers, and honest about their error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated import monte_carlo, simulation
from rfos_lang.valuation.simulated.sobol import bridged, cube
from tests.generators import handmade
from tests.valuation.averages import bound, dates, market
from tests.valuation.test_monte_carlo import MARKET

PATHS = 20_000


@given(
    deviations=st.lists(st.sampled_from((0.0, 0.01, 0.1, 0.5)), min_size=1, max_size=12),
    spots=st.integers(1, 2),
)
def test_a_bridge_turns_normals_and_leaves_them_independent(deviations, spots):
    """It is an orthogonal map of each price's normals; the end of a path is the first of them."""
    steps = len(deviations)
    table = np.stack([deviations] * spots, axis=1)
    turned = bridged(np.eye(steps * spots), table).reshape(steps * spots, -1)
    np.testing.assert_allclose(turned @ turned.T, np.eye(steps * spots), atol=1e-12)
    ends = np.einsum("nm,nmp->mp", table, turned.reshape(steps, spots, -1))
    expected = np.zeros_like(ends)
    expected[:, :spots] = np.eye(spots) * np.linalg.norm(table, axis=0)
    np.testing.assert_allclose(ends, expected, atol=1e-12)


def test_replicates_differ_and_each_is_normal():
    one, other = (cube(3, replicate, 5, 1024) for replicate in (0, 1))
    assert not np.array_equal(one, other)
    assert np.array_equal(one, cube(3, 0, 5, 1024))
    assert np.all(np.isfinite(one))
    np.testing.assert_allclose(one.mean(axis=1), 0.0, atol=5e-3)
    np.testing.assert_allclose(one.var(axis=1), 1.0, atol=2e-2)


@pytest.mark.parametrize("make", [handmade.european_call, handmade.down_and_out_put])
def test_they_agree_with_random_numbers_and_err_less(make):
    instance = make()
    how = {"paths": PATHS, "seed": 4, "greeks": False}
    plain = monte_carlo.value(instance.program, instance.terms, MARKET, **how)
    even = monte_carlo.value(instance.program, instance.terms, MARKET, sampling="sobol", **how)
    error = math.hypot(plain.standard_error, even.standard_error)
    assert abs(plain.value - even.value) < 4 * error
    assert even.standard_error < plain.standard_error
    assert "Sobol" in even.notes[0]


def test_the_error_they_tell_is_that_of_their_seeds():
    instance = handmade.european_call()
    values, errors = [], []
    for seed in range(1, 13):
        found = monte_carlo.value(
            instance.program,
            instance.terms,
            MARKET,
            paths=2_000,
            seed=seed,
            greeks=False,
            sampling="sobol",
        )
        values.append(found.value)
        errors.append(found.standard_error)
    exact = valued(instance.program, instance.terms, MARKET, "closed_form", greeks=False).value
    told = float(np.sqrt(np.mean(np.square(errors))))
    assert 0.4 < np.std(values, ddof=1) / told < 2.5
    assert abs(np.mean(values) - exact) < 4 * told / math.sqrt(len(values))


def test_greeks_take_them_too_by_numpy_and_by_kernels(monkeypatch):
    fixings = dates(*(month / 12 for month in range(1, 5)))
    program, terms = bound("std.options", "AsianCall", strike="100 USD/BTC", fixings=fixings)
    found = []
    for least in (10**12, 0):
        monkeypatch.setattr(simulation, "FUSED_FROM", least)
        found.append(monte_carlo.value(program, terms, market(), paths=8_000, sampling="sobol"))
    numpy, kernels = found
    assert kernels.value == pytest.approx(numpy.value, rel=1e-6)
    for ours, other in zip(kernels.greeks, numpy.greeks, strict=True):
        assert ours.value == pytest.approx(other.value, rel=1e-3, abs=1e-9), ours.name


def test_what_has_none_says_so():
    instance = handmade.american_put()
    found = monte_carlo.value(
        instance.program, instance.terms, MARKET, paths=2_000, greeks=False, sampling="sobol"
    )
    assert "no Sobol points" in found.notes[0]
    with pytest.raises(Refused, match="E0623"):
        valued(instance.program, instance.terms, MARKET, sampling="halton")
