"""Two prices: against Margrabe's formula, against each other, and against simulation."""

from dataclasses import replace
from math import erf, exp, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Binary, Expression, Feed, FeedSlot, Term, Timed, Transfer
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.integration import crossings, integrated
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.core.lives import definitions, instance, standard
from tests.generators import handmade
from tests.generators.handmade import DAY, START, Instance, combine, number, positive_part

A, B = ("BTC", "USD"), ("ETH", "USD")
FIRST, SECOND = Feed(0), Feed(1)
DIFFERENCE = combine(Binary.SUBTRACT, FIRST, SECOND)
EXCHANGE = positive_part(DIFFERENCE)
BEST = combine(Binary.MAXIMUM, FIRST, SECOND)
WORST = combine(Binary.MINIMUM, FIRST, SECOND)


def on_two(payoff: Expression, strike: str = "100", days: int = 365) -> Instance:
    """writer pays holder the payoff of two prices after some days."""
    base = handmade.european_call(strike=strike)
    feeds = (FeedSlot("spot", (0, 1), "first"), FeedSlot("spot", (2, 1), "second"))
    clause = Timed(0, (Transfer(1, 0, 1, payoff, net=True),))
    program = replace(base.program, assets=("one", "cash", "other"), feeds=feeds, clauses=(clause,))
    terms = replace(
        base.terms,
        assets=("BTC", "USD", "ETH"),
        places=(8, 2, 9),
        feeds=("spot(BTC, USD)", "spot(ETH, USD)"),
        schedules=((START + days * DAY,),),
    )
    return Instance(program, terms)


def market(correlation: float = 0.4, **changed: float) -> Market:
    numbers = {"s1": 100.0, "s2": 95.0, "v1": 0.3, "v2": 0.2, "q1": 0.01, "q2": 0.03, "r": 0.05}
    numbers |= changed
    return Market(
        START,
        spots={A: numbers["s1"], B: numbers["s2"]},
        volatilities={A: flat_volatility(numbers["v1"]), B: flat_volatility(numbers["v2"])},
        rates={"USD": flat_rate(numbers["r"])},
        yields={"BTC": flat_rate(numbers["q1"]), "ETH": flat_rate(numbers["q2"])},
        correlations={frozenset((A, B)): correlation},
    )


def valuation(
    payoff: Expression, at: Market, greeks: bool = False, method: str = "quadrature"
) -> Valuation:
    instance = on_two(payoff)
    return valued(instance.program, instance.terms, at, method, greeks=greeks)


def normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def margrabe(at: Market) -> tuple[float, float, float]:
    """The value of exchanging the second asset for the first in a year, and its deltas (Margrabe,
    The value of an option to exchange one asset for another, Journal of Finance 1978)."""
    (s1, s2), (v1, v2) = at.spots.values(), (at.volatility(*pair, 1.0) for pair in (A, B))
    spread = sqrt(v1**2 + v2**2 - 2 * at.correlation(A, B) * v1 * v2)
    first, second = s1 * exp(-at.carry("BTC", 1.0)), s2 * exp(-at.carry("ETH", 1.0))
    d1 = log(first / second) / spread + spread / 2
    near, far = normal(d1), normal(d1 - spread)
    return first * near - second * far, first / s1 * near, -second / s2 * far


CORRELATIONS = st.floats(-0.95, 0.95)


@settings(max_examples=40)
@given(CORRELATIONS, st.floats(60, 160), st.floats(0.05, 0.6))
def test_an_exchange_is_worth_margrabes_formula(
    correlation: float, spot: float, volatility: float
) -> None:
    at = market(correlation, s1=spot, v1=volatility)
    found = valuation(EXCHANGE, at)
    assert found.method == "quadrature"
    assert found.value == pytest.approx(margrabe(at)[0], rel=1e-10, abs=1e-10)
    best = valuation(EXCHANGE, at, method="auto")
    assert best.method == "closed form"
    assert best.value == pytest.approx(margrabe(at)[0], rel=1e-10, abs=1e-10)


def test_greeks_of_an_exchange() -> None:
    found = valuation(EXCHANGE, market(), greeks=True)
    value, first, second = margrabe(market())
    assert found.value == pytest.approx(value)
    assert found.greek("delta", "spot(BTC, USD)").value == pytest.approx(first, rel=1e-6)
    assert found.greek("delta", "spot(ETH, USD)").value == pytest.approx(second, rel=1e-6)
    assert found.greek("rho").value == pytest.approx(0.0, abs=1e-6)
    assert {greek.estimator for greek in found.greeks} == {"bump"}
    assert found.greek("gamma", "spot(ETH, USD)").unit == "ETH^2/USD"
    carried = [margrabe(market(q1=0.01 + h))[0] for h in (1e-5, -1e-5)]
    slope = (carried[0] - carried[1]) / 2e-5
    assert found.greek("carry", "BTC").value == pytest.approx(slope, rel=1e-5)


@settings(max_examples=30)
@given(CORRELATIONS, st.floats(70, 130))
def test_best_and_worst_make_both(correlation: float, strike: float) -> None:
    at = market(correlation)

    def call(payoff: Expression) -> float:
        instance = on_two(
            positive_part(combine(Binary.SUBTRACT, payoff, Term(0))), strike=f"{strike:.6f}"
        )
        return valued(instance.program, instance.terms, at, greeks=False).value

    both = call(FIRST) + call(SECOND)
    assert call(BEST) + call(WORST) == pytest.approx(both, rel=1e-9)


