"""Contracts on rates: against QuantLib, against one another, at their limits."""

from dataclasses import replace
from math import exp, expm1, sqrt

import pytest
import QuantLib as ql

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import flat_rate
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from rfos_lang.valuation.simulated import monte_carlo
from tests.valuation.rate_contracts import (
    CERTAIN,
    HULL_WHITE,
    MARKET_TEXT,
    NOTIONAL,
    TODAY,
    bound,
    read_market,
    with_factor,
    worth,
)

LEG = "schedule(first: 2028-01-17, last: 2033-01-17, step: 6M)"
QUARTERS = "schedule(first: 2026-01-15, last: 2031-01-15, step: 3M)"
SWAP = {"fixed": "3%", "index": "USD_6M", "leg": LEG}

# --- QuantLib ------------------------------------------------------------------------------------

EVE = ql.NullCalendar()


def curve(**rates: float) -> ql.YieldTermStructureHandle:
    """A curve whose discount factors are interpolated by their logarithm, as ours are."""
    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    days = [ql.Date(1, 1, int(year[1:])) for year in rates]
    factors = [exp(-r * (day - today) / 365) for day, r in zip(days, rates.values(), strict=True)]
    made = ql.DiscountCurve([today, *days], [1.0, *factors], ql.Actual365Fixed())
    return ql.YieldTermStructureHandle(made)


USD = curve(y2027=0.04, y2030=0.03, y2040=0.035)
LIBOR = curve(y2027=0.042, y2030=0.033, y2040=0.039)


def index_on(projected: ql.YieldTermStructureHandle, tenor: str = "6M") -> ql.IborIndex:
    period = ql.Period(tenor)
    usd = ql.USDCurrency()
    day = ql.Actual360()
    return ql.IborIndex("index", period, 0, usd, EVE, ql.Unadjusted, False, day, projected)


def schedule(first: ql.Date, last: ql.Date, tenor: str = "6M") -> ql.Schedule:
    period, forward = ql.Period(tenor), ql.DateGeneration.Forward
    return ql.Schedule(first, last, period, EVE, ql.Unadjusted, ql.Unadjusted, forward, False)


def their_swap(projected: ql.YieldTermStructureHandle = USD) -> ql.VanillaSwap:
    dates = schedule(ql.Date(17, 1, 2028), ql.Date(17, 1, 2033))
    basis = ql.Thirty360(ql.Thirty360.BondBasis)
    index, payer = index_on(projected), ql.Swap.Payer
    swap = ql.VanillaSwap(payer, NOTIONAL, dates, 0.03, basis, dates, index, 0.0, ql.Actual360())
    swap.setPricingEngine(ql.DiscountingSwapEngine(USD))
    return swap


def their_swaption(*exercises: ql.Date) -> ql.Swaption:
    several = ql.BermudanExercise(list(exercises))
    once = ql.EuropeanExercise(exercises[0])
    return ql.Swaption(their_swap(), several if len(exercises) > 1 else once)


@pytest.mark.parametrize(("index", "projected"), [("USD_6M", USD), ("LIBOR_6M", LIBOR)])
def test_a_swap_is_worth_its_discounted_projections(index, projected) -> None:
    found = worth("Swap", CERTAIN, fixed="3%", index=index, leg=LEG)
    assert (found.method, found.model) == ("discounting", "projected curves")
    assert found.value == pytest.approx(their_swap(projected).NPV(), abs=1e-6)


def test_a_european_swaption_is_that_of_jamshidian() -> None:
    theirs = their_swaption(ql.Date(17, 1, 2028))
    theirs.setPricingEngine(ql.JamshidianSwaptionEngine(ql.HullWhite(USD, 0.03, 0.01)))
    found = worth("Swaption", dates="[2028-01-17]", **SWAP)
    assert (found.method, found.model) == ("quadrature", "Hull-White")
    assert found.value == pytest.approx(theirs.NPV(), abs=1e-5)


