"""A simulation that is interrupted tells what it has, with its error; any number of paths may be
asked for."""

import os
import tracemalloc
from dataclasses import replace
from math import isfinite
from signal import SIGINT

import numpy as np
import pytest

from rfos_lang.cli.console import interruptible
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from rfos_lang.valuation.simulated.estimate import Sums
from rfos_lang.valuation.simulated.pace import Enough
from tests.valuation.averages import bound, market
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT, HESTON, JUMPING, LOCAL

FIXINGS = "[2026-03-01, 2026-06-01]"


def after(most: int):
    def pace(done: int, blocks: int) -> None:
        if done >= most and done < blocks:
            raise Enough

    return pace


@pytest.mark.parametrize("paths", [40_000, 400_000, 1_000_000_000])
def test_what_was_simulated_is_told(paths: int) -> None:
    program, terms = bound("std.options", "AsianCall", strike="100", fixings=FIXINGS)
    found = valued(program, terms, market(), "monte_carlo", paths, pace=after(3))
    assert found.standard_error is not None and found.greeks == ()
    assert any("interrupted" in note for note in found.notes)
    whole = valued(program, terms, market(), "monte_carlo", 200_000, greeks=False)
    assert whole.standard_error is not None
    apart = abs(found.value - whole.value)
    assert apart <= 4 * (found.standard_error + whole.standard_error)


def test_a_policy_of_exercise_is_followed_as_far_as_there_is_time() -> None:
    program, terms = bound("std.options", "AmericanPut", strike="100", expiry="2026-12-25")
    found = valued(program, terms, market(), "lsm", 40_000, pace=after(4))
    assert found.greeks == () and any("interrupted" in note for note in found.notes)


RATES = {"USD": HullWhite(0.05, ((1.0, 0.012),))}
SIMULATED: dict[str, tuple[str, Market, str, int]] = {
    "paths": ("AsianCall", FLAT, "monte_carlo", 4_000),
    "kernels": ("AsianCall", FLAT, "monte_carlo", 400_000),
    "paths of levels that are watched": ("UpAndOutCall", FLAT, "monte_carlo", 4_000),
    "jumps": ("AsianCall", JUMPING, "monte_carlo", 4_000),
    "random variances": ("AsianCall", HESTON, "monte_carlo", 4_000),
    "local volatilities": ("AsianCall", LOCAL, "monte_carlo", 4_000),
    "rates": ("Cap", replace(FLAT, hull_white=RATES), "monte_carlo", 4_000),
    "choices": ("BermudanPut", FLAT, "lsm", 40_000),
    "choices on kernels": ("BermudanPut", FLAT, "lsm", 400_000),
    "choices that let a contract go on": ("CallOnPut", FLAT, "lsm", 40_000),
    "choices under a model": ("BermudanPut", JUMPING, "lsm", 20_000),
    "bounds of choices": ("BermudanPut", FLAT, "lsm_bounds", 40_000),
}


def early_in(phase: int):
    """A pace that has enough after the first part of a phase: 0 the value, 1 what comes next."""
    ended = 0

    def pace(done: int, blocks: int) -> None:
        nonlocal ended
        if ended == phase and done < blocks:
            raise Enough
        ended += done == blocks

    return pace


@pytest.mark.parametrize("name", SIMULATED)
def test_each_simulated_method_tells_what_it_has(name: str) -> None:
    """With its error, and without Greeks: also if it is interrupted while these are found."""
    contract, at, method, paths = SIMULATED[name]
    made = product(contract)
    found = [
        valued(made.program, made.terms, at, method, paths, pace=early_in(phase))
        for phase in (0, 1)
    ]
    whole = valued(made.program, made.terms, at, method, paths, greeks=False)
    assert whole.standard_error is not None
    for each in found:
        assert each.greeks == () and each.standard_error
        assert any("interrupted" in note for note in each.notes)
        assert isfinite(each.value)
        assert abs(each.value - whole.value) <= 5 * (each.standard_error + whole.standard_error)
    early, late = found
    assert early.standard_error > whole.standard_error and late.value == whole.value


