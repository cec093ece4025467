"""Monte Carlo against formulas and against simulations that share no code with it."""

from dataclasses import replace
from math import erf, exp, log, pi, sqrt

import numpy as np
import pytest

from rfos_lang.base.fixed import ONE
from rfos_lang.core import meaning
from rfos_lang.core.program import (
    Binary,
    Combine,
    Constant,
    Feed,
    FeedSlot,
    Sort,
    Store,
    Stored,
    TableSlot,
    Term,
    Terms,
    Timed,
    Transfer,
)
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.market import IndexCurve, Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.simulated.monte_carlo import value
from tests.generators import handmade
from tests.generators.handmade import DAY, START, Instance, combine, number

BTC, ETH, USD = "BTC", "ETH", "USD"
S, SIGMA, RATE, CARRY = 64_000.0, 0.5, 0.04, 0.01
STRIKE = 65_000.0
PATHS = 40_000

MARKET = Market(
    as_of=START,
    spots={(BTC, USD): S, (ETH, USD): 3_000.0},
    volatilities={(BTC, USD): flat_volatility(SIGMA), (ETH, USD): flat_volatility(0.6)},
    rates={USD: flat_rate(RATE)},
    yields={BTC: flat_rate(CARRY), ETH: flat_rate(0.02)},
    correlations={frozenset({(BTC, USD), (ETH, USD)}): 0.6},
)


def normal(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def density(x):
    return exp(-x * x / 2.0) / sqrt(2.0 * pi)


def assert_near(found, error, expected, its_error=0.0):
    """Within 2 % or three standard errors, of both sides together."""
    allowed = max(0.02 * abs(expected), 3.0 * sqrt(error**2 + its_error**2))
    assert abs(found - expected) <= allowed, (found, error, expected, its_error)


def assert_greeks(valuation, expected):
    """`expected` maps (measure, subject) to a value, or to a value and its standard error."""
    for (measure, subject), figure in expected.items():
        wanted, its_error = figure if isinstance(figure, tuple) else (figure, 0.0)
        greek = valuation.greek(measure, subject)
        assert_near(greek.value, greek.standard_error, wanted, its_error)


# --- formulas ------------------------------------------------------------------------------------


def test_a_call_and_its_greeks_are_those_of_the_formula():
    instance = handmade.european_call()
    t = 90 / 365
    found = value(instance.program, instance.terms, MARKET, paths=PATHS)
    d1 = (log(S / STRIKE) + (RATE - CARRY + SIGMA**2 / 2) * t) / (SIGMA * sqrt(t))
    d2 = d1 - SIGMA * sqrt(t)
    held, paid = S * exp(-CARRY * t), STRIKE * exp(-RATE * t)
    price = held * normal(d1) - paid * normal(d2)
    assert abs(found.value - price) <= 4 * found.standard_error
    bleed = held * density(d1) * SIGMA / (2 * sqrt(t))
    assert_greeks(
        found,
        {
            ("delta", "spot(BTC, USD)"): exp(-CARRY * t) * normal(d1),
            ("gamma", "spot(BTC, USD)"): exp(-CARRY * t) * density(d1) / (S * SIGMA * sqrt(t)),
            ("vega", "spot(BTC, USD)"): held * density(d1) * sqrt(t),
            ("rho", USD): t * paid * normal(d2),
            ("carry", BTC): -t * held * normal(d1),
            ("theta", ""): -bleed - RATE * paid * normal(d2) + CARRY * held * normal(d1),
        },
    )


def test_a_digital_and_its_greeks_are_those_of_the_formula():
    instance = handmade.digital_put(strike="58000")
    t, strike = 90 / 365, 58_000.0
    found = value(instance.program, instance.terms, MARKET, paths=PATHS)
    d2 = (log(S / strike) + (RATE - CARRY - SIGMA**2 / 2) * t) / (SIGMA * sqrt(t))
    d1, discount = d2 + SIGMA * sqrt(t), 100 * exp(-RATE * t)
    assert abs(found.value - discount * normal(-d2)) <= 4 * found.standard_error
    assert_greeks(
        found,
        {
            ("delta", "spot(BTC, USD)"): -discount * density(d2) / (S * SIGMA * sqrt(t)),
            ("gamma", "spot(BTC, USD)"): discount * density(d2) * d1 / (S**2 * SIGMA**2 * t),
            ("vega", "spot(BTC, USD)"): discount * density(d2) * d1 / SIGMA,
            ("rho", USD): -discount * (t * normal(-d2) + density(d2) * sqrt(t) / SIGMA),
        },
    )


def test_a_down_and_out_put_with_rebate_and_its_greeks_are_those_of_the_formula():
    """Reiner and Rubinstein (1991) by way of QuantLib's analytic engine, bumped."""
    instance = handmade.down_and_out_put(rebate="500")
    found = value(instance.program, instance.terms, MARKET, paths=PATHS)
    assert found.monitoring == "Brownian bridge"
    assert abs(found.value - barrier_price()) <= 4 * found.standard_error

    def slope(name, at, by):
        return (barrier_price(**{name: at + by}) - barrier_price(**{name: at - by})) / (2 * by)

    second = barrier_price(spot=S + 100) + barrier_price(spot=S - 100) - 2 * barrier_price()
    assert_greeks(
        found,
        {
            ("delta", "spot(BTC, USD)"): slope("spot", S, 50.0),
            ("gamma", "spot(BTC, USD)"): second / 100**2,
            ("vega", "spot(BTC, USD)"): slope("sigma", SIGMA, 1e-3),
            ("rho", USD): slope("rate", RATE, 1e-4),
            ("carry", BTC): slope("carry", CARRY, 1e-4),
        },
    )


def barrier_price(spot=S, sigma=SIGMA, rate=RATE, carry=CARRY):
    import QuantLib as ql

    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    act = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, carry, act)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, act)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), sigma, act)),
    )
    payoff = ql.PlainVanillaPayoff(ql.Option.Put, STRIKE)
    option = ql.BarrierOption(
        ql.Barrier.DownOut, 50_000.0, 500.0, payoff, ql.EuropeanExercise(today + 90)
    )
    option.setPricingEngine(ql.AnalyticBarrierEngine(process))
    return option.NPV()


