"""Payments that depend on the highest or lowest price so far: closed forms of barriers, integrated
over the level.

What is paid for a highest price M is what is paid for the highest so far, M_0, and more for each
level b above it that is touched:

    f(S, M) = f(S, M_0) + ∫ ∂f/∂M(S, b) 1{b was touched} db    over b > M_0,

and where f jumps in M, the jump if that level is touched. A payment at expiry that depends on a
touch of b has a closed form, so the value is one integral. For the lowest price the levels lie
below and the sign turns.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from math import isfinite, sqrt

import numpy as np

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Source, ordered
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import (
    Assign,
    Binary,
    Combine,
    End,
    Feed,
    Program,
    Select,
    State,
    Store,
    Watch,
)
from rfos_lang.core.walk import expressions_of, within
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.closed_form.barrier import Barrier, touched_value
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.lognormal import Lognormal, present_value
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Payoff, polynomial
from rfos_lang.valuation.closed_form.polynomial import (
    Polynomial,
    expanded,
    letter,
    raised,
)
from rfos_lang.valuation.closed_form.reading import Reader, moments
from rfos_lang.valuation.closed_form.recognise import Timing, numeraire
from rfos_lang.valuation.closed_form.values import Value
from rfos_lang.valuation.constructors import (
    ZERO,
    add,
    less,
    maximum,
    negate,
    select,
)
from rfos_lang.valuation.differentiation import derivative
from rfos_lang.valuation.evaluation import evaluated, vectorised
from rfos_lang.valuation.extreme_jumps import jumps
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.floors import LOWEST_VOLATILITY, SHORTEST_YEARS
from rfos_lang.valuation.integration import Floats, crossings, integrated, reach, sides
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import LOGNORMAL, Valuation

REACH = 12.0
"""Levels further than so many standard deviations from the price are left out."""


def by_extremes(figures: Figures, greeks: bool = True) -> Valuation:
    """The value of an instance that pays by the highest or lowest price of one asset. Raises
    NoClosedForm; Refused for what the market lacks."""
    ahead = figures.ahead
    extreme = extreme_of(ahead.program)
    if numeraire(ahead.program, ahead.reporting) != ahead.reporting:
        raise NoClosedForm("it is told in another asset than its prices")
    if figures.market.jumps_of(*figures.pair(extreme.feed)):
        raise NoClosedForm("the extremes of a price that jumps are not known")
    level = _Levels(figures, extreme)
    asset = ahead.terms.assets[ahead.reporting]
    value = level.value(figures.market)
    found = bumped(level, asset) if greeks else ()
    if not all(map(isfinite, (value, *(greek.value for greek in found)))):
        raise NoClosedForm("the integral has no finite value for these numbers")
    exact = "continuous, exact"
    return Valuation(value, asset, "quadrature", LOGNORMAL, monitoring=exact, greeks=found)


@dataclass(frozen=True, slots=True)
class Extreme:
    """The state that follows the highest (or the lowest) price of a feed."""

    state: int
    feed: int
    is_highest: bool


def extreme_of(program: Program) -> Extreme:
    """The one extreme that a program follows. Raises NoClosedForm."""
    if any(clause.lives is not None for clause in program.clauses):
        raise NoClosedForm("it holds contracts that begin or end on their own")
    found = []
    for watch in (clause for clause in program.clauses if isinstance(clause, Watch)):
        for action in watch.actions:
            match action:
                case Assign(
                    state=state,
                    value=Select(
                        chosen=Feed(slot=feed),
                        otherwise=Combine(
                            operator=Binary.MAXIMUM | Binary.MINIMUM as better,
                            left=State(slot=before),
                            right=Feed(slot=again),
                        ),
                    ),
                ) if state == before and feed == again:
                    found.append(Extreme(state, feed, better is Binary.MAXIMUM))
                case Assign(value=Combine(operator=Binary.ADD)):
                    pass  # counts the observations
                case _:
                    raise NoClosedForm("it watches for more than the extremes of a price")
    if len(found) != 1:
        raise NoClosedForm("it does not follow one extreme of a price")
    if program.feeds[found[0].feed].kind != "spot":
        raise NoClosedForm("it follows the extremes of what is no price")
    return found[0]


def level_letter(extreme: Extreme) -> Input:
    """The letter of the extreme at a date, and of the level that is integrated over."""
    return Input(Source.STATE, extreme.state, "extreme")


def level_formulas(
    program: Program, timing: Timing, cash: int, extreme: Extreme
) -> Mapping[int, tuple[Formula, Formula]]:
    """By schedule: the value with the extreme of now, and the integrand over the levels. Raises
    NoClosedForm."""
    level = level_letter(extreme)
    paid = _paid(program, timing, cash, extreme)
    return {
        schedule: _formulas(program, cash, extreme, schedule, payoff, level)
        for schedule, payoff in paid
    }


def _paid(
    program: Program, timing: Timing, cash: int, extreme: Extreme
) -> list[tuple[int, Payoff]]:
    _assert_not_remembered(program, timing, extreme)
    states: dict[int, Value | None] = dict.fromkeys(_watched(program))
    states[extreme.state] = polynomial(letter(level_letter(extreme)))
    reader = Reader(program, cash, timing.order, states)
    reader.positive.add(level_letter(extreme))
    flows = reader.flows()
    if any(occasion.due is not None for occasion in flows):
        raise NoClosedForm("what it pays by an extreme is owed later")
    return [(occasion.schedule, payoff) for occasion, payoff in flows.items()]


def _assert_not_remembered(program: Program, timing: Timing, extreme: Extreme) -> None:
    """Raises NoClosedForm if a date but the last keeps the extreme of that date, or decides by it:
    at later ones it is another."""
    for moment in moments(program, timing.order)[:-1]:
        for clause in moment.clauses:
            actions = actions_of(clause)
            inside = within(*(part for action in actions for part in expressions_of(action)))
            read = any(isinstance(n, State) and n.slot == extreme.state for n in inside)
            if read and any(isinstance(action, Assign | Store | End) for action in actions):
                raise NoClosedForm("it keeps the extreme of a date for later ones")


def _formulas(
    program: Program, cash: int, extreme: Extreme, schedule: int, payoff: Payoff, level: Input
) -> tuple[Formula, Formula]:
    letters, feed = Letters(program), extreme.feed
    spot = letters.spot(feed)
    model = Lognormal(
        spot,
        spot,
        maximum(letters.volatility(feed), LOWEST_VOLATILITY),
        letters.rate(cash),
        letters.carry(feed),
        maximum(letters.years(schedule), SHORTEST_YEARS),
    )
    lower, upper = (None, level) if extreme.is_highest else (level, None)
    barrier = Barrier(spot, lower, upper)
    start = present_value(payoff, model)
    for at, jump in jumps(payoff, level):
        touched = touched_value(jump, replace(barrier, **_side(extreme, at)), model)
        ahead = less(level, at) if extreme.is_highest else less(at, level)
        start = add(start, select(ahead, touched if extreme.is_highest else negate(touched), ZERO))
    return start, touched_value(_slope(payoff, level), barrier, model)


def _side(extreme: Extreme, level: Formula) -> Mapping[str, Formula]:
    return {"upper": level} if extreme.is_highest else {"lower": level}


@dataclass(frozen=True)
class _Levels:
    """The value as an integral over levels. `extreme` is what payments depend on."""

    figures: Figures
    extreme: Extreme

    @property
    def feeds(self) -> tuple[int, ...]:
        """The one price."""
        return (self.extreme.feed,)

    @property
    def numeraire(self) -> int:
        """The asset slot that the price is in."""
        return self.figures.ahead.reporting

    @property
    def level(self) -> Input:
        """The letter of the extreme at a date, and of the level that is integrated over."""
        return level_letter(self.extreme)

    @cached_property
    def parts(self) -> Mapping[int, tuple[Formula, Formula]]:
        """By schedule: the value with the extreme of now, and the integrand."""
        ahead = self.figures.ahead
        return level_formulas(ahead.program, ahead.timing, self.numeraire, self.extreme)

    def value(self, market: Market) -> float:
        """The value on a market."""
        figures = replace(self.figures, market=market)
        return float(sum(self._part(schedule, figures) for schedule in self.parts))

    def _part(self, schedule: int, figures: Figures) -> float:
        start, slope = self.parts[schedule]
        years = figures.years(schedule)
        now, width = self._now(figures), self._width(figures, schedule)
        known = [each for each in inputs_of(start, slope) if each is not self.level]
        numbers = {each: figures.number(each, years) for each in known}
        (value,) = evaluated([start], numbers | {self.level: now})
        formulas = [slope, *sides(slope)]
        inputs = inputs_of(*formulas, self.level)
        function = vectorised(formulas, inputs)

        def values(y: Floats) -> Floats:
            levels = now * np.exp(width * y)
            rows = function(*(numbers.get(each, levels) for each in inputs))
            return np.array([np.broadcast_to(row, y.shape) for row in rows])

        def integrand(y: Floats) -> Floats:
            return values(y)[0] * now * np.exp(width * y) * width

        end = reach(REACH, max(width, 0.0))
        breaks = crossings(lambda y: values(y)[1:], 0.0, end)
        return value + integrated(integrand, breaks, 0.0, end)

    def _width(self, figures: Figures, schedule: int) -> float:
        """One standard deviation of the logarithm of the price, with its drift; below zero for the
        lowest price."""
        years = max(figures.years(schedule), SHORTEST_YEARS.value)
        pair, market = figures.pair(self.extreme.feed), figures.market
        volatility = market.volatility(*pair, years)
        drift = market.rate(pair[1], years) - market.carry(pair[0], years)
        width = volatility * sqrt(years) + abs(drift) * years / REACH
        return max(width, 1e-9) * (1 if self.extreme.is_highest else -1)

    def _now(self, figures: Figures) -> float:
        """The extreme so far; without an observation, the price now."""
        spot = figures.market.spot(*figures.pair(self.extreme.feed))
        past = figures.standing.states[self.extreme.state] / fixed.ONE
        better = max if self.extreme.is_highest else min
        return better(spot, past) if past else spot


def _watched(program: Program) -> set[int]:
    """Every state that a watch sets."""
    watches = (each for each in program.clauses if isinstance(each, Watch))
    actions = (action for watch in watches for action in watch.actions)
    return {action.state for action in actions if isinstance(action, Assign)}


def _slope(payoff: Payoff, level: Input) -> Payoff:
    """The derivative of a payoff by a letter, but for jumps. Raises NoClosedForm if it jumps where
    the letter moves a cut point."""
    _assert_continuous(payoff, level)
    pieces = {at: _derived(whole, level) for at, whole in payoff.pieces.items()}
    return Payoff({at: whole for at, whole in pieces.items() if whole})


def _derived(whole: Polynomial, level: Input) -> Polynomial:
    result = Polynomial({})
    for monomial, value in whole.terms.items():
        for formula, exponent in monomial:
            change = derivative(formula, level)
            rest = Polynomial({monomial - {(formula, exponent)}: value * exponent})
            power = raised(letter(formula), exponent - 1)
            result = result + rest * power * letter(change)
    return result


def jumps_at(formula: Formula, level: Input) -> bool:
    """Whether a comparison inside depends on the level."""
    return any(
        isinstance(node, Call)
        and node.function in (Function.LESS, Function.LESS_OR_EQUAL)
        and level in ordered(node)
        for node in ordered(formula)
    )


def _assert_continuous(payoff: Payoff, level: Input) -> None:
    """Raises NoClosedForm unless the pieces meet at the cut points that the level moves."""
    for cut in (cut for cut in payoff.cuts if level in ordered(cut)):
        gap = Polynomial({})
        for at, whole in payoff.pieces.items():
            sign = (cut in at.above) - (cut in at.below)
            if not sign or at.price is None:
                continue
            for exponent, part in whole.by_power(at.price).items():
                there = part * raised(expanded(cut), exponent)
                gap = gap + (there if sign > 0 else -there)
        if gap:
            raise NoClosedForm("it jumps where an extreme passes a level")
