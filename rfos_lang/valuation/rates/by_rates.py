"""Contracts that depend on nothing but rates: their value, and how it moves.

Payments are projected and discounted where rates are certain, or where amounts are sums of
products of fixings: then also under Hull and White's model nothing is integrated, and what a
payment at another date than its fixing's own is worth more or less (convexity) is exact. Amounts
that bend, and choices, are integrated over the factor, date by date.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil, isfinite, log10

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.unit import TIME, base
from rfos_lang.core.program import Choice
from rfos_lang.valuation.curve import RateCurve, date_after
from rfos_lang.valuation.greek_names import RATE_GAMMA, RATE_VANNA
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import Curve, curve_of, shifted
from rfos_lang.valuation.quote_greeks import quote_greeks
from rfos_lang.valuation.rates.amounts import products
from rfos_lang.valuation.rates.backward import Found, value
from rfos_lang.valuation.rates.curves import Curves
from rfos_lang.valuation.rates.hull_white import MODEL, STILL, HullWhite
from rfos_lang.valuation.rates.reading import Course, read
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Greek, Valuation
from rfos_lang.valuation.second_differences import Difference, curvature, twist

CERTAIN = "projected curves"
DISCOUNTING, INTEGRATED = "discounting", "quadrature"
ESTIMATOR = "bump"
RATE_STEP, VOLATILITY_STEP, TIME_STEP = 1e-5, 1e-4, 1e-5
RATE_STEP_TWICE, VOLATILITY_STEP_TWICE = 1e-3, 5e-4
"""For derivatives of second order, which rounding would hide over less."""
WIDER = 10
"""How many times wider steps are where values are integrated."""
COARSER = 0.5
ROUNDING = 1e-11
MOST_DEVIATION = 2.0
"""Of the logarithm of a bond: what is integrated reaches out eight deviations of the factor."""
MEASURE = "key rate"
"""The Greek to one point of a curve; those of all points add up to rho."""


def by_rates(request: Request) -> Valuation:
    """The value of an instance from its rates. Raises NoReading; Refused for what the market
    lacks."""
    market, told_in = request.market, request.terms.assets[request.reporting]
    course = read(request.program, request.terms, market, request.seasoned, request.reporting)
    model = market.hull_white.get(told_in, STILL)
    task = _Task(course, told_in)
    found = task.found(market, model)
    moves = model.until(1.0).moves
    greeks = tuple(_Greeks(task, market, model, found.integrated).all()) if request.greeks else ()
    return Valuation(
        found.value,
        told_in,
        INTEGRATED if found.integrated else DISCOUNTING,
        MODEL if moves else CERTAIN,
        bias_bound=task.bias(market, model, found) if found.integrated else None,
        greeks=greeks,
        notes=tuple(_notes(course, market, moves, found)),
    )


@dataclass(frozen=True, slots=True)
class _Task:
    course: Course
    told_in: str

    def found(self, market: Market, model: HullWhite, passed: float = 0.0) -> Found:
        """The value in a market. Raises Refused E0635 if rates move too much, E0655 if the value is
        not finite."""
        curves = Curves(self.course, market, self.told_in, model, passed)
        if (deviation := curves.deviation) > MOST_DEVIATION:
            raise Refused("E0635", asset=self.told_in, deviation=f"{deviation:.3g}")
        found = value(curves)
        if not isfinite(found.value):
            raise Refused("E0655", contract=self.course.program.name)
        return found

    def bias(self, market: Market, model: HullWhite, found: Found) -> float:
        """How far the value is from that of functions looked at half as finely: the next power of
        ten, and never less than what rounding leaves."""
        curves = Curves(self.course, market, self.told_in, model)
        apart = abs(value(curves, COARSER).value - found.value)
        least = max(apart, ROUNDING * abs(found.value))
        return float(10.0 ** ceil(log10(least))) if least > 0.0 else 0.0


def _notes(course: Course, market: Market, moves: bool, found: Found) -> Iterator[str]:
    """What is to be said of a value."""
    flows = list(course.flows)
    chosen = any(isinstance(clause, Choice) for clause in course.program.clauses)
    if not moves and (chosen or any(products(flow.amount) is None for flow in flows)):
        what = "a choice is" if chosen else "amounts that bend are"
        told = course.terms.assets[flows[0].asset] if flows else "USD"
        yield (
            f"Rates are taken as certain, so {what} worth what the curves imply, without time "
            f'value: give the market a volatility of rates, `{told} = {{ reversion = "3%", '
            'volatility = "1%" }` under [hull_white].'
        )
    if found.integrated:
        yield "Choices and amounts that bend are integrated over the factor that moves all rates."
    last = max((flow.years for flow in flows), default=0.0)
    for name, curve in sorted(_named(course, market)):
        end = curve.knots[-1][0]
        if len(curve.knots) > 1 and end < last - 7 / 365:
            yield f"The zero rate of {name} is taken as flat after {date_after(market.as_of, end)}."


def _named(course: Course, market: Market) -> set[tuple[str, RateCurve]]:
    return {(name, curve_of(market, (kind, name))) for kind, name in curves_of(course, market)}


def curves_of(course: Course, market: Market) -> tuple[Curve, ...]:
    """Every curve that a course may depend on."""
    found: list[Curve] = []
    for asset in {flow.asset: None for flow in course.flows}:
        ticker = course.terms.assets[asset]
        found.append(("rate" if ticker in market.rates else "carry", ticker))
    for index in course.indices.values():
        name = market.index_curve(index).curve
        found.append(("curve" if name in market.curves else "rate", name))
    return tuple(dict.fromkeys(found))


def _bent(market: Market, curve: Curve, knot: int, by: float) -> Market:
    """The market with one point of a curve moved."""
    (kind, name), moved = curve, curve_of(market, curve).bent(knot, by)
    match kind:
        case "curve":
            return replace(market, curves={**market.curves, name: moved})
        case "rate":
            return replace(market, rates={**market.rates, name: moved})
        case _:
            return replace(market, yields={**market.yields, name: moved})


def _told(measure: str, subject: str, found: Difference, unit: str) -> Greek:
    return Greek(measure, subject, found.value, unit, ESTIMATOR, bias_bound=found.error)


@dataclass(frozen=True, slots=True)
class _Greeks:
    """Central differences of the value."""

    task: _Task
    market: Market
    model: HullWhite
    integrated: bool

    def all(self) -> Iterator[Greek]:
        told = base(self.task.told_in)
        curves = curves_of(self.task.course, self.market)
        for curve in curves:
            kind = "carry" if curve[0] == "carry" else "rho"
            by = self.by_market(lambda step, c=curve: shifted(self.market, c, step))  # type: ignore[misc]
            yield Greek(kind, curve[1], by, str(told), ESTIMATOR)
        for curve in curves if not self.integrated else ():
            yield from self.key_rates(curve)
        yield from quote_greeks(self.market, self.by_market, str(told), ESTIMATOR)
        if self.model.until(1.0).moves:
            step = VOLATILITY_STEP
            up, down = (self.valued(self.market, self.model.raised(s)) for s in (step, -step))
            subject = f"{MODEL}({self.task.told_in})"
            yield Greek("vega", subject, (up - down) / (2 * step), str(told), ESTIMATOR)
        yield from self.second_order(str(told))
        step = TIME_STEP * (WIDER if self.integrated else 1)
        later, sooner = (self.valued(self.market, self.model, s) for s in (step, -step))
        yield Greek("theta", "", (later - sooner) / (2 * step), str(told / TIME), ESTIMATOR)

    def key_rates(self, curve: Curve) -> Iterator[Greek]:
        """How the value moves with each point of a curve that has several."""
        knots = curve_of(self.market, curve).knots
        for knot, (years, _) in enumerate(knots if len(knots) > 1 else ()):
            by = self.by_market(lambda step, k=knot: _bent(self.market, curve, k, step))  # type: ignore[misc]
            if by == 0.0:
                continue
            subject = f"{curve[1]} {date_after(self.market.as_of, years)}"
            yield Greek(MEASURE, subject, by, str(base(self.task.told_in)), ESTIMATOR)

    def second_order(self, unit: str) -> Iterator[Greek]:
        """How rho and vega move: with the rates of each curve, and with the volatility of rates, as
        far as that can be moved both ways."""
        model, lowest = self.model, min((v for _, v in self.model.volatility), default=0.0)
        wider, factor = min(VOLATILITY_STEP_TWICE, lowest / 4), f"{MODEL}({self.task.told_in})"
        for kind, name in curves_of(self.task.course, self.market):
            if kind == "carry":
                continue

            def at(by: float, more: float = 0.0, curve: Curve = (kind, name)) -> float:
                return self.valued(shifted(self.market, curve, by), model.raised(more))

            found = curvature(at, RATE_STEP_TWICE)
            yield _told(RATE_GAMMA, name, found, unit)
            if wider > 0.0:
                twisted = twist(at, RATE_STEP_TWICE, wider)
                yield _told(RATE_VANNA, f"{name}, {factor}", twisted, unit)
        if wider > 0.0:
            found = curvature(lambda more: self.valued(self.market, model.raised(more)), wider)
            yield _told("volga", factor, found, unit)

    def by_market(self, moved: Callable[[float], Market]) -> float:
        step = RATE_STEP * (WIDER if self.integrated else 1)
        up, down = (moved(sign * step) for sign in (1, -1))
        return (self.valued(up, self.model_in(up)) - self.valued(down, self.model_in(down))) / (
            2 * step
        )

    def model_in(self, market: Market) -> HullWhite:
        """The factor in a market, which may move with quotes of options."""
        return market.hull_white.get(self.task.told_in, self.model)

    def valued(self, market: Market, model: HullWhite, passed: float = 0.0) -> float:
        return self.task.found(market, model, passed).value
