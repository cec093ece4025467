"""A contract that is lived through once: where nobody decides by what is best, and rates alone
matter, taken as certain.

So are valued choices of how much and how often, under the market's plan, and annuities that are
worked out anew from observed rates: what no path program can say, the meaning itself does, on the
fixings that the curves imply. Amounts are not rounded, so that they move evenly with the market.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import exp, fsum

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.unit import TIME, base
from rfos_lang.core.program import Choice, Program
from rfos_lang.valuation.credit.lives import Cash, Living
from rfos_lang.valuation.index_names import index_name
from rfos_lang.valuation.lived import facilities
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import Curve, shifted
from rfos_lang.valuation.moved_market import later
from rfos_lang.valuation.quote_greeks import quote_greeks
from rfos_lang.valuation.rates.no_reading import NoReading
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Greek, Valuation

METHOD, PLANNED, MODEL = "discounting", "discounting of a plan", "projected curves"
ESTIMATOR = "bump"
PLACES = 12
"""Decimals that amounts are kept to."""
STEP, TIME_STEP = 1e-5, 1e-5


def by_life(request: Request) -> Valuation:
    """The value of an instance that is lived through once. Raises NoReading; Refused E0658 without
    a plan, E0661 for one that the contract does not admit, E0605 for what the market lacks."""
    program, market = request.program, request.market
    if any(feed.kind == "spot" for feed in program.feeds):
        raise NoReading("it depends on a price, and a plan knows none")
    if program.perpetual:
        raise Refused("E0653", contract=program.name)
    if any(isinstance(c, Choice) and not c.is_facility for c in program.clauses):
        raise NoReading("somebody also decides by what is best")
    task = _Task(request)
    value = task.value(market)
    greeks = tuple(_greeks(task, market)) if request.greeks else ()
    told = request.terms.assets[request.reporting]
    planned = bool(facilities(program))
    method = PLANNED if planned else METHOD
    return Valuation(value, told, method, MODEL, greeks=greeks, notes=tuple(_notes(task, market)))


def _notes(task: "_Task", market: Market) -> Iterator[str]:
    program = task.request.program
    if names := [_name(program, each) for each in facilities(program).values()]:
        taken = ", ".join(f"`{name}` {_often(len(market.plan[name]))}" for name in names)
        yield f"It is valued as the market's plan says: {taken}."
    if any(feed.kind == "index" for feed in program.feeds):
        yield "Rates are taken as certain: each fixing is what its curve implies."


def _often(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _name(program: Program, choice: Choice) -> str:
    return f"{program.parties[choice.party]} {choice.name}"


@dataclass(frozen=True, slots=True)
class _Task:
    request: Request

    def value(self, market: Market, passed: float = 0.0) -> float:
        """What is paid on a market's fixings, discounted by it, once some years have passed."""
        paid = self.paid(later(market, passed) if passed else market)
        return fsum(self._worth(cash, market, passed) for cash in paid)

    def paid(self, market: Market) -> list[Cash]:
        """What the first party is paid from the request's date on."""
        asked = self.request
        terms = replace(asked.terms, places=(PLACES,) * len(asked.terms.places))
        living = Living(asked.program, terms, market, "")
        first = max(asked.market.as_of, terms.start)
        plan, standing, found = self.plan(first), asked.before.standing, list[Cash]()
        instants = sorted({*living.instants(first), *plan})
        for now in instants:
            try:
                standing, paid = living.fired(standing, now, False, False, plan.get(now, {}))
            except NoReading as problem:
                named = {"contract": asked.program.name, "reason": problem.reason}
                raise Refused("E0661", **named) from None
            found += paid
            if standing.ended:
                break
        return found

    def plan(self, first: int) -> dict[int, dict[int, tuple[int, ...]]]:
        """By instant and clause what is chosen, in the smallest units. Raises Refused E0658."""
        found: dict[int, dict[int, tuple[int, ...]]] = {}
        program, market = self.request.program, self.request.market
        for clause, choice in facilities(program).items():
            if (told := market.plan.get(_name(program, choice))) is None:
                party = program.parties[choice.party]
                named = {"party": party, "choice": choice.name}
                raise Refused("E0658", contract=program.name, **named)
            for at, amounts in told.items():
                if len(amounts) != len(choice.amounts):
                    reason = f"`{_name(program, choice)}` names {len(choice.amounts)} amounts"
                    raise Refused("E0661", contract=program.name, reason=reason)
                if at >= first:
                    units = tuple(round(amount * 10**PLACES) for amount in amounts)
                    found.setdefault(at, {})[clause] = units
        return found

    def _worth(self, cash: Cash, market: Market, passed: float) -> float:
        asset = self.request.terms.assets[cash.asset]
        told = self.request.terms.assets[self.request.reporting]
        years = market.years(cash.due)
        years = max(years - passed, 0.0) if years > 0.0 else 0.0
        if asset == told:
            return cash.amount * exp(-market.rate_curve(asset).total(years))
        grown = market.carry_curve(asset).total(years)
        return cash.amount * market.spot(asset, told) * exp(-grown)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """Every curve that the value may depend on."""
        program, terms, market = self.request.program, self.request.terms, self.request.market
        assets = dict.fromkeys(terms.assets[cash.asset] for cash in self.paid(market))
        found: list[Curve] = [("rate" if a in market.rates else "carry", a) for a in assets]
        for slot, feed in enumerate(program.feeds):
            name = index_name(program, terms, slot) if feed.kind == "index" else ""
            if name and market.is_projected(name):
                curve = market.index_curve(name).curve
                found.append(("curve" if curve in market.curves else "rate", curve))
        return tuple(dict.fromkeys(found))


def _greeks(task: _Task, market: Market) -> Iterator[Greek]:
    """Central differences of the value."""
    told = base(task.request.terms.assets[task.request.reporting])

    def slope(moved: Callable[[float], Market]) -> float:
        up, down = (task.value(moved(step)) for step in (STEP, -STEP))
        return (up - down) / (2 * STEP)

    for curve in task.curves:
        kind = "carry" if curve[0] == "carry" else "rho"
        by = slope(lambda step, c=curve: shifted(market, c, step))  # type: ignore[misc]
        yield Greek(kind, curve[1], by, str(told), ESTIMATOR)
    yield from quote_greeks(market, slope, str(told), ESTIMATOR)
    ahead, behind = (task.value(market, step) for step in (TIME_STEP, -TIME_STEP))
    yield Greek("theta", "", (ahead - behind) / (2 * TIME_STEP), str(told / TIME), ESTIMATOR)