@pytest.mark.parametrize(("sign", "kind"), [("1", ql.Cap), ("-1", ql.Floor)])
def test_caps_and_floors_are_those_of_the_formula(sign, kind) -> None:
    dates = schedule(ql.Date(15, 1, 2027), ql.Date(15, 1, 2031))
    theirs = kind(ql.IborLeg([NOTIONAL], dates, index_on(USD)), [0.035])
    theirs.setPricingEngine(ql.AnalyticCapFloorEngine(ql.HullWhite(USD, 0.03, 0.01)))
    leg = "schedule(first: 2027-01-15, last: 2031-01-15, step: 6M)"
    found = worth("Caplets", strike="3.5%", sign=sign, index="USD_6M", leg=leg)
    assert found.value == pytest.approx(theirs.NPV(), abs=1e-5)


def test_the_rho_of_a_simulated_swaption_is_that_of_its_integral() -> None:
    """It depends to first order on how well the rule is found by which the swap is entered."""
    made = bound("Swaption", dates="[2028-01-17]", **SWAP)
    exact = valued(*made, HULL_WHITE).greek("rho", "USD").value
    for seed in (2, 3):
        found = monte_carlo.value(*made, HULL_WHITE, paths=20_000, seed=seed).greek("rho", "USD")
        assert found.value == pytest.approx(exact, abs=3 * found.standard_error)


def test_a_bermudan_swaption_is_that_of_a_grid_and_of_a_tree() -> None:
    theirs = their_swaption(*(ql.Date(17, 1, year) for year in range(2028, 2033)))
    model = ql.HullWhite(USD, 0.03, 0.01)
    found = worth(
        "Swaption", dates="schedule(first: 2028-01-17, last: 2032-01-17, step: 1y)", **SWAP
    )
    assert found.bias_bound is not None and found.bias_bound < 1e-3
    theirs.setPricingEngine(ql.FdHullWhiteSwaptionEngine(model, 200, 200))
    assert found.value == pytest.approx(theirs.NPV(), rel=2e-4)
    theirs.setPricingEngine(ql.TreeSwaptionEngine(model, 300))
    assert found.value == pytest.approx(theirs.NPV(), rel=1e-3)


@pytest.mark.parametrize(
    ("contract", "price", "right", "kind"),
    [
        ("CallableBond", "call_price", "calls", ql.Callability.Call),
        ("PuttableBond", "put_price", "puts", ql.Callability.Put),
    ],
)
def test_a_bond_that_may_end_early_is_that_of_a_tree(contract, price, right, kind) -> None:
    dates = schedule(ql.Date(1, 1, 2026), ql.Date(1, 1, 2036))
    rights = ql.CallabilitySchedule()
    for number in range(4, 20):
        par = ql.BondPrice(100.0, ql.BondPrice.Clean)
        rights.append(ql.Callability(par, kind, dates[number]))
    basis, today = ql.Thirty360(ql.Thirty360.BondBasis), ql.Date(1, 1, 2026)
    theirs = ql.CallableFixedRateBond(
        0, 1000.0, dates, [0.04], basis, ql.Unadjusted, 100.0, today, rights
    )
    model = ql.HullWhite(USD, 0.03, 0.01)
    theirs.setPricingEngine(ql.TreeCallableFixedRateBondEngine(model, 400))
    given = {price: "1_000 USD", right: "schedule(first: 2028-01-01, last: 2035-07-01, step: 6M)"}
    coupons = "schedule(first: 2026-01-01, last: 2036-01-01, step: 6M)"
    told = {"face": "1_000 USD", "coupon": "4%", "coupons": coupons, **given}
    found = worth(f"std.callables.{contract}", **told)
    assert found.value == pytest.approx(theirs.NPV(), rel=5e-5)


# --- equations -----------------------------------------------------------------------------------

