"""Contracts on an event that may come on any day: against integrals, QuantLib and draws."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest
import QuantLib as ql
from scipy.integrate import quad

from rfos_lang.base.instant import DAY, parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.valuation.credit.lives import lives
from rfos_lang.valuation.curve import RateCurve, flat_rate
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT
from tests.valuation.rate_contracts import bound as bound_to

TODAY = parse_instant("2026-03-20")
EVENT = "credit_event(ACME)"
RATE, HAZARD, RECOVERY, SPREAD = 0.04, 0.02, 0.4, 0.01
MARKET = Market(
    as_of=TODAY,
    rates={"USD": flat_rate(RATE)},
    hazards={EVENT: flat_rate(HAZARD)},
    levels={"recovery(ACME)": RECOVERY},
)
PREMIUM = "schedule(first: 2026-03-20, last: 2031-03-20, step: 3M)"
NOTIONAL = 100_000_000.0

TEXT = """
feed defaulted(name: Entity): Bool

contract Insured(cash: Asset, notional: cash, name: Entity, ends: Date) between holder, writer {
    when defaulted(name) { writer pays holder notional; end }
    at ends { end }
    unsecured
}

contract Defaultable(cash: Asset, notional: cash, name: Entity, coupon: Number, coupons: Schedule)
    between holder, issuer {
    when defaulted(name) { issuer pays holder 0.4 * notional; end }
    at each p in periods(coupons) {
        issuer pays holder notional * coupon * year_fraction(p, act/360)
        if p.is_last { issuer pays holder notional; end }
    }
    unsecured
}

