"""Curves from quotes: each is met, by contracts too, and the curves are those of QuantLib."""

from math import exp

import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.valuation.calibration.bootstrap import bootstrapped
from rfos_lang.valuation.calibration.from_quotes import market_text
from rfos_lang.valuation.calibration.instruments import Curves, Instrument
from rfos_lang.valuation.curve import RateCurve
from rfos_lang.valuation.market import parse_market
from rfos_lang.valuation.price import valued
from tests.valuation.quoted import EXAMPLE, curve_of, found
from tests.valuation.rate_contracts import bound

FITTED = found()
MARKET = FITTED.market()
TODAY = parse_instant("2026-03-20")


def test_every_quote_is_met() -> None:
    for curve in FITTED.curves:
        assert [each.found for each in curve.quotes] == pytest.approx(
            [each.quote for each in curve.quotes], abs=1e-14
        )


def test_the_market_file_is_the_market() -> None:
    read, problems = parse_market(market_text(FITTED), "market.toml")
    assert read is not None and not problems
    assert read.rates == MARKET.rates and read.curves == MARKET.curves
    assert read.indices == MARKET.indices and read.hull_white == MARKET.hull_white
    assert read.hazards == MARKET.hazards and read.levels == MARKET.levels


# --- round trips ----------------------------------------------------------------------------------

RATES = st.floats(-0.02, 0.12)


def requoted(each: Instrument, rate: float) -> Instrument:
    """An instrument at another quote."""
    fields = {name: getattr(each, name) for name in each.__slots__ if name != "__weakref__"}
    return type(each)(**{**fields, "quote": rate})


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_curves_that_make_quotes_are_found_again(data: st.DataObject) -> None:
    discounting: RateCurve | None = None
    for name in ("EUR", "EURIBOR"):
        known = curve_of(FITTED, name)
        total, before, knots = 0.0, 0.0, []
        for years, _ in known.curve.knots:
            total += data.draw(RATES) * (years - before)
            before = years
            knots.append((years, total / years))
        curve = RateCurve(tuple(knots))
        both = Curves(discounting or curve, curve)
        quoted = [requoted(each, each.rate(both)) for each in known.instruments]
        again = bootstrapped(quoted, TODAY, discounting)
        for (years, rate), (at, zero) in zip(curve.knots, again.knots, strict=True):
            assert years == at and zero == pytest.approx(rate, abs=1e-10)
        discounting = curve


# --- contracts ------------------------------------------------------------------------------------

TEXT = """
contract OvernightSwap(cash: Asset, notional: cash, fixed: Number, overnight: Index, leg: Schedule)
    between payer, receiver {
    at each p in periods(leg) {
        let days = periods(business_days(p, TARGET))
        let growth = product(
            1 + (overnight at d.start) * year_fraction(d, act/360) for d in days
        )
        let owed = notional * fixed * year_fraction(p, act/360)
        payer pays receiver net owed on p.end + 1bd(TARGET)
        receiver pays payer net notional * (growth - 1) on p.end + 1bd(TARGET)
    }
    unsecured
}
"""
CERTAIN = found(EXAMPLE[: EXAMPLE.index("[hull_white.EUR]")]).market()
MODIFIED = "calendar: TARGET, roll: modified_following"


def value(contract: str, text: str = "", **given: str) -> float:
    """What 1,000,000,000 EUR of a contract are worth, by 1."""
    told = {"cash": "EUR", "notional": "1_000_000_000 EUR", **given}
    program, terms = bound(contract, TODAY, *([text] if text else []), **told)
    return valued(program, terms, CERTAIN, greeks=False).value / 1e9


@pytest.mark.parametrize(("years", "rate"), [(2, "2.22%"), (10, "2.73%"), (30, "2.82%")])
def test_a_swap_of_the_library_is_worth_nothing_at_its_quote(years: int, rate: str) -> None:
    legs = f"schedule(first: 2026-03-24, last: {2026 + years}-03-24, {MODIFIED}, step: "
    given = {"fixed_leg": f"{legs}1y)", "floating_leg": f"{legs}6M)", "index": "EURIBOR_6M"}
    assert abs(value("std.swaps.InterestRateSwap", fixed=rate, **given)) < 1e-12