def test_simulation_agrees() -> None:
    payoff = positive_part(combine(Binary.SUBTRACT, WORST, number(90)))
    instance, at = on_two(payoff), market()
    exact = valued(instance.program, instance.terms, at, "quadrature", greeks=False)
    drawn = valued(instance.program, instance.terms, at, "monte_carlo", paths=40_000, greeks=False)
    assert drawn.standard_error is not None
    assert exact.value == pytest.approx(drawn.value, abs=4 * drawn.standard_error)


def test_a_correlation_must_be_given() -> None:
    with pytest.raises(Refused) as refused:
        valuation(EXCHANGE, replace(market(), correlations={}))
    assert refused.value.code == "E0616"


def test_integrals_know_kinks_and_jumps() -> None:
    def density(z: np.ndarray) -> np.ndarray:
        return np.exp(-z * z / 2) / sqrt(2 * pi)

    assert integrated(density, np.array([]), -12.0, 12.0) == pytest.approx(1.0, rel=1e-13)
    for cut in (0.1234, 1e-5, 1.0, -2.000001):
        breaks = crossings(lambda z, cut=cut: np.array([z - cut, z * 0 - 1]), -9.0, 9.0)
        assert len(breaks) and np.abs(breaks - cut).max() < 1e-14
        jump = integrated(lambda z, cut=cut: density(z) * (z > cut), breaks, -12.0, 12.0)
        assert jump == pytest.approx(1 - normal(cut), rel=1e-12)
        kink = integrated(
            lambda z, cut=cut: density(z) * np.maximum(z - cut, 0), breaks, -12.0, 12.0
        )
        exact = exp(-(cut**2) / 2) / sqrt(2 * pi) - cut * (1 - normal(cut))
        assert kink == pytest.approx(exact, rel=1e-12)


WATCHING = """
contract Watching(one, other, cash: Asset, strike: cash/one, level: cash/other, expiry: Date)
between holder, writer {{
    unsecured
    let S = spot(one, cash)
    let B = spot(other, cash)
    {clauses}
}}
"""
OUT = """when B >= level {{ {paid} end }}
    at expiry {{ writer pays holder 1 one * max(S - strike, 0) }}"""
IN = "at expiry { if ever(B >= level) { writer pays holder 1 one * max(S - strike, 0) } }"
PAIRS = [("BTC", "ETH"), ("ETH", "BTC")]


def watching(clauses: str, pair: tuple[str, str], at: Market, method: str = "auto") -> Valuation:
    (definition,) = definitions(WATCHING.format(clauses=clauses)).values()
    terms = {"one": pair[0], "other": pair[1], "strike": "90", "level": "110"}
    made = instance(definition, cash="USD", expiry="2026-07-01", **terms)
    return valued(made.lowered.program, made.terms, at, method, 40_000, greeks=False)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_level_of_one_price_ends_what_the_other_pays(pair: tuple[str, str]) -> None:
    at = market()
    out = watching(OUT.format(paid=""), pair, at)
    assert out.method == "quadrature" and out.monitoring == "continuous, exact"
    entered = watching(IN, pair, at)
    always = watching("at expiry { writer pays holder 1 one * max(S - strike, 0) }", pair, at)
    assert out.value + entered.value == pytest.approx(always.value, rel=1e-10)
    rebate = OUT.format(paid="writer pays holder 2 cash;")
    for clauses, exact in ((rebate, watching(rebate, pair, at)), (IN, entered)):
        drawn = watching(clauses, pair, at, "monte_carlo")
        assert drawn.standard_error is not None
        assert exact.value == pytest.approx(drawn.value, abs=4 * drawn.standard_error)


def test_a_price_that_goes_its_own_way_only_thins_the_payments() -> None:
    at, pair = market(0.0), PAIRS[0]
    out = watching(OUT.format(paid=""), pair, at)
    always = watching("at expiry { writer pays holder 1 one * max(S - strike, 0) }", pair, at)
    kept = watching("when B >= level { end }; at expiry { writer pays holder 1 cash }", pair, at)
    years = 181 / 365
    assert kept.method == "closed form"
    assert out.value == pytest.approx(always.value * kept.value * exp(0.05 * years), rel=1e-9)


def test_prices_in_several_currencies_are_not_taken_for_one() -> None:
    """The prices drift otherwise where their currency is not the one that is paid."""
    at = Market(
        START,
        spots={A: 100.0, ("USD", "EUR"): 0.9},
        volatilities={A: flat_volatility(0.3), ("USD", "EUR"): flat_volatility(0.1)},
        rates={"USD": flat_rate(0.05), "EUR": flat_rate(0.03)},
        correlations={frozenset((A, ("USD", "EUR"))): 0.3},
    )
    terms = {"underlying": "BTC", "local": "USD", "cash": "EUR", "strike": "90"}
    made = instance(standard("quantos.CompositeCall"), expiry="2026-07-01", **terms)
    with pytest.raises(Refused) as refused:
        valued(made.lowered.program, made.terms, at, "quadrature")
    assert "currency" in str(refused.value.names["reason"])
