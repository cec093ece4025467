"""What a contract pays against the price of one asset: the price moves there and stays.

For a contract that pays at one date this is its payoff. For one that observes several dates, each
of them sees the same price. Payments are those of the reference interpreter, undiscounted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from rfos_lang.base.fixed import SettlementError, from_decimal
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core import meaning
from rfos_lang.core.meaning import Event, Posting, Standing, Status
from rfos_lang.core.program import Sort
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation import price
from rfos_lang.valuation.market import Market, Pair, spot_name
from rfos_lang.valuation.seasoning import past

POINTS = 240
VALUE_POINTS = 80
JUMP = 1e-7
"""How exactly, relative to the price, a jump is found."""
STEEP = 0.9
"""A change of which half the way has more than this part is no slope."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Level:
    """A price that the contract names: a strike, a barrier."""

    name: str
    price: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Amounts by price; both ascend with the price."""

    prices: tuple[float, ...]
    amounts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Payoff:
    """The picture of an instance. Amounts are in `cash` to the first party, prices in `cash` of one
    `asset`. `today`: the value now by closed form; None without a market, or without closed form.
    `spot`: the market's price. `dates`: the instants at which something falls due."""

    asset: str
    cash: str
    paid: Curve
    today: Curve | None
    spot: float | None
    levels: tuple[Level, ...]
    dates: tuple[int, ...]