def test_a_down_and_out_put_is_that_of_a_plain_simulation():
    instance = handmade.down_and_out_put(rebate="500")
    expected, its_error = plain_barrier(np.random.default_rng(11))
    formula = valued(instance.program, instance.terms, MARKET, method="closed_form", greeks=False)
    assert abs(formula.value - expected) <= 4 * its_error
    found = value(instance.program, instance.terms, MARKET, paths=PATHS, greeks=False)
    error = sqrt(found.standard_error**2 + its_error**2)
    assert abs(found.value - expected) <= 4 * error


def plain_barrier(draw, paths=100_000, steps=90, barrier=50_000.0, rebate=500.0):
    """(value, standard error): daily steps, the touch between two of them drawn from the law of a
    Brownian bridge and paid at the end of its day."""
    years = 90 / 365
    day = years / steps
    log_price, paid = np.full(paths, log(S / barrier)), np.zeros(paths)
    alive = np.ones(paths, bool)
    for step in range(1, steps + 1):
        before = log_price
        move = (RATE - CARRY - SIGMA**2 / 2) * day + SIGMA * sqrt(day) * draw.normal(size=paths)
        log_price = before + move
        crossed = np.exp(-2 * np.maximum(before, 0) * np.maximum(log_price, 0) / (SIGMA**2 * day))
        touched = alive & ((log_price <= 0) | (draw.random(paths) < crossed))
        paid[touched] = rebate * exp(-RATE * day * step)
        alive &= ~touched
    final = barrier * np.exp(log_price)
    paid[alive] = exp(-RATE * years) * np.maximum(STRIKE - final[alive], 0)
    return paid.mean(), paid.std() / sqrt(paths)


@pytest.mark.parametrize(
    "make",
    [
        handmade.european_call,
        handmade.digital_put,
        handmade.down_and_out_put,
        handmade.absolute_move,
    ],
    ids=lambda make: make.__name__,
)
def test_the_closed_form_and_the_simulation_agree(make):
    instance = make()
    formula = valued(instance.program, instance.terms, MARKET, "closed_form", greeks=False)
    found = value(instance.program, instance.terms, MARKET, paths=PATHS, greeks=False)
    assert formula.method == "closed form"
    assert formula.asset == found.asset
    assert abs(found.value - formula.value) <= 4 * found.standard_error


