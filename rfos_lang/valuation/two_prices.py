"""Payments that depend on two prices of one date: a closed form in one, integrated over the other.

Let the normal z drive the first price. Given z the second price is lognormal again, from
S exp(ρσ√τ z - ρ²σ²τ/2) and with the volatility σ√(1 - ρ²). So the closed form of the payment, with
the first price fixed, is integrated over z, panel by panel, halving those that are not accurate
yet. Greeks are central differences of that value.

Where one of the prices is watched, that one is the first. Given where it ends, it has touched no
level with the probability of a Brownian bridge, whatever the second price does.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from math import isfinite, sqrt
from typing import Any

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Assign, Program, Timed, Watch
from rfos_lang.valuation.bends import correlation_until
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.by_formula import bent_curves
from rfos_lang.valuation.closed_form.barrier import bridge_survival
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Part
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import (
    Unrecognised,
    Watched,
    closed_form,
    watched,
)
from rfos_lang.valuation.closed_form.values import ALWAYS, NEVER
from rfos_lang.valuation.constructors import ONE, ZERO, less, maximum, multiply, select, subtract
from rfos_lang.valuation.earlier_dates.remaining import remaining, truths
from rfos_lang.valuation.evaluation import evaluated, vectorised
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.floors import LOWEST_VOLATILITY, SHORTEST_YEARS
from rfos_lang.valuation.integration import Floats, crossings, integrated, reach, sides
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import LOGNORMAL, Valuation
from rfos_lang.valuation.unrolling import Unrolled

REACH = 10.0
"""Normals beyond this are left out; they have a probability of 1e-23."""


def by_two_prices(figures: Figures, greeks: bool = True) -> Valuation:
    """The value of an instance on two prices. Raises NoClosedForm; Refused for what the market
    lacks."""
    ahead = figures.ahead
    feeds, cash = Letters(ahead.program).feeds, ahead.reporting
    if len(feeds) != 2:
        raise NoClosedForm(f"it observes {len(feeds)} prices, and two can be integrated over")
    if any(ahead.program.feeds[feed].assets[1] != cash for feed in feeds):
        raise NoClosedForm("two prices are integrated over only in the currency that is paid")
    if any(figures.market.jumps_of(*figures.pair(feed)) for feed in feeds):
        raise NoClosedForm("two prices are integrated over only if they do not jump")
    read = _read(figures, feeds)
    bent = bent_curves(read.feeds[:1], figures) if read.is_watched else ""
    if bent:
        raise NoClosedForm(f"that of a barrier takes {bent} as flat")
    integral = _Integral(read, figures)
    asset = ahead.terms.assets[cash]
    value = integral.value(figures.market)
    found = bumped(integral, asset) if greeks else ()
    if not all(map(isfinite, (value, *(greek.value for greek in found)))):
        raise NoClosedForm("the integral has no finite value for these numbers")
    monitoring = "continuous, exact" if read.is_watched else None
    return Valuation(value, asset, "quadrature", LOGNORMAL, monitoring=monitoring, greeks=found)


@dataclass(frozen=True, slots=True)
class _Read:
    """Parts, given the first of two prices at their date, each with the chance that it is paid; and
    parts of what is paid at a touch, which depend on nothing but that price."""

    feeds: tuple[int, int]
    parts: tuple[tuple[Part, Formula], ...]
    at_touch: tuple[Part, ...] = ()

    @property
    def is_watched(self) -> bool:
        """Whether a level is watched."""
        return any(chance is not ONE for _, chance in self.parts)


def _read(figures: Figures, feeds: tuple[int, ...]) -> _Read:
    ahead = figures.ahead
    watches = tuple(each for each in ahead.program.clauses if isinstance(each, Watch))
    first, second = feeds
    if not watches:
        always = tuple((part, ONE) for part in _given(ahead.program, ahead, first))
        return _Read((first, second), always)
    seen, early = _watched(figures, watches)
    letters = Letters(ahead.program)
    if seen.barrier.price is letters.spot(second):
        first, second = second, first
    dated = tuple(each for each in ahead.program.clauses if each not in watches)
    later, known = replace(ahead.program, clauses=dated), truths(figures)
    parts = []
    for touched in (False,) if seen.ends else (False, True):
        state = ALWAYS if touched else NEVER
        arm = remaining(later, {**known, **dict.fromkeys(seen.states, state)})
        for part in _given(arm, ahead, first):
            survives = _survival(seen, letters, first, part.schedule)
            parts.append((part, subtract(ONE, survives) if touched else survives))
    form = closed_form(early, ahead.timing, ahead.reporting, False)
    if isinstance(form, Unrecognised):
        raise NoClosedForm(form.reason)
    return _Read((first, second), tuple(parts), form.parts)


def _watched(figures: Figures, watches: tuple[Watch, ...]) -> tuple[Watched, Program]:
    """What some clauses watch until the last date, and these clauses alone."""
    ahead = figures.ahead
    pause = Timed(ahead.timing.order[-1], ())
    early = remaining(replace(ahead.program, clauses=(*watches, pause)), truths(figures))
    seen = watched(early, ahead.timing, ahead.reporting)
    if seen is None:
        raise NoClosedForm("what it watches decides nothing")
    dated = (clause for clause in ahead.program.clauses if clause not in watches)
    acts = (action for clause in dated for action in actions_of(clause))
    if any(isinstance(action, Assign) and action.state in seen.states for action in acts):
        raise NoClosedForm("it forgets that a level was touched")
    return seen, early


def _survival(seen: Watched, letters: Letters, first: int, schedule: int) -> Formula:
    """The chance that no level is touched before a date, given the first price at it."""
    chance = bridge_survival(
        replace(seen.barrier, price=START),
        letters.spot(first),
        maximum(letters.volatility(first), LOWEST_VOLATILITY),
        maximum(letters.years(schedule), SHORTEST_YEARS),
    )
    for state in sorted(seen.states):
        chance = select(less(ZERO, letters.state(state)), ZERO, chance)
    return chance


START = Input(Source.SPOT, -1, "the price now")
"""Where the first price starts from; its own letter is the price at the date."""


def _given(program: Program, ahead: Unrolled, first: int) -> tuple[Part, ...]:
    """The parts of the closed form in the second price, the first one given."""
    form = closed_form(program, ahead.timing, ahead.reporting, False, given=first)
    if isinstance(form, Unrecognised):
        raise NoClosedForm(form.reason)
    return form.parts


@dataclass(frozen=True)
class _Integral:
    """The parts of a closed form, integrated over the price that they take as given."""

    read: _Read
    figures: Figures

    @property
    def feeds(self) -> tuple[int, ...]:
        """Both prices."""
        return tuple(sorted(self.read.feeds))

    @property
    def numeraire(self) -> int:
        """The asset slot that prices are in."""
        return self.figures.ahead.reporting

    def value(self, market: Market) -> float:
        """The value on a market."""
        figures = replace(self.figures, market=market)
        dated = sum(self._part(*pair, figures) for pair in self.read.parts)
        return float(dated + sum(self._at_touch(part, figures) for part in self.read.at_touch))

    def _at_touch(self, part: Part, figures: Figures) -> float:
        years = figures.years(part.schedule)
        value = part.measures.value
        numbers = {each: figures.number(each, years) for each in inputs_of(value)}
        return evaluated([value], numbers)[0]

    @cached_property
    def functions(
        self,
    ) -> dict[tuple[Part, Formula], tuple[tuple[Input, ...], Callable[..., Any]]]:
        """Each part's inputs, and as a function of arrays of them its value, followed by whatever
        changes sign where the value has a kink or a jump."""
        found = {}
        for part, chance in self.read.parts:
            worth = multiply(part.measures.value, chance)
            formulas = [worth, *sides(worth)]
            known = inputs_of(*formulas)
            found[part, chance] = known, vectorised(formulas, known)
        return found

    def _part(self, part: Part, chance: Formula, figures: Figures) -> float:
        inputs, function = self.functions[part, chance]
        years = figures.years(part.schedule)
        given, other = self.read.feeds
        numbers = {each: figures.number(each, years) for each in inputs if each is not START}
        numbers[START] = figures.market.spot(*figures.pair(given))
        letters = Letters(figures.ahead.program)
        horizon = max(years, SHORTEST_YEARS.value)
        driven = _Driven.of(figures, given, other, years, horizon)

        def values(z: Floats) -> Floats:
            moved = {
                letters.spot(given): driven.first(z),
                letters.spot(other): driven.second(z),
                letters.volatility(other): driven.volatility,
            }
            rows = function(*(moved.get(each, numbers[each]) for each in inputs))
            return np.array([np.broadcast_to(row, z.shape) for row in rows])

        def integrand(z: Floats) -> Floats:
            return values(z)[0] * np.exp(-z * z / 2) / sqrt(2 * np.pi)

        far = reach(REACH, max(driven.deviation, abs(driven.shared)))
        total = integrated(integrand, crossings(lambda z: values(z)[1:], -far, far), -far, far)
        return total if part.deferral is None else total * figures.postponement(part.deferral)


@dataclass(frozen=True, slots=True)
class _Driven:
    """Two correlated prices at a horizon, as functions of the normal that drives the first."""

    forward: float
    deviation: float
    spot: float
    shared: float
    volatility: float

    @staticmethod
    def of(figures: Figures, given: int, other: int, years: float, horizon: float) -> "_Driven":
        market, first, second = figures.market, figures.pair(given), figures.pair(other)
        correlation = correlation_until(market, first, second, years)
        spread, volatility = (market.volatility(*pair, years) for pair in (first, second))
        return _Driven(
            market.forward(*first, years),
            spread * sqrt(horizon),
            market.spot(*second),
            correlation * volatility * sqrt(horizon),
            volatility * sqrt(1 - correlation**2),
        )

    def first(self, z: Floats) -> Floats:
        """The first price at the horizon."""
        return self.forward * np.exp(self.deviation * z - self.deviation**2 / 2)

    def second(self, z: Floats) -> Floats:
        """Where the second price starts from, given z."""
        return self.spot * np.exp(self.shared * z - self.shared**2 / 2)
