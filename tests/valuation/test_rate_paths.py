"""Rates along paths: they reprice the curve, and every contract on rates as the integrals do."""

import contextlib
from dataclasses import replace

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Choice
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.curve import RateCurve
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from tests.valuation.products.library import definitions, product
from tests.valuation.products.markets import BENT
from tests.valuation.rate_contracts import CERTAIN, HULL_WHITE, bound, worth

MOVING = replace(
    BENT,
    hull_white={"USD": HullWhite(0.1, ((0.5, 0.01), (1.0, 0.02)))},
)
PATHS = 2_000


def is_of_rates(instance: Instance) -> bool:
    """Whether it depends on no price, but on an index that moves or on a choice."""
    program = instance.program
    kinds = {feed.kind for feed in program.feeds}
    several = {asset for asset in instance.terms.assets if asset != "USD"}
    moves = any(name in ("index(SOFR)", "index(ESTR)") for name in instance.terms.feeds)
    chosen = any(isinstance(clause, Choice) for clause in program.clauses)
    return not several and kinds <= {"index"} and (moves or chosen)


OF_RATES = [name for name in definitions() if is_of_rates(product(name))]

ALONE = {
    "it counts the days on which a rate is in a range": {"RangeAccrual"},
    "it compounds, day by day, an index of three months": {
        "OvernightLeg",
        "OvernightIndexSwap",
        "OvernightNote",
    },
    "its typical legs begin before the choice": {"PayerSwaption", "ReceiverSwaption"},
}
"""Contracts on rates that paths alone value, and why."""

NEITHER = {
    "somebody chooses how much, or what escrow holds decides": {
        "DeliveryThroughAgent",
        "Escrow",
        "CapitalCalls",
        "Subscription",
        "AnnuityWithPrepayment",
        "CreditLine",
    },
}


@pytest.mark.parametrize("name", OF_RATES)
def test_integrals_and_paths_agree(name: str) -> None:
    instance = product(name)
    found = {}
    for method in ("quadrature", "monte_carlo"):
        with contextlib.suppress(Refused):
            found[method] = valued(*instance_of(instance), MOVING, method, PATHS, greeks=False)
    alone, neither = (any(name in n for n in table.values()) for table in (ALONE, NEITHER))
    assert len(found) == (0 if neither else 1 if alone else 2), found
    if len(found) == 2:
        exact, paths = found["quadrature"], found["monte_carlo"]
        assert (exact.model, paths.model) == ("Hull-White", "Hull-White")
        assert paths.standard_error is not None
        policy = 0.01 * abs(exact.value) if "least" in paths.method else 0.0
        assert abs(exact.value - paths.value) < 4 * paths.standard_error + policy + 1e-9


def instance_of(instance: Instance):  # type: ignore[no-untyped-def]
    return instance.program, instance.terms


def test_discounted_bonds_reprice_the_curve() -> None:
    """Counted in bonds of the last date, earlier ones are martingales."""
    coupons = "schedule(first: 2026-07-01, last: 2040-07-01, step: 1y)"
    bond = {"face": "1_000 USD", "coupon": "20%", "coupons": coupons}
    found = worth("std.bonds.FixedRateBond", method="monte_carlo", **bond)
    assert found.model == "Hull-White" and found.standard_error is not None
    exact = worth("std.bonds.FixedRateBond", CERTAIN, **bond).value
    assert 0.0 < found.standard_error < 1e-3 * exact
    assert abs(found.value - exact) < 4 * found.standard_error


def test_greeks_along_paths_are_those_of_the_integral() -> None:
    leg = "schedule(first: 2028-01-03, last: 2031-01-03, step: 1y)"
    program, terms = bound("std.rates.Cap", strike="3%", index="USD_6M", leg=leg)
    exact = valued(program, terms, HULL_WHITE)
    found = valued(program, terms, HULL_WHITE, "monte_carlo", 40_000)
    for greek in found.greeks:
        assert greek.standard_error is not None
        expected = exact.greek(greek.measure, greek.subject).value
        assert abs(greek.value - expected) < 4 * greek.standard_error + 0.001 * abs(expected)


def test_thetas_are_of_one_side_of_a_knot() -> None:
    """The last caplet is fixed two fifths of a day before the forward rate jumps."""
    leg = "schedule(first: 2028-01-03, last: 2031-01-03, step: 1y)"
    program, terms = bound("std.rates.Cap", strike="3%", index="USD_6M", leg=leg)
    jumping = RateCurve(((1.0, 0.03), (1460.4 / 365, 0.035), (14.0, 0.06)))
    market = replace(HULL_WHITE, rates={"USD": jumping})
    exact = valued(program, terms, market).greek("theta").value
    found = valued(program, terms, market, "monte_carlo", 10_000).greek("theta")
    assert found.standard_error is not None
    assert abs(found.value - exact) < 4 * found.standard_error + 0.001 * abs(exact)
    assert found.standard_error < 0.02 * abs(exact)


def test_the_same_seed_gives_the_same_bits() -> None:
    cap = {"strike": "3%", "index": "USD_6M", "leg": "[2028-01-03, 2028-07-03, 2029-01-02]"}
    values = {worth("std.rates.Cap", method="monte_carlo", **cap).value for _ in range(2)}
    assert len(values) == 1
