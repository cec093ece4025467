"""Values on a grid, against formulas, rights in order, symmetries, simulation, limits."""

from dataclasses import replace
from itertools import pairwise
from math import exp

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Program, Terms, Transfer
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve, flat_rate, flat_volatility
from rfos_lang.valuation.finite_differences import by_grid
from rfos_lang.valuation.finite_differences.by_grid import value
from rfos_lang.valuation.finite_differences.induction import Induction
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated import monte_carlo
from tests.core.lives import instance, only, standard
from tests.generators import handmade
from tests.generators.handmade import DAY, START, Instance
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT
from tests.valuation.test_early_exercise import american, bermudan, chooser

PAIR = ("BTC", "USD")
MEASURES = ("delta", "gamma", "vega", "rho", "carry", "theta")


def market(
    spot: float = 40.0, volatility: float = 0.2, rate: float = 0.06, carry: float = 0.0
) -> Market:
    return Market(
        as_of=START,
        spots={PAIR: spot},
        volatilities={PAIR: flat_volatility(volatility)},
        rates={"USD": flat_rate(rate)},
        yields={"BTC": flat_rate(carry)},
    )


def on_grid(made: Instance, on: Market, greeks: bool = False) -> Valuation:
    return value(made.program, made.terms, on, greeks=greeks)


def by_formula(made: Instance, on: Market, greeks: bool = False) -> Valuation:
    return valued(made.program, made.terms, on, "closed_form", greeks=greeks)


def american_call(strike: str) -> Instance:
    put = handmade.american_put(strike, days=365)
    (choice,) = put.program.clauses
    turned = tuple(
        replace(a, payer=a.payee, payee=a.payer) if isinstance(a, Transfer) else a
        for a in choice.actions
    )
    return Instance(replace(put.program, clauses=(replace(choice, actions=turned),)), put.terms)


def library(name: str, **terms: str) -> Instance:
    made = instance(standard(name), "2026-01-01", underlying="BTC", cash="USD", **terms)
    return Instance(made.lowered.program, made.terms)


def convertible() -> Instance:
    terms = {"face": "1000", "call_price": "1200", "ratio": "22", "coupon": "0.02"}
    made = instance(
        standard("callables.ConvertibleBond"),
        "2026-01-01",
        share="BTC",
        cash="USD",
        coupons="[2026-01-01, 2026-07-01, 2027-01-01]",
        calls="[2026-04-01, 2026-10-01]",
        maturity="2027-01-01",
        **terms,
    )
    return Instance(made.lowered.program, made.terms)


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        handmade.european_call("40", "1", 365),
        handmade.european_call("55", "1", 90),
        handmade.digital_put("38", "100", 365),
        handmade.down_and_out_put("40", "35", "1", 365),
    ],
)
def test_values_are_those_of_the_formula(made: Instance) -> None:
    bent = replace(market(carry=0.02), rates={"USD": flat_rate(0.05)})
    found, exact = on_grid(made, bent), by_formula(made, bent)
    assert found.value == pytest.approx(exact.value, rel=1e-5)
    assert found.bias_bound is not None
    assert abs(found.value - exact.value) <= found.bias_bound


def test_greeks_are_those_of_the_formula() -> None:
    made = handmade.european_call("42", "1", 200)
    found, exact = on_grid(made, market(), True), by_formula(made, market(), True)
    for measure in MEASURES:
        assert found.greek(measure).value == pytest.approx(exact.greek(measure).value, rel=3e-5)
    assert found.greek("vega").estimator == "bump, solved again"


def test_curves_are_read_step_by_step() -> None:
    made = handmade.european_call("40", "1", 300)
    curved = replace(
        market(),
        volatilities={PAIR: VolatilityCurve(((0.25, 0.4), (1.0, 0.25)))},
        rates={"USD": RateCurve(((0.1, 0.01), (1.0, 0.07)))},
    )
    assert on_grid(made, curved).value == pytest.approx(by_formula(made, curved).value, rel=1e-5)


