"""Grids of a price and its variance: against formulas, published values, another's grid, parities
and limits."""

from dataclasses import replace

import numpy as np
import pytest

from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.finite_differences.by_grid import value
from rfos_lang.valuation.finite_differences.variance_plane import variance_nodes
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.generators import handmade
from tests.valuation.products.library import product
from tests.valuation.products.markets import BTC, FLAT, HESTON
from tests.valuation.products.peer import exercised
from tests.valuation.test_finite_differences import PAIR, market, on_grid

JUMPING = replace(HESTON, jumps={BTC: Jumps(2.0, -0.05, 0.12)})


def on(name: str, moved: Market, greeks: bool = False, **given: str) -> Valuation:
    made = product(name, **given)
    return value(made.program, made.terms, moved, greeks=greeks)


def moving(heston: Heston) -> Market:
    return replace(HESTON, heston={BTC: heston})


@pytest.mark.parametrize(
    "moved",
    [
        HESTON,
        JUMPING,
        moving(Heston(0.09, 1.0, 0.09, 0.05, 0.95)),
        moving(Heston(0.04, 0.5, 0.04, 1.0, -0.9)),  # far from Feller's condition
        moving(Heston(0.0, 2.0, 0.2, 0.6, -0.5)),
    ],
)
def test_payments_at_one_date_are_those_of_the_characteristic_function(moved: Market) -> None:
    made = product("EuropeanCall")
    exact = valued(made.program, made.terms, moved, greeks=False)
    found = on("EuropeanCall", moved)
    assert found.bias_bound is not None
    assert abs(found.value - exact.value) <= found.bias_bound < 0.02 * exact.value


def test_values_and_greeks_are_close_where_variance_stays_off_zero() -> None:
    made = product("EuropeanCall")
    exact, found = valued(made.program, made.terms, HESTON), on("EuropeanCall", HESTON, True)
    assert (found.method, found.model) == ("finite differences", "Heston")
    assert found.value == pytest.approx(exact.value, rel=5e-6)
    assert {greek.measure for greek in exact.greeks} == {greek.measure for greek in found.greeks}
    for greek in found.greeks:
        sought, told = exact.greek(greek.measure).value, greek.bias_bound
        assert told is not None and abs(greek.value - sought) <= told, greek
        if greek.measure != "volga":
            assert greek.value == pytest.approx(sought, rel=1e-3, abs=1e-4), greek


# Fang and Oosterlee, A Fourier-based valuation method for Bermudan and barrier options under
# Heston's model, SIAM J. Financial Math. 2 (2011), test 4: the reference values, within 2e-5 of
# those of Ikonen and Toivanen (University of Jyvaskyla, report B12/2005) that QuantLib tests by.
PUTS = {8.0: 2.0, 9.0: 1.107621, 10.0: 0.520030, 11.0: 0.213677, 12.0: 0.082044}


@pytest.mark.parametrize("spot", PUTS)
def test_american_puts_are_those_published(spot: float) -> None:
    """A year at a quarter of their rates is their quarter of a year."""
    heston = Heston(0.0625 / 4, 1.25, 0.04, 0.225, 0.1)
    moved = replace(market(spot, rate=0.025), volatilities={}, heston={PAIR: heston})
    found = on_grid(handmade.american_put("10", days=365), moved)
    assert found.value == pytest.approx(PUTS[spot], abs=5e-5)


@pytest.mark.parametrize("spot", [80.0, 100.0, 120.0])
def test_at_another_variance_they_are_those_of_anothers_grid(spot: float) -> None:
    heston = Heston(0.25, 5.0, 0.16, 0.9, 0.1)
    moved = replace(HESTON, spots=HESTON.spots | {BTC: spot}, heston={BTC: heston})
    theirs = exercised("AmericanPut", product("AmericanPut"), moved)
    assert on("AmericanPut", moved).value == pytest.approx(theirs, rel=1e-3)


def test_on_dates_it_is_that_of_anothers_grid() -> None:
    theirs = exercised("BermudanPut", product("BermudanPut"), HESTON)
    assert on("BermudanPut", HESTON).value == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("moved", [HESTON, JUMPING])
def test_what_is_knocked_in_and_out_is_the_whole(moved: Market) -> None:
    terms = {"barrier": "85", "strike": "100", "rebate": "0"}
    ways = [on(f"DownAnd{way}Put", moved, **terms).value for way in ("In", "Out")]
    whole = on("EuropeanPut", moved, strike="100").value
    assert sum(ways) == pytest.approx(whole, rel=2e-5)
    assert all(0.0 < way < whole for way in ways)


@pytest.mark.parametrize("name", ["DoubleOutCall", "OneTouchDown", "AmericanPut"])
def test_a_variance_that_hardly_moves_leaves_a_price_lognormal(name: str) -> None:
    made = product(name)
    plain = valued(made.program, made.terms, FLAT, greeks=False).value
    still = on(name, moving(Heston(0.16, 2.0, 0.16, 1e-4, 0.5)))
    assert still.value == pytest.approx(plain, rel=1e-4)


def test_a_variance_that_does_not_move_at_all_is_a_limit() -> None:
    still = on("EuropeanPut", moving(Heston(0.09, 2.0, 0.16, 0.0, 0.0)))
    hardly = on("EuropeanPut", moving(Heston(0.09, 2.0, 0.16, 1e-3, 0.0)))
    assert still.value == pytest.approx(hardly.value, rel=1e-4)


def test_calls_and_puts_are_in_parity() -> None:
    call, put = (on(name, HESTON, strike="95").value for name in ("EuropeanCall", "EuropeanPut"))
    made = product("EuropeanCall")
    years = HESTON.years(max(made.terms.schedules[-1]))
    forward, discount = HESTON.forward(*BTC, years), HESTON.discount("USD", years)
    assert call - put == pytest.approx(discount * (forward - 95.0), abs=2e-5)


def test_a_choice_under_heston_is_solved_on_a_grid() -> None:
    made = product("AmericanPut")
    found = valued(made.program, made.terms, HESTON, greeks=False)
    assert found.method == "finite differences"
    assert "variances" in found.notes[-1]
    assert found.value > on("EuropeanPut", HESTON).value


def test_nodes_of_the_variance_are_halved_and_have_the_present_one() -> None:
    for heston in (Heston(0.16, 2, 0.2, 0.6, -0.5), Heston(0.0, 1, 0.04, 1.0, 0.0)):
        coarse, fine = (variance_nodes(heston, 1.0, 20, fineness) for fineness in (1, 2))
        assert heston.v0 in coarse
        assert np.all(np.diff(coarse) > 0.0)
        assert np.sqrt(fine[::2]) == pytest.approx(np.sqrt(coarse))
