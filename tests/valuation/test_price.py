"""Valuing instances: the method that is chosen, the past, what is owed later, and refusals."""

from collections.abc import Callable
from dataclasses import replace
from math import exp

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import (
    Binary,
    Column,
    ColumnSlot,
    Sort,
    Term,
    TermSlot,
    Timed,
    Transfer,
)
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import METHODS, price, valued
from tests.generators import handmade
from tests.generators.handmade import DAY, START, Instance, S, combine, number, positive_part

BTC = ("BTC", "USD")
FEED = "spot(BTC, USD)"


def market(**changed: object) -> Market:
    known: dict[str, object] = {
        "as_of": START,
        "spots": {BTC: 60_000.0},
        "volatilities": {BTC: flat_volatility(0.55)},
        "rates": {"USD": flat_rate(0.04)},
        "yields": {"BTC": flat_rate(0.01)},
        "source": "m.toml",
    }
    return Market(**(known | changed))  # type: ignore[arg-type]


def value(instance: Instance, at: Market | None = None, **how: object) -> float:
    return valued(instance.program, instance.terms, at or market(), **how).value  # type: ignore[arg-type]


def refusal(instance: Instance, at: Market | None = None, **how: object) -> Refused:
    with pytest.raises(Refused) as refused:
        value(instance, at, **how)
    return refused.value


def with_clauses(instance: Instance, *clauses: Timed) -> Instance:
    return replace(instance, program=replace(instance.program, clauses=clauses))


# --- the method ----------------------------------------------------------------------------------


def test_auto_takes_the_closed_form_and_greeks_have_units() -> None:
    call = handmade.european_call()
    found = valued(call.program, call.terms, market())
    assert found.method == "closed form" and found.asset == "USD" and found.standard_error is None
    units = {greek.name: greek.unit for greek in found.greeks}
    assert units == {
        f"delta({FEED})": "BTC",
        f"gamma({FEED})": "BTC^2/USD",
        f"vega({FEED})": "USD",
        "rho(USD)": "USD",
        "carry(BTC)": "USD",
        "theta": "USD/y",
        f"vanna({FEED})": "BTC",
        f"volga({FEED})": "USD",
    }
    assert {greek.estimator for greek in found.greeks} == {"symbolic"}


def test_auto_says_why_it_simulates() -> None:
    asian = handmade.asian_call(fixings=20)
    found = valued(asian.program, asian.terms, market(), paths=2_000, greeks=False)
    assert found.method == "Monte Carlo"
    assert "`sum(S on fixings)` depends on prices at several dates" in found.notes[0]


def test_simulation_agrees_with_the_closed_form() -> None:
    for make in (handmade.european_call, handmade.digital_put, handmade.absolute_move):
        instance = make()
        simulated = valued(
            instance.program, instance.terms, market(), "monte_carlo", paths=40_000, greeks=False
        )
        assert simulated.standard_error is not None
        assert simulated.value == pytest.approx(value(instance), abs=4 * simulated.standard_error)


def test_a_barrier_is_exact_on_flat_curves_only() -> None:
    barrier = handmade.down_and_out_put()
    assert valued(barrier.program, barrier.terms, market()).monitoring == "continuous, exact"
    bent = market(volatilities={BTC: VolatilityCurve(((0.1, 0.5), (0.5, 0.6)))})
    strict = valued(barrier.program, barrier.terms, bent, "closed_form")
    assert strict.notes == ("The barrier's formula takes the volatility of BTC as flat.",)
    solved = valued(barrier.program, barrier.terms, bent, greeks=False)
    assert solved.method == "finite differences" and "volatility of BTC" in solved.notes[0]
    simulated = valued(barrier.program, barrier.terms, bent, "monte_carlo", 20_000, greeks=False)
    assert simulated.standard_error is not None
    assert abs(simulated.value - solved.value) <= 4 * simulated.standard_error


def test_what_cannot_be_done_is_refused() -> None:
    assert refusal(handmade.european_call(), method="magic").code == "E0623"
    assert refusal(handmade.asian_call(), method="closed_form").code == "E0624"
    assert refusal(handmade.european_call(), method="lsm").code == "E0625"
    assert refusal(handmade.asian_call(), method="finite_differences").code == "E0659"
    approximate = {"moment_matching", "finite_differences", "monte_carlo", "lsm", "lsm_bounds"}
    assert set(METHODS) == {"auto", "closed_form", "quadrature", "discounting"} | approximate


def test_a_refusal_becomes_a_diagnostic_of_the_market() -> None:
    call = handmade.european_call()
    found, diagnostics = price(call.program, call.terms, market(volatilities={}))
    (lacking,) = diagnostics
    assert found is None and lacking.code == "E0605" and lacking.span.source == "m.toml"
    assert lacking.help == f'add `"{FEED}" = "20%"` under [volatilities]'
    found, diagnostics = price(call.program, call.terms, market())
    assert found is not None and diagnostics == ()


