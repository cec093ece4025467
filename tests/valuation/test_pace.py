"""A simulation that is interrupted tells what it has, with its error; any number of paths may be
asked for."""

import os
from signal import SIGINT

import numpy as np
import pytest

from rfos_lang.cli.console import interruptible
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated.estimate import Sums
from rfos_lang.valuation.simulated.pace import Enough
from tests.valuation.averages import bound, market
from tests.valuation.products.markets import HESTON

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
