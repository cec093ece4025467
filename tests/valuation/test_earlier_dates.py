"""What is decided at an earlier date: against formulas, against each other, against simulation."""

from dataclasses import replace
from math import erf, exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import DAY, SECOND, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, instance, standard
from tests.generators.handmade import START

BTC = ("BTC", "USD")
MIDDLE, LAST = "2026-06-01", "2026-12-31"
T1, T2 = 151 / 365, 364 / 365
MINUTE = 60 * SECOND
LATEST = START + 364 * DAY - MINUTE
HOLDING = {"underlying": "BTC", "cash": "USD", "expiry": LAST}


def market(spot: float = 100.0, **changed: float) -> Market:
    numbers = {"v": 0.3, "r": 0.05, "q": 0.02} | changed
    return Market(
        START,
        spots={BTC: spot},
        volatilities={BTC: flat_volatility(numbers["v"])},
        rates={"USD": flat_rate(numbers["r"])},
        yields={"BTC": flat_rate(numbers["q"])},
    )


def valuation(
    contract: str, at: Market, method: str = "auto", greeks: bool = False, **terms: str
) -> Valuation:
    made = instance(standard(contract), **{**HOLDING, **terms})
    return valued(made.lowered.program, made.terms, at, method, 40_000, greeks=greeks)


def value(contract: str, at: Market, method: str = "auto", **terms: str) -> float:
    return valuation(contract, at, method, **terms).value


def own(text: str, at: Market, method: str = "auto", **terms: str) -> Valuation:
    name = text.split("contract ")[1].split("(")[0]
    made = instance(definitions(text)[name], **{"u": "BTC", "cash": "USD", **terms})
    return valued(made.lowered.program, made.terms, at, method, 40_000, greeks=False)


def normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def call(spot: float, strike: float, years: float, at: Market, sign: int = 1) -> float:
    """Black and Scholes; a put for the sign -1."""
    spread, rate, carry = (
        at.volatility(*BTC, years),
        at.rate("USD", years),
        at.carry("BTC", years),
    )
    deviation = spread * sqrt(years)
    d = (log(spot / strike) + (rate - carry + spread**2 / 2) * years) / deviation
    held = spot * exp(-carry * years) * normal(sign * d)
    return sign * (held - strike * exp(-rate * years) * normal(sign * (d - deviation)))


BENT = replace(
    market(),
    volatilities={BTC: VolatilityCurve(((0.25, 0.25), (1.0, 0.35)))},
    rates={"USD": RateCurve(((0.25, 0.02), (1.0, 0.06)))},
    yields={"BTC": RateCurve(((0.5, 0.03), (1.0, 0.01)))},
)

CASES = [
    ("compounds.Chooser", {"strike": "95", "choose_at": MIDDLE}),
    ("compounds.CallOnCall", {"strike": "100", "premium": "5", "first": MIDDLE}),
    ("compounds.CallOnPut", {"strike": "100", "premium": "5", "first": MIDDLE}),
    ("compounds.PutOnCall", {"strike": "100", "premium": "12", "first": MIDDLE}),
    (
        "compounds.ExtendibleCall",
        {"strike": "100", "later_strike": "105", "fee": "1", "first": MIDDLE},
    ),
    ("compounds.ForwardStartingCall", {"moneyness": "110%", "set": MIDDLE}),
    ("resets.ForwardStartCall", {"moneyness": "90%", "begins": MIDDLE}),
    ("resets.ForwardStartPut", {"moneyness": "90%", "begins": MIDDLE}),
]
WATCHED = [
    ("windows.UpAndOutEarlyCall", {"strike": "100", "barrier": "120", "watched_until": MIDDLE}),
    ("windows.DownAndOutEarlyCall", {"strike": "100", "barrier": "90", "watched_until": MIDDLE}),
]
DAYS = [
    (
        "windows.UpAndOutWindowCall",
        {"strike": "100", "barrier": "120", "window": f"[{MIDDLE}, 2026-09-01]"},
    ),
    (
        "windows.DownAndOutWindowCall",
        {"strike": "100", "barrier": "90", "window": f"[{MIDDLE}]"},
    ),
    ("lookbacks.PartialLookbackCall", {"window": f"[{MIDDLE}, 2026-09-01]"}),
    ("lookbacks.PartialLookbackPut", {"window": f"[{MIDDLE}, 2026-09-01]"}),
]


