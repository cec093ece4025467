"""QuantLib's finite differences under Heston and with jumps: early exercise by another's code.

Bates' model without a random variance is Merton's.
"""

import QuantLib as ql

from rfos_lang.base.fixed import ONE
from rfos_lang.core.program import Choice
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from tests.valuation.products.markets import BTC

EXERCISED = {
    f"{style}{side}": ql.Option.Call if side == "Call" else ql.Option.Put
    for style in ("American", "AmericanCash", "Bermudan")
    for side in ("Call", "Put")
}
"""Contracts that pay by one price, whenever or on which dates the holder likes."""

GRID = (60, 200, 40)
"""Steps of time, of the price, of the variance."""
STEADY = Heston(v0=0.16, kappa=5.0, theta=0.16, xi=0.01, rho=0.0)
TODAY = ql.Date(1, 1, 2026)


def exercised(name: str, instance: Instance, market: Market) -> float | None:
    """The value to the holder; None if this peer does not know the contract or the model. Curves
    are taken as flat."""
    jumps, heston = market.jumps.get(BTC), market.heston.get(BTC)
    if name not in EXERCISED or not (jumps or heston):
        return None
    ql.Settings.instance().evaluationDate = TODAY
    choice = next(each for each in instance.program.clauses if isinstance(each, Choice))
    assert choice.schedule is not None
    days = [
        (at - market.as_of) // (86_400 * 10**9) for at in instance.terms.schedules[choice.schedule]
    ]
    dates = [TODAY + int(day) for day in days]
    right = ql.AmericanExercise(TODAY, dates[-1]) if choice.any_time else ql.BermudanExercise(dates)
    numbers = zip(instance.program.terms, instance.terms.terms, strict=True)
    terms = {slot.name: number / ONE for slot, number in numbers}
    option = ql.VanillaOption(ql.PlainVanillaPayoff(EXERCISED[name], terms["strike"]), right)
    option.setPricingEngine(_engine(market, heston or STEADY, jumps))
    return terms["size"] * option.NPV()


def _engine(market: Market, heston: Heston, jumps: Jumps | None) -> ql.PricingEngine:
    rate, carry = market.rate("USD", 1.0), market.carry("BTC", 1.0)
    flat = [
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, each, ql.Actual365Fixed()))
        for each in (rate, carry)
    ]
    spot = ql.QuoteHandle(ql.SimpleQuote(market.spot(*BTC)))
    numbers = (heston.v0, heston.kappa, heston.theta, heston.xi, heston.rho)
    if jumps is None:
        return ql.FdHestonVanillaEngine(
            ql.HestonModel(ql.HestonProcess(*flat, spot, *numbers)), *GRID
        )
    size = (jumps.intensity, jumps.mean, jumps.deviation)
    return ql.FdBatesVanillaEngine(
        ql.BatesModel(ql.BatesProcess(*flat, spot, *numbers, *size)), *GRID
    )
