"""A book: many positions valued together, under one market or under several.

Positions of one contract and one shape share a program and its closed form, so that a further trade
costs its arguments and its numbers alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from itertools import chain

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core.lowered import Lowered, Shape
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance, lowered_at
from rfos_lang.driver.opening import Checked
from rfos_lang.driver.positions import Position
from rfos_lang.driver.pricing import How, valuation_of
from rfos_lang.valuation.greek_names import SECOND_ORDER
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.result import Greek, Valuation

Opened = Callable[[str], Checked]
"""The contract that a target names. Raises Failure."""


Lengths = tuple[tuple[str, int], ...]
"""A shape: the length of each list."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A position with its contract and its instance."""

    position: Position
    checked: Checked
    instance: Instance

    @property
    def spots(self) -> dict[str, Pair]:
        """The spots that it observes, by name."""
        terms = self.instance.terms
        slots = zip(self.instance.program.feeds, terms.feeds, strict=True)
        return {
            name: (terms.assets[slot.assets[0]], terms.assets[slot.assets[1]])
            for slot, name in slots
            if len(slot.assets) == 2
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A position and its value, one contract of it to its first party; or why there is none."""

    position: Position
    valuation: Valuation | None
    failure: Failure | None = None


@dataclass(slots=True)
class Shelf:
    """What positions share: each contract opened once, and lowered once a shape."""

    opened: Opened
    contracts: dict[str, Checked] = field(default_factory=dict)
    programs: dict[tuple[str, Lengths], Lowered] = field(default_factory=dict)

    def trade(self, position: Position, market: Market) -> Trade:
        """A position as a trade that begins, if it does not say when, at the market's date.
        Raises Failure."""
        name = position.contract
        if name not in self.contracts:
            self.contracts[name] = self.opened(name)
        start = market.as_of if position.start is None else position.start
        checked = self.contracts[name]

        def program(checked: Checked, shape: Shape) -> Lowered:
            key = name, tuple(sorted(shape.lengths.items()))
            if key not in self.programs:
                self.programs[key] = lowered_at(checked, shape)
            return self.programs[key]

        return Trade(position, checked, instance(checked, position.arguments, start, program))


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
    """What each trade is worth, one after the other."""
    for trade in trades:
        yield trade if isinstance(trade, Line) else line(trade, market, how, greeks)


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


def worth(trades: Iterable[Trade], market: Market, how: How, asset: str) -> float:
    """What trades are worth together, in an asset. Raises Failure if one cannot be valued."""
    value = 0.0
    for trade in trades:
        found = valuation_of(trade.checked, trade.instance, market, how, greeks=False)
        value += trade.position.quantity * found.value * told(market, found.asset, asset)
    return value
