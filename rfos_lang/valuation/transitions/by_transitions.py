"""Backward quadrature: the value from date to date, its Greeks from the first integral and by
integrating again in moved markets."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import isfinite

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.path.lowering import lowered
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.bends import bends
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.task import Task, prices_of
from rfos_lang.valuation.greek_names import crossed, names, of_second_order
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import Curve, shifted
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.timeline import Floats, Timeline, timeline
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import LOGNORMAL, Greek, Valuation
from rfos_lang.valuation.second_differences import Difference, curvature
from rfos_lang.valuation.second_differences import slope as change_of
from rfos_lang.valuation.transitions.backward import Backward
from rfos_lang.valuation.transitions.dates import Dates, dates_of

METHOD = "backward quadrature"
NODES, FEWER = 16, 12
"""Of each panel; and for the bias, which is how much fewer nodes change the value."""
MOVED = 1e-4
"""By how much volatilities, rates and time are moved for Greeks."""
SHARE_PASSED = 0.05
"""But no more time than this part of that to the next date."""
STILLEST = 2 * MOVED
"""A lower volatility could not be moved for vega."""
ROUNDING = 1e-13
FROM_THE_INTEGRAL = "derivative of the integral"
AGAIN = "bump, integrated again"
MOVED_TWICE = 4e-3
"""How far volatilities are moved to see how delta and vega move."""


def value(
    program: Program,
    terms: Terms,
    market: Market,
    *,
    greeks: bool = True,
    standing: meaning.Standing | None = None,
    reporting: int | None = None,
) -> Valuation:
    """The value of an instance to its first party, each choice taken as its chooser does best.

    Arguments as of `monte_carlo.value`. Raises NoGrid with the reason if something happens between
    dates, if it depends on more than one price, or remembers one; Refused E06xx for what the market
    lacks.
    """
    reporting = reporting_asset(program) if reporting is None else reporting
    course = _course(program, terms, market, standing, reporting)
    found, slope, bend = course.orders(market)
    if not isfinite(found):
        raise Refused("E0655", contract=program.name)
    rough, *_ = replace(course, nodes_each=FEWER).orders(market)
    result = Valuation(
        found,
        terms.assets[reporting],
        METHOD,
        LOGNORMAL,
        bias_bound=abs(found - rough) + ROUNDING * abs(found),
        notes=(_described(course),),
    )
    if not greeks:
        return result
    return replace(result, greeks=tuple(_greeks(course, market, slope, bend)))


@dataclass(frozen=True, slots=True)
class _Course:
    """An instance on its dates; nodes stay as they are when the market moves."""

    task: Task
    line: Timeline
    dates: Dates
    nodes_each: int

    def orders(
        self, market: Market, passed: float = 0.0, raised: Floats | float = 0.0
    ) -> tuple[float, float, float]:
        """The value to the first party, and its two derivatives by the logarithm of the price, once
        so many years have passed and with the volatilities of the model's prices raised."""
        model = self.task.model(self.line, market, passed)
        shifts = model.unmoved._replace(volatilities=model.unmoved.volatilities + raised)
        rows = model_lognormal.rows(model.numbers, shifts)
        instance = self.task.instance(self.line, model, rows)
        found = Backward(instance, self.dates, self.nodes_each).worth()
        own = self.task.program.values[self.task.program.parties.index(0)]
        first, second, third = found.orders[:, instance.told.slots.index(own)].tolist()
        return first, second, third


def _course(
    program: Program,
    terms: Terms,
    market: Market,
    standing: meaning.Standing | None,
    reporting: int,
) -> _Course:
    for clause in program.clauses:
        if isinstance(clause, Watch) and clause.feeds:
            raise NoGrid("it watches a price all the time")
        if isinstance(clause, Choice) and clause.any_time:
            raise NoGrid("it may be exercised at any time")
        if isinstance(clause, Choice) and program.escrow is not None:
            raise NoGrid("it has choices and an escrow")
    task = Task(program, lowered(program, reporting), terms, reporting)
    if any(region.stores for region in task.program.step):
        raise NoGrid("it remembers what it has observed on each of its dates")
    # Two volatilities are multiplied step by step: so no step may reach over a bend of theirs.
    between = bends(terms, market) if len(terms.assets) > 2 else ()
    line = timeline(program, terms, task.program, market.as_of, standing, between)
    model = task.model(line, market)
    if prices_of(model) != 1:
        raise NoGrid("it depends on more than one price")
    instance = task.instance(line, model, model_lognormal.rows(model.numbers, model.unmoved))
    return _Course(task, line, dates_of(instance), NODES)


