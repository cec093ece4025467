"""Trades whose value is one and the same formula, valued together.

What the others of a sheet are told besides numbers (method, notes, units) is told of its first
trade, which is valued by itself. A trade whose formula has no finite value there, or whose market
lacks something, is left to be valued alone, and told why.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.driver.book import FEWEST
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.pricing import How, valuation_of
from rfos_lang.driver.trade import Trade
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.sheet import Sheet, figures_of


@dataclass(frozen=True, slots=True)
class Gathered:
    """Trades by place: those that stand on a sheet together, and all others."""

    sheets: tuple[tuple[Sheet, tuple[int, ...]], ...]
    alone: tuple[int, ...]


def gathered(trades: Sequence[Trade], market: Market, method: str) -> Gathered:
    """The sheets of some trades on markets of one date and one past."""
    groups: dict[object, list[tuple[int, Sheet]]] = {}
    for place, trade in enumerate(trades):
        if (one := _alone(trade, market, method)) is not None:
            key = id(one.form), one.figures[0].ahead.terms.assets
            groups.setdefault(key, []).append((place, one))
    large = [group for group in groups.values() if len(group) >= FEWEST]
    sheets = tuple(
        (
            Sheet(group[0][1].form, tuple(each.figures[0] for _, each in group)),
            tuple(place for place, _ in group),
        )
        for group in large
    )
    on_sheets = {place for _, places in sheets for place in places}
    return Gathered(sheets, tuple(at for at in range(len(trades)) if at not in on_sheets))


def _alone(trade: Trade, market: Market, method: str) -> Sheet | None:
    """A sheet of one trade."""
    made = trade.instance
    try:
        found = figures_of(made.program, made.terms, market, method)
    except Refused:
        return None
    return None if found is None else Sheet(found[0], (found[1],))


def valuations(
    trades: Sequence[Trade], market: Market, how: How, greeks: bool
) -> dict[int, Valuation]:
    """The valuations of those trades that stand on a sheet, by place."""
    found: dict[int, Valuation] = {}
    for sheet, places in gathered(trades, market, how.method).sheets:
        first = trades[places[0]]
        try:
            told = valuation_of(first.checked, first.instance, market, how, greeks)
            numbers = sheet.measures(market) if greeks else {("value", ""): sheet.values(market)}
        except (Failure, Refused, NoClosedForm):
            continue
        names = [(greek.measure, greek.subject) for greek in told.greeks]
        if told.method != "closed form" or not numbers.keys() >= set(names):
            continue
        columns = [np.broadcast_to(numbers[name], len(places)) for name in (("value", ""), *names)]
        for place, (value, *row) in zip(places, zip(*map(list, columns), strict=True), strict=True):
            if isfinite(value) and all(map(isfinite, row)):
                each = zip(told.greeks, row, strict=True)
                moved = tuple(replace(greek, value=float(number)) for greek, number in each)
                found[place] = replace(told, value=float(value), greeks=moved)
    return found
