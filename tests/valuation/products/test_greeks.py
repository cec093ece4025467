"""The Greeks of every contract of the library."""

import numpy as np
import pytest

from rfos_lang.valuation import monte_carlo, smooth_greeks
from tests.valuation.products.agreement import SEED
from tests.valuation.products.exceptions import valued_names
from tests.valuation.products.library import definitions, is_chosen_in, product
from tests.valuation.products.markets import FLAT

VALUED = valued_names(list(definitions()))


@pytest.mark.parametrize("name", [name for name in VALUED if not is_chosen_in(name)])
def test_without_widths_the_smooth_program_is_the_contract(name: str) -> None:
    instance = product(name)
    simulation = monte_carlo.prepared(instance.program, instance.terms, FLAT, 400, SEED)
    sharp = np.zeros((len(simulation.line), len(simulation.program.kinks)))
    smooth = smooth_greeks.smooth_in(simulation, simulation.model.unmoved, sharp, {})
    values = smooth.values(np.stack(list(monte_carlo.normals(simulation, 0))))
    exact = monte_carlo.pair_means(simulation, 0)
    paired = values.reshape(2, -1).mean(axis=0) if simulation.is_random else values
    assert paired == pytest.approx(exact, rel=1e-9, abs=1e-9)