def payoff(
    made: Instance,
    market: Market | None,
    asset: str | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Payoff:
    """The payoff by the price of `asset`, by default the first that is observed. Raises Failure."""
    try:
        return _Drawing(made, market, _feed(made, asset)).payoff(low, high)
    except _NotDrawn as reason:
        raise _undrawn(made, str(reason)) from None
    except SettlementError:
        raise _undrawn(made, "some of its prices are too high to settle at") from None
    except Refused as refused:
        raise _refused(made, market, refused) from None


@dataclass(frozen=True, slots=True)
class Axis:
    """What a payoff is drawn over: the slot of the feed whose price moves, that of one `asset` in
    `cash`, the lowest price and the highest, the prices at which it is looked at first, and the
    levels among them."""

    feed: int
    asset: str
    cash: str
    low: float
    high: float
    prices: tuple[float, ...]
    levels: tuple[Level, ...]


def axis(made: Instance, market: Market | None = None) -> Axis:
    """The axis of `payoff`, for whoever executes the contract. Raises Failure."""
    try:
        return _Drawing(made, market, _feed(made, None)).axis(None, None)
    except _NotDrawn as reason:
        raise _undrawn(made, str(reason)) from None
    except Refused as refused:
        raise _refused(made, market, refused) from None


def today(made: Instance, market: Market, over: Axis) -> Curve | None:
    """The value now along the axis of `payoff`, by closed form; None where there is none. Raises
    Failure."""
    try:
        return _Drawing(made, market, over.feed).today(over)
    except Refused as refused:
        raise _refused(made, market, refused) from None


class _NotDrawn(Exception):
    """There is no such picture; the text says why."""


def _undrawn(made: Instance, problem: str) -> Failure:
    name, place = made.definition.name, Span(made.definition.span.source, 0, 0)
    return Failure([report("E1008", place, contract=name, problem=problem)], {})


def _refused(made: Instance, market: Market | None, refused: Refused) -> Failure:
    place = Span(market.source if market else made.definition.name, 0, 0)
    return Failure([report(refused.code, place, **refused.names)], {})


def _feed(made: Instance, asset: str | None) -> int:
    """The slot of the price that moves, which has an end to be drawn for."""
    if made.program.perpetual:
        raise _undrawn(made, "it is perpetual")
    slots = [slot for slot, feed in enumerate(made.program.feeds) if feed.kind == "spot"]
    if not slots:
        raise _undrawn(made, "it observes no price")
    if asset is None:
        return slots[0]
    for slot in slots:
        if made.terms.assets[made.program.feeds[slot].assets[0]] == asset:
            return slot
    raise _undrawn(made, f"it does not observe the price of {asset}")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One instance and the feed whose price moves."""

    made: Instance
    market: Market | None
    feed: int

    @property
    def pair(self) -> Pair:
        asset, cash = self.made.program.feeds[self.feed].assets
        return self.made.terms.assets[asset], self.made.terms.assets[cash]

    @property
    def spot(self) -> float | None:
        return None if self.market is None else self.market.spot(*self.pair)

    def payoff(self, low: float | None, high: float | None) -> Payoff:
        over, spot = self.axis(low, high), self.spot
        standing, due = self.begun()
        paid = _curve(over.prices, lambda price: self.paid(standing, due, price))
        today = self.today(over)
        dates = tuple(sorted(self.dates()))
        return Payoff(over.asset, over.cash, paid, today, spot, over.levels, dates)

    def axis(self, low: float | None, high: float | None) -> Axis:
        levels = tuple(self.levels())
        named = [level.price for level in levels]
        begin, end = _range(named, self.spot, low, high)
        prices = tuple(_grid(begin, end, POINTS, named))
        shown = tuple(level for level in levels if begin <= level.price <= end)
        return Axis(self.feed, *self.pair, begin, end, prices, shown)

    def levels(self) -> Iterator[Level]:
        """The terms that are prices of the asset."""
        program, terms = self.made.program, self.made.terms
        asset, cash = (program.assets[slot] for slot in program.feeds[self.feed].assets)
        for slot, value in zip(program.terms, terms.terms, strict=True):
            if slot.sort is Sort.NUMBER and slot.unit == f"{cash}/{asset}":
                yield Level(slot.name, value / 10**18)

    def dates(self) -> set[int]:
        """The instants after the start at which a clause falls due."""
        terms = self.made.terms
        every = (meaning.schedule_of(clause, terms) for clause in self.made.program.clauses)
        return {instant for schedule in every for instant in schedule if instant > terms.start}

    # --- what is paid

    def begun(self) -> tuple[Standing, int | None]:
        """The standing after the past, and after what falls due at the very start, at the market's
        prices; and what falls due next."""
        program, terms, market = self.made.program, self.made.terms, self.market
        if market is not None and terms.start < market.as_of:
            standing = past(program, terms, market).standing
            return standing, meaning.next_due(program, terms, standing)
        outcome = meaning.start(program, terms)
        if outcome.next_due == terms.start:
            event = self.event(terms.start, None)
            outcome = meaning.fire(program, terms, outcome.standing, event)
            if outcome.postings:
                raise _NotDrawn("it pays at its start")
        _accepted(outcome, "at the start")
        return outcome.standing, outcome.next_due

    def event(self, instant: int, price: float | None) -> Event:
        seen = tuple(
            from_decimal(repr(price)) if slot == self.feed and price is not None else known
            for slot, known in enumerate(self.known(instant))
        )
        moved = frozenset(slot for slot, value in enumerate(seen) if value is not None)
        return Event(instant, seen, moved)

    def known(self, instant: int) -> Iterator[int | None]:
        """What the market says of each feed."""
        program, terms, market = self.made.program, self.made.terms, self.market
        for slot, name in zip(program.feeds, terms.feeds, strict=True):
            if market is None:
                yield None
            elif slot.kind == "spot":
                pair = (terms.assets[slot.assets[0]], terms.assets[slot.assets[1]])
                yield from_decimal(repr(market.spot(*pair)))
            else:
                index = name.removeprefix("index(").removesuffix(")")
                yield from_decimal(repr(market.index_forward(index, instant)))

    def paid(self, standing: Standing, due: int | None, price: float) -> float:
        """All payments to the first party, if the price is this one from now on."""
        total = 0.0
        while due is not None:
            outcome = meaning.fire(
                self.made.program, self.made.terms, standing, self.event(due, price)
            )
            _accepted(outcome, f"at a price of {price:,g}")
            total += sum(self.worth(posting, price) for posting in outcome.postings)
            standing, due = outcome.standing, outcome.next_due
        return total

    def worth(self, posting: Posting, price: float) -> float:
        """A payment in cash, other assets at their price."""
        side = (posting.payee == 0) - (posting.payer == 0)
        terms, (asset, cash) = self.made.terms, self.pair
        amount = side * posting.units / 10 ** terms.places[posting.asset]
        paid = terms.assets[posting.asset]
        if paid == cash:
            return amount
        if paid == asset:
            return amount * price
        if self.market is None:
            raise _NotDrawn(f"it pays {paid}, whose price in {cash} only a market tells")
        return amount * self.market.spot(paid, cash)

    # --- what it is worth

    def today(self, over: Axis) -> Curve | None:
        """The value by closed form right after the market's date, the price having moved."""
        if self.market is None:
            return None
        grid, values = _grid(over.low, over.high, VALUE_POINTS, []), []
        for each in grid:
            moved = _moved(self.made, self.market, self.pair, each)
            found, _ = price.price(
                self.made.program, self.made.terms, moved, "closed_form", greeks=False
            )
            if found is None or found.asset != self.pair[1]:
                return None
            values.append(found.value)
        return Curve(tuple(grid), tuple(values))


def _moved(made: Instance, market: Market, pair: Pair, price: float) -> Market:
    """The market a nanosecond later with one price moved; what was seen at its date stays seen."""
    inverse = (pair[1], pair[0])
    spots = {**market.spots, **({inverse: 1 / price} if inverse in market.spots else {pair: price})}
    fixings: dict[str, Mapping[int, float]] = dict(market.fixings)
    for slot, name in zip(made.program.feeds, made.terms.feeds, strict=True):
        if slot.kind == "spot":
            asset, cash = (made.terms.assets[each] for each in slot.assets)
            seen = {market.as_of: market.spot(asset, cash)}
            fixings[name] = {**market.fixings.get(spot_name(asset, cash), {}), **seen}
    return replace(market, as_of=market.as_of + 1, spots=spots, fixings=fixings)


def _accepted(outcome: meaning.Outcome, when: str) -> None:
    match outcome.status:
        case Status.OK:
            pass
        case Status.WAITING:
            raise _NotDrawn(f"{when} it needs another price, which only a market tells")
        case status:
            raise _NotDrawn(f"{when} it is refused: {status.name.lower().replace('_', ' ')}")


# --- the axis ------------------------------------------------------------------------------------


def _range(
    levels: list[float], spot: float | None, low: float | None, high: float | None
) -> tuple[float, float]:
    """The prices drawn: half as much again around the spot, and all levels above zero."""
    centres = [level for level in levels if level > 0] + ([] if spot is None else [spot])
    if not centres and (low is None or high is None):
        raise _NotDrawn("it names no price to draw around: say --from and --to, or give a market")
    begin = min(0.9 * min(centres), 0.5 * (spot or min(centres))) if low is None else low
    end = max(1.1 * max(centres), 1.5 * (spot or max(centres))) if high is None else high
    if not 0 <= begin < end:
        raise _NotDrawn(f"prices from {begin:,g} to {end:,g} are no range")
    return begin, end


def _grid(begin: float, end: float, points: int, levels: Sequence[float]) -> list[float]:
    """Prices from begin to end, the levels among them; none is zero."""
    step = (end - begin) / points
    even = [begin + step * k for k in range(points)] + [end]
    least = step / 1000
    return sorted({max(least, each) for each in (*even, *levels) if begin <= each <= end})


def _curve(grid: Sequence[float], amount: Callable[[float], float]) -> Curve:
    """The amounts at the prices of a grid, and on both sides of each jump between them."""
    found = [(price, amount(price)) for price in grid]
    jumps = [edge for low, high in pairwise(found) for edge in _jump(low, high, amount)]
    prices, amounts = zip(*sorted({*found, *jumps}), strict=True)
    return Curve(prices, amounts)


def _jump(low: Point, high: Point, amount: Callable[[float], float]) -> list[Point]:
    """The two sides of a jump between two points; none where half the way halves the change."""
    while high[0] - low[0] > JUMP * high[0]:
        price = (low[0] + high[0]) / 2
        middle = (price, amount(price))
        change = abs(high[1] - low[1])
        if abs(middle[1] - low[1]) > STEEP * change:
            high = middle
        elif abs(high[1] - middle[1]) > STEEP * change:
            low = middle
        else:
            return []
    return [low, high]