@pytest.mark.parametrize(("contract", "terms"), [*CASES, *WATCHED, *DAYS])
def test_simulation_agrees(contract: str, terms: dict[str, str]) -> None:
    """On flat curves and, but for barriers, on bent ones. The policy of a simulated choice may be a
    little worse than the best one."""
    for at in (market(),) if (contract, terms) in WATCHED else (market(), BENT):
        exact = valuation(contract, at, "quadrature", **terms)
        assert exact.method == "quadrature" and exact.standard_error is None
        drawn = valuation(contract, at, "monte_carlo", **terms)
        assert drawn.standard_error is not None
        excess = drawn.value - exact.value
        assert excess <= 4 * drawn.standard_error
        slack = 2e-3 * exact.value if "compounds" in contract else 0.0
        assert excess >= -4 * drawn.standard_error - slack


STRIKES = st.floats(70, 140)


@settings(max_examples=6)
@given(STRIKES, st.floats(0.1, 0.6), st.floats(-0.02, 0.08))
def test_a_chooser_is_a_call_and_a_put(strike: float, volatility: float, carry: float) -> None:
    """A call to the expiry, and puts to the date of the choice on the forward (Rubinstein 1991)."""
    at, later = market(v=volatility, q=carry), T2 - T1
    found = value("compounds.Chooser", at, strike=f"{strike:.9f}", choose_at=MIDDLE)
    shares = exp(-carry * later)
    moved = strike * exp((carry - 0.05) * later)
    expected = call(100.0, strike, T2, at) + shares * call(100.0, moved, T1, at, -1)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_chooser_that_chooses_now_takes_the_better_one() -> None:
    first, last = show_instant(START), LAST
    found = value("compounds.Chooser", market(), strike="110", choose_at=first)
    both = (call(100.0, 110.0, T2, market(), sign) for sign in (1, -1))
    assert found == pytest.approx(max(both), rel=1e-10)
    found = value("compounds.Chooser", market(), strike="110", choose_at=last)
    both = (call(100.0, 110.0, T2, market(), sign) for sign in (1, -1))
    assert found == pytest.approx(sum(both), rel=1e-10)


@settings(max_examples=6)
@given(st.floats(0.5, 30), STRIKES, st.floats(0.1, 0.6))
def test_a_call_and_a_put_on_a_call_differ_by_it(
    premium: float, strike: float, volatility: float
) -> None:
    at = market(v=volatility)
    terms = {"strike": f"{strike:.9f}", "premium": f"{premium:.2f}", "first": MIDDLE}
    long, short = (value(f"compounds.{kind}OnCall", at, **terms) for kind in ("Call", "Put"))
    owned = call(100.0, strike, T2, at) - round(premium, 2) * exp(-0.05 * T1)
    assert long - short == pytest.approx(owned, abs=1e-9)


@settings(max_examples=6)
@given(st.floats(0.6, 1.5), st.floats(0.1, 0.6), st.floats(-0.02, 0.08))
def test_a_forward_start_is_a_call_of_its_moneyness(
    moneyness: float, volatility: float, carry: float
) -> None:
    """As many units as are left of one at the start, times a call struck then (Rubinstein 1991)."""
    at, share = market(v=volatility, q=carry), f"{moneyness:.9f}"
    expected = exp(-carry * T1) * call(100.0, 100.0 * moneyness, T2 - T1, at)
    stored = value("resets.ForwardStartCall", at, "quadrature", moneyness=share, begins=MIDDLE)
    assert stored == pytest.approx(expected, rel=1e-8)
    become = value("compounds.ForwardStartingCall", at, "quadrature", moneyness=share, set=MIDDLE)
    assert become == pytest.approx(stored, rel=1e-10)


def test_a_forward_start_that_begins_now_is_an_option() -> None:
    begun = valuation("resets.ForwardStartCall", market(), begins=show_instant(START))
    assert begun.method == "closed form"
    assert begun.value == pytest.approx(call(100.0, 100.0, T2, market()), rel=1e-10)


@pytest.mark.parametrize(("kind", "barrier"), [("UpAndOut", "120"), ("DownAndOut", "85")])
def test_a_barrier_that_is_always_watched_is_a_barrier(kind: str, barrier: str) -> None:
    terms = {"strike": "100", "barrier": barrier}
    whole = value(f"barriers.{kind}Call", market(), rebate="0", **terms)
    early = value(f"windows.{kind}EarlyCall", market(), watched_until=LAST, **terms)
    assert early == pytest.approx(whole, rel=1e-10)
    never = value(f"windows.{kind}EarlyCall", market(), watched_until="2026-01-02", **terms)
    assert never == pytest.approx(call(100.0, 100.0, T2, market()), rel=1e-3)