LIKE = {
    "std.swaps.InterestRateSwap": {
        "fixed": "3%",
        "index": "LIBOR_3M",
        "fixed_leg": "schedule(first: 2026-01-15, last: 2031-01-15, step: 1y)",
        "floating_leg": QUARTERS,
    },
    "std.swaps.AmortisingSwap": {"fixed": "3%", "index": "LIBOR_3M", "leg": QUARTERS},
    "std.rates.BasisSwap": {
        "first_index": "LIBOR_3M",
        "second_index": "USD_6M",
        "spread": "10bp",
        "first_leg": QUARTERS,
        "second_leg": "schedule(first: 2026-01-15, last: 2031-01-15, step: 6M)",
    },
    "std.rates.ForwardRateAgreement": {
        "rate": "4%",
        "index": "LIBOR_3M",
        "begins": "2026-06-15",
        "ends": "2026-09-15",
    },
    "std.bonds.FloatingRateNote": {
        "face": "1_000_000 USD",
        "index": "LIBOR_3M",
        "margin_rate": "1%",
        "leg": QUARTERS,
    },
    "std.overnight.OvernightIndexSwap": {
        "fixed": "3%",
        "overnight": "OVERNIGHT",
        "leg": "[2026-02-02, 2026-05-04, 2026-08-03]",
        "calendar": "NYC",
    },
    "std.overnight.AveragedOvernightSwap": {
        "fixed": "3%",
        "overnight": "OVERNIGHT",
        "leg": "[2026-02-02, 2026-05-04, 2026-08-03]",
        "calendar": "NYC",
    },
}
CONTRACTS = pytest.mark.parametrize("contract", LIKE)


@CONTRACTS
def test_discounting_is_one_path_of_the_contract(contract: str) -> None:
    program, terms = bound(contract, **LIKE[contract])
    found = valued(program, terms, CERTAIN, "discounting", greeks=False)
    path = monte_carlo.value(program, terms, CERTAIN, greeks=False)
    assert found.value == pytest.approx(path.value, abs=1e-7)


def test_greeks_are_those_of_the_path() -> None:
    contract = "std.swaps.InterestRateSwap"
    program, terms = bound(contract, **LIKE[contract])
    found = valued(program, terms, CERTAIN)
    path = monte_carlo.value(program, terms, CERTAIN)
    for greek in path.greeks:
        mine = found.greek(greek.measure, greek.subject)
        assert mine.value == pytest.approx(greek.value, rel=1e-5)
    for name in ("USD", "LIBOR"):
        keys = [
            g.value for g in found.greeks if g.measure == "key rate" and g.subject[:-11] == name
        ]
        assert len(keys) == 3
        assert sum(keys) == pytest.approx(found.greek("rho", name).value, rel=1e-7)


@CONTRACTS
def test_rates_that_hardly_move_are_certain(contract: str) -> None:
    if contract.startswith("std.bonds"):
        return
    still = worth(contract, CERTAIN, **LIKE[contract]).value
    found = worth(contract, with_factor(0.03, (1.0, 1e-7)), **LIKE[contract]).value
    assert found == pytest.approx(still, abs=1e-4)


def test_a_swaption_without_volatility_is_worth_what_the_curves_imply() -> None:
    swap = worth("Swap", CERTAIN, **SWAP).value
    certain = worth("Swaption", CERTAIN, dates="[2028-01-17]", **SWAP)
    assert certain.value == pytest.approx(max(swap, 0.0), abs=1e-8)
    assert "taken as certain" in certain.notes[0]
    low = worth("Swaption", with_factor(0.03, (1.0, 1e-6)), dates="[2028-01-17]", **SWAP)
    assert low.value == pytest.approx(max(swap, 0.0), abs=1e-3)


def test_a_cap_less_a_floor_is_a_swap() -> None:
    given = {"strike": "3.4%", "index": "LIBOR_3M", "leg": QUARTERS}
    cap, floor = (worth(f"std.rates.{kind}", **given).value for kind in ("Cap", "Floor"))
    legs = {"fixed_leg": "[2026-01-15, 2026-01-16]", "floating_leg": QUARTERS, "fixed": "0%"}
    floating = worth("std.swaps.InterestRateSwap", index="LIBOR_3M", **legs)
    bond = {"face": "1_000_000 USD", "coupon": "3.4%", "coupons": QUARTERS, "basis": "act/360"}
    with_face = worth("std.bonds.FixedRateBond", **bond)
    face = worth("std.bonds.ZeroCouponBond", face="1_000_000 USD", maturity="2031-01-15")
    swap = floating.value - (with_face.value - face.value)
    assert cap - floor == pytest.approx(swap, abs=1e-6)


