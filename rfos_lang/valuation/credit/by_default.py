"""The value of a contract on whether somebody fails: its lives, each by its chance.

The event comes at a random time with a hazard rate that is known, whatever rates do; between two
dates of the curve the hazard is even. A day's chance is that of surviving until it begins less that
of surviving until it ends. What is paid in each life is the contract's own doing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate

from rfos_lang.base.instant import DAY
from rfos_lang.base.records import dataclass
from rfos_lang.base.unit import TIME, base
from rfos_lang.valuation.credit.lives import Cash, Lives, lives
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import Curve, shifted
from rfos_lang.valuation.quote_greeks import quote_greeks
from rfos_lang.valuation.rates.no_reading import NoReading
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Greek, Valuation

METHOD, MODEL = "sum over days of default", "hazard rates"
HAZARD, LEVEL, SPREAD = "hazard", "level", "CS01"
"""Greeks for a change by 1.00: to the hazard rates; to what is resolved with the event; to spreads
taken for hazard × (1 - recovery)."""
ESTIMATOR = "bump"
STEP, TIME_STEP, LEVEL_STEP = 1e-5, 1e-5, 1e-3


def by_default(request: Request) -> Valuation:
    """The value of an instance whose market says with which hazard an event comes. Raises
    NoReading; Refused for what the market lacks."""
    program, terms, market = request.program, request.terms, request.market
    events = sorted({name for name in terms.feeds if name in market.hazards})
    if len(events) != 1:
        raise NoReading("it depends on several events, whose dependence has no model")
    told_in = terms.assets[request.reporting]
    standing = request.before.standing

    def lived(at: Market) -> _Worth:
        found = lives(program, terms, at, standing, events[0])
        return _Worth(found, terms.assets, told_in, events[0])

    worth = lived(market)
    greeks = tuple(_greeks(worth, lived, market)) if request.greeks else ()
    return Valuation(
        worth.value(market), told_in, METHOD, MODEL, greeks=greeks, notes=(_note(events[0]),)
    )


def _note(event: str) -> str:
    return (
        f"{event} comes on a day by chance, independently of rates; what is resolved with it "
        "is at its level in the market."
    )


@dataclass(frozen=True, slots=True)
class _Worth:
    lives: Lives
    assets: tuple[str, ...]
    told_in: str
    event: str

    def value(self, market: Market, passed: float = 0.0) -> float:
        """The mean over all lives, once some years have passed."""
        kept = [self.now(cash, market, passed) for cash in self.lives.kept]
        until = [0.0, *accumulate(kept)]
        total, alive = [], 1.0
        for life in self.lives.failing:
            left = self.surviving(market, life.day + DAY, passed)
            after = math.fsum(self.now(cash, market, passed) for cash in life.after)
            total.append((alive - left) * (until[life.before] + after))
            alive = left
        return math.fsum([*total, alive * until[-1]])

    def surviving(self, market: Market, instant: int, passed: float) -> float:
        """The chance that the event has not come until an instant."""
        return math.exp(-market.hazards[self.event].total(_ahead(market, instant, passed)))

    def now(self, cash: Cash, market: Market, passed: float) -> float:
        """What a payment is worth."""
        ticker, years = self.assets[cash.asset], _ahead(market, cash.due, passed)
        if ticker == self.told_in:
            return cash.amount * math.exp(-market.rate_curve(ticker).total(years))
        worth = market.spot(ticker, self.told_in)
        return cash.amount * worth * math.exp(-market.carry_curve(ticker).total(years))

    @property
    def curves(self) -> tuple[str, ...]:
        """The assets that are paid."""
        every = (*self.lives.kept, *(c for life in self.lives.failing for c in life.after))
        return tuple(dict.fromkeys(self.assets[cash.asset] for cash in every))


def _ahead(market: Market, instant: int, passed: float) -> float:
    years = market.years(instant)
    return max(years - passed, 0.0) if years > 0.0 else 0.0


def _greeks(worth: _Worth, lived: Callable[[Market], _Worth], market: Market) -> Iterator[Greek]:
    """Central differences of the value; payments do not move with discounting or hazard."""
    told = base(worth.told_in)

    def slope(moved: Callable[[float], Market]) -> float:
        up, down = (worth.value(moved(step)) for step in (STEP, -STEP))
        return (up - down) / (2 * STEP)

    for ticker in worth.curves:
        kind = "rate" if ticker in market.rates else "carry"
        curve: Curve = (kind, ticker)
        moves = slope(lambda step, c=curve: shifted(market, c, step))  # type: ignore[misc]
        yield Greek("rho" if kind == "rate" else "carry", ticker, moves, str(told), ESTIMATOR)
    yield from quote_greeks(market, slope, str(told), ESTIMATOR)
    hazard = slope(lambda step: with_hazard(market, worth.event, step))
    yield Greek(HAZARD, worth.event, hazard, str(told), ESTIMATOR)
    for name in worth.lives.resolved:
        low, high = (with_level(market, name, step) for step in (-LEVEL_STEP, LEVEL_STEP))
        moves = (lived(high).value(market) - lived(low).value(market)) / (2 * LEVEL_STEP)
        yield Greek(LEVEL, name, moves, str(told), ESTIMATOR)
        if 0.0 <= (recovery := market.level(name)) < 1.0:
            yield Greek(SPREAD, worth.event, hazard / (1 - recovery), str(told), ESTIMATOR)
    later, sooner = (worth.value(market, step) for step in (TIME_STEP, -TIME_STEP))
    yield Greek("theta", "", (later - sooner) / (2 * TIME_STEP), str(told / TIME), ESTIMATOR)


def with_hazard(market: Market, event: str, change: float) -> Market:
    """The market with the hazard rates of an event moved in parallel."""
    moved = market.hazards[event].raised(change)
    return replace(market, hazards={**market.hazards, event: moved})


def with_level(market: Market, name: str, change: float) -> Market:
    """The market with the level of a feed moved."""
    return replace(market, levels={**market.levels, name: market.level(name) + change})