@pytest.mark.parametrize("name", ["DownAndInCall", "UpAndInPut"])
def test_a_barrier_that_is_remembered_is_a_layer(name: str) -> None:
    level = {"DownAndInCall": "36", "UpAndInPut": "46"}[name]
    terms = {"strike": "40", "barrier": level, "rebate": "2", "size": "1"}
    made = library(f"barriers.{name}", expiry="2026-10-01", **terms)
    found, exact = on_grid(made, market()), by_formula(made, market())
    assert found.value == pytest.approx(exact.value, rel=1e-5)
    assert found.monitoring == "continuous, on nodes of the grid"


def test_between_two_barriers() -> None:
    made = library(
        "double_barriers.DoubleOutCall", low="32", high="50", strike="40", expiry="2026-10-01"
    )
    found, exact = on_grid(made, market()), by_formula(made, market())
    assert found.value == pytest.approx(exact.value, rel=1e-5)


def test_simulation_sees_both_levels_of_one_watch() -> None:
    """Within a step it takes their bridges as independent, so that its steps must be short."""
    levels = {"low": "30", "high": "50", "payout": "100"}
    made = library("touches.DoubleNoTouch", expiry="2026-07-01", **levels)
    exact = on_grid(made, market(volatility=0.3))
    drawn = monte_carlo.value(
        made.program, made.terms, market(volatility=0.3), paths=20_000, greeks=False
    )
    assert exact.value == pytest.approx(by_formula(made, market(volatility=0.3)).value, rel=1e-5)
    assert drawn.standard_error is not None
    assert abs(drawn.value - exact.value) <= 4 * drawn.standard_error


