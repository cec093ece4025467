"""Instances whose value is one and the same formula, valued together: a row for each of them.

What is made once for an instance is what is still to come of it; a market then changes columns of
numbers, and each formula is one pass of machine code over its rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.horizon import horizon
from rfos_lang.core.program import Choice, Program, Terms
from rfos_lang.valuation.by_formula import bent_curves, formulas_of
from rfos_lang.valuation.closed_form.parts import Deferral, Part
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.curve import slope
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market, spot_name
from rfos_lang.valuation.on_curves import deferred, theta
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.rows.compiled import compiled
from rfos_lang.valuation.unrolling import unrolled

METHODS = ("auto", "closed_form")
"""The methods that take a closed form where there is one."""

_OF_MARKET = {Source.SPOT, Source.VOLATILITY, Source.RATE, Source.YIELD}

Column = npt.NDArray[np.float64] | float
Measures = dict[str, Column]


@dataclass(frozen=True)
class Sheet:
    """Instances of one formula and the same assets, on markets of one date and one past."""

    form: ClosedForm
    figures: tuple[Figures, ...]

    @property
    def asset(self) -> str:
        """What values are told in."""
        return self.figures[0].ahead.terms.assets[self.form.reporting]

    def values(self, market: Market) -> Column:
        """The value of each instance. Raises NoClosedForm; Refused for what the market lacks."""
        known = self._known(market, greeks=False)
        return _total([found["value"] for found in known])

    def measures(self, market: Market) -> dict[tuple[str, str], Column]:
        """The value and all Greeks of each instance, by measure and subject. Raises as `values`."""
        known = self._known(market, greeks=True)
        first = self.figures[0]
        cash = first.ahead.terms.assets[self.form.numeraire]

        def total(measure: str, feed: int | None = None) -> Column:
            parts = zip(self.form.parts, known, strict=True)
            return _total([found[measure] for part, found in parts if feed in (None, part.feed)])

        found = {("value", ""): total("value"), ("theta", ""): total("theta")}
        found["rho", cash] = total("rho")
        for feed in sorted({part.feed for part in self.form.parts if part.feed is not None}):
            pair = first.pair(feed)
            for measure in ("delta", "gamma", "vega", "vanna", "volga"):
                found[measure, spot_name(*pair)] = total(measure, feed)
            found["carry", pair[0]] = total("carry", feed)
        return found

    # --- columns

    @cached_property
    def _years(self) -> dict[int, tuple[list[float], npt.NDArray[np.intp]]]:
        """The years to each schedule, each number once, and which of them each row has."""
        found = {}
        for schedule in range(len(self.figures[0].ahead.terms.schedules)):
            years = np.array([each.years(schedule) for each in self.figures])
            once, places = np.unique(years, return_inverse=True)
            found[schedule] = once.tolist(), places
        return found

    @cached_property
    def _code(self) -> dict[tuple[Part, bool], tuple[tuple[Input, ...], tuple[str, ...], Any]]:
        return {}

    @cached_property
    def _fixed(self) -> dict[Input, Column]:
        """Columns that no market changes."""
        return {}

    def _by_years(self, schedule: int, number: Callable[[float], float]) -> Column:
        once, places = self._years[schedule]
        return np.array([number(years) for years in once])[places]

    def _column(self, known: Input, schedule: int, market: Market) -> Column:
        if known.source is Source.SPOT:
            return market.spot(*self.figures[0].pair(known.slot))
        if known.source in _OF_MARKET:
            there = replace(self.figures[0], market=market)
            return self._by_years(schedule, lambda years: there.number(known, years))
        if known not in self._fixed:
            numbers = [each.number(known, 0.0) for each in self.figures]
            self._fixed[known] = np.array(numbers)
        return self._fixed[known]

    # --- parts

    def _known(self, market: Market, greeks: bool) -> list[Measures]:
        """The measures of each part."""
        there = replace(self.figures[0], market=market)
        watched = {part.feed for part in self.form.parts if part.barrier and part.feed is not None}
        if bent := bent_curves(watched, there):
            raise NoClosedForm(f"that of a barrier takes {bent} as flat")
        return [self._part(part, market, greeks) for part in self.form.parts]

    def _part(self, part: Part, market: Market, greeks: bool) -> Measures:
        inputs, names, code = self._compiled(part, greeks)
        columns = [self._column(each, part.schedule, market) for each in inputs]
        rows = np.broadcast_to(code(*columns), (len(names), len(self.figures)))
        found: Measures = dict(zip(names, rows, strict=True))
        if greeks:
            found["theta"] = self._theta(found, part, market)
        return found if part.deferral is None else self._deferred(found, part.deferral, market)

    def _compiled(
        self, part: Part, greeks: bool
    ) -> tuple[tuple[Input, ...], tuple[str, ...], Callable[..., Any]]:
        if (part, greeks) not in self._code:
            whole = formulas_of(self.form.program, part, curved=True)
            formulas = whole if greeks else {"value": part.measures.value}
            asked: tuple[Formula, ...] = tuple(formulas.values())
            inputs = inputs_of(*asked)
            self._code[part, greeks] = inputs, tuple(formulas), compiled(asked, inputs)
        return self._code[part, greeks]

    def _theta(self, found: Measures, part: Part, market: Market) -> Column:
        """Theta on the market's curves. What is paid now stands still."""
        there, at = replace(self.figures[0], market=market), part.schedule

        def slopes(curve: Callable[[float], float]) -> Column:
            return self._by_years(at, lambda years: slope(curve, years) if years > 0 else 0.0)

        vegas = bool(np.any(found["vega"]))
        moved = theta(found, part, self.form.numeraire, there, slopes, vegas)
        ahead = self._by_years(at, lambda years: float(years > 0.0))
        return np.where(ahead, moved, 0.0)

    def _deferred(self, found: Measures, owed: Deferral, market: Market) -> Measures:
        """The same, owed later."""
        there = [replace(each, market=market) for each in self.figures]
        factors = np.array([each.postponement(owed) for each in there])
        gaps = np.array([each.years(owed.owed) - each.years(owed.fixed) for each in there])
        moved = np.array([each.forward_slope(owed) for each in there])
        return deferred(found, owed.is_cash, factors, gaps, moved)


