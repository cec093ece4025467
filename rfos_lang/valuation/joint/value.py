"""The value of an instance whose payoffs are of jointly lognormal prices, and its Greeks.

Greeks are differences of the value by what `Shifts` moves, of fourth order; the value is precise to
the rounding of binary64, and so are these to eight digits or more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import isfinite, prod

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import Choice, Watch
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.dynamics.motion import Diffusion
from rfos_lang.valuation.greek_names import crossed, names, of_second_order
from rfos_lang.valuation.joint.conditioning import conditioned
from rfos_lang.valuation.joint.exact import expectation
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.joint.matching import matched
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.model_lognormal import Shifts
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import LOGNORMAL, Greek, Valuation
from rfos_lang.valuation.second_differences import Difference, curvature, twist
from rfos_lang.valuation.simulated.monte_carlo import prepared, reader
from rfos_lang.valuation.simulated.simulation import Simulation

STEP_OF_DEVIATION = 0.02
STEP_LEAST, STEP_MOST = 1e-6, 1e-2
"""How far a spot is moved: a part of the deviation of its logarithm, within these parts of it."""
STEP = 1e-4
"""How far volatilities, rates and time are moved."""
STEP_OF_VOLATILITY = 4e-3
"""How far volatilities are moved to see how vega moves."""

Value = Callable[[Law], float]


def by_joint_lognormals(request: Request) -> Valuation:
    """The value by closed form. Raises NoClosedForm; Refused for what the market lacks."""
    simulation = read_at_its_dates(request)
    if simulation.model.numbers.moves_indices:
        value = _with_indices(simulation)
    else:
        value = expectation(reader(simulation).payoff()).value
    note = "Its prices at several dates, or of several assets, are jointly lognormal."
    return found(simulation, value, "closed form", request.greeks, note)


def _with_indices(simulation: Simulation) -> Value:
    """The value where indices are observed as well: the payoff is read anew in each market."""
    read = replace(reader(simulation), reads_again=True)

    def value(law: Law) -> float:
        return expectation(replace(read, rows=law.rows).payoff()).value(law)

    return value


def by_matching(request: Request) -> Valuation:
    """The value by matching the moments of sums of lognormals, an approximation. Raises
    NoClosedForm; Refused for what the market lacks."""
    simulation = read_at_its_dates(request)
    match = matched(reader(simulation).payoff())
    if not match.matched:
        return found(
            simulation, match.value, "closed form", request.greeks, "There is no sum to match."
        )
    return found(
        simulation, match.value, "moment matching, an approximation", request.greeks, MATCHED
    )


def by_conditioning(request: Request) -> Valuation:
    """The value of sums of lognormals by quadrature over all normals but one. Raises NoClosedForm,
    also where the quadrature is not precise; Refused for what the market lacks."""
    simulation = read_at_its_dates(request)
    sums = conditioned(reader(simulation).payoff())
    law = Law(simulation.model, simulation.rows)
    best = sums.best(law)
    result = found(
        simulation, lambda law: sums.value(law, best.coarsest), "quadrature", request.greeks
    )
    nodes = max(prod(counts) for counts in best.finest)
    note = f"One normal exactly, the others over {nodes:,} nodes; the bias is what fewer changed."
    return replace(result, value=best.value, bias_bound=best.error, notes=(note,))


MATCHED = (
    "Each sum of prices is taken for a lognormal of the same mean and variance: what is missed is "
    "its skewness, more of it the higher volatility is and the longer the time."
)


def read_at_its_dates(request: Request, any_model: bool = False) -> Simulation:
    """An instance on its timeline. Raises NoClosedForm where not all is decided at known dates, or
    prices are not lognormal, unless `any_model` will do."""
    if any(isinstance(clause, Choice) for clause in request.program.clauses):
        raise NoClosedForm("one of the parties chooses")
    if any(isinstance(clause, Watch) for clause in request.program.clauses):
        raise NoClosedForm("it watches prices between its dates")
    if request.program.perpetual:
        raise NoClosedForm("it has no last date")
    simulation = at_its_dates(request, request.market)
    if not (any_model or isinstance(simulation.motion, Diffusion)):
        raise NoClosedForm("prices are not lognormal")
    if not simulation.model.pairs:
        raise NoClosedForm("it observes no price")
    return simulation


def at_its_dates(request: Request, market: Market) -> Simulation:
    """An instance on its timeline in some market, with no paths to speak of."""
    program, terms = request.program, request.terms
    return prepared(program, terms, market, 2, 1, request.seasoned, request.reporting)


def found(
    simulation: Simulation,
    value: Value,
    method: str,
    greeks: bool,
    *notes: str,
    rougher: Value | None = None,
) -> Valuation:
    """A value with its Greeks. Those of second order tell as their error also how far those of a
    `rougher` value are from them, if there is one. Raises NoClosedForm if it is not finite."""
    differences = _Differences(simulation, value, rougher)
    total = differences.at(simulation.model.unmoved)
    asked = tuple(differences.greeks()) if greeks else ()
    if not all(isfinite(number) for number in (total, *(greek.value for greek in asked))):
        raise NoClosedForm("the formula has no finite value for these numbers")
    return Valuation(total, simulation.asset, method, LOGNORMAL, greeks=asked, notes=notes)


@dataclass(frozen=True, slots=True)
class _Differences:
    """A value as a function of where the market is moved to."""

    simulation: Simulation
    value: Value
    rougher: Value | None

    def at(self, shifts: Shifts) -> float:
        """The value in a moved market."""
        model = self.simulation.model
        return self.value(Law(model, model_lognormal.rows(model.numbers, shifts)))

    def greeks(self) -> Iterator[Greek]:
        """All Greeks, in the order of their names."""
        each = [*self._deltas(), *self._gammas(), *self._volatilities(), *self._curves()]
        told = names(
            self.simulation.model.pairs, self.simulation.model.curves, self.simulation.asset
        )
        for (measure, subject, unit), number in zip(told, [*each, self._theta()], strict=True):
            yield Greek(measure, subject, number, unit, "bump")
        yield from self._second_order()
        yield from self._crossed()

    def _second_order(self) -> Iterator[Greek]:
        """Vanna and volga of the prices whose volatility can be moved both ways."""
        pairs, asset = self.simulation.model.pairs, self.simulation.asset
        steps = [step for _, step in self._spots()]
        moves = [volatility > 2 * STEP_OF_VOLATILITY for volatility in self._lowest_volatilities()]
        for number, (measure, subject, unit) in enumerate(of_second_order(pairs, asset)):
            at = number % len(pairs)
            if not moves[at]:
                continue

            def told(of: _Differences, at: int = at, measure: str = measure) -> Difference:
                moved = of._twice_moved(at)
                if measure == "vanna":
                    return twist(moved, steps[at], STEP_OF_VOLATILITY)
                return curvature(partial(moved, 0.0), STEP_OF_VOLATILITY)

            found = self._with_rougher(told)
            yield Greek(measure, subject, found.value, unit, "bump", bias_bound=found.error)

    def _crossed(self) -> Iterator[Greek]:
        """The cross gammas of two prices each."""
        steps = [step for _, step in self._spots()]
        for one, other, (measure, subject, unit) in crossed(
            self.simulation.model.pairs, self.simulation.asset
        ):

            def told(of: _Differences, one: int = one, other: int = other) -> Difference:
                moved = of._both_moved(one, other)
                return twist(moved, steps[one], steps[other])

            found = self._with_rougher(told)
            yield Greek(measure, subject, found.value, unit, "bump", bias_bound=found.error)

    def _with_rougher(self, told: Callable[["_Differences"], Difference]) -> Difference:
        found = told(self)
        if self.rougher is None:
            return found
        rough = told(replace(self, value=self.rougher))
        return Difference(found.value, found.error + abs(found.value - rough.value))

    def _both_moved(self, one: int, other: int) -> Callable[[float, float], float]:
        unmoved = self.simulation.model.unmoved

        def value(up: float, along: float) -> float:
            spots = np.array(unmoved.spots, dtype=np.float64)
            spots[[one, other]] += up, along
            return self.at(unmoved._replace(spots=spots))

        return value

    def _lowest_volatilities(self) -> Iterator[float]:
        """The lowest volatility of each price up to a date ahead."""
        numbers = self.simulation.model.numbers
        ahead = numbers.years > 0.0
        for variances in numbers.variance[ahead].T:
            yield float(np.min(np.sqrt(variances / numbers.years[ahead]), initial=np.inf))

    def _twice_moved(self, at: int) -> Callable[[float, float], float]:
        unmoved = self.simulation.model.unmoved

        def value(up: float, wider: float) -> float:
            spots, volatilities = (
                np.array(each, dtype=np.float64) for each in (unmoved.spots, unmoved.volatilities)
            )
            spots[at] += up
            volatilities[at] += wider
            return self.at(unmoved._replace(spots=spots, volatilities=volatilities))

        return value

    def _deltas(self) -> Iterator[float]:
        for moved, step in self._spots():
            yield _first(moved, step)

    def _gammas(self) -> Iterator[float]:
        for moved, step in self._spots():
            yield _second(moved, step)

    def _spots(self) -> Iterator[tuple[Callable[[float], float], float]]:
        unmoved = self.simulation.model.unmoved
        spread = np.sqrt(np.sum(self.simulation.rows.deviation**2, axis=0))
        parts = np.clip(STEP_OF_DEVIATION * spread, STEP_LEAST, STEP_MOST)
        for at, spot in enumerate(unmoved.spots):
            step = float(parts[at] * spot if spread[at] > 0.0 else STEP * spot)
            yield self._moved("spots", at), step

    def _volatilities(self) -> Iterator[float]:
        for at in range(len(self.simulation.model.pairs)):
            yield _first(self._moved("volatilities", at), STEP)

    def _curves(self) -> Iterator[float]:
        for at in range(len(self.simulation.model.curves)):
            yield _first(self._moved("curves", at), STEP)

    def _theta(self) -> float:
        unmoved, years = self.simulation.model.unmoved, self.simulation.line.years
        step = min(STEP, float(np.min(years[years > 0.0], initial=1.0)) / 10)
        return _first(lambda h: self.at(unmoved._replace(time=unmoved.time + h)), step)

    def _moved(self, what: str, at: int) -> Callable[[float], float]:
        unmoved = self.simulation.model.unmoved

        def value(by: float) -> float:
            numbers = np.array(getattr(unmoved, what), dtype=np.float64)
            numbers[at] += by
            return self.at(unmoved._replace(**{what: numbers}))

        return value


def _first(value: Callable[[float], float], h: float) -> float:
    """The first derivative at 0, of fourth order."""
    return (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)


def _second(value: Callable[[float], float], h: float) -> float:
    """The second derivative at 0, of fourth order."""
    near, far = value(h) + value(-h), value(2 * h) + value(-2 * h)
    return (16 * near - far - 30 * value(0.0)) / (12 * h * h)