# --- time ----------------------------------------------------------------------------------------


def test_each_date_has_its_own_point_of_a_curve() -> None:
    """Two calls of two expiries, under term structures, are the two by themselves."""
    one, two = handmade.european_call(days=90), handmade.european_call(days=400)
    (clause,) = one.program.clauses
    assert isinstance(clause, Timed)
    both = Instance(
        replace(
            one.program,
            schedules=("first", "second"),
            clauses=(clause, replace(clause, schedule=1)),
        ),
        replace(one.terms, schedules=(*one.terms.schedules, *two.terms.schedules)),
    )
    bent = market(
        volatilities={BTC: VolatilityCurve(((0.2, 0.5), (1.0, 0.6)))},
        rates={"USD": RateCurve(((0.2, 0.03), (1.5, 0.05)))},
    )
    assert value(both, bent) == pytest.approx(value(one, bent) + value(two, bent), rel=1e-14)


def strip(owed_later: int = 0) -> Instance:
    """Three quarterly payments of 100 × a column, owed some days later."""
    dates = tuple(START + 91 * DAY * (k + 1) for k in range(3))
    columns = (ColumnSlot("coupon", 0, Sort.NUMBER), ColumnSlot("pay", 0, Sort.INSTANT))
    amount = combine(Binary.MULTIPLY, Column(0), Term(0))
    clause = Timed(0, (Transfer(1, 0, 1, amount, due=Column(1)),))
    base = handmade.european_call(strike="100")
    program = replace(base.program, columns=columns, clauses=(clause,), feeds=())
    coupons = tuple(k * 10**18 for k in (1, 2, 3))
    paid = tuple(date + owed_later * DAY for date in dates)
    terms = replace(base.terms, schedules=(dates,), columns=(coupons, paid), feeds=())
    return Instance(program, terms)


@pytest.mark.parametrize("owed_later", [0, 2, 30])
def test_fixed_payments_are_discounted_to_the_day_they_are_owed(owed_later: int) -> None:
    rates = RateCurve(((0.2, 0.03), (1.5, 0.05)))
    at = market(rates={"USD": rates})
    expected = 0.0
    for k in (1, 2, 3):
        years = (91 * k + owed_later) / 365
        expected += 100 * k * exp(-rates.rate(years) * years)
    assert value(strip(owed_later), at) == pytest.approx(expected, rel=1e-14)


def test_a_deferred_option_is_worth_less_by_the_forward_discount() -> None:
    call = handmade.european_call()
    (clause,) = call.program.clauses
    assert isinstance(clause, Timed)
    (transfer,) = clause.actions
    assert isinstance(transfer, Transfer)
    (expiry,) = call.terms.schedules[0]
    slot = len(call.program.terms)
    later = Instance(
        replace(
            call.program,
            terms=(*call.program.terms, TermSlot("pay", Sort.INSTANT)),
            clauses=(replace(clause, actions=(replace(transfer, due=Term(slot)),)),),
        ),
        replace(call.terms, terms=(*call.terms.terms, expiry + 73 * DAY)),
    )
    assert value(later) == pytest.approx(value(call) * exp(-0.04 * 0.2), rel=1e-13)
    found = valued(later.program, later.terms, market())
    shifted = [value(later, market(rates={"USD": flat_rate(0.04 + h)})) for h in (1e-6, -1e-6)]
    assert found.greek("rho").value == pytest.approx((shifted[0] - shifted[1]) / 2e-6, rel=1e-6)


def test_delivery_is_worth_the_price() -> None:
    """Paying one BTC at a date is worth the spot less its carry, even if no price is observed."""
    base = handmade.european_call(days=365)
    exchanged = (Transfer(1, 0, 0, number(1)), Transfer(0, 1, 1, Term(0)))
    delivery = with_clauses(base, Timed(0, exchanged))
    unseen = Instance(replace(delivery.program, feeds=()), replace(delivery.terms, feeds=()))
    for instance in (delivery, unseen):
        expected = 60_000 * exp(-0.01) - 65_000 * exp(-0.04)
        found = valued(instance.program, instance.terms, market())
        assert found.asset == "USD" or instance is unseen
        assert found.value * (60_000 if found.asset == "BTC" else 1) == pytest.approx(expected)


def test_a_contract_that_has_ended_says_so() -> None:
    call = handmade.european_call(days=90)
    late = refusal(call, market(as_of=START + 91 * DAY))
    assert late.code == "E0620" and late.names["date"] == "2026-04-01"
    today = value(call, market(as_of=START + 90 * DAY, spots={BTC: 66_000.0}))
    assert today == pytest.approx(1_000.0, abs=10.0)


