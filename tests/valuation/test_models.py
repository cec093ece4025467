"""Prices that do not move lognormally: against formulas, parities, limits, and each other."""

from dataclasses import replace
from math import exp, inf, sqrt

import numpy as np
import pytest

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation import correlations
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.dynamics.fourier import FourierLaw
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.law import Law, Lognormal
from rfos_lang.valuation.dynamics.replication import ReplicatedLaw
from rfos_lang.valuation.dynamics.smile import Smile, butterfly, crossing
from rfos_lang.valuation.dynamics.svi import Svi, flat_slice
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated import monte_carlo
from tests.generators import handmade
from tests.generators.handmade import START, Instance
from tests.valuation.averages import bound
from tests.valuation.market_errors import assert_told

BTC = ("BTC", "USD")
ETH = ("ETH", "USD")
LOGNORMAL = Market(
    as_of=START,
    spots={BTC: 64_000.0},
    volatilities={BTC: flat_volatility(0.5)},
    rates={"USD": flat_rate(0.04)},
    yields={"BTC": flat_rate(0.01)},
)
JUMPING = replace(LOGNORMAL, jumps={BTC: Jumps(6.0, -0.05, 0.1)})
HESTON = Heston(v0=0.3, kappa=2.0, theta=0.25, xi=0.8, rho=-0.6)
BY_HESTON = replace(LOGNORMAL, volatilities={}, heston={BTC: HESTON})
SMILE = Smile(
    (
        (0.1, Svi(0.004, 0.09, -0.3, 0.02, 0.15)),
        (0.5, Svi(0.03, 0.2, -0.35, 0.05, 0.3)),
    )
)
BY_SMILE = replace(LOGNORMAL, volatilities={}, smiles={BTC: SMILE})


def simulated(
    instance: Instance, market: Market, paths: int = 20_000, greeks: bool = False
) -> Valuation:
    how = {"paths": paths, "seed": 3, "greeks": greeks}
    return monte_carlo.value(instance.program, instance.terms, market, **how)


def formula(instance: Instance, market: Market, greeks: bool = False) -> Valuation:
    return valued(instance.program, instance.terms, market, greeks=greeks)


def assert_agree(found: Valuation, exact: float) -> None:
    assert found.standard_error is not None and found.standard_error > 0
    assert abs(found.value - exact) < 4 * found.standard_error


# --- jumps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [handmade.european_call, handmade.digital_put])
def test_paths_with_jumps_have_the_value_of_the_formula(make) -> None:
    found = simulated(make(), JUMPING)
    assert found.model == "Merton jumps"
    assert_agree(found, formula(make(), JUMPING).value)


def test_greeks_on_paths_with_jumps_are_differences_on_the_same_numbers() -> None:
    call = handmade.european_call()
    exact = formula(call, JUMPING, greeks=True)
    for greek in simulated(call, JUMPING, greeks=True).greeks:
        expected = exact.greek(greek.measure).value
        assert greek.standard_error is not None and greek.estimator.startswith("bump")
        assert abs(greek.value - expected) < 4 * greek.standard_error + 0.01 * abs(expected)


def test_jumps_that_hardly_come_leave_what_depends_on_the_path() -> None:
    rarely = replace(LOGNORMAL, jumps={BTC: Jumps(1e-9, 0.0, 0.1)})
    for make in (handmade.asian_call, handmade.down_and_out_put):
        found, exact = simulated(make(), rarely), formula(make(), LOGNORMAL)
        assert_agree(found, exact.value)


# --- laws at a date ------------------------------------------------------------------------------

