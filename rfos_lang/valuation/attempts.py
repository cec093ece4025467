"""Each way of valuing an instance: what it finds, or in words why it does not apply.

What a method is refused by the market (`Refused`) is refused by the method of last resort as well,
or not asked for by it; so an attempt takes it for a reason and leaves the telling to what follows.
Heavy methods are imported when they are tried.
"""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite, nan

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Program
from rfos_lang.valuation.bumping import ESTIMATOR, difference
from rfos_lang.valuation.by_formula import by_closed_form
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.earlier_dates.remaining import remaining, truths
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.greek_names import CROSS
from rfos_lang.valuation.greeks import SECOND_ORDER
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.no_value import NoValue
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Greek, Valuation


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """Why a method has no value of an instance, in words that follow 'because'."""

    reason: str


Attempt = Valuation | Inapplicable


def first_of(*attempts: Callable[[], Attempt]) -> Attempt:
    """What the first attempt that applies finds; if none does, why the first one does not."""
    first = attempts[0]()
    if isinstance(first, Valuation):
        return first
    others = (attempt() for attempt in attempts[1:])
    return next((each for each in others if isinstance(each, Valuation)), first)


def _tried(value: Callable[[], Valuation]) -> Attempt:
    """What a method finds, or its reason why it has no value."""
    try:
        return value()
    except NoValue as refusal:
        return Inapplicable(refusal.reason)


def _tried_quietly(value: Callable[[], Valuation]) -> Attempt:
    """The same, where what the market lacks is a reason like any other."""
    try:
        return _tried(value)
    except Refused as refused:
        return Inapplicable(f"it is refused ({refused.code})")


def _moving_with_spot(request: Request, attempt: Callable[[Request], Attempt]) -> Attempt:
    """An attempt that takes as given what is observed at the market's date, with Greeks in which
    that moves with the spot."""
    found = attempt(request)
    if isinstance(found, Inapplicable) or not request.observes_now:
        return found

    def value(market: Market) -> float:
        again = attempt(replace(request, market=market, greeks=False))
        return again.value if isinstance(again, Valuation) else nan

    def moving(greek: Greek) -> Greek:
        told = difference(greek.measure, greek.subject, request.market, value, ahead=True)
        return replace(greek, value=told, estimator=ESTIMATOR)

    first = (each for each in found.greeks if each.measure not in (*SECOND_ORDER, CROSS))
    greeks = tuple(moving(each) for each in first)
    if not all(isfinite(greek.value) for greek in greeks):
        return Inapplicable("it observes a price at the market's own date")
    return replace(found, greeks=greeks)


def closed_form(request: Request, strict: bool) -> Attempt:
    """The value by closed form. Of contracts within the contract, those that live now count as
    alive, and those that never will are left out. `strict` admits no numerical step at all."""
    return _moving_with_spot(request, lambda each: _closed_form(each, strict))


def _closed_form(request: Request, strict: bool) -> Attempt:
    try:
        figures = request.figures()
    except NoClosedForm as refusal:
        return Inapplicable(refusal.reason)
    whole = _formula(figures, request.greeks, strict)
    if isinstance(whole, Valuation):
        return whole
    left = remaining(figures.ahead.program, truths(figures))
    if left.clauses == figures.ahead.program.clauses or not left.clauses:
        return whole
    told = replace(figures, ahead=replace(figures.ahead, program=left))
    found = _formula(told, request.greeks, strict)
    return found if isinstance(found, Valuation) else whole


def _formula(figures: Figures, greeks: bool, strict: bool) -> Attempt:
    return _tried(lambda: by_closed_form(figures, greeks, strict))


def rates(request: Request) -> Attempt:
    """What depends on nothing but rates: projected and discounted, or integrated over their factor.
    Raises Refused for what the market lacks."""
    from rfos_lang.valuation.rates.by_rates import by_rates

    return _tried(lambda: by_rates(request))


def credit(request: Request, drawn: bool = False) -> Attempt:
    """What depends on an event that comes some day with a hazard rate; by days of it that are
    `drawn`, if asked for. Raises Refused for what the market lacks."""
    from rfos_lang.valuation.credit.by_default import by_default

    return _tried(lambda: by_default(request, drawn))


def life(request: Request) -> Attempt:
    """What is lived through once, as the market plans it. Raises Refused for what the market lacks,
    and for a plan that the contract does not admit."""
    from rfos_lang.valuation.planned import by_life

    return _tried(lambda: by_life(request))


def discounting(request: Request) -> Attempt:
    """The same, as long as nothing has to be integrated."""
    found = rates(request)
    if isinstance(found, Valuation) and found.bias_bound is not None:
        return Inapplicable("choices or amounts that bend are integrated over the rates' factor")
    return found


def joint_lognormals(request: Request) -> Attempt:
    """The closed form of payoffs of several prices, or of one at several dates."""
    from rfos_lang.valuation.joint.value import by_joint_lognormals

    return _tried_quietly(lambda: by_joint_lognormals(request))


