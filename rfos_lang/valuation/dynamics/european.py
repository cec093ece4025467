"""Payments that depend on one price at their own date, whatever its law there.

The payoffs are those that closed forms read: polynomials on intervals of the price. What they are
worth needs E[S^p 1{S > κ}] alone, which every `Law` gives.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import fsum, inf, isfinite

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.valuation.bumping import bumped
from rfos_lang.valuation.closed_form.payoff import Interval, NoClosedForm
from rfos_lang.valuation.closed_form.polynomial import Polynomial
from rfos_lang.valuation.closed_form.recognise import Payment, payments
from rfos_lang.valuation.dynamics.chosen import law_of, model_of
from rfos_lang.valuation.dynamics.law import Law, level_of
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Valuation


def by_law(figures: Figures, greeks: bool) -> Valuation:
    """The value by the laws of prices at their dates. Raises NoClosedForm; Refused for what the
    market lacks."""
    ahead = figures.ahead
    paid = payments(ahead.program, ahead.timing, ahead.reporting)
    sum_ = _Sum(figures, paid.payments, paid.numeraire)
    value = sum_.value(figures.market)
    if not isfinite(value):
        raise NoClosedForm("the integral has no finite value for these numbers")
    asset = ahead.terms.assets[ahead.reporting]
    told = [model_of(figures.market, figures.pair(feed)) for feed in sum_.feeds]
    return Valuation(
        value,
        asset,
        " and ".join(dict.fromkeys(each.method for each in told)) or "closed form",
        " and ".join(dict.fromkeys(each.name for each in told)) or "projected curves",
        greeks=bumped(sum_, asset) if greeks else (),
        notes=tuple(dict.fromkeys(each.note for each in told if each.note)),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """Payments at dates, as a function of the market."""

    figures: Figures
    payments: tuple[Payment, ...]
    numeraire: int

    @property
    def feeds(self) -> tuple[int, ...]:
        return tuple(sorted({each.feed for each in self.payments if each.feed is not None}))

    def value(self, market: Market) -> float:
        figures = replace(self.figures, market=market)
        terms, reporting = figures.ahead.terms, figures.ahead.reporting
        total = fsum(self._worth(each, figures) for each in self.payments)
        return total / market.spot(terms.assets[reporting], terms.assets[self.numeraire])

    def _worth(self, payment: Payment, figures: Figures) -> float:
        years = figures.years(payment.schedule)
        cash = figures.ahead.terms.assets[self.numeraire]
        discount = figures.market.discount(cash, max(years, 0.0))
        if payment.deferral is not None:
            discount *= figures.postponement(payment.deferral)
        amounts = [
            _expected(inside, whole, payment, figures, years)
            for inside, whole in payment.payoff.pieces.items()
        ]
        return discount * fsum(amounts)


def _expected(
    inside: Interval, whole: Polynomial, payment: Payment, figures: Figures, years: float
) -> float:
    """The expectation of a polynomial on an interval."""
    number = _reader(figures, years, payment.price)
    if payment.feed is None or payment.price is None:
        return number(whole.formula())
    pair, market = figures.pair(payment.feed), figures.market
    forward = market.forward(*pair, max(years, 0.0))
    law = law_of(market, pair, max(years, 0.0))
    lower, upper = inside.lower(), inside.upper()
    low = -inf if lower is None else level_of(number(lower), forward)
    high = inf if upper is None else level_of(number(upper), forward)
    if low >= high:
        return 0.0
    return fsum(
        number(part.formula()) * forward**power * _between(law, power, low, high)
        for power, part in whole.by_power(payment.price).items()
    )


def _between(law: Law, power: int, low: float, high: float) -> float:
    beyond = 0.0 if high == inf else law.above(power, high)
    return law.above(power, low) - beyond


def _reader(figures: Figures, years: float, price: Input | None) -> Callable[[Formula], float]:
    """What formulas are as numbers; none may have the price itself in it."""

    def number(formula: Formula) -> float:
        letters = inputs_of(formula)
        if price is not None and price in letters:
            raise NoClosedForm("its payoff is no polynomial of its price")
        known: Mapping[Input, float] = {each: figures.number(each, years) for each in letters}
        return evaluated([formula], known)[0]

    return number