LAWS = {
    "lognormal": Lognormal(0.3),
    "jumps": FourierLaw(None, 0.05, Jumps(3.0, -0.1, 0.15), 0.5),
    "heston": FourierLaw(HESTON, 0.0, None, 0.5),
    "bates": FourierLaw(HESTON, 0.0, Jumps(3.0, -0.1, 0.15), 0.5),
    "smile": ReplicatedLaw(SMILE, 0.3),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_is_a_law(law: Law) -> None:
    assert law.above(0, -inf) == law.above(1, -inf) == 1.0
    levels = np.linspace(-1.0, 1.0, 11)
    chances = [law.above(0, k) for k in levels]
    assert all(0.0 <= a <= 1.0 for a in chances) and np.all(np.diff(chances) < 0.0)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    k = 0.3 * nodes
    cumulated = np.array([law.above(0, each) for each in k])
    low, high = (law.above(0, each) for each in (-0.3, 0.3))
    for power in (1, 2, -1):
        # E[M^p 1{a < log M < b}], integrated by parts
        parts = exp(-0.3 * power) * low - exp(0.3 * power) * high
        parts += power * float(np.sum(np.exp(power * k) * cumulated * weights)) * 0.3
        inside = law.above(power, -0.3) - law.above(power, 0.3)
        assert inside == pytest.approx(parts, rel=1e-6)


def test_a_law_by_characteristic_function_is_that_by_formula() -> None:
    found, exact = FourierLaw(None, 0.09, None, 0.5), Lognormal(0.3)
    for power in (-1, 0, 1, 2, 3):
        for level in (-2.0, -0.1, 0.0, 0.3, 1.5):
            assert found.above(power, level) == pytest.approx(exact.above(power, level), abs=1e-12)


def test_heston_without_volatility_of_variance_is_lognormal() -> None:
    still = Heston(v0=0.25, kappa=2.0, theta=0.16, xi=1e-6, rho=-0.5)
    years = 0.7
    exact = Lognormal(sqrt(still.mean_variance(years) * years))
    found = FourierLaw(still, 0.0, None, years)
    for power, level in ((0, 0.1), (1, -0.2), (2, 0.0)):
        assert found.above(power, level) == pytest.approx(exact.above(power, level), abs=1e-6)


def test_a_flat_smile_is_lognormal() -> None:
    flat = Smile(tuple((years, flat_slice(0.25 * years)) for years in (0.1, 0.5, 2.0)))
    market = replace(LOGNORMAL, volatilities={}, smiles={BTC: flat})
    for make in (handmade.european_call, handmade.digital_put, handmade.absolute_move):
        exact = formula(make(), LOGNORMAL, greeks=True)
        found = formula(make(), market, greeks=True)
        assert found.method == "static replication"
        assert found.value == pytest.approx(exact.value, rel=1e-9)
        for greek in exact.greeks:
            theirs = found.greek(greek.measure).value
            assert theirs == pytest.approx(greek.value, rel=1e-4, abs=1e-7)


def test_moments_that_are_not_finite_are_refused() -> None:
    wild = FourierLaw(Heston(0.3, 0.5, 0.3, 3.0, 0.5), 0.0, None, 2.0)
    steep = ReplicatedLaw(Smile(((1.0, Svi(0.0, 1.2, 0.5, 0.0, 0.3)),)), 1.0)
    for law in (wild, steep):
        with pytest.raises(Exception, match="no finite mean"):
            law.above(3, -inf)


@pytest.mark.parametrize("by", [0.5, 1.2])
def test_a_model_is_scaled_as_its_implied_volatilities_are(by: float) -> None:
    scaled = ReplicatedLaw(SMILE.scaled(by), 0.3)
    assert scaled.smile.volatility(0.1, 0.3) == pytest.approx(by * SMILE.volatility(0.1, 0.3))
    # Heston: the variance of everything, at all times, is by² what it was
    one, other = HESTON, HESTON.scaled(by)
    assert other.mean_variance(0.7) == pytest.approx(by**2 * one.mean_variance(0.7))
    still = FourierLaw(HESTON.scaled(0.0), 0.0, None, 0.5)
    assert still.above(0, -0.01) == pytest.approx(1.0, abs=1e-9)
    assert still.above(0, 0.01) == pytest.approx(0.0, abs=1e-9)


# --- contracts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("market", [BY_HESTON, BY_SMILE], ids=["heston", "smile"])
def test_calls_and_puts_are_in_parity(market: Market) -> None:
    """|S - K| is twice the call less S - K, at the strike of `absolute_move`."""
    move = handmade.absolute_move()
    years, strike = 30 / 365, 64_000
    call = formula(handmade.european_call(strike=str(strike), days=30), market).value
    forward = market.discount("USD", years) * (market.forward(*BTC, years) - strike)
    assert formula(move, market).value == pytest.approx(2 * call - forward, rel=1e-11)


@pytest.mark.parametrize("market", [BY_HESTON, BY_SMILE], ids=["heston", "smile"])
@pytest.mark.parametrize("make", [handmade.european_call, handmade.digital_put])
def test_paths_have_the_value_of_the_law(market: Market, make) -> None:
    assert_agree(simulated(make(), market), formula(make(), market).value)


def test_what_depends_on_the_path_is_simulated_under_a_model() -> None:
    for market, name in ((BY_HESTON, "Heston"), (BY_SMILE, "local volatility of the SVI smile")):
        asian = handmade.asian_call(fixings=3)
        found = valued(asian.program, asian.terms, market, paths=2_000, greeks=False)
        assert (found.method, found.model) == ("Monte Carlo", name)
        put = handmade.american_put()
        assert valued(put.program, put.terms, market, paths=2_000, greeks=False).model == name


def test_a_local_volatility_that_hardly_varies_leaves_a_barrier_its_formula() -> None:
    flat = Smile(tuple((years, flat_slice(0.25 * years)) for years in (0.1, 2.0)))
    market = replace(LOGNORMAL, volatilities={}, smiles={BTC: flat})
    out = handmade.down_and_out_put()
    assert_agree(simulated(out, market), formula(out, LOGNORMAL).value)


def test_a_formula_of_lognormal_prices_is_refused_under_a_model() -> None:
    asian = handmade.asian_call(fixings=3)
    with pytest.raises(Refused) as refused:
        valued(asian.program, asian.terms, BY_HESTON, method="closed_form")
    assert refused.value.code == "E0624"
    with pytest.raises(Refused) as refused:
        BY_SMILE.volatility(*BTC, 1.0)
    assert refused.value.code == "E0628"


# --- smiles that no prices can have --------------------------------------------------------------


def test_arbitrage_of_smiles_is_found() -> None:
    assert butterfly(SMILE.slices[0][1]) is None and crossing(SMILE) is None
    sharp = butterfly(Svi(0.001, 0.8, 0.0, 0.0, 0.01))
    assert sharp is not None and sharp[1] < 0
    assert butterfly(Svi(0.1, 1.5, 0.5, 0.0, 1.0)) is not None  # wings steeper than 2
    crossed = crossing(Smile(((0.1, SMILE.slices[1][1]), (0.5, SMILE.slices[0][1]))))
    assert crossed is not None and crossed[:2] == (0.1, 0.5)


MARKET = """as_of = 2026-01-01
[spots]
"spot(BTC, USD)" = 64_000
"spot(ETH, USD)" = 3_000
[heston]
"spot(ETH, USD)" = { v0 = 0.3, kappa = 2, theta = 0.3, xi = 0.6, rho = "-50%" }
[smiles."spot(BTC, USD)"]
2026-03-01 = { a = 0.02, b = 0.1, rho = "-30%", m = 0.0, sigma = 0.2 }
2026-06-30 = { a = 0.05, b = 0.15, rho = "-30%", m = 0.0, sigma = 0.2 }
"""


def test_a_market_file_says_how_prices_move() -> None:
    market, problems = parse_market(MARKET, "m.toml")
    assert market is not None and not problems
    assert market.heston["ETH", "USD"] == Heston(0.3, 2.0, 0.3, 0.6, -0.5)
    years = [years for years, _ in market.smiles[BTC].slices]
    assert years == pytest.approx([59 / 365, 180 / 365])


@pytest.mark.parametrize(
    ("good", "bad", "code", "seen"),
    [
        ("v0 = 0.3", "v0 = -0.3", "E0604", "v0"),
        ("xi = 0.6", "xi = 0", "E0604", "xi"),
        ('xi = 0.6, rho = "-50%"', "xi = 0.6, rho = -2", "E0612", "rho"),
        ("kappa = 2, ", "", "E0602", "ETH"),
        ('"spot(ETH, USD)" = { v0', '"spot(ETC, USD)" = { v0', "E0606", "ETC"),
        ("a = 0.05", "a = -0.1", "E0630", "2026-06-30"),
        ("b = 0.15", "b = 3", "E0631", "2026-06-30"),
        ("a = 0.05", "a = 0.01", "E0632", "2026-06-30"),
        ("2026-06-30", "2025-06-30", "E0617", "smiles"),
        ("2026-06-30", "2026-6-30", "E0613", "2026-6-30"),
        ("[heston]", '[volatilities]\n"spot(ETH, USD)" = 1\n[heston]', "E0629", "ETH"),
        ("[heston]", '[heston]\n"spot(USD, BTC)" = {}\n', "E0602", "USD, BTC"),
    ],
)
def test_what_is_wrong_with_a_model_has_its_code_and_line(
    good: str, bad: str, code: str, seen: str
) -> None:
    assert_told(MARKET, good, bad, code, seen)


# --- correlations --------------------------------------------------------------------------------


def test_the_nearest_matrix_is_highams() -> None:
    """His example: Computing the nearest correlation matrix, section 5."""
    found = correlations.nearest(((1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.0, 1.0, 1.0)))
    assert found[0] == pytest.approx((1.0, 0.7607, 0.1573), abs=5e-5)
    assert found[1] == pytest.approx((0.7607, 1.0, 0.7607), abs=5e-5)
    assert correlations.lowest_eigenvalue(found) >= -1e-12


CONTRADICTING = """as_of = 2026-01-01
[spots]
"spot(A, USD)" = 1
"spot(B, USD)" = 1
"spot(C, USD)" = 1
[[correlations]]
between = ["spot(A, USD)", "spot(B, USD)"]
value = 0.9
[[correlations]]
between = ["spot(B, USD)", "spot(C, USD)"]
value = 0.9
[[correlations]]
between = ["spot(A, USD)", "spot(C, USD)"]
value = -0.9
"""


def test_correlations_are_repaired_only_if_the_market_says_so() -> None:
    market, problems = parse_market(CONTRADICTING, "m.toml")
    assert market is None and [each.code for each in problems] == ["E0607"]
    market, problems = parse_market("repair_correlations = true\n" + CONTRADICTING, "m.toml")
    assert market is not None and not problems
    pairs = [(asset, "USD") for asset in "ABC"]
    rows = market.correlation_matrix(pairs)
    assert market.correlations_moved == pytest.approx(
        max(abs(rows[0][1] - 0.9), abs(rows[0][2] + 0.9))
    )
    assert 0.1 < market.correlations_moved < 0.9


# --- products of prices at several dates ---------------------------------------------------------

QUARTERS = "[2026-04-01, 2026-07-01, 2026-10-01, 2027-01-01]"
NEW_YEAR = replace(
    LOGNORMAL, as_of=parse_instant("2026-01-01"), volatilities={}, spots={BTC: 100.0}
)


def averaged(name: str, market: Market, method: str = "auto", **given: str) -> Valuation:
    program, terms = bound("std.averages", name, fixings=QUARTERS, **given)
    return valued(program, terms, market, method, paths=20_000, greeks=False)


@pytest.mark.parametrize("jumps", [{}, {BTC: Jumps(3.0, -0.1, 0.15)}], ids=["heston", "bates"])
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("GeometricAsianCall", {"strike": "95 USD/BTC"}),
        ("GeometricAverageStrikePut", {"expiry": "2027-03-01"}),
    ],
)
def test_geometric_averages_are_those_of_paths(
    name: str, given: dict[str, str], jumps: dict[tuple[str, str], Jumps]
) -> None:
    market = replace(NEW_YEAR, heston={BTC: HESTON}, jumps=jumps)
    exact = averaged(name, market, **given)
    assert exact.method == "characteristic function"
    assert_agree(averaged(name, market, "monte_carlo", **given), exact.value)


