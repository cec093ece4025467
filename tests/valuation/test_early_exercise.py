"""Choices: published American puts, the formula of a chooser, and who it is that chooses."""

from dataclasses import replace
from math import erf, exp, log, sqrt

import numpy as np
import pytest

from rfos_lang.base.fixed import ONE
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Apply,
    Assign,
    Binary,
    Choice,
    Combine,
    Constant,
    Require,
    Select,
    Sort,
    State,
    StateSlot,
    Term,
    Timed,
    Transfer,
    Unary,
)
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.exercise.policy import along, in_groups
from rfos_lang.valuation.exercise.training import trained
from rfos_lang.valuation.finite_differences import by_grid as grid
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated.estimate import estimate_of
from rfos_lang.valuation.simulated.monte_carlo import prepared, value
from rfos_lang.valuation.simulated.simulation import paired
from tests.core.lives import instance, standard
from tests.generators import handmade
from tests.generators.handmade import DAY, START, S, combine, positive_part

PATHS = 50_000


def bermudan(dates, strike="40"):
    """The American put of a year, exercised on so many dates only."""
    put = handmade.american_put(strike, days=365)
    (choice,) = put.program.clauses
    instants = tuple(START + 365 * DAY * k // dates for k in range(1, dates + 1))
    program = replace(put.program, clauses=(replace(choice, any_time=False),))
    return handmade.Instance(program, replace(put.terms, schedules=(instants,)))


LONGSTAFF_SCHWARTZ = (
    # spot, volatility, years, value: Longstaff & Schwartz (2001), table 1, finite differences
    (36.0, 0.2, 1, 4.478),
    (40.0, 0.2, 1, 2.314),
    (36.0, 0.2, 2, 4.840),
    (38.0, 0.4, 1, 6.148),
    (44.0, 0.4, 1, 3.948),
    (40.0, 0.4, 2, 6.920),
)


def market(spot=40.0, volatility=0.2, rate=0.06, carry=0.0):
    return Market(
        as_of=START,
        spots={("BTC", "USD"): spot},
        volatilities={("BTC", "USD"): flat_volatility(volatility)},
        rates={"USD": flat_rate(rate)},
        yields={"BTC": flat_rate(carry)},
    )


def normal(x):
    """The standard normal distribution."""
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


@pytest.mark.parametrize(("spot", "volatility", "years", "published"), LONGSTAFF_SCHWARTZ)
def test_american_puts_are_the_published_ones(spot, volatility, years, published):
    put = handmade.american_put("40", days=365 * years)
    found = value(put.program, put.terms, market(spot, volatility), paths=20_000, greeks=False)
    assert found.method == "least-squares Monte Carlo"
    assert abs(found.value - published) <= 0.02


def test_the_writer_may_be_the_chooser():
    """With the sides of the put exchanged, its value to the first party changes sign; of so few
    paths to the last bit."""
    put = handmade.american_put("40", days=365)
    (choice,) = put.program.clauses
    turned = tuple(
        replace(a, payer=a.payee, payee=a.payer) if isinstance(a, Transfer) else a
        for a in choice.actions
    )
    other = replace(put.program, clauses=(replace(choice, party=1, actions=turned),))
    mine, theirs = (
        value(program, put.terms, market(), paths=5_000, greeks=False).value
        for program in (put.program, other)
    )
    assert theirs == -mine


def test_greeks_of_an_american_put_are_those_of_a_bumped_grid_method():
    """Andersen, Lake and Offengenden (2016) by way of QuantLib, bumped."""
    put = handmade.american_put("40", days=365)
    found = value(put.program, put.terms, market(volatility=0.4), paths=PATHS)

    def slope(name, at, by):
        return (american(**{name: at + by}) - american(**{name: at - by})) / (2 * by)

    expected = {
        ("delta", ""): slope("spot", 40.0, 0.1),
        ("gamma", ""): (american(spot=40.5) + american(spot=39.5) - 2 * american()) / 0.25,
        ("vega", ""): slope("volatility", 0.4, 0.01),
        ("rho", ""): slope("rate", 0.06, 0.001),
        ("theta", ""): 365 * (american(days=364) - american(days=366)) / 2,
    }
    for key, wanted in expected.items():
        greek = found.greek(*key)
        assert abs(greek.value - wanted) <= max(0.02 * abs(wanted), 3 * greek.standard_error), key
    assert "exercise policy" in found.greek("delta").estimator


def american(spot=40.0, volatility=0.4, rate=0.06, days=365):
    import QuantLib as ql

    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    act = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, act)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, act)),
        ql.BlackVolTermStructureHandle(
            ql.BlackConstantVol(today, ql.NullCalendar(), volatility, act)
        ),
    )
    exercise = ql.AmericanExercise(today, today + days)
    option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 40.0), exercise)
    option.setPricingEngine(ql.QdFpAmericanEngine(process))
    return option.NPV()


