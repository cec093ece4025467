"""Lookbacks: against the formula of the books, against each other, and at their limits."""

from dataclasses import replace
from math import erf, exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import (
    TRUE,
    Assign,
    Binary,
    Constant,
    Expression,
    Group,
    Select,
    Sort,
    State,
    StateSlot,
    Term,
    Timed,
    Transfer,
    Watch,
)
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, instance, standard
from tests.generators import handmade
from tests.generators.handmade import DAY, START, Instance, S, combine, number, positive_part

BTC = ("BTC", "USD")
EXTREME = State(1)


def on_extreme(payoff: Expression, better: Binary) -> Instance:
    """writer pays holder the payoff after 182 days; state 1 follows an extreme from START on."""
    base = handmade.european_call(strike="100", days=182)
    first = combine(Binary.EQUAL, State(0), number(1))
    follow = (
        Assign(0, combine(Binary.ADD, State(0), number(1))),
        Assign(1, Select(first, S, combine(better, EXTREME, S))),
    )
    watch = Watch((0,), TRUE, follow, repeats=True, group=Group.OBSERVATION)
    zero = Constant(0, Sort.NUMBER)
    states = (StateSlot("count", Sort.NUMBER, zero), StateSlot("extreme", Sort.NUMBER, zero))
    clause = Timed(0, (Transfer(1, 0, 1, payoff, net=True),))
    return replace(base, program=replace(base.program, clauses=(watch, clause), states=states))


HIGHEST, LOWEST = Binary.MAXIMUM, Binary.MINIMUM
ABOVE_LOWEST = on_extreme(combine(Binary.SUBTRACT, S, EXTREME), LOWEST)
BELOW_HIGHEST = on_extreme(combine(Binary.SUBTRACT, EXTREME, S), HIGHEST)


def market(spot: float = 100.0, seen: float | None = None, **changed: float) -> Market:
    """A market a day after the start, at which `seen` was observed (the spot if None)."""
    numbers = {"v": 0.3, "r": 0.05, "q": 0.02} | changed
    return Market(
        START + DAY,
        spots={BTC: spot},
        volatilities={BTC: flat_volatility(numbers["v"])},
        rates={"USD": flat_rate(numbers["r"])},
        yields={"BTC": flat_rate(numbers["q"])},
        fixings={"spot(BTC, USD)": {START: spot if seen is None else seen}},
    )


def valuation(instance: Instance, at: Market, greeks: bool = False) -> Valuation:
    return valued(instance.program, instance.terms, at, "quadrature", greeks=greeks)


def normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def floating_call(
    spot: float, lowest: float, volatility: float, rate: float, carry: float
) -> float:
    """S - lowest at expiry, 181 days ahead (Goldman, Sosin and Gatto, Path dependent options,
    Journal of Finance 1979; in the notation of Hull, ch. 26)."""
    years, growth = 181 / 365, rate - carry
    deviation, factor = volatility * sqrt(years), volatility**2 / (2 * growth)
    ratio = log(spot / lowest)
    a1 = (ratio + (growth + volatility**2 / 2) * years) / deviation
    a2 = a1 - deviation
    a3 = (ratio + (-growth + volatility**2 / 2) * years) / deviation
    power = -2 * (growth - volatility**2 / 2) * ratio / volatility**2
    held, paid = spot * exp(-carry * years), lowest * exp(-rate * years)
    above = held * normal(a1) - held * factor * normal(-a1)
    return above - paid * (normal(a2) - factor * exp(power) * normal(-a3))


@settings(max_examples=40)
@given(st.floats(0.6, 1.0), st.floats(0.1, 0.8), st.floats(0.03, 0.1), st.floats(-0.02, 0.02))
def test_a_floating_lookback_is_worth_its_formula(
    ratio: float, volatility: float, rate: float, carry: float
) -> None:
    at = market(seen=100 * ratio, v=volatility, r=rate, q=carry)
    found = valuation(ABOVE_LOWEST, at)
    expected = floating_call(100.0, 100 * ratio, volatility, rate, carry)
    assert found.method == "quadrature" and found.monitoring == "continuous, exact"
    assert found.value == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_greeks_are_those_of_the_formula() -> None:
    found = valuation(ABOVE_LOWEST, market(seen=90.0), greeks=True)

    def formula(spot: float = 100.0, volatility: float = 0.3, rate: float = 0.05) -> float:
        return floating_call(spot, 90.0, volatility, rate, 0.02)

    delta = (formula(100.01) - formula(99.99)) / 0.02
    vega = (formula(volatility=0.3001) - formula(volatility=0.2999)) / 2e-4
    rho = (formula(rate=0.0501) - formula(rate=0.0499)) / 2e-4
    assert found.greek("delta").value == pytest.approx(delta, rel=1e-6)
    assert found.greek("vega").value == pytest.approx(vega, rel=1e-6)
    assert found.greek("rho").value == pytest.approx(rho, rel=1e-6)