PARTIAL = """
contract Partial(u, cash: Asset, begins, ends, expiry: Date, low, high: cash/u)
between holder, writer {{
    unsecured
    let S = spot(u, cash)
    state watched: Bool = false
    state touched: Bool = false
    when {watch} {{ touched = true }}
    at begins {{ watched = true }}
    at ends {{ watched = false }}
    at expiry {{ if {paid} {{ writer pays holder 1 u * max(S - 100 cash/u, 0) }} }}
}}
"""
LEVELS = {"low": "85", "high": "130"}
WINDOWS = [
    ("2026-01-02", MIDDLE),
    (MIDDLE, LAST),
    ("2026-03-01", MIDDLE),
]


ONE, TWO = "S <= low and watched", "(S <= low or S >= high) and watched"


@pytest.mark.parametrize(
    ("watch", "begins", "ends"), [*((ONE, *days) for days in WINDOWS), (TWO, *WINDOWS[0])]
)
def test_in_and_out_of_a_window_make_the_option(watch: str, begins: str, ends: str) -> None:
    """Levels that are watched in a window only, one or two of them."""
    terms = {"begins": begins, "ends": ends, "expiry": LAST, **LEVELS}
    texts = [PARTIAL.format(watch=watch, paid=paid) for paid in ("touched", "not touched")]
    entered, out = (own(text, market(), **terms) for text in texts)
    assert entered.monitoring == "continuous, exact" and out.method == "quadrature"
    assert entered.value + out.value == pytest.approx(call(100.0, 100.0, T2, market()), rel=1e-9)
    if watch == ONE:
        ending = PARTIAL.format(watch=watch, paid="not touched").replace("touched = true", "end")
        drawn = own(ending, market(), "monte_carlo", **terms)
        assert drawn.monitoring == "Brownian bridge" and drawn.standard_error is not None
        assert out.value == pytest.approx(drawn.value, abs=4 * drawn.standard_error)


def test_a_window_that_is_everything_is_a_double_barrier() -> None:
    terms = {"begins": show_instant(START), "ends": LAST, "expiry": LAST, **LEVELS}
    out = own(PARTIAL.format(watch=TWO, paid="not touched"), market(), **terms)
    whole = value("double_barriers.DoubleOutCall", market(), strike="100", **LEVELS)
    assert out.value == pytest.approx(whole, rel=1e-9)


KEPT = """
contract Kept(u, cash: Asset, ends, expiry: Date) between holder, writer {
    let high = highest(spot(u, cash))
    state kept: cash/u = 0 cash/u
    unsecured
    at ends { kept = high }
    at expiry { writer pays holder 1 u * max(kept - spot(u, cash), 0) }
}
"""
LATE = """
use std.lookbacks.{FixedLookbackCall}
contract Late(u, cash: Asset, begins, expiry: Date) between holder, writer {
    unsecured
    at begins { become FixedLookbackCall(u, cash, strike: 110 cash/u, expiry:) }
}
"""


def test_an_extreme_that_is_kept_is_that_of_its_date() -> None:
    """At the expiry that of the whole life; a minute after the start nearly the price then."""
    whole = value("lookbacks.FloatingLookbackPut", market())
    found = own(KEPT, market(), "quadrature", ends=LAST, expiry=LAST)
    assert found.value == pytest.approx(whole, rel=1e-8)
    begun = own(KEPT, market(), "quadrature", ends=show_instant(START + MINUTE), expiry=LAST)
    assert begun.value == pytest.approx(call(100.0, 100.0, T2, market(), -1), rel=1e-2)
    between = own(KEPT, market(), ends=MIDDLE, expiry=LAST).value
    assert begun.value < between < whole


def test_an_extreme_that_is_followed_later_begins_at_the_price_of_its_date() -> None:
    whole = value("lookbacks.FixedLookbackCall", market(), strike="110")
    found = own(LATE, market(), begins=show_instant(START), expiry=LAST)
    assert found.value == pytest.approx(whole, rel=1e-8)
    ends = own(LATE, market(), begins=show_instant(LATEST), expiry=LAST)
    assert ends.value == pytest.approx(call(100.0, 110.0, T2, market()), rel=1e-2)


ENDS = """
contract Ends(u, cash: Asset, first, last: Date, fee: cash) between holder, writer {
    unsecured
    holder may stop at first default false { writer pays holder fee; end }
    at last { writer pays holder 1 u * max(spot(u, cash) - 100 cash/u, 0) }
}
"""
STATED = {"first": MIDDLE, "last": LAST}


def test_a_choice_that_ends_early_gives_up_what_comes_later() -> None:
    """It is the later option, and a put on it."""
    found = own(ENDS, market(), fee="12", **STATED)
    put = value("compounds.PutOnCall", market(), strike="100", premium="12", first=MIDDLE)
    assert found.value == pytest.approx(call(100.0, 100.0, T2, market()) + put, rel=1e-9)


