"""Hull and White's factor from quotes: against QuantLib, contracts, and the model itself."""

from math import expm1, sqrt

import pytest
import QuantLib as ql
from scipy.optimize import least_squares

from rfos_lang.base.instant import DAY, show_instant
from rfos_lang.valuation.calibration.from_quotes import Fitted, FittedFactor
from rfos_lang.valuation.calibration.instruments import Curves
from rfos_lang.valuation.calibration.quoted_options import Quotation
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from tests.valuation.quoted import EXAMPLE, curve_of, found
from tests.valuation.rate_contracts import bound

FITTED = found()
(FACTOR,) = FITTED.factors
CURVES = Curves(FITTED.discounting("EUR"), curve_of(FITTED, "EURIBOR").curve)
BEFORE = EXAMPLE[: EXAMPLE.index("[hull_white.EUR]")]


def factor_of(made: Fitted) -> FittedFactor:
    (factor,) = made.factors
    return factor


# --- the formula ----------------------------------------------------------------------------------


def contract_of(key: str, rate: float) -> tuple[str, dict[str, str]]:
    """The library's contract of an option, with its dates."""
    option = next(each for each in FACTOR.options if each.path[-1] == key)
    instants = [FITTED.as_of + round(each * 365) * DAY for each in _dates(option)]
    told = [show_instant(each) for each in instants]
    kind = "Payer" if option.sign > 0 else "Receiver"
    leg = f"[{', '.join(told[1:])}]"
    return f"std.swaptions.{kind}Swaption", {
        "fixed": repr(rate),
        "index": "EURIBOR_6M",
        "floating_leg": leg,
        "fixed_leg": f"[{', '.join(told[1::2])}]",
        "expiry": told[0],
    }


def _dates(option) -> list[float]:  # type: ignore[no-untyped-def]
    (piece,) = option.pieces
    return [piece.decided, piece.floating[0].begins, *(each.pays for each in piece.floating)]


@pytest.mark.parametrize("key", ["1yx5y", "5yx10y"])
@pytest.mark.parametrize("off", [-0.005, 0.0, 0.01])
def test_swaptions_are_worth_what_contracts_are(key: str, off: float) -> None:
    option = next(each for each in FACTOR.options if each.path[-1] == key)
    option = at_strike(option, option.strike + off)
    mine = option.modelled(CURVES, FACTOR.model)
    name, given = contract_of(key, option.strike)
    name = name if option.sign > 0 else name.replace("Payer", "Receiver")
    name = name if option.sign < 0 else name.replace("Receiver", "Payer")
    told = {"cash": "EUR", "notional": "1_000_000_000 EUR", **given}
    program, terms = bound(name, FITTED.as_of, **told)
    theirs = valued(program, terms, FITTED.market(), greeks=False).value / 1e9
    assert mine == pytest.approx(theirs, abs=1e-9)


def at_strike(option, strike: float):  # type: ignore[no-untyped-def]
    own = {name: getattr(option, name) for name in option.__slots__ if name != "__weakref__"}
    return type(option)(**{**own, "strike": strike})


def test_a_cap_is_worth_what_the_contract_is() -> None:
    option = next(each for each in FACTOR.options if each.path[-2] == "caps")
    leg = "schedule(first: 2026-09-24, last: 2031-03-24, step: 6M, calendar: TARGET, "
    told = {"strike": "2.5%", "index": "EURIBOR_6M", "leg": f"{leg}roll: modified_following)"}
    kind = "Cap" if option.sign > 0 else "Floor"
    told |= {"cash": "EUR", "notional": "1_000_000_000 EUR"}
    program, terms = bound(f"std.rates.{kind}", FITTED.as_of, **told)
    theirs = valued(program, terms, FITTED.market(), greeks=False).value / 1e9
    assert option.modelled(CURVES, FACTOR.model) == pytest.approx(theirs, abs=1e-9)


def test_without_volatility_an_option_is_worth_what_the_curves_imply() -> None:
    for option in FACTOR.options:
        still = option.modelled(CURVES, HullWhite(0.03, ((1.0, 0.0),)))
        assert still == pytest.approx(option.told(FACTOR.quotation, 0.0), abs=1e-6)


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("normal", HullWhite(0.05, ((1.0, 0.009),))),
        ("normal", HullWhite(0.0, ((1.0, 0.004),))),
        ("lognormal", HullWhite(0.02, ((1.0, 0.012),))),
    ],
)
def test_a_model_that_makes_volatilities_is_found_again(kind: str, model: HullWhite) -> None:
    quotation = Quotation(kind == "normal", 0.0 if kind == "normal" else 0.03)
    lines = [f'quoted = "{kind}"', f"shift = {quotation.shift}"]
    for option in FACTOR.options:
        volatility = option.implied(quotation, option.modelled(CURVES, model))
        table, key = option.path[-2:]
        lines.append(
            f"{table}.{key} = {{ volatility = {volatility!r}, strike = {option.strike!r} }}"
        )
    made = found("\n".join([BEFORE, "[hull_white.EUR]", 'index = "EURIBOR_6M"', *lines]))
    again = factor_of(made).model
    assert again.reversion == pytest.approx(model.reversion, abs=1e-6)
    assert again.volatility[0][1] == pytest.approx(model.volatility[0][1], abs=1e-8)


