"""The value of a plan: integrals over the prices of the dates at which something is decided.

Seen from the date before, the price of a date is lognormal; the integral is over the normal that
drives it, split where something changes sign. What is decided at a second date is integrated for
all prices of the first one at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from math import exp, isfinite, sqrt
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.by_formula import bent_curves
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.earlier_dates.forward import Forward
from rfos_lang.valuation.earlier_dates.plan import plan_of
from rfos_lang.valuation.earlier_dates.records import Climb, Decision, Plan
from rfos_lang.valuation.earlier_dates.remaining import truths
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.integration import (
    GRID,
    PRECISION,
    Floats,
    Rows,
    crossings_of_each,
    integrals_of_each,
    reach,
    sides,
)
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import LOGNORMAL, Valuation

REACH = 12.0
"""Normals beyond this are left out."""
NESTED_GRID = 201
NESTED_PRECISION = 1e-10
BLOCK = 8_192
"""Where each value is an integral itself: on how many points a change of sign is searched, and how
precise the integral over those is. Formulas are evaluated for at most so many numbers at once."""


def by_earlier_dates(figures: Figures, greeks: bool = True) -> Valuation:
    """The value of an instance that is decided at one date or two before its last one. Raises
    NoClosedForm; Refused for what the market lacks."""
    plan = plan_of(figures.ahead, truths(figures))
    if not plan.decided:
        raise NoClosedForm("nothing is decided at an earlier date")
    if figures.market.jumps_of(*figures.pair(plan.feed)):
        raise NoClosedForm("an earlier date is integrated over only if the price does not jump")
    bent = bent_curves([plan.feed], figures) if plan.watches else ""
    if bent:
        raise NoClosedForm(f"that of a barrier takes {bent} as flat")
    integral = _Integral(plan, figures)
    ahead = figures.ahead
    asset = ahead.terms.assets[ahead.reporting]
    value = integral.value(figures.market)
    found = bumped(integral, asset) if greeks else ()
    if not all(map(isfinite, (value, *(greek.value for greek in found)))):
        raise NoClosedForm("the integral has no finite value for these numbers")
    monitoring = "continuous, exact" if plan.watches else None
    return Valuation(value, asset, "quadrature", LOGNORMAL, monitoring=monitoring, greeks=found)


@dataclass(frozen=True)
class _Integral:
    """A plan as a function of the market."""

    plan: Plan
    figures: Figures

    @property
    def feeds(self) -> tuple[int, ...]:
        """The one price."""
        return (self.plan.feed,)

    @property
    def numeraire(self) -> int:
        """The asset slot that the price is in."""
        return self.figures.ahead.reporting

    def value(self, market: Market) -> float:
        """The value on a market."""
        day = _Day(self, replace(self.figures, market=market))
        (found,) = day.values((self.plan.worth,), 1, {})
        return float(found[0])

    @cached_property
    def functions(
        self,
    ) -> dict[tuple[Formula, ...], tuple[tuple[Input, ...], Callable[..., Any]]]:
        """The inputs of formulas, and the formulas as a function of arrays of them."""
        return {}

    def function(
        self, formulas: tuple[Formula, ...]
    ) -> tuple[tuple[Input, ...], Callable[..., Any]]:
        """As in `functions`, made once."""
        if formulas not in self.functions:
            known = inputs_of(*formulas)
            self.functions[formulas] = known, vectorised(formulas, known)
        return self.functions[formulas]


@dataclass(frozen=True)
class _Day:
    """A plan on one market. What varies comes in rows: an array for each letter."""

    integral: _Integral
    figures: Figures

    def values(
        self, formulas: tuple[Formula, ...], rows: int, known: Mapping[Input, Floats]
    ) -> list[Floats]:
        """Formulas for each row of the letters that are known."""
        inputs, function = self.integral.function(formulas)
        found = function(*(self._input(each, rows, known) for each in inputs))
        return [np.broadcast_to(np.asarray(each, dtype=np.float64), (rows,)) for each in found]

    def _input(self, each: Input, rows: int, known: Mapping[Input, Floats]) -> Floats | float:
        plan = self.integral.plan
        if each in known:
            return known[each]
        if each in plan.decided:
            return self._before(plan.decided[each], rows, known)
        if each in plan.numbered:
            return plan.numbered[each].number(self.figures)
        return self.figures.number(each, 0.0)

    def _before(
        self, decision: Decision | Climb, rows: int, known: Mapping[Input, Floats]
    ) -> Floats:
        """What a decision is worth at the date before it, for each row."""
        match decision:
            case Decision():
                return self._decided(decision, rows, known)
            case Climb():
                return self._climbed(decision, rows, known)

    def _decided(self, decision: Decision, rows: int, known: Mapping[Input, Floats]) -> Floats:
        spot = known.get(decision.before, self.figures.number(decision.before, 0.0))
        start = np.broadcast_to(np.asarray(spot, dtype=np.float64), (rows,))
        move = _Move.of(self.figures, self.integral.plan.feed, decision)

        def moved(row: Rows, z: Floats) -> dict[Input, Floats]:
            return {decision.before: start[row], decision.price: start[row] * move.factor(z)}

        def density(_: Rows, z: Floats) -> Floats:
            return np.asarray(np.exp(-z * z / 2) / sqrt(2 * np.pi))

        over = _Variable(moved, density, -REACH, reach(REACH, move.deviation))
        return move.discount * self._integrals(decision.worth, over, rows, known)

    def _climbed(self, climb: Climb, rows: int, known: Mapping[Input, Floats]) -> Floats:
        (start,) = self.values((climb.start,), rows, known)
        move = _Move.of(self.figures, self.integral.plan.feed, climb)
        width = max(move.deviation + abs(move.mean) / REACH, 1e-9)
        width = width if climb.is_highest else -width

        def moved(row: Rows, y: Floats) -> dict[Input, Floats]:
            return {climb.level: start[row] * np.exp(width * y)}

        def growth(row: Rows, y: Floats) -> Floats:
            return np.asarray(start[row] * np.exp(width * y) * width)

        over = _Variable(moved, growth, 0.0, reach(REACH, max(width, 0.0)))
        return self._integrals(climb.worth, over, rows, known)

    def _integrals(
        self, worth: Formula, over: "_Variable", rows: int, known: Mapping[Input, Floats]
    ) -> Floats:
        """The integral of a formula over a variable, for each row."""
        decided = self.integral.plan.decided
        is_nested = any(each in decided for each in inputs_of(worth))
        is_one = rows == 1 and not is_nested

        def at(formulas: tuple[Formula, ...], row: Rows, x: Floats) -> Floats:
            blocks = [slice(k, k + BLOCK) for k in range(0, len(x), BLOCK)]
            parts = [block(formulas, row[some], x[some]) for some in blocks]
            return np.concatenate(parts, axis=1)

        def block(formulas: tuple[Formula, ...], row: Rows, x: Floats) -> Floats:
            here = {letter: values[row] for letter, values in known.items()}
            return np.array(self.values(formulas, len(x), here | over.moved(row, x)))

        def integrand(row: Rows, x: Floats) -> Floats:
            return np.asarray(at((worth,), row, x)[0] * over.weight(row, x))

        differences = tuple(sides(worth))
        breaks = (np.zeros(0, dtype=np.intp), np.zeros(0))
        if differences:
            grid = GRID if is_one else NESTED_GRID
            breaks = crossings_of_each(
                lambda row, x: at(differences, row, x), rows, over.begin, over.end, grid
            )
        precision = PRECISION if is_one else NESTED_PRECISION / (1 if is_nested else 10)
        return integrals_of_each(integrand, rows, breaks, over.begin, over.end, precision)


@dataclass(frozen=True, slots=True)
class _Variable:
    """What is integrated over: the letters that it moves, with what weight, and between what."""

    moved: Callable[[Rows, Floats], dict[Input, Floats]]
    weight: Callable[[Rows, Floats], Floats]
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class _Move:
    """How a price moves from one date to another, and what is paid then is discounted."""

    mean: float
    deviation: float
    discount: float

    @staticmethod
    def of(figures: Figures, feed: int, decision: Decision | Climb) -> "_Move":
        letters = Letters(figures.ahead.program)
        begin, end = decision.since, decision.schedule
        years = figures.years(end) - (0.0 if begin is None else figures.years(begin))
        volatility, rate, carry = (
            Forward(each, begin, end).number(figures)
            for each in (
                letters.volatility(feed),
                letters.rate(figures.ahead.reporting),
                letters.carry(feed),
            )
        )
        variance = volatility**2 * max(years, 0.0)
        growth = (rate - carry) * years - variance / 2
        return _Move(growth, sqrt(variance), exp(-rate * years))

    def factor(self, z: Floats) -> Floats:
        """By what the price is multiplied, given the normal that drives it."""
        return np.exp(self.mean + self.deviation * z)
