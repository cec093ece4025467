"""Greeks from the grid, and by solving again in moved markets, on the same nodes and instants."""

from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cache, partial

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Mover
from rfos_lang.valuation.finite_differences.motions import heston_of, is_local
from rfos_lang.valuation.finite_differences.task import Found
from rfos_lang.valuation.greek_names import names, of_second_order
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.market_on_timeline import shifted
from rfos_lang.valuation.model_lognormal import Lognormal
from rfos_lang.valuation.moved_market import with_spot, with_volatility
from rfos_lang.valuation.result import Greek
from rfos_lang.valuation.second_differences import Difference, curvature, slope, twist

MOVED = 1e-4
"""By how much volatilities, rates and time are moved for Greeks."""
MOVED_TWICE, MOVED_WIDELY = 4e-3, 2e-2
"""By how much volatilities are moved to see how delta moves; and how vega does: by so much that
what the grid is off by hardly counts."""
SPOT_MOVED = 5e-3
"""By which part a spot is moved whose volatilities do not stay at their prices when it does."""
SHARE_PASSED = 0.05
"""But no more time than this part of that to the next event."""
FROM_THE_GRID = "derivative on the grid"
AGAIN = "bump, solved again"
DELTAS_AGAIN = "derivatives on the grid, solved again"

Solve = Callable[[Market, float], Found]
"""What is found in a market that has moved, and once so many years have passed."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What is found in a market, and in which one it was; `first_event` is years ahead."""

    market: Market
    model: Lognormal
    movers: tuple[Mover, ...]
    found: Found
    asset: str
    first_event: float


def greeks(here: Solved, solve: Solve) -> Iterator[Greek]:
    """Conventions as of `smooth_greeks`. Prices that have no nodes - the currencies of others - are
    the last ones of `pairs`: they matter by their volatility alone."""
    pairs, curves, market = here.model.pairs, here.model.curves, here.market

    def value(at: Market, passed: float = 0.0) -> float:
        return solve(at, passed).value

    def slope(moved: Callable[[float], Market]) -> float:
        return (value(moved(MOVED)) - value(moved(-MOVED))) / (2 * MOVED)

    by_spot = [_by_spot(here, value, number) for number in range(len(pairs))]
    again = [slope(partial(with_volatility, market, pair)) for pair in pairs]
    again += [slope(partial(shifted, market, curve)) for curve in curves]
    passed = min(MOVED, SHARE_PASSED * here.first_event)
    again.append((value(market, passed) - value(market, -passed)) / (2 * passed))
    known = [delta for delta, _ in by_spot] + [gamma for _, gamma in by_spot]
    told = names(pairs, curves, here.asset)
    for (measure, subject, unit), each in zip(told, [*known, *again], strict=True):
        if isinstance(each, Difference):
            yield Greek(measure, subject, each.value, unit, AGAIN, bias_bound=each.error)
        else:
            estimator = FROM_THE_GRID if measure in ("delta", "gamma") else AGAIN
            yield Greek(measure, subject, float(each), unit, estimator)
    yield from _of_second_order(here, solve)


def _by_spot(
    here: Solved, value: Callable[[Market], float], number: int
) -> tuple[Difference | float, Difference | float]:
    """Delta and gamma by one price: derivatives on the grid, unless its volatilities move with
    it."""
    found = here.found
    if number >= len(found.deltas):
        return 0.0, 0.0
    if not is_local(here.movers[number]):
        return float(found.deltas[number]), float(found.gammas[number])
    pair = here.model.pairs[number]
    by = SPOT_MOVED * here.market.spot(*pair)

    @cache
    def moved(up: float) -> float:
        return value(with_spot(here.market, pair, up)) if up else found.value

    return slope(moved, by), curvature(moved, by)


def _of_second_order(here: Solved, solve: Solve) -> Iterator[Greek]:
    """Vanna and volga of the prices whose volatilities can be moved both ways, where what the grid
    is off by does not move as well."""
    pairs = here.model.pairs
    each = [_Wider(here, solve, pair) for pair in pairs]
    for number, (measure, subject, unit) in enumerate(of_second_order(pairs, here.asset)):
        which = number % len(pairs)
        step = MOVED_WIDELY if measure == "volga" else MOVED_TWICE
        if not _can_fall(here, which, step):
            continue
        if measure == "volga" and heston_of(here.movers[which]) is not None:
            continue  # between variances a grid's error bends as much as a value does
        if measure == "vanna" and len(here.found.deltas) > 1:
            continue  # on a plane what a delta is off by moves with the volatility
        if measure == "volga":
            told, estimator = curvature(each[which].value, step), AGAIN
        elif which >= len(here.found.deltas):
            continue
        elif is_local(here.movers[which]):
            spot = SPOT_MOVED * here.market.spot(*pairs[which])
            told, estimator = twist(each[which].moved, spot, step), AGAIN
        else:
            told = slope(partial(each[which].delta, which), step)
            estimator = DELTAS_AGAIN
        yield Greek(measure, subject, told.value, unit, estimator, bias_bound=told.error)


@dataclass(frozen=True)
class _Wider:
    """What is found once the volatilities of a price have moved."""

    here: Solved
    solve: Solve
    pair: Pair
    known: dict[float, Found] = field(default_factory=dict)

    def found(self, wider: float) -> Found:
        if wider == 0.0:
            return self.here.found
        if wider not in self.known:
            self.known[wider] = self.solve(with_volatility(self.here.market, self.pair, wider), 0.0)
        return self.known[wider]

    def value(self, wider: float) -> float:
        return self.found(wider).value

    def delta(self, which: int, wider: float) -> float:
        return float(self.found(wider).deltas[which])

    def moved(self, up: float, wider: float) -> float:
        """With its spot moved as well."""
        moved = with_spot(with_volatility(self.here.market, self.pair, wider), self.pair, up)
        return self.solve(moved, 0.0).value


def _can_fall(here: Solved, which: int, by: float) -> bool:
    """Whether a volatility is large enough to be moved down, by twice a step."""
    variance = here.model.numbers.variance[-1, which]
    years = float(here.model.numbers.years[-1])
    return bool(years > 0.0 and variance > years * (4 * by) ** 2)
