"""Greeks from the grid, and by solving again in moved markets, on the same nodes and instants."""

from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cache, partial

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.dynamics.mover import Mover
from rfos_lang.valuation.finite_differences.motions import is_local
from rfos_lang.valuation.finite_differences.task import Extrapolated, Found, delta_of, gamma_of
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
LEFT = {"gamma": 3e-4, "vanna": 3e-4, "volga": 3e-4}
LEFT_ELSE = 1e-5
"""What is left of a Greek where both grids happen to agree, as a part of the value; by relative
moves of a spot."""
LEFT_OF_THETA = 5e-4
"""The same of theta where volatilities are local: it goes by those at once, which are steepest."""
FROM_THE_GRID = "derivative on the grid"
AGAIN = "bump, solved again"
DELTAS_AGAIN = "derivatives on the grid, solved again"

Solve = Callable[[Market, float], Extrapolated]
"""What is found in a market that has moved, and once so many years have passed."""
At = Callable[[float], Extrapolated]
"""What is found once something has moved by so much."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What is found in a market, and in which one it was; `first_event` is years ahead."""

    market: Market
    model: Lognormal
    movers: tuple[Mover, ...]
    found: Extrapolated
    asset: str
    first_event: float


def greeks(here: Solved, solve: Solve) -> Iterator[Greek]:
    """Conventions as of `smooth_greeks`. Prices that have no nodes - the currencies of others - are
    the last ones of `pairs`: they matter by their volatility alone.

    A derivative of what two grids tell together is off by what the same derivative of their
    difference is, and by what is left of the widths of differences."""
    pairs, curves, market = here.model.pairs, here.model.curves, here.market

    def by(moved: Callable[[float], Market]) -> Difference:
        return _slope(lambda change: solve(moved(change), 0.0), MOVED)

    by_spot = [_by_spot(here, solve, number) for number in range(len(pairs))]
    again = [by(partial(with_volatility, market, pair)) for pair in pairs]
    again += [by(partial(shifted, market, curve)) for curve in curves]
    passed = min(MOVED, SHARE_PASSED * here.first_event)
    again.append(_slope(lambda years: solve(market, years), passed))
    known = [delta for delta, _ in by_spot] + [gamma for _, gamma in by_spot]
    local = [is_local(mover) for mover in here.movers]
    told = names(pairs, curves, here.asset)
    for number, ((measure, subject, unit), each) in enumerate(
        zip(told, [*known, *again], strict=True)
    ):
        is_own = measure in ("delta", "gamma") and not local[number % len(pairs)]
        estimator = FROM_THE_GRID if is_own else AGAIN
        error = each.error + _left(here, measure, number % len(pairs))
        yield Greek(measure, subject, each.value, unit, estimator, bias_bound=error)
    yield from _of_second_order(here, solve)


def _left(here: Solved, measure: str, number: int) -> float:
    """What is left of a Greek where both grids happen to agree."""
    spot = here.market.spot(*here.model.pairs[number])
    by_spot = {"delta": spot, "gamma": spot**2, "vanna": spot}.get(measure, 1.0)
    left = LEFT.get(measure, LEFT_ELSE)
    if measure == "theta" and any(map(is_local, here.movers)):
        left = LEFT_OF_THETA
    return left * abs(here.found.found.value) / by_spot


def _slope(at: At, step: float) -> Difference:
    """The first derivative of the value, by a step so narrow that it leaves nothing."""
    up, down = at(step), at(-step)
    width = 1 / (2 * step)
    errors = [above - below for above, below in zip(up.errors, down.errors, strict=True)]
    return Difference(
        (up.found.value - down.found.value) * width,
        sum(abs(error.value) for error in errors) * width,
    )