def _total(columns: Sequence[Column]) -> Column:
    return sum(columns[1:], start=columns[0]) if columns else 0.0


# --- who stands on a sheet -----------------------------------------------------------------------


def figures_of(
    program: Program, terms: Terms, market: Market, method: str
) -> tuple[ClosedForm, Figures] | None:
    """The one formula that `method` values an instance by, and its numbers; None if there is none,
    or more to the value than that. Raises Refused for a history that does not reach."""
    if method not in METHODS or any(isinstance(clause, Choice) for clause in program.clauses):
        return None
    last = horizon(program, terms)
    if last is not None and last < market.as_of:
        return None
    request = Request.of(program, terms, market, 2, 0, greeks=True)
    by_others = request.is_of_credit or request.is_of_rates or request.has_models
    if by_others or request.before.pending or request.observes_now:
        return None
    standing = request.before.standing
    try:
        ahead = unrolled(request.program, request.terms, standing, request.reporting)
    except NoClosedForm:
        return None
    figures = Figures(ahead, standing, market)
    form = closed_form(ahead.program, ahead.timing, ahead.reporting)
    if not isinstance(form, ClosedForm):
        return None
    priced = [part for part in form.parts if part.feed is not None]
    if any(figures.years(part.schedule) == 0.0 for part in priced):
        return None  # the settlement may have to be asked
    pairs = {figures.pair(part.feed) for part in priced if part.feed is not None}
    return None if any(market.jumps_of(*pair) for pair in pairs) else (form, figures)
