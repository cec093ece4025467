"""Many lognormal spots with term structures of rates, carries and volatilities.

Under the measure of the reporting asset's money account, spot(a, c) has

    d log S = (r_c - q_a - sigma^2 / 2 - rho sigma sigma_x) dt + sigma dW,

the last drift term only where the cash c is not the reporting asset: rho and sigma_x are those of
the price of c in the reporting asset (the quanto adjustment; Hull, Options, Futures, and Other
Derivatives, ch. 30). Rates and volatilities are deterministic; forward rates and variances are
those that the market's curves imply. Indices follow their projections, so that nothing about them
is random; where rates alone move, `rates/paths` moves them.

`rows` is written for NumPy and, so that tests can differentiate it by the shifts, for JAX.
"""

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Program, Terms
from rfos_lang.path.program import PathProgram
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.market_on_timeline import (
    Array,
    Curve,
    Numbers,
    Reading,
    curves_of,
    spot_feeds,
)
from rfos_lang.valuation.path.numpy_printer import Tick
from rfos_lang.valuation.path.timeline import Floats, Timeline
from rfos_lang.valuation.result import LOGNORMAL


class Shifts(NamedTuple):
    """Where the market is moved to; `spots[m]` are values, all others are added: `volatilities[m]`
    and `curves[c]` in parallel, `time` in years the valuation moves ahead, the contract's instants
    standing still. Curves keep their shape in years to maturity."""

    spots: Array
    volatilities: Array
    curves: Array
    time: Array