def _by_spot(here: Solved, solve: Solve, number: int) -> tuple[Difference, Difference]:
    """Delta and gamma by one price: derivatives on the grid, unless its volatilities move with
    it."""
    found = here.found
    if number >= len(found.found.deltas):
        return Difference(0.0, 0.0), Difference(0.0, 0.0)
    if not is_local(here.movers[number]):
        delta, gamma = partial(delta_of, number), partial(gamma_of, number)
        return (
            Difference(delta(found.found), found.told(delta, 0.0)),
            Difference(gamma(found.found), found.told(gamma, 0.0)),
        )
    pair = here.model.pairs[number]
    by = SPOT_MOVED * here.market.spot(*pair)

    @cache
    def moved(up: float) -> Extrapolated:
        return solve(with_spot(here.market, pair, up), 0.0) if up else found

    return (
        _with_errors(found, lambda of: slope(lambda up: of(moved(up)).value, by)),
        _with_errors(found, lambda of: curvature(lambda up: of(moved(up)).value, by)),
    )


Of = Callable[[Extrapolated], Found]
"""What is found, or one of its errors."""


def _with_errors(here: Extrapolated, difference: Callable[[Of], Difference]) -> Difference:
    """A difference of what is found, with what the same one of each of its errors adds to its
    own."""

    def of_error(kind: int) -> Difference:
        return difference(lambda each: each.errors[kind])

    found, errors = difference(lambda each: each.found), map(of_error, range(len(here.errors)))
    return Difference(found.value, found.error + sum(abs(e.value) + e.error for e in errors))


def _of_second_order(here: Solved, solve: Solve) -> Iterator[Greek]:
    """Vanna and volga of the prices whose volatilities can be moved both ways."""
    pairs, found = here.model.pairs, here.found
    each = [_Wider(here, solve, pair) for pair in pairs]
    for number, (measure, subject, unit) in enumerate(of_second_order(pairs, here.asset)):
        which = number % len(pairs)
        wider, step = each[which], MOVED_WIDELY if measure == "volga" else MOVED_TWICE
        if not _can_fall(here, which, step):
            continue
        if measure == "volga":
            told = _with_errors(found, partial(wider.volga, step))
        elif which >= len(found.found.deltas):
            continue
        elif is_local(here.movers[which]):
            spot = SPOT_MOVED * here.market.spot(*pairs[which])
            told = _with_errors(found, partial(wider.twist, spot, step))
        else:
            told = _with_errors(found, partial(wider.vanna, which, step))
        is_own = measure == "vanna" and not is_local(here.movers[which])
        estimator = DELTAS_AGAIN if is_own else AGAIN
        error = told.error + _left(here, measure, which)
        yield Greek(measure, subject, told.value, unit, estimator, bias_bound=error)


@dataclass(frozen=True)
class _Wider:
    """What is found once the volatilities of a price have moved."""

    here: Solved
    solve: Solve
    pair: Pair
    known: dict[tuple[float, float], Extrapolated] = field(default_factory=dict)

    def found(self, wider: float, up: float = 0.0) -> Extrapolated:
        """And its spot as well."""
        if wider == up == 0.0:
            return self.here.found
        if (wider, up) not in self.known:
            moved = with_volatility(self.here.market, self.pair, wider)
            moved = with_spot(moved, self.pair, up) if up else moved
            self.known[wider, up] = self.solve(moved, 0.0)
        return self.known[wider, up]

    def volga(self, step: float, of: Of) -> Difference:
        return curvature(lambda wider: of(self.found(wider)).value, step)

    def vanna(self, which: int, step: float, of: Of) -> Difference:
        return slope(lambda wider: delta_of(which, of(self.found(wider))), step)

    def twist(self, spot: float, step: float, of: Of) -> Difference:
        return twist(lambda up, wider: of(self.found(wider, up)).value, spot, step)


def _can_fall(here: Solved, which: int, by: float) -> bool:
    """Whether a volatility is large enough to be moved down, by twice a step."""
    variance = here.model.numbers.variance[-1, which]
    years = float(here.model.numbers.years[-1])
    return bool(years > 0.0 and variance > years * (4 * by) ** 2)
