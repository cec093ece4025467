"""A book: many positions valued together, under one market or under several.

Positions whose value is the same formula are valued in one pass (`in_rows.py`), all others one
after the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import fsum, isfinite
from typing import Any

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.positions import Position
from rfos_lang.driver.pricing import How, valuation_of
from rfos_lang.driver.trade import Opened, Shelf, Trade
from rfos_lang.valuation.greeks import SECOND_ORDER
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.no_value import NoValue
from rfos_lang.valuation.result import Greek, Valuation

FEWEST = 32
"""Fewer trades are not worth the machine code of their formula."""
CHUNK = 1_000
"""So many trades are made before they are valued together."""


@dataclass(frozen=True, slots=True)
class Line:
    """A position and its value, one contract of it to its first party; or why there is none."""

    position: Position
    valuation: Valuation | None
    failure: Failure | None = None


def trades_of(
    positions: Iterable[Position], market: Market, opened: Opened
) -> Iterator[Trade | Line]:
    """Each position as a trade; as a line without a value if its contract or arguments are
    wrong."""
    shelf = Shelf(opened)
    for position in positions:
        try:
            yield shelf.trade(position, market)
        except Failure as failure:
            yield Line(position, None, failure)


def lines(
    trades: Iterable[Trade | Line], market: Market, how: How, greeks: bool = True
) -> Iterator[Line]:
    """What each trade is worth, in order; trades that come close to each other are valued together
    if they have the same formula."""
    coming = iter(trades)
    while chunk := list(islice(coming, CHUNK)):
        made = [each for each in chunk if isinstance(each, Trade)]
        known = _together(made, market, how, greeks)
        found = (known.get(place) for place in range(len(made)))
        for each in chunk:
            if isinstance(each, Line):
                yield each
            elif (valuation := next(found)) is not None:
                yield Line(each.position, valuation)
            else:
                yield line(each, market, how, greeks)


def _together(
    trades: Sequence[Trade], market: Market, how: How, greeks: bool
) -> Mapping[int, Valuation]:
    """Values of those trades that are worth valuing together, by place."""
    if len(trades) < FEWEST:
        return {}
    from rfos_lang.driver.in_rows import valuations

    return valuations(trades, market, how, greeks)


def line(trade: Trade, market: Market, how: How, greeks: bool) -> Line:
    """What a trade is worth, or why that cannot be said."""
    try:
        found = valuation_of(trade.checked, trade.instance, market, how, greeks)
    except Failure as failure:
        return Line(trade.position, None, failure)
    return Line(trade.position, found)


# --- together ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Total:
    """A book in one asset. `error` adds the standard errors as if all lay on one side, since trades
    share their random numbers; None if nothing was simulated. `missing` counts the positions
    without a value."""

    asset: str
    value: float
    error: float | None
    greeks: tuple[Greek, ...]
    missing: int


def total(book: Sequence[Line], market: Market, asset: str) -> Total:
    """The worth of a book, and what it does for each price, told in `asset`; not what one of its
    positions has no number for. Raises Failure if the market has no price of what a value is told
    in."""
    value, errors, missing = 0.0, list[float](), 0
    netted: dict[tuple[str, str, str], list[float]] = {}
    for each in book:
        if each.valuation is None:
            missing += 1
            continue
        scale = each.position.quantity * told(market, each.valuation.asset, asset)
        value += scale * each.valuation.value
        if each.valuation.standard_error:
            errors.append(abs(scale) * each.valuation.standard_error)
        for greek in each.valuation.greeks:
            unit = greek.unit if each.valuation.asset == asset else f"{asset} of {greek.unit}"
            netted.setdefault((greek.measure, greek.subject, unit), []).append(scale * greek.value)
    order = ("delta", "gamma", "vega", *SECOND_ORDER, "theta", "rho", "carry")
    partial = set(chain.from_iterable(each.valuation.not_given for each in book if each.valuation))
    greeks = [
        Greek(measure, subject, sum(values), unit, "sum over positions")
        for (measure, subject, unit), values in netted.items()
        if (measure, subject) not in partial
    ]
    greeks.sort(key=lambda greek: (greek.subject, _rank(order, greek.measure)))
    return Total(asset, value, sum(errors) if errors else None, tuple(greeks), missing)


def _rank(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def reporting(book: Sequence[Line]) -> str:
    """The asset that most values are told in; of several the first. Empty if there is no value."""
    counted: dict[str, int] = {}
    for each in book:
        if each.valuation is not None:
            counted[each.valuation.asset] = counted.get(each.valuation.asset, 0) + 1
    return max(counted, key=counted.__getitem__, default="")


def told(market: Market, asset: str, wanted: str) -> float:
    """What one unit of an asset is worth in another. Raises Failure."""
    try:
        return market.spot(asset, wanted)
    except Refused as refused:
        problem = report(refused.code, Span(market.source, 0, 0), **refused.names)
        raise Failure([problem], {}) from None


@dataclass(slots=True)
class Worth:
    """What trades are worth together, on markets of one date and one past that differ in numbers
    alone."""

    trades: Sequence[Trade]
    how: How
    asset: str
    sheets: Sequence[tuple[Any, tuple[int, ...]]] = ()
    alone: Sequence[int] = ()

    def on(self, market: Market) -> float:
        """The worth on a market. Raises Failure if a trade cannot be valued."""
        value, alone = 0.0, list(self.alone)
        for sheet, places in self.sheets:
            rows = _finite(sheet, market)
            if rows is None:
                alone += places
                continue
            quantities = (self.trades[place].position.quantity for place in places)
            each = (quantity * row for quantity, row in zip(quantities, rows, strict=True))
            value += fsum(each) * told(market, sheet.asset, self.asset)
        return value + worth([self.trades[place] for place in alone], market, self.how, self.asset)


def worth_of(trades: Sequence[Trade], market: Market, how: How, asset: str) -> Worth:
    """What trades are worth together, in an asset, on this market and on others like it."""
    if len(trades) < FEWEST:
        return Worth(trades, how, asset, (), range(len(trades)))
    from rfos_lang.driver.in_rows import gathered

    found = gathered(trades, market, how.method)
    return Worth(trades, how, asset, found.sheets, found.alone)


def _finite(sheet: Any, market: Market) -> list[float] | None:
    """The value of each trade of a sheet; None if one of them has none there."""
    try:
        rows = sheet.values(market)
    except (Refused, NoValue):
        return None
    listed: list[float] = rows.tolist()
    return listed if all(map(isfinite, listed)) else None


def worth(trades: Iterable[Trade], market: Market, how: How, asset: str) -> float:
    """What trades are worth together, in an asset. Raises Failure if one cannot be valued."""
    value = 0.0
    for trade in trades:
        found = valuation_of(trade.checked, trade.instance, market, how, greeks=False)
        value += trade.position.quantity * found.value * told(market, found.asset, asset)
    return value
