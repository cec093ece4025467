"""Values from date to date, against formulas, grids, paths, other spellings, and limits."""

from dataclasses import replace
from functools import partial
from math import exp, log, pi, sqrt

import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.core.binding import Instance
from rfos_lang.valuation.curve import YEAR, RateCurve, VolatilityCurve
from rfos_lang.valuation.finite_differences.by_grid import value as on_grid
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated import monte_carlo
from rfos_lang.valuation.transitions.by_transitions import value
from tests.core.lives import instance, only, standard
from tests.generators.handmade import Instance as Handmade
from tests.generators.handmade import american_put, autocallable
from tests.valuation.test_finite_differences import PAIR, bermudan
from tests.valuation.test_finite_differences import market as flat

BEGIN = "2026-01-05"
QUARTERS = "[2026-04-05, 2026-07-05, 2026-10-05, 2027-01-05]"
MEASURES = ("delta", "gamma", "vega", "rho", "carry", "theta")

NOTE = """
contract Note(
    share, cash: Asset, notional: cash, observations: Schedule,
    autocall, barrier, knock_in: cash/share, coupon: Number,
) between investor, issuer {
    let S = spot(share, cash)
    state unpaid: Number = 0
    state touched: Bool = false
    at each t in observations {
        unpaid += coupon
        if S <= knock_in { touched = true }
        if S >= barrier { issuer pays investor notional * unpaid as "coupon"; unpaid = 0 }
        if S >= autocall { issuer pays investor notional as "redemption"; end }
    }
    at last(observations) {
        issuer pays investor notional * (if touched then min(S / autocall, 1) else 1)
    }
    unsecured
}
"""
ANOTHER = """
contract Other(
    share, cash: Asset, notional: cash, observations: Schedule,
    autocall, barrier, knock_in: cash/share, coupon: Number,
) between investor, issuer {
    let S = spot(share, cash)
    state missed: Number = 0
    at each t in observations {
        if S < barrier { missed += 1 }
        else {
            issuer pays investor (missed + 1) * coupon * notional
            missed = 0
            if S >= autocall { issuer pays investor notional; end }
        }
    }
    at last(observations) {
        let lost = if ever(S <= knock_in on observations) then max(autocall - S, 0) else 0 * S
        issuer pays investor notional * (1 - lost / autocall)
    }
    unsecured
}
"""
WATCHED = """
contract Watched(share, cash: Asset, strike, level: cash/share, days: Schedule)
between holder, writer {
    let S = spot(share, cash)
    at each t in days { if S <= level { end } }
    at last(days) { writer pays holder 1 share * max(S - strike, 0) }
    unsecured
}
"""
REMEMBERED = """
contract Remembered(share, cash: Asset, strike, level: cash/share, days: Schedule)
between holder, writer {
    let S = spot(share, cash)
    at last(days) {
        if not ever(S <= level on days) { writer pays holder 1 share * max(S - strike, 0) }
    }
    unsecured
}
"""


def market(**arguments: float) -> Market:
    return replace(flat(**arguments), as_of=parse_instant(BEGIN))


def note(text: str) -> Instance:
    levels = {f"{name}": f"{level} USD/BTC" for name, level in LEVELS.items()}
    fixed = {"share": "BTC", "cash": "USD", "notional": "1000 USD", "coupon": "5%"}
    return instance(only(text), BEGIN, observations=QUARTERS, **fixed, **levels)


LEVELS = {"autocall": 42, "barrier": 35, "knock_in": 30}


def knocked_out(text: str, days: str, strike: str = "38", level: str = "36") -> Instance:
    prices = {"strike": f"{strike} USD/BTC", "level": f"{level} USD/BTC"}
    return instance(only(text), BEGIN, share="BTC", cash="USD", days=days, **prices)


def dated(made: Instance, on: Market, greeks: bool = False) -> Valuation:
    return value(made.lowered.program, made.terms, on, greeks=greeks)


def test_one_date_is_the_formula() -> None:
    made = bermudan(1)
    ours = value(made.program, made.terms, flat())
    formula = valued(made.program, made.terms, flat(), "closed_form")
    assert ours.value == pytest.approx(formula.value, rel=1e-12)
    for measure in MEASURES:
        ours_, formula_ = ours.greek(measure).value, formula.greek(measure).value
        assert ours_ == pytest.approx(formula_, rel=2e-7), measure


def test_two_dates_are_an_integral_of_the_formula() -> None:
    made, on = bermudan(2), flat()
    half, _ = ((t - on.as_of) / YEAR for t in made.terms.schedules[0])
    edge = brentq(lambda spot: 40 - spot - put(spot, 1 - half), 20, 40, xtol=1e-13)

    def discounted(z: float) -> float:
        spot = 40 * exp((0.06 - 0.02) * half + 0.2 * sqrt(half) * z)
        worth = 40 - spot if spot < edge else put(spot, 1 - half)
        return worth * exp(-0.06 * half - z * z / 2) / sqrt(2 * pi)

    bend = (log(edge / 40) - 0.04 * half) / (0.2 * sqrt(half))
    pieces = (quad(discounted, *ends, epsabs=1e-13) for ends in ((-9, bend), (bend, 9)))
    expected = sum(found for found, _ in pieces)
    ours = value(made.program, made.terms, on, greeks=False)
    assert ours.value == pytest.approx(expected, rel=1e-10)
    assert ours.bias_bound is not None and ours.bias_bound < 1e-9