@settings(max_examples=20)
@given(st.floats(60, 140))
def test_fixed_and_floating_differ_by_a_forward(strike: float) -> None:
    """With a strike that is sure to be passed, highest - K is highest - S and the forward."""
    at, years = market(seen=150.0), 181 / 365
    payoff = positive_part(combine(Binary.SUBTRACT, EXTREME, Term(0)))
    fixed = on_extreme(payoff, HIGHEST)
    terms = (round(strike * 10**18), *fixed.terms.terms[1:])
    found = valuation(replace(fixed, terms=replace(fixed.terms, terms=terms)), at).value
    forward = 100 * exp(-0.02 * years) - strike * exp(-0.05 * years)
    assert found == pytest.approx(valuation(BELOW_HIGHEST, at).value + forward, rel=1e-10)


def test_an_extreme_that_will_not_be_passed_is_known() -> None:
    at, years = market(seen=1e6), 181 / 365
    expected = 1e6 * exp(-0.05 * years) - 100 * exp(-0.02 * years)
    assert valuation(BELOW_HIGHEST, at).value == pytest.approx(expected, rel=1e-12)


def test_at_the_start_the_extreme_is_the_spot() -> None:
    today = replace(market(), as_of=START, fixings={})
    found = valued(ABOVE_LOWEST.program, ABOVE_LOWEST.terms, today, greeks=False)
    years = 182 / 365
    assert found.method == "quadrature" and "extreme" in found.notes[0]
    assert 0 < found.value < 100 * exp(-0.02 * years)


def test_what_jumps_in_the_extreme_is_paid_if_the_level_is_touched() -> None:
    touched = combine(Binary.LESS_OR_EQUAL, number(120), EXTREME)
    payoff = on_extreme(Select(touched, number(1), number(0)), HIGHEST)
    for seen in (100.0, 119.0, 121.0):
        at = market(seen=seen)
        terms = {"underlying": "BTC", "cash": "USD", "level": "120", "payout": "1", "units": "0"}
        touch = instance(standard("touches.TouchUpAtExpiry"), expiry="2026-07-02", **terms)
        known = valued(touch.lowered.program, touch.terms, at, "closed_form", greeks=False)
        expected = known.value if seen < 120 else exp(-0.05 * 181 / 365)
        assert valuation(payoff, at).value == pytest.approx(expected, rel=1e-10)
    fallen = combine(Binary.LESS, EXTREME, number(85))
    payoff = on_extreme(Select(fallen, number(1), number(0)), LOWEST)
    terms = {"underlying": "BTC", "cash": "USD", "level": "85", "payout": "1", "units": "0"}
    touch = instance(standard("touches.TouchDownAtExpiry"), expiry="2026-07-02", **terms)
    known = valued(touch.lowered.program, touch.terms, market(), "closed_form", greeks=False)
    assert valuation(payoff, market()).value == pytest.approx(known.value, rel=1e-10)


RUNG = """
contract Rung(u, cash: Asset, level, lower, upper: cash/u, expiry: Date) between holder, writer {
    let gain = spot(u, cash) - 100 cash/u
    unsecured
    at expiry {
        if ever(spot(u, cash) >= level) {
            writer pays holder 1 u * (max(gain, upper) - max(gain, lower))
        }
    }
}
"""


def test_a_ladder_is_a_sum_of_its_rungs() -> None:
    """The call, and for each rung what it adds if it was touched."""
    at = replace(market(), as_of=START, fixings={})
    named = {"underlying": "BTC", "cash": "USD", "expiry": "2026-12-25"}
    made = instance(standard("ladders.LadderCall"), strike="100", step="10", **named)
    ladder = valued(made.lowered.program, made.terms, at, greeks=False)
    assert ladder.method == "quadrature" and ladder.monitoring == "continuous, exact"
    option = instance(standard("options.EuropeanCall"), strike="100", **named)
    total = valued(option.lowered.program, option.terms, at, greeks=False).value
    for rung in (1, 2, 3):
        terms = {"level": f"{100 + 10 * rung}", "lower": f"{10 * (rung - 1)}"}
        terms |= {"upper": f"{10 * rung}", "u": "BTC", "cash": "USD", "expiry": "2026-12-25"}
        part = instance(definitions(RUNG)["Rung"], **terms)
        total += valued(part.lowered.program, part.terms, at, "closed_form", greeks=False).value
    assert ladder.value == pytest.approx(total, rel=1e-10)


def test_what_jumps_where_a_curve_of_the_extreme_passes_is_not_integrated() -> None:
    square = combine(Binary.MULTIPLY, EXTREME, EXTREME)
    touched = combine(Binary.LESS, number(14_400), square)
    payoff = on_extreme(Select(touched, number(1), number(0)), HIGHEST)
    with pytest.raises(Refused) as refused:
        valuation(payoff, market())
    assert refused.value.code == "E0624" and "jumps" in str(refused.value.names["reason"])