def test_the_other_party_chooses_what_costs_it_less() -> None:
    text = ENDS.replace("holder may stop", "writer may stop")
    found = own(text, market(), fee="12", **STATED)
    long = value("compounds.CallOnCall", market(), strike="100", premium="12", first=MIDDLE)
    expected = call(100.0, 100.0, T2, market()) - long
    assert found.value == pytest.approx(expected, rel=1e-9)


def test_a_date_that_decides_nothing_costs_no_integral() -> None:
    """Coupons before, between and after two dates that decide."""
    coupons = "at each t in days { writer pays holder 1 cash }"
    text = ENDS.replace("first, last: Date", "first, last: Date, days: Schedule")
    text = text.replace("    unsecured\n", f"    unsecured\n    {coupons}\n")
    days = "[2026-02-01, 2026-03-01, 2026-04-01]"
    plain, paying = (
        own(ENDS, market(), fee="12", **STATED),
        own(text, market(), fee="12", days=days, **STATED),
    )
    worth = sum(exp(-0.05 * day / 365) for day in (31, 59, 90))
    assert paying.method == "quadrature"
    assert paying.value == pytest.approx(plain.value + worth, rel=1e-10)


def test_without_volatility_the_price_is_its_forward() -> None:
    at = market(v=1e-6)
    ahead = 100 * exp(0.03 * T2)
    found = value("compounds.CallOnCall", at, strike="90", premium="5", first=MIDDLE)
    assert found == pytest.approx((ahead - 90) * exp(-0.05 * T2) - 5 * exp(-0.05 * T1), rel=1e-6)
    assert value("compounds.CallOnCall", at, strike="110", premium="5", first=MIDDLE) == 0.0


def test_greeks_are_those_of_the_formula() -> None:
    found = valuation("resets.ForwardStartCall", market(), "quadrature", greeks=True, begins=MIDDLE)
    ratio = exp(-0.02 * T1) * call(1.0, 1.0, T2 - T1, market())
    assert found.greek("delta").value == pytest.approx(ratio, rel=1e-8)
    assert found.greek("gamma").value == pytest.approx(0.0, abs=1e-6)
    assert found.greek("carry").value < 0 < found.greek("vega").value
    assert {greek.estimator for greek in found.greeks} == {"bump"}


@pytest.mark.parametrize(("contract", "terms"), [CASES[1], CASES[4]])
def test_a_grid_has_the_same_value_and_greeks(contract: str, terms: dict[str, str]) -> None:
    exact, grid = (
        valuation(contract, market(), method, greeks=True, **terms)
        for method in ("quadrature", "finite_differences")
    )
    assert exact.value == pytest.approx(grid.value, rel=1e-6)
    for other in grid.greeks:
        greek = exact.greek(other.measure, other.subject)
        told = (greek.bias_bound or 0.0) + (other.bias_bound or 0.0)
        assert greek.value == pytest.approx(other.value, rel=5e-4, abs=told)
        assert greek.unit == other.unit


def test_what_has_been_decided_is_past() -> None:
    """After the choice the contract is what was chosen, after the watch what was not ended."""
    seen = {"spot(BTC, USD)": {START + 151 * DAY: 110.0}}
    at = replace(market(90.0), as_of=START + 200 * DAY, fixings=seen)
    left = call(90.0, 100.0, T2 - 200 / 365, at)
    chosen = valuation("compounds.Chooser", at, strike="100", choose_at=MIDDLE)
    terms = {"strike": "100", "barrier": "120", "watched_until": MIDDLE}
    watched = valuation("windows.UpAndOutEarlyCall", at, **terms)
    for found in (chosen, watched):
        assert found.method == "closed form" and found.value == pytest.approx(left, rel=1e-12)


def refusal(contract: str, at: Market, **terms: str) -> Refused:
    with pytest.raises(Refused) as refused:
        valuation(contract, at, "quadrature", **terms)
    return refused.value


def test_what_has_no_such_integral_is_refused() -> None:
    days = "schedule(first: 2026-02-02, last: 2026-11-30, step: 1w)"
    terms = {"strike": "100", "barrier": "120", "window": days}
    many = valuation("windows.UpAndOutWindowCall", market(), "quadrature", **terms)
    assert many.method == "backward quadrature"
    terms = {"strike": "100", "barrier": "120", "watched_until": MIDDLE}
    bent = refusal("windows.UpAndOutEarlyCall", BENT, **terms)
    assert bent.code == "E0624" and "as flat" in str(bent.names["reason"])
