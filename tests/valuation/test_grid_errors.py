"""A grid is off by less than it tells, in its value and in each Greek: against formulas, also where
levels lie close together beside how far the price moves, and on a plane of two prices."""

from dataclasses import replace

import pytest

from rfos_lang.valuation.curve import flat_volatility
from rfos_lang.valuation.finite_differences import by_grid
from rfos_lang.valuation.finite_differences.by_grid import value
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.library import product
from tests.valuation.products.markets import BTC, FLAT


def moving(volatility: float) -> Market:
    return replace(FLAT, volatilities=FLAT.volatilities | {BTC: flat_volatility(volatility)})


def assert_told(found: Valuation, exact: Valuation) -> None:
    assert found.bias_bound is not None
    assert abs(found.value - exact.value) <= found.bias_bound
    sought = {(greek.measure, greek.subject): greek for greek in exact.greeks}
    for greek in found.greeks:
        other = sought[greek.measure, greek.subject]
        told = (greek.bias_bound or 0.0) + (other.bias_bound or 0.0)
        assert abs(greek.value - other.value) <= told, (greek, other)


@pytest.mark.parametrize("volatility", [0.1, 0.4, 1.0, 1.95])
@pytest.mark.parametrize(
    "name",
    ["EuropeanCall", "CashOrNothingPut", "Supershare", "DownAndOutBinaryCall", "UpAndOutCall"],
)
def test_a_grid_is_off_by_less_than_it_tells(name: str, volatility: float) -> None:
    made, at = product(name), moving(volatility)
    assert_told(value(made.program, made.terms, at), valued(made.program, made.terms, at))


@pytest.mark.parametrize("volatility", [0.4, 1.0, 1.95])
def test_jumps_leave_nothing_in_what_is_told_of_them(volatility: float) -> None:
    """Two of them, a cell or two apart: what swings there would be two per cent of gamma."""
    made, at = product("Supershare"), moving(volatility)
    found, exact = value(made.program, made.terms, at), valued(made.program, made.terms, at)
    for measure in ("delta", "gamma", "vanna"):
        sought = exact.greek(measure).value
        assert found.greek(measure).value == pytest.approx(sought, rel=2e-3), measure


def test_a_jump_in_one_price_as_another_one_ends_lies_on_nodes() -> None:
    made = product("CorrelationCall")
    found = value(made.program, made.terms, FLAT, greeks=False)
    exact = valued(made.program, made.terms, FLAT, greeks=False)
    assert found.value == pytest.approx(exact.value, rel=1e-5)


def test_a_plane_tells_its_errors_and_vanna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_grid, "PLANE_CELLS", 32)
    monkeypatch.setattr(by_grid, "PLANE_STEPS", 16)
    made = product("CorrelationCall")
    found, exact = value(made.program, made.terms, FLAT), valued(made.program, made.terms, FLAT)
    assert_told(found, exact)
    measures = {greek.measure for greek in exact.greeks}
    assert measures - {greek.measure for greek in found.greeks} == {"cross gamma"}
    for subject in found.subjects("vanna"):
        sought = next(g for g in exact.greeks if (g.measure, g.subject) == ("vanna", subject))
        mine = next(g for g in found.greeks if (g.measure, g.subject) == ("vanna", subject))
        assert mine.value == pytest.approx(sought.value, rel=0.01)


@pytest.mark.parametrize("name", ["AmericanCashCall", "AmericanCashPut"])
def test_critical_prices_that_nearly_meet_at_the_spot_leave_gamma_alone(name: str) -> None:
    """What is paid begins to be a gain a hair beside the strike, and the spot is there: gamma is
    that of the prices a little away, not of cells that shrink to nothing."""
    made, market = product(name), moving(0.5)
    at = value(made.program, made.terms, market).greek("gamma")
    beside = replace(market, spots=market.spots | {BTC: 1.01 * market.spots[BTC]})
    near = value(made.program, made.terms, beside).greek("gamma")
    assert at.value == pytest.approx(near.value, rel=0.05)
    assert at.bias_bound is not None and at.bias_bound < 0.01 * at.value
