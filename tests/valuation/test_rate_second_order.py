"""How rho and the vega of rates move: as differences of rho, of Jamshidian's formula, crosswise."""

from collections.abc import Callable
from dataclasses import replace
from math import exp

import pytest

from rfos_lang.base.instant import parse_instant
from rfos_lang.valuation.calibration.instruments import Curves
from rfos_lang.valuation.curve import flat_rate
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.moved_market import with_rate
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from rfos_lang.valuation.result import Greek, Valuation
from tests.valuation.rate_contracts import CERTAIN, HULL_WHITE, NOTIONAL, bound
from tests.valuation.test_hull_white_quotes import CURVES, FACTOR, FITTED, contract_of

FLAT = replace(CERTAIN, rates={"USD": flat_rate(0.04)})
LATER = """
contract Later(
    cash: Asset,
    notional: cash,
    index: Index,
    fixed, paid, also: Date,
) between writer, holder {
    unsecured
    at fixed { writer pays holder 100 * notional on paid }
    at also { writer pays holder net notional * index }
}
"""
DATES = {"fixed": "2026-03-01", "paid": "2027-01-01", "also": "2028-01-01"}
CAP = {
    "strike": "3%",
    "index": "USD_6M",
    "leg": "schedule(first: 2028-01-03, last: 2030-01-03, step: 1y)",
}


def assert_is_how_rho_moves(found: Callable[[Market], Valuation]) -> None:
    gamma = found(FLAT).greek("rate gamma")
    up, down = (found(with_rate(FLAT, "USD", by)).greek("rho").value for by in (1e-4, -1e-4))
    assert gamma.value == pytest.approx((up - down) / 2e-4, rel=1e-5)
    assert gamma.bias_bound is not None and gamma.bias_bound < 1e-4 * abs(gamma.value)


def test_of_projected_payments_it_is_how_rho_moves() -> None:
    leg = "[2026-07-01, 2027-01-01, 2027-07-01, 2028-01-03]"
    program, terms = bound("Swap", fixed="3%", index="USD_6M", leg=leg)
    assert_is_how_rho_moves(lambda market: valued(program, terms, market))


def test_what_is_still_owed_has_its_part() -> None:
    program, terms = bound("Later", text=LATER, index="USD_6M", **DATES)
    day = parse_instant("2026-06-01")

    def found(market: Market) -> Valuation:
        return valued(program, terms, replace(market, as_of=day))

    assert_is_how_rho_moves(found)
    years = replace(FLAT, as_of=day).years(parse_instant(DATES["paid"]))
    owed = -100_000_000 * years**2 * exp(-0.04 * years)
    assert found(FLAT).greek("rate gamma").value == pytest.approx(owed, rel=0.1)


# --- Jamshidian's formula -------------------------------------------------------------------------


def swaption() -> tuple[Valuation, Callable[[float, float, float], float]]:
    """A swaption, and its formula with the discounting curve, the projecting one and the volatility
    moved."""
    option = next(each for each in FACTOR.options if each.path[-1] == "1yx5y")
    name, given = contract_of("1yx5y", option.strike)
    program, terms = bound(name, FITTED.as_of, cash="EUR", notional="1_000_000 EUR", **given)

    def formula(discount: float, project: float, wider: float) -> float:
        moved = Curves(CURVES.discounting.raised(discount), CURVES.projecting.raised(project))
        return NOTIONAL * option.modelled(moved, FACTOR.model.raised(wider))

    return valued(program, terms, FITTED.market()), formula


def second(value: Callable[[float], float], step: float) -> float:
    return (value(step) - 2 * value(0.0) + value(-step)) / step**2


def crosswise(value: Callable[[float, float], float], one: float, other: float) -> float:
    up, down = (value(one, each) - value(-one, each) for each in (other, -other))
    return (up - down) / (4 * one * other)


def assert_told(greek: Greek, expected: float) -> None:
    assert greek.bias_bound is not None
    assert greek.value == pytest.approx(expected, rel=2e-3, abs=2 * greek.bias_bound)
    assert greek.bias_bound < 0.02 * abs(greek.value)


def test_of_swaptions_they_are_differences_of_the_formula() -> None:
    found, formula = swaption()
    step, wider = 1e-4, 1e-4
    assert found.value == pytest.approx(formula(0.0, 0.0, 0.0), rel=1e-6)
    discounting = second(lambda h: formula(h, 0.0, 0.0), step)
    projecting = second(lambda h: formula(0.0, h, 0.0), step)
    assert_told(found.greek("rate gamma", "EUR"), discounting)
    assert_told(found.greek("rate gamma", "EURIBOR"), projecting)
    twisted = crosswise(lambda h, v: formula(0.0, h, v), step, wider)
    assert_told(found.greek("rate vanna", "EURIBOR, Hull-White(EUR)"), twisted)
    assert_told(found.greek("volga"), second(lambda v: formula(0.0, 0.0, v), wider))


def test_vega_moves_with_rates_as_rho_does_with_volatility() -> None:
    program, terms = bound("std.rates.Cap", **CAP)

    def moved(by: float, wider: float) -> Valuation:
        market = with_rate(HULL_WHITE, "USD", by)
        model = {"USD": HULL_WHITE.hull_white["USD"].raised(wider)}
        return valued(program, terms, replace(market, hull_white=model))

    found = moved(0.0, 0.0).greek("rate vanna").value
    up, down = (moved(h, 0.0).greek("vega").value for h in (1e-4, -1e-4))
    assert found == pytest.approx((up - down) / 2e-4, rel=5e-3)
    wide, narrow = (moved(0.0, v).greek("rho").value for v in (1e-4, -1e-4))
    assert found == pytest.approx((wide - narrow) / 2e-4, rel=5e-3)


def still(market: Market) -> Market:
    return replace(market, hull_white={"USD": HullWhite(0.03, ((1.0, 0.0),))})


def test_without_volatility_there_is_nothing_to_move_both_ways() -> None:
    program, terms = bound("std.rates.Cap", **CAP | {"strike": "1%"})
    found = valued(program, terms, still(HULL_WHITE))
    assert {g.measure for g in found.greeks}.isdisjoint({"rate vanna", "volga"})
    assert found.greek("rate gamma").value != 0.0 and not found.not_given
