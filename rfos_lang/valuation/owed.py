"""Payments that were fixed before and are still owed."""

import math

from rfos_lang.core.meaning import Posting
from rfos_lang.core.program import Terms
from rfos_lang.valuation.market import Market


def worth_of_owed(terms: Terms, market: Market, owed: tuple[Posting, ...], cash: str) -> float:
    """Their worth at the market's date, in `cash`."""
    total = 0.0
    for posting in owed:
        side = (posting.payee == 0) - (posting.payer == 0)
        ticker = terms.assets[posting.asset]
        assert posting.due is not None, "what was owed at once has been paid"
        amount = side * posting.units / 10 ** terms.places[posting.asset]
        years = market.years(posting.due)
        curve = market.rate_curve(ticker) if ticker == cash else market.carry_curve(ticker)
        total += amount * market.spot(ticker, cash) * math.exp(-curve.rate(years) * years)
    return total
