"""Grids of prices that jump or whose volatility depends on them: against formulas, published
values, another's grid, parities and limits."""

from dataclasses import replace

import pytest

from rfos_lang.valuation.curve import VolatilityCurve, flat_volatility
from rfos_lang.valuation.dynamics.local_grid import LocalGrid, Row
from rfos_lang.valuation.finite_differences.by_grid import value
from rfos_lang.valuation.finite_differences.induction import Induction
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.generators import handmade
from tests.valuation.products.library import product
from tests.valuation.products.markets import BY_SABR, JUMPING, LOCAL, SMILING
from tests.valuation.products.peer import exercised
from tests.valuation.test_finite_differences import PAIR, both, exchange, market, on_grid

MEASURES = ("delta", "gamma", "vega", "rho", "carry", "theta", "vanna", "volga")


def on(name: str, moved: Market, greeks: bool = False, **given: str) -> Valuation:
    made = product(name, **given)
    return value(made.program, made.terms, moved, greeks=greeks)


@pytest.mark.parametrize("moved", [JUMPING, LOCAL, SMILING, BY_SABR])
def test_payments_at_one_date_are_those_of_the_law(moved: Market) -> None:
    for name in ("EuropeanCall", "CashOrNothingPut"):
        made = product(name)
        exact = valued(made.program, made.terms, moved, greeks=False)
        found = on(name, moved)
        assert found.bias_bound is not None
        assert abs(found.value - exact.value) <= found.bias_bound + 2e-6 * exact.value
        assert found.value == pytest.approx(exact.value, rel=3e-6)


@pytest.mark.parametrize(("moved", "within"), [(JUMPING, 2e-5), (SMILING, 2e-3), (LOCAL, 5e-4)])
def test_greeks_are_those_of_the_law(moved: Market, within: float) -> None:
    made = product("EuropeanCall")
    exact = valued(made.program, made.terms, moved)
    found = on("EuropeanCall", moved, greeks=True)
    for measure in MEASURES:
        wanted = exact.greek(measure).value
        assert found.greek(measure).value == pytest.approx(wanted, rel=within), measure


@pytest.mark.parametrize("name", ["AssetOrNothingCall", "CashOrNothingPut"])
def test_of_local_volatilities_that_bend_jumps_have_the_greeks_of_the_law(name: str) -> None:
    """Both are off where the surface bends between places, unless it is averaged there."""
    made = product(name)
    exact, found = valued(made.program, made.terms, LOCAL), on(name, LOCAL, greeks=True)
    for measure in MEASURES:
        wanted, mine = exact.greek(measure).value, found.greek(measure)
        within = 0.03 if measure in ("gamma", "theta") else 5e-4
        assert mine.value == pytest.approx(wanted, rel=within), measure


# The reference values, of a penalty method by d'Halluin and Forsyth, in Golbabai, Ahmadian and
# Milev, Radial basis functions with application to finance: American put option under jump
# diffusion, Math. Comput. Model. 55 (2012), table 2. At 100 Surkov has 3.2412435: Option pricing
# using Fourier space time-stepping framework (University of Toronto, 2009), table C.5.
PUTS = {90.0: 10.003822, 100.0: 3.241251, 110.0: 1.419803}


@pytest.mark.parametrize("spot", PUTS)
def test_american_puts_on_a_price_that_jumps_are_those_published(spot: float) -> None:
    """A year at a quarter of their rates is their quarter of a year."""
    jumping = replace(market(spot, 0.075, 0.0125), jumps={PAIR: Jumps(0.025, -0.9, 0.45)})
    put = handmade.american_put("100", days=365)
    found = on_grid(put, jumping)
    assert found.model == "Merton jumps"
    assert found.value == pytest.approx(PUTS[spot], abs=5e-4)


@pytest.mark.parametrize("name", ["AmericanPut", "BermudanCall"])
def test_early_exercise_on_a_price_that_jumps_is_that_of_anothers_grid(name: str) -> None:
    theirs = exercised(name, product(name), JUMPING)
    assert on(name, JUMPING).value == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("moved", [JUMPING, LOCAL])
def test_what_is_knocked_in_and_out_is_the_whole(moved: Market) -> None:
    terms = {"barrier": "85", "strike": "100", "rebate": "0"}
    ways = [on(f"DownAnd{way}Put", moved, **terms).value for way in ("In", "Out")]
    whole = on("EuropeanPut", moved, strike="100").value
    assert sum(ways) == pytest.approx(whole, rel=2e-4)
    assert all(0.0 < way < whole for way in ways)


def flat_surface(volatility: float) -> LocalGrid:
    return LocalGrid((Row(0.3, (0.0,), (volatility,)), Row(2.0, (0.0,), (volatility,))))


@pytest.mark.parametrize("name", ["AmericanPut", "UpAndOutCall", "Chooser"])
def test_flat_local_volatilities_are_lognormal(name: str) -> None:
    curve = VolatilityCurve(((0.3, 0.4), (2.0, 0.4)))
    plain = replace(LOCAL, local_volatilities={}, volatilities={**LOCAL.volatilities, PAIR: curve})
    flat = replace(LOCAL, local_volatilities={PAIR: flat_surface(0.4)})
    assert on(name, flat).value == pytest.approx(on(name, plain).value, rel=1e-9)


def test_jumps_of_no_size_and_jumps_that_never_come_leave_a_price_lognormal() -> None:
    plain = on_grid(handmade.american_put("40", days=365), market())
    for jumps in (Jumps(3.0, 0.0, 0.0), Jumps(1e-12, -0.2, 0.3)):
        jumping = replace(market(), jumps={PAIR: jumps})
        found = on_grid(handmade.american_put("40", days=365), jumping)
        assert found.value == pytest.approx(plain.value, rel=2e-4)


def test_jumps_alone_move_a_price() -> None:
    """Between them it moves next to not at all."""
    jumping = replace(market(volatility=0.01), jumps={PAIR: Jumps(5.0, -0.05, 0.1)})
    call = handmade.european_call("40", "1", 365)
    exact = valued(call.program, call.terms, jumping, "closed_form", greeks=False)
    assert on_grid(call, jumping).value == pytest.approx(exact.value, rel=1e-3)


def test_compiled_loops_do_what_numpy_does_at_each_node(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = on("AmericanPut", SMILING)
    monkeypatch.setattr(Induction, "by_loops", lambda *_: range(0))
    assert on("AmericanPut", SMILING).value == pytest.approx(compiled.value, rel=1e-11)


def test_early_exercise_is_worth_something_under_each_model() -> None:
    for moved in (JUMPING, LOCAL, SMILING):
        assert on("AmericanPut", moved).value > on("EuropeanPut", moved).value


def test_two_prices_of_which_one_jumps_are_refused() -> None:
    jumping = both(jumps={PAIR: Jumps(1.0, 0.0, 0.1)})
    with pytest.raises(NoGrid, match="Merton jumps"):
        on_grid(exchange("until"), jumping)


def test_what_a_spot_moves_with_its_volatilities_is_solved_again() -> None:
    found = on("AmericanPut", LOCAL, greeks=True)
    assert found.greek("gamma").estimator == "bump, solved again"
    assert on("AmericanPut", JUMPING, greeks=True).greek("gamma").estimator.endswith("the grid")
    flat = replace(LOCAL, local_volatilities={}, volatilities={PAIR: flat_volatility(0.4)})
    assert found.greek("delta").value == pytest.approx(
        on("AmericanPut", flat, greeks=True).greek("delta").value, rel=0.1
    )