def test_as_many_volatilities_as_quotes_meet_them_all() -> None:
    lines = ['index = "EURIBOR_6M"', 'reversion = "3%"', 'until = ["1y", "3y"]']
    quotes = ['1yx5y = "0.8%"', '3yx5y = "0.7%"', '7yx5y = "0.75%"']
    made = found(
        "\n".join([BEFORE, "[hull_white.EUR]", *lines, "[hull_white.EUR.swaptions]", *quotes])
    )
    factor = factor_of(made)
    assert factor.model.reversion == 0.03
    for quote in factor.quotes:
        assert quote.found == pytest.approx(quote.quote, abs=1e-10)


def test_a_quoted_value_and_its_volatility_are_one() -> None:
    for normal, shift in ((True, 0.0), (False, 0.0), (False, 0.03)):
        quotation = Quotation(normal, shift)
        for strike in (0.01, 0.025, 0.04):
            volatility = 0.008 if normal else 0.3
            sign = 1 if strike >= 0.025 else -1
            worth = quotation.value(sign, 0.025, strike, volatility * sqrt(2.0))
            assert quotation.implied(worth, 0.025, strike, 2.0) == pytest.approx(volatility)


def test_quoted_values_are_those_of_quantlib() -> None:
    for strike in (0.01, 0.025, 0.04):
        for sign, kind in ((1, ql.Option.Call), (-1, ql.Option.Put)):
            normal = Quotation(True).value(sign, 0.025, strike, 0.012)
            assert normal == pytest.approx(ql.bachelierBlackFormula(kind, strike, 0.025, 0.012))
            shifted = Quotation(False, 0.03).value(sign, 0.025, strike, 0.4)
            theirs = ql.blackFormula(kind, strike, 0.025, 0.4, 1.0, 0.03)
            assert shifted == pytest.approx(theirs, rel=1e-10)


# --- QuantLib -------------------------------------------------------------------------------------

SWAPTIONS = ((1, 5, 0.1148), (2, 4, 0.1108), (3, 3, 0.1070), (4, 2, 0.1021), (5, 1, 0.1000))
"""Years until, years of the swap, and its lognormal volatility: QuantLib's own test of this
calibration (test-suite/shortratemodels.cpp, testCachedHullWhite), on a flat curve."""
FLAT = 0.04875825


def on_flat_rates(dates: str, days: int) -> Fitted:
    """A factor fitted to these on a flat curve, which a deposit of so many days makes."""
    deposit = expm1(FLAT * days / 365) / (days / 360)
    lines = ["as_of = 2002-02-19", "[rates.EUR]", 'tenor = "6M"', 'fixed_day_count = "30/360"']
    lines += [dates, f"deposits = {{ 2032-02-19 = {deposit!r} }}"]
    lines += ["[hull_white.EUR]", 'index = "EUR"', 'quoted = "lognormal"']
    lines += [f"swaptions.{n}yx{m}y = {volatility}" for n, m, volatility in SWAPTIONS]
    return found("\n".join(lines))


def test_the_factor_is_the_published_one() -> None:
    """That is found from relative differences of prices, and on a day count that is not told."""
    made = on_flat_rates('calendar = "TARGET"\nsettles = "2bd"', 10955)
    factor, curve = factor_of(made), curve_of(made, "EUR").curve
    both = Curves(curve, curve)

    def off(x: list[float]) -> list[float]:
        model = HullWhite(x[0], ((1.0, x[1]),))
        return [
            each.modelled(both, model) / each.told(factor.quotation, each.quote) - 1
            for each in factor.options
        ]

    reversion, volatility = least_squares(off, [0.03, 0.01], x_scale=[0.03, 0.01]).x
    assert reversion == pytest.approx(0.0464041, rel=1e-2)
    assert volatility == pytest.approx(0.00579912, rel=5e-3)


def test_the_factor_is_that_of_quantlib() -> None:
    """By differences of volatility, as here."""
    factor = factor_of(on_flat_rates("", 10957))
    today = ql.Date(19, 2, 2002)
    ql.Settings.instance().evaluationDate = today
    handle = ql.YieldTermStructureHandle(ql.FlatForward(today, FLAT, ql.Actual365Fixed()))
    index = ql.IborIndex(
        "six months",
        ql.Period("6M"),
        0,
        ql.EURCurrency(),
        ql.NullCalendar(),
        ql.Unadjusted,
        False,
        ql.Actual360(),
        handle,
    )
    model = ql.HullWhite(handle)
    helpers = []
    for starts, length, volatility in SWAPTIONS:
        quote = ql.QuoteHandle(ql.SimpleQuote(volatility))
        thirty = ql.Thirty360(ql.Thirty360.BondBasis)
        helper = ql.SwaptionHelper(
            ql.Period(starts, ql.Years),
            ql.Period(length, ql.Years),
            quote,
            index,
            ql.Period(1, ql.Years),
            thirty,
            ql.Actual360(),
            handle,
            ql.BlackCalibrationHelper.ImpliedVolError,
        )
        helper.setPricingEngine(ql.JamshidianSwaptionEngine(model))
        helpers.append(helper)
    criteria = ql.EndCriteria(10_000, 100, 1e-12, 1e-12, 1e-12)
    model.calibrate(helpers, ql.LevenbergMarquardt(1e-12, 1e-12, 1e-12), criteria)
    reversion, volatility = model.params()
    assert factor.model.reversion == pytest.approx(reversion, rel=2e-3)
    assert factor.model.volatility[0][1] == pytest.approx(volatility, rel=5e-4)
    for mine, helper in zip(factor.options, helpers, strict=True):
        value = mine.told(factor.quotation, mine.quote)
        assert value == pytest.approx(helper.marketValue(), rel=1e-8)
