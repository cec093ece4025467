"""The value of a contract on whether somebody fails: its lives, each by its chance.

The event comes at a random time with a hazard rate that is known, whatever rates do; between two
dates of the curve the hazard is even. A day's chance is that of surviving until it begins less that
of surviving until it ends. What is paid in each life is the contract's own doing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

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
ESTIMATOR, BY_RATIO = "bump", "bump, by likelihood ratio"
STEP, TIME_STEP, LEVEL_STEP = 1e-5, 1e-5, 1e-3


def by_default(request: Request, drawn: bool = False) -> Valuation:
    """The value of an instance whose market says with which hazard an event comes: over all lives,
    or over as many as are asked for, `drawn` by their chances. Raises NoReading; Refused for what
    the market lacks."""
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
    if drawn:
        shares = _shares(worth.chances(market, 0.0), request.paths, request.seed)

        def sampled(at: Market) -> _Worth:
            return replace(lived(at), shares=shares)

        return _sampled(request, sampled, events[0])
    greeks = tuple(_greeks(worth, lived, market, ESTIMATOR)) if request.greeks else ()
    return Valuation(
        worth.value(market), told_in, METHOD, MODEL, greeks=greeks, notes=(_note(events[0]),)
    )


def _sampled(request: Request, sampled: Callable[[Market], "_Worth"], event: str) -> Valuation:
    """The mean over lives that were drawn, with its error."""
    market, worth = request.market, sampled(request.market)
    mean, paths = worth.value(market), request.paths
    lived = zip(worth.shares, worth.chances(market, 0.0), worth.worths(market, 0.0), strict=True)
    squares = math.fsum(share * chance * each**2 for share, chance, each in lived)
    error = math.sqrt(max(squares - mean**2, 0.0) / (paths - 1))
    greeks = tuple(_greeks(worth, sampled, market, BY_RATIO)) if request.greeks else ()
    note = f"{paths:,} days of the event are drawn, seed {request.seed}."
    asset = worth.told_in
    return Valuation(
        mean, asset, "Monte Carlo", MODEL, error, greeks=greeks, notes=(_note(event), note)
    )


def _shares(chances: Sequence[float], paths: int, seed: int) -> tuple[float, ...]:
    """What part of the paths has each life, over the chance of that life: as the chances move, the
    paths stay, and weigh by how likely they are then."""
    import numpy as np

    whole = np.array(chances) / math.fsum(chances)
    counts = np.random.Generator(np.random.Philox(key=seed)).multinomial(paths, whole)
    return tuple(float(n) / paths / p if p else 0.0 for n, p in zip(counts, whole, strict=True))


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
    shares: tuple[float, ...] = ()

    def value(self, market: Market, passed: float = 0.0) -> float:
        """The mean over all lives, once some years have passed; over the drawn ones, if the
        `shares` are of some that were."""
        lived = zip(self.chances(market, passed), self.worths(market, passed), strict=True)
        means = [chance * worth for chance, worth in lived]
        if self.shares:
            means = [share * mean for share, mean in zip(self.shares, means, strict=True)]
        return math.fsum(means)

    def chances(self, market: Market, passed: float) -> list[float]:
        """How likely each life is, the one without the event last."""
        days = (life.day + DAY for life in self.lives.failing)
        alive = [1.0, *(self.surviving(market, day, passed) for day in days)]
        return [*(before - after for before, after in pairwise(alive)), alive[-1]]

    def worths(self, market: Market, passed: float) -> list[float]:
        """What is paid in each life, in the same order."""
        kept = [self.now(cash, market, passed) for cash in self.lives.kept]
        until = [0.0, *accumulate(kept)]
        failing = (
            until[life.before] + math.fsum(self.now(cash, market, passed) for cash in life.after)
            for life in self.lives.failing
        )
        return [*failing, until[-1]]

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


def _greeks(
    worth: _Worth, lived: Callable[[Market], _Worth], market: Market, estimator: str
) -> Iterator[Greek]:
    """Central differences of the value; payments do not move with discounting or hazard."""
    told = base(worth.told_in)

    def slope(moved: Callable[[float], Market]) -> float:
        up, down = (worth.value(moved(step)) for step in (STEP, -STEP))
        return (up - down) / (2 * STEP)

    for ticker in worth.curves:
        kind = "rate" if ticker in market.rates else "carry"
        curve: Curve = (kind, ticker)
        moves = slope(lambda step, c=curve: shifted(market, c, step))  # type: ignore[misc]
        yield Greek("rho" if kind == "rate" else "carry", ticker, moves, str(told), estimator)
    yield from quote_greeks(market, slope, str(told), estimator)
    hazard = slope(lambda step: with_hazard(market, worth.event, step))
    yield Greek(HAZARD, worth.event, hazard, str(told), estimator)
    for name in worth.lives.resolved:
        low, high = (with_level(market, name, step) for step in (-LEVEL_STEP, LEVEL_STEP))
        moves = (lived(high).value(market) - lived(low).value(market)) / (2 * LEVEL_STEP)
        yield Greek(LEVEL, name, moves, str(told), estimator)
        if 0.0 <= (recovery := market.level(name)) < 1.0:
            yield Greek(SPREAD, worth.event, hazard / (1 - recovery), str(told), estimator)
    later, sooner = (worth.value(market, step) for step in (TIME_STEP, -TIME_STEP))
    yield Greek("theta", "", (later - sooner) / (2 * TIME_STEP), str(told / TIME), estimator)


def with_hazard(market: Market, event: str, change: float) -> Market:
    """The market with the hazard rates of an event moved in parallel."""
    moved = market.hazards[event].raised(change)
    return replace(market, hazards={**market.hazards, event: moved})


def with_level(market: Market, name: str, change: float) -> Market:
    """The market with the level of a feed moved."""
    return replace(market, levels={**market.levels, name: market.level(name) + change})