def _is_still(rows: Rows, years: Floats) -> bool:
    """Whether the price hardly moves in one of the steps that take time."""
    spans = np.diff(years, prepend=0.0)
    moving = spans > 0.0
    return bool(np.any(rows.deviation[moving, 0] <= STILLEST * np.sqrt(spans[moving])))


def _greeks(course: _Course, market: Market, slope: float, bend: float) -> Iterator[Greek]:
    """Conventions as of `smooth_greeks`. Of the model's prices the first one is integrated over;
    others, the currencies of its cash, matter by their volatility alone."""
    model = course.task.model(course.line, market)
    if _is_still(model_lognormal.rows(model.numbers, model.unmoved), course.line.years):
        raise NoGrid("its volatility is next to nothing")
    spot, for_all = market.spot(*model.pairs[0]), [0.0] * (len(model.pairs) - 1)

    def change(moved: Callable[[float], tuple[float, float, float]], by: float = MOVED) -> float:
        (up, *_), (down, *_) = moved(by), moved(-by)
        return (up - down) / (2 * by)

    by_price = [slope / spot, *for_all, (bend - slope) / spot**2, *for_all]

    def vega(own: Floats) -> float:
        return change(lambda by: course.orders(market, raised=by * own))

    def by_curve(curve: Curve) -> float:
        return change(lambda by: course.orders(shifted(market, curve, by)))

    again = [*map(vega, np.eye(len(model.pairs))), *map(by_curve, model.curves)]
    passed = min(MOVED, SHARE_PASSED * min(each for each in course.line.years if each > 0.0))
    again.append(change(lambda by: course.orders(market, passed=by), passed))
    told = names(model.pairs, model.curves, course.task.terms.assets[course.task.reporting])
    for (measure, subject, unit), number in zip(told, [*by_price, *again], strict=True):
        estimator = FROM_THE_INTEGRAL if measure in ("delta", "gamma") else AGAIN
        yield Greek(measure, subject, float(number), unit, estimator)
    yield from _of_second_order(course, market)


def _of_second_order(course: _Course, market: Market) -> Iterator[Greek]:
    """Vanna and volga of the prices whose volatility can be moved both ways, and cross gammas; the
    value depends on other prices than the first by their volatility alone."""
    model, asset = course.task.model(course.line, market), course.task.terms.assets
    told_in, each = asset[course.task.reporting], np.eye(len(model.pairs))
    spot, lowest = market.spot(*model.pairs[0]), _lowest_volatilities(model, course.line.years)
    for number, (measure, subject, unit) in enumerate(of_second_order(model.pairs, told_in)):
        which = number % len(model.pairs)
        if lowest[which] <= 4 * MOVED_TWICE:
            continue
        wider = partial(_wider, course, market, each[which])
        if measure == "volga":
            found, estimator = curvature(partial(wider, 0), MOVED_TWICE), AGAIN
        elif which == 0:
            by_log = change_of(partial(wider, 1), MOVED_TWICE)
            found = Difference(by_log.value / spot, by_log.error / spot)
            estimator = f"{FROM_THE_INTEGRAL}, {AGAIN}"
        else:
            found, estimator = Difference(0.0, 0.0), FROM_THE_INTEGRAL
        yield Greek(measure, subject, found.value, unit, estimator, bias_bound=found.error)
    for _, _, (measure, subject, unit) in crossed(model.pairs, told_in):
        yield Greek(measure, subject, 0.0, unit, FROM_THE_INTEGRAL)


def _wider(course: _Course, market: Market, own: Floats, order: int, by: float) -> float:
    """A derivative by the logarithm of the price once the volatility of a price has moved."""
    return course.orders(market, raised=by * own)[order]


def _lowest_volatilities(model: Lognormal, years: Floats) -> Floats:
    """The lowest volatility of each price up to a date ahead."""
    ahead = years > 0.0
    variance = np.asarray(model.numbers.variance)[ahead]
    return np.sqrt(np.min(variance / years[ahead, None], axis=0, initial=np.inf))


def _described(course: _Course) -> str:
    """One sentence on the integrals."""
    dates = sum(course.line.years > 0.0)
    return (
        f"Integrated backward over the price of {dates:,} dates; the bias is how much "
        f"{FEWER} nodes to a panel instead of {NODES} change the value."
    )