class Rows(NamedTuple):
    """What a simulation reads: `start[m]` log spots; each step's `drift` and `deviation` `[n, m]`
    of their change; `worths[n, w]`; `still[n, f]`."""

    start: Array
    drift: Array
    deviation: Array
    worths: Array
    still: Array


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A market, made ready for one timeline. `feeds` and `quotes` say which spot (of `pairs`) a
    feed or asset slot is; `curves` which curves matter."""

    pairs: tuple[Pair, ...]
    curves: tuple[Curve, ...]
    feeds: tuple[tuple[int, int], ...]
    quotes: tuple[tuple[int, int], ...]
    numbers: Numbers
    unmoved: Shifts

    @property
    def read(self) -> tuple[int, ...]:
        """The spots that a contract depends on, each once: what it observes and what it pays."""
        return tuple(dict.fromkeys(pair for _, pair in (*self.feeds, *self.quotes)))

    @property
    def name(self) -> str:
        """The dynamics in a word; without a spot nothing is left of them but projections."""
        return LOGNORMAL if self.pairs else "projected curves"


def prepared(
    program: Program,
    terms: Terms,
    paths: PathProgram,
    line: Timeline,
    market: Market,
    reporting: int,
    passed: float | None = None,
) -> Lognormal:
    """The market of an instance on its timeline; or with `passed`, once so many years have passed,
    for its value alone: then the numbers have no derivatives.

    Raises Refused E0605, E0607, E0616 for what the market lacks, E0654 for a feed that is no spot
    and no index.
    """
    told_in = terms.assets[reporting]
    feeds = {slot: _pair(program, terms, slot) for slot in sorted(spot_feeds(program))}
    quotes = {slot: (terms.assets[slot], told_in) for slot in paths.quotes}
    wanted = list(dict.fromkeys([*feeds.values(), *quotes.values()]))
    exchange = [(cash, told_in) for _, cash in wanted if cash != told_in]
    pairs = tuple(dict.fromkeys([*wanted, *exchange]))
    curves = curves_of(program, terms, paths, market, pairs, told_in)
    reading = Reading(program, terms, paths, line, pairs, curves, told_in)
    return Lognormal(
        pairs,
        curves,
        tuple((slot, pairs.index(pair)) for slot, pair in feeds.items()),
        tuple((slot, pairs.index(pair)) for slot, pair in quotes.items()),
        reading.numbers(market) if passed is None else reading.unmoved(market, passed),
        Shifts(
            np.array([market.spot(*pair) for pair in pairs], dtype=np.float64),
            np.zeros(len(pairs)),
            np.zeros(len(curves)),
            np.zeros(()),
        ),
    )


def rows(numbers: Numbers, shifts: Shifts, xp: ModuleType = np) -> Rows:
    """What a simulation reads, in the market moved by `shifts`.

    First order in all shifts but those of spots and volatilities, which are exact.
    """
    volatility = xp.sqrt(numbers.variance / _positive(numbers.years, xp)[:, None])
    wider = (2 * volatility + shifts.volatilities) * numbers.years[:, None]
    variance = numbers.variance + wider * shifts.volatilities
    variance = variance - numbers.variance_slope * shifts.time
    step = _changes(variance, xp)
    deviation = _root(step, xp)
    adjusted = deviation * (deviation @ numbers.quanto.T if numbers.quanto.size else 0.0)
    drift = numbers.drift + numbers.drift_loading @ shifts.curves
    drift = _changes(drift - numbers.drift_slope * shifts.time, xp) - step / 2 - adjusted
    paid = numbers.paid + numbers.paid_loading @ shifts.curves
    still = numbers.still + numbers.still_loading @ shifts.curves
    return Rows(
        xp.log(shifts.spots),
        drift,
        deviation,
        xp.exp(-(paid - numbers.paid_slope * shifts.time)),
        still - numbers.still_slope * shifts.time,
    )


def pulled_back(numbers: Numbers, shifts: Shifts, by_rows: Rows) -> Shifts:
    """The derivatives of a value by every shift, from those by what a simulation reads: the adjoint
    of `rows`. Leading axes of `by_rows`, such as blocks of paths, are kept."""
    at = rows(numbers, shifts)
    by_drift, by_deviation = by_rows.drift, by_rows.deviation
    if numbers.quanto.size:
        converting = at.deviation @ numbers.quanto.T
        crossed = (by_drift * at.deviation) @ numbers.quanto
        by_deviation = by_deviation - by_drift * converting - crossed
    random = at.deviation > 0.0
    root = np.where(random, at.deviation, 1.0)
    by_variance = _totals(np.where(random, by_deviation / (2.0 * root), 0.0) - by_drift / 2.0)
    by_total, by_paid = _totals(by_drift), -by_rows.worths * at.worths
    volatility = np.sqrt(numbers.variance / _positive(numbers.years, np)[:, None])
    raised = 2.0 * (volatility + shifts.volatilities) * numbers.years[:, None]
    parts = (
        (by_total, numbers.drift_loading, numbers.drift_slope),
        (by_paid, numbers.paid_loading, numbers.paid_slope),
        (by_rows.still, numbers.still_loading, numbers.still_slope),
    )
    time = -np.sum(by_variance * numbers.variance_slope, axis=(-2, -1))
    curves = np.zeros((*np.shape(time), len(shifts.curves)))
    for part, loading, slope in parts:
        time = time - np.sum(part * slope, axis=(-2, -1))
        curves += np.sum(part[..., None] * loading, axis=(-3, -2))
    return Shifts(by_rows.start / shifts.spots, np.sum(by_variance * raised, axis=-2), curves, time)


def _totals(by_changes: Floats) -> Floats:
    """The derivatives by totals, from those by their changes from step to step."""
    after = np.zeros_like(by_changes)
    after[..., :-1, :] = by_changes[..., 1:, :]
    return by_changes - after


def ticks(
    model: Lognormal, prepared_rows: Rows, normals: Iterable[NDArray[np.float64]]
) -> Iterator[Tick]:
    """The market along each step, from independent normals `[m, paths]` for each."""
    logarithm = prepared_rows.start[:, None]
    after = [np.exp(part) for part in logarithm]
    for number, independent in enumerate(normals):
        before = after
        correlated = model.numbers.factor @ independent
        deviation = prepared_rows.deviation[number]
        change = prepared_rows.drift[number][:, None] + deviation[:, None] * correlated
        logarithm = logarithm + change
        after = [np.exp(part) for part in logarithm]
        feeds: dict[int, Any] = dict(enumerate(prepared_rows.still[number]))
        feeds.update((slot, after[pair]) for slot, pair in model.feeds)
        yield Tick(
            feeds,
            {slot: after[pair] for slot, pair in model.quotes},
            {slot: before[pair] for slot, pair in model.feeds},
            {slot: deviation[pair] ** 2 for slot, pair in model.feeds},
        )


def _pair(program: Program, terms: Terms, feed: int) -> Pair:
    asset, cash = program.feeds[feed].assets
    return terms.assets[asset], terms.assets[cash]


def _changes(totals: Array, xp: ModuleType) -> Array:
    return xp.diff(totals, axis=0, prepend=xp.zeros_like(totals[:1]))


def _positive(years: Array, xp: ModuleType) -> Array:
    return xp.where(years > 0.0, years, 1.0)


def _root(variance: Array, xp: ModuleType) -> Array:
    """The square root, with a derivative of 0 where there is no variance."""
    random = variance > 0.0
    return xp.where(random, xp.sqrt(xp.where(random, variance, 1.0)), 0.0)