# --- simulations ---------------------------------------------------------------------------------


def asian(normals, spot=S, sigma=SIGMA, rate=RATE, carry=CARRY):
    """Mean and standard error of a weekly arithmetic Asian call, in plain NumPy."""
    dt = 7 / 365
    moves = (rate - carry - sigma**2 / 2) * dt + sigma * sqrt(dt) * normals
    average = (spot * np.exp(np.cumsum(moves, axis=0))).mean(axis=0)
    draws = exp(-rate * len(normals) * dt) * np.maximum(average - STRIKE, 0.0)
    return draws


def test_an_asian_call_and_its_greeks_are_those_of_a_plain_simulation():
    instance = handmade.asian_call()
    found = value(instance.program, instance.terms, MARKET, paths=PATHS)
    normals = np.random.default_rng(7).standard_normal((12, 100_000))
    draws = asian(normals)
    error = draws.std() / sqrt(draws.size)
    gap = abs(found.value - draws.mean())
    assert gap <= 4 * sqrt(found.standard_error**2 + error**2)

    def slope(name, at, by):
        moved = (asian(normals, **{name: at + by}) - asian(normals, **{name: at - by})) / (2 * by)
        return moved.mean(), moved.std() / sqrt(moved.size)

    width = 0.04 * S
    second = (
        asian(normals, spot=S + width) + asian(normals, spot=S - width) - 2 * draws
    ) / width**2
    assert_greeks(
        found,
        {
            ("delta", "spot(BTC, USD)"): slope("spot", S, 10.0),
            ("gamma", "spot(BTC, USD)"): (second.mean(), second.std() / sqrt(second.size)),
            ("vega", "spot(BTC, USD)"): slope("sigma", SIGMA, 1e-4),
            ("rho", USD): slope("rate", RATE, 1e-5),
            ("carry", BTC): slope("carry", CARRY, 1e-5),
        },
    )


OBSERVED = (91 * np.arange(1, 5) - 1) / 365
SPOTS, SIGMAS, CARRIES, RHO = np.array([S, 3_000.0]), np.array([0.5, 0.6]), (0.01, 0.02), 0.6


def noted(every_tick: bool) -> tuple[Instance, meaning.Standing]:
    """The worst-of autocallable a day after its start; knocked in at any tick, or by the last
    one."""
    instance = handmade.autocallable()
    program, terms = instance.program, instance.terms
    if not every_tick:
        start, _, each, last = program.clauses
        worst = each.actions[1].value.right
        low = Combine(Binary.LESS_OR_EQUAL, worst, Term(3))
        payment = last.actions[0]
        amount = replace_condition(payment.amount, low)
        last = replace(last, actions=(replace(payment, amount=amount),))
        program = replace(program, clauses=(start, each, last))
    seen = tuple(int(price) * ONE for price in (62_000, 3_100))
    standing = meaning.start(program, terms).standing
    event = meaning.Event(START, seen, frozenset({0, 1}))
    return Instance(program, terms), meaning.fire(program, terms, standing, event).standing


def replace_condition(select, condition):
    return type(select)(condition, select.chosen, select.otherwise)


def autocallable(times, normals, knocked_at):
    """Draws of the note, and the likelihood-ratio weights of spots, volatilities and the rate.

    Broadie and Glasserman, Estimating security price derivatives using simulation (1996).
    """
    dt = np.diff(times, prepend=0.0)[:, None, None]
    chol = np.linalg.cholesky(np.array([[1.0, RHO], [RHO, 1.0]]))
    w = np.einsum("ij,kjp->kip", chol, normals)
    drift = (RATE - np.array(CARRIES) - SIGMAS**2 / 2)[None, :, None] * dt
    moves = drift + SIGMAS[None, :, None] * np.sqrt(dt) * w
    spots = SPOTS[None, :, None] * np.exp(np.cumsum(moves, axis=0))
    worst = np.min(spots / np.array([62_000.0, 3_100.0])[None, :, None], axis=1)
    draws, carried = note(times, worst, knocked_at)
    tilt = np.einsum("ij,kjp->kip", np.linalg.inv(chol @ chol.T), w)
    scores = {
        "delta": tilt[0] / (SPOTS[:, None] * SIGMAS[:, None] * np.sqrt(dt[0])),
        "vega": (tilt * (w / SIGMAS[:, None] - np.sqrt(dt)) - 1 / SIGMAS[:, None]).sum(axis=0),
        "rho": (tilt * np.sqrt(dt) / SIGMAS[:, None]).sum(axis=(0, 1)),
    }
    return draws, carried, scores