def test_the_past_is_replayed_from_fixings() -> None:
    move = handmade.absolute_move()
    later = START + 10 * DAY
    missing = refusal(move, market(as_of=later))
    assert missing.code == "E0621" and missing.names == {
        "feed": FEED,
        "date": "2026-01-01",
        "day": "2026-01-01",
    }
    known = market(as_of=later, fixings={FEED: {START: 58_000.0}})
    straddle = handmade.european_call(strike="58000", days=30)
    call = value(straddle, market(as_of=later))
    (clause,) = straddle.program.clauses
    payoff = positive_part(combine(Binary.SUBTRACT, Term(0), S))
    put = value(with_clauses(straddle, Timed(0, (Transfer(1, 0, 1, payoff),))), market(as_of=later))
    assert clause is not None
    assert value(move, known) == pytest.approx(call + put, rel=1e-13)


def test_at_the_start_the_price_of_the_start_is_the_spot() -> None:
    assert value(handmade.absolute_move()) > 0
    barrier = handmade.down_and_out_put()
    touched = market(as_of=START + DAY, fixings={FEED: {START: 49_000.0}})
    assert refusal(barrier, touched).code == "E0620"


def test_an_inverse_option_is_told_in_what_it_pays() -> None:
    """(S - K)+ / S in BTC is the call in dollars over the spot; its Greeks are bumped values."""
    call = handmade.european_call()
    payoff = positive_part(combine(Binary.SUBTRACT, S, Term(0)))
    quotient = combine(Binary.DIVIDE, payoff, S)
    inverse = with_clauses(call, Timed(0, (Transfer(1, 0, 0, quotient),)))
    found = valued(inverse.program, inverse.terms, market())
    assert found.asset == "BTC" and found.method == "closed form"
    assert found.value == pytest.approx(value(call) / 60_000, rel=1e-13)
    bumped = [value(inverse, market(spots={BTC: 60_000.0 + h})) for h in (1.0, -1.0)]
    assert found.greek("delta").value == pytest.approx((bumped[0] - bumped[1]) / 2, rel=1e-6)
    assert found.greek("delta").unit == "BTC^2/USD" and found.greek("rho").subject == "USD"


# --- jumps ---------------------------------------------------------------------------------------

JUMPS = Jumps(intensity=3.0, mean=-0.05, deviation=0.1)


def jumping(**changed: object) -> Market:
    return market(**({"jumps": {BTC: JUMPS}} | changed))


def test_jumps_that_never_come_change_nothing() -> None:
    rare = jumping(jumps={BTC: Jumps(1e-12, -0.05, 0.1)})
    assert value(handmade.european_call(), rare) == pytest.approx(value(handmade.european_call()))


def test_jumps_leave_the_forward_as_it_is() -> None:
    """A call struck at nothing is the asset."""
    asset = handmade.european_call(strike="0", days=365)
    assert value(asset, jumping()) == pytest.approx(60_000 * exp(-0.01), rel=1e-13)


@pytest.mark.parametrize("make", [handmade.european_call, handmade.digital_put])
def test_greeks_with_jumps_are_bumped_values(make: Callable[[], Instance]) -> None:
    instance = make()
    found = valued(instance.program, instance.terms, jumping())
    assert found.model == "Merton jumps"
    bumps = {
        "delta": (1.0, lambda h: {"spots": {BTC: 60_000.0 + h}}),
        "vega": (1e-4, lambda h: {"volatilities": {BTC: flat_volatility(0.55 + h)}}),
        "rho": (1e-4, lambda h: {"rates": {"USD": flat_rate(0.04 + h)}}),
        "carry": (1e-4, lambda h: {"yields": {"BTC": flat_rate(0.01 + h)}}),
        "theta": (1 / 365, lambda h: {"as_of": START + round(h * 365) * DAY}),
    }
    for measure, (step, change) in bumps.items():
        up, down = (value(instance, jumping(**change(h))) for h in (step, -step))
        rel = 1e-3 if measure == "theta" else 1e-5
        assert found.greek(measure).value == pytest.approx((up - down) / (2 * step), rel=rel)


def test_a_barrier_that_has_no_formula_with_jumps_is_solved_on_a_grid() -> None:
    barrier = handmade.down_and_out_put()
    found = valued(barrier.program, barrier.terms, jumping(), greeks=False)
    assert (found.method, found.model) == ("finite differences", "Merton jumps")
    assert found.notes[0].endswith("so it was solved on a grid.")


def test_what_has_no_formula_with_jumps_is_simulated() -> None:
    asian = handmade.asian_call()
    found = valued(asian.program, asian.terms, jumping(), paths=2_000, greeks=False)
    assert (found.method, found.model) == ("Monte Carlo", "Merton jumps")