contract OfTwo(cash: Asset, notional: cash, one, other: Entity, ends: Date)
    between holder, writer {
    when defaulted(one) and defaulted(other) { writer pays holder notional; end }
    at ends { end }
    unsecured
}
"""


def swap(market: Market = MARKET, greeks: bool = False, start: int = TODAY, **given: str):
    told = {"name": '"ACME"', "spread": "1%", "premium": PREMIUM, "long_stop": "2031-06-20"}
    told |= {"notional": "100_000_000 USD", **given}
    return valued(*bound_to("std.credit.CreditDefaultSwap", start, **told), market, greeks=greeks)


def own(name: str, market: Market, **given: str) -> Valuation:
    told = {"notional": "100_000_000 USD", "name": '"ACME"', **given}
    program, terms = bound_to(name, TODAY, text=TEXT, **told)
    return valued(program, terms, market, greeks=False)


def legs(hazard: float, rate: float) -> tuple[float, float]:
    """What a unit of premium and the protection are worth, in continuous time; act/360 accrues."""
    years = [(parse_instant(day) - TODAY) / DAY / 365 for day in _premium_days()]
    both = hazard + rate
    premium = sum(
        (end - begin) * 365 / 360 * exp(-both * end)
        + quad(lambda t, b=begin: (t - b) * 365 / 360 * hazard * exp(-both * t), begin, end)[0]
        for begin, end in zip([0.0, *years], years, strict=False)
    )
    protection = hazard / both * (1 - exp(-both * years[-1]))
    return premium, protection


def _premium_days() -> list[str]:
    months = ("06", "09", "12", "03")
    return [f"{2026 + (k + 1) // 4}-{months[k % 4]}-20" for k in range(20)]


def test_a_swap_is_worth_its_legs_in_continuous_time() -> None:
    """At no interest: then it does not matter that protection is paid some days later."""
    found = swap(replace(MARKET, rates={"USD": flat_rate(0.0)}))
    assert (found.method, found.model) == ("sum over days of default", "hazard rates")
    premium, protection = legs(HAZARD, 1e-12)
    expected = NOTIONAL * ((1 - RECOVERY) * protection - SPREAD * premium)
    assert found.value == pytest.approx(expected, abs=1e-5 * NOTIONAL)


def test_the_spread_that_is_fair_is_that_of_quantlib() -> None:
    """Their default falls in the middle of each period, ours on a day; protection is paid at once
    there, and 20 business days later here."""
    ql.Settings.instance().evaluationDate = ql.Date(20, 3, 2026)
    today, day = ql.Date(20, 3, 2026), ql.Actual365Fixed()
    discount = ql.YieldTermStructureHandle(ql.FlatForward(today, 1e-9, day))
    rate = ql.FlatHazardRate(today, ql.QuoteHandle(ql.SimpleQuote(HAZARD)), day)
    hazard = ql.DefaultProbabilityTermStructureHandle(rate)
    last, quarter, eve = ql.Date(20, 3, 2031), ql.Period("3M"), ql.NullCalendar()
    forward = ql.DateGeneration.Forward
    dates = ql.Schedule(today, last, quarter, eve, ql.Unadjusted, ql.Unadjusted, forward, False)
    buyer = ql.Protection.Buyer
    theirs = ql.CreditDefaultSwap(
        buyer, NOTIONAL, SPREAD, dates, ql.Unadjusted, ql.Actual360(), True, True
    )
    theirs.setPricingEngine(ql.MidPointCdsEngine(hazard, RECOVERY, discount))
    free = replace(MARKET, rates={"USD": flat_rate(0.0)})
    value, more = (swap(free, spread=spread).value for spread in ("1%", "2%"))
    fair = SPREAD + 0.01 * value / (value - more)
    assert fair == pytest.approx(theirs.fairSpread(), abs=5e-7)
    assert value == pytest.approx(theirs.NPV(), abs=2e-5 * NOTIONAL)


def test_drawn_default_times_have_the_same_mean() -> None:
    """Each draw is a life of the contract; the draws are those of an exponential."""
    told = {"name": '"ACME"', "spread": "1%", "premium": PREMIUM, "long_stop": "2031-06-20"}
    given = {"notional": "100_000_000 USD", **told}
    program, terms = bound_to("std.credit.CreditDefaultSwap", TODAY, **given)
    standing = meaning.start(program, terms).standing
    found = lives(program, terms, MARKET, standing, EVENT)

    def worth(cash) -> float:  # type: ignore[no-untyped-def]
        return sum(c.amount * exp(-RATE * (c.due - TODAY) / DAY / 365) for c in cash)

    kept = worth(found.kept)
    each = [worth(found.kept[: life.before]) + worth(life.after) for life in found.failing]
    draws = np.random.default_rng(7).exponential(365 / HAZARD, 1_000_000).astype(int)
    drawn = np.where(draws < len(each), np.take(each, np.minimum(draws, len(each) - 1)), kept)
    error = drawn.std() / len(draws) ** 0.5
    assert abs(swap().value - drawn.mean()) < 4 * error


def test_what_is_paid_at_the_event_is_its_density_discounted() -> None:
    market = replace(MARKET, hazards={"defaulted(ACME)": flat_rate(HAZARD)})
    found = own("Insured", market, ends="2031-03-20")
    _, protection = legs(HAZARD, RATE)
    assert found.value == pytest.approx(NOTIONAL * protection, rel=2e-4)


def test_a_bond_that_cannot_fail_is_worth_its_payments_and_one_that_must_its_recovery() -> None:
    coupons = {"coupon": "5%", "coupons": PREMIUM}

    def bond(hazard: float) -> float:
        market = replace(MARKET, hazards={"defaulted(ACME)": flat_rate(hazard)})
        return own("Defaultable", market, **coupons).value

    years = [(parse_instant(day) - TODAY) / DAY / 365 for day in _premium_days()]
    lengths = np.diff([0.0, *years]) * 365 / 360
    each = zip(lengths, years, strict=True)
    paid = sum(0.05 * length * exp(-RATE * end) for length, end in each)
    assert bond(0.0) == pytest.approx(NOTIONAL * (paid + exp(-RATE * years[-1])), rel=1e-8)
    assert bond(9.9) == pytest.approx(0.4 * NOTIONAL, rel=5e-3)
    assert bond(0.0) > bond(0.01) > bond(0.05)


def test_more_hazard_is_good_for_who_is_protected() -> None:
    found = swap(greeks=True)
    bumped = [
        swap(replace(MARKET, hazards={EVENT: flat_rate(HAZARD + step)})).value
        for step in (1e-4, -1e-4)
    ]
    assert found.greek("hazard").value == pytest.approx((bumped[0] - bumped[1]) / 2e-4, rel=1e-4)
    assert found.greek("hazard").value > 0.0 > found.greek("level").value
    assert found.greek("CS01").value == pytest.approx(found.greek("hazard").value / 0.6)
    assert found.greek("rho").estimator == "bump"


def test_only_the_hazard_until_each_day_matters() -> None:
    """A curve of two points with the same mean to its end differs in between."""
    bent = RateCurve(((2.0, 0.01), (5.0, 0.02)))
    early = swap(replace(MARKET, hazards={EVENT: bent}), premium=PREMIUM.replace("2031", "2028"))
    flat = swap(
        replace(MARKET, hazards={EVENT: flat_rate(0.01)}), premium=PREMIUM.replace("2031", "2028")
    )
    assert early.value == pytest.approx(flat.value, abs=1e-4 * NOTIONAL)


def test_a_swap_that_is_running_goes_on_from_its_past() -> None:
    begun = parse_instant("2025-12-20")
    given = {"premium": "schedule(first: 2025-12-20, last: 2031-03-20, step: 3M)"}
    running = swap(start=begun, **given)
    # The premium of the market's very day is still to come.
    fresh, owed = swap().value, NOTIONAL * SPREAD * 90 / 360
    assert running.value == pytest.approx(fresh - owed, abs=1e-4 * NOTIONAL)


def test_what_has_no_model_is_refused() -> None:
    hazards = {f"defaulted({name})": flat_rate(HAZARD) for name in ("ACME", "EMCA")}
    with pytest.raises(Refused) as refused:
        told = {"one": '"ACME"', "other": '"EMCA"', "ends": "2031-03-20"}
        own("OfTwo", replace(MARKET, hazards=hazards), **told)
    assert refused.value.code == "E0624" and "several events" in refused.value.names["reason"]
    with pytest.raises(Refused) as refused:
        swap(replace(MARKET, levels={}))
    assert refused.value.code == "E0605" and refused.value.names["table"] == "feeds"


DRAWN = {
    "CreditDefaultSwap": (product("CreditDefaultSwap"), FLAT),
    "Insured": (
        bound_to(
            "Insured",
            TODAY,
            text=TEXT,
            notional="1_000 USD",
            name='"ACME"',
            ends="2026-12-31",
        ),
        MARKET,
    ),
}


def drawn(name: str, *how: object, greeks: bool = False) -> Valuation:
    made, market = DRAWN[name]
    program, terms = made if isinstance(made, tuple) else (made.program, made.terms)
    if name == "Insured":
        market = replace(market, hazards={"defaulted(ACME)": flat_rate(HAZARD)})
    return valued(program, terms, market, *how, greeks=greeks)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DRAWN)
def test_days_that_are_drawn_tell_the_same_with_their_error(name: str) -> None:
    exact, seeds = drawn(name), 16
    found = [drawn(name, "monte_carlo", 2_000, seed) for seed in range(seeds)]
    errors = [each.standard_error or 0.0 for each in found]
    assert all(error > 0.0 for error in errors)
    away = [(e.value - exact.value) / error for e, error in zip(found, errors, strict=True)]
    assert abs(np.mean(away)) < 4 / np.sqrt(seeds)
    assert 0.3 < np.mean(np.square(away)) < 2.5
    assert drawn(name, "monte_carlo", 2_000, 0) == found[0]


@pytest.mark.parametrize("name", DRAWN)
def test_each_greek_of_days_that_are_drawn_tells_its_error(name: str) -> None:
    exact, seeds = drawn(name, greeks=True), 16
    found = [drawn(name, "monte_carlo", 20_000, seed, greeks=True) for seed in range(seeds)]
    for place, greek in enumerate(exact.greeks):
        away = []
        for each in found:
            told = each.greeks[place]
            assert told.standard_error is not None
            off = told.value - greek.value
            away.append(off / told.standard_error if told.standard_error else 1e9 * off)
        assert abs(np.mean(away)) < 4 / np.sqrt(seeds), greek.name
        assert np.mean(np.square(away)) < 2.5, greek.name


@pytest.mark.parametrize("name", DRAWN)
def test_and_so_do_their_greeks(name: str) -> None:
    """As hazard moves, each day that was drawn weighs by how likely it is then."""
    exact, found = drawn(name, greeks=True), drawn(name, "monte_carlo", 1_000_000, greeks=True)
    assert found.method == "Monte Carlo"
    assert [g.name for g in found.greeks] == [g.name for g in exact.greeks]
    for greek in exact.greeks:
        same = found.greek(greek.measure, greek.subject)
        assert same.value == pytest.approx(greek.value, rel=0.05), greek