def chooser():
    """At 90 days the holder picks the call; at 365 days the call is paid, or else the put."""
    base = handmade.american_put("40", days=365)
    pick = Choice(0, "pick_call", 1, False, Combine(Binary.LESS, Term(0), S), (Assign(0, TRUE),))
    call = positive_part(combine(Binary.SUBTRACT, S, Term(0)))
    put = positive_part(combine(Binary.SUBTRACT, Term(0), S))
    pay = Timed(0, (Transfer(1, 0, 1, Select(State(0), call, put)),))
    program = replace(
        base.program,
        name="Chooser",
        schedules=("expiry", "choose_at"),
        states=(StateSlot("picked", Sort.TRUTH, FALSE),),
        clauses=(pick, pay),
    )
    terms = replace(base.terms, schedules=((START + 365 * DAY,), (START + 90 * DAY,)))
    return program, terms


def test_a_choice_that_goes_on_is_worth_the_formula_of_a_chooser():
    """Rubinstein (1991), options for the undecided: a call to expiry and a put to the choice."""
    spot, strike, sigma, rate, carry, t, chosen = 40.0, 40.0, 0.3, 0.06, 0.03, 1.0, 90 / 365
    program, terms = chooser()
    found = value(program, terms, market(spot, sigma, rate, carry), paths=PATHS, greeks=False)

    d = (log(spot / strike) + (rate - carry + sigma**2 / 2) * t) / (sigma * sqrt(t))
    y = (log(spot / strike) + (rate - carry) * t + sigma**2 * chosen / 2) / (sigma * sqrt(chosen))
    held, paid = spot * exp(-carry * t), strike * exp(-rate * t)
    call = held * normal(d) - paid * normal(d - sigma * sqrt(t))
    put = paid * normal(sigma * sqrt(chosen) - y) - held * normal(-y)
    assert abs(found.value - call - put) <= 4 * found.standard_error


def test_a_requirement_that_fails_keeps_the_choice_from_being_taken():
    put = handmade.american_put("40", days=365)
    (choice,) = put.program.clauses
    never = replace(choice, actions=(Require(FALSE, "never"), *choice.actions))
    barred = replace(put.program, clauses=(never,))
    assert value(barred, put.terms, market(), paths=2_000, greeks=False).value == 0.0


def test_what_is_passed_over_may_cost_something():
    """A choice with an `otherwise`: the holder exercises, or pays what it takes not to."""
    put = handmade.american_put("40", days=365)
    (choice,) = put.program.clauses
    fee = Transfer(0, 1, 1, Constant(1000 * ONE, Sort.NUMBER))
    dear = replace(choice, any_time=False, otherwise=(fee,))
    found = value(
        replace(put.program, clauses=(dear,)), put.terms, market(), paths=20_000, greeks=False
    )
    forward = 40.0 - 40.0 * exp(-0.06)
    assert abs(found.value + forward) <= 4 * found.standard_error


def test_a_foolish_default_does_not_lower_the_value():
    """A choice whose default would be foolish is still taken at its best: the value is the
    optimum."""
    put = handmade.american_put("40", days=365)
    (choice,) = put.program.clauses
    foolish = replace(choice, default=Apply(Unary.NOT, choice.default))
    best, told = (
        value(replace(put.program, clauses=(c,)), put.terms, market(), paths=5_000, greeks=False)
        for c in (choice, foolish)
    )
    assert best.value == told.value


@pytest.mark.parametrize(("contract", "sign"), [("FxCall", 1), ("FxPut", -1)])
def test_currency_options_to_the_new_york_cut_are_worth_garman_and_kohlhagen(contract, sign):
    """Decided at ten in New York, 14:00 UTC in summer, and delivered two days later (Garman and
    Kohlhagen 1983, discounted to the delivery)."""
    given = {"ccy": "EUR", "cash": "USD", "strike": "1.12", "expiry": "2026-07-01"}
    made = instance(standard(f"fx.{contract}"), **given, size="1_000_000")
    spot, strike, volatility, rate, carry = 1.10, 1.12, 0.1, 0.04, 0.02
    at = Market(
        as_of=made.terms.start,
        spots={("EUR", "USD"): spot},
        volatilities={("EUR", "USD"): flat_volatility(volatility)},
        rates={"USD": flat_rate(rate)},
        yields={"EUR": flat_rate(carry)},
    )
    found = value(made.lowered.program, made.terms, at, paths=PATHS, greeks=False)
    decided = (parse_instant("2026-07-01T14:00Z") - at.as_of) / (365 * DAY)
    delivered = (parse_instant("2026-07-03T14:00Z") - at.as_of) / (365 * DAY)
    deviation = volatility * sqrt(decided)
    d1 = (log(spot / strike) + (rate - carry + volatility**2 / 2) * decided) / deviation
    bought = spot * exp(-carry * delivered) * normal(sign * d1)
    paid = strike * exp(-rate * delivered) * normal(sign * (d1 - deviation))
    exact = 1_000_000 * sign * (bought - paid)
    assert abs(found.value - exact) < 4 * found.standard_error


