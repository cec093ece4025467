"""What the inputs of formulas are as numbers: one instance on one market."""

import math

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Input, Source
from rfos_lang.core.meaning import Standing
from rfos_lang.core.program import Sort
from rfos_lang.valuation.closed_form.parts import Deferral
from rfos_lang.valuation.curve import RateCurve, slope
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.unrolling import Unrolled


@dataclass(frozen=True, slots=True)
class Figures:
    """An unrolled instance with its standing, on a market."""

    ahead: Unrolled
    standing: Standing
    market: Market

    def pair(self, feed: int) -> Pair:
        """The tickers of a price: the asset and its cash."""
        asset, cash = self.ahead.program.feeds[feed].assets
        return self.ahead.terms.assets[asset], self.ahead.terms.assets[cash]

    def years(self, schedule: int) -> float:
        """Years to the one instant of a schedule."""
        return self.market.years(self.ahead.terms.schedules[schedule][0])

    def number(self, known: Input, years: float) -> float:
        """The number of an input, curves read at a horizon in years."""
        slot, terms, program = known.slot, self.ahead.terms, self.ahead.program
        match known.source:
            case Source.SPOT:
                return self.market.spot(*self.pair(slot))
            case Source.TERM:
                return _number(terms.terms[slot], program.terms[slot].sort)
            case Source.STATE:
                return _number(self.standing.states[slot], program.states[slot].sort)
            case Source.YEARS_TO:
                return self.years(slot)
            case Source.VOLATILITY:
                return self.market.volatility(*self.pair(slot), years)
            case Source.RATE:
                return self.market.rate(terms.assets[slot], years)
            case Source.YIELD:
                return self.market.carry(terms.assets[slot], years)
            case Source.EQUITY:
                raise AssertionError("a value does not depend on collateral")

    def postponement(self, deferral: Deferral) -> float:
        """What a payment is worth when it is fixed, per unit owed later."""
        fixed_at, owed_at = self.years(deferral.fixed), self.years(deferral.owed)
        curve = self._curve(deferral)
        return math.exp(curve.rate(fixed_at) * fixed_at - curve.rate(owed_at) * owed_at)

    def forward_slope(self, deferral: Deferral) -> float:
        """By how much the logarithm of `postponement` changes a year, as time passes: the forward
        rate when it is owed less that when it is fixed; what is fixed now stands still."""
        fixed_at, owed_at = self.years(deferral.fixed), self.years(deferral.owed)
        curve = self._curve(deferral)
        return slope(curve.total, owed_at) - (slope(curve.total, fixed_at) if fixed_at > 0 else 0.0)

    def _curve(self, deferral: Deferral) -> RateCurve:
        """The rate of the cash, or the carry of an asset that is owed itself."""
        ticker = self.ahead.terms.assets[deferral.asset]
        if deferral.is_cash:
            return self.market.rate_curve(ticker)
        return self.market.carry_curve(ticker)


def _number(value: int, sort: Sort) -> float:
    return value / fixed.ONE if sort is Sort.NUMBER else float(value)