def put(spot: float, years: float) -> float:
    d = (log(spot / 40) + 0.04 * years) / (0.2 * sqrt(years))
    return float(40 * exp(-0.06 * years) * ndtr(-d) - spot * ndtr(-d - 0.2 * sqrt(years)))


@pytest.mark.parametrize(("level", "expected"), [(85, 6.322), (88, 6.242), (91, 5.977)])
def test_a_barrier_that_is_looked_at_on_fifty_dates(level: int, expected: float) -> None:
    """Broadie, Glasserman and Kou, A continuity correction for discrete barrier options, Math.
    Finance 7, 1997, table 2.1."""
    minute = DAY // 1440
    instants = (parse_instant(BEGIN) + 73 * DAY * k // 50 // minute * minute for k in range(1, 51))
    days = ", ".join(show_instant(each) for each in instants)
    made = knocked_out(WATCHED, f"[{days}]", strike="100", level=str(level))
    ours = dated(made, market(spot=100, volatility=0.3, rate=0.1))
    assert ours.value == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("spellings", [(NOTE, ANOTHER), (WATCHED, REMEMBERED)])
def test_another_spelling_has_the_same_value(spellings: tuple[str, str]) -> None:
    made = note if spellings[0] == NOTE else partial(knocked_out, days=QUARTERS)
    one, other = (dated(made(text), market(), greeks=True) for text in spellings)
    assert one.value == pytest.approx(other.value, rel=1e-9)
    for measure in MEASURES:
        found = (each.greek(measure).value for each in (one, other))
        assert next(found) == pytest.approx(next(found), rel=1e-6), measure


def test_an_autocallable_against_paths_and_a_grid() -> None:
    made, on = note(NOTE), market(rate=0.03, carry=0.02)
    ours = dated(made, on, greeks=True)
    program = made.lowered.program
    paths = monte_carlo.value(program, made.terms, on, paths=40_000, seed=3)
    assert paths.standard_error is not None
    assert abs(ours.value - paths.value) < 3 * paths.standard_error
    for measure in MEASURES:
        simulated = paths.greek(measure)
        assert simulated.standard_error is not None
        allowed = 3 * simulated.standard_error + 0.02 * abs(simulated.value)
        assert abs(ours.greek(measure).value - simulated.value) < allowed, measure
    grid = on_grid(program, made.terms, on, greeks=False)
    assert ours.value == pytest.approx(grid.value, abs=5 * (grid.bias_bound or 0.0))


def test_greeks_follow_the_value() -> None:
    made, step = note(NOTE), 0.02
    values = [dated(made, market(spot=40 + k * step)).value for k in (-1, 0, 1)]
    ours = dated(made, market(), greeks=True)
    assert ours.greek("delta").value == pytest.approx(
        (values[2] - values[0]) / (2 * step), rel=1e-4
    )
    bend = (values[2] - 2 * values[1] + values[0]) / step**2
    assert ours.greek("gamma").value == pytest.approx(bend, rel=1e-4)


def test_a_date_that_is_now() -> None:
    """What is looked at right now changes nothing, and the derivatives are those without it."""
    later = knocked_out(WATCHED, "[2026-07-05, 2027-01-05]")
    now = knocked_out(WATCHED, "[2026-01-05, 2026-07-05, 2027-01-05]")
    one, other = (dated(made, market(), greeks=True) for made in (later, now))
    assert one.value == pytest.approx(other.value, rel=1e-12)
    for measure in MEASURES:
        assert one.greek(measure).value == pytest.approx(other.greek(measure).value, rel=1e-6)


def test_curves_count_step_by_step() -> None:
    """A vanilla option that is looked at half-way costs what it does without that."""
    on = replace(
        market(),
        volatilities={PAIR: VolatilityCurve(((0.4, 0.15), (1.5, 0.25)))},
        rates={"USD": RateCurve(((0.4, 0.01), (1.5, 0.05)))},
    )
    looked = knocked_out(WATCHED, "[2026-07-05, 2027-01-05]", level="0.001")
    plain = instance(
        standard("options.EuropeanCall"),
        BEGIN,
        underlying="BTC",
        cash="USD",
        strike="38 USD/BTC",
        expiry="2027-01-05",
    )
    formula = valued(plain.lowered.program, plain.terms, on, "closed_form")
    ours = dated(looked, on, greeks=True)
    assert ours.value == pytest.approx(formula.value, rel=1e-9)
    for measure in MEASURES:
        assert ours.greek(measure).value == pytest.approx(formula.greek(measure).value, rel=1e-5)


def test_all_of_it_is_found_by_itself() -> None:
    made = note(NOTE)
    found = valued(made.lowered.program, made.terms, market(), greeks=False)
    assert found.method == "backward quadrature"
    asked = valued(made.lowered.program, made.terms, market(), "quadrature", greeks=False)
    assert asked.value == found.value


def test_small_volatility_leaves_what_is_certain() -> None:
    made = knocked_out(WATCHED, QUARTERS)
    found = dated(made, market(volatility=1e-4))
    assert found.value == pytest.approx(40 - 38 * exp(-0.06), rel=1e-9)


@pytest.mark.parametrize(
    ("made", "on", "reason"),
    [
        (american_put("40"), flat(), "any time"),
        (autocallable(assets=1), flat(), "watches a price all the time"),
        (bermudan(2), flat(volatility=0.0), "does not move"),
    ],
)
def test_what_is_not_of_one_price_on_dates(made: Handmade, on: Market, reason: str) -> None:
    with pytest.raises(NoGrid, match=reason):
        value(made.program, made.terms, on)