def note(times, worst, knocked_at):
    """Discounted payments of the note on each path, and the same times the time of payment."""
    alive, unpaid = np.ones(worst.shape[1]), np.zeros(worst.shape[1])
    draws, timed = np.zeros_like(alive), np.zeros_like(alive)
    observed = [int(np.argmin(np.abs(times - t))) for t in OBSERVED]
    for k in observed:
        unpaid += 0.02
        pays = worst[k] >= 0.8
        called = worst[k] >= 1.0
        flow = alive * (pays * 1e6 * unpaid + called * 1e6)
        unpaid = np.where(pays, 0.0, unpaid)
        alive = alive * ~called
        if k == observed[-1]:
            flow += alive * np.where(knocked_at(worst), 1e6 * np.minimum(worst[k], 1.0), 1e6)
        draws += exp(-RATE * times[k]) * flow
        timed += times[k] * exp(-RATE * times[k]) * flow
    return draws, timed


LATER = replace(MARKET, as_of=START + DAY)


def test_a_worst_of_autocallable_and_its_greeks_are_those_of_a_likelihood_ratio():
    instance, standing = noted(every_tick=False)
    found = value(instance.program, instance.terms, LATER, paths=PATHS, standing=standing)
    times = OBSERVED
    normals = np.random.default_rng(11).standard_normal((4, 2, 250_000))
    draws, timed, scores = autocallable(times, normals, lambda worst: worst[-1] <= 0.6)
    gap = abs(found.value - draws.mean())
    assert gap <= 4 * sqrt(found.standard_error**2 + draws.var() / draws.size)

    def weighted(score, less=0.0):
        each = (draws - draws.mean()) * score - less
        return each.mean(), each.std() / sqrt(each.size)

    subjects = ("spot(BTC, USD)", "spot(ETH, USD)")
    expected = {("rho", USD): weighted(scores["rho"], timed)}
    for k, subject in enumerate(subjects):
        expected["delta", subject] = weighted(scores["delta"][k])
        expected["vega", subject] = weighted(scores["vega"][k])
    assert_greeks(found, expected)


def test_a_knock_in_at_every_tick_is_that_of_a_plain_simulation_on_its_grid():
    instance, standing = noted(every_tick=True)
    found = value(
        instance.program, instance.terms, LATER, paths=20_000, standing=standing, greeks=False
    )
    span = 363 / 365
    grid = span * np.arange(1, int(np.ceil(252 * span)) + 1) / np.ceil(252 * span)
    times = np.union1d(grid, OBSERVED)
    assert "grid of" in found.monitoring
    normals = np.random.default_rng(13).standard_normal((len(times), 2, 10_000))
    draws, _, _ = autocallable(times, normals, lambda worst: worst.min(axis=0) <= 0.6)
    gap = abs(found.value - draws.mean())
    assert gap <= 4 * sqrt(found.standard_error**2 + draws.var() / draws.size)


# --- what is exact --------------------------------------------------------------------------------


def floating_payment():
    """cash pays notional * (index 30 days before) at 180 days, from a remembered observation."""
    program = handmade.european_call().program
    observe = Timed(1, (Store(0, Feed(0)),), group=handmade.Group.OBSERVATION)
    amount = combine(Binary.SUBTRACT, Stored(0), number("0.03"))
    pay = Timed(0, (Transfer(1, 0, 0, combine(Binary.MULTIPLY, Term(0), amount), net=True),))
    program = replace(
        program,
        name="Floating",
        assets=("cash",),
        terms=program.terms[:1],
        schedules=("pays", "fixes"),
        feeds=(FeedSlot("index", (), "EURIBOR"),),
        tables=(TableSlot("fixings", 1),),
        clauses=(observe, pay),
    )
    terms = Terms(
        start=START,
        assets=(USD,),
        places=(2,),
        feeds=("EURIBOR",),
        terms=(10**6 * ONE,),
        schedules=((START + 180 * DAY,), (START + 150 * DAY,)),
        columns=(),
    )
    return Instance(program, terms)


