"""What the search draws is a case, and the first of what it draws agrees."""

import numpy as np
import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.simulated.monte_carlo import prepared
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT
from tests.valuation.products.printers import KERNEL, NUMPY, STRICT, printed, printed_apart
from tests.valuation.products.search import PAIRS, drawn, told

FIRST = range(1, 9)


def test_a_seed_draws_the_same_case_again() -> None:
    cases = [drawn(seed) for seed in FIRST]
    assert any(cases)
    assert [str(case) for case in cases] == [str(drawn(seed)) for seed in FIRST]


@pytest.mark.parametrize("name", ["UpAndOutCall", "Accumulator", "QuantoCall", "DoubleTouch"])
def test_paths_are_the_same_whoever_runs_them(name: str) -> None:
    instance = product(name)
    simulation = prepared(instance.program, instance.terms, FLAT, 2 * PAIRS, 1)
    found = printed(simulation, PAIRS)
    assert set(found) == {NUMPY, KERNEL, STRICT} and np.ptp(found[NUMPY]) > 0.0
    assert not list(printed_apart(instance, FLAT, PAIRS))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_methods_agree_on_what_is_drawn(seed: int) -> None:
    if (case := drawn(seed)) is not None:
        try:
            assert not told(case), str(case)
        except Refused as refused:
            pytest.fail(f"{case}: {refused.code}")
