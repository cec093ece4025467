"""Greeks less those of controls: what is taken away path by path is given back exactly."""

from dataclasses import replace

import numpy as np
import pytest

from rfos_lang.valuation.greek_names import names
from rfos_lang.valuation.path.fused import Widths
from rfos_lang.valuation.simulated import control_paths, monte_carlo, smooth_greeks
from rfos_lang.valuation.simulated.control_greeks import ControlGreeks
from rfos_lang.valuation.simulated.simulation import Simulation
from tests.generators import handmade
from tests.valuation.averages import BENT, bound, dates, market
from tests.valuation.test_monte_carlo import MARKET

FIXINGS = {"fixings": dates(*(week / 52 for week in range(1, 27)))}


def prepared(at) -> Simulation:
    program, terms = bound("std.options", "AsianCall", strike="100 USD/BTC", **FIXINGS)
    return monte_carlo.prepared(program, terms, at, 40_000, seed=5)


@pytest.mark.parametrize("at", [market(), BENT], ids=["flat", "bent"])
def test_the_greeks_of_controls_are_those_of_their_worth(at):
    """The mean along paths of each smooth control's derivatives is that of its expectation's."""
    simulation = prepared(at)
    controlled = monte_carlo.with_controls(simulation)
    assert controlled is not None
    wider, followed = controlled.simulation, controlled.controls
    for place in range(len(followed.slots)):
        taken = np.eye(len(followed.slots))[place]
        controls = ControlGreeks(wider, followed, taken)
        widths = controls.widths(np.zeros((len(wider.line), len(wider.program.kinks))), 0.5)
        (expected,) = controls.at((0.5,))
        alone = replace(wider, program=replace(wider.program, values=(followed.slots[place],)))
        derivatives = smooth_greeks._Derivatives.of(alone, None, None)
        blocks = range(wider.blocks)
        ready = derivatives.ready(Widths.of(widths))
        found = derivatives.greeks(
            [derivatives.at(b, derivatives.drawn(b), ready, True) for b in blocks]
        )
        error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
        scale = 1e-4 * np.abs(expected) + 1e-9
        assert np.all(np.abs(found.mean(axis=0) - expected) < 4 * error + scale), followed.controls[
            place
        ].name


def test_controls_change_no_greek_but_its_error(monkeypatch):
    simulation = prepared(market())
    found = monte_carlo.value(simulation.origin, simulation_terms(), market(), paths=40_000)
    monkeypatch.setattr(control_paths, "followed", lambda reader: None)
    plain = monte_carlo.value(simulation.origin, simulation_terms(), market(), paths=40_000)
    for ours, other in zip(found.greeks, plain.greeks, strict=True):
        assert 5 * ours.standard_error < other.standard_error, ours.name
        error = np.hypot(ours.standard_error, other.standard_error)
        assert abs(ours.value - other.value) < 4 * error, ours.name


def simulation_terms():
    return bound("std.options", "AsianCall", strike="100 USD/BTC", **FIXINGS)[1]


def test_every_greek_says_how_far_it_was_extrapolated():
    instance = handmade.digital_put()
    found = monte_carlo.value(instance.program, instance.terms, MARKET, paths=4_000)
    model = _model(instance)
    assert len(found.greeks) == len(names(model.pairs, model.curves, "USD"))
    assert all(greek.bias_bound is not None for greek in found.greeks)
    assert found.greek("delta").bias_bound > 0.0


def _model(instance):
    return monte_carlo.prepared(instance.program, instance.terms, MARKET, 400, seed=1).model