def test_a_bound_that_is_interrupted_has_its_error() -> None:
    made = product("BermudanPut")
    found = valued(made.program, made.terms, FLAT, "lsm_bounds", 40_000, pace=early_in(1))
    assert found.dual is not None and found.dual.standard_error > 0.0
    assert any("bound was interrupted" in note for note in found.notes)
    assert found.value - 0.05 <= found.dual.value <= found.value + 0.3


@pytest.mark.parametrize(
    ("contract", "at", "method"),
    [
        ("AsianCall", FLAT, "monte_carlo"),
        ("AsianCall", HESTON, "monte_carlo"),
        ("BermudanPut", FLAT, "lsm"),
        ("BermudanPut", FLAT, "lsm_bounds"),
    ],
)
def test_a_billion_paths_need_no_room(contract: str, at: Market, method: str) -> None:
    """Nothing is laid out for all of them at once: what is asked of the machine is for some."""
    made = product(contract)
    tracemalloc.start()
    found = valued(made.program, made.terms, at, method, 10**9, pace=early_in(0))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.standard_error is not None and isfinite(found.value)
    assert most < 2 * 10**9


def test_greeks_by_differences_are_found_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that those of a billion paths need no room either."""
    seen: list[int] = []
    added = Sums.add

    def noted(self: Sums, draws: np.ndarray, blocks: int = 1) -> None:
        seen.append(len(draws))
        added(self, draws, blocks)

    monkeypatch.setattr(Sums, "add", noted)
    made = product("AsianCall")
    found = valued(made.program, made.terms, JUMPING, "monte_carlo", 4_000)
    assert len(found.greeks) == 6 and max(seen[-6:]) == 500


def test_a_simulation_at_leisure_is_the_same() -> None:
    program, terms = bound("std.options", "AsianCall", strike="100", fixings=FIXINGS)
    told: list[tuple[int, int]] = []
    paced = valued(
        program, terms, market(), "monte_carlo", 40_000, pace=lambda *at: told.append(at)
    )
    assert paced == valued(program, terms, market(), "monte_carlo", 40_000)
    done, blocks = told[-1]
    assert done == blocks and [each for each, _ in told[:blocks]] == list(range(1, blocks + 1))


@pytest.mark.parametrize("at", [market(), HESTON], ids=["lognormal", "Heston"])
def test_greeks_that_are_interrupted_leave_the_value(at: Market) -> None:
    program, terms = bound("std.options", "AsianCall", strike="100", fixings=FIXINGS)
    rounds = 0

    def pace(done: int, blocks: int) -> None:
        nonlocal rounds
        rounds += done == blocks
        if rounds and done == 2:
            raise Enough

    found = valued(program, terms, at, "monte_carlo", 40_000, pace=pace)
    whole = valued(program, terms, at, "monte_carlo", 40_000, greeks=False)
    assert found.value == whole.value and found.greeks == ()
    assert any("no Greeks" in note for note in found.notes)


def test_sums_are_those_of_all_draws() -> None:
    draws = np.random.default_rng(1).normal(1e3, 1e-3, (40, 500))
    sums = Sums()
    for block in draws:
        sums.add(block)
    assert sums.mean == pytest.approx(float(draws.mean()), rel=1e-14)
    assert sums.squares == pytest.approx(float(((draws - draws.mean()) ** 2).sum()), rel=1e-9)


def test_the_first_interrupt_ends_the_simulation_and_the_second_the_program() -> None:
    with interruptible("valuing", quiet=True) as waiting:
        waiting.pace(1, 10)
        os.kill(os.getpid(), SIGINT)
        with pytest.raises(Enough):
            waiting.pace(2, 10)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), SIGINT)
    assert waiting.enough.is_set()


def test_an_interrupt_before_the_first_block_ends_the_program() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible("valuing", quiet=True):
        os.kill(os.getpid(), SIGINT)