@pytest.mark.parametrize("expiry", ["2028-01-10", "2028-01-13", "2028-01-17"])
def test_a_payer_less_a_receiver_is_the_swap(expiry: str) -> None:
    """Also where the first rate was set before the choice."""
    legs = {"fixed_leg": LEG, "floating_leg": LEG, "fixed": "3%", "index": "LIBOR_6M"}
    payer = worth("std.swaptions.PayerSwaption", expiry=expiry, **legs)
    receiver = worth("std.swaptions.ReceiverSwaption", expiry=expiry, **legs)
    swap = worth("std.swaps.InterestRateSwap", **legs)
    assert swap.method == "discounting" and swap.model == "Hull-White"
    assert payer.value - receiver.value == pytest.approx(swap.value, abs=1e-4)


def test_more_dates_are_worth_more() -> None:
    europeans = [
        worth("Swaption", dates=f"[{year}-01-17]", **SWAP).value for year in range(2028, 2033)
    ]
    years = (2028, 2029, 2030, 2031, 2032)
    given = [", ".join(f"{year}-01-17" for year in years[:count]) for count in range(1, 6)]
    values = [worth("Swaption", dates=f"[{dates}]", **SWAP).value for dates in given]
    assert values == sorted(values)
    assert values[0] == pytest.approx(europeans[0], abs=1e-9)
    assert values[-1] > max(europeans)


def test_no_reversion_is_the_limit_of_little() -> None:
    dates = "[2028-01-17, 2030-01-17]"
    none, little = (
        worth("Swaption", with_factor(a, (1.0, 0.01)), dates=dates, **SWAP).value
        for a in (0.0, 1e-7)
    )
    assert none == pytest.approx(little, rel=1e-6)


def test_only_the_variance_until_the_choice_matters() -> None:
    """Two years at 1.5 % and then anything, or an even volatility with the same variance."""
    a, half, expiry = 0.1, 1.0, 746 / 365
    first, second = (expm1(2 * a * half), expm1(2 * a * expiry) - expm1(2 * a * half))
    even = sqrt((0.005**2 * first + 0.015**2 * second) / (first + second))
    stepped = with_factor(a, (half, 0.005), (expiry, 0.015), (30.0, 0.05))
    values = [
        worth("Swaption", market, dates="[2028-01-17]", **SWAP).value
        for market in (stepped, with_factor(a, (1.0, even)))
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-9)


def test_a_rate_paid_when_it_is_set_is_worth_its_convexity() -> None:
    """E under the measure of the pay date: forward plus the variance of the bond's logarithm."""
    a, sigma, flat = 0.05, 0.015, 0.04
    market = replace(
        with_factor(a, (1.0, sigma)), rates={"USD": flat_rate(flat)}, source="market.toml"
    )
    found = worth("InArrears", market, index="USD_6M", fixes="2030-01-01")
    t, length, fraction = 1461 / 365, 181 / 365, 181 / 360
    b = -expm1(-a * length) / a
    variance = (sigma * b) ** 2 * -expm1(-2 * a * t) / (2 * a)
    rate = (exp(flat * length + variance) - 1) / fraction
    assert found.method == "discounting"
    assert found.value == pytest.approx(NOTIONAL * rate * exp(-flat * t), rel=1e-12)


def test_a_digital_is_the_slope_of_caplets() -> None:
    fixes, paid = "2028-01-03", "2028-07-03"
    given = {"index": "USD_6M", "leg": f"[{fixes}, {paid}]", "sign": "1"}
    low, high = (worth("Caplets", strike=k, **given).value for k in ("3.499%", "3.501%"))
    years = 182 / 360
    found = worth("Digital", strike="3.5%", index="USD_6M", fixes=fixes, paid=paid)
    assert found.value == pytest.approx((low - high) / (2e-5 * years), rel=1e-6)


