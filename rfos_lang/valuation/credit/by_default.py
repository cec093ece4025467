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
            return replace(lived(at), shares=shares, drawn=request.paths)

        return _sampled(request, sampled, events[0])
    greeks = tuple(_greeks(worth, lived, market, ESTIMATOR)) if request.greeks else ()
    return Valuation(
        worth.value(market), told_in, METHOD, MODEL, greeks=greeks, notes=(_note(events[0]),)
    )


def _sampled(request: Request, sampled: Callable[[Market], "_Worth"], event: str) -> Valuation:
    """The mean over lives that were drawn, with its error."""
    market, worth = request.market, sampled(request.market)
    mean, error = worth.value(market), worth.error(worth.means(market), market)
    greeks = tuple(_greeks(worth, sampled, market, BY_RATIO)) if request.greeks else ()
    note = f"{request.paths:,} days of the event are drawn, seed {request.seed}."
    asset = worth.told_in
    return Valuation(
        mean, asset, "Monte Carlo", MODEL, error, greeks=greeks, notes=(_note(event), note)
    )


def _shares(chances: Sequence[float], paths: int, seed: int) -> tuple[float, ...]:
    """What part of the paths has each life, over the chance of that life: as the chances move, the
    paths stay, and weigh by how likely they are then. The first life, with the event today, is
    counted by its chance: so rare a life, on which theta hangs, would hardly be drawn."""
    import numpy as np

    later = np.array(chances[1:]) / math.fsum(chances[1:])
    counts = np.random.Generator(np.random.Philox(key=seed)).multinomial(paths, later)
    drawn = (float(n) / paths / p if p else 0.0 for n, p in zip(counts, later, strict=True))
    return (1.0, *drawn)


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
    drawn: int = 0

    def value(self, market: Market, passed: float = 0.0) -> float:
        """The mean over all lives, once some years have passed; over the drawn ones, if the
        `shares` are of some that were."""
        return self.mean(self.means(market, passed))

    def means(self, market: Market, passed: float = 0.0) -> list[float]:
        """What each life adds to the mean over all of them."""
        lived = zip(self.chances(market, passed), self.worths(market, passed), strict=True)
        return [chance * worth for chance, worth in lived]

    def mean(self, means: Sequence[float]) -> float:
        """The mean over all lives, or over those that were drawn, of what each life adds to it."""
        if not self.shares:
            return math.fsum(means)
        return math.fsum(share * each for share, each in zip(self.shares, means, strict=True))

    def error(self, means: Sequence[float], market: Market) -> float | None:
        """The standard error of the mean over lives that were drawn; None for that over all."""
        if not self.shares:
            return None
        chances = self.chances(market, 0.0)
        later = math.fsum(chances[1:])
        drawn = zip(self.shares[1:], chances[1:], means[1:], strict=True)
        told = [(share, each, chance / later) for share, chance, each in drawn if share]
        mean = math.fsum(share * each for share, each, _ in told)
        squares = math.fsum(share * each**2 / chance for share, each, chance in told)
        return math.sqrt(max(squares - mean**2, 0.0) / (self.drawn - 1))

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

    def slopes(moved: Callable[[float], Market]) -> list[float]:
        return _differences(worth.means(moved(STEP)), worth.means(moved(-STEP)), 2 * STEP)

    def greek(measure: str, subject: str, by_life: list[float], unit: str = str(told)) -> Greek:
        error = worth.error(by_life, market)
        return Greek(measure, subject, worth.mean(by_life), unit, estimator, error)

    for ticker in worth.curves:
        kind = "rate" if ticker in market.rates else "carry"
        curve: Curve = (kind, ticker)
        moves = slopes(lambda step, c=curve: shifted(market, c, step))  # type: ignore[misc]
        yield greek("rho" if kind == "rate" else "carry", ticker, moves)
    yield from _quotes(worth, market, slopes, str(told), estimator)
    hazard = slopes(lambda step: with_hazard(market, worth.event, step))
    yield greek(HAZARD, worth.event, hazard)
    for name in worth.lives.resolved:
        low, high = (with_level(market, name, step) for step in (-LEVEL_STEP, LEVEL_STEP))
        ends = (lived(high).means(market), lived(low).means(market))
        yield greek(LEVEL, name, _differences(*ends, 2 * LEVEL_STEP))
        if 0.0 <= (recovery := market.level(name)) < 1.0:
            yield greek(SPREAD, worth.event, [each / (1 - recovery) for each in hazard])
    ends = (worth.means(market, TIME_STEP), worth.means(market, -TIME_STEP))
    yield greek("theta", "", _differences(*ends, 2 * TIME_STEP), str(told / TIME))


def _differences(later: list[float], sooner: list[float], apart: float) -> list[float]:
    return [(up - down) / apart for up, down in zip(later, sooner, strict=True)]


def _quotes(
    worth: _Worth,
    market: Market,
    slopes: Callable[[Callable[[float], Market]], list[float]],
    unit: str,
    estimator: str,
) -> Iterator[Greek]:
    """The Greeks to quotes, with their errors."""
    errors: list[float | None] = []

    def slope(moved: Callable[[float], Market]) -> float:
        by_life = slopes(moved)
        errors.append(worth.error(by_life, market))
        return worth.mean(by_life)

    by_quote = {move.quote: place for place, move in enumerate(market.moves())}
    for each in quote_greeks(market, slope, unit, estimator):
        yield replace(each, standard_error=errors[by_quote[each.subject]])


def with_hazard(market: Market, event: str, change: float) -> Market:
    """The market with the hazard rates of an event moved in parallel."""
    moved = market.hazards[event].raised(change)
    return replace(market, hazards={**market.hazards, event: moved})


def with_level(market: Market, name: str, change: float) -> Market:
    """The market with the level of a feed moved."""
    return replace(market, levels={**market.levels, name: market.level(name) + change})
