"""Values by QuantLib, another reading of the same contracts: exact where ours is compared with it,
or the very engine that made a row."""

import QuantLib as ql

from tests.conformance.row import Fields

TODAY = ql.Date(1, 1, 2026)
TREE_STEPS = 400


def _at(years: float) -> ql.Date:
    return TODAY + round(365 * years)


def _process(
    price: float, rate: float, yielded: float, v: float, days: ql.DayCounter
) -> ql.BlackScholesMertonProcess:
    ql.Settings.instance().evaluationDate = TODAY
    flat = (ql.YieldTermStructureHandle(ql.FlatForward(TODAY, r, days)) for r in (yielded, rate))
    noise = ql.BlackConstantVol(TODAY, ql.NullCalendar(), v, days)
    spot = ql.QuoteHandle(ql.SimpleQuote(price))
    return ql.BlackScholesMertonProcess(spot, *flat, ql.BlackVolTermStructureHandle(noise))


def american(
    wing: int, price: float, strike: float, rate: float, yielded: float, v: float, t: float
) -> float:
    """The integral equation of the exercise boundary (Andersen, Lake and Offengenden 2016). Time is
    one day, in which as much happens as in `t`, so that no date is rounded."""
    scale = 365 * t
    process = _process(price, rate * scale, yielded * scale, v * scale**0.5, ql.Actual365Fixed())
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if wing == 1 else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(TODAY, TODAY + 1))
    engine = ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme())
    option.setPricingEngine(engine)
    return float(option.NPV())


def american_in(fields: Fields, steps: int) -> float:
    """In Cox, Ross and Rubinstein's tree, its steps laid as Boyle and Lau do."""
    process = _process(fields["s"], fields["r"], fields["q"], fields["v"], ql.Actual360())
    kind = getattr(ql.Barrier, fields["barrierType"])
    payoff = ql.PlainVanillaPayoff(getattr(ql.Option, fields["type"]), fields["strike"])
    until = ql.AmericanExercise(TODAY, TODAY + round(360 * fields["t"]))
    option = ql.BarrierOption(kind, fields["barrier"], fields["rebate"], payoff, until)
    option.setPricingEngine(ql.BinomialCRRBarrierEngine(process, steps))
    return float(option.NPV())


def bermudan(fields: Fields) -> float:
    """On a grid of 1,000 steps by 1,000."""
    process = _process(fields["s"], fields["r"], fields["q"], fields["v"], ql.Actual365Fixed())
    count = round(fields["exercise_per_year"] * fields["t"])
    dates = [_at(k / fields["exercise_per_year"]) for k in range(1, count + 1)]
    payoff = ql.PlainVanillaPayoff(getattr(ql.Option, fields["type"]), fields["strike"])
    option = ql.VanillaOption(payoff, ql.BermudanExercise(dates))
    option.setPricingEngine(ql.FdBlackScholesVanillaEngine(process, 1000, 1000))
    return float(option.NPV())


def vanna_volga(fields: Fields) -> float:
    """The engines that made the rows of one level, and of two. For two the source's rates are of
    act/360, and so its time to expiry is in the option, but not in the quotes."""
    two = "barrier1" in fields
    days = ql.Actual360() if two else ql.Actual365Fixed()
    rates, yields = (
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, fields[name], days))
        for name in ("r", "q")
    )
    ql.Settings.instance().evaluationDate = TODAY
    t, spot, wing = fields["t"], fields["s"], getattr(ql.Option, fields["type"])
    growth, discount = yields.discount(t), rates.discount(t)
    smile = ql.blackFormula(
        wing, fields["strike"], spot * growth / discount, fields["v"] * t**0.5, discount
    )
    known = (*_quotes(fields), _quote(spot), rates, yields, True, smile)
    payoff, until = ql.PlainVanillaPayoff(wing, fields["strike"]), ql.EuropeanExercise(_at(t))
    if two:
        levels = (fields["barrier1"], fields["barrier2"])
        option = ql.DoubleBarrierOption(ql.DoubleBarrier.KnockOut, *levels, 0.0, payoff, until)
        option.setPricingEngine(ql.VannaVolgaIKDoubleBarrierEngine(*known, 5))
    else:
        kind = getattr(ql.Barrier, fields["barrierType"])
        option = ql.BarrierOption(kind, fields["barrier"], 0.0, payoff, until)
        option.setPricingEngine(ql.VannaVolgaBarrierEngine(*known))
    return float(option.NPV())


def _quote(number: float) -> ql.QuoteHandle:
    return ql.QuoteHandle(ql.SimpleQuote(number))


def _quotes(fields: Fields) -> tuple[ql.DeltaVolQuoteHandle, ...]:
    forward, t = ql.DeltaVolQuote.Fwd, fields["t"]
    money = _quote(fields["volAtm"])
    at_money = ql.DeltaVolQuote(money, forward, t, ql.DeltaVolQuote.AtmDeltaNeutral)
    wings = (
        ql.DeltaVolQuote(delta, _quote(fields[name]), t, forward)
        for delta, name in ((-0.25, "vol25Put"), (0.25, "vol25Call"))
    )
    return tuple(map(ql.DeltaVolQuoteHandle, (at_money, *wings)))