def conditioning(request: Request) -> Attempt:
    """Sums of several prices, integrated over all normals but one."""
    from rfos_lang.valuation.joint.value import by_conditioning

    return _tried_quietly(lambda: by_conditioning(request))


def increments(request: Request) -> Attempt:
    """Payments by sums or products of what happens between dates, by convolution."""
    from rfos_lang.valuation.increments.value import by_increments

    return _tried_quietly(lambda: by_increments(request))


def averages(request: Request) -> Attempt:
    """Products of prices at several dates under Heston's model."""
    from rfos_lang.valuation.dynamics.averages import by_averages

    return _tried_quietly(lambda: by_averages(request))


def moment_matching(request: Request) -> Attempt:
    """An approximation, which must be asked for. Raises Refused for what the market lacks."""
    from rfos_lang.valuation.joint.value import by_matching

    return _tried(lambda: by_matching(request))


def law(request: Request) -> Attempt:
    """Payments by prices that have a model of their own, by their law at the dates of payment.
    Raises Refused for what the market lacks."""
    return _moving_with_spot(request, _law)


def _law(request: Request) -> Attempt:
    from rfos_lang.valuation.dynamics.european import by_law

    return _tried(lambda: by_law(request.figures(), request.greeks))


def vanna_volga(request: Request) -> Attempt:
    """A level of a price with three quotes: an approximation. Raises Refused for what the market
    lacks."""
    from rfos_lang.valuation.dynamics.vanna_volga import by_vanna_volga

    return _tried(lambda: by_vanna_volga(request.figures(), request.greeks))


def quanto(request: Request, method: str) -> Attempt:
    """A contract on a price in a currency that it does not pay: as one on a price in the currency
    that it does, by closed form or, if the method admits them, by integrals. Raises Refused for
    what the market lacks."""
    from rfos_lang.valuation.quanto import by_quanto

    def figures(program: Program, market: Market) -> Figures:
        return replace(request, program=program, market=market).figures()

    def value(told: Figures) -> Valuation:
        found: Attempt = Inapplicable("")
        if method != "quadrature":
            found = _formula(told, greeks=False, strict=method == "closed_form")
        if isinstance(found, Inapplicable) and method != "closed_form":
            found = _integrals(told, greeks=False)
        if isinstance(found, Inapplicable):
            raise NoClosedForm(found.reason)
        return found

    market, reporting = request.market, request.reporting
    return _tried(
        lambda: by_quanto(figures, request.program, market, reporting, value, request.greeks)
    )


def quadrature(request: Request) -> Attempt:
    """One integral of a closed form, or one over all normals but one."""
    return first_of(
        lambda: _moving_with_spot(request, _integrated),
        lambda: increments(request),
        lambda: conditioning(request),
    )


def _integrated(request: Request) -> Attempt:
    try:
        return _integrals(request.figures(), request.greeks)
    except NoClosedForm as refusal:
        return Inapplicable(refusal.reason)


def _integrals(figures: Figures, greeks: bool) -> Attempt:
    from rfos_lang.valuation.earlier_dates.integral import by_earlier_dates
    from rfos_lang.valuation.extremes import by_extremes
    from rfos_lang.valuation.two_prices import by_two_prices

    reasons = []
    for integrate in (by_extremes, by_earlier_dates, by_two_prices):
        try:
            return integrate(figures, greeks)
        except NoClosedForm as refusal:
            reasons.append(refusal.reason)
    return Inapplicable("; ".join(dict.fromkeys(reasons)))


def finite_differences(request: Request) -> Attempt:
    """On a grid of one price or two. Raises Refused for what the market lacks."""
    from rfos_lang.valuation.finite_differences import by_grid

    return _backward(request, by_grid.value)


def transitions(request: Request) -> Attempt:
    """Backward over the dates of one price, an integral from each. Raises Refused for what the
    market lacks."""
    from rfos_lang.valuation.transitions import by_transitions

    if not request.market.is_lognormal:
        return Inapplicable("integrals from date to date know lognormal prices alone")
    return _backward(request, by_transitions.value)


def _backward(request: Request, value: Callable[..., Valuation]) -> Attempt:
    instance = (request.program, request.terms, request.market)
    asked = {"standing": request.seasoned, "reporting": request.reporting}
    return _tried(lambda: value(*instance, greeks=request.greeks, **asked))


def simulation(request: Request, bounds: bool = False) -> Valuation:
    """By Monte Carlo, choices by least squares, and with `bounds` from the other side too. Raises
    Refused for what has no value there."""
    from rfos_lang.valuation.simulated import monte_carlo

    return monte_carlo.value(
        request.program,
        request.terms,
        request.market,
        paths=request.paths,
        seed=request.seed,
        sampling=request.sampling,
        greeks=request.greeks,
        standing=request.seasoned,
        reporting=request.reporting,
        bounds=bounds,
        pace=request.pace,
    )