def test_what_is_not_random_is_exact():
    instance = floating_payment()
    market = Market(
        as_of=START, rates={USD: flat_rate(0.04)}, indices={"EURIBOR": IndexCurve(flat=0.035)}
    )
    found = value(instance.program, instance.terms, market)
    t = 180 / 365
    expected = 1e6 * 0.005 * exp(-0.04 * t)
    assert found.standard_error == 0.0
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.greek("rho").value == pytest.approx(-t * expected, rel=1e-6)
    assert found.greek("theta").value == pytest.approx(0.04 * expected, rel=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    instance = handmade.asian_call()
    first, again, other = (
        value(instance.program, instance.terms, MARKET, paths=2_000, seed=seed, greeks=False).value
        for seed in (5, 5, 6)
    )
    assert first == again != other


def test_forwards_and_variances_follow_the_curves():
    """A call under term structures is that of its average rate, carry and variance."""
    instance = handmade.asian_call(fixings=1)
    market = replace(
        MARKET,
        rates={USD: RateCurve(((0.01, 0.01), (0.5, 0.08)))},
        volatilities={(BTC, USD): VolatilityCurve(((0.01, 0.9), (0.3, 0.5)))},
    )
    flat = replace(
        MARKET,
        rates={USD: flat_rate(market.rate(USD, 7 / 365))},
        volatilities={(BTC, USD): flat_volatility(market.volatility(BTC, USD, 7 / 365))},
    )
    curved, level = (
        value(instance.program, instance.terms, m, paths=2_000, greeks=False).value
        for m in (market, flat)
    )
    assert curved == pytest.approx(level, rel=1e-12)


def test_a_payment_in_another_asset_is_worth_its_forward():
    """One BTC paid later is worth today's spot less its carry."""
    program = handmade.european_call().program
    pay = Timed(0, (Transfer(1, 0, 0, Constant(ONE, Sort.NUMBER)), Transfer(1, 0, 1, number(1))))
    terms = handmade.european_call().terms
    found = value(replace(program, clauses=(pay,)), terms, MARKET, paths=PATHS, greeks=False)
    t = 90 / 365
    expected = S * exp(-CARRY * t) + exp(-RATE * t)
    assert abs(found.value - expected) <= 4 * found.standard_error
    assert found.asset == USD


def test_a_quanto_forward_has_its_adjusted_drift():
    """A price in EUR paid in USD: Hull, Options, Futures and Other Derivatives, 30.3."""
    program = handmade.european_call().program
    pay = Timed(0, (Transfer(1, 0, 2, Feed(0)),))
    program = replace(program, assets=("underlying", "local", "cash"), clauses=(pay,))
    terms = replace(
        handmade.european_call(days=365).terms,
        assets=("SAP", "EUR", USD),
        places=(0, 2, 2),
        feeds=("spot(SAP, EUR)",),
    )
    market = Market(
        as_of=START,
        spots={("SAP", "EUR"): 100.0, (USD, "EUR"): 0.9},
        volatilities={
            ("SAP", "EUR"): flat_volatility(0.3),
            (USD, "EUR"): flat_volatility(0.1),
        },
        rates={USD: flat_rate(0.05), "EUR": flat_rate(0.03)},
        yields={"SAP": flat_rate(0.01)},
        correlations={frozenset({("SAP", "EUR"), (USD, "EUR")}): 0.4},
    )
    found = value(program, terms, market, paths=PATHS, greeks=False)
    # The price of EUR in USD moves against that of USD in EUR, hence the sign.
    expected = exp(-0.05) * 100.0 * exp(0.03 - 0.01 + 0.4 * 0.3 * 0.1)
    assert found.asset == USD
    assert abs(found.value - expected) <= 4 * found.standard_error
    assert abs(found.value - expected) <= 0.003 * expected
