"""The Greeks of every contract of the library."""

import numpy as np
import pytest

from rfos_lang.valuation.market import Market
from rfos_lang.valuation.simulated import monte_carlo, smooth_greeks
from rfos_lang.valuation.simulated.simulation import normals
from tests.valuation.products.agreement import SEED
from tests.valuation.products.exceptions import NEVER_SIMULATED, valued_names
from tests.valuation.products.greeks import METHODS, by_method, too_far
from tests.valuation.products.library import definitions, is_chosen_in, is_watched, product
from tests.valuation.products.markets import FLAT, LOGNORMAL, MARKETS

VALUED = valued_names(list(definitions()))


SIMULATED = [n for n in VALUED if not is_chosen_in(n) and n not in NEVER_SIMULATED]


@pytest.mark.parametrize("name", SIMULATED)
def test_without_widths_the_smooth_program_is_the_contract(name: str) -> None:
    instance = product(name)
    simulation = monte_carlo.prepared(instance.program, instance.terms, FLAT, 400, SEED)
    sharp = np.zeros((len(simulation.line), len(simulation.program.kinks)))
    smooth = smooth_greeks.smooth_in(simulation, simulation.model.unmoved, sharp, {})
    values = smooth.values(np.stack(list(normals(simulation, 0))))
    exact = monte_carlo.pair_means(simulation, 0)
    paired = values.reshape(2, -1).mean(axis=0) if simulation.is_random else values
    assert paired == pytest.approx(exact, rel=1e-9, abs=1e-9)


QUICK, MANY = 4_000, 100_000

APART = {
    (
        "CorrelationCall",
        "monte_carlo",
    ): "its jump in one price as another one ends takes more paths",
}
"""Contracts and methods whose Greeks are not precise to 2 %, with the reason."""

AT_DATES = [name for name in VALUED if not is_chosen_in(name) and not is_watched(name)]


def assert_greeks_agree(name: str, market: Market, paths: int, methods: tuple[str, ...]) -> None:
    found = by_method(product(name), market, paths, methods)
    for other in found[1:]:
        if (name, other.method) not in APART:
            apart = [told for _, told in too_far(other, found[0], market)]
            assert not apart, (name, other.method, apart)


@pytest.mark.parametrize("name", AT_DATES)
def test_greeks_of_formulas_and_paths_agree(name: str) -> None:
    """What depends on prices at dates; the rest needs more paths than a quick run has."""
    assert_greeks_agree(name, FLAT, QUICK, ("closed_form", "quadrature", "monte_carlo"))


CROWDED = (
    *("DownAndInCall", "TouchUpAtExpiry", "UpAndOutBinaryPut", "DownAndOutEarlyCall"),
    *("BermudanPut", "CappedVarianceSwap", "ExchangeOption", "Accumulator"),
)


@pytest.mark.parametrize("name", CROWDED)
def test_greeks_agree_where_prices_have_several_places_at_which_something_changes(
    name: str,
) -> None:
    """A level beside a strike, a strike beside the edge of a choice, a cap beside the end of what
    there is: smoothing that reaches over both is off by more than it tells."""
    assert_greeks_agree(name, FLAT, MANY, ("closed_form", "quadrature", "monte_carlo"))


@pytest.mark.parametrize("model", ["Merton", "Heston"])
def test_differences_of_what_jumps_have_the_error_that_they_tell(model: str) -> None:
    for name in ("CashOrNothingCall", "AssetOrNothingPut", "GapCall"):
        assert_greeks_agree(name, MARKETS[model], QUICK, ("closed_form", "monte_carlo"))


@pytest.mark.parametrize(
    "name", ["ForwardStartCall", "UpAndOutCall", "CallOnPut", "AsianTailLookback"]
)
def test_every_volatility_is_moved_alike_also_between_knots(name: str) -> None:
    """So that vega and volga are the same by every method where curves bend."""
    exact = ("closed_form", "quadrature", "finite_differences")
    assert_greeks_agree(name, MARKETS["lognormal, bent curves"], QUICK, exact)


@pytest.mark.slow
@pytest.mark.parametrize("model", LOGNORMAL)
@pytest.mark.parametrize("name", VALUED)
def test_greeks_of_all_methods_agree(name: str, model: str) -> None:
    assert_greeks_agree(name, MARKETS[model], MANY, METHODS)