def test_an_issuer_who_may_call_owes_less() -> None:
    """Coupons are set when the period begins: known, or still open, when the call is decided."""
    leg, calls = "[2026-01-01, 2027-01-04, 2028-01-03, 2029-01-02]", "[2027-01-04, 2028-01-03]"
    given = {"strike": "4%", "index": "USD_6M", "leg": leg}
    called = worth("CallableFloater", calls=calls, **given)
    kept = worth("CallableFloater", calls="[2029-01-02]", **given)
    once = worth("CallableFloater", calls="[2028-01-03]", **given)
    assert called.value < once.value < kept.value
    assert called.bias_bound is not None and called.bias_bound < 1e-3


# --- Greeks --------------------------------------------------------------------------------------


def test_greeks_of_a_swaption_are_those_of_jamshidian() -> None:
    program, terms = bound("Swaption", dates="[2028-01-17]", **SWAP)
    found = valued(program, terms, HULL_WHITE)
    theirs = their_swaption(ql.Date(17, 1, 2028))

    def priced(sigma: float) -> float:
        theirs.setPricingEngine(ql.JamshidianSwaptionEngine(ql.HullWhite(USD, 0.03, sigma)))
        return theirs.NPV()

    vega = (priced(0.0101) - priced(0.0099)) / 2e-4
    assert found.greek("vega").subject == "Hull-White(USD)"
    assert found.greek("vega").value == pytest.approx(vega, rel=1e-5)
    assert found.greek("rho").value > 0.0 and found.greek("theta").value < 0.0


# --- what cannot be read, and what is wrong -------------------------------------------------------


def test_what_depends_on_a_price_too_is_left_to_others() -> None:
    market = replace(HULL_WHITE, spots={("BTC", "USD"): 100.0})
    with pytest.raises(Refused) as refused:
        valued(*bound("Swaption", dates="[2028-01-17]", **SWAP), market, "discounting")
    assert refused.value.code == "E0624"


def test_a_missing_index_is_refused_with_the_line_to_add() -> None:
    with pytest.raises(Refused) as refused:
        worth("Swap", fixed="3%", index="EURIBOR", leg=LEG)
    assert refused.value.code == "E0605" and refused.value.names["table"] == "indices"


def test_a_curve_that_ends_early_is_said_to_be_flat() -> None:
    short = read_market(MARKET_TEXT.replace(', 2040-01-01 = "3.5%"', ""))
    assert "USD is taken as flat after 2030-01-01" in worth("Swap", short, **SWAP).notes[0]


def test_a_volatility_of_rates_that_is_a_share_of_them_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        worth("Swaption", with_factor(0.0, (1.0, 0.4)), dates="[2028-01-17]", **SWAP)
    assert refused.value.code == "E0635" and float(refused.value.names["deviation"]) > 2


def test_a_past_fixing_is_read_from_the_market() -> None:
    start = parse_instant("2025-10-15")
    given = {"fixed": "3%", "index": "USD_6M", "leg": "[2025-10-15, 2026-04-15, 2026-10-15]"}
    program, terms = bound("Swap", start, **given)
    with pytest.raises(Refused) as refused:
        valued(program, terms, HULL_WHITE)
    assert refused.value.code == "E0621"
    known: Market = replace(HULL_WHITE, fixings={"index(USD_6M)": {start: 0.05}})
    higher = replace(HULL_WHITE, fixings={"index(USD_6M)": {start: 0.06}})
    low, high = (valued(program, terms, m, greeks=False).value for m in (known, higher))
    paid = exp(-0.04 * 104 / 365) * NOTIONAL * 0.01 * 182 / 360
    assert high - low == pytest.approx(paid, rel=1e-9)
    assert start < TODAY and HullWhite(0.0, ()).until(1.0).variance(1.0) == 0.0
