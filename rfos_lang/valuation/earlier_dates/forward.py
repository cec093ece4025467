"""Numbers of a plan that only a market tells: rates, yields and volatilities between two dates."""

from math import sqrt

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Input, Source
from rfos_lang.valuation.closed_form.parts import Deferral
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.figures import Figures


@dataclass(frozen=True, slots=True)
class Forward:
    """An input as it is between two schedules, the first of which is None for now. Years are those
    from the first one."""

    known: Input
    since: int | None
    until: int

    def number(self, figures: Figures) -> float:
        """The number on a market. Raises NoClosedForm if a variance falls."""
        begin = 0.0 if self.since is None else max(figures.years(self.since), 0.0)
        end = figures.years(self.until)
        if self.known.source is Source.YEARS_TO:
            return figures.years(self.known.slot) - begin
        late = figures.number(self.known, end)
        if begin == 0.0 or end <= begin:
            return late
        early, power = figures.number(self.known, begin), 1
        if self.known.source is Source.VOLATILITY:
            power = 2
        mean = (late**power * end - early**power * begin) / (end - begin)
        if power == 1:
            return mean
        if mean < 0.0:
            raise NoClosedForm("its variance would fall from one date to another")
        return sqrt(mean)


@dataclass(frozen=True, slots=True)
class Postponed:
    """What a payment is worth when it is fixed, per unit owed later."""

    deferral: Deferral

    def number(self, figures: Figures) -> float:
        """The number on a market."""
        return figures.postponement(self.deferral)


Numbered = Forward | Postponed
