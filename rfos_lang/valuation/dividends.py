"""Dividends: what an asset pays at known dates, what its price falls by, and who is paid them.

A dividend is a share of the price: so many times the price that is left once it was paid. Where a
market file tells an amount, it is the share of which that amount is expected now. So a price never
falls below zero, forwards fall by exactly what is told, and whoever holds the asset gains nothing
and loses nothing by a dividend. What it is shares of moves with the price; the shares do not.

As a curve of what holding the asset brings, a dividend is a step. It is taken within an hour, which
ends an hour before the dividend's own instant: what is observed at that instant is the price
without it, also once the valuation has moved by as much as a Greek moves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log1p

from rfos_lang.base.instant import SECOND, show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import Step
from rfos_lang.valuation.market import Dividend, Market, Pair

HOUR = 3_600 * SECOND
FALLS, FALLEN = 2 * HOUR, HOUR
"""So long before the instant of a dividend the price begins to fall, and has fallen."""


@dataclass(frozen=True, slots=True)
class Told:
    """A dividend as a file tells it: either an `amount` for one unit of the asset, or a `share` of
    the price before it. Instants from which a holder is due it, and at which it is paid."""

    at: int
    pay: int
    amount: float | None = None
    share: float | None = None


def with_dividends(market: Market, told: Mapping[Pair, Sequence[Told]]) -> Market:
    """A market that also knows what its assets pay, with yields that make its prices fall by that.
    Dividends before the market's date are past. Raises Refused E0604 for one that leaves nothing of
    the price, E0605 for what the market lacks to tell how much of the price an amount is."""
    for pair, dividends in told.items():
        market = replace(market, dividends={**market.dividends, pair: ()})
        for each in sorted(dividends, key=lambda dividend: dividend.at):
            if each.at >= market.as_of:
                market = _with_one(market, pair, each)
    return market


def _with_one(market: Market, pair: Pair, told: Told) -> Market:
    asset, cash = pair
    years = market.years(told.at)
    waiting = market.discount(cash, market.years(told.pay)) / market.discount(cash, years)
    ahead = told.at - FALLS > market.as_of
    share = told.share
    if told.amount is not None:
        before = market.forward(asset, cash, years)
        share = told.amount / (before if ahead else before + told.amount * waiting)
    assert share is not None
    if share * waiting >= 1.0:
        raise Refused("E0604", problem=_whole(told))
    kept = market.dividends[pair]
    one = Dividend(told.at, share / (1 - share * waiting), told.pay)
    market = replace(market, dividends={**market.dividends, pair: (*kept, one)})
    if not ahead or not share:
        return market
    begins, ends = market.years(told.at - FALLS), market.years(told.at - FALLEN)
    curve = market.carry_curve(asset)
    falls = Step(begins, ends, -log1p(-share * waiting))
    stepped = replace(curve, steps=(*curve.steps, falls))
    return replace(market, yields={**market.yields, asset: stepped})


def _whole(told: Told) -> str:
    date = show_instant(told.at)[:10]
    return f"the dividend of {date} is as much as the whole price"
