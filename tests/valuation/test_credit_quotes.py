"""Hazard rates from spreads: each is met, by the library's contract too; QuantLib's are near."""

from dataclasses import fields
from math import exp

import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.valuation.calibration.hazards import CreditSwap, hazard_curve
from rfos_lang.valuation.curve import RateCurve, flat_rate, forwards
from rfos_lang.valuation.price import valued
from tests.valuation.quoted import found
from tests.valuation.rate_contracts import bound

TEXT = """
as_of = "{as_of}"
[zero_rates]
USD = {rate}
[hazards.'credit_event("ACME Corp")']
cash = "USD"
recovery = {recovery}
{protection}
spreads = {{ 6M = "0.40%", 1y = "0.45%", 2y = "0.60%", 3y = "0.72%", 5y = "0.98%", 10y = "1.2%" }}
"""
EVENT = 'credit_event("ACME Corp")'
BUYER = {"cash": "USD", "notional": "1_000_000_000 USD", "name": '"ACME Corp"'}


def text(
    as_of: str = "2026-03-20", rate: str = '"3%"', recovery: float = 0.4, lag: str = ""
) -> str:
    protection = f'protection = "{lag}"' if lag else ""
    return TEXT.format(as_of=as_of, rate=rate, recovery=recovery, protection=protection)


def test_every_spread_is_met() -> None:
    for as_of in ("2026-03-20", "2026-11-27", "2026-12-19", "2026-05-01T15:30Z"):
        (credit,) = found(text(as_of)).hazards
        assert [each.found for each in credit.quotes] == pytest.approx(
            [each.quote for each in credit.quotes], abs=1e-14
        )


def test_maturities_are_those_of_the_market() -> None:
    """Since December 2015 tenors roll in March and September: 5 years end in June or December."""
    for as_of, ends in (
        ("2026-03-19", "2030-12-20"),
        ("2026-03-20", "2031-06-20"),
        ("2026-09-19", "2031-06-20"),
        ("2026-09-20", "2031-12-20"),
    ):
        (credit,) = found(text(as_of)).hazards
        assert show_instant(credit.quotes[-2].last) == ends


@pytest.mark.parametrize("key", ["3y", "5y"])
def test_the_swap_of_the_library_is_worth_nothing_at_its_spread(key: str) -> None:
    made = found(text(lag="20bd"))
    quote = next(each for each in made.quotes if each.path[-1] == key)
    last = show_instant(quote.last)
    premium = f"first: 2026-03-20, last: {last}, step: 3M, calendar: WEEKENDS, roll: following"
    told = {"spread": repr(quote.quote), "long_stop": "2037-01-20"}
    program, terms = bound(
        "std.credit.CreditDefaultSwap",
        parse_instant("2026-03-20"),
        **BUYER,
        **told,
        premium=f"schedule({premium})",
    )
    value = valued(program, terms, made.market(), greeks=False).value / 1e9
    assert abs(value) < 1e-9


def requoted(each: CreditSwap, rate: float) -> CreditSwap:
    """A swap at another spread."""
    own = {field.name: getattr(each, field.name) for field in fields(each)}
    return CreditSwap(**{**own, "quote": rate})


@given(st.lists(st.floats(0.0, 0.5), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_hazards_that_make_spreads_are_found_again(steps: list[float]) -> None:
    total, before, knots = 0.0, 0.0, []
    for (years, _), step in zip(CREDIT.curve.knots, steps, strict=True):
        total += step * (years - before)
        before = years
        knots.append((years, total / years))
    known = RateCurve(tuple(knots))
    interest = flat_rate(0.03)
    quoted = [requoted(each, each.rate(known, interest)) for each in CREDIT.swaps]
    again = hazard_curve(quoted, TODAY, interest)
    for (years, rate), (_, other) in zip(known.knots, again.knots, strict=True):
        assert exp(-other * years) == pytest.approx(exp(-rate * years), abs=1e-10)


TODAY = parse_instant("2026-03-20")
(CREDIT,) = found(text()).hazards


TODAY_THERE, WEEKS = ql.Date(20, 3, 2026), ql.WeekendsOnly()


def flat_there() -> ql.YieldTermStructureHandle:
    ql.Settings.instance().evaluationDate = TODAY_THERE
    flat = ql.FlatForward(TODAY_THERE, 0.03, ql.Actual365Fixed())
    return ql.YieldTermStructureHandle(flat)


def test_hazards_are_those_of_quantlib() -> None:
    """But for a day: protection begins a day later there, and the last day counts."""
    flat = flat_there()
    helpers = [
        ql.SpreadCdsHelper(
            ql.QuoteHandle(ql.SimpleQuote(each.quote)),
            ql.Period(each.path[-1].upper()),
            0,
            WEEKS,
            ql.Quarterly,
            ql.Following,
            ql.DateGeneration.CDS2015,
            ql.Actual360(),
            0.4,
            flat,
        )
        for each in CREDIT.quotes
    ]
    theirs = ql.PiecewiseFlatHazardRate(TODAY_THERE, helpers, ql.Actual365Fixed())
    steps = [hazard for _, hazard in forwards(CREDIT.curve)]
    for each, (years, rate), hazard in zip(CREDIT.quotes, CREDIT.curve.knots, steps, strict=True):
        date = ql.DateParser.parseISO(show_instant(each.last))
        off = exp(-rate * years) - theirs.survivalProbability(date)
        assert abs(off) < 1.5 * hazard / 365


def test_spreads_on_these_hazards_are_those_of_quantlib() -> None:
    """A default is in the middle of a quarter there, on any day here."""
    flat, dates, hazards = flat_there(), [TODAY_THERE], []
    for each, (_, hazard) in zip(CREDIT.quotes, forwards(CREDIT.curve), strict=True):
        dates.append(ql.DateParser.parseISO(show_instant(each.last)))
        hazards.append(hazard)
    curve = ql.HazardRateCurve(dates, [hazards[0], *hazards], ql.Actual365Fixed())
    for each, last in zip(CREDIT.quotes, dates[1:], strict=True):
        forward = ql.DateGeneration.Forward
        premiums = ql.Schedule(
            TODAY_THERE, last, ql.Period("3M"), WEEKS, ql.Following, ql.Unadjusted, forward, False
        )
        buyer, day = ql.Protection.Buyer, ql.Actual360()
        swap = ql.CreditDefaultSwap(buyer, 1e6, 0.01, premiums, ql.Following, day, True, True)
        handle = ql.DefaultProbabilityTermStructureHandle(curve)
        swap.setPricingEngine(ql.MidPointCdsEngine(handle, 0.4, flat))
        assert each.found == pytest.approx(swap.fairSpread(), rel=2e-4)


def test_a_spread_is_nearly_hazard_times_loss() -> None:
    """The credit triangle, where premiums are small and interest is nothing."""
    (credit,) = found(text(rate="0.0", recovery=0.25)).hazards
    hazard = credit.curve.knots[0][1]
    assert credit.quotes[0].quote == pytest.approx(hazard * 0.75 * 360 / 365, rel=1e-3)