@pytest.mark.parametrize(("ends", "rate"), [("2027-03-24", "1.98%"), ("2029-03-24", "2.13%")])
def test_an_overnight_swap_is_worth_nothing_at_its_quote(ends: str, rate: str) -> None:
    """Overnight fixings project the days between business days as they are counted."""
    leg = f"schedule(first: 2026-03-24, last: {ends}, step: 1y, {MODIFIED})"
    assert abs(value("OvernightSwap", TEXT, fixed=rate, overnight="ESTR", leg=leg)) < 1e-12


def test_a_forward_rate_agreement_is_worth_nothing_at_its_quote() -> None:
    period = {"begins": "2026-06-24", "ends": "2026-12-24", "index": "EURIBOR_6M"}
    assert abs(value("std.rates.ForwardRateAgreement", rate="2.15%", **period)) < 1e-12


# --- QuantLib -------------------------------------------------------------------------------------

PLAIN = """
as_of = 2026-03-20
[rates.EUR]
settles = "2d"
deposits = { 1M = "1.9%" }
swaps = { 3M = "1.92%", 6M = "1.95%", 1y = "2%", 2y = "2.1%", 5y = "2.3%", 10y = "2.6%" }
[curves.EURIBOR]
discount = "EUR"
tenor = "6M"
settles = "2d"
fixed_day_count = "30/360"
deposits = { 6M = "2.14%" }
forwards = { 3Mx9M = "2.16%" }
futures = { 2026-12-16 = { price = 97.8, convexity = "0.004%" } }
swaps = { 2y = "2.25%", 3y = "2.3%", 5y = "2.45%", 10y = "2.75%" }
"""
EVE, DAY = ql.NullCalendar(), ql.Actual360()


def quoted(rate: float) -> ql.QuoteHandle:
    return ql.QuoteHandle(ql.SimpleQuote(rate))


def tenor(text: str) -> ql.Period:
    return ql.Period(text.upper())


def test_both_curves_are_those_of_quantlib() -> None:
    """Deposits, forward rates, futures, overnight swaps, and swaps that another curve discounts."""
    today = ql.Date(20, 3, 2026)
    ql.Settings.instance().evaluationDate = today
    made = found(PLAIN)
    overnight = ql.OvernightIndex("overnight", 2, ql.EURCurrency(), EVE, DAY)
    plain = (2, EVE, ql.Unadjusted, False, DAY)
    helpers = []
    for each in curve_of(made, "EUR").instruments:
        *_, kind, key = each.path
        if kind == "deposits":
            helpers.append(ql.DepositRateHelper(quoted(each.quote), tenor(key), *plain))
        else:
            helpers.append(ql.OISRateHelper(2, tenor(key), quoted(each.quote), overnight))
    discounting = ql.PiecewiseLogLinearDiscount(today, helpers, ql.Actual365Fixed())
    handle = ql.YieldTermStructureHandle(discounting)
    index = ql.IborIndex(
        "six months", tenor("6M"), 2, ql.EURCurrency(), EVE, ql.Unadjusted, False, DAY
    )
    helpers, thirty = [], ql.Thirty360(ql.Thirty360.BondBasis)
    for each in curve_of(made, "EURIBOR").instruments:
        *_, kind, key = each.path
        quote = quoted(each.quote)
        if kind == "deposits":
            helpers.append(ql.DepositRateHelper(quote, tenor(key), *plain))
        elif kind == "forwards":
            helpers.append(ql.FraRateHelper(quote, 3, 9, *plain))
        elif kind == "futures":
            begins = ql.Date(16, 12, 2026)
            helpers.append(
                ql.FuturesRateHelper(97.8, begins, 6, EVE, ql.Unadjusted, False, DAY, 0.00004)
            )
        else:
            fixed = (EVE, ql.Annual, ql.Unadjusted, thirty)
            after = (ql.QuoteHandle(), ql.Period("0D"), handle)
            helpers.append(ql.SwapRateHelper(quote, tenor(key), *fixed, index, *after))
    projecting = ql.PiecewiseLogLinearDiscount(today, helpers, ql.Actual365Fixed())
    for name, theirs in (("EUR", discounting), ("EURIBOR", projecting)):
        curve = curve_of(made, name)
        for each, (years, _) in zip(curve.instruments, curve.curve.knots, strict=True):
            date = ql.DateParser.parseISO(show_instant(each.last))
            assert exp(-curve.curve.total(years)) == pytest.approx(theirs.discount(date), abs=1e-10)