def test_a_model_of_another_price_leaves_formulas_as_they_are() -> None:
    lognormal = replace(NEW_YEAR, volatilities={BTC: flat_volatility(0.4)})
    other = replace(lognormal, spots={**lognormal.spots, ETH: 3.0}, heston={ETH: HESTON})
    given = {"strike": "95 USD/BTC"}
    found, exact = (averaged("GeometricAsianCall", at, **given) for at in (other, lognormal))
    assert (found.method, found.value) == (exact.method, exact.value) and exact.value > 0
    assert found.method == "closed form"


def test_a_geometric_average_without_volatility_of_variance_is_lognormal() -> None:
    still = replace(NEW_YEAR, heston={BTC: Heston(0.16, 1.0, 0.16, 1e-4, 0.0)})
    lognormal = replace(NEW_YEAR, volatilities={BTC: flat_volatility(0.4)})
    given = {"strike": "95 USD/BTC"}
    found, exact = (averaged("GeometricAsianPut", at, **given) for at in (still, lognormal))
    assert exact.method == "closed form"
    assert found.value == pytest.approx(exact.value, rel=1e-6)


def test_greeks_of_a_geometric_average_are_those_of_paths() -> None:
    market = replace(NEW_YEAR, heston={BTC: HESTON})
    given = {"strike": "95 USD/BTC", "fixings": "[2026-02-01, 2026-03-01]"}
    program, terms = bound("std.averages", "GeometricAsianCall", **given)
    exact = valued(program, terms, market)
    for greek in valued(program, terms, market, "monte_carlo", paths=8_000).greeks:
        expected = exact.greek(greek.measure).value
        assert greek.standard_error is not None
        assert abs(greek.value - expected) < 4 * greek.standard_error + 0.02 * abs(expected)
