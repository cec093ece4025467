"""Kernels of contracts with choices: what the NumPy printer makes of a policy, on the same normals;
values of many paths by them."""

from dataclasses import replace

import numpy as np
import pytest

from rfos_lang.core.program import Choice, Program, Terms, Transfer
from rfos_lang.path.program import Region
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.exercise import least_squares, training
from rfos_lang.valuation.exercise.fused import applied, decided, sampler
from rfos_lang.valuation.exercise.policy import Policy, walked
from rfos_lang.valuation.exercise.training import trained
from rfos_lang.valuation.finite_differences import by_grid
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.path import fused
from rfos_lang.valuation.path.fused import Widths
from rfos_lang.valuation.path.numpy_printer import Step, Value
from rfos_lang.valuation.simulated import simulation
from rfos_lang.valuation.simulated.monte_carlo import prepared, value
from rfos_lang.valuation.simulated.pilot_widths import pilot_widths
from rfos_lang.valuation.simulated.smooth_greeks import smooth_in
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT
from tests.valuation.test_early_exercise import bermudan, chooser, market
from tests.valuation.test_finite_differences import both, exchange
from tests.valuation.test_held_in_escrow import BARE, of_text

HALF = 100
"""Not a multiple of half of the lanes."""


def of_library(name: str) -> tuple[Program, Terms, Market]:
    made = product(name)
    return made.lowered.program, made.terms, FLAT


def contract(name: str) -> tuple[Program, Terms, Market]:
    match name:
        case "Bermudan":
            made = bermudan(6)
            return made.program, made.terms, market()
        case "exchange":
            made = exchange("until")
            return made.program, made.terms, both()
        case "chooser":
            return *chooser(), market()
        case "price that is only paid in":
            made = of_text(BARE, expiry="2026-12-31")
            return made.program, made.terms, FLAT
        case _:
            return of_library(name)


def policy_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Policy:
    """Of few training paths."""
    monkeypatch.setattr(training, "TRAINING_MOST", 1_600)
    monkeypatch.setattr(training, "FOLLOWED_SEVERAL", (1_600, 1_600))
    return trained(prepared(*contract(name), 1_600, 1))


CONTRACTS = (
    *("Bermudan", "exchange", "chooser", "price that is only paid in"),
    *("ExtendibleCall", "FxPut"),
)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_kernel_takes_choices_as_the_numpy_printer_does(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One price and several, states, choices after which a contract goes on."""
    policy = policy_of(name, monkeypatch)
    ready = policy.simulation
    shape = (len(ready.line), len(ready.model.pairs), HALF)
    half = np.random.default_rng(3).standard_normal(shape)
    expected = walked(policy, list(np.concatenate([half, -half], axis=2)), policy.decide)
    found = applied(policy, ready, (ready.program.values[0],))(half)
    for ours, theirs in zip(found, (expected.value, expected.martingale), strict=True):
        scale = max(1.0, float(np.max(np.abs(theirs))))
        np.testing.assert_allclose(ours, theirs, 0.0, 1e-11 * scale)
    assert np.ptp(expected.value) > 0.0
    if name in ("Bermudan", "exchange", "price that is only paid in"):
        assert np.ptp(expected.martingale) > 0.0


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_adjoint_along_a_policy_is_that_of_numpy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the same normals, also where a spot is moved and the policy is not."""
    policy = policy_of(name, monkeypatch)
    ready = policy.simulation
    unmoved = ready.model.unmoved
    moved = unmoved._replace(spots=1.01 * np.asarray(unmoved.spots))
    rows = model_lognormal.rows(ready.model.numbers, moved)
    there = replace(ready, rows=rows, motion=ready.motion.moved(moved))
    half = np.random.default_rng(3).standard_normal((len(ready.line), len(unmoved.spots), HALF))
    mirrored = np.concatenate([half, -half], axis=2)
    shape = (len(ready.line), 2 * HALF)
    taken = {n: np.zeros(shape) for n, r in enumerate(ready.program.step) if r.feasible is not None}

    def note(step: Step, region: Region, feasible: Value) -> Value:
        taken[step.region][step.number] = policy.decide(step, region, feasible)
        return taken[step.region][step.number]

    walked(replace(policy, simulation=there), list(mirrored), note)
    assert any(0.0 < each.mean() < 1.0 for each in taken.values())
    widths = 0.3 * pilot_widths(ready, policy.decide)
    seeds = {ready.program.values[0]: 1.0}
    expected = smooth_in(ready, moved, widths, taken).slopes(mirrored, seeds)
    sweep = there.fused.smooth().sweep(Widths.of(widths), seeds, decided(policy, there))
    for ours, theirs in zip(sweep(half)[0], expected, strict=True):
        scale = max(1e-9, float(np.max(np.abs(theirs), initial=0.0)))
        np.testing.assert_allclose(ours, theirs, 0.0, 1e-9 * scale)


@pytest.mark.parametrize(("spot", "volatility"), [(36.0, 0.2), (40.0, 0.4)])
def test_many_paths_are_worth_what_a_grid_says(spot: float, volatility: float) -> None:
    made = bermudan(20)
    at = market(spot, volatility)
    exact = by_grid.value(made.program, made.terms, at, greeks=False).value
    found = value(made.program, made.terms, at, paths=200_000, greeks=False, bounds=True)
    assert abs(found.value - exact) <= 0.001
    assert found.standard_error <= 0.00015 * exact and "204,800 paths" in found.notes[0]
    assert exact <= found.dual.value + 4 * found.dual.standard_error


def test_the_writer_may_be_the_chooser() -> None:
    """With the sides exchanged the value changes its sign."""
    made = bermudan(20)
    (choice,) = made.program.clauses
    assert isinstance(choice, Choice)
    turned = tuple(
        replace(a, payer=a.payee, payee=a.payer) if isinstance(a, Transfer) else a
        for a in choice.actions
    )
    other = replace(made.program, clauses=(replace(choice, party=1, actions=turned),))
    mine, theirs = (
        value(program, made.terms, market(), paths=40_000, greeks=False).value
        for program in (made.program, other)
    )
    assert theirs == pytest.approx(-mine, rel=1e-12)


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = bermudan(4)

    def run(threads: int) -> tuple[float, float]:
        monkeypatch.setattr(fused, "processors", lambda: threads)
        found = value(made.program, made.terms, market(), paths=100_000, seed=4, greeks=False)
        return found.value, found.standard_error

    assert run(1) == run(3)


def test_choices_that_go_on_have_their_control_variates_in_kernels_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kernel and NumPy, on other random numbers, within their errors."""
    monkeypatch.setattr(training, "TRAINING_MOST", 20_000)
    program, terms = chooser()
    at, plain = market(volatility=0.3), prepared(program, terms, market(volatility=0.3), 40_000, 2)
    policy = trained(plain)
    monkeypatch.setattr(simulation, "FUSED_FROM", 1)
    many = replace(plain, seed=plain.seed)
    slots = (many.program.values[0],)
    drawn = sampler(policy)(many, slots)(0)[0]
    found = least_squares.value(many, greeks=False)
    monkeypatch.setattr(simulation, "FUSED_FROM", 10**9)
    expected = value(program, terms, at, paths=40_000, seed=2, greeks=False)
    assert drawn.shape == (many.block,)
    assert np.isfinite(drawn).all()
    error = (found.standard_error**2 + expected.standard_error**2) ** 0.5
    assert abs(found.value - expected.value) <= 4 * error
    assert found.standard_error == pytest.approx(expected.standard_error, rel=0.05)