def test_greeks_of_a_choice_that_goes_on_are_those_of_an_integral():
    """An extendible call: where it is worth extending lies between two prices, at which the rule
    must be right for derivatives to be."""
    terms = {"strike": "40", "later_strike": "42", "fee": "1"}
    dates = {"first": "2026-07-01", "expiry": "2027-01-01"}
    name = standard("compounds.ExtendibleCall")
    made = instance(name, "2026-01-01", underlying="BTC", cash="USD", **terms, **dates)
    at = market(volatility=0.3)
    exact = valued(made.lowered.program, made.terms, at)
    found = value(made.lowered.program, made.terms, at, paths=PATHS)
    assert exact.method == "quadrature"
    assert abs(found.value - exact.value) <= 3 * found.standard_error
    for greek in found.greeks:
        wanted = exact.greek(greek.measure, greek.subject).value
        assert abs(greek.value - wanted) <= max(0.02 * abs(wanted), 3 * greek.standard_error)


# --- bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dates", [3, 12])
@pytest.mark.parametrize(("spot", "volatility"), [(36.0, 0.2), (44.0, 0.4)])
def test_the_value_lies_between_its_bounds(dates, spot, volatility):
    """Those of a suboptimal policy and of a martingale, about the value of a grid; and they are
    close to each other."""
    made = bermudan(dates)
    at = market(spot, volatility)
    exact = grid.value(made.program, made.terms, at, greeks=False).value
    found = value(made.program, made.terms, at, paths=10_000, greeks=False, bounds=True)
    assert found.dual.is_upper
    assert found.value - 4 * found.standard_error <= exact
    assert exact <= found.dual.value + 4 * found.dual.standard_error
    assert found.dual.value - found.value < 0.005 * exact
    assert found.standard_error < 0.001 * exact


def test_the_bound_on_a_writer_who_chooses_is_from_below():
    made = bermudan(4)
    (choice,) = made.program.clauses
    turned = tuple(
        replace(a, payer=a.payee, payee=a.payer) if isinstance(a, Transfer) else a
        for a in choice.actions
    )
    other = replace(made.program, clauses=(replace(choice, party=1, actions=turned),))
    mine, theirs = (
        value(program, made.terms, market(), paths=4_000, greeks=False, bounds=True)
        for program in (made.program, other)
    )
    assert not theirs.dual.is_upper
    assert theirs.dual.value == pytest.approx(-mine.dual.value, rel=1e-9)


def test_a_martingale_changes_no_mean():
    """Its mean over other paths than those it was found on is 0."""
    made = bermudan(6)
    simulation = prepared(made.program, made.terms, market(), 20_000, 5)
    policy = trained(simulation)
    groups = in_groups(simulation, lambda blocks: along(policy, blocks, policy.decide))
    drawn = [each.martingale for _, each in groups]
    ends = estimate_of(simulation, np.concatenate([paired(each) for each in drawn]))
    assert ends.error > 0.0 and abs(ends.mean) <= 4 * ends.error


def test_a_choice_that_goes_on_has_no_bound_from_the_other_side():
    program, terms = chooser()
    with pytest.raises(Refused) as refused:
        value(program, terms, market(), paths=2_000, greeks=False, bounds=True)
    assert refused.value.code == "E0668"


def test_bermudan_puts_under_heston_are_those_of_a_grid_of_two_factors():
    """QuantLib's; the rule knows the variance, without which it is worse."""
    made, spot = bermudan(12, "100"), 105.0
    heston = Heston(v0=0.04, kappa=1.5, theta=0.09, xi=0.6, rho=-0.7)
    at = replace(market(spot, rate=0.05), volatilities={}, heston={("BTC", "USD"): heston})
    found = value(made.program, made.terms, at, paths=20_000, greeks=False, bounds=True)
    exact = american_heston(spot, heston)
    assert found.value - 4 * found.standard_error <= exact
    assert exact <= found.dual.value + 4 * found.dual.standard_error
    assert found.value >= exact - 0.004 * exact


def american_heston(spot, heston):
    import QuantLib as ql

    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    act = ql.Actual365Fixed()
    process = ql.HestonProcess(
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.05, act)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, act)),
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        heston.v0,
        heston.kappa,
        heston.theta,
        heston.xi,
        heston.rho,
    )
    dates = [today + 365 * k // 12 for k in range(1, 13)]
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(ql.Option.Put, 100.0), ql.BermudanExercise(dates)
    )
    option.setPricingEngine(ql.FdHestonVanillaEngine(ql.HestonModel(process), 100, 200, 80))
    return option.NPV()
