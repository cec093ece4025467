"""Backward quadrature: the value from date to date, its Greeks from the first integral and by
integrating again in moved markets."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import isfinite

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.unit import TIME, base
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Program, Terms, Watch
from rfos_lang.path.lowering import lowered
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.finite_differences.no_grid import NoGrid
from rfos_lang.valuation.finite_differences.outcomes import Instance
from rfos_lang.valuation.finite_differences.task import Task, prices_of
from rfos_lang.valuation.market import Market, spot_name
from rfos_lang.valuation.market_on_timeline import shifted
from rfos_lang.valuation.moved_market import with_volatility
from rfos_lang.valuation.path.timeline import Timeline, timeline
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.result import LOGNORMAL, Greek, Valuation
from rfos_lang.valuation.transitions.backward import Backward, Extent, bends, extents

METHOD = "backward quadrature"
NODES, FEWER = 16, 12
"""Of each panel; and for the bias, which is how much fewer nodes change the value."""
MOVED = 1e-4
"""By how much volatilities, rates and time are moved for Greeks."""
SHARE_PASSED = 0.05
"""But no more time than this part of that to the next date."""
ROUNDING = 1e-13
FROM_THE_INTEGRAL = "derivative of the integral"
AGAIN = "bump, integrated again"


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
    orders = course.orders(market)
    found, slope, bend = orders
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
    extents: tuple[Extent, ...]
    bends: tuple[tuple[float, ...], ...]
    nodes_each: int

    def orders(self, market: Market, passed: float = 0.0) -> tuple[float, float, float]:
        """The value to the first party, and its two derivatives by the logarithm of the price."""
        instance = _instance(self.task, self.line, market, passed)
        found = Backward(instance, self.extents, self.bends, self.nodes_each).worth()
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
    line = timeline(program, terms, task.program, market.as_of, standing, ())
    model = task.model(line, market)
    if prices_of(model) != 1:
        raise NoGrid("it depends on more than one price")
    instance = task.instance(line, model, model_lognormal.rows(model.numbers, model.unmoved))
    reach = extents(instance)
    return _Course(task, line, reach, bends(instance, reach), NODES)


def _instance(task: Task, line: Timeline, market: Market, passed: float = 0.0) -> Instance:
    model = task.model(line, market, passed)
    return task.instance(line, model, model_lognormal.rows(model.numbers, model.unmoved))


def _greeks(course: _Course, market: Market, slope: float, bend: float) -> Iterator[Greek]:
    """Conventions as of `smooth_greeks`."""
    task = course.task
    told = base(task.terms.assets[task.reporting])
    model = task.model(course.line, market)
    pair = model.pairs[0]
    spot, name, unit = market.spot(*pair), spot_name(*pair), base(pair[1]) / base(pair[0])
    by_price = Greek("delta", name, slope / spot, str(told / unit), FROM_THE_INTEGRAL)
    yield by_price
    yield replace(
        by_price, measure="gamma", value=(bend - slope) / spot**2, unit=str(told / unit / unit)
    )

    def greek(measure: str, subject: str, moved: Callable[[float], Market]) -> Greek:
        up, down = (course.orders(moved(by))[0] for by in (MOVED, -MOVED))
        return Greek(measure, subject, (up - down) / (2 * MOVED), str(told), AGAIN)

    yield greek("vega", name, partial(with_volatility, market, pair))
    for curve in model.curves:
        measure = "rho" if curve[0] == "rate" else "carry"
        yield greek(measure, curve[1], partial(shifted, market, curve))
    passed = min(MOVED, SHARE_PASSED * min(each for each in course.line.years if each > 0.0))
    later, sooner = (course.orders(market, by)[0] for by in (passed, -passed))
    yield Greek("theta", "", (later - sooner) / (2 * passed), str(told / TIME), AGAIN)


def _described(course: _Course) -> str:
    """One sentence on the integrals."""
    dates = sum(course.line.years > 0.0)
    return (
        f"Integrated backward over the price of {dates:,} dates; the bias is how much "
        f"{FEWER} nodes to a panel instead of {NODES} change the value."
    )
