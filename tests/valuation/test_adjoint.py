"""The adjoint of a path program: the derivatives that JAX finds by another reading of the program,
on the same normals."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from rfos_lang.base.feed import Aspect
from rfos_lang.base.instant import show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Choice
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.simulated import monte_carlo, smooth_greeks
from rfos_lang.valuation.simulated.pilot_widths import pilot_widths
from rfos_lang.valuation.simulated.simulation import Simulation, normals
from tests.generators import handmade, programs
from tests.generators.handmade import Instance
from tests.valuation import jax_reading
from tests.valuation.averages import bound, dates, instant, market
from tests.valuation.test_monte_carlo import MARKET
from tests.valuation.test_path_program import tamed, tamed_terms


def compared(simulation: Simulation, widths, drawn) -> tuple:
    """Values and slopes, ours and JAX's."""
    unmoved = simulation.model.unmoved
    ours = smooth_greeks.smooth_in(simulation, unmoved, widths, {})
    seeds = {simulation.program.values[0]: 1.0}
    found = ours.slopes(drawn, seeds)
    slopes = model_lognormal.pulled_back(simulation.model.numbers, unmoved, found)
    with jax.enable_x64(True):
        layout = jax_reading.layout(simulation)
        ready = jax_reading.inputs(simulation, drawn, widths)
        values = jax_reading.values(simulation.program, layout)(unmoved, ready)
        expected = jax_reading.slopes(simulation.program, layout)(unmoved, ready)
    return ours.values(drawn), slopes, np.asarray(values), expected


def assert_adjoint(simulation: Simulation) -> None:
    drawn = np.stack(list(normals(simulation, 0)))
    widths = 0.25 * pilot_widths(simulation)
    values, slopes, expected_values, expected = compared(simulation, widths, drawn)
    if not np.all(np.isfinite(expected_values)):
        reject()
    scale = max(1.0, float(np.abs(expected_values).max()))
    np.testing.assert_allclose(values, expected_values, rtol=1e-10, atol=1e-10 * scale)
    unmoved = simulation.model.unmoved
    units = Shifts(1.0 / unmoved.spots, *(np.ones_like(part) for part in unmoved[1:]))
    for ours, other, unit in zip(slopes, expected, units, strict=True):
        apart = np.abs(ours - np.asarray(other))
        assert np.all(apart <= 1e-10 * (np.abs(other) + scale * unit)), (ours, other)


@pytest.mark.parametrize("make", handmade.EVERY, ids=lambda m: m.__name__)
def test_the_adjoint_is_the_derivative(make):
    instance = make()
    assert_adjoint(monte_carlo.prepared(instance.program, instance.terms, MARKET, 400, seed=3))


def test_without_widths_the_smooth_program_is_the_exact_one():
    for make in handmade.EVERY:
        instance = make()
        simulation = monte_carlo.prepared(instance.program, instance.terms, MARKET, 400, seed=3)
        exact = monte_carlo.pair_means(simulation, 0)
        drawn = np.stack(list(normals(simulation, 0)))
        sharp = np.zeros((len(simulation.line), len(simulation.program.kinks)))
        smooth = smooth_greeks.smooth_in(simulation, simulation.model.unmoved, sharp, {})
        every, half = smooth.values(drawn), simulation.block // 2
        np.testing.assert_allclose((every[:half] + every[half:]) / 2, exact, rtol=1e-10, atol=1e-8)


MONTHS = dates(*(month / 12 for month in range(1, 5)))
EXPIRY = show_instant(instant(0.3))
LIBRARY = (
    ("options", "AsianCall", {"strike": "100 USD/BTC", "fixings": MONTHS}),
    ("averages", "GeometricAsianPut", {"strike": "100 USD/BTC", "fixings": MONTHS}),
    ("averages", "AverageStrikeCall", {"fixings": MONTHS, "expiry": EXPIRY}),
    ("volatility", "VolatilitySwap", {"notional": "1 USD", "strike": "0.3", "days": MONTHS}),
    (
        "resets",
        "Cliquet",
        {
            "notional": "1000 USD",
            "resets": MONTHS,
            "local_floor": "-0.05",
            "local_cap": "0.05",
            "global_floor": "0.01",
            "global_cap": "0.08",
        },
    ),
    (
        "barriers",
        "DownAndInPut",
        {"strike": "100 USD/BTC", "barrier": "80 USD/BTC", "rebate": "1 USD", "expiry": EXPIRY},
    ),
)


@pytest.mark.parametrize("module, name, given_", LIBRARY, ids=[name for _, name, _ in LIBRARY])
def test_the_adjoint_of_the_library(module, name, given_):
    program, terms = bound(f"std.{module}", name, **given_)
    assert_adjoint(monte_carlo.prepared(program, terms, market(), 200, seed=4))


def simulable(instance) -> Instance:
    """A generated contract without what no simulation of lognormal prices knows: choices, dates
    without an end, feeds that nobody projects."""
    program = tamed(instance.program)
    terms = tamed_terms(instance.program, instance.terms)
    clauses = tuple(clause for clause in program.clauses if not isinstance(clause, Choice))
    projected = [slot.kind == "spot" or slot.aspect is Aspect.LAPSED for slot in program.feeds]
    feeds = tuple(
        slot if known else replace(slot, kind="event", aspect=Aspect.NEWEST)
        for slot, known in zip(program.feeds, projected, strict=True)
    )
    return Instance(replace(program, clauses=clauses, feeds=feeds, perpetual=False), terms)


def everything_quoted(program, terms) -> Market:
    """A market for whatever a generated contract observes and pays."""
    tickers = sorted(set(terms.assets))
    pairs = [(one, other) for one in tickers for other in tickers if one < other]
    return Market(
        as_of=terms.start,
        spots={pair: 1.5 + 0.25 * k for k, pair in enumerate(pairs)},
        volatilities={pair: flat_volatility(0.4 + 0.1 * k) for k, pair in enumerate(pairs)},
        rates={ticker: flat_rate(0.02 + 0.01 * k) for k, ticker in enumerate(tickers)},
        levels=dict.fromkeys(terms.feeds, 1.0),
    )


@given(instance=programs.instances(recursions=False, facilities=False), seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_adjoint_of_any_program(instance, seed):
    made = simulable(instance)
    program, terms = made.program, made.terms
    try:
        simulation = monte_carlo.prepared(
            program, terms, everything_quoted(program, terms), 16, seed=seed
        )
    except Refused:
        assume(False)
    assume(len(simulation.line) and all(len(table) for table in simulation.line.tables))
    assert_adjoint(simulation)
