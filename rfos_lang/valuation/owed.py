"""Payments that were fixed before and are still owed."""

import math
from collections.abc import Iterator
from dataclasses import replace

from rfos_lang.base.unit import TIME, base
from rfos_lang.core.meaning import Posting
from rfos_lang.core.program import Terms
from rfos_lang.valuation.curve import RateCurve, slope
from rfos_lang.valuation.greek_names import RATE_GAMMA
from rfos_lang.valuation.market import Market, spot_name
from rfos_lang.valuation.result import Greek, Valuation

ESTIMATOR = "symbolic"


def with_owed(
    found: Valuation, terms: Terms, market: Market, owed: tuple[Posting, ...], greeks: bool
) -> Valuation:
    """A valuation of what is still to come, and what has been fixed before and is still owed, with
    its Greeks: by the price of what is owed, by its rate, and as time passes."""
    value = found.value + worth_of_owed(terms, market, owed, found.asset)
    measures = {(greek.measure, greek.subject): greek for greek in found.greeks}
    more = (g for posting in owed for g in _greeks(terms, market, posting, found.asset))
    for greek in more if greeks else ():
        known = measures.get((greek.measure, greek.subject))
        if known is None and greek.measure == RATE_GAMMA:
            continue  # there is none of the rest
        both = greek if known is None else replace(known, value=known.value + greek.value)
        measures[greek.measure, greek.subject] = both
    return replace(found, value=value, greeks=tuple(measures.values()))


def worth_of_owed(terms: Terms, market: Market, owed: tuple[Posting, ...], cash: str) -> float:
    """Their worth at the market's date, in `cash`, to the first party."""
    return sum(_worth(terms, market, posting, cash) for posting in owed)


def worth_now(terms: Terms, market: Market, paid: tuple[Posting, ...], cash: str) -> float:
    """The same of what is fixed at the market's date, to be paid at once or later."""
    dated = (replace(each, due=market.as_of if each.due is None else each.due) for each in paid)
    return worth_of_owed(terms, market, tuple(dated), cash)


def _worth(terms: Terms, market: Market, posting: Posting, cash: str) -> float:
    side = (posting.payee == 0) - (posting.payer == 0)
    ticker = terms.assets[posting.asset]
    amount = side * posting.units / 10 ** terms.places[posting.asset]
    grown = _curve(market, ticker, cash).total(_years(market, posting))
    return amount * market.spot(ticker, cash) * math.exp(-grown)


def _greeks(terms: Terms, market: Market, posting: Posting, cash: str) -> Iterator[Greek]:
    ticker, worth = terms.assets[posting.asset], _worth(terms, market, posting, cash)
    if worth == 0.0:
        return
    years, told = _years(market, posting), base(cash)
    if ticker != cash:
        delta = worth / market.spot(ticker, cash)
        unit = told / (told / base(ticker))
        yield Greek("delta", spot_name(ticker, cash), delta, str(unit), ESTIMATOR)
    by_rate = ticker in market.rates and (ticker == cash or ticker not in market.yields)
    measure = "rho" if by_rate else "carry"
    yield Greek(measure, ticker, -years * worth, str(told), ESTIMATOR)
    if by_rate:
        yield Greek(RATE_GAMMA, ticker, years**2 * worth, str(told), ESTIMATOR)
    passing = worth * slope(_curve(market, ticker, cash).total, years)
    yield Greek("theta", "", passing, str(told / TIME), ESTIMATOR)


def _curve(market: Market, ticker: str, cash: str) -> RateCurve:
    return market.rate_curve(ticker) if ticker == cash else market.carry_curve(ticker)


def _years(market: Market, posting: Posting) -> float:
    assert posting.due is not None, "what was owed at once has been paid"
    return market.years(posting.due)