def test_the_error_falls_with_the_square_of_the_fineness(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what extrapolation leaves falls faster."""
    made, moved, left = handmade.european_call("41", "1", 365), [], []
    exact = by_formula(made, market()).value
    for cells, steps in ((40, 10), (80, 20)):
        monkeypatch.setattr(by_grid, "CELLS", cells)
        monkeypatch.setattr(by_grid, "STEPS", steps)
        found = on_grid(made, market())
        assert found.bias_bound is not None
        moved.append(found.bias_bound)
        left.append(abs(found.value - exact))
    assert moved[0] / moved[1] == pytest.approx(4.0, rel=0.1)
    assert left[0] / left[1] > 8.0


BARRIER_AND_CHOICE = """
contract X(u, cash: Asset, strike, barrier: cash/u, last: Date) between a, b {
    unsecured
    when spot(u, cash) <= barrier { end }
    a may take until last default spot(u, cash) < strike {
        b pays a 1 u * max(strike - spot(u, cash), 0)
        end
    }
}"""


def barrier_and_choice() -> Instance:
    terms = {"u": "BTC", "cash": "USD", "last": "2026-10-01", "strike": "40", "barrier": "36"}
    made = instance(only(BARRIER_AND_CHOICE), "2026-01-01", **terms)
    return Instance(made.lowered.program, made.terms)


def touch_that_pays_and_choice() -> Instance:
    """A touch pays more than the choice that is there before it and after it."""
    terms = {"u": "BTC", "cash": "USD", "last": "2026-10-01", "strike": "38", "barrier": "36"}
    text = BARRIER_AND_CHOICE.replace("{ end }", "{ b pays a 3 cash; end }")
    made = instance(only(text), "2026-01-01", **terms)
    return Instance(made.lowered.program, made.terms)


def barrier_that_is_remembered() -> Instance:
    terms = {"strike": "40", "barrier": "36", "rebate": "2", "size": "1"}
    return library("barriers.DownAndInCall", expiry="2026-10-01", **terms)


@pytest.mark.parametrize(
    "made",
    [
        handmade.american_put("40", days=365),
        bermudan(12),
        barrier_and_choice(),
        touch_that_pays_and_choice(),
        barrier_that_is_remembered(),
        convertible(),
    ],
)
def test_compiled_loops_do_what_numpy_does(made: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = on_grid(made, market(volatility=0.3))
    monkeypatch.setattr(Induction, "by_loops", lambda *_: range(0))
    plain = on_grid(made, market(volatility=0.3))
    assert compiled.value == pytest.approx(plain.value, rel=1e-11)
    assert compiled.bias_bound == pytest.approx(plain.bias_bound, rel=1e-5)


def test_what_was_priced_before_changes_no_bit() -> None:
    """Each price is found as if it were the first one."""
    made, on = handmade.american_put("40", days=365), market(volatility=0.3)
    first = on_grid(made, on)
    for strike in ("36", "44"):
        on_grid(handmade.american_put(strike, days=700), on, greeks=True)
    assert on_grid(made, on) == first


# --- early exercise -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spot", "volatility"), [(36.0, 0.2), (40.0, 0.2), (44.0, 0.2), (40.0, 0.4)]
)
def test_american_puts_are_those_of_an_integral_equation(spot: float, volatility: float) -> None:
    """Andersen, Lake and Offengenden (2016) by way of QuantLib."""
    put = handmade.american_put("40", days=365)
    found = on_grid(put, market(spot, volatility))
    assert found.value == pytest.approx(american(spot, volatility), abs=2e-5)


def test_more_rights_are_worth_more() -> None:
    for spot in (34.0, 40.0):
        rights = [bermudan(1), bermudan(4), bermudan(16), handmade.american_put("40", days=365)]
        values = [on_grid(each, market(spot)).value for each in rights]
        assert values == sorted(values) and values[0] < values[-1]
        assert values[-1] >= 40.0 - spot - 1e-9
    deep = on_grid(handmade.american_put("40", days=365), market(28.0), greeks=True)
    assert deep.value == pytest.approx(12.0, abs=1e-9)
    assert deep.greek("delta").value == pytest.approx(-1.0, abs=1e-4)


def test_with_ever_more_dates_the_right_becomes_american() -> None:
    """What is missing falls with the time between two dates."""
    whole = on_grid(handmade.american_put("40", days=365), market()).value
    missing = [whole - on_grid(bermudan(dates), market()).value for dates in (20, 40, 80)]
    for more, less in pairwise(missing):
        assert more / less == pytest.approx(2.0, rel=0.2)


def test_a_right_is_worth_no_less_than_what_it_is_without_early_exercise() -> None:
    """And no more than its strike; without volatility to speak of, what is best of now and then."""
    for spot, rate, carry in ((35.0, 0.06, 0.0), (40.0, 0.0, 0.05), (45.0, 0.03, 0.03)):
        at = market(spot, 0.25, rate, carry)
        terms = {"strike": "40", "expiry": "2027-01-01"}
        once = by_formula(library("options.EuropeanPut", **terms), at).value
        american = on_grid(handmade.american_put("40", days=365), at).value
        assert once - 1e-4 <= american <= 40.0
        if rate == 0.0:  # waiting costs nothing
            assert american == pytest.approx(once, abs=1e-4)


def test_a_barrier_may_be_looked_at_on_each_day() -> None:
    text = """
contract X(u, cash: Asset, strike, barrier: cash/u, days: Schedule, last: Date) between a, b {
    unsecured
    let S = spot(u, cash)
    let out = ever(S <= barrier on days)
    at last { if not out { b pays a 1 u * max(S - strike, 0) } }
}"""
    days = "schedule(first: 2026-01-02, last: 2026-03-31, step: 1d)"
    terms = {"u": "BTC", "cash": "USD", "strike": "40", "barrier": "37", "last": "2026-04-01"}
    made = instance(only(text), "2026-01-01", days=days, **terms)
    at = market(volatility=0.3)
    found = value(made.lowered.program, made.terms, at, greeks=False)
    exact = valued(made.lowered.program, made.terms, at, greeks=False)
    assert exact.method != found.method
    assert found.bias_bound is not None and found.bias_bound < 0.02
    assert abs(found.value - exact.value) <= found.bias_bound / 2


def test_one_date_is_european() -> None:
    exact = by_formula(library("options.EuropeanPut", strike="40", expiry="2027-01-01"), market())
    assert on_grid(bermudan(1), market()).value == pytest.approx(exact.value, rel=1e-5)


def test_a_call_on_what_yields_nothing_is_not_exercised_early() -> None:
    exact = by_formula(handmade.european_call("40", "1", 365), market())
    found = on_grid(american_call("40"), market())
    assert found.value == pytest.approx(exact.value, rel=1e-5)


def test_calls_and_puts_are_symmetric() -> None:
    """McDonald and Schroder (1998): C(S, K, r, q) = P(K, S, q, r)."""
    call = on_grid(american_call("44"), market(40.0, 0.3, 0.03, 0.07))
    put = on_grid(handmade.american_put("40", days=365), market(44.0, 0.3, 0.07, 0.03))
    assert call.value == pytest.approx(put.value, rel=1e-5)


def test_the_writer_may_be_the_chooser() -> None:
    put = handmade.american_put("40", days=365)
    (choice,) = put.program.clauses
    turned = tuple(
        replace(a, payer=a.payee, payee=a.payer) if isinstance(a, Transfer) else a
        for a in choice.actions
    )
    other = replace(put.program, clauses=(replace(choice, party=1, actions=turned),))
    theirs = on_grid(Instance(other, put.terms), market())
    assert theirs.value == pytest.approx(-on_grid(put, market()).value, rel=1e-12)


def test_who_may_exercise_does_so_just_before_a_touch_that_ends_all() -> None:
    """So that the right is worth at least the formula of a rebate of what exercise then pays."""
    found = on_grid(barrier_and_choice(), market(rate=0.0))
    terms = {"strike": "40", "barrier": "36", "rebate": "4", "size": "1"}
    rebate = library("barriers.DownAndOutPut", expiry="2026-10-01", **terms)
    exact = by_formula(rebate, market(rate=0.0))  # without interest nobody exercises earlier
    assert found.bias_bound is not None and found.bias_bound < 2e-4
    assert found.value == pytest.approx(exact.value, rel=1e-6)


@pytest.mark.parametrize(("strike", "barrier"), [(38, 44), (42, 44), (42, 60)])
def test_a_call_that_a_touch_ends_is_exercised_at_it(strike: int, barrier: int) -> None:
    """On what yields nothing it pays the difference at the touch, as a rebate would."""
    terms = {"u": "BTC", "cash": "USD", "last": "2026-10-01"} | {
        "strike": str(strike),
        "barrier": str(barrier),
    }
    text = BARRIER_AND_CHOICE.replace("<= barrier", ">= barrier")
    text = text.replace("strike - spot(u, cash)", "spot(u, cash) - strike")
    text = text.replace("spot(u, cash) < strike", "spot(u, cash) > strike")
    made = instance(only(text), "2026-01-01", **terms)
    found = on_grid(Instance(made.lowered.program, made.terms), market(carry=0.0), greeks=True)
    given = {"strike": str(strike), "barrier": str(barrier), "rebate": str(barrier - strike)}
    rebate = library("barriers.UpAndOutCall", expiry="2026-10-01", size="1", **given)
    exact = by_formula(rebate, market(carry=0.0), greeks=True)
    assert found.value == pytest.approx(exact.value, rel=1e-6)
    for name in ("delta", "gamma", "vega"):
        assert found.greek(name).value == pytest.approx(exact.greek(name).value, rel=1e-4)


@pytest.mark.parametrize("case", ["bermudan", "chooser", "convertible"])
def test_simulation_agrees(case: str) -> None:
    program, terms = _simulated(case)
    exact = value(program, terms, market(volatility=0.3), greeks=False)
    found = monte_carlo.value(program, terms, market(volatility=0.3), paths=20_000, greeks=False)
    assert found.standard_error is not None
    assert abs(found.value - exact.value) <= 4 * found.standard_error


def _simulated(case: str) -> tuple[Program, Terms]:
    match case:
        case "bermudan":
            made = bermudan(6)
            return made.program, made.terms
        case "chooser":
            return chooser()
        case _:
            made = convertible()
            return made.program, made.terms


def test_greeks_of_early_exercise_are_differences_of_its_values() -> None:
    put = handmade.american_put("40", days=365)
    found = on_grid(put, market(volatility=0.4), greeks=True)
    slope = (american(spot=40.1) - american(spot=39.9)) / 0.2
    bend = (american(spot=40.5) + american(spot=39.5) - 2 * american()) / 0.25
    assert found.greek("delta").value == pytest.approx(slope, rel=1e-4)
    assert found.greek("gamma").value == pytest.approx(bend, rel=1e-3)
    vega = (american(volatility=0.41) - american(volatility=0.39)) / 0.02
    assert found.greek("vega").value == pytest.approx(vega, rel=1e-3)
    theta = 365 * (american(days=364) - american(days=366)) / 2
    assert found.greek("theta").value == pytest.approx(theta, rel=1e-3)


# --- limits and refusals --------------------------------------------------------------------------


def test_a_price_far_away() -> None:
    put = handmade.american_put("40", days=365)
    assert on_grid(put, market(1.0)).value == pytest.approx(39.0, rel=1e-9)
    assert on_grid(put, market(4000.0)).value == pytest.approx(0.0, abs=1e-9)
    out = handmade.down_and_out_put("40", "35", "1", 365)
    assert on_grid(out, market(30.0)).value == pytest.approx(1.0, rel=1e-9)


def test_the_last_second_is_a_limit() -> None:
    """At the money a put is worth 1/sqrt(2 pi) of the deviation that is left to the price."""
    put, last = handmade.american_put("40", days=365), START + 365 * DAY - DAY // 86_400
    found = valued(put.program, put.terms, replace(market(), as_of=last))
    years = 1 / (365 * 86_400)
    expected = 40 * 0.2 * years**0.5 * 0.3989422804
    assert found.value == pytest.approx(expected, rel=1e-3)
    assert found.greek("theta").value == pytest.approx(-expected / (2 * years), rel=5e-3)
    over = [
        valued(put.program, put.terms, replace(market(spot), as_of=START + 365 * DAY)).value
        for spot in (36.0, 44.0)
    ]
    assert over == [4.0, 0.0]


def test_what_has_happened_is_a_layer_too() -> None:
    terms = {"strike": "40", "barrier": "36", "rebate": "2", "size": "1"}
    made = library("barriers.DownAndInCall", expiry="2026-10-01", **terms)
    touched = {"spot(BTC, USD)": {START + 20 * DAY: 35.0}}
    later = replace(market(), as_of=START + 50 * DAY, fixings=touched)
    found, exact = (
        valued(made.program, made.terms, later, method, greeks=False)
        for method in ("finite_differences", "closed_form")
    )
    assert found.value == pytest.approx(exact.value, rel=1e-5)


def test_a_contract_that_begins_later_is_discounted_to_today() -> None:
    made = handmade.european_call("40", "1", 365)
    later = replace(made.terms, start=START + 100 * DAY)
    found = value(made.program, later, market(), greeks=False)
    assert found.value == pytest.approx(by_formula(made, market()).value, rel=1e-5)


def test_little_volatility_is_a_limit_and_none_is_simulated() -> None:
    made = handmade.american_put("42", days=365)
    little = on_grid(made, market(volatility=0.01))
    assert little.value == pytest.approx(2.0, abs=1e-6)
    with pytest.raises(NoGrid, match="nothing in it is random"):
        on_grid(made, market(volatility=0.0))
    still = valued(made.program, made.terms, market(volatility=0.0), greeks=False)
    assert still.method == "least-squares Monte Carlo" and still.value == pytest.approx(2.0)
    european = bermudan(1, "44")
    none = valued(european.program, european.terms, market(volatility=0.0), greeks=False)
    assert none.value == pytest.approx(44 * exp(-0.06) - 40)


# --- two prices -----------------------------------------------------------------------------------

TWO = {"first": "BTC", "second": "ETH", "cash": "USD", "last": "2027-01-01"}
EXCHANGE = """contract X(first, second, cash: Asset, last: Date) between a, b {
    unsecured
    let gain = 1 first * spot(first, cash) - 13 second * spot(second, cash)
    a may take RIGHT last default gain > 0 cash { b pays a max(gain, 0); end }
}"""


def both(**changes: object) -> Market:
    """The market with ETH, of which 13 units are worth 39 USD."""
    other, one = ("ETH", "USD"), market(carry=0.06, rate=0.09)
    more = replace(
        one,
        spots={**one.spots, other: 3.0},
        volatilities={**one.volatilities, other: flat_volatility(0.35)},
        yields={**one.yields, "ETH": flat_rate(0.02)},
        correlations={frozenset((PAIR, other)): 0.4},
    )
    return replace(more, **changes)  # type: ignore[arg-type]


def exchange(right: str) -> Instance:
    made = instance(only(EXCHANGE.replace("RIGHT", right)), "2026-01-01", **TWO)
    return Instance(made.lowered.program, made.terms)


def ratio(on: Market) -> Market:
    """The market of the ratio of both prices, in units of 13 ETH (Margrabe 1978)."""
    spread = (0.2**2 + 0.35**2 - 2 * 0.4 * 0.2 * 0.35) ** 0.5
    return market(40.0 / 39.0, spread, rate=0.02, carry=0.06)


def test_an_exchange_is_the_option_on_the_ratio_of_both_prices() -> None:
    plain = on_grid(exchange("at"), both(), greeks=True)
    exact = by_formula(handmade.european_call("1", "39", 365), ratio(both()), greeks=True)
    assert plain.value == pytest.approx(exact.value, rel=1e-5)
    first = plain.greek("delta", "spot(BTC, USD)").value
    assert first == pytest.approx(exact.greek("delta").value / 39, rel=1e-4)
    homogeneous = first * 40 + plain.greek("delta", "spot(ETH, USD)").value * 3
    assert plain.value == pytest.approx(homogeneous, rel=1e-4)
    assert plain.greek("rho").value == pytest.approx(0.0, abs=1e-4)
    gammas = [plain.greek("gamma", f"spot({u}, USD)").value for u in ("BTC", "ETH")]
    assert gammas[0] * 40**2 == pytest.approx(gammas[1] * 3**2, rel=1e-3)


def test_an_exchange_at_any_time_is_the_american_option_on_the_ratio() -> None:
    early = on_grid(exchange("until"), both())
    one = on_grid(american_call("1"), ratio(both()))
    assert early.value == pytest.approx(39 * one.value, rel=3e-5)
    assert early.value > on_grid(exchange("at"), both()).value
    assert "pairs of prices" in early.notes[0]


def test_greeks_of_a_payment_that_jumps_on_a_plane_are_those_of_an_integral() -> None:
    """A volatility moves the prices at which a payment jumps about the nodes; what they are worth
    is found on nodes that stay at their prices."""
    made = product("CorrelationCall")
    exact = valued(made.lowered.program, made.terms, FLAT)
    assert exact.method == "quadrature"
    found = value(made.lowered.program, made.terms, FLAT)
    assert found.bias_bound is not None
    assert abs(found.value - exact.value) <= found.bias_bound < 4e-3 * exact.value
    for greek in found.greeks:
        wanted = exact.greek(greek.measure, greek.subject).value
        assert greek.value == pytest.approx(wanted, rel=5e-3), greek


def test_two_prices_that_a_plane_does_not_fit_are_refused() -> None:
    made = exchange("until")
    bent = VolatilityCurve(((0.25, 0.5), (1.0, 0.35)))
    unlike = both(volatilities={**both().volatilities, ("ETH", "USD"): bent})
    with pytest.raises(NoGrid, match="change their proportion"):
        on_grid(made, unlike)
    with pytest.raises(NoGrid, match="move as one"):
        on_grid(made, both(correlations={frozenset((PAIR, ("ETH", "USD"))): 1.0}))
    watched = EXCHANGE.replace("RIGHT", "until").replace(
        "let", "when spot(first, cash) <= 20 cash/first { end }\n let"
    )
    watches = instance(only(watched), "2026-01-01", **TWO)
    with pytest.raises(NoGrid, match="watches one of two prices"):
        value(watches.lowered.program, watches.terms, both(), greeks=False)


def test_the_method_is_refused_by_the_contracts_own_names() -> None:
    made = handmade.asian_call()
    with pytest.raises(Refused) as refused:
        valued(made.program, made.terms, market(), "finite_differences")
    assert refused.value.code == "E0659"
